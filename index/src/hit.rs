//! The response of a search: hits in order, totals, facets, and the explanation of every score.

mod beside;
mod steps;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::column::FacetAnswer;
use crate::curation::Banner;
use crate::product::StoreLocation;
use crate::text::{AlternativeSource, MatchLevel};
pub use beside::{Instead, LeftOut, LeftOutKind, OfferedBy, OfferedCategory, OfferedProduct, OtherSpelling};
pub use steps::{FloorBound, MeaningBasis, NoMeaning, OtherWord, SearchStep, StepFacts, TasteBasis};

/// The response to one search.
#[derive(Debug, Serialize)]
pub struct SearchAnswer {
    /// The hits of the page, best first.
    pub hits: Vec<Hit>,
    /// The exact number of matching products. Where hits are grouped, variants of one product count once, in
    /// the facets too.
    pub total: usize,
    /// The number of this page, from 1.
    pub page: usize,
    /// The number of pages that can be requested.
    pub pages: usize,
    /// The counts of each requested facet.
    pub facets: BTreeMap<String, FacetAnswer>,
    /// The corrected query, if misspelt words were corrected; the hits are for this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub corrected_query: Option<String>,
    /// The categories of the best hits, the likeliest first; a category whose products were boosted precedes
    /// all others.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub likely_categories: Vec<LikelyCategory>,
    /// The parts of the query that were understood as more than words; `ignore` of a request refuses them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub understood: Vec<UnderstoodPart>,
    /// The strictness of the match.
    pub matched: MatchLevel,
    /// True if a profile took part in the order.
    pub personalized: bool,
    /// The merchant's rules that apply, by id, in order of precedence.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub applied_rules: Vec<String>,
    /// The query that was searched, if rules replaced the typed one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rewritten_query: Option<String>,
    /// Facets in the order that rules request.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub facet_order: Vec<String>,
    /// Banners to show with the products.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub banners: Vec<Banner>,
    /// The address that the storefront should go to instead of showing these hits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redirect: Option<String>,
    /// Products that are only distantly alike, on a first page that is not full: no hits, and not counted anywhere.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<OfferedProduct>,
    /// Help where nothing was found: no hits, and not counted anywhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instead: Option<Instead>,
    /// The summary of the search, if an explanation was requested.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<SearchStep>,
}

/// A part of a query that is more than words, and what became of it: one of a filter, a boost and something excluded,
/// or none where only its words are left out of the search.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct UnderstoodPart {
    /// Its kind: `price`, `low_price`, `high_price`, `reduced`, `without`, `person`, `gift`, `occasion`, `colour`, `size`, `brand`, `material`,
    /// `either`, `both`.
    pub kind: &'static str,
    /// The part as typed.
    pub text: String,
    /// The filter that products must pass.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// The products that are raised, as a filter where one can say it, else in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub boost: Option<String>,
    /// The order of the hits, where the request has none of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sort: Option<String>,
    /// The thing that products must not have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excluded: Option<String>,
    /// True if it was given up, since no product would have been left.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub relaxed: bool,
}

impl UnderstoodPart {
    /// A part without an effect.
    pub fn new(kind: &'static str, text: &str) -> Self {
        Self { kind, text: text.to_owned(), ..Self::default() }
    }

    /// Its effect in words.
    pub fn sentence(&self) -> String {
        let Self { kind, text, filter, boost, sort, excluded, relaxed } = self;
        let effect = match (sort, filter, boost, excluded) {
            _ if *relaxed => "given up, since nothing would be left".to_owned(),
            (Some(sort), ..) => format!("ordered by {sort}"),
            (_, Some(filter), ..) => format!("only products with {filter}"),
            (_, _, Some(boost), _) => format!("moves up: {boost}"),
            (.., Some(excluded)) => format!("leaves out: {excluded}"),
            _ => "its words are not searched for".to_owned(),
        };
        format!("understood `{text}` ({kind}): {effect}")
    }
}

/// A category that a query is likely about.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LikelyCategory {
    /// The category path.
    pub category: String,
    /// Its share of the best hits' weight, 0 to 1.
    pub share: f32,
    /// True if its products were boosted.
    pub boosted: bool,
}

/// One product of a response.
#[derive(Debug, Serialize)]
pub struct Hit {
    /// The product's id.
    pub id: String,
    /// The score that orders hits; comparable within one response only.
    pub score: f32,
    /// The product as the shop sent it.
    pub product: Arc<RawValue>,
    /// The matching variants of the product, if hits are grouped and there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variants: Option<Variants>,
    /// The nearest store that has the product, if the request has a location.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nearest: Option<Nearest>,
    /// Texts with matched words marked, by field.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub highlights: BTreeMap<&'static str, String>,
    /// The explanation of the score, if requested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explain: Option<Explanation>,
    /// True if a rule fixed its position.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub pinned: bool,
}

/// The matching variants of one product.
#[derive(Debug, Serialize)]
pub struct Variants {
    /// The number of variants, the hit's own included.
    pub count: usize,
    /// As many variants as were requested, the hit's own first.
    pub items: Vec<Variant>,
}

