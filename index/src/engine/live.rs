//! Single products changed since the generation was built. All of it is seen by every search, filter,
//! facet, sort and recommendation of the engine that comes of it; a product that is gone is in none.
//! A product keeps its ordinal, and with it what shoppers did with it; a new one gets the next. What it
//! costs and whatever else lies in columns is made anew there; its words and its vector go beside those
//! of the generation, of so many products as the settings allow: of others that is seen after the next
//! reindex, and the caller is told which.
//!
//! An engine is not changed but made anew from the one before, sharing what did not change, so that a
//! search sees one state of the catalogue from its filter to its last hit.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::Snapshot;
use super::snapshot::{FILTER_CACHE_BYTES, brand_shares, groups};
use crate::bitmap::Bitmap;
use crate::column::{FilterCache, ProductVersions};
use crate::error::Result;
use crate::id::Ordinal;
use crate::product::{FieldError, Product};
use crate::text::reads_alike;
use crate::vector::embed::{Space, product_text};
use crate::vector::rows::normalise;

/// A provided vector is taken for the one in the generation from this cosine on.
const SAME_DIRECTION: f32 = 0.999_99;

/// `old` with the fields of `new` that are neither searched by words nor by likeness.
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

/// Changes in an engine's ordinals.
#[derive(Default)]
struct Group {
    /// How many more products may be rewritten.
    room: usize,
    /// The ids of new products, which get the next ordinals.
    new: Vec<String>,
    /// What was said before, and what is said now.
    said: BTreeMap<Ordinal, (Option<Product>, Product)>,
    gone: Vec<Ordinal>,
    /// Products that are new or are searched otherwise.
    rewritten: BTreeSet<Ordinal>,
    /// Those of them with other words.
    words: Vec<Ordinal>,
    /// Those of them with another vector.
    rows: BTreeMap<Ordinal, Vec<f32>>,
    /// The ids of products of which something is not seen.
    unseen: HashSet<String>,
}

