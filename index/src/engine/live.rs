//! Changes of single products since the generation was built. Every search, filter, facet, sort and recommendation of
//! the changed snapshot sees them; a deleted product is in none. A changed product keeps its ordinal, and with it its
//! rows of the behaviour tables; a new one gets the next ordinal. Columns are patched for every product. Words and
//! vectors go into an overlay, which takes as many products as the settings allow: the rest waits for the next
//! reindex, and the caller gets the ids of those.
//!
//! A snapshot is never changed in place: a new one is made that shares what did not change, so that a search sees one
//! state of the catalogue from its filter to its last hit.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::derived::SnapshotChange;
use super::{Engine, Snapshot};
use crate::bitmap::Bitmap;
use crate::column::ProductVersions;
use crate::error::Result;
use crate::generation::Generation;
use crate::id::Ordinal;
use crate::product::{FieldError, Product};
use crate::text::same_texts;
use crate::vector::embed::product_text;
use crate::vector::rows::normalise;

/// From this cosine on, a provided vector counts as the one that the generation has.
const SAME_DIRECTION: f32 = 0.999_99;

/// `old` with the fields of `new` that are searched neither by words nor by vectors.
fn with_live_fields(old: Product, new: &Product) -> Product {
    let new = new.clone();
    Product {
        price: new.price,
        currency: new.currency,
        sale_price: new.sale_price,
        availability: new.availability,
        stock: new.stock,
        url: new.url,
        image: new.image,
        rating: new.rating,
        rating_count: new.rating_count,
        margin: new.margin,
        seasons: new.seasons,
        weather: new.weather,
        regions: new.regions,
        released_at: new.released_at,
        created_at: new.created_at,
        related: new.related,
        group_id: new.group_id,
        locations: new.locations,
        ..old
    }
}

/// Changes of products, in the ordinals of the new snapshot.
#[derive(Default)]
struct ChangeSet {
    /// The number of further products that the overlay takes.
    room: usize,
    /// The ids of new products, which get the next ordinals in this order.
    new: Vec<String>,
    /// Each changed product before, if it was in the catalogue, and after.
    changed: BTreeMap<Ordinal, (Option<Product>, Product)>,
    /// Deleted products.
    deleted: Vec<Ordinal>,
    /// Products for the overlay: new, or with other words or another vector.
    rewritten: BTreeSet<Ordinal>,
    /// Those of them with other words.
    words: Vec<Ordinal>,
    /// Those of them with another vector.
    rows: BTreeMap<Ordinal, Vec<f32>>,
    /// The ids of products that are not seen in full before the next reindex.
    waiting: HashSet<String>,
}

impl Engine {
    /// This engine with changed products, each by its id, with none in place of a deleted one. Of several changes of
    /// one product the last counts. Also gives the ids of products that are not seen in full before the next reindex.
    ///
    /// # Errors
    /// [`crate::Error::Refused`] when a column grows past its limit.
    pub fn changed(&self, changes: &[(String, Option<Product>)]) -> Result<(Self, HashSet<String>)> {
        let (snapshot, waiting) = ChangeSet::new(&self.0, changes).applied(&self.0)?;
        Ok((Self(snapshot.into()), waiting))
    }

    /// Checks that a new or changed product fits the catalogue.
    ///
    /// # Errors
    /// Names the field `vector` if the catalogue's vectors did not come with the feed, or have another length.
    pub fn check_product(&self, product: &Product) -> Result<(), FieldError> {
        let Some(vector) = &product.vector else { return Ok(()) };
        let dimensions = self.0.generation.vectors.dimensions();
        if !self.0.has_own_vectors() {
            let message = "the catalogue's products have none of their own; give vectors with the whole feed";
            return Err(FieldError::new("vector", message));
        }
        match vector.len() == dimensions {
            true => Ok(()),
            false => {
                let message = format!("has {} numbers, the catalogue's vectors have {dimensions}", vector.len());
                Err(FieldError::new("vector", message))
            }
        }
    }

    /// A live product by its id, with its vector if that came with the feed.
    pub fn product(&self, id: &str) -> Option<Product> {
        let ordinal = self.0.ordinal(id)?;
        let vectors = &self.0.generation.vectors;
        let own = self.0.has_own_vectors() && vectors.has_direction(ordinal);
        let vector = own.then(|| vectors.row(ordinal).to_vec());
        Some(Product { vector, ..self.0.generation.products.product(ordinal)? })
    }

