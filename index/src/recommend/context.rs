//! The input of recommenders: the tables, the products, the vectors, and the request. Borrowed for one response; the
//! tables stay in the generation's memory map.

use super::evidence::EvidenceSettings;
use super::list_cache::ListCache;
use crate::behaviour::{Behaviour, CatalogueView};
use crate::id::{CategoryNumber, Ordinal, SegmentNumber};
use crate::vector::dot;

/// The vectors of products, all of unit length.
pub trait ItemVectors {
    /// The `k` products of highest cosine to a unit vector, best first, only of those that may be shown: the
    /// implementation must have the same filter as [`RecommendContext::allowed`].
    fn nearest(&self, query: &[f32], k: usize) -> Vec<(Ordinal, f32)>;

    /// The same among all products, whether or not they may be shown.
    fn nearest_of_all(&self, query: &[f32], k: usize) -> Vec<(Ordinal, f32)>;

    /// The products nearest to one, as [`Self::nearest`] finds them, itself among them; none if it has no vector.
    fn nearest_to(&self, product: Ordinal, k: usize) -> Vec<(Ordinal, f32)> {
        self.row(product).map(|row| self.nearest(row, k)).unwrap_or_default()
    }

    /// A product's vector, if it has one.
    fn row(&self, product: Ordinal) -> Option<&[f32]>;
}

/// Facts of products that recommenders need.
pub trait ProductFacts {
    /// The price now, in minor units.
    fn price(&self, product: Ordinal) -> Option<f64>;

    /// The value of a sale to the shop, 0 to 1: the product's margin, else its rating, else ½.
    fn value(&self, product: Ordinal) -> f32;

    /// The time it was listed, in Unix milliseconds.
    fn listed_ms(&self, product: Ordinal) -> Option<i64>;

    /// The products listed last, the newest first; a limited number.
    fn newest(&self) -> &[Ordinal];

    /// The likeness of two products, −1 to 1: the cosine of their vectors after the mean of the catalogue is taken off;
    /// `None` if one has no vector.
    fn likeness(&self, one: Ordinal, other: Ordinal) -> Option<f32>;

    /// True if a leaf category of the one and one of the other lie in one top category.
    fn near_kin(&self, one: Ordinal, other: Ordinal) -> bool;

    /// True if one of them is for children and the other is not, or one for women only and the other for men only.
    fn for_others(&self, one: Ordinal, other: Ordinal) -> bool;

    /// True if a leaf category that both products share is named after what most of its products are, such as
    /// `Backpacks`, and the titles of both products, or of none of them, have that word; false if the title of one has it,
    /// none if there is no such category.
    fn share_telling_leaf(&self, one: Ordinal, other: Ordinal) -> Option<bool>;

    /// True if a category is named after several kinds, such as `Filters & accessories`.
    fn is_mixed(&self, category: CategoryNumber) -> bool;
}

/// A trained reranker: gives the new scores of products from their scores relative to the highest one and from their
/// rows of features ([`super::ForYouFeatures`]), one after the other.
pub type Reranker<'a> = dyn Fn(&[f32], &[f32]) -> Vec<f32> + 'a;

/// The shop while one response is made.
#[derive(Clone, Copy)]
pub struct RecommendContext<'a> {
    /// The tables of the generation.
    pub behaviour: &'a Behaviour,
    /// The reranker of the candidates of a history, if the reindex trained one.
    pub reranker: Option<&'a Reranker<'a>>,
    /// Groups and leaf categories.
    pub catalogue: CatalogueView<'a>,
    /// The vectors, if there are any.
    pub vectors: Option<&'a dyn ItemVectors>,
    /// The cache of lists before filters; none on a page that is filtered.
    pub lists: Option<&'a ListCache>,
    /// True if a product may be shown now: in stock, live, passing the filter.
    pub allowed: &'a dyn Fn(Ordinal) -> bool,
    /// The complements the merchant states for a product, best first.
    pub stated: &'a dyn Fn(Ordinal) -> Vec<Ordinal>,
    /// Facts of products.
    pub facts: &'a dyn ProductFacts,
    /// The least evidence of rows.
    pub evidence: EvidenceSettings,
}

impl std::fmt::Debug for RecommendContext<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("RecommendContext").field("products", &self.catalogue.products()).finish_non_exhaustive()
    }
}

/// One interest of a shopper.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interest<'a> {
    /// A unit vector in the space of the products' vectors.
    pub vector: &'a [f32],
    /// Its weight relative to the strongest interest, 0 to 1.
    pub weight: f32,
}

/// A product the shopper bought.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PurchasedProduct {
    /// The product.
    pub ordinal: Ordinal,
    /// The time of the last purchase, in Unix milliseconds.
    pub last_ms: i64,
    /// The number of orders with it.
    pub times: u32,
    /// The mean number of days from one of them to the next, if there are several.
    pub every_days: Option<f32>,
    /// `Σ .95^k` over the orders that held it, k = 0 the shopper's latest.
    pub habit: f32,
}

/// The shopper, and the products the row is about. Ordinals must be those of the context's catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct RecommendRequest<'a> {
    /// The product on the page, or those in the cart; never recommended.
    pub seeds: &'a [Ordinal],
    /// Products the shopper interacted with, the latest first.
    pub history: &'a [Ordinal],
    /// Products of the latest visit, the latest first.
    pub visit: &'a [Ordinal],
    /// Products the shopper bought.
    pub purchased: &'a [Ordinal],
    /// The same with times and numbers of purchases, the latest first.
    pub bought: &'a [PurchasedProduct],
    /// The segments of the shopper, by number in [`crate::behaviour::Segments`], the narrowest first.
    pub segments: &'a [SegmentNumber],
    /// The time of the request, in Unix milliseconds.
    pub now_ms: i64,
    /// The shopper's interests.
    pub interests: &'a [Interest<'a>],
    /// Products that the page shows already; never recommended.
    pub exclude: &'a [Ordinal],
    /// The most products wanted.
    pub limit: usize,
}

impl RecommendRequest<'_> {
    /// The highest `weight · cosine` over the shopper's interests, 0 or more, and that cosine.
    pub(super) fn taste(&self, context: &RecommendContext<'_>, product: Ordinal) -> (f32, f32) {
        let Some(row) = context.vectors.and_then(|vectors| vectors.row(product)) else { return (0.0, 0.0) };
        let each = self.interests.iter().map(|interest| {
            let cosine = cosine(interest.vector, row).min(1.0);
            (interest.weight * cosine, cosine)
        });
        each.fold((0.0, 0.0), |best, one| if one.0 > best.0 { one } else { best })
    }
}

/// Cosine of two unit vectors; 0 when their lengths differ.
pub(super) fn cosine(a: &[f32], b: &[f32]) -> f32 {
    if a.len() == b.len() { dot(a, b) } else { 0.0 }
}
