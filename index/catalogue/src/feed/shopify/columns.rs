//! The columns of Shopify's export, with the names of both generations of headers.

use super::super::merchant::column_name;
use super::super::value::attribute_name;

/// The columns that are read, with their name since 2025 and their name before.
const COLUMNS: [(&str, [&str; 2]); 26] = [
    ("handle", ["url_handle", "handle"]),
    ("title", ["title", "title"]),
    ("description", ["description", "body"]),
    ("vendor", ["vendor", "vendor"]),
    ("category", ["product_category", "standardized_product_type"]),
    ("type", ["type", "custom_product_type"]),
    ("collection", ["collection", "custom_collections"]),
    ("tags", ["tags", "tags"]),
    ("published", ["published_on_online_store", "published"]),
    ("status", ["status", "status"]),
    ("sku", ["sku", "variant_sku"]),
    ("barcode", ["barcode", "variant_barcode"]),
    ("price", ["price", "variant_price"]),
    ("compare_at", ["compare_at_price", "variant_compare_at_price"]),
    ("cost", ["cost_per_item", "cost_per_item"]),
    ("tracker", ["inventory_tracker", "variant_inventory_tracker"]),
    ("stock", ["inventory_quantity", "variant_inventory_qty"]),
    ("oversell", ["continue_selling_when_out_of_stock", "variant_inventory_policy"]),
    ("grams", ["weight_value", "variant_grams"]),
    ("image", ["product_image_url", "image_src"]),
    ("variant_image", ["variant_image_url", "variant_image"]),
    ("google_category", ["google_shopping_/_google_product_category", "google_shopping_/_google_product_category"]),
    ("gender", ["google_shopping_/_gender", "google_shopping_/_gender"]),
    ("age_group", ["google_shopping_/_age_group", "google_shopping_/_age_group"]),
    ("mpn", ["google_shopping_/_mpn", "google_shopping_/_manufacturer_part_number"]),
    ("condition", ["google_shopping_/_condition", "google_shopping_/_condition"]),
];

/// The meaning of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ShopifyColumn {
    /// One of [`COLUMNS`].
    Known(&'static str),
    /// `Option1 name` to `Option3 value`.
    Option { number: usize, is_name: bool },
    /// A field defined by the shop, by its name.
    Own(String),
    /// `custom label 0` to `4`.
    Label(String),
    /// Any other column.
    Ignored(String),
}

impl ShopifyColumn {
    pub(super) fn of(header: &str) -> Self {
        if let Some((name, _)) = header.split_once(" (product.metafields.").filter(|(name, _)| !name.is_empty()) {
            return Self::Own(attribute_name(name));
        }
        let name = column_name(header);
        if let Some((key, _)) = COLUMNS.iter().find(|(_, names)| names.contains(&&*name)) {
            return Self::Known(key);
        }
        if let Some((number, part)) = name.strip_prefix("option").and_then(|rest| rest.split_once('_')) {
            let number = number.parse().ok().filter(|number| (1..=3).contains(number));
            match (number, part) {
                (Some(number), "name") => return Self::Option { number, is_name: true },
                (Some(number), "value") => return Self::Option { number, is_name: false },
                _ => {}
            }
        }
        match name.rsplit('/').next().map(|label| label.trim_start_matches('_')) {
            Some(label) if label.starts_with("custom_label_") => Self::Label(label.to_owned()),
            _ => Self::Ignored(header.to_owned()),
        }
    }
}