/// One variant, with the values in which the listed variants differ.
#[derive(Debug, Serialize)]
pub struct Variant {
    /// The product's id.
    pub id: String,
    /// Attributes, as the shop sent them.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, Box<RawValue>>,
    /// Those of `availability`, `image`, `price`, `sale_price` and `url` that differ.
    #[serde(flatten)]
    pub fields: BTreeMap<&'static str, Box<RawValue>>,
}

/// The nearest store that has a product.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Nearest {
    /// Distance as the crow flies, in whole metres.
    pub distance_m: f64,
    /// The store.
    #[serde(flatten)]
    pub location: StoreLocation,
}

/// The explanation of a score: the contributions of [`Self::signals`] add up to it. The other fields repeat the main
/// ones by name.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Explanation {
    /// The contribution of words.
    pub text: TextExplanation,
    /// The contribution of vectors.
    pub vector: VectorExplanation,
    /// Share of the query's neighbouring words that follow each other in the title.
    pub adjacent: Factor,
    /// Share of the title's words that the query names.
    pub coverage: Factor,
    /// Popularity, 0 to 1.
    pub popularity: Factor,
    /// Similarity to the best hits of the response, by vectors, 0 to 1.
    pub feedback: Factor,
    /// Share of the category that the query is likely about, if the product lies in it.
    pub category: Factor,
    /// The contribution of the learned order; absent without a model, or if the hit is beyond its window.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub learned: Option<LearnedExplanation>,
    /// The contribution of the merchant's rules; absent if nothing is boosted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rules: Option<RulesExplanation>,
    /// The contribution of the shopper's profile; absent without evidence or if switched off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub personal: Option<PersonalExplanation>,
    /// The same contributions as a list, with a sentence each; they add up to the score.
    pub signals: Vec<SignalExplanation>,
    /// The sum of all contributions.
    pub score: f32,
}

/// The contribution of the learned order. The products of the window keep the set of their linear scores, which
/// are handed out in the learned order: a product's contribution is the difference.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct LearnedExplanation {
    /// The output of the trees; comparable within one response only.
    pub score: f32,
    /// The amount added to the linear score.
    pub contribution: f32,
    /// Every feature, by name.
    pub features: BTreeMap<&'static str, f32>,
}

/// One factor of a score: `contribution = weight × value`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Factor {
    /// The weight, a setting.
    pub weight: f32,
    /// The value of the signal.
    pub value: f32,
    /// `weight × value`.
    pub contribution: f32,
}

impl Factor {
    /// A factor with the contribution `weight × value`.
    pub fn new(weight: f32, value: f32) -> Self {
        Self { weight, value, contribution: weight * value }
    }
}

/// One signal of one product's score.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SignalExplanation {
    /// The signal's name, as settings and programs spell it.
    pub name: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// The reason in a sentence, for this product.
    pub sentence: String,
    /// The weight; 1 where the signal has none.
    pub weight: f32,
    /// The value that is weighed.
    pub value: f32,
    /// Its share of the score: all contributions add up to it.
    pub contribution: f32,
}

/// The contribution of words to a score.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct TextExplanation {
    /// The BM25 score over the best fields, before normalisation.
    pub bm25: f32,
    /// `bm25` divided by the best of the response, 0 to 1, times the weight of words.
    pub factor: Factor,
    /// The scores of each word in each field.
    pub words: Vec<WordExplanation>,
}

/// The score of one word in one field.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WordExplanation {
    /// The analysed word.
    pub word: String,
    /// The field.
    pub field: &'static str,
    /// The weighted BM25 score.
    pub score: f32,
    /// The words of the product that stand for it, analysed, where they are others than typed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The reason for which they do.
    pub source: AlternativeSource,
}

/// The contribution of vectors to a score.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct VectorExplanation {
    /// Cosine of query and product, −1 to 1; 0 without vectors.
    pub cosine: f32,
    /// `max(cosine, 0)` times the weight of vectors.
    pub factor: Factor,
}

/// The contribution of the merchant's rules to a score.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct RulesExplanation {
    /// The factor by which the score so far was multiplied, above a small floor.
    pub factor: f32,
    /// The amount added to the score, or taken from it.
    pub contribution: f32,
}

/// The contribution of the shopper's profile to a score: `interest + neighbours + brand`, each scaled by the
/// gate, plus the stated interests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct PersonalExplanation {
    /// Evidence gate `n/(n + constant)`, 0 to 1: little history has little influence.
    pub gate: f32,
    /// Cosine with the nearest interest vector, both centred on the catalogue's mean.
    pub interest: Factor,
    /// Products that shoppers with the same history went on to.
    pub neighbours: Factor,
    /// Log lift of the brand in the shopper's history.
    pub brand: Factor,
    /// Match with the interests that the shopper stated, of brand, category and attributes, −1 to 1.
    pub stated: Factor,
    /// The amount added to the score.
    pub contribution: f32,
}
