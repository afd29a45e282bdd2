//! The writers of all parts that products stream into.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use super::build::BuildSettings;
use super::open::{COLUMNS, FORWARD_INDEX, PRODUCTS, TEXT};
use super::products::ProductsWriter;
use super::terms::TermsBuilder;
use crate::column::ColumnsBuilder;
use crate::error::{Error, Result};
use crate::flat::FlatWriter;
use crate::id::Ordinal;
use crate::product::Product;
use crate::text::suggest::SuggestBuilder;
use crate::text::{ForwardIndexWriter, TextWriter};

/// The writers. Those in an [`Option`] are taken out as soon as their part is written, to free their memory.
pub(super) struct Parts {
    pub(super) text: TextWriter,
    pub(super) products: ProductsWriter,
    columns: Option<ColumnsBuilder>,
    pub(super) suggest: Option<SuggestBuilder>,
    forward_index: Option<ForwardIndexWriter>,
    pub(super) terms: Option<TermsBuilder>,
    pub(super) ids: HashMap<String, Ordinal>,
    /// The vectors of the embedder, one after the other.
    pub(super) embedded: Vec<f32>,
    /// The vectors of the feed.
    pub(super) provided: BTreeMap<Ordinal, Vec<f32>>,
}

impl Parts {
    /// Starts all parts. `words` are those that compounds are split into, `ranks` the positions of the products
    /// in the shop's own order.
    pub(super) fn create(
        folder: &Path,
        settings: &BuildSettings,
        words: HashSet<String>,
        ranks: Vec<u32>,
    ) -> Result<Self> {
        let text = &settings.text;
        Ok(Self {
            text: TextWriter::create(&folder.join(TEXT), text, words)?,
            products: ProductsWriter::create(&folder.join(PRODUCTS), ranks)?,
            columns: Some(ColumnsBuilder::new()),
            suggest: Some(SuggestBuilder::default()),
            forward_index: Some(ForwardIndexWriter::new(text)),
            terms: Some(TermsBuilder::new(text, &settings.behaviour.content)),
            ids: HashMap::new(),
            embedded: Vec::new(),
            provided: BTreeMap::new(),
        })
    }

    /// Adds the next product; ordinals are given in the order of calls.
    pub(super) fn push(&mut self, mut product: Product) -> Result<()> {
        let ordinal = Ordinal::from_index(self.ids.len());
        // Vectors are for searching; responses do not repeat them.
        if let Some(vector) = product.vector.take() {
            self.provided.insert(ordinal, vector);
        }
        let json = serde_json::to_string(&product).map_err(|error| Error::Refused(error.to_string()))?;
        self.text.push(&product)?;
        self.products.push(&product, &json)?;
        if let Some(columns) = &mut self.columns {
            columns.push(&product)?;
        }
        if let Some(suggest) = &mut self.suggest {
            suggest.push(&product);
        }
        if let Some(forward_index) = &mut self.forward_index {
            forward_index.push(&product)?;
        }
        if let Some(terms) = &mut self.terms {
            terms.push(&product);
        }
        self.ids.insert(product.id, ordinal);
        Ok(())
    }

    /// Writes the columns and the forward index.
    pub(super) fn write_columns(&mut self, folder: &Path) -> Result<()> {
        if let Some(columns) = self.columns.take() {
            let mut file = FlatWriter::create(&folder.join(COLUMNS))?;
            columns.finish(&mut file)?;
            file.finish()?;
        }
        if let Some(forward_index) = self.forward_index.take() {
            forward_index.finish(&folder.join(FORWARD_INDEX))?;
        }
        Ok(())
    }
}
