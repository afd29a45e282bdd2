//! The parts of a hit besides its product: the matching variants with their differences, and the nearest store
//! that has the product.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::Search;
use crate::bitmap::Bitmap;
use crate::column::{GeoPoint, Groups};
use crate::error::{Error, Result};
use crate::hit::{Hit, Nearest, Variant, Variants};
use crate::id::Ordinal;
use crate::product::StoreLocation;

/// The fields of a product in which variants may differ, as far as shoppers choose by them.
#[derive(Deserialize)]
struct Varying<'a> {
    #[serde(borrow, default)]
    attributes: BTreeMap<Cow<'a, str>, &'a RawValue>,
    #[serde(borrow)]
    availability: Option<&'a RawValue>,
    #[serde(borrow)]
    image: Option<&'a RawValue>,
    #[serde(borrow)]
    price: Option<&'a RawValue>,
    #[serde(borrow)]
    sale_price: Option<&'a RawValue>,
    #[serde(borrow)]
    url: Option<&'a RawValue>,
}

/// The stores that have a product.
#[derive(Deserialize)]
struct StoreLocations {
    #[serde(default)]
    locations: Vec<StoreLocation>,
}

impl Varying<'_> {
    /// The fields that are not attributes, by name.
    fn fields(&self) -> [(&'static str, Option<&RawValue>); 5] {
        [
            ("availability", self.availability),
            ("image", self.image),
            ("price", self.price),
            ("sale_price", self.sale_price),
            ("url", self.url),
        ]
    }
}

impl Search<'_> {
    /// Adds the matching variants to a hit, at most `most` of them listed, and the store nearest to `from`.
    pub(super) fn with_variants_and_place(
        &self,
        mut hit: Hit,
        ordinal: Ordinal,
        set: &Bitmap,
        groups: Option<&Groups>,
        most: usize,
        from: Option<GeoPoint>,
    ) -> Result<Hit> {
        if let Some(groups) = groups {
            let matching = groups.members(ordinal).filter(|&member| set.contains(member));
            let others: Vec<Ordinal> = matching.filter(|&member| member != ordinal).collect();
            if !others.is_empty() {
                let listed: Vec<Ordinal> = std::iter::once(ordinal).chain(others.iter().copied()).take(most).collect();
                hit.variants = Some(Variants { count: others.len() + 1, items: self.differing(&listed)? });
            }
        }
        if let Some(from) = from {
            let stores: Option<StoreLocations> = serde_json::from_str(hit.product.get()).ok();
            let places = stores.into_iter().flat_map(|stores| stores.locations);
            let measured = places.map(|location| {
                let distance_m = GeoPoint::new(location.lat, location.lon).metres_to(from).round();
                Nearest { distance_m, location }
            });
            hit.nearest = measured.min_by(|a, b| a.distance_m.total_cmp(&b.distance_m));
        }
        Ok(hit)
    }

    /// The listed variants, each with the fields in which not all of them agree.
    fn differing(&self, listed: &[Ordinal]) -> Result<Vec<Variant>> {
        let products = &self.snapshot.generation.products;
        let damaged = |at| move |error| Error::Text(format!("product {}: {error}", products.id(at)));
        let cards = listed.iter().map(|&at| self.snapshot.card(at)).collect::<Result<Vec<_>>>()?;
        let texts = listed.iter().zip(&cards).map(|(&at, card)| (at, card.product.get()));
        let read = texts.map(|(at, text)| serde_json::from_str::<Varying<'_>>(text).map_err(damaged(at)));
        let variants = read.collect::<Result<Vec<_>>>()?;
        let text = |value: Option<&RawValue>| value.map(|value| value.get().to_owned());
        let attribute_differs = |name: &str| {
            let mut values = variants.iter().map(|variant| text(variant.attributes.get(name).copied()));
            let first = values.next();
            values.any(|value| Some(value) != first)
        };
        let field_differs = |at: usize| {
            let mut values = variants.iter().map(|variant| text(variant.fields()[at].1));
            let first = values.next();
            values.any(|value| Some(value) != first)
        };
        let differing_fields: Vec<usize> = (0..5).filter(|&at| field_differs(at)).collect();
        let mut names: Vec<&str> =
            variants.iter().flat_map(|variant| variant.attributes.keys().map(|name| &**name)).collect();
        names.sort_unstable();
        names.dedup();
        names.retain(|name| attribute_differs(name));
        let variants = listed.iter().zip(&variants).map(|(&at, variant)| Variant {
            id: products.id(at).to_owned(),
            attributes: names
                .iter()
                .filter_map(|&name| Some((name.to_owned(), (*variant.attributes.get(name)?).to_owned())))
                .collect(),
            fields: differing_fields
                .iter()
                .filter_map(|&at| variant.fields()[at].1.map(|value| (variant.fields()[at].0, value.to_owned())))
                .collect(),
        });
        Ok(variants.collect())
    }
}
