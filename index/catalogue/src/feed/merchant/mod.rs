//! Google Merchant Center's product data (support.google.com/merchants/answer/7052112), as a table
//! and as RSS or Atom; the catalogues of Facebook and Bing use the same names. The mapping of
//! attributes is in `attributes.rs`.

mod attributes;
mod table;
mod xml;

pub(super) use attributes::{Attributes, margin};
pub use table::MerchantTable;
pub use xml::MerchantXml;

/// The normal form of an attribute's name: `image link`, `g:Image_Link` and `image_link` are the same.
pub(super) fn column_name(text: &str) -> String {
    let name = text.trim().trim_start_matches('\u{feff}').to_lowercase();
    let name = name.rsplit(':').next().filter(|_| !name.contains('(')).unwrap_or(&name);
    // The header of a table may list sub-attributes: `product_detail(section_name:attribute_name:attribute_value)`.
    let name = name.split('(').next().unwrap_or_default().trim();
    name.replace([' ', '-'], "_")
}
