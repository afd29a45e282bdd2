//! A cache of the lists that cost most to compute and are requested again: the nearest neighbours of a product, whose
//! page many shoppers open, and the candidates of a history, which every row of a shopper's page and the pages until
//! the next event share. Both are computed before filters and stock apply, so they hold until a vector changes.

use std::convert::Infallible;
use std::hash::Hash;
use std::sync::Arc;

use quick_cache::sync::Cache;
use xxhash_rust::xxh3::Xxh3Default;

use super::context::RecommendRequest;
use super::select::TieredCandidate;
use crate::id::Ordinal;

/// Products whose neighbours are cached: 16 MB with 100 each.
const PRODUCTS: usize = 20_000;
/// Histories whose candidates are cached: 38 MB with 300 products each.
const HISTORIES: usize = 4_000;

type ListsBy<K, T> = Cache<K, Arc<[T]>>;

/// Cached lists of products, by the question they answer.
#[derive(Debug)]
pub struct ListCache {
    nearest: ListsBy<(Ordinal, usize), (Ordinal, f32)>,
    candidates: ListsBy<u128, TieredCandidate>,
}

impl Default for ListCache {
    fn default() -> Self {
        Self { nearest: Cache::new(PRODUCTS), candidates: Cache::new(HISTORIES) }
    }
}

impl ListCache {
    /// The `k` products nearest to one, from the cache or as `compute` gives them.
    pub fn nearest(
        &self,
        product: Ordinal,
        k: usize,
        compute: impl FnOnce() -> Vec<(Ordinal, f32)>,
    ) -> Arc<[(Ordinal, f32)]> {
        cached(&self.nearest, &(product, k), compute)
    }

    /// The candidates of a request's history and interests, from the cache or as `compute` gives them.
    pub(super) fn candidates(
        &self,
        request: &RecommendRequest<'_>,
        compute: impl FnOnce() -> Vec<TieredCandidate>,
    ) -> Arc<[TieredCandidate]> {
        let mut key = Xxh3Default::new();
        key.update(bytemuck::cast_slice(request.history));
        for interest in request.interests {
            key.update(&interest.weight.to_le_bytes());
            key.update(bytemuck::cast_slice(interest.vector));
        }
        cached(&self.candidates, &key.digest128(), compute)
    }
}

fn cached<K: Hash + Eq + Clone, T>(cache: &ListsBy<K, T>, key: &K, compute: impl FnOnce() -> Vec<T>) -> Arc<[T]> {
    let Ok(list) = cache.get_or_insert_with(key, || Ok::<_, Infallible>(compute().into()));
    list
}
