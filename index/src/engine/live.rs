//! Single products changed since the generation was built. What a product costs, whether it can be
//! had, and everything else that is neither searched nor learned from ([`Product`]'s fields that
//! [`with_live_fields`] takes over) is seen by every search, filter, facet, sort and recommendation of
//! the engine that comes of it; a product that is gone is in none. What is searched of a product, and
//! products that are new, wait for the next reindex: the caller is told which.
//!
//! An engine is not changed but made anew from the one before, sharing what did not change, so that a
//! search sees one state of the catalogue from its filter to its last hit.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::Engine;
use crate::bitmap::Bitmap;
use crate::error::Result;
use crate::id::Ordinal;
use crate::product::{FieldError, Product};
use crate::vector::embed::Space;
use crate::vector::rows::normalise;

/// The columns in which a live change may show.
const COLUMNS: [&str; 15] = [
    "availability",
    "created_at",
    "currency",
    "final_price",
    "in_stock",
    "margin",
    "price",
    "rating",
    "rating_count",
    "regions",
    "released_at",
    "sale_price",
    "seasons",
    "stock",
    "weather",
];

/// A provided vector is taken for the one in the generation from this cosine on.
const SAME_DIRECTION: f32 = 0.999_99;

/// `old` with the fields of `new` that need no reindex.
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
        ..old
    }
}

impl Engine {
    /// Whether a product that is to be added or changed fits the catalogue.
    ///
    /// # Errors
    /// The field at fault: a vector where products have none of their own, or of another length.
    pub fn check_product(&self, product: &Product) -> Result<(), FieldError> {
        let Some(vector) = &product.vector else { return Ok(()) };
        let dimensions = self.generation.vectors.vectors.dimensions();
        if self.generation.manifest.space != Space::provided(dimensions) {
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
    pub fn changed(&self, changes: &[(String, Option<Product>)]) -> Result<(Self, HashSet<String>)> {
        let products = &self.generation.products;
        let (mut said, mut unseen) = (BTreeMap::new(), HashSet::new());
        let mut alive = self.alive.as_deref().cloned();
        for (id, new) in changes {
            unseen.remove(id);
            let Some(ordinal) = products.ordinal(id) else {
                if new.is_some() {
                    unseen.insert(id.clone());
                }
                continue;
            };
            match new {
                None => alive.get_or_insert_with(|| Bitmap::full(products.len())).remove(ordinal),
                Some(new) => {
                    alive.iter_mut().for_each(|alive| alive.insert(ordinal));
                    let now = with_live_fields(products.product(ordinal).unwrap_or_default(), new);
                    if !self.is_all_of(ordinal, &now, new) {
                        unseen.insert(id.clone());
                    }
                    said.insert(ordinal, now);
                }
            }
        }
        let said: Vec<(Ordinal, Product)> = said.into_iter().collect();
        let (columns, differing) = self.generation.columns.patched(&said, &COLUMNS)?;
        let mut engine = self.clone();
        engine.generation.products = products.saying(&said);
        engine.generation.columns = columns;
        engine.alive = alive.map(Arc::new);
        if !differing.is_empty() {
            engine.filters = Arc::new(self.filters.without(&differing));
        }
        Ok((engine, unseen))
    }

    /// Whether what is `shown` of a product is all of it.
    fn is_all_of(&self, ordinal: Ordinal, shown: &Product, product: &Product) -> bool {
        let vector = product.vector.as_ref().is_none_or(|vector| {
            let mut unit = vector.clone();
            let vectors = &self.generation.vectors.vectors;
            unit.len() == vectors.dimensions()
                && normalise(&mut unit)
                && vectors.similarity(&unit, ordinal) > SAME_DIRECTION
        });
        vector && *shown == Product { vector: None, ..product.clone() }
    }

    /// Whether the product of an ordinal is still there.
    pub(super) fn is_alive(&self, ordinal: Ordinal) -> bool {
        self.alive.as_ref().is_none_or(|alive| alive.contains(ordinal))
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
