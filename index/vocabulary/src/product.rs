//! The product: one line of the native feed. Only `id` and `title` are required; unknown keys are
//! an error except under `attributes`.

mod as_typed;
mod attribute;
mod lenient;
mod location;
mod supply;

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use as_typed::as_typed;
pub use attribute::AttributeValue;
pub use lenient::date;

use crate::characters::composed;
use crate::id::MAX_ID_BYTES;
use crate::languages::{is_language, not_a_language};
pub use location::{MAX_LOCATIONS, StoreLocation, is_place};
pub use supply::{Availability, Supply, SupplyConflict};

/// The separator between the levels of a category path: `Shoes > Boots`.
pub const CATEGORY_SEPARATOR: &str = " > ";

/// A category path with the standard separator: `Shoes>Boots` is `Shoes > Boots`.
pub fn standard_path(path: &str) -> String {
    path.split('>').map(str::trim).collect::<Vec<_>>().join(CATEGORY_SEPARATOR)
}

/// True if a category path is `category` itself or lies below it.
pub fn is_within(path: &str, category: &str) -> bool {
    path.strip_prefix(category).is_some_and(|rest| rest.is_empty() || rest.starts_with(CATEGORY_SEPARATOR))
}

/// The last level of a category path: the category's own name.
pub fn last_level(path: &str) -> &str {
    path.rsplit(CATEGORY_SEPARATOR).next().unwrap_or(path)
}

/// One product of the catalogue.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Product {
    /// The shop's own id, unique in the catalogue.
    pub id: String,
    /// The name of the product.
    pub title: String,
    /// The language of its texts (ISO 639-1, with or without a region); `None` means the shop's language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lang: Option<String>,
    /// Free text about the product.
    #[serde(default, deserialize_with = "lenient::or_default", skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The manufacturer or brand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brand: Option<String>,
    /// Category paths, root first, levels separated by ` > `.
    #[serde(default, deserialize_with = "lenient::paths", skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<String>,
    /// Regular price in minor units (cents).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<i64>,
    /// ISO 4217 code of `price` and `sale_price`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Reduced price in minor units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sale_price: Option<i64>,
    /// The availability that the shop states; see also [`Product::supply`].
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub availability: Availability,
    /// Pieces on hand, if the shop counts them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stock: Option<u64>,
    /// Address of the product page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Address of a picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// The id of the variant group; variants of one product share it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_id: Option<String>,
    /// Further attributes by name: text, number, yes or no, or a list of those.
    #[serde(default, deserialize_with = "attribute::present", skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, AttributeValue>,
    /// Mean rating, 0 to 5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rating: Option<f64>,
    /// The number of ratings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rating_count: Option<u64>,
    /// Gross margin as a share of the price, at most 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub margin: Option<f64>,
    /// Free labels for filters and facets.
    #[serde(default, deserialize_with = "lenient::list", skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Seasons that the product is meant for.
    #[serde(default, deserialize_with = "lenient::list", skip_serializing_if = "Vec::is_empty")]
    pub seasons: Vec<String>,
    /// Weather that the product is meant for.
    #[serde(default, deserialize_with = "lenient::list", skip_serializing_if = "Vec::is_empty")]
    pub weather: Vec<String>,
    /// Regions that the product is sold in.
    #[serde(default, deserialize_with = "lenient::list", skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<String>,
    /// The stores that hold the product, at most [`MAX_LOCATIONS`]; the key `location` accepts a single one.
    #[serde(
        default,
        alias = "location",
        deserialize_with = "location::one_or_many",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub locations: Vec<StoreLocation>,
    /// Global trade item number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gtin: Option<String>,
    /// Manufacturer's part number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mpn: Option<String>,
    /// The date of market launch.
    #[serde(default, deserialize_with = "lenient::date", skip_serializing_if = "Option::is_none")]
    pub released_at: Option<Timestamp>,
    /// The date when the shop first listed it.
    #[serde(default, deserialize_with = "lenient::date", skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// Relations the merchant states.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub related: Option<Related>,
    /// An embedding that the shop computed; used instead of a built-in one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vector: Option<Vec<f32>>,
}

fn compose(text: &mut String) {
    if let Cow::Owned(other) = composed(text) {
        *text = other;
    }
}

/// Relations the merchant states.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Related {
    /// Ids of products that complement this one.
    #[serde(default, deserialize_with = "lenient::list")]
    pub complements: Vec<String>,
}

/// An invalid field of a product or event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}")]
pub struct FieldError {
    /// The path of the field: `attributes.color`.
    pub field: String,
    /// The mistake, and the accepted values.
    pub message: String,
}

