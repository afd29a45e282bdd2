//! The running shop over one data folder: the engine of the live generation, the shoppers' profiles, and the
//! intake of events and product changes. HTTP reaches the [store](crate::store) through this module only.
//!
//! Reads take no lock except those of the profile cache: the engine is replaced as a whole when a generation
//! is published or products change, and a request uses one engine from beginning to end.

pub mod curation;
mod live_catalogue;
mod privacy;
pub mod products;
mod reports;
mod served;
mod shoppers;

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use jiff::Timestamp;
use tastemaker_index::curation::Document;
use tastemaker_index::engine::{Engine, EngineSettings};
use tastemaker_index::event::Event;
use tastemaker_index::generation::CurrentPointer;
use tastemaker_index::identity::LinkLimits;
use tastemaker_index::vector::embed::StaticTable;

pub use self::live_catalogue::with_changes_since;
pub use self::privacy::Export;
pub use self::served::{ShownList, ShownResponse};
pub use self::shoppers::PersonView;
pub use crate::store::ingest::EventOutcome;
pub use crate::store::keys::{KeyFile, KeysError, LiveKeys};
pub use crate::store::profiles::FoundPerson;
pub use crate::store::{DataFolder, StoreError};

use self::curation::{About, Author, ChangeError, CurationVersion, InForce, LiveCuration, Refused};
use self::live_catalogue::LiveCatalogue;
use self::served::Served;
use self::shoppers::ReadyShoppers;
use crate::config::EventsConfig;
use crate::store::catalogue::{Editor, EditorSettings};
use crate::store::curation::CurationFiles;
use crate::store::folder::{FolderLock, LockKind};
use crate::store::ingest::{Ingest, IngestDependencies, PendingEvents};
use crate::store::journal::{Journal, JournalSettings};
use crate::store::profiles::Profiles;
use crate::store::state::{State, StateSettings};

/// An error of the running shop.
#[derive(Debug, thiserror::Error)]
pub enum ShopError {
    /// The data folder.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The engine.
    #[error(transparent)]
    Engine(#[from] tastemaker_index::Error),
}

/// The live engine, shared with the writer of product changes; empty before the first generation.
#[derive(Debug, Clone)]
struct Live(Arc<ArcSwapOption<Engine>>);

/// The running shop; owns the serve lock of its data folder.
pub struct Shop {
    folder: DataFolder,
    settings: EngineSettings,
    embedder: Arc<StaticTable>,
    live: Live,
    curation: LiveCuration,
    profiles: Profiles,
    shoppers: ReadyShoppers,
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
    /// Opens the shop: takes the serve lock, brings the profiles up to the journal's end, and journals
    /// erasures a stop interrupted. A folder without a generation opens too: it accepts events, and searches
    /// answer with an error.
    ///
    /// # Errors
    /// If another process serves the folder, or a file in it is damaged or written by a newer release.
    pub fn open(
        folder: DataFolder,
        embedder: Arc<StaticTable>,
        settings: EngineSettings,
        events: &EventsConfig,
    ) -> Result<Self, ShopError> {
        // Before anything else: the journal and the state have one writer.
        let lock = folder.lock(LockKind::Serve)?;
        let engine = match Engine::open(&folder.generations(), Arc::clone(&embedder), settings.clone()) {
            Ok(engine) => Some(Arc::new(live_catalogue::caught_up(&folder, engine)?.0)),
            Err(tastemaker_index::Error::NoGeneration { .. }) => None,
            Err(error) => return Err(error.into()),
        };
        let curation = LiveCuration::open(CurationFiles::of(&folder), engine.as_deref())?;
        let live = Live(Arc::new(ArcSwapOption::new(engine)));
        // After the engine has every change of the log: the editor applies only later ones.
        let editor = Editor::start(&folder, EditorSettings::default(), Box::new(LiveCatalogue::new(live.clone())))?;
        let profiles = Profiles::open(State::open(&folder, StateSettings::default())?, events.profiles())?;
        let journal = Journal::open(&folder.journal(), JournalSettings::default())?;
        let dependencies = IngestDependencies {
            new_id: Box::new(|| uuid::Uuid::new_v4().to_string()),
            clock: Box::new(Timestamp::now),
            profiles: Box::new(profiles.writer(Arc::new(Timestamp::now))?),
        };
        // Replays the journal from the profiles' position before any event is accepted.
        let ingest = Ingest::start(journal, profiles.applied_position()?, events.ingest(), dependencies)?;
        let (shoppers, served) = (ReadyShoppers::default(), Served::new(events.served_answers));
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
        // Last, because it appends events.
        shop.resume_erasures()?;
        Ok(shop)
    }

