//! The generation in force: which one a server opens, and when it switches. If the published one is damaged, the
//! newest whole one answers instead, and says so; a generation is changed back by name with a pointer that moves,
//! which looks here like any other publishing.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use tastemaker_index::Error;
use tastemaker_index::engine::{Engine, EngineSettings};
use tastemaker_index::generation::{CurrentPointer, Generation, chosen, is_behind, newest_whole};
use tastemaker_index::vector::embed::StaticTable;

use super::ShopError;
use crate::store::{DataFolder, ProblemKind, Problems};

/// One state of the pointer's file: its content, and the time of its last change.
type PointerState = (Option<CurrentPointer>, Option<SystemTime>);

/// Opens generations and remembers the pointer that could not be followed.
pub(super) struct Generations {
    folder: DataFolder,
    embedder: Arc<StaticTable>,
    settings: EngineSettings,
    problems: Problems,
    /// The pointer that was followed in vain: opening reads every byte, so it is tried once.
    failed: Mutex<Option<PointerState>>,
    chosen: AtomicBool,
}

impl Generations {
    pub(super) fn new(
        folder: DataFolder,
        embedder: Arc<StaticTable>,
        settings: EngineSettings,
        problems: Problems,
    ) -> Self {
        Self { folder, embedder, settings, problems, failed: Mutex::default(), chosen: AtomicBool::new(false) }
    }

    /// The engine to start with; absent before the first reindex. If the published generation cannot be opened,
    /// that is the engine of the newest whole one.
    ///
    /// # Errors
    /// The damage, if no generation is whole; a generation of a newer release.
    pub(super) fn first(&self) -> Result<Option<Engine>, ShopError> {
        let generations = self.folder.generations();
        self.note_chosen()?;
        let state = state(&generations);
        let error = match self.published(&generations) {
            Ok(engine) => {
                self.note_behind(&generations, &engine)?;
                return Ok(Some(engine));
            }
            Err(error @ Error::NewerFormat { .. }) => return Err(error.into()),
            Err(error) => error,
        };
        let named = state.0.as_ref().map(|current| current.generation.as_str());
        let Some(generation) = newest_whole(&generations, named)? else {
            return match error {
                // A pointer that is gone beside damaged generations is no empty folder.
                Error::NoGeneration { .. } if !has_generations(&generations) => Ok(None),
                Error::Corrupt { path, detail } => {
                    let remedy = "no generation is whole: `tastemaker reindex --data DIR` builds another";
                    Err(Error::Corrupt { path, detail: format!("{detail}; {remedy}") }.into())
                }
                error => Err(error.into()),
            };
        };
        let detail = format!("{error}; generation {} is used", generation.manifest.id);
        self.problems.begin(ProblemKind::GenerationDamaged, &detail);
        *self.failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(state);
        Ok(Some(self.engine(generation)?))
    }

    /// The engine of a generation that was published, or chosen, since `live`; absent if there is none.
    ///
    /// # Errors
    /// If it cannot be opened; the same pointer is then not followed again before it is written anew.
    pub(super) fn newer(&self, live: Option<&Engine>) -> Result<Option<Engine>, ShopError> {
        let generations = self.folder.generations();
        self.note_chosen()?;
        let state = state(&generations);
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        if failed.as_ref() == Some(&state) {
            return Ok(None);
        }
        let live = live.map(|engine| engine.generation().manifest.id.as_str());
        let pointer = match CurrentPointer::read(&generations) {
            Ok(Some(pointer)) if live == Some(&*pointer.generation) => {
                *failed = None;
                self.problems.end(ProblemKind::GenerationDamaged);
                return Ok(None);
            }
            Ok(None) if live.is_none() => return Ok(None),
            other => other,
        };
        match pointer.and_then(|_| self.published(&generations)) {
            Ok(engine) => {
                *failed = None;
                self.problems.end(ProblemKind::GenerationDamaged);
                self.note_behind(&generations, &engine)?;
                Ok(Some(engine))
            }
            Err(error) => {
                *failed = Some(state);
                self.problems.begin(ProblemKind::GenerationDamaged, &error);
                Err(error.into())
            }
        }
    }

    /// True if the generation in force was chosen by name.
    pub(super) fn is_chosen(&self) -> bool {
        self.chosen.load(Ordering::Relaxed)
    }

    fn published(&self, generations: &Path) -> Result<Engine, Error> {
        self.engine(Generation::open_current(generations)?)
    }

    fn engine(&self, generation: Generation) -> Result<Engine, Error> {
        Engine::new(generation, Arc::clone(&self.embedder), self.settings.clone())
    }

    fn note_chosen(&self) -> Result<(), ShopError> {
        self.chosen.store(chosen(&self.folder.generations())?.is_some(), Ordering::Relaxed);
        Ok(())
    }

    /// Notes if a newer generation is on disk though nobody chose the older one.
    fn note_behind(&self, generations: &Path, engine: &Engine) -> Result<(), ShopError> {
        let id = &engine.generation().manifest.id;
        match !self.is_chosen() && is_behind(generations, id)? {
            true => self.problems.begin(ProblemKind::GenerationBehind, &format!("generation {id} is in force")),
            false => self.problems.end(ProblemKind::GenerationBehind),
        }
        Ok(())
    }
}

/// The pointer and the time of its last change; a pointer that cannot be read names nothing.
fn state(generations: &Path) -> PointerState {
    let changed = fs::metadata(generations.join("CURRENT")).and_then(|about| about.modified()).ok();
    (CurrentPointer::read(generations).ok().flatten(), changed)
}

/// True if a folder holds any generation, whole or not.
fn has_generations(generations: &Path) -> bool {
    fs::read_dir(generations)
        .is_ok_and(|entries| entries.flatten().any(|entry| entry.path().is_dir() && entry.path().extension().is_none()))
}