impl Snapshot {
    /// Whether a product that is to be added or changed fits the catalogue.
    ///
    /// # Errors
    /// The field at fault: a vector where products have none of their own, or of another length.
    pub fn check_product(&self, product: &Product) -> Result<(), FieldError> {
        let Some(vector) = &product.vector else { return Ok(()) };
        let dimensions = self.generation.vectors.dimensions();
        if !self.has_own_vectors() {
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

    /// This engine once products are as given, none for those that are gone; and the ids of those of
    /// which something is not seen before the next reindex. Of a product named twice the last counts.
    ///
    /// # Errors
    /// [`crate::Error::Refused`] when a column grows past its limit.
    pub(super) fn with_changes(&self, changes: &[(String, Option<Product>)]) -> Result<(Self, HashSet<String>)> {
        let mut group = self.read(changes);
        let (mut engine, unseen) = (self.clone(), std::mem::take(&mut group.unseen));
        engine.pages = Arc::default();
        engine.take(group)?;
        Ok((engine, unseen))
    }

    /// What changes come to in this engine's ordinals.
    fn read(&self, changes: &[(String, Option<Product>)]) -> Group {
        let room = self.settings.live_products.saturating_sub(self.rewritten.count());
        let mut group = Group { room, ..Group::default() };
        let last: HashMap<&str, usize> = changes.iter().zip(0..).map(|((id, _), at)| (id.as_str(), at)).collect();
        let last = |(at, (id, _)): &(usize, &(String, _))| last.get(id.as_str()) == Some(at);
        for (_, (id, new)) in changes.iter().enumerate().filter(last) {
            match new {
                Some(new) => self.note(id, new, &mut group),
                None => group.gone.extend(self.generation.products.ordinal(id)),
            }
        }
        group
    }

    /// Adds a product to a group, with as much of it as there is room for.
    fn note(&self, id: &str, new: &Product, group: &mut Group) {
        let products = &self.generation.products;
        let known = products.ordinal(id);
        let before = known.and_then(|ordinal| products.product(ordinal));
        let other_words = before.as_ref().is_none_or(|before| !reads_alike(before, new));
        let other_row = self.row_of(known.zip(before.as_ref()), new);
        let rewritten = other_words || other_row.is_some();
        let has_place = known.is_some_and(|ordinal| self.rewritten.contains(ordinal));
        if rewritten && !has_place && group.room == 0 {
            group.unseen.insert(id.to_owned());
            if let (Some(ordinal), Some(before)) = (known, before) {
                let now = with_live_fields(before.clone(), new);
                group.said.insert(ordinal, (Some(before), now));
            }
            return;
        }
        let ordinal = known.unwrap_or_else(|| {
            group.new.push(id.to_owned());
            (products.len() + group.new.len() - 1) as Ordinal
        });
        if rewritten {
            group.room -= usize::from(!has_place);
            group.rewritten.insert(ordinal);
        }
        if other_words {
            group.words.push(ordinal);
        }
        if let Some(row) = other_row {
            group.rows.insert(ordinal, row);
            if !self.has_own_vectors() && !self.embeds_queries() {
                group.unseen.insert(id.to_owned());
            }
        }
        group.said.insert(ordinal, (before, new.clone()));
    }

    /// Takes a group of changes in.
    fn take(&mut self, mut group: Group) -> Result<()> {
        let (generation, had) = (&mut self.generation, self.rewritten.len());
        let said: Vec<(Ordinal, &Product)> = group.said.iter().map(|(&ordinal, (_, now))| (ordinal, now)).collect();
        let products = generation.products.saying(&group.new, &said);
        let count = products.len();
        let said = group.said.iter().map(|(&ordinal, (before, now))| ProductVersions {
            ordinal,
            before: before.as_ref(),
            now,
        });
        let said: Vec<ProductVersions<'_>> = said.collect();
        let (columns, differing) = generation.columns.patched(count, &said)?;
        if !group.words.is_empty() {
            group.words.sort_unstable();
            let read = |ordinal| products.product(ordinal);
            generation.text = generation.text.rewritten(count as u32, &group.words, &read)?.into();
        }
        if !group.rows.is_empty() {
            generation.vectors = generation.vectors.with_rows(std::mem::take(&mut group.rows)).into();
            self.kept = Arc::default();
        }
        (generation.products, generation.columns) = (products, columns);
        self.regroup(&said);
        if count > had {
            self.filters = FilterCache::new(FILTER_CACHE_BYTES).into();
            let popularity = self.popularity.iter().copied().chain(std::iter::repeat_n(0.0, count - had));
            self.popularity = popularity.collect();
        } else if !differing.is_empty() {
            self.filters = self.filters.without(&differing, &self.generation.columns).into();
        }
        if count > had || differing.iter().any(|name| matches!(&**name, "released_at" | "created_at")) {
            self.newest = Arc::default();
        }
        self.sites = Arc::default();
        if differing.iter().any(|name| &**name == "brand") {
            self.brand_shares = brand_shares(&self.generation).into();
        }
        self.mark(&group, had, count);
        Ok(())
    }

    /// Marks which products are there, and which are rewritten; there were so many and are so many.
    fn mark(&mut self, group: &Group, had: usize, count: usize) {
        let mut rewritten = (*self.rewritten).clone().lengthened(count);
        group.rewritten.iter().for_each(|&ordinal| rewritten.insert(ordinal));
        self.rewritten = rewritten.into();
        if self.alive.is_some() || !group.gone.is_empty() {
            let alive = self.alive.take().map_or_else(|| Bitmap::full(had), Arc::unwrap_or_clone);
            let mut alive = alive.lengthened(count);
            group.said.keys().for_each(|&ordinal| alive.insert(ordinal));
            group.gone.iter().for_each(|&ordinal| alive.remove(ordinal));
            self.alive = Some(alive.into());
        }
    }

    /// Puts products into the groups they are said to be in now.
    fn regroup(&mut self, said: &[ProductVersions<'_>]) {
        let group = |product: &Product| product.group_id.clone();
        let moved = || said.iter().filter(|said| said.before.and_then(group) != group(said.now));
        let names: BTreeSet<String> =
            moved().flat_map(|said| [said.before.and_then(group), group(said.now)]).flatten().collect();
        if names.is_empty() {
            return;
        }
        let alone: Vec<Ordinal> = moved().filter(|said| said.now.group_id.is_none()).map(|said| said.ordinal).collect();
        let column = self.generation.columns.keyword("group_id").map(|column| column.view());
        let members = |name: &String| {
            let id = column?.id_of(name)?;
            Some(column?.products_of(id..id + 1).to_vec())
        };
        let members: Vec<Vec<Ordinal>> = names.iter().filter_map(members).collect();
        self.generation.products = self.generation.products.regrouped(&alone, &members);
        self.groups = groups(&self.generation).map(Arc::new);
    }

    /// The row a product gets, where it is another than it has.
    fn row_of(&self, known: Option<(Ordinal, &Product)>, new: &Product) -> Option<Vec<f32>> {
        let vectors = &self.generation.vectors;
        if self.has_own_vectors() {
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
        match (same, self.embeds_queries()) {
            (true, _) => None,
            (false, true) => Some(self.embedder.embed(&product_text(new))),
            (false, false) => Some(known.map_or_else(Vec::new, |(ordinal, _)| vectors.row(ordinal).to_vec())),
        }
    }

    /// Whether the products' vectors came with the feed.
    fn has_own_vectors(&self) -> bool {
        self.generation.manifest.space == Space::provided(self.generation.vectors.dimensions())
    }

    /// A product as it is now, with its vector where the shop gave it.
    pub fn product(&self, id: &str) -> Option<Product> {
        let ordinal = self.ordinal(id)?;
        let vectors = &self.generation.vectors;
        let own = self.has_own_vectors() && vectors.has_direction(ordinal);
        let vector = own.then(|| vectors.row(ordinal).to_vec());
        Some(Product { vector, ..self.generation.products.product(ordinal)? })
    }

    /// How many products are new or are searched otherwise than the generation has them.
    pub fn live_products(&self) -> usize {
        self.rewritten.count()
    }

    /// Whether the product of an ordinal is still there.
    pub(super) fn is_alive(&self, ordinal: Ordinal) -> bool {
        self.alive.as_ref().is_none_or(|alive| alive.contains(ordinal))
    }

    /// Whether the product of an ordinal is there under a title.
    pub(super) fn is_called(&self, ordinal: Ordinal, title: &str) -> bool {
        let same = || self.generation.products.product(ordinal).is_some_and(|product| product.title == title);
        self.is_alive(ordinal) && (!self.rewritten.contains(ordinal) || same())
    }

    /// Those of some products that are still there.
    pub(super) fn alive_of(&self, products: Arc<Bitmap>) -> Arc<Bitmap> {
        let Some(alive) = &self.alive else { return products };
        let mut both = (*products).clone();
        both.and(alive);
        Arc::new(both)
    }

    /// The product of an id, if it is still there.
    pub(super) fn ordinal(&self, id: &str) -> Option<Ordinal> {
        self.generation.products.ordinal(id).filter(|&ordinal| self.is_alive(ordinal))
    }
}
