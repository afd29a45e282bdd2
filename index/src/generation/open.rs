//! An open generation: everything mapped, nothing read but the manifest, the
//! checksums and the structure of each file.

use std::path::Path;
use std::sync::Arc;

use super::manifest::{Current, Manifest};
use super::products::Products;
use crate::behaviour::Behaviour;
use crate::column::Columns;
use crate::error::{Error, Result};
use crate::flat::FlatFile;
use crate::rank::learned::{Forest, Model, QuickForest};
use crate::recommend::FEATURES;
use crate::text::suggest::Suggestions;
use crate::text::{ForwardIndex, LearnedCorrections, TextIndex};
use crate::vector::VectorIndex;

/// Names of the parts in a generation's folder.
pub(super) const TEXT: &str = "text";
pub(super) const PRODUCTS: &str = "products.flat";
pub(super) const COLUMNS: &str = "columns.flat";
pub(super) const BEHAVIOUR: &str = "behaviour.flat";
pub(super) const SUGGESTIONS: &str = "suggestions.flat";
pub(super) const WORDING: &str = "wording.flat";
pub(super) const LEARNED: &str = "learned.flat";
pub(super) const FORESEEN: &str = "foreseen.flat";
pub(super) const CORRECTIONS: &str = "corrections.flat";

/// One generation, ready to answer. Cheap to clone: a clone some parts of which were changed shares
/// all others.
#[derive(Debug, Clone)]
pub struct Generation {
    /// What it says of itself.
    pub manifest: Manifest,
    /// Words.
    pub text: Arc<TextIndex>,
    /// Vectors and their graph.
    pub vectors: Arc<VectorIndex>,
    /// Fields.
    pub columns: Columns,
    /// What shoppers did.
    pub behaviour: Arc<Behaviour>,
    /// Suggestions while typing.
    pub suggestions: Arc<Suggestions>,
    /// What products say, in order; generations of earlier releases have none.
    pub wording: Option<Arc<ForwardIndex>>,
    /// The learned ranking, where one ships.
    pub learned: Option<Arc<Model>>,
    /// The learned order of what a history speaks for, where one ships.
    pub foreseen: Option<Arc<QuickForest>>,
    /// The products themselves.
    pub products: Products,
}

impl Generation {
    /// Opens the generation that `CURRENT` names.
    ///
    /// # Errors
    /// [`Error::NoGeneration`] before the first reindex; [`Error::Corrupt`] when any byte is
    /// not the one published; [`Error::NewerFormat`] when a newer release wrote it.
    pub fn open_current(generations: &Path) -> Result<Self> {
        let current = Current::read(generations)?;
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

    /// Opens all parts but the suggestions, which are made when the others can be searched.
    pub(super) fn of_parts(folder: &Path, manifest: Manifest, suggestions: Suggestions) -> Result<Self> {
        let count = manifest.products as usize;
        let there = |name: &str| Some(folder.join(name)).filter(|path| path.exists());
        let products = Products::open(&folder.join(PRODUCTS), count)?;
        let categories = products.view().categories();
        let text = TextIndex::open(&folder.join(TEXT), manifest.products, manifest.language)?;
        let opened = Self {
            text: Arc::new(text.with_corrections(LearnedCorrections::open(&folder.join(CORRECTIONS))?)),
            vectors: Arc::new(VectorIndex::open(folder)?),
            columns: Columns::open(&folder.join(COLUMNS))?,
            behaviour: Arc::new(Behaviour::open(&FlatFile::open(&folder.join(BEHAVIOUR))?, count, categories)?),
            suggestions: Arc::new(suggestions),
            wording: there(WORDING).map(|path| ForwardIndex::open(&path, count)).transpose()?.map(Arc::new),
            learned: there(LEARNED).map(|path| Model::open(&path)).transpose()?.map(Arc::new),
            foreseen: there(FORESEEN).map(|path| open_order(&path)).transpose()?.map(Arc::new),
            products,
            manifest,
        };
        let same = opened.columns.len() == count
            && opened.vectors.vectors.len() == count
            && opened.vectors.vectors.dimensions() == opened.manifest.space.dimensions;
        if same { Ok(opened) } else { Err(Error::corrupt(folder, "its parts are not of the same catalogue")) }
    }
}

/// The learned order of what a history speaks for.
fn open_order(path: &Path) -> Result<QuickForest> {
    let forest = Forest::open(&FlatFile::open(path)?, FEATURES)?;
    QuickForest::new(&forest).ok_or_else(|| Error::corrupt(path, "a tree has more leaves than are scored"))
}
