//! The products by ordinal: their JSON as the shop sent it, ids in both directions, variant groups and leaf
//! categories. Changes since the build lie on top ([`super::changes`]).

use std::collections::HashMap;
use std::path::Path;

use super::changes::ProductChanges;
use crate::behaviour::{CatalogueView, NO_GROUP};
use crate::error::{Error, Result};
use crate::flat::{FlatFile, FlatWriter, Section};
use crate::id::{CategoryNumber, GroupNumber, Ordinal};
use crate::product::Product;

/// Strings, one after the other, with the end of each.
#[derive(Debug, Clone)]
struct Strings {
    bytes: Section<u8>,
    ends: Section<u64>,
}

#[derive(Debug, Default)]
struct StringsBuilder {
    bytes: Vec<u8>,
    ends: Vec<u64>,
}

impl StringsBuilder {
    fn push(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
        self.ends.push(self.bytes.len() as u64);
    }

    fn write(&self, file: &mut FlatWriter, name: &str) -> Result<()> {
        file.section(name, &self.bytes)?;
        file.section(&format!("{name}_ends"), &self.ends)
    }
}

impl Strings {
    fn open(file: &FlatFile, name: &str, count: Option<usize>) -> Result<Self> {
        let bytes: Section<u8> = file.section(name)?;
        let ends_name = format!("{name}_ends");
        let ends = count.map_or_else(|| file.section(&ends_name), |count| file.section_of(&ends_name, count))?;
        let strings = Self { bytes, ends };
        let monotone = strings.ends.windows(2).all(|pair| pair[0] <= pair[1]);
        let text = std::str::from_utf8(&strings.bytes).ok();
        let whole = |end: &u64| text.is_some_and(|text| text.is_char_boundary(*end as usize));
        let complete = strings.ends.last().copied().unwrap_or(0) == strings.bytes.len() as u64;
        if monotone && complete && strings.ends.iter().all(whole) {
            return Ok(strings);
        }
        Err(Error::corrupt(file.path(), format!("section {name} is not a list of texts")))
    }

    fn get(&self, at: usize) -> &str {
        std::str::from_utf8(self.bytes(at)).unwrap_or_default()
    }

    fn bytes(&self, at: usize) -> &[u8] {
        let ends: &[u64] = &self.ends;
        let start = if at == 0 { 0 } else { ends[at - 1] };
        &self.bytes[start as usize..ends[at] as usize]
    }
}

/// Writes products in ordinal order: JSON at once, the rest at the end.
#[derive(Debug)]
pub(super) struct ProductsWriter {
    file: FlatWriter,
    json_ends: Vec<u64>,
    ids: StringsBuilder,
    groups: Vec<GroupNumber>,
    group_numbers: HashMap<String, GroupNumber>,
    leaf_starts: Vec<u32>,
    leaf_values: Vec<CategoryNumber>,
    category_numbers: HashMap<String, CategoryNumber>,
    categories: StringsBuilder,
    /// The rank of each ordinal in the shop's own order.
    ranks: Vec<u32>,
}

impl ProductsWriter {
    /// Creates the file; `ranks` are the ranks of all ordinals in the shop's own order.
    pub(super) fn create(path: &Path, ranks: Vec<u32>) -> Result<Self> {
        let mut file = FlatWriter::create(path)?;
        file.begin::<u8>("json")?;
        Ok(Self {
            file,
            json_ends: Vec::new(),
            ids: StringsBuilder::default(),
            groups: Vec::new(),
            group_numbers: HashMap::new(),
            leaf_starts: vec![0],
            leaf_values: Vec::new(),
            category_numbers: HashMap::new(),
            categories: StringsBuilder::default(),
            ranks,
        })
    }

    /// Adds the next product; `json` is its text as responses show it.
    pub(super) fn push(&mut self, product: &Product, json: &str) -> Result<()> {
        self.file.extend(json.as_bytes())?;
        self.json_ends.push(self.json_ends.last().copied().unwrap_or(0) + json.len() as u64);
        self.ids.push(&product.id);
        let group = product.group_id.as_ref().map(|group| {
            let next = GroupNumber::from_index(self.group_numbers.len());
            *self.group_numbers.entry(group.clone()).or_insert(next)
        });
        self.groups.push(group.unwrap_or(NO_GROUP));
        let row = self.leaf_values.len();
        for path in &product.categories {
            let next = CategoryNumber::from_index(self.category_numbers.len());
            let number = *self.category_numbers.entry(path.clone()).or_insert(next);
            if number == next {
                self.categories.push(path);
            }
            if !self.leaf_values[row..].contains(&number) {
                self.leaf_values.push(number);
            }
        }
        self.leaf_starts.push(self.leaf_values.len() as u32);
        Ok(())
    }

    /// Groups and leaf categories of the products so far, for counting behaviour.
    ///
    /// # Errors
    /// None for arrays that [`Self::push`] filled; the view checks them all the same.
    pub(super) fn view(&self) -> Result<CatalogueView<'_>> {
        let categories = self.category_numbers.len();
        let view = CatalogueView::new(&self.groups, &self.leaf_starts, &self.leaf_values, categories)?;
        Ok(view.with_ranks(&self.ranks))
    }

    /// Writes the remaining sections.
    pub(super) fn finish(mut self) -> Result<()> {
        let text = |at: usize| {
            let start = if at == 0 { 0 } else { self.ids.ends[at - 1] };
            &self.ids.bytes[start as usize..self.ids.ends[at] as usize]
        };
        let mut by_id: Vec<Ordinal> = Ordinal::all(self.json_ends.len()).collect();
        by_id.sort_unstable_by(|a, b| text(a.index()).cmp(text(b.index())));
        self.file.section("json_ends", &self.json_ends)?;
        self.ids.write(&mut self.file, "ids")?;
        self.file.section("by_id", &by_id)?;
        self.file.section("groups", &self.groups)?;
        self.file.section("leaf_starts", &self.leaf_starts)?;
        self.file.section("leaf_values", &self.leaf_values)?;
        self.categories.write(&mut self.file, "categories")?;
        self.file.section("ranks", &self.ranks)?;
        self.file.finish()
    }
}

