//! What recommenders are given: the tables, the products, the vectors, and who
//! asks. Borrowed for one answer; a generation's maps stay where they are.

use super::kept::Kept;
use crate::behaviour::{Behaviour, CatalogueView};
use crate::id::Ordinal;
use crate::vector::dot;

/// The vectors of products, all of unit length.
pub trait ItemVectors {
    /// The `k` products of highest cosine to a unit vector, best first, only of those that may be
    /// shown: the implementation holds the same filter as [`RecommendContext::allowed`].
    fn nearest(&self, query: &[f32], k: usize) -> Vec<(Ordinal, f32)>;

    /// The same, of all products whatever may be shown.
    fn nearest_of_all(&self, query: &[f32], k: usize) -> Vec<(Ordinal, f32)>;

    /// The products nearest to one that has a vector, as [`Self::nearest`] would find them, itself among
    /// them; nothing for others.
    fn nearest_to(&self, product: Ordinal, k: usize) -> Vec<(Ordinal, f32)> {
        self.row(product).map(|row| self.nearest(row, k)).unwrap_or_default()
    }

    /// A product's vector, if it has one.
    fn row(&self, product: Ordinal) -> Option<&[f32]>;
}

/// What the shop says of products, as far as choosing needs it.
pub trait Facts {
    /// What it costs now, in minor units.
    fn price(&self, product: Ordinal) -> Option<f64>;

    /// How gladly the shop sells it, 0 to 1: its margin, else its rating, else the middle.
    fn worth(&self, product: Ordinal) -> f32;

    /// When it came into the shop, in Unix milliseconds.
    fn listed_ms(&self, product: Ordinal) -> Option<i64>;

    /// The products that came last, the newest first; only as many as are worth showing.
    fn newest(&self) -> &[Ordinal];
}

/// A learned order: the scores of products by how loud each is for the loudest and by their rows of
/// [`super::ForYouFeatures`], one after the other.
pub type Order<'a> = dyn Fn(&[f32], &[f32]) -> Vec<f32> + 'a;

/// Everything known about the catalogue while one answer is made.
#[derive(Clone, Copy)]
pub struct RecommendContext<'a> {
    /// The tables of the generation.
    pub behaviour: &'a Behaviour,
    /// The order that was learned of what a history speaks for, where one was.
    pub foreseen: Option<&'a Order<'a>>,
    /// Groups and leaf categories.
    pub catalogue: CatalogueView<'a>,
    /// The vectors, where there are any.
    pub vectors: Option<&'a dyn ItemVectors>,
    /// What was found before, where all that the shop has in stock may be shown.
    pub kept: Option<&'a Kept>,
    /// Whether a product may be shown now: in stock, not deleted, passing the filter.
    pub allowed: &'a dyn Fn(Ordinal) -> bool,
    /// The complements the merchant states for a product, best first.
    pub stated: &'a dyn Fn(Ordinal) -> Vec<Ordinal>,
    /// What the shop says of products.
    pub facts: &'a dyn Facts,
}

impl std::fmt::Debug for RecommendContext<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("RecommendContext").field("products", &self.catalogue.products()).finish_non_exhaustive()
    }
}

/// One direction of a shopper's taste.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interest<'a> {
    /// A unit vector in the space of the products' vectors.
    pub vector: &'a [f32],
    /// How much of the taste it is, 0 to 1.
    pub weight: f32,
}

/// A product bought and kept.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bought {
    /// The product.
    pub ordinal: Ordinal,
    /// When it was bought last, in Unix milliseconds.
    pub last_ms: i64,
    /// In how many orders.
    pub times: u32,
    /// Days from one of them to the next on average, where there are several.
    pub every_days: Option<f32>,
    /// `Σ .95^k` over the orders that held it, k = 0 the shopper's latest.
    pub habit: f32,
}

/// Who asks, about what. Ordinals must be those of the context's catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Request<'a> {
    /// The product on the page, or those in the cart; never recommended.
    pub seeds: &'a [Ordinal],
    /// What the shopper met, the latest first.
    pub history: &'a [Ordinal],
    /// What the shopper met in the latest visit, the latest first.
    pub visit: &'a [Ordinal],
    /// What the shopper bought; [`super::ForYou`] leaves it out.
    pub purchased: &'a [Ordinal],
    /// The same with when and how often, the latest first.
    pub bought: &'a [Bought],
    /// The crowds the shopper counts among, by number in [`crate::behaviour::Segments`], the narrowest first.
    pub crowds: &'a [u32],
    /// When the question is asked, in Unix milliseconds.
    pub now_ms: i64,
    /// The shopper's tastes.
    pub interests: &'a [Interest<'a>],
    /// What the same page shows already; never recommended.
    pub exclude: &'a [Ordinal],
    /// The most products wanted.
    pub limit: usize,
}

impl Request<'_> {
    /// The best `weight · cosine` over the shopper's tastes, 0 or more, and that cosine.
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
