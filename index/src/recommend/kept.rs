//! What costs most to find and is asked for again, kept: the neighbours of a
//! product, whose page many open, and what a history speaks for, which every row
//! of a shopper's page and the pages until the next event share. Neither knows
//! of filters nor of stock, so what is kept holds until vectors change.

use std::convert::Infallible;
use std::hash::Hash;
use std::sync::Arc;

use quick_cache::sync::Cache;
use xxhash_rust::xxh3::Xxh3Default;

use super::context::Request;
use super::select::Candidate;
use crate::id::Ordinal;

/// Products whose neighbours are kept: 16 MB with 100 each.
const PRODUCTS: usize = 20_000;
/// Histories of which it is kept what they speak for: 38 MB with 300 products each.
const HISTORIES: usize = 4_000;

type Lists<K, T> = Cache<K, Arc<[T]>>;

/// Answers to questions that come again.
#[derive(Debug)]
pub struct Kept {
    nearest: Lists<(Ordinal, usize), (Ordinal, f32)>,
    spoken: Lists<u128, Candidate>,
}

impl Default for Kept {
    fn default() -> Self {
        Self { nearest: Cache::new(PRODUCTS), spoken: Cache::new(HISTORIES) }
    }
}

impl Kept {
    /// The `k` nearest to a product, whatever may be shown, as kept or as `find` finds them now.
    pub fn nearest(
        &self,
        product: Ordinal,
        k: usize,
        find: impl FnOnce() -> Vec<(Ordinal, f32)>,
    ) -> Arc<[(Ordinal, f32)]> {
        kept(&self.nearest, &(product, k), find)
    }

    /// What the history and the tastes of a request speak for, as kept or as `find` finds it now.
    pub(super) fn spoken(&self, request: &Request<'_>, find: impl FnOnce() -> Vec<Candidate>) -> Arc<[Candidate]> {
        let mut key = Xxh3Default::new();
        key.update(bytemuck::cast_slice(request.history));
        for interest in request.interests {
            key.update(&interest.weight.to_le_bytes());
            key.update(bytemuck::cast_slice(interest.vector));
        }
        kept(&self.spoken, &key.digest128(), find)
    }
}

fn kept<K: Hash + Eq + Clone, T>(cache: &Lists<K, T>, key: &K, find: impl FnOnce() -> Vec<T>) -> Arc<[T]> {
    let Ok(found) = cache.get_or_insert_with(key, || Ok::<_, Infallible>(find().into()));
    found
}
