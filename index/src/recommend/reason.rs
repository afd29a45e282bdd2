//! Reasons for recommended products: data for a program, a sentence for a person. Products, categories and segments are
//! numbers until a response names those that it shows. Each reason is one entry of the table below: its meaning, its
//! fields with the kind of name that each gets, and the key of its sentence among the texts of a language.

use std::fmt::Display;

use serde::Serialize;

use super::RowTexts;
use crate::id::{CategoryNumber, Ordinal, SegmentNumber};
use crate::product::last_level;

/// Names of products, categories and segments, for sentences.
pub trait Names {
    /// A product's title, or its id.
    fn product(&self, product: Ordinal) -> String;

    /// A category's path.
    fn category(&self, category: CategoryNumber) -> String;

    /// The name of a segment: a country, a region or a segment of the shop's own.
    fn segment(&self, segment: SegmentNumber) -> String;
}

/// A value in a sentence.
trait Shown {
    fn shown(&self) -> String;
}

impl Shown for u32 {
    fn shown(&self) -> String {
        self.to_string()
    }
}

impl Shown for f32 {
    fn shown(&self) -> String {
        format!("{self:.1}")
    }
}

impl Shown for Option<u32> {
    fn shown(&self) -> String {
        self.map_or_else(String::new, |value| value.to_string())
    }
}

