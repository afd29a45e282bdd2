//! The running shop over one data folder: the engine of the current generation,
//! the shoppers' profiles, and the way in for events.
//!
//! Reading is lock-free: the engine is swapped whole when a generation is
//! published, and requests under way keep the one they began with.

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use jiff::Timestamp;
use tastemaker_index::engine::{Engine, EngineSettings};
use tastemaker_index::event::Event;
use tastemaker_index::generation::Current;
use tastemaker_index::id::ShopperId;
use tastemaker_index::profile::Profile;
use tastemaker_index::vector::embed::StaticTable;

use crate::store::codec::{self, CodecError, RecordKind};
use crate::store::folder::{FolderLock, LockKind};
use crate::store::ingest::{Ingest, IngestSettings, Surroundings};
use crate::store::journal::{Journal, JournalSettings, Position};
use crate::store::state::{State, StateSettings};
use crate::store::{DataFolder, StoreError};

/// How profiles are stored.
const PROFILE: RecordKind = RecordKind { number: 1, version: 1 };

/// Why the shop cannot do something.
#[derive(Debug, thiserror::Error)]
pub enum ShopError {
    /// The data folder.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The engine.
    #[error(transparent)]
    Engine(#[from] tastemaker_index::Error),
    /// A stored profile.
    #[error("profile of a shopper: {0}")]
    Profile(#[from] CodecError),
}

/// Shopper profiles, by key.
#[derive(Clone)]
struct Profiles(Arc<State>);

impl Profiles {
    fn get(&self, shopper: &ShopperId) -> Result<Option<Profile>, ShopError> {
        let bytes = self.0.get_profile(&shopper.key())?;
        Ok(bytes.map(|bytes| codec::decode(PROFILE, &bytes)).transpose()?)
    }
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
    profiles: Profiles,
    ingest: Ingest,
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
    pub fn open(folder: DataFolder, embedder: Arc<StaticTable>, settings: EngineSettings) -> Result<Self, ShopError> {
        let lock = folder.lock(LockKind::Serve)?;
        let engine = match Engine::open(&folder.generations(), Arc::clone(&embedder), settings.clone()) {
            Ok(engine) => Some(Arc::new(engine)),
            Err(tastemaker_index::Error::NoGeneration { .. }) => None,
            Err(error) => return Err(error.into()),
        };
        let live = Live(Arc::new(ArcSwapOption::new(engine)));
        let state = Arc::new(State::open(&folder, StateSettings::default())?);
        let profiles = Profiles(Arc::clone(&state));
        let journal = Journal::open(&folder.journal(), JournalSettings::default())?;
        let (applying, engine) = (profiles.clone(), live.clone());
        let surroundings = Surroundings {
            new_id: Box::new(|| uuid::Uuid::new_v4().to_string()),
            clock: Box::new(Timestamp::now),
            apply: Box::new(move |position, events| apply(&applying, &engine, position, events)),
        };
        let ingest = Ingest::start(journal, state.applied_position()?, IngestSettings::default(), surroundings)?;
        Ok(Self { folder, settings, embedder, live, profiles, ingest, _lock: lock })
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

    /// What is known of a shopper.
    pub fn profile(&self, shopper: &ShopperId) -> Result<Option<Profile>, ShopError> {
        self.profiles.get(shopper)
    }

    /// What is known of the shopper a request names: the user before the device, nobody without ids.
    pub fn profile_of(&self, user_id: Option<&str>, anonymous_id: Option<&str>) -> Result<Option<Profile>, ShopError> {
        ShopperId::from_parts(user_id, anonymous_id).map_or(Ok(None), |shopper| self.profile(&shopper))
    }

    /// The way in for events.
    pub fn ingest(&self) -> &Ingest {
        &self.ingest
    }

    /// Switches to a newly published generation; true when there was one. Until it is open,
    /// and when it cannot be opened, the old one answers.
    pub fn refresh(&self) -> Result<bool, ShopError> {
        let generations = self.folder.generations();
        let Some(current) = Current::read(&generations)? else { return Ok(false) };
        if self.live.0.load().as_ref().is_some_and(|engine| engine.generation().manifest.id == current.generation) {
            return Ok(false);
        }
        let engine = Engine::open(&generations, Arc::clone(&self.embedder), self.settings.clone())?;
        self.live.0.store(Some(Arc::new(engine)));
        Ok(true)
    }
}

/// Brings the profiles of the shoppers of `events` up to date, in one transaction.
fn apply(profiles: &Profiles, live: &Live, position: Position, events: &[Event]) -> Result<(), StoreError> {
    let mut changed: HashMap<ShopperId, Profile> = HashMap::new();
    for event in events {
        let Some(shopper) = event.shopper() else { continue };
        let profile = match changed.entry(shopper) {
            std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::hash_map::Entry::Vacant(new) => {
                let stored = profiles.get(new.key()).map_err(|error| match error {
                    ShopError::Store(error) => error,
                    other => StoreError::Poisoned { cause: other.to_string() },
                })?;
                new.insert(stored.unwrap_or_default())
            }
        };
        // The journal dates every event it takes.
        let received = event.time.map_or(0, |time| time.as_millisecond());
        profile.record(event, received);
    }
    let engine = live.0.load();
    let mut records = Vec::with_capacity(changed.len());
    for (shopper, mut profile) in changed {
        if let Some(engine) = engine.as_ref() {
            profile.interest = engine.interest(&profile);
        }
        let bytes =
            codec::encode(PROFILE, &profile).map_err(|error| StoreError::Poisoned { cause: error.to_string() })?;
        records.push((shopper.key(), bytes));
    }
    profiles.0.apply(position, &records)
}
