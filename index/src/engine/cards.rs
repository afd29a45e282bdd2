//! What answers say of a product, read once and kept: the JSON as the shop sent
//! it, checked, and what the product is called. A product said anew is read anew:
//! what is kept counts only where it is, byte for byte, what the product says now.

use std::borrow::Cow;
use std::sync::Arc;

use quick_cache::Weighter;
use quick_cache::sync::Cache;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::Snapshot;
use crate::error::{Error, Result};
use crate::id::Ordinal;

/// What is kept at most, in bytes.
const BYTES: u64 = 32 << 20;
/// A product's usual size, from which the number of those kept is guessed.
const USUAL_BYTES: u64 = 700;

/// A product as answers show it.
#[derive(Debug)]
pub(super) struct Card {
    /// The product as the shop said it.
    pub(super) product: Arc<RawValue>,
    /// Its title, or its id.
    pub(super) name: Box<str>,
}

/// A card weighs what its texts take.
#[derive(Debug, Clone)]
struct Texts;

impl Weighter<Ordinal, Arc<Card>> for Texts {
    fn weight(&self, _: &Ordinal, card: &Arc<Card>) -> u64 {
        (card.product.get().len() + card.name.len()) as u64 + 100
    }
}

/// The cards that were asked for lately.
#[derive(Debug)]
pub(super) struct Cards(Cache<Ordinal, Arc<Card>, Texts>);

impl Default for Cards {
    fn default() -> Self {
        Self(Cache::with_weighter((BYTES / USUAL_BYTES) as usize, BYTES, Texts))
    }
}

impl Snapshot {
    /// What answers say of a product.
    ///
    /// # Errors
    /// [`Error::Text`] when what is stored of it is no JSON.
    pub(super) fn card(&self, ordinal: Ordinal) -> Result<Arc<Card>> {
        #[derive(Deserialize)]
        struct Titled<'a> {
            #[serde(borrow)]
            title: Cow<'a, str>,
        }
        let products = &self.generation.products;
        let json = products.json_bytes(ordinal);
        if let Some(card) = self.cards.0.get(&ordinal).filter(|card| card.product.get().as_bytes() == json) {
            return Ok(card);
        }
        let damaged = |error| Error::Text(format!("product {}: {error}", products.id(ordinal)));
        let product: Box<RawValue> = serde_json::from_slice(json).map_err(damaged)?;
        let title = serde_json::from_slice(json).map(|Titled { title }| title.into_owned());
        let name = title.unwrap_or_else(|_| products.id(ordinal).to_owned());
        let card = Arc::new(Card { product: product.into(), name: name.into() });
        self.cards.0.insert(ordinal, card.clone());
        Ok(card)
    }

    /// What a product is called: its title, or its id.
    pub(super) fn name_of(&self, ordinal: Ordinal) -> String {
        self.card(ordinal)
            .map_or_else(|_| self.generation.products.id(ordinal).to_owned(), |card| card.name.to_string())
    }
}
