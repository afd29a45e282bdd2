//! Reasons for recommended products: data for a program, a sentence for a person. Products, categories and segments are
//! numbers until a response names those that it shows. Each reason is one entry of the table below: its meaning, its
//! fields with the kind of name that each gets, and its sentence.

use std::fmt::{Display, Formatter, Result};

use serde::Serialize;

use crate::id::{CategoryNumber, Ordinal, SegmentNumber};

/// Names of products, categories and segments, for sentences.
pub trait Names {
    /// A product's title, or its id.
    fn product(&self, product: Ordinal) -> String;

    /// A category's path.
    fn category(&self, category: CategoryNumber) -> String;

    /// The name of a segment: a country, a region or a segment of the shop's own.
    fn segment(&self, segment: SegmentNumber) -> String;
}

/// Defines [`Reason`] from entries `Variant "name" { field: type => kind of name }: sentence;`, where `out` is the
/// formatter that the sentence is written to.
macro_rules! reasons {
    (@named product $names:ident $field:ident) => { $names.product($field) };
    (@named category $names:ident $field:ident) => { $names.category($field) };
    (@named segment $names:ident $field:ident) => { $names.segment($field) };
    (@named value $names:ident $field:ident) => { $field };
    ($out:ident $(
        $(#[$doc:meta])*
        $reason:ident $name:literal
        $({ $($(#[$about:meta])* $field:ident: $type:ty => $kind:ident,)* })?: $sentence:expr;
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
            pub(super) fn name(&self) -> &'static str {
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

        impl<P: Display, C: Display, S: Display> Display for Reason<P, C, S> {
            // A sentence need not use every field.
            #[allow(unused_variables)]
            fn fmt(&self, $out: &mut Formatter<'_>) -> Result {
                match self {
                    $(Self::$reason $({ $($field),* })? => $sentence,)*
                }
            }
        }
    };
}

reasons! {
    out
    /// The shop's feed states that it goes with the product.
    Merchant "merchant": write!(out, "chosen by the shop to go with it");
    /// A rule of the merchant pins it to its place.
    Pinned "pinned": write!(out, "placed here by the shop");
    /// Often in the same orders.
    BoughtTogether "bought_together" {
        /// Orders that hold both.
        together: u32 => value,
        /// The ratio to the number expected by chance.
        lift: f32 => value,
    }: write!(out, "bought together {together} times, {lift:.1} times as often as by chance");
    /// Often in the same orders as a variant of the product.
    VariantBoughtTogether "variant_bought_together" {
        /// Orders that hold both.
        together: u32 => value,
        /// The ratio to the number expected by chance.
        lift: f32 => value,
    }: write!(out, "bought with another variant {together} times, {lift:.1} times as often as by chance");
    /// Bought by the same shoppers in other orders.
    AlsoBought "also_bought" {
        /// The product they bought too.
        product: P => product,
    }: write!(out, "bought by those who bought {product}");
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
    }: write!(out, "popular in {partner}, which is often bought with {category}");
    /// Similar in words or looks.
    SimilarContent "similar_content" {
        /// Cosine of the two products' vectors, at most 1.
        similarity: f32 => value,
    }: write!(out, "similar to it");
    /// Viewed in the same visits.
    ViewedTogether "viewed_together" {
        /// The product it is viewed with.
        product: P => product,
    }: write!(out, "often viewed with {product}");
    /// Popular in the same category.
    SameCategory "same_category" {
        /// The category.
        category: C => category,
    }: write!(out, "popular in {category}");
    /// Often follows another product: of the shopper's history, or of the page.
    Follows "follows" {
        /// The other product.
        product: P => product,
    }: write!(out, "because of {product}");
    /// Similar in words to another product: of the shopper's history, or of the page.
    ReadsLike "reads_like" {
        /// The other product.
        product: P => product,
    }: write!(out, "similar to {product}");
    /// Close to one of the shopper's interests.
    Taste "taste" {
        /// Cosine to the nearest interest, at most 1.
        similarity: f32 => value,
    }: write!(out, "matches what this shopper likes");
    /// Bought in the end by shoppers who viewed a product.
    ViewedThenBought "viewed_then_bought" {
        /// The product they viewed.
        product: P => product,
        /// The number of times.
        together: u32 => value,
    }: write!(out, "bought {together} times after a look at {product}");
    /// An alternative that costs a little more.
    StepUp "step_up" {
        /// The product it is an alternative to.
        product: P => product,
    }: write!(out, "a step up from {product}");
    /// The shopper viewed it before.
    RecentlyViewed "recently_viewed": write!(out, "viewed lately");
    /// The shopper bought it before and may need it again.
    BuyAgain "buy_again" {
        /// Days since the last purchase.
        days_ago: u32 => value,
        /// The usual number of days between purchases, if known.
        every_days: Option<u32> => value,
    }: match every_days {
        Some(days) => write!(out, "bought {days_ago} days ago, usually bought again after {days}"),
        None => write!(out, "bought {days_ago} days ago"),
    };
    /// Listed lately.
    New "new" {
        /// Days since it was listed.
        days_ago: u32 => value,
    }: match days_ago {
        0 => write!(out, "new today"),
        days_ago => write!(out, "new, here since {days_ago} days"),
    };
    /// In more demand than before.
    Trending "trending": write!(out, "more wanted now than before");
    /// In more demand than before among shoppers of one country, region or segment.
    TrendingAmong "trending_among" {
        /// The name of the segment: `region se-ab`.
        #[serde(rename = "crowd")]
        segment: S => segment,
    }: write!(out, "more wanted now than before in {segment}");
    /// In demand with all shoppers.
    Popular "popular": write!(out, "popular with all shoppers");
    /// No behaviour is known of it; it stands in the order of the shop's list.
    Listed "listed": write!(out, "from the shop's list");
}

impl<P, C, S> Reason<P, C, S> {
    /// True if the product would be shown to everybody.
    pub fn is_for_everybody(&self) -> bool {
        matches!(self, Self::Popular | Self::Listed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_data_and_a_sentence() {
        let reason: Reason = Reason::BoughtTogether { together: 12, lift: 3.5 };
        let json = serde_json::to_value(reason).unwrap_or_default();
        assert_eq!(json, serde_json::json!({"kind": "bought_together", "together": 12, "lift": 3.5}));
        assert_eq!(reason.to_string(), "bought together 12 times, 3.5 times as often as by chance");
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
        };
        let sentence = "popular in category 2, which is often bought with category 1";
        assert_eq!(reason.named(&Numbered).to_string(), sentence);
    }
}
