//! Maps the fields of a schema.org product. Properties that Merchant Center also has are parsed by
//! the same code. Ratings are scaled to 0 to 5; levels of a category may be separated by slashes,
//! as schema.org defines.

use serde_json::Value;

use super::super::FeedContext;
use super::super::merchant::Attributes;
use super::super::notes::FeedNotes;
use super::super::value::{attribute_name, category_path, condition, plain_text, with_unit};
use super::node::{NodeFields, each, local};
use super::offer;
use crate::product::{AttributeValue, FieldError, Product};
use crate::time::moment;

/// The fields read here or in `offer.rs`, and those that are irrelevant to the product.
const KNOWN: [&str; 41] = [
    "@context",
    "@id",
    "@type",
    "additionalProperty",
    "aggregateRating",
    "audience",
    "brand",
    "category",
    "color",
    "depth",
    "description",
    "gtin",
    "gtin12",
    "gtin13",
    "gtin14",
    "gtin8",
    "hasVariant",
    "height",
    "image",
    "inProductGroupWithID",
    "isVariantOf",
    "itemCondition",
    "keywords",
    "length",
    "manufacturer",
    "material",
    "mpn",
    "name",
    "offers",
    "pattern",
    "productGroupID",
    "productID",
    "releaseDate",
    "review",
    "size",
    "sku",
    "suggestedAge",
    "suggestedGender",
    "url",
    "variesBy",
    "weight",
];

/// The text of a value: a string, a number, or the name of an object.
pub(super) fn text(value: Option<&Value>) -> Option<String> {
    let found = match value? {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Bool(yes) => yes.to_string(),
        Value::Array(values) => return values.iter().find_map(|value| text(Some(value))),
        Value::Object(fields) => {
            let named = ["name", "@value", "value", "contentUrl", "url", "@id"].iter().find_map(|key| fields.get(*key));
            return match named {
                Some(Value::Object(_) | Value::Array(_)) | None => None,
                named => text(named),
            };
        }
        Value::Null => return None,
    };
    Some(found).filter(|text| !text.is_empty())
}

/// The address of a picture.
fn address(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::Array(values) => values.iter().find_map(|value| address(Some(value))),
        Value::Object(image) => ["contentUrl", "url", "@id"].iter().find_map(|key| address(image.get(*key))),
        single => text(Some(single)),
    }
}

/// The product, or the field that makes it invalid.
pub(super) fn product(
    fields: &NodeFields,
    reading: FeedContext,
    line: u64,
    notes: &mut FeedNotes,
) -> Result<Product, FieldError> {
    for name in fields.keys().filter(|name| !KNOWN.contains(&local_field(name))) {
        notes.ignore(name);
    }
    let get = |name: &str| text(fields.get(name));
    let gtin = ["gtin", "gtin14", "gtin13", "gtin12", "gtin8"].iter().find_map(|name| get(name));
    let ids = ["sku", "productID", "mpn"].iter().find_map(|name| get(name));
    let id = ids.or_else(|| gtin.clone()).or_else(|| get("@id")).or_else(|| get("url"));
    let mut made = Product { url: get("url"), ..Product::default() };
    let in_words = offer::write(fields, reading, &mut made)?.or_else(|| get("itemCondition"));

    let mut attributes = Attributes::new(reading, line, notes);
    let single = [
        ("id", id),
        ("title", get("name")),
        ("description", get("description")),
        ("brand", get("brand").or_else(|| get("manufacturer"))),
        ("image_link", address(fields.get("image"))),
        ("mpn", get("mpn")),
        ("gtin", gtin),
        ("item_group_id", get("inProductGroupWithID").or_else(|| get("productGroupID"))),
        ("gender", audience(fields, "suggestedGender").map(|gender| local(&gender).to_owned())),
        ("size", get("size")),
        ("pattern", get("pattern")),
    ];
    for (name, value) in single {
        attributes.take(name, &value.unwrap_or_default())?;
    }
    if let Some(condition) = in_words.as_deref().and_then(condition) {
        attributes.text("condition", condition);
    }
    for name in ["color", "material"] {
        for value in each(fields.get(name)) {
            attributes.take(name, &text(Some(value)).unwrap_or_default())?;
        }
    }
    for (field, name) in [("weight", "product_weight"), ("width", "product_width"), ("height", "product_height")]
        .into_iter()
        .chain([("length", "product_length")])
    {
        attributes.take(name, &quantity(fields.get(field)).unwrap_or_default())?;
    }
    let made_of = attributes.finish();
    let product = Product {
        url: made.url,
        price: made.price,
        sale_price: made.sale_price,
        currency: made.currency,
        availability: made.availability,
        stock: made.stock,
        ..made_of
    };
    Ok(rest(fields, product, line, notes))
}

