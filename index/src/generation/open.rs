//! An open generation. Opening reads the manifest, verifies every checksum and checks the structure of each
//! file; the data itself is memory-mapped.

use std::path::Path;
use std::sync::Arc;

use super::manifest::{CurrentPointer, Manifest};
use super::products::Products;
use crate::behaviour::Behaviour;
use crate::column::Columns;
use crate::error::{Error, Result};
use crate::flat::FlatFile;
use crate::rank::learned::SearchOrderModel;
use crate::recommend::FOR_YOU_FEATURES;
use crate::text::suggest::Suggestions;
use crate::text::{ForwardIndex, LearnedCorrections, TextIndex};
use crate::trees::{Forest, QuickForest};
use crate::vector::VectorIndex;

// The names of the parts in a generation's folder. They are part of the format.
pub(super) const TEXT: &str = "text";
pub(super) const PRODUCTS: &str = "products.flat";
pub(super) const COLUMNS: &str = "columns.flat";
pub(super) const BEHAVIOUR: &str = "behaviour.flat";
pub(super) const SUGGESTIONS: &str = "suggestions.flat";
pub(super) const FORWARD_INDEX: &str = "wording.flat";
pub(super) const LEARNED: &str = "learned.flat";
pub(super) const FOR_YOU: &str = "foreseen.flat";
pub(super) const CORRECTIONS: &str = "corrections.flat";

/// One open generation. Cheap to clone: parts are shared, so a changed copy holds only the changed parts anew.
#[derive(Debug, Clone)]
pub struct Generation {
    /// Its description.
    pub manifest: Manifest,
    /// The inverted index.
    pub text: Arc<TextIndex>,
    /// The vectors and their graph.
    pub vectors: Arc<VectorIndex>,
    /// The columns of fields for filters, facets and sorting.
    pub columns: Columns,
    /// The behaviour tables.
    pub behaviour: Arc<Behaviour>,
    /// Suggestions for prefixes of queries.
    pub suggestions: Arc<Suggestions>,
    /// The forward index: the terms of each product in order; `None` in generations of early releases.
    pub forward_index: Option<Arc<ForwardIndex>>,
    /// The learned search order, if one ships.
    pub learned: Option<Arc<SearchOrderModel>>,
    /// The reranker of for-you, if one ships.
    pub for_you: Option<Arc<QuickForest>>,
    /// The products.
    pub products: Products,
}

impl Generation {
    /// Opens the generation that `CURRENT` names.
    ///
    /// # Errors
    /// [`Error::NoGeneration`] before the first reindex; [`Error::Corrupt`] if any byte differs from the
    /// published one; [`Error::NewerFormat`] if a newer release wrote it.
    pub fn open_current(generations: &Path) -> Result<Self> {
        let current = CurrentPointer::read(generations)?;
        let current = current.ok_or_else(|| Error::NoGeneration { path: generations.to_path_buf() })?;
        Self::open_folder(&current.folder(generations), &current.manifest_xxh3)
    }

    /// Opens and verifies one generation's folder.
    pub fn open_folder(folder: &Path, manifest_xxh3: &str) -> Result<Self> {
        let manifest = Manifest::read(folder, manifest_xxh3)?;
        manifest.verify(folder)?;
        let suggestions = Suggestions::open(&folder.join(SUGGESTIONS), manifest.products as usize)?;
        Self::of_parts(folder, manifest, suggestions)
    }

    /// Opens all parts but the suggestions, which a build writes last, after searching the others.
    pub(super) fn of_parts(folder: &Path, manifest: Manifest, suggestions: Suggestions) -> Result<Self> {
        let count = manifest.products as usize;
        let optional = |name: &str| Some(folder.join(name)).filter(|path| path.exists());
        let products = Products::open(&folder.join(PRODUCTS), count)?;
        let categories = products.view().categories();
        let text = TextIndex::open(&folder.join(TEXT), manifest.products, manifest.language)?;
        let opened = Self {
            text: Arc::new(text.with_corrections(LearnedCorrections::open(&folder.join(CORRECTIONS))?)),
            vectors: Arc::new(VectorIndex::open(folder)?),
            columns: Columns::open(&folder.join(COLUMNS))?.in_language(&manifest.language.code()),
            behaviour: Arc::new(Behaviour::open(&FlatFile::open(&folder.join(BEHAVIOUR))?, count, categories)?),
            suggestions: Arc::new(suggestions),
            forward_index: optional(FORWARD_INDEX)
                .map(|path| ForwardIndex::open(&path, count))
                .transpose()?
                .map(Arc::new),
            learned: optional(LEARNED).map(|path| SearchOrderModel::open(&path)).transpose()?.map(Arc::new),
            for_you: optional(FOR_YOU).map(|path| open_reranker(&path)).transpose()?.map(Arc::new),
            products,
            manifest,
        };
        let same = opened.columns.len() == count
            && opened.vectors.vectors.len() == count
            && opened.vectors.vectors.dimensions() == opened.manifest.space.dimensions;
        if same { Ok(opened) } else { Err(Error::corrupt(folder, "its parts are not of the same catalogue")) }
    }
}

/// Opens the reranker of for-you.
fn open_reranker(path: &Path) -> Result<QuickForest> {
    let forest = Forest::open(&FlatFile::open(path)?, FOR_YOU_FEATURES)?;
    QuickForest::new(&forest).ok_or_else(|| Error::corrupt(path, "a tree has more than 64 leaves"))
}
