//! Shares and counts of field values over the whole catalogue, cached: navigation needs them for every shopper.

use std::convert::Infallible;
use std::sync::Arc;

use quick_cache::sync::Cache;

use super::Snapshot;
use crate::column::{FacetValue, KeywordView, ValueId};
use crate::error::Result;
use crate::id::Ordinal;

/// Fields in the cache of shares, and requests in the cache of counts.
const CACHED: usize = 64;

/// The values of one field over the whole shop, by value id.
#[derive(Debug)]
pub(super) struct SiteShares {
    /// Each value's share of all shoppers' interactions, 0 to 1.
    pub(super) shares: Vec<f32>,
    /// The place in the shop's list of the first product with the value.
    pub(super) ranks: Vec<u32>,
    /// The first of the spellings that are equal to the value.
    pub(super) spelling: Vec<ValueId>,
}

/// A request for counts over all products: field, parent and depth.
pub(super) type CountKey = (String, Option<String>, Option<usize>);

/// Shares and counts of field values over the whole catalogue.
#[derive(Debug)]
pub(super) struct SiteCache {
    shares: Cache<String, Arc<SiteShares>>,
    counts: Cache<CountKey, Arc<[FacetValue]>>,
}

impl Default for SiteCache {
    fn default() -> Self {
        Self { shares: Cache::new(CACHED), counts: Cache::new(CACHED) }
    }
}

impl SiteCache {
    /// The counts of a request over all products, from the cache or as `count` gives them.
    ///
    /// # Errors
    /// Those of `count`; errors are not cached.
    pub(super) fn counts(
        &self,
        key: &CountKey,
        count: impl FnOnce() -> Result<Arc<[FacetValue]>>,
    ) -> Result<Arc<[FacetValue]>> {
        self.counts.get_or_insert_with(key, count)
    }
}

impl Snapshot {
    /// The shares of a field's values over the whole shop, cached.
    pub(super) fn site_shares(&self, field: &str, view: KeywordView<'_>) -> Arc<SiteShares> {
        let compute = || Ok::<_, Infallible>(Arc::new(compute(self, view)));
        let Ok(site) = self.caches.sites.shares.get_or_insert_with(field, compute);
        site
    }
}

fn compute(snapshot: &Snapshot, view: KeywordView<'_>) -> SiteShares {
    let spelling: Vec<ValueId> = ValueId::all(view.distinct()).map(|id| view.equal_to(view.text(id)).start).collect();
    let (mut sums, mut ranks, mut all) = (vec![0f64; spelling.len()], vec![u32::MAX; spelling.len()], 0.0);
    let scores = snapshot.generation.behaviour.popularity.scores();
    let products = &snapshot.generation.products;
    for ordinal in Ordinal::all(products.len()) {
        // Popularity is the logarithm of one plus the weighted count of interactions.
        let interactions = scores.get(ordinal.index()).map_or(0.0, |&score| f64::from(score).exp_m1());
        let mut last = None;
        for value in view.values(ordinal).iter().map(|&value| spelling[value.index()]) {
            if last.replace(value) != Some(value) {
                sums[value.index()] += interactions;
                ranks[value.index()] = ranks[value.index()].min(products.rank(ordinal));
            }
        }
        all += if last.is_some() { interactions } else { 0.0 };
    }
    let shares = sums.into_iter().map(|sum| if all > 0.0 { (sum / all) as f32 } else { 0.0 }).collect();
    SiteShares { shares, ranks, spelling }
}
