//! Price and availability from schema.org offers. Of several offers the cheapest available one is
//! used. If `priceSpecification` has a list price, the offer's own price is the sale price.

use serde_json::Value;

use super::super::value::{Currency, availability, parse_price};
use super::super::{FeedContext, Price};
use super::node::{NodeFields, each, local};
use super::product::text;
use crate::product::{Availability, FieldError, Product};

/// One parsed offer.
struct Offer {
    price: Option<Price>,
    regular: Option<Price>,
    availability: Availability,
    condition: Option<String>,
    stock: Option<u64>,
    url: Option<String>,
}

/// Writes the chosen offer into the product; returns its condition as text.
pub(super) fn write(
    fields: &NodeFields,
    reading: FeedContext,
    product: &mut Product,
) -> Result<Option<String>, FieldError> {
    let mut best: Option<Offer> = None;
    for fields in each(fields.get("offers")).filter_map(Value::as_object) {
        let offer = read(fields, reading)?;
        let rank = |offer: &Offer| {
            let sold = offer.availability == Availability::OutOfStock;
            (sold, offer.price.map_or(i64::MAX, |price| price.minor))
        };
        if best.as_ref().is_none_or(|best| rank(&offer) < rank(best)) {
            best = Some(offer);
        }
    }
    let Some(offer) = best else { return Ok(None) };
    product.availability = offer.availability;
    product.stock = offer.stock;
    product.url = product.url.take().or(offer.url);
    if let Some(price) = offer.price {
        let regular = offer.regular.filter(|regular| regular.currency == price.currency && regular.minor > price.minor);
        product.price = Some(regular.unwrap_or(price).minor);
        product.sale_price = regular.map(|_| price.minor);
        product.currency = price.currency.map(|currency| currency.to_string());
    }
    Ok(offer.condition)
}

fn read(offer: &NodeFields, reading: FeedContext) -> Result<Offer, FieldError> {
    let specifications: Vec<&NodeFields> = each(offer.get("priceSpecification")).filter_map(Value::as_object).collect();
    let is_list = |specification: &&&NodeFields| {
        let kind = text(specification.get("priceType")).unwrap_or_default();
        matches!(local(&kind), "ListPrice" | "StrikethroughPrice" | "SRP" | "MSRP")
    };
    let regular = specifications.iter().find(is_list).copied();
    let active = specifications.iter().find(|specification| !is_list(specification)).copied();
    let currency = text(offer.get("priceCurrency"))
        .or_else(|| active.and_then(|active| text(active.get("priceCurrency"))))
        .and_then(|code| Currency::of_code(&code))
        .or(reading.currency);
    let price = |fields: &NodeFields, key: &str| {
        let value = text(fields.get(key)).map(|value| parse_price(&value, currency));
        value.transpose().map_err(|error| FieldError::new(format!("offers.{key}"), error.to_string()))
    };
    let own = match price(offer, "price")? {
        Some(own) => Some(own),
        None => price(offer, "lowPrice")?,
    };
    let own = match (own, active) {
        (None, Some(active)) => price(active, "price")?,
        (own, _) => own,
    };
    let words = text(offer.get("availability"));
    let availability = match words {
        None => Availability::InStock,
        Some(words) => availability(&words).ok_or_else(|| {
            FieldError::new("offers.availability", format!("`{words}` is no ItemAvailability of schema.org"))
        })?,
    };
    let level = offer.get("inventoryLevel");
    let stock = level.and_then(|level| text(level.get("value")).or_else(|| text(Some(level))));
    Ok(Offer {
        price: own,
        regular: regular.map(|regular| price(regular, "price")).transpose()?.flatten(),
        availability,
        condition: text(offer.get("itemCondition")),
        stock: stock
            .and_then(|stock| stock.parse::<f64>().ok())
            .filter(|pieces| *pieces >= 0.0)
            .map(|pieces| pieces as u64),
        url: text(offer.get("url")),
    })
}
