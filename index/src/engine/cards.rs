//! Products as responses show them, parsed once and cached: the JSON as the shop sent it, checked, and the title.
//! Availability and stock that contradict each other are shown in agreement. An entry is used only if the JSON it was
//! made of is, byte for byte, that of the product now, so that a changed product is parsed again without anybody
//! removing the old entry.

use std::borrow::Cow;
use std::sync::Arc;

use quick_cache::Weighter;
use quick_cache::sync::Cache;
use serde::Deserialize;
use serde_json::value::{RawValue, to_raw_value};

use super::Snapshot;
use crate::error::{Error, Result};
use crate::id::Ordinal;
use crate::product::{Availability, Product};

/// The memory limit of the cache, in bytes.
const BYTES: u64 = 32 << 20;
/// The usual size of a product, from which the number of entries is estimated.
const USUAL_BYTES: u64 = 700;

/// A product as responses show it.
#[derive(Debug)]
pub(super) struct Card {
    /// The product's JSON.
    pub(super) product: Arc<RawValue>,
    /// The JSON as the shop sent it, where availability and stock contradict each other in it.
    stated: Option<Box<[u8]>>,
    /// Its title, or its id if it has none.
    pub(super) name: Box<str>,
}

/// Weighs a card by the bytes of its texts.
#[derive(Debug, Clone)]
struct CardWeighter;

impl Weighter<Ordinal, Arc<Card>> for CardWeighter {
    fn weight(&self, _: &Ordinal, card: &Arc<Card>) -> u64 {
        let stated = card.stated.as_ref().map_or(0, |stated| stated.len());
        (card.product.get().len() + stated + card.name.len()) as u64 + 100
    }
}

/// Cards of products, by ordinal.
#[derive(Debug)]
pub(super) struct CardCache(Cache<Ordinal, Arc<Card>, CardWeighter>);

impl Default for CardCache {
    fn default() -> Self {
        Self(Cache::with_weighter((BYTES / USUAL_BYTES) as usize, BYTES, CardWeighter))
    }
}

impl Snapshot {
    /// The card of a product.
    ///
    /// # Errors
    /// [`Error::Text`] when the stored product is no JSON.
    pub(super) fn card(&self, ordinal: Ordinal) -> Result<Arc<Card>> {
        #[derive(Deserialize)]
        struct Titled<'a> {
            #[serde(borrow)]
            title: Cow<'a, str>,
            #[serde(default)]
            availability: Availability,
            stock: Option<u64>,
        }
        let products = &self.generation.products;
        let json = products.json_bytes(ordinal);
        let is_current =
            |card: &Arc<Card>| card.stated.as_deref().unwrap_or_else(|| card.product.get().as_bytes()) == json;
        if let Some(card) = self.caches.cards.0.get(&ordinal).filter(is_current) {
            return Ok(card);
        }
        let damaged = |error| Error::Text(format!("product {}: {error}", products.id(ordinal)));
        let product: Box<RawValue> = serde_json::from_slice(json).map_err(damaged)?;
        let read = serde_json::from_slice::<Titled<'_>>(json);
        let name = read.as_ref().map_or_else(|_| products.id(ordinal).to_owned(), |read| read.title.to_string());
        let supply =
            read.map(|Titled { availability, stock, .. }| Product { availability, stock, ..Product::default() });
        let contradicts = supply.is_ok_and(|product| product.supply().conflict.is_some());
        let agreeing = products.product(ordinal).filter(|_| contradicts).map(Product::with_supply);
        let card = match agreeing {
            Some(agreeing) => {
                let product = to_raw_value(&agreeing).map_err(damaged)?;
                Card { product: product.into(), stated: Some(json.into()), name: name.into() }
            }
            None => Card { product: product.into(), stated: None, name: name.into() },
        };
        let card = Arc::new(card);
        self.caches.cards.0.insert(ordinal, card.clone());
        Ok(card)
    }

    /// The title of a product, or its id if it has none.
    pub(super) fn name_of(&self, ordinal: Ordinal) -> String {
        self.card(ordinal)
            .map_or_else(|_| self.generation.products.id(ordinal).to_owned(), |card| card.name.to_string())
    }
}