impl FieldError {
    /// An error in `field`.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

/// Checks an id: not blank, without control characters, and not longer than [`MAX_ID_BYTES`].
pub fn check_id(field: &str, id: &str) -> Result<(), FieldError> {
    if id.trim().is_empty() {
        return Err(FieldError::new(field, "is empty"));
    }
    if id.len() > MAX_ID_BYTES {
        return Err(FieldError::new(field, format!("has {} bytes, at most {MAX_ID_BYTES} are allowed", id.len())));
    }
    // They break lines of logs, feeds and headers, and nobody sees them.
    if id.chars().any(char::is_control) {
        return Err(FieldError::new(field, "has a control character, such as a line end"));
    }
    Ok(())
}

/// The texts that a script writes for a value that it does not have. No thing is called so, while `0` or `none` may be an
/// article number.
const OF_SCRIPTS: [&str; 4] = ["undefined", "null", "nan", "[object object]"];

/// Checks the id of a product.
///
/// # Errors
/// The field, if a script or a template wrote its text for a value that it did not have.
pub fn check_product_id(field: &str, id: &str) -> Result<(), FieldError> {
    let text = id.trim().to_lowercase();
    match OF_SCRIPTS.contains(&text.as_str()) || is_unfilled(id.trim()) {
        true => Err(FieldError::new(field, format!("`{id}` is no id but what a script writes without one"))),
        false => Ok(()),
    }
}

/// True for a template that nobody filled in: `{{sku}}`.
pub(crate) fn is_unfilled(id: &str) -> bool {
    TEMPLATES.iter().any(|(begin, end)| id.starts_with(begin) && id.ends_with(end))
}

/// The marks of templates that nobody filled in, by how a text begins and ends.
const TEMPLATES: [(&str, &str); 4] = [("{{", "}}"), ("${", "}"), ("<%", "%>"), ("%%", "%%")];

impl Product {
    /// Checks the constraints that the types do not express.
    pub fn check(&self) -> Result<(), FieldError> {
        check_id("id", &self.id)?;
        check_product_id("id", &self.id)?;
        for (field, id) in [("id", Some(&self.id)), ("group_id", self.group_id.as_ref())] {
            if id.is_some_and(|id| id.contains(char::is_control)) {
                return Err(FieldError::new(field, "has a control character; use letters, digits and signs"));
            }
        }
        if self.title.trim().is_empty() {
            return Err(FieldError::new("title", "is empty"));
        }
        for (field, price) in [("price", self.price), ("sale_price", self.sale_price)] {
            if price.is_some_and(|price| price < 0) {
                return Err(FieldError::new(field, "is negative; give minor units, 0 or more"));
            }
        }
        if let Some(lang) = &self.lang
            && !is_language(lang)
        {
            return Err(FieldError::new("lang", not_a_language(lang)));
        }
        if let Some(currency) = &self.currency
            && !(currency.len() == 3 && currency.bytes().all(|b| b.is_ascii_uppercase()))
        {
            return Err(FieldError::new("currency", format!("`{currency}` is not a three-letter ISO 4217 code")));
        }
        if self.rating.is_some_and(|rating| !(0.0..=5.0).contains(&rating)) {
            return Err(FieldError::new("rating", "must lie between 0 and 5"));
        }
        if self.margin.is_some_and(|margin| !margin.is_finite() || margin > 1.0) {
            return Err(FieldError::new("margin", "is a share of the price, at most 1"));
        }
        for path in &self.categories {
            if path.split(CATEGORY_SEPARATOR).any(|level| level.trim().is_empty()) {
                return Err(FieldError::new("categories", format!("`{path}` has an empty level")));
            }
        }
        location::check(&self.locations)?;
        if let Some(vector) = &self.vector {
            if vector.is_empty() || !vector.iter().all(|x| x.is_finite()) {
                return Err(FieldError::new("vector", "must hold finite numbers"));
            }
            if vector.iter().all(|&x| x == 0.0) {
                return Err(FieldError::new("vector", "is all zeros and has no direction"));
            }
        }
        Ok(())
    }

    /// The product with the accents of its texts composed, so that texts which read the same are the same; its id stays
    /// as the shop writes it.
    pub fn composed(mut self) -> Self {
        let lists = [&mut self.categories, &mut self.tags, &mut self.seasons, &mut self.weather, &mut self.regions];
        let texts = [&mut self.title, &mut self.description].into_iter().chain(&mut self.brand);
        texts.chain(lists.into_iter().flatten()).for_each(compose);
        self.attributes.values_mut().for_each(AttributeValue::compose);
        if self.attributes.keys().any(|name| !name.is_ascii()) {
            let named = |(name, value): (String, AttributeValue)| (composed(&name).into_owned(), value);
            self.attributes = self.attributes.into_iter().map(named).collect();
        }
        self
    }

    /// Every prefix of every category path, root first, without duplicates.
    pub fn category_levels(&self) -> Vec<&str> {
        let mut levels: Vec<&str> = Vec::new();
        for path in &self.categories {
            let ends = path.match_indices(CATEGORY_SEPARATOR).map(|(at, _)| at).chain([path.len()]);
            for end in ends {
                if !levels.contains(&&path[..end]) {
                    levels.push(&path[..end]);
                }
            }
        }
        levels
    }
}