/// The products of an open generation with the changes since.
#[derive(Debug, Clone)]
pub struct Products {
    json: Strings,
    ids: Strings,
    by_id: Section<Ordinal>,
    pub(super) groups: Section<GroupNumber>,
    pub(super) leaf_starts: Section<u32>,
    pub(super) leaf_values: Section<CategoryNumber>,
    categories: Strings,
    ranks: Section<u32>,
    pub(super) changes: ProductChanges,
}

impl Products {
    /// Maps the file of `count` products and checks that every reference stays inside.
    ///
    /// # Errors
    /// [`Error::Corrupt`] if the file is damaged or of another number of products.
    pub fn open(path: &Path, count: usize) -> Result<Self> {
        let file = FlatFile::open(path)?;
        let products = Self {
            json: Strings::open(&file, "json", Some(count))?,
            ids: Strings::open(&file, "ids", Some(count))?,
            by_id: file.section_of("by_id", count)?,
            groups: file.section_of("groups", count)?,
            leaf_starts: file.section_of("leaf_starts", count + 1)?,
            leaf_values: file.section("leaf_values")?,
            categories: Strings::open(&file, "categories", None)?,
            // Early releases did not store the shop's own order.
            ranks: if file.has("ranks") { file.section_of("ranks", count)? } else { Vec::new().into() },
            changes: ProductChanges::default(),
        };
        if products.by_id.iter().any(|ordinal| ordinal.index() >= count) {
            return Err(Error::corrupt(path, "section by_id points outside"));
        }
        let (starts, values) = (&products.leaf_starts, &products.leaf_values);
        CatalogueView::new(&products.groups, starts, values, products.categories.ends.len())
            .map_err(|error| Error::corrupt(path, error.to_string()))?;
        Ok(products)
    }

    /// The number of ordinals: products of the generation and new ones.
    pub fn len(&self) -> usize {
        self.groups.len()
    }

    /// True if there are no products.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// Groups and leaf categories.
    pub fn view(&self) -> CatalogueView<'_> {
        let categories = self.categories.ends.len() + self.changes.categories.len();
        CatalogueView::checked_before(&self.groups, &self.leaf_starts, &self.leaf_values, categories)
            .with_apart(&self.changes.apart)
    }

    /// The members, ascending, of each group whose members may not be adjacent.
    pub fn apart(&self) -> impl Iterator<Item = &[Ordinal]> {
        self.changes.apart.values().map(Vec::as_slice)
    }

    /// The JSON of a product as the shop sent it.
    pub fn json(&self, ordinal: Ordinal) -> &str {
        self.changes.json.get(ordinal).unwrap_or_else(|| self.json.get(ordinal.index()))
    }

    /// The JSON as bytes, without the check that it is UTF-8.
    pub fn json_bytes(&self, ordinal: Ordinal) -> &[u8] {
        self.changes.json.get(ordinal).map_or_else(|| self.json.bytes(ordinal.index()), str::as_bytes)
    }

    /// The parsed product; `None` if its JSON does not parse.
    pub fn product(&self, ordinal: Ordinal) -> Option<Product> {
        serde_json::from_str(self.json(ordinal)).ok()
    }

    /// The id of a product.
    pub fn id(&self, ordinal: Ordinal) -> &str {
        let own = self.by_id.len();
        match ordinal.index().checked_sub(own) {
            None => self.ids.get(ordinal.index()),
            Some(at) => self.changes.ids.get(at).map_or("", |id| id),
        }
    }

    /// The ordinal of an id.
    pub fn ordinal(&self, id: &str) -> Option<Ordinal> {
        let by_id: &[Ordinal] = &self.by_id;
        let found = by_id.binary_search_by(|&ordinal| self.ids.bytes(ordinal.index()).cmp(id.as_bytes()));
        let own = found.ok().map(|at| by_id[at]);
        own.or_else(|| self.changes.by_id.get(id).copied())
    }

    /// The rank of a product in the shop's own order, from 0; new products come last.
    pub fn rank(&self, ordinal: Ordinal) -> u32 {
        self.ranks.get(ordinal.index()).copied().unwrap_or(ordinal.get())
    }

    /// The path of a leaf category.
    pub fn category(&self, number: CategoryNumber) -> &str {
        match number.index().checked_sub(self.categories.ends.len()) {
            None => self.categories.get(number.index()),
            Some(at) => self.changes.categories.get(at).map_or("", |path| path),
        }
    }

    /// The numbers of a product's leaf categories.
    pub fn leaves(&self, ordinal: Ordinal) -> &[CategoryNumber] {
        let (starts, at): (&[u32], usize) = (&self.leaf_starts, ordinal.index());
        &self.leaf_values[starts[at] as usize..starts[at + 1] as usize]
    }
}