/// Defines [`Reason`] from entries `Variant "name" { field: type => kind of name }: key;`, where the key names the
/// sentence in the section `reason` of the texts.
macro_rules! reasons {
    (@named product $names:ident $field:ident) => { $names.product($field) };
    (@named category $names:ident $field:ident) => { $names.category($field) };
    (@named segment $names:ident $field:ident) => { $names.segment($field) };
    (@named value $names:ident $field:ident) => { $field };
    (@shown value $field:ident) => { $field.shown() };
    (@shown category $field:ident) => { last_level(&$field.to_string()).to_owned() };
    (@shown $kind:ident $field:ident) => { $field.to_string() };
    ($(
        $(#[$doc:meta])*
        $reason:ident $name:literal
        $({ $($(#[$about:meta])* $field:ident: $type:ty => $kind:ident,)* })?: $key:expr;
    )*) => {
        /// The reason for a recommended product; `P` is a product, `C` a category and `S` a segment, by number or
        /// by name.
        #[derive(Debug, Clone, Copy, PartialEq, Serialize)]
        #[serde(tag = "kind", rename_all = "snake_case")]
        pub enum Reason<P = Ordinal, C = CategoryNumber, S = SegmentNumber> {
            $($(#[$doc])* $reason $({ $($(#[$about])* $field: $type,)* })?,)*
        }

        /// The `kind` of every reason in responses.
        #[cfg(test)]
        pub(super) const REASONS: &[&str] = &[$($name),*];

        impl<P, C, S> Reason<P, C, S> {
            /// The `kind` of the reason in responses.
            #[cfg(test)]
            pub(crate) fn name(&self) -> &'static str {
                match self {
                    $(Self::$reason { .. } => $name,)*
                }
            }
        }

        impl Reason {
            /// The same reason with names in place of numbers.
            pub fn named(self, names: &dyn Names) -> Reason<String, String, String> {
                match self {
                    $(Self::$reason $({ $($field),* })? => {
                        Reason::$reason $({ $($field: reasons!(@named $kind names $field)),* })?
                    })*
                }
            }
        }

        impl<P: Display, C: Display, S: Display> Reason<P, C, S> {
            /// The reason in a sentence of a language.
            pub fn sentence(&self, texts: &RowTexts) -> String {
                // A key need not depend on every field.
                #[allow(unused_variables)]
                match self {
                    $(Self::$reason $({ $($field),* })? => {
                        let fields: &[(&str, String)] =
                            &[$($((stringify!($field), reasons!(@shown $kind $field)),)*)?];
                        texts.text("reason", $key, fields)
                    })*
                }
            }
        }
    };
}

reasons! {
    /// The shop's feed states that it goes with the product.
    Merchant "merchant": "merchant";
    /// A rule of the merchant pins it to its place.
    Pinned "pinned": "pinned";
    /// Often in the same orders.
    BoughtTogether "bought_together" {
        /// The product it is bought with.
        product: P => product,
        /// Orders that hold both.
        together: u32 => value,
        /// The ratio to the number expected by chance.
        lift: f32 => value,
        /// The confidence that it is no chance, 0 to 1.
        confidence: f32 => value,
    }: "bought_together";
    /// Often in the same orders as a variant of the product.
    VariantBoughtTogether "variant_bought_together" {
        /// The product with whose variants it is bought.
        product: P => product,
        /// Orders that hold both.
        together: u32 => value,
        /// The ratio to the number expected by chance.
        lift: f32 => value,
        /// The confidence that it is no chance, 0 to 1.
        confidence: f32 => value,
    }: "variant_bought_together";
    /// Bought by the same shoppers in other orders.
    AlsoBought "also_bought" {
        /// The product they bought too.
        product: P => product,
        /// The number of people who bought both.
        people: u32 => value,
        /// The ratio to the number expected by chance.
        lift: f32 => value,
        /// The confidence that it is no chance, 0 to 1.
        confidence: f32 => value,
    }: "also_bought";
    /// Popular in a category that is bought with the product's category.
    CategoryPair "category_pair" {
        /// The product's category.
        category: C => category,
        /// The category bought with it.
        partner: C => category,
        /// Orders that hold both categories.
        together: u32 => value,
        /// The ratio to the number expected by chance.
        lift: f32 => value,
        /// The confidence that it is no chance, 0 to 1.
        confidence: f32 => value,
        /// The people of the last 90 days who looked at the product or bought it.
        people: u32 => value,
    }: "category_pair";
    /// Similar in words or looks.
    SimilarContent "similar_content" {
        /// Cosine of the two products' vectors, at most 1.
        similarity: f32 => value,
    }: "similar_content";
    /// Viewed in the same visits.
    ViewedTogether "viewed_together" {
        /// The product it is viewed with.
        product: P => product,
        /// The number of visits with both.
        visits: u32 => value,
    }: if *visits == 1 { "viewed_together_once" } else { "viewed_together" };
    /// Popular in the same category.
    SameCategory "same_category" {
        /// The category.
        category: C => category,
        /// The people of the last 90 days who looked at the product or bought it.
        people: u32 => value,
    }: "same_category";
    /// Looked at or bought by people who looked at or bought another product of the shopper's history, or of the page.
    Follows "follows" {
        /// The other product.
        product: P => product,
        /// The number of people with both.
        people: u32 => value,
    }: match people {
        0 => "follows_stated",
        1 => "follows_once",
        _ => "follows",
    };
    /// Similar in words to another product: of the shopper's history, or of the page.
    ReadsLike "reads_like" {
        /// The other product.
        product: P => product,
        /// The similarity of the texts, 0 to 1.
        similarity: f32 => value,
    }: "reads_like";
    /// Close to one of the shopper's interests.
    Taste "taste" {
        /// Cosine to the nearest interest, at most 1.
        similarity: f32 => value,
    }: "taste";
    /// Bought in the end by shoppers who viewed a product.
    ViewedThenBought "viewed_then_bought" {
        /// The product they viewed.
        product: P => product,
        /// The number of times.
        together: u32 => value,
        /// The confidence that it is no chance, 0 to 1.
        confidence: f32 => value,
    }: "viewed_then_bought";
    /// An alternative that costs a little more.
    StepUp "step_up" {
        /// The product it is an alternative to.
        product: P => product,
        /// The price above that product's, in percent of it.
        dearer_percent: u32 => value,
    }: "step_up";
    /// The shopper viewed it before.
    RecentlyViewed "recently_viewed": "recently_viewed";
    /// The shopper viewed another variant of it before.
    VariantViewed "variant_viewed": "variant_viewed";
    /// The shopper bought it before and may need it again.
    BuyAgain "buy_again" {
        /// Days since the last purchase.
        days_ago: u32 => value,
        /// The shopper's orders with it.
        times: u32 => value,
        /// The usual number of days between purchases: the shopper's own from three orders on, else that of all.
        every_days: Option<u32> => value,
        /// The number of other people who buy it again; 0 if only the shopper's own orders say it.
        people: u32 => value,
    }: match (times, every_days) {
        (3.., Some(_)) => "buy_again_own",
        (_, Some(_)) => "buy_again_usual",
        _ => "buy_again",
    };
    /// Listed lately.
    New "new" {
        /// Days since it was listed.
        days_ago: u32 => value,
    }: match days_ago {
        0 => "new_today",
        1 => "new_yesterday",
        _ => "new",
    };
    /// In more demand than before.
    Trending "trending" {
        /// The people of the last 14 days who looked at it or bought it.
        people: u32 => value,
    }: "trending";
    /// In more demand than before among shoppers of one country, region or segment.
    TrendingAmong "trending_among" {
        /// The name of the segment: `region se-ab`.
        #[serde(rename = "crowd")]
        segment: S => segment,
    }: "trending_among";
    /// In demand with all shoppers.
    Popular "popular" {
        /// The people of the last 90 days who looked at it or bought it.
        people: u32 => value,
    }: "popular";
    /// No behaviour is known of it; it stands in the order of the shop's list.
    Listed "listed": "listed";
}

impl<P, C, S> Reason<P, C, S> {
    /// True if the product would be shown to everybody.
    pub fn is_for_everybody(&self) -> bool {
        matches!(self, Self::Popular { .. } | Self::Listed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_data_and_a_sentence() {
        let product = "tea".to_owned();
        let reason: Reason<String> = Reason::BoughtTogether { product, together: 12, lift: 3.5, confidence: 0.5 };
        let json = serde_json::to_value(&reason).unwrap_or_default();
        assert_eq!(
            json,
            serde_json::json!({"kind": "bought_together", "product": "tea", "together": 12, "lift": 3.5, "confidence": 0.5})
        );
        assert_eq!(reason.sentence(&RowTexts::english()), "in 12 orders with tea");
    }

    #[test]
    fn names_take_the_place_of_numbers() {
        struct Numbered;
        impl Names for Numbered {
            fn product(&self, product: Ordinal) -> String {
                format!("product {product}")
            }
            fn category(&self, category: CategoryNumber) -> String {
                format!("category {category}")
            }
            fn segment(&self, segment: SegmentNumber) -> String {
                format!("segment {segment}")
            }
        }
        let reason = Reason::CategoryPair {
            category: CategoryNumber::new(1),
            partner: CategoryNumber::new(2),
            together: 5,
            lift: 2.0,
            confidence: 1.0,
            people: 4,
        };
        let sentence = "popular in category 2, which 5 orders combine with category 1";
        assert_eq!(reason.named(&Numbered).sentence(&RowTexts::english()), sentence);
    }
}