    /// The number of products in the overlay: new since the reindex, or with other words or another vector.
    pub fn live_products(&self) -> usize {
        self.0.rewritten.count()
    }
}

impl ChangeSet {
    /// Changes of a snapshot, sorted by what they concern, the last one of each product.
    fn new(snapshot: &Snapshot, changes: &[(String, Option<Product>)]) -> Self {
        let room = snapshot.settings.live_products.saturating_sub(snapshot.rewritten.count());
        let mut set = Self { room, ..Self::default() };
        let last: HashMap<&str, usize> = changes.iter().zip(0..).map(|((id, _), at)| (id.as_str(), at)).collect();
        let last = |(at, (id, _)): &(usize, &(String, _))| last.get(id.as_str()) == Some(at);
        for (_, (id, new)) in changes.iter().enumerate().filter(last) {
            match new {
                Some(new) => set.put(snapshot, id, new),
                None => set.deleted.extend(snapshot.generation.products.ordinal(id)),
            }
        }
        set
    }

    /// The changed snapshot, and the ids of the waiting products, as [`Engine::changed`] gives them. The snapshot is
    /// the one that the set was made for.
    fn applied(mut self, snapshot: &Snapshot) -> Result<(Snapshot, HashSet<String>)> {
        let vectors = !self.rows.is_empty();
        let (generation, fields, groups) = self.changed_generation(snapshot)?;
        let products_before = snapshot.generation.products.len();
        let count = generation.products.len();
        let change = SnapshotChange { generation: &generation, products_before, fields, vectors, groups };
        let (derived, caches) = (snapshot.derived.after(&change), snapshot.caches.after(&change));
        let (embedder, settings, chance) =
            (snapshot.embedder.clone(), snapshot.settings.clone(), snapshot.chance.clone());
        let mut rewritten = (*snapshot.rewritten).clone().lengthened(count);
        self.rewritten.iter().for_each(|&ordinal| rewritten.insert(ordinal));
        let (live, rewritten) = (self.changed_live(snapshot, count), rewritten.into());
        let (book, texts) = (snapshot.book.renewed(!self.rewritten.is_empty()).into(), snapshot.texts.clone());
        let changed =
            Snapshot { generation, embedder, settings, live, rewritten, derived, chance, caches, book, texts };
        Ok((changed, self.waiting))
    }

    /// Adds a new or changed product to the set, with its words and vector if the overlay has room for it.
    fn put(&mut self, snapshot: &Snapshot, id: &str, new: &Product) {
        let products = &snapshot.generation.products;
        let known = products.ordinal(id);
        let before = known.and_then(|ordinal| products.product(ordinal));
        let other_words = before.as_ref().is_none_or(|before| !same_texts(before, new));
        let other_row = changed_row(snapshot, known.zip(before.as_ref()), new);
        let rewritten = other_words || other_row.is_some();
        let is_in_overlay = known.is_some_and(|ordinal| snapshot.rewritten.contains(ordinal));
        if rewritten && !is_in_overlay && self.room == 0 {
            self.waiting.insert(id.to_owned());
            if let (Some(ordinal), Some(before)) = (known, before) {
                let after = with_live_fields(before.clone(), new);
                self.changed.insert(ordinal, (Some(before), after));
            }
            return;
        }
        let ordinal = known.unwrap_or_else(|| {
            self.new.push(id.to_owned());
            Ordinal::from_index(products.len() + self.new.len() - 1)
        });
        if rewritten {
            self.room -= usize::from(!is_in_overlay);
            self.rewritten.insert(ordinal);
        }
        if other_words {
            self.words.push(ordinal);
        }
        if let Some(row) = other_row {
            self.rows.insert(ordinal, row);
            // The old vector stays in force: its space is another than the embedder's.
            if !snapshot.has_own_vectors() && !snapshot.embeds_queries() {
                self.waiting.insert(id.to_owned());
            }
        }
        self.changed.insert(ordinal, (before, new.clone()));
    }

