//! The parts of a search response that stand beside the hits and are none: products that are only distantly alike, and
//! help where nothing was found.

use std::sync::Arc;

use serde::Serialize;
use serde_json::value::RawValue;

/// A product beside the hits.
#[derive(Debug, Clone, Serialize)]
pub struct OfferedProduct {
    /// The product's id.
    pub id: String,
    /// Its cosine with the query, −1 to 1; absent where the query did not choose it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cosine: Option<f32>,
    /// The product as the shop sent it.
    pub product: Arc<RawValue>,
}

/// Help where nothing was found. All of it passes the filters of the request and of the shop's rules, but for the one
/// thing that an entry of `without` leaves out.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Instead {
    /// Other spellings of words that no product has, the likeliest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub spellings: Vec<OtherSpelling>,
    /// Searches that leave one thing out, those that find the most first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub without: Vec<LeftOut>,
    /// Categories to go to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<OfferedCategory>,
    /// Products that are popular and in stock, the most popular first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub popular: Vec<OfferedProduct>,
}

impl Instead {
    /// True if there is nothing to offer.
    pub fn is_empty(&self) -> bool {
        self.spellings.is_empty() && self.without.is_empty() && self.categories.is_empty() && self.popular.is_empty()
    }
}

/// The query spelled otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OtherSpelling {
    /// The query.
    pub query: String,
    /// The number of products that it finds, above 0.
    pub total: usize,
}

/// The search with one thing left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// The kind of what is left out.
    pub kind: LeftOutKind,
    /// The thing left out: a word or part as typed, a condition of the filter, or the field of a refinement.
    pub text: String,
    /// The query that remains.
    pub query: String,
    /// The filter of the request that remains.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// The number of products that the rest finds, above 0.
    pub total: usize,
}

/// The kind of what is left out of a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LeftOutKind {
    /// A word, or words in quotes.
    Word,
    /// A part of the query that was understood as more than words.
    Part,
    /// A condition of the filter.
    Filter,
    /// The refinement of a field.
    Refinement,
}

/// A category beside the hits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OfferedCategory {
    /// Its path.
    pub category: String,
    /// The number of its products, variants of one counted once where hits are grouped.
    pub total: usize,
    /// The reason for which it is offered.
    pub by: OfferedBy,
}

/// The reason for which a category is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OfferedBy {
    /// It holds the products nearest to the query in meaning.
    Meaning,
    /// It is one of those with the most products.
    Size,
}
