//! The running shop over one data folder: the engine of the live generation, the shoppers' profiles, and the
//! intake of events and product changes. HTTP reaches the [store](crate::store) through this module only.
//!
//! Reads take no lock except those of the profile cache: the engine is replaced as a whole when a generation
//! is published or products change, and a request uses one engine from beginning to end.

pub mod curation;
mod generations;
mod live_catalogue;
mod privacy;
pub mod products;
mod recorded;
mod reports;
mod served;
mod shoppers;

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use jiff::Timestamp;
use tastemaker_index::curation::Document;
use tastemaker_index::engine::{Engine, EngineSettings};
use tastemaker_index::event::Event;
use tastemaker_index::identity::LinkLimits;
use tastemaker_index::placeholder::PlaceholderIds;
use tastemaker_index::product::FieldError;
use tastemaker_index::product::check_product_id;
use tastemaker_index::vector::embed::StaticTable;

pub use self::live_catalogue::with_changes_since;
pub use self::privacy::Export;
pub use self::served::{ShownList, ShownResponse};
pub use self::shoppers::PersonView;
pub use crate::store::ingest::EventOutcome;
pub use crate::store::keys::{KeyFile, KeysError, LiveKeys};
pub use crate::store::profiles::FoundPerson;
pub use crate::store::{DataFolder, ProblemKind, Problems, StoreError};

use self::curation::{About, Author, ChangeError, CurationVersion, InForce, LiveCuration, Refused};
use self::generations::Generations;
use self::live_catalogue::LiveCatalogue;
use self::recorded::Recorded;
use self::served::Served;
use self::shoppers::ReadyShoppers;
use crate::config::EventsConfig;
use crate::store::catalogue::{Editor, EditorSettings};
use crate::store::curation::CurationFiles;
use crate::store::folder::{FolderLock, LockKind};
use crate::store::ingest::{Ingest, IngestDependencies, PendingEvents};
use crate::store::profiles::Profiles;

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
    generations: Generations,
    problems: Problems,
    live: Live,
    curation: LiveCuration,
    profiles: Profiles,
    shoppers: ReadyShoppers,
    served: Served,
    ingest: Ingest,
    placeholders: PlaceholderIds,
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
    /// If another process serves the folder, or a file in it is damaged beyond what [`Problems`] tells of, or
    /// written by a newer release.
    pub fn open(
        folder: DataFolder,
        embedder: Arc<StaticTable>,
        settings: EngineSettings,
        events: &EventsConfig,
    ) -> Result<Self, ShopError> {
        // Before anything else: the journal and the state have one writer.
        let lock = folder.lock(LockKind::Serve)?;
        let problems = Problems::default();
        let generations = Generations::new(folder.clone(), embedder, settings, problems.clone());
        let engine = match generations.first()? {
            Some(engine) => Some(Arc::new(live_catalogue::caught_up(&folder, engine)?.0)),
            None => None,
        };
        let curation = LiveCuration::open(CurationFiles::of(&folder), engine.as_deref())?;
        let live = Live(Arc::new(ArcSwapOption::new(engine)));
        // After the engine has every change of the log: the editor applies only later ones.
        let editor = Editor::start(&folder, EditorSettings::default(), Box::new(LiveCatalogue::new(live.clone())))?;
        let profiles = recorded::open_profiles(&folder, events.profiles(), &problems)?;
        let applied = profiles.applied_position()?;
        let recorded = recorded::open_journal(&folder, applied, events.dedup_events, &problems)?;
        let dependencies = IngestDependencies {
            new_id: Box::new(|| uuid::Uuid::new_v4().to_string()),
            clock: Box::new(Timestamp::now),
            profiles: Box::new(profiles.writer(Arc::new(Timestamp::now))?),
            problems: problems.clone(),
        };
        // Replays the journal from the profiles' position before any event is accepted.
        let Recorded { journal, hashes, applied } = recorded;
        let ingest = Ingest::start_knowing(journal, &hashes, applied, events.ingest(), dependencies)?;
        drop(hashes);
        let (shoppers, served) = (ReadyShoppers::default(), Served::new(events.served_answers));
        let placeholders = PlaceholderIds::new(&events.placeholder_ids);
        let shop = Self {
            folder,
            generations,
            problems,
            live,
            curation,
            profiles,
            shoppers,
            served,
            ingest,
            placeholders,
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

    /// Checks that the ids of an event or a request name one shopper.
    ///
    /// # Errors
    /// The field with a text that stands where an id should be, such as `undefined`.
    pub fn check_ids(&self, user_id: Option<&str>, anonymous_id: Option<&str>) -> Result<(), FieldError> {
        self.placeholders.check(user_id, anonymous_id)
    }

    /// Checks the ids of an event: those of the shopper, of the order and of its products, and its own, by which it is told
    /// from others.
    ///
    /// # Errors
    /// The field with a text that stands where an id should be.
    pub fn check_event(&self, event: &Event) -> Result<(), FieldError> {
        self.check_ids(event.user_id.as_deref(), event.anonymous_id.as_deref())?;
        for (field, id) in [("message_id", &event.message_id), ("order_id", &event.order_id)] {
            id.as_deref().map_or(Ok(()), |id| self.placeholders.check_id(field, id))?;
        }
        let mut products = event.products.iter().enumerate();
        products.try_for_each(|(at, product)| check_product_id(&format!("products[{at}].id"), &product.id))
    }

    /// Opens the API keys of the data folder.
    ///
    /// # Errors
    /// If the file exists and cannot be read: access control must not be off by accident.
    pub fn keys(&self) -> Result<LiveKeys, StoreError> {
        LiveKeys::open(KeyFile::of(&self.folder), self.problems.clone())
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

    /// The list of problems, for parts that run beside the shop.
    pub fn problem_list(&self) -> &Problems {
        &self.problems
    }

    /// The problems that last although requests are answered.
    pub fn problems(&self) -> Vec<ProblemKind> {
        self.problems.list()
    }

    /// True if the generation in force was chosen by name.
    pub fn generation_is_chosen(&self) -> bool {
        self.generations.is_chosen()
    }

    /// Switches to a newly published or chosen generation; true if there was one. Until the new one is open, and if it
    /// cannot be opened, the old one stays live.
    pub fn refresh(&self) -> Result<bool, ShopError> {
        let live = self.live.0.load_full();
        let Some(engine) = self.generations.newer(live.as_deref())? else { return Ok(false) };
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
