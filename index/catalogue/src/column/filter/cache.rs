//! Caches the bitmaps of recent filters. Bounded in bytes; the least recently used entry is evicted
//! first. Evaluation happens outside of the lock, so two concurrent requests may compute the same
//! bitmap; the results are equal.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::Filter;
use crate::column::{Bitmap, Columns};
use crate::error::Result;

/// The bitmaps of one version of a generation's columns, by canonical filter. Safe to share between threads.
#[derive(Debug)]
pub struct FilterCache {
    max_bytes: usize,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    entries: HashMap<String, CachedFilter>,
    bytes: usize,
    uses: u64,
}

#[derive(Debug, Clone)]
struct CachedFilter {
    bitmap: Arc<Bitmap>,
    fields: Arc<[String]>,
    used: u64,
}

impl FilterCache {
    /// A cache that holds at most `max_bytes` of bitmaps and filter texts.
    pub fn new(max_bytes: usize) -> Self {
        Self { max_bytes, inner: Mutex::default() }
    }

    /// The products that pass `filter`, evaluated at most once while cached. `columns` must be the same on every
    /// call.
    ///
    /// # Errors
    /// As [`Filter::eval`]; errors are not cached.
    pub fn get(&self, filter: &Filter, columns: &Columns) -> Result<Arc<Bitmap>> {
        if let Some(bitmap) = self.with(|inner| inner.touch(filter.canonical())) {
            return Ok(bitmap);
        }
        let bitmap = Arc::new(filter.eval(columns)?);
        let fields = filter.fields().into_iter().map(str::to_owned).collect();
        self.with(|inner| inner.insert(filter.canonical(), Arc::clone(&bitmap), fields, self.max_bytes));
        Ok(bitmap)
    }

    /// A cache for `columns` that differ only in the columns named `changed`: entries that use none of those are
    /// copied.
    pub fn without(&self, changed: &[Arc<str>], columns: &Columns) -> Self {
        let differs = |field: &String| changed.iter().any(|name| &**name == columns.name(field));
        let holds = |entry: &CachedFilter| !entry.fields.iter().any(differs);
        self.with(|inner| {
            let unchanged = inner.entries.iter().filter(|(_, entry)| holds(entry));
            let entries: HashMap<String, CachedFilter> =
                unchanged.map(|(key, entry)| (key.clone(), entry.clone())).collect();
            let bytes = entries.iter().map(|(key, entry)| cost(key, &entry.bitmap)).sum();
            Self { max_bytes: self.max_bytes, inner: Mutex::new(Inner { entries, bytes, uses: inner.uses }) }
        })
    }

    /// The number of cached filters.
    pub fn len(&self) -> usize {
        self.with(|inner| inner.entries.len())
    }

    /// True if no filter is cached.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn with<T>(&self, work: impl FnOnce(&mut Inner) -> T) -> T {
        // After a panic elsewhere an entry may be missing, but those present are right.
        work(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Inner {
    fn touch(&mut self, key: &str) -> Option<Arc<Bitmap>> {
        self.uses += 1;
        let entry = self.entries.get_mut(key)?;
        entry.used = self.uses;
        Some(Arc::clone(&entry.bitmap))
    }

    fn insert(&mut self, key: &str, bitmap: Arc<Bitmap>, fields: Arc<[String]>, max_bytes: usize) {
        let cost = cost(key, &bitmap);
        // Another request may have inserted the same filter since the lookup.
        if cost > max_bytes || self.entries.contains_key(key) {
            return;
        }
        while self.bytes + cost > max_bytes {
            let oldest = self.entries.iter().min_by_key(|(_, entry)| entry.used).map(|(key, _)| key.clone());
            let Some((key, entry)) = oldest.and_then(|key| self.entries.remove_entry(&key)) else { break };
            self.bytes -= self::cost(&key, &entry.bitmap);
        }
        self.bytes += cost;
        self.entries.insert(key.to_owned(), CachedFilter { bitmap, fields, used: self.uses });
    }
}

fn cost(key: &str, bitmap: &Bitmap) -> usize {
    key.len() + size_of_val(bitmap.words()) + size_of::<CachedFilter>() + size_of::<String>()
}
