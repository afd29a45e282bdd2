//! Every cache of a snapshot, in one struct. A cached value must hold for the snapshot that asks; a changed snapshot
//! takes over a cache only as far as the rule of its field allows. [`Caches::after`] names every field, so that a
//! new cache without a rule does not compile. Caches are shared between clones and between settings, they never
//! change an answer, and each is bounded.

use std::sync::{Arc, OnceLock};

use super::Snapshot;
use super::cards::CardCache;
use super::derived::SnapshotChange;
use super::site::SiteCache;
use super::suggest::PageCache;
use crate::column::FilterCache;
use crate::id::Ordinal;
use crate::recommend::ListCache;

/// The memory limit of the filter cache, in bytes.
const FILTER_CACHE_BYTES: usize = 64 << 20;

/// New products that are looked through for a row of them.
const NEWEST: usize = 1000;

/// The caches of one snapshot.
#[derive(Debug, Clone)]
pub(super) struct Caches {
    /// Bitmaps of filters. Emptied when products are added, since bitmaps have the length of the catalogue; else the
    /// filters that read a changed field are dropped.
    pub(super) filters: Arc<FilterCache>,
    /// For each query that was searched on behalf of a suggestion, true if it has results, and their number. Emptied by
    /// every change.
    pub(super) pages: Arc<PageCache>,
    /// The products listed last, once they were requested. Emptied when products are added or a date of listing
    /// changes.
    pub(super) newest: Arc<OnceLock<Vec<Ordinal>>>,
    /// Nearest neighbours of products and candidates of histories, before filters and stock. Emptied when a product
    /// gets another vector.
    pub(super) lists: Arc<ListCache>,
    /// Products as responses show them. Never emptied: an entry is used only while its text is, byte for byte, the
    /// product's.
    pub(super) cards: Arc<CardCache>,
    /// Shares and counts of field values over the whole catalogue. Emptied by every change.
    pub(super) sites: Arc<SiteCache>,
}

impl Default for Caches {
    fn default() -> Self {
        Self {
            filters: FilterCache::new(FILTER_CACHE_BYTES).into(),
            pages: Arc::default(),
            newest: Arc::default(),
            lists: Arc::default(),
            cards: Arc::default(),
            sites: Arc::default(),
        }
    }
}

impl Caches {
    /// The caches of a changed snapshot: the part of each that its rule keeps.
    pub(super) fn after(&self, change: &SnapshotChange<'_>) -> Self {
        let Self { filters, pages: _, newest, lists, cards, sites: _ } = self;
        let fields = &change.fields;
        let filters = match (change.adds_products(), fields.is_empty()) {
            (true, _) => FilterCache::new(FILTER_CACHE_BYTES).into(),
            (false, true) => filters.clone(),
            (false, false) => filters.without(fields, &change.generation.columns).into(),
        };
        let other_dates = change.adds_products() || change.touches("released_at") || change.touches("created_at");
        Self {
            filters,
            pages: Arc::default(),
            newest: if other_dates { Arc::default() } else { newest.clone() },
            lists: if change.vectors { Arc::default() } else { lists.clone() },
            cards: cards.clone(),
            sites: Arc::default(),
        }
    }
}

impl Snapshot {
    /// The products listed last, the newest first, ties by ordinal; at most 1,000. Sorted on the first call.
    pub(super) fn newest(&self) -> &[Ordinal] {
        self.caches.newest.get_or_init(|| {
            let all = Ordinal::all(self.generation.products.len());
            let mut dated: Vec<(i64, Ordinal)> =
                all.filter_map(|ordinal| Some((self.listed_ms(ordinal)?, ordinal))).collect();
            let newest_first = |a: &(i64, Ordinal), b: &(i64, Ordinal)| b.0.cmp(&a.0).then(a.1.cmp(&b.1));
            if dated.len() > NEWEST {
                dated.select_nth_unstable_by(NEWEST, newest_first);
                dated.truncate(NEWEST);
            }
            dated.sort_unstable_by(newest_first);
            dated.into_iter().map(|(_, ordinal)| ordinal).collect()
        })
    }

    /// The time a product was listed, in Unix milliseconds: its release, or else its creation.
    pub(super) fn listed_ms(&self, product: Ordinal) -> Option<i64> {
        let seconds = |column: &str| self.generation.columns.numeric(column)?.view().first(product);
        let listed = seconds("released_at").or_else(|| seconds("created_at"))?;
        Some((listed * 1000.0) as i64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Engine, EngineSettings, testing};
    use crate::product::Product;

    type Done<T = ()> = Result<T, Box<dyn std::error::Error>>;

    fn lamp(id: &str) -> Product {
        Product { id: id.to_owned(), title: format!("lamp {id}"), price: Some(100), ..Product::default() }
    }

    fn changed(engine: &Engine, product: Product) -> Done<Engine> {
        Ok(engine.changed(&[(product.id.clone(), Some(product))])?.0)
    }

    #[test]
    fn each_cache_is_emptied_by_what_its_rule_names_and_by_nothing_else() -> Done {
        let before = testing::engine(&[lamp("a"), lamp("b")], EngineSettings::default())?;
        before.0.allowed(Some("price = 100"), None)?;
        before.0.allowed(Some("in_stock = true"), None)?;
        assert_eq!(before.0.caches.filters.len(), 2);
        let dearer = changed(&before, Product { price: Some(200), ..lamp("a") })?;
        assert_eq!(dearer.0.caches.filters.len(), 1, "the filter on the price is dropped");
        assert!(Arc::ptr_eq(&before.0.caches.newest, &dearer.0.caches.newest));
        assert!(Arc::ptr_eq(&before.0.caches.lists, &dearer.0.caches.lists));
        assert!(Arc::ptr_eq(&before.0.caches.cards, &dearer.0.caches.cards));
        assert!(!Arc::ptr_eq(&before.0.caches.pages, &dearer.0.caches.pages));
        assert!(!Arc::ptr_eq(&before.0.caches.sites, &dearer.0.caches.sites));
        let dated = changed(&before, Product { created_at: Some(jiff::Timestamp::UNIX_EPOCH), ..lamp("a") })?;
        assert!(!Arc::ptr_eq(&before.0.caches.newest, &dated.0.caches.newest));
        let more = changed(&before, lamp("c"))?;
        assert_eq!(more.0.caches.filters.len(), 0, "bitmaps would be too short");
        assert!(!Arc::ptr_eq(&before.0.caches.newest, &more.0.caches.newest));
        assert!(!Arc::ptr_eq(&before.0.caches.lists, &more.0.caches.lists), "there is a vector more");
        assert_eq!(more.0.derived.popularity.len(), 3);
        Ok(())
    }
}
