//! The merchant's word as a running shop heeds it: the newest version of the files, compiled for
//! the generation that answers. Swapped whole; a search keeps the one it began with. What cannot
//! be compiled is refused before it is written.

use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use tastemaker_index::column::Filter;
use tastemaker_index::curation::{Curation, Document};
use tastemaker_index::engine::Engine;
use tastemaker_index::product::FieldError;

use super::ShopError;
use crate::store::curation::{About, Author, ChangeError, CurationFiles, Version};

/// What is in force.
#[derive(Debug)]
pub struct InForce {
    /// About its version.
    pub about: About,
    /// What was said.
    pub document: Document,
    /// The same, ready to be asked.
    pub compiled: Curation,
    /// The generation it is compiled for.
    generation: Option<String>,
}

/// Why a change was not taken.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// A field says something that cannot be.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// What should be changed is not there.
    #[error("{0}")]
    Unknown(String),
}

/// The curation of a running shop.
#[derive(Debug)]
pub(super) struct LiveCuration {
    files: CurationFiles,
    in_force: ArcSwap<InForce>,
    /// Held while what is in force is exchanged, so that the newest stays.
    exchanging: Mutex<()>,
}

impl LiveCuration {
    /// Reads what is in force.
    ///
    /// # Errors
    /// When it is damaged or newer: a shop must not open without what the merchant said.
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

    /// Takes up what others wrote, and another generation's analysis; true when there was something.
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

    /// Changes the document as a whole; in force when this returns.
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
        self.refresh(engine).map_err(|error| match error {
            ShopError::Store(error) => ChangeError::Store(error),
            ShopError::Engine(error) => {
                ChangeError::Refused(Refused::Field(FieldError::new("rules", error.to_string())))
            }
        })?;
        Ok(self.get())
    }
}

/// Checks a document as far as that needs no catalogue.
///
/// # Errors
/// The first field at fault.
pub fn check(document: &Document) -> Result<(), FieldError> {
    let filter = |text: &str| Filter::parse(text).map(drop).map_err(|error| error.to_string());
    document.check(&filter, &|_| Ok(()))
}

/// Compiles for the generation that answers; without one there is nobody to ask it.
fn compile(document: &Document, engine: Option<&Engine>) -> Result<Curation, ShopError> {
    Ok(engine.map_or_else(|| Ok(Curation::default()), |engine| engine.compile(document))?)
}

fn compiled(version: Version, engine: Option<&Engine>) -> Result<InForce, ShopError> {
    let Version { about, document } = version;
    let compiled = compile(&document, engine)?;
    Ok(InForce { about, document, compiled, generation: generation(engine) })
}

fn generation(engine: Option<&Engine>) -> Option<String> {
    engine.map(|engine| engine.generation().manifest.id.clone())
}
