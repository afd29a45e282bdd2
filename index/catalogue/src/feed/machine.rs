//! Attributes that feeds carry for other programs, such as advertising systems.

/// The attributes for programs that have one name; others begin or end as [`is_for_machines`] says.
const NAMES: [&str; 7] =
    ["google_product_category", "identifier_exists", "adult", "is_bundle", "size_system", "size_type", "condition"];

/// True if an attribute of this name says nothing to a shopper: a code of an advertising system, a label of a
/// campaign, an id, or a name that the shop begins with `_` to mark it as internal.
pub fn is_for_machines(name: &str) -> bool {
    NAMES.contains(&name) || name.starts_with("custom_label_") || name.starts_with('_') || name.ends_with("_id")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_and_ids_are_not_for_shoppers() {
        for name in ["google_product_category", "custom_label_3", "_season", "supplier_id"] {
            assert!(is_for_machines(name), "{name}");
        }
        for name in ["color", "size", "material", "category", "solid"] {
            assert!(!is_for_machines(name), "{name}");
        }
    }
}
