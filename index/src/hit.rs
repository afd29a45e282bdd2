//! What a search answers: hits in order, totals, facets, and every score explained.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::column::FacetAnswer;
use crate::curation::Banner;
use crate::product::StoreLocation;
use crate::text::Rung;

/// The answer to one search.
#[derive(Debug, Serialize)]
pub struct SearchAnswer {
    /// The hits of the page, best first.
    pub hits: Vec<Hit>,
    /// How many products match, exactly, variants of one counted once where hits are grouped;
    /// facets count the same.
    pub total: usize,
    /// The page answered, counted from 1.
    pub page: usize,
    /// How many pages can be asked for.
    pub pages: usize,
    /// Counts by field, as asked.
    pub facets: BTreeMap<String, FacetAnswer>,
    /// The query as it was probably meant, when misspelt words were corrected; hits are for this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub corrected_query: Option<String>,
    /// What the query is likely about, by its best hits: likeliest first, before all others the one
    /// whose products were moved up.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub likely_categories: Vec<LikelyCategory>,
    /// How strictly words were matched.
    pub matched: Rung,
    /// Whether a profile took part in the order.
    pub personalized: bool,
    /// The merchant's rules that hold, by id, in the order they count.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub applied_rules: Vec<String>,
    /// What was searched for, where rules made something else of what was typed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rewritten_query: Option<String>,
    /// Facets in the order rules ask for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub facet_order: Vec<String>,
    /// What to show beside the products.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub banners: Vec<Banner>,
    /// Where the storefront should go instead of showing this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redirect: Option<String>,
}

/// A category a query is likely about.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LikelyCategory {
    /// Its path.
    pub category: String,
    /// Its share of the best hits' weight, 0 to 1.
    pub share: f32,
    /// Whether its products were moved up.
    pub boosted: bool,
}

/// One product of an answer.
#[derive(Debug, Serialize)]
pub struct Hit {
    /// The product's id.
    pub id: String,
    /// The score the order follows; comparable within one answer only.
    pub score: f32,
    /// The product as the shop said it.
    pub product: Arc<RawValue>,
    /// The variants of the product that match, where hits are grouped and there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variants: Option<Variants>,
    /// Where it can be had nearest, when the request says where the shopper is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nearest: Option<Nearest>,
    /// Matched words marked, by field.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub highlights: BTreeMap<&'static str, String>,
    /// Every factor of the score, when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explain: Option<Explanation>,
    /// Whether a rule put it in its place.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub pinned: bool,
}

/// The variants of one product that match.
#[derive(Debug, Serialize)]
pub struct Variants {
    /// How many, the hit's own included.
    pub count: usize,
    /// As many as were asked for, the hit's own first.
    pub items: Vec<Variant>,
}

/// One variant and what it does not share with all the others listed.
#[derive(Debug, Serialize)]
pub struct Variant {
    /// The product's id.
    pub id: String,
    /// Attributes, as the shop said them.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, Box<RawValue>>,
    /// `availability`, `image`, `price`, `sale_price`, `url`.
    #[serde(flatten)]
    pub fields: BTreeMap<&'static str, Box<RawValue>>,
}

/// The nearest place that holds a product.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Nearest {
    /// Whole metres, as the crow flies.
    pub distance_m: f64,
    /// The place.
    #[serde(flatten)]
    pub location: StoreLocation,
}

/// Why a hit has its score: `score = text + vector + adjacent + coverage + popularity + feedback + category +
/// learned + rules + personal`.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Explanation {
    /// The words' part.
    pub text: TextExplanation,
    /// The embedding's part.
    pub vector: VectorExplanation,
    /// Share of the query's neighbours that follow each other in the title.
    pub adjacent: Factor,
    /// Share of the title's words that the query names.
    pub coverage: Factor,
    /// Popularity's part: `weight × value`, value 0 to 1.
    pub popularity: Factor,
    /// Likeness to the best hits of the answer, by vectors, 0 to 1.
    pub feedback: Factor,
    /// Share of the category the query is likely about, where the product lies in it.
    pub category: Factor,
    /// What a learned ranking adds; absent where none ships or it does not reach.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub learned: Option<LearnedExplanation>,
    /// The merchant's part; absent where nothing is boosted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rules: Option<RulesExplanation>,
    /// The shopper's part; absent without evidence or when switched off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub personal: Option<PersonalExplanation>,
    /// The same parts as a list with a sentence each; their contributions add up to the score.
    pub signals: Vec<SignalExplanation>,
    /// The sum.
    pub score: f32,
}

/// A learned ranking's part of a score. The window keeps its linear scores, but deals them out in
/// the learned order: `contribution` is what the product gains or loses by that.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct LearnedExplanation {
    /// What the trees give; comparable within one answer only.
    pub score: f32,
    /// What is added to the linear score.
    pub contribution: f32,
    /// Every feature, by name.
    pub features: BTreeMap<&'static str, f32>,
}

/// One factor: `contribution = weight × value`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Factor {
    /// The setting.
    pub weight: f32,
    /// The signal.
    pub value: f32,
    /// Their product.
    pub contribution: f32,
}

impl Factor {
    /// `weight × value`.
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

/// The words' part of a score.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct TextExplanation {
    /// BM25 over the best fields, before normalising.
    pub bm25: f32,
    /// `bm25` over the best of the answer, 0 to 1, times the weight of words.
    pub factor: Factor,
    /// What each word scored in each field.
    pub words: Vec<WordExplanation>,
}

/// What one word scored in one field.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WordExplanation {
    /// The normalised word.
    pub word: String,
    /// The field.
    pub field: &'static str,
    /// Its weighted BM25.
    pub score: f32,
}

/// The embedding's part of a score.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct VectorExplanation {
    /// Cosine of query and product, −1 to 1; 0 without vectors.
    pub cosine: f32,
    /// `max(cosine, 0)` times the weight of vectors.
    pub factor: Factor,
}

/// The merchant's part of a score.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct RulesExplanation {
    /// What the score so far was multiplied by, past a small floor.
    pub factor: f32,
    /// What that adds or takes.
    pub contribution: f32,
}

/// The shopper's part of a score: `interest + neighbours + brand`, each weighed
/// by the gate, and what the shopper said outright.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct PersonalExplanation {
    /// Evidence gate `n/(n + constant)`, 0 to 1.
    pub gate: f32,
    /// Cosine with the nearest interest vector, both centred on the catalogue's mean.
    pub interest: Factor,
    /// What shoppers with this history went on to.
    pub neighbours: Factor,
    /// Log lift of the brand in the history.
    pub brand: Factor,
    /// What the shopper said outright of brand, category and attributes, −1 to 1.
    pub stated: Factor,
    /// What is added to the score.
    pub contribution: f32,
}
