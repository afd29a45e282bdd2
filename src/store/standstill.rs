//! A data folder that nobody serves, held so that nobody can: the profiles can
//! be brought up to the journal's end for certain, and the journal be closed.

use std::sync::Arc;

use jiff::Timestamp;
use tastemaker_index::event::EventKind;

use super::error::{Result, StoreError};
use super::folder::{DataFolder, FolderLock, LockKind};
use super::ingest::replay;
use super::journal::{Journal, JournalSettings, Position, read_from};
use super::profiles::{ProfileSettings, Profiles};
use super::state::{State, StateSettings};

/// The held folder.
#[derive(Debug)]
pub struct Standstill {
    folder: DataFolder,
    _lock: FolderLock,
}

impl Standstill {
    /// Holds a folder.
    ///
    /// # Errors
    /// [`StoreError::Locked`] while a server, or a replay, works on it.
    pub fn of(folder: &DataFolder) -> Result<Self> {
        Ok(Self { folder: folder.clone(), _lock: folder.lock(LockKind::Serve)? })
    }

    /// Brings the profiles up to the journal's end, durably; returns that end.
    ///
    /// # Errors
    /// When the profiles could not be written, or anything is damaged.
    pub fn catch_up(&self, settings: ProfileSettings, now: Timestamp) -> Result<Position> {
        let journal = Journal::open(&self.folder.journal(), JournalSettings::default())?;
        {
            let profiles = Profiles::open(State::open(&self.folder, StateSettings::default())?, settings)?;
            let mut writer = profiles.writer(Arc::new(move || now))?;
            replay(&journal, profiles.applied_position()?, &mut writer)?;
        }
        // What was written behind is written now, unless it failed: then events that change profiles
        // are left. Impressions change none, and may be left behind the last position.
        let state = State::open(&self.folder, StateSettings::default())?;
        for entry in read_from(journal.folder(), state.applied_position()?)? {
            if entry?.event.kind != EventKind::Impression {
                return Err(StoreError::Poisoned { cause: "the profiles could not be written".to_owned() });
            }
        }
        let end = journal.end();
        state.write(Some(end), &[])?;
        state.flush()?;
        Ok(end)
    }

    /// Closes the segment under way and says that the profiles are past it, durably; returns where
    /// the journal goes on. `end` is what [`Self::catch_up`] returned.
    ///
    /// # Errors
    /// When the journal has gone on since, or what the system said.
    pub fn seal(&self, end: Position) -> Result<Position> {
        let mut journal = Journal::open(&self.folder.journal(), JournalSettings::default())?;
        if journal.end() != end {
            return Err(StoreError::Poisoned { cause: "the journal was written to meanwhile".to_owned() });
        }
        journal.seal()?;
        let state = State::open(&self.folder, StateSettings::default())?;
        state.write(Some(journal.end()), &[])?;
        state.flush()?;
        Ok(journal.end())
    }
}
