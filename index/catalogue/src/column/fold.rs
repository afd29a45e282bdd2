//! The only order and equality of texts in columns: lower-cased characters, compared one by one, so
//! that `acme`, `Acme` and `ACME` are equal in a filter and neighbours in a dictionary. Nothing is
//! allocated.

use std::cmp::Ordering;

fn folded(text: &str) -> impl Iterator<Item = char> + '_ {
    // The lower case of the capital dotted I is an i with its dot as a mark of its own.
    text.chars().flat_map(char::to_lowercase).filter(|&c| c != '\u{307}')
}

/// Compares two texts ignoring case.
pub(super) fn compare(a: &str, b: &str) -> Ordering {
    for (at, (x, y)) in a.bytes().zip(b.bytes()).enumerate() {
        if !(x.is_ascii() && y.is_ascii()) {
            // Everything before is ASCII, so `at` is a character boundary in both texts.
            return folded(&a[at..]).cmp(folded(&b[at..]));
        }
        let order = x.to_ascii_lowercase().cmp(&y.to_ascii_lowercase());
        if order != Ordering::Equal {
            return order;
        }
    }
    a.len().cmp(&b.len())
}

/// True if two texts are equal ignoring case.
pub(super) fn equal(a: &str, b: &str) -> bool {
    compare(a, b) == Ordering::Equal
}

/// True if `text` begins with `prefix`, ignoring case.
pub(super) fn starts_with(text: &str, prefix: &str) -> bool {
    let mut text = folded(text);
    folded(prefix).all(|expected| text.next() == Some(expected))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn agrees_with_comparing_lower_case_characters(a in "[aAbB \u{e9}\u{c9}\u{212a}kK]{0,5}", b in "[aAbB \u{e9}\u{c9}\u{212a}kK]{0,5}") {
            let lower = |text: &str| text.chars().flat_map(char::to_lowercase).collect::<String>();
            prop_assert_eq!(compare(&a, &b), lower(&a).cmp(&lower(&b)));
            prop_assert_eq!(starts_with(&a, &b), lower(&a).starts_with(&lower(&b)));
            prop_assert_eq!(equal(&a, &b), lower(&a) == lower(&b));
        }
    }
}
