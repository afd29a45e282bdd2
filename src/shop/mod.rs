//! The running shop over one data folder: the engine of the current generation,
//! the shoppers' profiles, and the ways in for events and for changes of products.
//!
//! Reading is lock-free but for the profiles' shards: the engine is swapped
//! whole when a generation is published or products change, and requests under way keep the one
//! they began with.

pub mod curation;
mod privacy;
mod served;
mod shoppers;
mod showcase;

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use jiff::Timestamp;
use tastemaker_index::curation::Document;
use tastemaker_index::engine::{Engine, EngineSettings};
use tastemaker_index::event::Event;
use tastemaker_index::generation::CurrentPointer;
use tastemaker_index::vector::embed::StaticTable;

pub use self::privacy::Export;
pub use self::served::{Shown, ShownList};
pub use self::shoppers::Known;
pub use self::showcase::with_changes_since;

use self::curation::{InForce, LiveCuration, Refused};
use self::served::Served;
use self::shoppers::Shoppers;
use self::showcase::Showcase;
use crate::config::EventsConfig;
use crate::store::catalogue::{Editor, EditorSettings};
use crate::store::curation::{Author, ChangeError, CurationFiles};
use crate::store::folder::{FolderLock, LockKind};
use crate::store::ingest::{Answer, Ingest, Surroundings};
use crate::store::journal::{Journal, JournalSettings};
use crate::store::profiles::Profiles;
use crate::store::state::{State, StateSettings};
use crate::store::{DataFolder, StoreError};

/// Why the shop cannot do something.
#[derive(Debug, thiserror::Error)]
pub enum ShopError {
    /// The data folder.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The engine.
    #[error(transparent)]
    Engine(#[from] tastemaker_index::Error),
}

/// The engine in force; empty before the first generation.
#[derive(Debug, Clone)]
struct Live(Arc<ArcSwapOption<Engine>>);

/// The running shop.
pub struct Shop {
    folder: DataFolder,
    settings: EngineSettings,
    embedder: Arc<StaticTable>,
    live: Live,
    curation: LiveCuration,
    profiles: Profiles,
    shoppers: Shoppers,
    served: Served,
    ingest: Ingest,
    editor: Editor,
    _lock: FolderLock,
}

impl std::fmt::Debug for Shop {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Shop").field("folder", &self.folder).finish_non_exhaustive()
    }
}

impl Shop {
    /// Opens the shop, taking its lock; profiles catch up with the journal.
    ///
    /// # Errors
    /// When another process serves the folder, or anything in it is damaged or newer.
    /// A folder without a generation opens: events are taken, questions are not.
    pub fn open(
        folder: DataFolder,
        embedder: Arc<StaticTable>,
        settings: EngineSettings,
        events: &EventsConfig,
    ) -> Result<Self, ShopError> {
        let lock = folder.lock(LockKind::Serve)?;
        let engine = match Engine::open(&folder.generations(), Arc::clone(&embedder), settings.clone()) {
            Ok(engine) => Some(Arc::new(showcase::caught_up(&folder, engine)?.0)),
            Err(tastemaker_index::Error::NoGeneration { .. }) => None,
            Err(error) => return Err(error.into()),
        };
        let curation = LiveCuration::open(CurationFiles::of(&folder), engine.as_deref())?;
        let live = Live(Arc::new(ArcSwapOption::new(engine)));
        let editor = Editor::start(&folder, EditorSettings::default(), Box::new(Showcase::new(live.clone())))?;
        let profiles = Profiles::open(State::open(&folder, StateSettings::default())?, events.profiles())?;
        let journal = Journal::open(&folder.journal(), JournalSettings::default())?;
        let surroundings = Surroundings {
            new_id: Box::new(|| uuid::Uuid::new_v4().to_string()),
            clock: Box::new(Timestamp::now),
            profiles: Box::new(profiles.writer(Arc::new(Timestamp::now))?),
        };
        let ingest = Ingest::start(journal, profiles.applied_position()?, events.ingest(), surroundings)?;
        let (shoppers, served) = (Shoppers::default(), Served::new(events.served_answers));
        let shop = Self {
            folder,
            settings,
            embedder,
            live,
            curation,
            profiles,
            shoppers,
            served,
            ingest,
            editor,
            _lock: lock,
        };
        shop.resume_erasures()?;
        Ok(shop)
    }

    /// The data folder.
    pub fn folder(&self) -> &DataFolder {
        &self.folder
    }

    /// The engine in force.
    ///
    /// # Errors
    /// [`tastemaker_index::Error::NoGeneration`] before the first reindex.
    pub fn engine(&self) -> Result<Arc<Engine>, tastemaker_index::Error> {
        let none = || tastemaker_index::Error::NoGeneration { path: self.folder.root().to_path_buf() };
        self.live.0.load_full().ok_or_else(none)
    }

    /// What shoppers did, by id.
    pub fn profiles(&self) -> &Profiles {
        &self.profiles
    }

    /// The way in for changes of single products.
    pub fn editor(&self) -> &Editor {
        &self.editor
    }

    /// Hands events in; what led to them is filled in where the answer is still remembered.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when too much waits.
    pub fn accept(&self, mut events: Vec<Event>) -> Result<Answer, StoreError> {
        events.iter_mut().for_each(|event| self.served.complete(event));
        self.ingest.accept(events)
    }

    /// Impressions dropped since the start because too many waited.
    pub fn dropped_impressions(&self) -> u64 {
        self.ingest.dropped_impressions()
    }

    /// Switches to a newly published generation; true when there was one. Until it is open,
    /// and when it cannot be opened, the old one answers.
    pub fn refresh(&self) -> Result<bool, ShopError> {
        let generations = self.folder.generations();
        let Some(current) = CurrentPointer::read(&generations)? else { return Ok(false) };
        if self.live.0.load().as_ref().is_some_and(|engine| engine.generation().manifest.id == current.generation) {
            return Ok(false);
        }
        let engine = Engine::open(&generations, Arc::clone(&self.embedder), self.settings.clone())?;
        showcase::switch(&self.folder, &self.live, &self.editor, engine)?;
        self.refresh_curation()?;
        Ok(true)
    }

    /// What the merchant says about search.
    pub fn curation(&self) -> Arc<InForce> {
        self.curation.get()
    }

    /// The versions of it.
    pub fn curation_files(&self) -> &CurationFiles {
        self.curation.files()
    }

    /// Takes up what was said on the command line; true when there was something. What cannot be
    /// read changes nothing.
    pub fn refresh_curation(&self) -> Result<bool, ShopError> {
        self.curation.refresh(self.live.0.load().as_deref())
    }

    /// Changes what the merchant says; in force when this returns, refused as a whole or taken as a whole.
    ///
    /// # Errors
    /// What is wrong with it, or that another version than `expected` is in force.
    pub fn curate(
        &self,
        expected: Option<u64>,
        author: &Author,
        change: impl FnOnce(&mut Document) -> Result<(), Refused>,
    ) -> Result<Arc<InForce>, ChangeError<Refused>> {
        self.curation.change(self.live.0.load().as_deref(), expected, author, change)
    }
}
