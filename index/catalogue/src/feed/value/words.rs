//! Fixed vocabularies in any spelling: "In Stock", `in_stock`, `https://schema.org/InStock`.

use crate::product::Availability;

/// The longest attribute name taken from a column or option, in characters.
const MAX_NAME_CHARS: usize = 60;

/// The word after the last slash, lower-cased, without spaces and punctuation.
fn bare(text: &str) -> String {
    let word = text.trim().trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The availability, in the vocabulary of Merchant Center, Facebook or schema.org.
pub(in super::super) fn availability(text: &str) -> Option<Availability> {
    match &*bare(text) {
        "instock"
        | "available"
        | "availablefororder"
        | "limitedavailability"
        | "instoreonly"
        | "onlineonly"
        | "madetoorder"
        | "onlinestockonly"
        | "yes"
        | "true" => Some(Availability::InStock),
        "outofstock" | "soldout" | "discontinued" | "reserved" | "unavailable" | "notavailable" | "no" | "false" => {
            Some(Availability::OutOfStock)
        }
        "preorder" | "presale" => Some(Availability::Preorder),
        "backorder" | "backordered" | "onbackorder" => Some(Availability::Backorder),
        _ => None,
    }
}

/// The condition as `new`, `refurbished` or `used`.
pub(in super::super) fn condition(text: &str) -> Option<&'static str> {
    match &*bare(text) {
        "new" | "newcondition" | "brandnew" | "newother" => Some("new"),
        "refurbished" | "refurbishedcondition" | "renewed" | "reconditioned" => Some("refurbished"),
        "used" | "usedcondition" | "damagedcondition" | "usedgood" | "usedlikenew" | "usedfair" | "preowned" => {
            Some("used")
        }
        _ => None,
    }
}

/// A truth value in words or digits.
pub(in super::super) fn yes_no(text: &str) -> Option<bool> {
    match &*bare(text) {
        "yes" | "true" | "1" | "y" => Some(true),
        "no" | "false" | "0" | "n" => Some(false),
        _ => None,
    }
}

/// An attribute name: lower-case letters and digits with `_` between words; `colour` becomes `color`.
pub(in super::super) fn attribute_name(text: &str) -> String {
    let mut name = String::new();
    for c in text.trim().chars().take(MAX_NAME_CHARS) {
        if c.is_alphanumeric() {
            name.extend(c.to_lowercase());
        } else if !name.is_empty() && !name.ends_with('_') {
            name.push('_');
        }
    }
    let name = name.trim_end_matches('_');
    if name == "colour" { "color".to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_does_not_matter() {
        for text in ["in stock", "In_Stock", "in-stock", "https://schema.org/InStock", "http://schema.org/InStock/"] {
            assert_eq!(availability(text), Some(Availability::InStock), "{text}");
        }
        assert_eq!(availability("Out of Stock"), Some(Availability::OutOfStock));
        assert_eq!(availability("pre-order"), Some(Availability::Preorder));
        assert_eq!(availability("soon"), None);
        assert_eq!(condition("https://schema.org/UsedCondition"), Some("used"));
        assert_eq!(yes_no(" TRUE "), Some(true));
        assert_eq!(attribute_name(" Water column (mm) "), "water_column_mm");
        assert_eq!(attribute_name("Colour"), "color");
    }
}