    /// The data folder.
    pub fn folder(&self) -> &DataFolder {
        &self.folder
    }

    /// The live engine.
    ///
    /// # Errors
    /// [`tastemaker_index::Error::NoGeneration`] before the first reindex.
    pub fn engine(&self) -> Result<Arc<Engine>, tastemaker_index::Error> {
        let none = || tastemaker_index::Error::NoGeneration { path: self.folder.root().to_path_buf() };
        self.live.0.load_full().ok_or_else(none)
    }

    /// The profile store.
    pub fn profiles(&self) -> &Profiles {
        &self.profiles
    }

    /// The limits on linking ids to one person.
    pub fn link_limits(&self) -> &LinkLimits {
        self.profiles.link_limits()
    }

    /// Opens the API keys of the data folder.
    ///
    /// # Errors
    /// If the file exists and cannot be read: access control must not be off by accident.
    pub fn keys(&self) -> Result<LiveKeys, StoreError> {
        LiveKeys::open(KeyFile::of(&self.folder))
    }

    /// Hands events to the journal. The query or placement of an event is filled in if its response is still
    /// remembered.
    ///
    /// # Errors
    /// [`StoreError::Busy`] if the queue is full.
    pub fn accept(&self, mut events: Vec<Event>) -> Result<PendingEvents, StoreError> {
        events.iter_mut().for_each(|event| self.served.complete(event));
        self.ingest.accept(events)
    }

    /// Impressions dropped since the start because the queue was full.
    pub fn dropped_impressions(&self) -> u64 {
        self.ingest.dropped_impressions()
    }

    /// Switches to a newly published generation; true if there was one. Until the new one is open, and if it
    /// cannot be opened, the old one stays live.
    pub fn refresh(&self) -> Result<bool, ShopError> {
        let generations = self.folder.generations();
        let Some(current) = CurrentPointer::read(&generations)? else { return Ok(false) };
        if self.live.0.load().as_ref().is_some_and(|engine| engine.generation().manifest.id == current.generation) {
            return Ok(false);
        }
        let engine = Engine::open(&generations, Arc::clone(&self.embedder), self.settings.clone())?;
        live_catalogue::switch(&self.folder, &self.live, &self.editor, engine)?;
        self.refresh_curation()?;
        Ok(true)
    }

    /// The rules and synonyms in force.
    pub fn curation(&self) -> Arc<InForce> {
        self.curation.get()
    }

    /// Number, author and changes of every retained version of the rules and synonyms, the newest first.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub fn curation_versions(&self) -> Result<Vec<About>, StoreError> {
        self.curation.files().versions()
    }

    /// A retained version of the rules and synonyms by its number.
    ///
    /// # Errors
    /// If its file cannot be read.
    pub fn curation_version(&self, number: u64) -> Result<Option<CurationVersion>, StoreError> {
        self.curation.files().version(number)
    }

    /// Puts a version written by another process in force; true if there was one. If it cannot be read, the
    /// version in force stays.
    pub fn refresh_curation(&self) -> Result<bool, ShopError> {
        self.curation.refresh(self.live.0.load().as_deref())
    }

    /// Changes the rules or synonyms; the new version is in force on return. A change is accepted or refused
    /// as a whole.
    ///
    /// # Errors
    /// The wrong field, or a conflict if `expected` is not the version in force.
    pub fn curate(
        &self,
        expected: Option<u64>,
        author: &Author,
        change: impl FnOnce(&mut Document) -> Result<(), Refused>,
    ) -> Result<Arc<InForce>, ChangeError<Refused>> {
        self.curation.change(self.live.0.load().as_deref(), expected, author, change)
    }
}
