//! Diversity within a row, and products that must not stand together. Products are taken one by one by maximal
//! marginal relevance (Carbonell and Goldstein 1998): `(1 − d) · (1 − place / places) − d · the largest cosine to a
//! product taken before`, with the places that scores give and d the diversity. Places rather than scores, since the
//! scores of different recommenders are spread differently.

use std::sync::Arc;

use super::row::DEPTH;
use crate::bitmap::Bitmap;
use crate::id::Ordinal;
use crate::recommend::Recommendation;
use crate::vector::dot;

/// Two sets of products: a page that shows products of one shows none of the other.
pub(super) struct SeparatedSets {
    pub(super) one: Arc<Bitmap>,
    pub(super) other: Arc<Bitmap>,
}

impl SeparatedSets {
    /// The sides that a product is in.
    fn sides(&self, product: Ordinal) -> (bool, bool) {
        (self.one.contains(product), self.other.contains(product))
    }
}

/// A page as far as separated sets are concerned: of each pair the sides that it shows.
pub(super) struct SeparatedPage<'a> {
    sets: &'a [SeparatedSets],
    shown: Vec<(bool, bool)>,
}

impl<'a> SeparatedPage<'a> {
    /// A page that shows nothing yet.
    pub(super) fn new(sets: &'a [SeparatedSets]) -> Self {
        Self { sets, shown: vec![(false, false); sets.len()] }
    }

    /// Puts a product on the page.
    pub(super) fn put(&mut self, product: Ordinal) {
        for (shown, sets) in self.shown.iter_mut().zip(self.sets) {
            let sides = sets.sides(product);
            *shown = (shown.0 | sides.0, shown.1 | sides.1);
        }
    }

    /// True if a product may stand on the page.
    fn allows(&self, product: Ordinal) -> bool {
        let clash = |(shown, sets): (&(bool, bool), &SeparatedSets)| {
            let sides = sets.sides(product);
            (shown.0 && sides.1) || (shown.1 && sides.0)
        };
        !self.shown.iter().zip(self.sets).any(clash)
    }
}

/// A product that may still be taken.
struct RemainingProduct {
    recommendation: Recommendation,
    /// Its value if nothing similar is taken.
    relevance: f32,
    /// The largest cosine to the first `compared` products taken, 0 or more.
    nearest: f32,
    compared: usize,
}

/// The first `limit` products, best first in `ranked`, that may stand together, each chosen by its place and its
/// similarity to those before. `row` gives the unit vector of a product. Similarity takes at most `diversity` from a
/// value, so that only the next few can win a place: no others are compared with the products taken.
pub(super) fn diversified<'v>(
    ranked: Vec<Recommendation>,
    page: &mut SeparatedPage<'_>,
    limit: usize,
    diversity: f32,
    row: impl Fn(Ordinal) -> Option<&'v [f32]>,
) -> Vec<Recommendation> {
    let places = limit.saturating_mul(DEPTH).max(1) as f32;
    let relevance = |place: usize| (1.0 - diversity) * (1.0 - place as f32 / places);
    let remaining = |(place, recommendation)| RemainingProduct {
        recommendation,
        relevance: relevance(place),
        nearest: 0.0,
        compared: 0,
    };
    let mut remaining: Vec<RemainingProduct> = ranked.into_iter().enumerate().map(remaining).collect();
    let mut taken: Vec<Recommendation> = Vec::with_capacity(limit.min(remaining.len()));
    while taken.len() < limit {
        let mut best: Option<(f32, usize)> = None;
        for (at, candidate) in remaining.iter_mut().enumerate() {
            if best.is_some_and(|(value, _)| value >= candidate.relevance) {
                break;
            }
            let ordinal = candidate.recommendation.ordinal;
            if !page.allows(ordinal) {
                continue;
            }
            if let Some(own) = row(ordinal).filter(|_| diversity > 0.0) {
                let others = taken[candidate.compared..].iter().filter_map(|one| row(one.ordinal));
                candidate.nearest = others.map(|other| dot(own, other)).fold(candidate.nearest, f32::max);
                candidate.compared = taken.len();
            }
            let value = candidate.relevance - diversity * candidate.nearest;
            if best.is_none_or(|(most, _)| value > most) {
                best = Some((value, at));
            }
        }
        let Some((_, at)) = best else { break };
        let recommendation = remaining.remove(at).recommendation;
        page.put(recommendation.ordinal);
        taken.push(recommendation);
    }
    taken
}
