//! Opening what was recorded: the journal and the profiles. The server goes on without a damaged part of the
//! journal, and rebuilds damaged profiles from the journal; both are said in the log and at `/readyz`.

use std::fs;

use crate::store::journal::{Journal, JournalSettings, Position, chain, read_from, salvage, segment};
use crate::store::profiles::{ProfileSettings, Profiles};
use crate::store::{DataFolder, ProblemKind, Problems, StoreError};

/// An open journal, and what the intake needs of it.
pub(super) struct Recorded {
    pub(super) journal: Journal,
    /// The hashes of the last events, oldest first.
    pub(super) hashes: Vec<u128>,
    /// The position from which the profiles read on.
    pub(super) applied: Position,
}

/// Opens the journal; a damaged part is left out.
///
/// # Errors
/// Damage that cannot be left out, a segment of a newer release, or a system error.
pub(super) fn open_journal(
    folder: &DataFolder,
    applied: Position,
    window: usize,
    problems: &Problems,
) -> Result<Recorded, StoreError> {
    let journal = folder.journal();
    let recorded = match readable(folder, applied, window) {
        Err(error @ StoreError::Corrupt { .. }) => {
            tracing::error!(%error, "the journal is damaged; the server goes on without the damaged part");
            for part in salvage(&journal, applied, true)? {
                tracing::error!("{part}");
            }
            readable(folder, reachable(folder, applied), window)?
        }
        other => other?,
    };
    let lost = chain::unaccepted(&journal)?;
    if !lost.is_empty() {
        problems.begin(ProblemKind::JournalDamaged, &format!("a part of segments {lost:?} of the journal is lost"));
    }
    Ok(recorded)
}

/// Opens the journal and reads all that the start needs.
fn readable(folder: &DataFolder, applied: Position, window: usize) -> Result<Recorded, StoreError> {
    let journal = Journal::open(&folder.journal(), JournalSettings::default())?;
    let hashes = journal.recent_hashes(window)?;
    for entry in read_from(journal.folder(), applied)? {
        entry?;
    }
    Ok(Recorded { journal, hashes, applied })
}

/// The position, or the beginning of the next segment where a salvaged one no longer reaches that far.
fn reachable(folder: &DataFolder, applied: Position) -> Position {
    let path = segment::path(&folder.journal(), applied.segment);
    match fs::metadata(path) {
        Ok(about) if applied.segment > 0 && about.len() < applied.offset => {
            Position { segment: applied.segment + 1, offset: segment::HEADER_BYTES }
        }
        _ => applied,
    }
}

/// Opens the profiles. If their store is damaged it is removed, and the caller reads the whole journal into a new
/// one.
///
/// # Errors
/// A store of a newer release, or a system error.
pub(super) fn open_profiles(
    folder: &DataFolder,
    settings: ProfileSettings,
    problems: &Problems,
) -> Result<Profiles, StoreError> {
    let (profiles, damage) = Profiles::open_or_rebuild(folder, settings)?;
    if let Some(error) = damage {
        problems.begin(ProblemKind::ProfilesRebuilt, &error);
    }
    Ok(profiles)
}
