//! Flat columns: each product's field values, addressed by ordinal. A **column** holds one field's
//! texts ([`KeywordColumn`]), numbers ([`NumericColumn`]) or both, or places ([`GeoColumn`]). A
//! [`Bitmap`] is a set of products; a [`Filter`] evaluates to a bitmap, a facet counts values over
//! one, and a sort orders one. [`ColumnsBuilder`] writes columns once; [`Columns`] reads them from
//! a memory map. Built-in fields are addressed by their own name, attributes by `NAME` or,
//! unambiguously, by `attributes.NAME`.

mod alphabet;
mod build;
mod facet;
mod fields;
mod filter;
mod fold;
mod geo;
mod groups;
mod keyword;
mod layout;
mod names;
mod numeric;
mod patch;
mod refine;
mod rows;
mod sort;
mod splice;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

pub use crate::bitmap::Bitmap;
pub use crate::id::ValueId;
pub use build::{ColumnsBuilder, MAX_ATTRIBUTES};
pub use facet::{FacetAnswer, FacetContext, FacetRange, FacetStats, FacetValue, SplitWords, count_facet};
pub use fields::{ATTRIBUTE_PREFIX, CATEGORY, LOCATIONS, MAX_VALUE_BYTES, final_price, stored_form};
pub use filter::{Filter, FilterCache, MAX_FILTER_CHARACTERS, MAX_FILTER_DEPTH, MAX_FILTER_NODES, MAX_IN_VALUES};
pub use geo::{GeoBox, GeoColumn, GeoPoint, GeoView};
pub use groups::Groups;
pub use keyword::{KeywordColumn, KeywordView};
pub use numeric::{NumericColumn, NumericView};
pub use patch::ProductVersions;
pub use refine::Refinements;
pub use sort::order_first;
pub use sort::{MAX_SORT_KEYS, Sort, SortBy, SortDirection, top};

use crate::error::{Error, Result};
use crate::flat::FlatFile;
use layout::{Directory, VERSION};

/// The columns of one field; at least one of the three is present.
#[derive(Debug, Clone)]
pub struct FieldColumns {
    /// The texts.
    pub keyword: Option<KeywordColumn>,
    /// The numbers.
    pub numeric: Option<NumericColumn>,
    /// The locations.
    pub geo: Option<GeoColumn>,
    /// True if the numbers are moments, in seconds since 1970.
    pub is_date: bool,
}

/// All columns of a generation, with the columns that changed since the build replaced.
#[derive(Debug, Clone)]
pub struct Columns {
    products: usize,
    columns: Arc<BTreeMap<Arc<str>, Arc<FieldColumns>>>,
    /// The code of the language whose alphabet orders texts.
    language: Arc<str>,
}

impl Columns {
    /// Maps `columns.flat` and checks every offset and id in it.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Corrupt`] or [`Error::NewerFormat`].
    pub fn open(path: &Path) -> Result<Self> {
        let file = FlatFile::open(path)?;
        let directory: Directory = serde_json::from_slice(&file.section::<u8>("directory")?)
            .map_err(|error| Error::corrupt(path, format!("directory of columns: {error}")))?;
        if directory.version > VERSION {
            return Err(Error::NewerFormat { path: path.into(), found: directory.version, supported: VERSION });
        }
        let products = directory.products;
        if u32::try_from(products).is_err() {
            return Err(Error::corrupt(path, format!("{products} products are more than ordinals can name")));
        }
        let (words, numbers, text) = (file.section("words")?, file.section("numbers")?, file.section("text")?);
        let mut columns = BTreeMap::new();
        for entry in directory.columns {
            let keyword = entry.keyword.as_ref().map(|part| KeywordColumn::open(path, products, part, &words, &text));
            let numeric =
                entry.numeric.as_ref().map(|part| NumericColumn::open(path, products, part, &words, &numbers));
            let column = FieldColumns {
                keyword: keyword.transpose()?,
                numeric: numeric.transpose()?,
                geo: entry.geo.as_ref().map(|part| GeoColumn::open(path, products, part, &words)).transpose()?,
                is_date: fields::is_date(&entry.name),
            };
            columns.insert(entry.name.into(), column.into());
        }
        Ok(Self { products, columns: Arc::new(columns), language: "any".into() })
    }

    /// The same columns, whose texts are ordered as a language orders them; `language` is a code of ISO 639-1.
    pub fn in_language(self, language: &str) -> Self {
        Self { language: language.into(), ..self }
    }

    /// The place of each text of a column in the alphabet, by id.
    fn alphabet<'a>(&self, keyword: &'a KeywordColumn) -> &'a [u32] {
        keyword.alphabet(&self.language)
    }

    /// The number of products; ordinals are below it.
    pub fn len(&self) -> usize {
        self.products
    }

    /// True if there is no product.
    pub fn is_empty(&self) -> bool {
        self.products == 0
    }

    /// The columns of a field by name; a built-in field wins over an attribute of the same name.
    pub fn column(&self, field: &str) -> Option<&FieldColumns> {
        let known = self.columns.get(field);
        known.or_else(|| self.columns.get(&*format!("{ATTRIBUTE_PREFIX}{field}"))).map(|column| &**column)
    }

    /// The stored name of the column that a field name resolves to: `attributes.color` for `color`.
    pub(crate) fn name<'a>(&'a self, field: &'a str) -> &'a str {
        let attribute = || self.columns.get_key_value(&*format!("{ATTRIBUTE_PREFIX}{field}"));
        let found = self.columns.get_key_value(field).or_else(attribute);
        found.map_or(field, |(name, _)| name)
    }

    /// The texts of a field.
    pub fn keyword(&self, field: &str) -> Option<&KeywordColumn> {
        self.column(field)?.keyword.as_ref()
    }

    /// The numbers of a field.
    pub fn numeric(&self, field: &str) -> Option<&NumericColumn> {
        self.column(field)?.numeric.as_ref()
    }

    /// The locations of products; `None` in a generation written before locations existed.
    pub fn geo(&self) -> Option<GeoView<'_>> {
        Some(self.columns.get(fields::LOCATIONS)?.geo.as_ref()?.view())
    }

    /// All fields in order of their names: built-in ones as they are, attributes as `attributes.NAME`.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &FieldColumns)> {
        self.columns.iter().map(|(name, column)| (&**name, &**column))
    }

    /// Field names that resemble `field`, without prefix, for an error message: "`a`, `b` or `c`", or empty.
    pub(crate) fn near_names(&self, field: &str) -> String {
        let short = self.columns.keys().map(|name| name.strip_prefix(ATTRIBUTE_PREFIX).unwrap_or(name));
        let mut near = names::nearest(field, short);
        near.dedup();
        names::list(&near)
    }

    /// The columns of a field.
    ///
    /// # Errors
    /// [`Error::Invalid`] for `request_field` if the field does not exist; the message suggests similar names.
    pub fn require(&self, request_field: &str, field: &str) -> Result<&FieldColumns> {
        self.column(field).ok_or_else(|| {
            let near = self.near_names(field);
            let hint = if near.is_empty() { String::new() } else { format!("; did you mean {near}?") };
            Error::invalid(request_field, format!("`{field}` is not a field of the catalogue{hint}"))
        })
    }
}
