//! The kinds of placements: rows of recommendations by name. The list below is the only one: it gives the kinds their
//! names here, and their descriptions in the engine's `recommend`, whose file of the same name fills the placement.

use serde::{Deserialize, Serialize};

/// Calls a macro with every kind of placement: its documentation, its variant, the module of `recommend` that
/// fills it, and its name in requests, which is the variant in kebab case.
#[macro_export]
macro_rules! for_each_placement {
    ($callback:ident) => {
        $callback! {
            /// Alternatives to a product.
            Similar similar "similar",
            /// Products that go with a product.
            Complementary complementary "complementary",
            /// Better products for a little more money.
            Upsell upsell "upsell",
            /// Products that those who viewed a product bought in the end.
            ViewedThenBought viewed_then_bought "viewed-then-bought",
            /// Accessories for what was bought, and products due again.
            AfterPurchase after_purchase "after-purchase",
            /// The likely next products of the visit under way.
            Next next "next",
            /// Products this shopper may want next; popular products for strangers.
            ForYou for_you "for-you",
            /// Products in more demand than before.
            Trending trending "trending",
            /// Products listed lately.
            NewArrivals new_arrivals "new-arrivals",
            /// Products the shopper viewed before.
            RecentlyViewed recently_viewed "recently-viewed",
            /// Products the shopper bought and may need again.
            BuyAgain buy_again "buy-again",
            /// Products in demand with all shoppers.
            Popular popular "popular",
            /// Categories to return to and to explore, each with products.
            Categories categories "categories",
        }
    };
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident $module:ident $name:literal,)*) => {
        /// A kind of placement: it decides which recommender fills the row.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum PlacementKind {
            $($(#[$doc])* $kind,)*
        }

        impl PlacementKind {
            /// Every kind.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$kind),*];

            /// The kind as requests spell it.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)*
                }
            }
        }
    };
}

for_each_placement!(kinds);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_same_in_json_and_in_messages() {
        for kind in PlacementKind::ALL {
            assert_eq!(serde_json::to_value(kind).ok(), Some(kind.name().into()));
        }
    }
}
