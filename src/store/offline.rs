//! A data folder held offline: no server runs on it and none can start. So the profiles can be brought to the
//! journal's very end, and the journal can be closed.

use std::sync::Arc;

use jiff::Timestamp;
use tastemaker_index::event::EventKind;

use super::error::{Result, StoreError};
use super::folder::{DataFolder, FolderLock, LockKind};
use super::ingest::replay;
use super::journal::{Journal, JournalSettings, Position, read_from};
use super::profiles::{ProfileSettings, Profiles};
use super::state::{State, StateSettings};

/// A data folder held offline until dropped.
#[derive(Debug)]
pub struct OfflineFolder {
    folder: DataFolder,
    _lock: FolderLock,
}

impl OfflineFolder {
    /// Takes the folder offline.
    ///
    /// # Errors
    /// [`StoreError::Locked`] while a server or a replay works on it.
    pub fn of(folder: &DataFolder) -> Result<Self> {
        Ok(Self { folder: folder.clone(), _lock: folder.lock(LockKind::Serve)? })
    }

    /// Brings the profiles to the journal's end, durably; returns that position.
    ///
    /// # Errors
    /// If the profiles could not be written, or a file is damaged.
    pub fn catch_up(&self, settings: ProfileSettings, now: Timestamp) -> Result<Position> {
        let journal = Journal::open(&self.folder.journal(), JournalSettings::default())?;
        {
            let (profiles, _) = Profiles::open_or_rebuild(&self.folder, settings)?;
            let mut writer = profiles.writer(Arc::new(move || now))?;
            replay(&journal, profiles.applied_position()?, &mut writer)?;
        }
        // Dropping the writer flushed the profiles. If that failed, unapplied events are left behind the
        // stored position, and this must fail. Impressions change no profile and may be left.
        let state = State::open(&self.folder, StateSettings::default())?;
        for entry in read_from(journal.folder(), state.applied_position()?)? {
            if entry?.event.kind != EventKind::Impression {
                return Err(StoreError::Poisoned { cause: "the profiles could not be written".to_owned() });
            }
        }
        let end = journal.end();
        state.write(Some(end), &[])?;
        state.flush()?;
        state.compact(true)?;
        Ok(end)
    }

    /// Closes the open segment and sets the position of the profiles behind it, durably; returns the new
    /// position. `end` is the result of [`Self::catch_up`].
    ///
    /// # Errors
    /// If the journal was appended to since, or a system error.
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