    /// The generation with the set on top, the names of the columns in which it made a difference, and true if a
    /// product joined or left a group. Empties the set's words and rows.
    fn changed_generation(&mut self, snapshot: &Snapshot) -> Result<(Generation, Vec<Arc<str>>, bool)> {
        let mut generation = snapshot.generation.clone();
        let after: Vec<(Ordinal, &Product)> = self.changed.iter().map(|(&ordinal, (_, now))| (ordinal, now)).collect();
        let products = generation.products.with_changes(&self.new, &after);
        let count = products.len();
        let pairs = self.changed.iter().map(|(&ordinal, (before, now))| ProductVersions {
            ordinal,
            before: before.as_ref(),
            now,
        });
        let pairs: Vec<ProductVersions<'_>> = pairs.collect();
        let (columns, fields) = generation.columns.patched(count, &pairs)?;
        let mut words = std::mem::take(&mut self.words);
        if !words.is_empty() {
            words.sort_unstable();
            let read = |ordinal| products.product(ordinal);
            generation.text = generation.text.rewritten(count as u32, &words, &read)?.into();
        }
        let rows = std::mem::take(&mut self.rows);
        if !rows.is_empty() {
            generation.vectors = generation.vectors.with_rows(rows).into();
        }
        (generation.products, generation.columns) = (products, columns);
        let groups = regroup(&mut generation, &pairs);
        Ok((generation, fields, groups))
    }

    /// The live documents once the set is in force, of `count` products; none if no product was ever deleted.
    fn changed_live(&self, snapshot: &Snapshot, count: usize) -> Option<Arc<Bitmap>> {
        if snapshot.live.is_none() && self.deleted.is_empty() {
            return None;
        }
        let all = || Bitmap::full(snapshot.generation.products.len());
        let mut live = snapshot.live.as_ref().map_or_else(all, |live| (**live).clone()).lengthened(count);
        self.changed.keys().for_each(|&ordinal| live.insert(ordinal));
        self.deleted.iter().for_each(|&ordinal| live.remove(ordinal));
        Some(live.into())
    }
}

/// The vector that a product gets if it differs from the one it has; `known` is the product before.
fn changed_row(snapshot: &Snapshot, known: Option<(Ordinal, &Product)>, new: &Product) -> Option<Vec<f32>> {
    let vectors = &snapshot.generation.vectors;
    if snapshot.has_own_vectors() {
        let row = new.vector.clone().unwrap_or_default();
        let same = |(ordinal, _): (Ordinal, _)| {
            let mut unit = row.clone();
            match vectors.has_direction(ordinal) {
                false => row.iter().all(|value| *value == 0.0),
                true => {
                    unit.len() == vectors.dimensions()
                        && normalise(&mut unit)
                        && vectors.similarity(&unit, ordinal) > SAME_DIRECTION
                }
            }
        };
        return (!known.is_some_and(same)).then_some(row);
    }
    let same = known.is_some_and(|(_, before)| product_text(before) == product_text(new));
    match (same, snapshot.embeds_queries()) {
        (true, _) => None,
        (false, true) => Some(snapshot.embedder.embed(&product_text(new))),
        (false, false) => Some(known.map_or_else(Vec::new, |(ordinal, _)| vectors.row(ordinal).to_vec())),
    }
}

/// Moves products into the groups that they name now; true if any moved.
fn regroup(generation: &mut Generation, changed: &[ProductVersions<'_>]) -> bool {
    let group = |product: &Product| product.group_id.clone();
    let moved = || changed.iter().filter(|one| one.before.and_then(group) != group(one.now));
    let names: BTreeSet<String> =
        moved().flat_map(|one| [one.before.and_then(group), group(one.now)]).flatten().collect();
    if names.is_empty() {
        return false;
    }
    let alone: Vec<Ordinal> = moved().filter(|one| one.now.group_id.is_none()).map(|one| one.ordinal).collect();
    let column = generation.columns.keyword("group_id").map(|column| column.view());
    let members = |name: &String| {
        let id = column?.id_of(name)?;
        Some(column?.products_of(id..id.next()).to_vec())
    };
    let members: Vec<Vec<Ordinal>> = names.iter().filter_map(members).collect();
    generation.products = generation.products.regrouped(&alone, &members);
    true
}