fn local_field(name: &str) -> &str {
    if name.starts_with('@') { name } else { local(name) }
}

fn audience(fields: &NodeFields, name: &str) -> Option<String> {
    text(fields.get(name)).or_else(|| each(fields.get("audience")).find_map(|audience| text(audience.get(name))))
}

/// A `QuantitativeValue` as a number and a unit.
fn quantity(value: Option<&Value>) -> Option<String> {
    let Some(Value::Object(fields)) = value else { return text(value) };
    let unit = text(fields.get("unitCode")).or_else(|| text(fields.get("unitText"))).unwrap_or_default();
    text(fields.get("value")).map(|number| format!("{number} {unit}"))
}

/// Fills in categories, tags, rating, dates and properties.
fn rest(fields: &NodeFields, mut product: Product, line: u64, notes: &mut FeedNotes) -> Product {
    for value in each(fields.get("category")).filter_map(|value| text(Some(value))).take(100) {
        // A category may be an address in some taxonomy; an address is not a name.
        let path = category_path(&value, true).filter(|_| !value.contains("://"));
        product.categories.extend(path.filter(|path| !product.categories.contains(path)));
    }
    for value in each(fields.get("keywords")).filter_map(|value| text(Some(value))).take(100) {
        product.tags.extend(value.split(',').map(plain_text).filter(|tag| !tag.is_empty()).take(100));
    }
    if let Some(date) = text(fields.get("releaseDate")) {
        product.released_at = moment(&date);
        if product.released_at.is_none() {
            notes.drop(line, "releaseDate", "is no date of ISO 8601", &date);
        }
    }
    if let Some(rating) = fields.get("aggregateRating") {
        write_rating(rating, &mut product, line, notes);
    }
    for property in each(fields.get("additionalProperty")).take(100) {
        write_property(property, &mut product);
    }
    product
}

fn write_rating(rating: &Value, product: &mut Product, line: u64, notes: &mut FeedNotes) {
    let number = |name: &str| text(rating.get(name))?.replace(',', ".").parse::<f64>().ok();
    let (best, worst) = (number("bestRating").unwrap_or(5.0), number("worstRating").unwrap_or(0.0));
    let count = number("ratingCount").or_else(|| number("reviewCount"));
    match number("ratingValue").filter(|value| best > 0.0 && worst < best && (worst..=best).contains(value)) {
        Some(value) => {
            product.rating = Some((value * 5.0 / best * 100.0).round() / 100.0);
            product.rating_count = count.filter(|count| *count >= 0.0).map(|count| count as u64);
        }
        None => {
            let value = text(rating.get("ratingValue")).unwrap_or_default();
            notes.drop(line, "aggregateRating", "is not between worst and best rating", &value);
        }
    }
}

/// Adds a `PropertyValue`; a known unit becomes part of the attribute's name.
fn write_property(property: &Value, product: &mut Product) {
    let name =
        text(property.get("name")).or_else(|| text(property.get("propertyID"))).map(|name| attribute_name(&name));
    let (Some(name), Some(value)) = (name.filter(|name| !name.is_empty()), text(property.get("value"))) else { return };
    let unit = text(property.get("unitCode")).or_else(|| text(property.get("unitText"))).unwrap_or_default();
    let measured = format!("{value} {unit}");
    let number = value.parse::<f64>().ok().filter(|number| number.is_finite() && unit.is_empty());
    let (name, value) = match (with_unit(&measured), number) {
        (Some((number, unit)), _) if name.ends_with(&format!("_{unit}")) => (name, AttributeValue::number(number)),
        (Some((number, unit)), _) => (format!("{name}_{unit}"), AttributeValue::number(number)),
        (None, Some(number)) => (name, AttributeValue::number(number)),
        (None, None) => (name, AttributeValue::Text(plain_text(&measured))),
    };
    product.attributes.entry(name).or_insert(value);
}
