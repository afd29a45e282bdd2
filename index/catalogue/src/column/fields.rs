//! The built-in columns, and the value that each takes from a product. The builder and the filter
//! on single products read the same two tables, so a product outside a generation is filtered
//! exactly as one inside it.

use crate::characters::composed;
use crate::product::{AttributeValue, Product, standard_path};

/// The longest indexed text, in bytes; longer ones are prose, not values.
pub const MAX_VALUE_BYTES: usize = 1_024;

/// The prefix that distinguishes an attribute from a built-in field of the same name.
pub const ATTRIBUTE_PREFIX: &str = "attributes.";

/// The column of category levels: every prefix of every category path.
pub const CATEGORY: &str = "category";

/// The column of the locations of products.
pub const LOCATIONS: &str = "locations";

type ReadTexts = fn(&Product, &mut dyn FnMut(&str));
type ReadNumber = fn(&Product) -> Option<f64>;

/// The built-in fields that hold texts.
pub(super) const TEXTS: [(&str, ReadTexts); 14] = [
    ("availability", |p, out| out(p.supply().availability.as_str())),
    ("brand", |p, out| p.brand.iter().for_each(|value| out(value))),
    (CATEGORY, |p, out| p.category_levels().into_iter().for_each(out)),
    ("currency", |p, out| p.currency.iter().for_each(|value| out(value))),
    ("group_id", |p, out| p.group_id.iter().for_each(|value| out(value))),
    ("id", |p, out| out(&p.id)),
    ("in_stock", |p, out| out(truth(p.in_stock()))),
    ("lang", |p, out| p.lang.iter().for_each(|value| out(value))),
    ("regions", |p, out| p.regions.iter().for_each(|value| out(value))),
    ("seasons", |p, out| p.seasons.iter().for_each(|value| out(value))),
    ("store_id", |p, out| p.locations.iter().filter_map(|place| place.store_id.as_deref()).for_each(out)),
    ("tags", |p, out| p.tags.iter().for_each(|value| out(value))),
    ("title", |p, out| out(&p.title)),
    ("weather", |p, out| p.weather.iter().for_each(|value| out(value))),
];

/// The built-in fields that hold numbers: money in minor units, dates in seconds since 1970.
pub(super) const NUMBERS: [(&str, ReadNumber); 9] = [
    ("created_at", |p| p.created_at.map(seconds)),
    ("final_price", |p| final_price(p).map(|minor| minor as f64)),
    ("margin", |p| p.margin),
    ("price", |p| p.price.map(|minor| minor as f64)),
    ("rating", |p| p.rating),
    ("rating_count", |p| p.rating_count.map(|count| count as f64)),
    ("released_at", |p| p.released_at.map(seconds)),
    ("sale_price", |p| p.sale_price.map(|minor| minor as f64)),
    ("stock", |p| p.supply().stock.map(|pieces| pieces as f64)),
];

/// True if the field's numbers are moments.
pub(super) fn is_date(field: &str) -> bool {
    matches!(field, "created_at" | "released_at")
}

/// A moment in seconds since 1970.
pub(super) fn seconds(moment: jiff::Timestamp) -> f64 {
    moment.as_duration().as_secs_f64()
}

/// The price a shopper pays, in minor units: the sale price if it is lower or the only one, else the price.
pub fn final_price(product: &Product) -> Option<i64> {
    match (product.price, product.sale_price) {
        (Some(price), Some(sale)) => Some(price.min(sale)),
        (price, sale) => price.or(sale),
    }
}

/// A value of a request as the catalogue stores it: accents composed, the levels of a category apart, ids as they are.
pub fn stored_form(field: &str, text: &str) -> String {
    match field {
        CATEGORY => standard_path(&composed(text)),
        "id" => text.to_owned(),
        _ => composed(text).into_owned(),
    }
}

/// True if columns index the text: it is neither empty nor too long.
pub(super) fn is_value(text: &str) -> bool {
    !text.is_empty() && text.len() <= MAX_VALUE_BYTES
}

/// A single value of a product.
pub(super) enum Single<'a> {
    /// A text.
    Text(&'a str),
    /// A finite number.
    Number(f64),
}

/// A truth value as columns store it.
pub(super) fn truth(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}

/// Visits the single values of an attribute that columns index.
pub(super) fn for_each_single(value: &AttributeValue, mut visit: impl FnMut(Single<'_>)) {
    value.for_each(&mut |single| match single {
        AttributeValue::Bool(value) => visit(Single::Text(truth(*value))),
        AttributeValue::Text(text) if is_value(text) => visit(Single::Text(text)),
        number => {
            if let Some(number) = number.as_number().filter(|number| number.is_finite()) {
                visit(Single::Number(number));
            }
        }
    });
}

/// Visits the values of `product` in `field`, spelled as in a filter.
pub(super) fn for_each_value(product: &Product, field: &str, mut visit: impl FnMut(Single<'_>)) {
    if let Some((_, texts)) = TEXTS.iter().find(|(name, _)| *name == field) {
        texts(product, &mut |text| {
            if is_value(text) {
                visit(Single::Text(text));
            }
        });
    } else if let Some((_, number)) = NUMBERS.iter().find(|(name, _)| *name == field) {
        if let Some(number) = number(product).filter(|number| number.is_finite()) {
            visit(Single::Number(number));
        }
    } else {
        let bare = field.strip_prefix(ATTRIBUTE_PREFIX).and_then(|name| product.attributes.get(name));
        if let Some(value) = bare.or_else(|| product.attributes.get(field)) {
            for_each_single(value, visit);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sale_price_counts_only_when_it_saves_something() {
        let pay = |price, sale_price| final_price(&Product { price, sale_price, ..Product::default() });
        assert_eq!(pay(Some(100), Some(80)), Some(80));
        assert_eq!(pay(Some(100), Some(120)), Some(100));
        assert_eq!(pay(Some(100), None), Some(100));
        assert_eq!(pay(None, Some(80)), Some(80));
        assert_eq!(pay(None, None), None);
    }
}
