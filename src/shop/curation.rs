//! The merchant's rules and synonyms of the running shop: the newest version of the files, compiled for the
//! live generation and swapped as a whole, so that a search uses one version from beginning to end. A
//! document that does not compile is refused before it is written.

use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use tastemaker_index::column::Filter;
use tastemaker_index::curation::{Curation, Document};
use tastemaker_index::engine::Engine;
use tastemaker_index::product::FieldError;

use super::ShopError;
use crate::store::curation::CurationFiles;
pub use crate::store::curation::{About, Author, ChangeError, CurationVersion};

/// The rules and synonyms in force, compiled for one generation.
#[derive(Debug)]
pub struct InForce {
    /// Number, author and changes of the version in force.
    pub about: About,
    /// The document as the merchant wrote it.
    pub document: Document,
    /// The document compiled for the engine.
    pub compiled: Curation,
    /// The generation it is compiled for; absent before the first one.
    generation: Option<String>,
}

/// A change of the rules or synonyms that is not accepted.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// A field has a value that is not allowed.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// The item to change does not exist.
    #[error("{0}")]
    Unknown(String),
}

/// The curation of a running shop: the files and the version in force.
#[derive(Debug)]
pub(super) struct LiveCuration {
    files: CurationFiles,
    in_force: ArcSwap<InForce>,
    /// Held while the version in force is replaced, so that an older one never replaces a newer one.
    exchanging: Mutex<()>,
}

impl LiveCuration {
    /// Reads and compiles the newest version.
    ///
    /// # Errors
    /// If that version is damaged or written by a newer release: a shop never opens without the merchant's
    /// rules.
    pub(super) fn open(files: CurationFiles, engine: Option<&Engine>) -> Result<Self, ShopError> {
        let in_force = compiled(files.read()?, engine)?;
        Ok(Self { files, in_force: ArcSwap::from_pointee(in_force), exchanging: Mutex::new(()) })
    }

    pub(super) fn get(&self) -> Arc<InForce> {
        self.in_force.load_full()
    }

    pub(super) fn files(&self) -> &CurationFiles {
        &self.files
    }

    /// Recompiles if another process wrote a newer version or another generation is live; true if the version
    /// changed.
    pub(super) fn refresh(&self, engine: Option<&Engine>) -> Result<bool, ShopError> {
        let _alone = self.exchanging.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.in_force.load();
        let changed = self.files.newest()? != before.about.version;
        if !changed && before.generation == generation(engine) {
            return Ok(false);
        }
        self.in_force.store(Arc::new(compiled(self.files.read()?, engine)?));
        Ok(changed)
    }

    /// Changes the document as a whole; the new version is written and in force on return.
    pub(super) fn change(
        &self,
        engine: Option<&Engine>,
        expected: Option<u64>,
        author: &Author,
        change: impl FnOnce(&mut Document) -> Result<(), Refused>,
    ) -> Result<Arc<InForce>, ChangeError<Refused>> {
        self.files.change(expected, author, |document| {
            change(document)?;
            check(document)?;
            let too_large = |error: ShopError| Refused::Field(FieldError::new("rules", error.to_string()));
            compile(document, engine).map(drop).map_err(too_large)
        })?;
        // Reads the files again instead of taking the result: another process may have written a newer version.
        self.refresh(engine).map_err(|error| match error {
            ShopError::Store(error) => ChangeError::Store(error),
            ShopError::Engine(error) => {
                ChangeError::Refused(Refused::Field(FieldError::new("rules", error.to_string())))
            }
        })?;
        Ok(self.get())
    }
}

/// Checks everything in a document that can be checked without a catalogue.
///
/// # Errors
/// The first wrong field.
pub fn check(document: &Document) -> Result<(), FieldError> {
    let filter = |text: &str| Filter::parse(text).map(drop).map_err(|error| error.to_string());
    document.check(&filter, &|_| Ok(()))
}

/// Compiles a document for the live engine; without an engine there are no searches, and the result is empty.
fn compile(document: &Document, engine: Option<&Engine>) -> Result<Curation, ShopError> {
    Ok(engine.map_or_else(|| Ok(Curation::default()), |engine| engine.compile(document))?)
}

fn compiled(version: CurationVersion, engine: Option<&Engine>) -> Result<InForce, ShopError> {
    let CurationVersion { about, document } = version;
    let compiled = compile(&document, engine)?;
    Ok(InForce { about, document, compiled, generation: generation(engine) })
}

fn generation(engine: Option<&Engine>) -> Option<String> {
    engine.map(|engine| engine.generation().manifest.id.clone())
}
