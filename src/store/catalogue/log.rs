//! The change log: a journal beside the products, with changes numbered without gaps. The server is its only
//! writer; a reindex reads it in another process and removes the segments that no generation needs any more.

use std::fs;
use std::path::{Path, PathBuf};

use super::change::ProductChange;
use crate::store::error::{Result, StoreError};
use crate::store::folder::DataFolder;
use crate::store::journal::{Entries, Position, chain, read_items, segment};

/// The log's folder, created if missing.
pub fn folder(data: &DataFolder) -> Result<PathBuf> {
    let path = data.catalogue().join("changes");
    fs::create_dir_all(&path).map_err(StoreError::io("create", &path))?;
    Ok(path)
}

/// The changes after a version, oldest first, with the position reached.
#[derive(Debug)]
pub struct Changes {
    log: PathBuf,
    entries: Entries<ProductChange>,
    after: u64,
    reached: Position,
}

impl Changes {
    /// The changes after version `after`; all of them for 0.
    pub fn since(log: &Path, after: u64) -> Result<Self> {
        let entries = read_items(log, Position::START)?;
        Ok(Self { log: log.to_path_buf(), entries, after, reached: Position::START })
    }

    /// The changes appended since this iterator was read to its end.
    pub fn more(self) -> Result<Self> {
        Ok(Self { entries: read_items(&self.log, self.reached)?, ..self })
    }
}

impl Iterator for Changes {
    type Item = Result<ProductChange>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.entries.next()? {
                Err(error) => return Some(Err(error)),
                Ok(entry) => {
                    self.reached = entry.position;
                    if entry.event.sequence > self.after {
                        self.after = entry.event.sequence;
                        return Some(Ok(entry.event));
                    }
                }
            }
        }
    }
}

/// The version after the last change in the log; 0 if the log is empty.
pub fn last_version(log: &Path) -> Result<u64> {
    let segments = segment::list(log)?;
    // The last segment may be empty because it was just begun; then the one before it has the last change.
    for from in segments.iter().rev().map(|&number| Position { segment: number, offset: 0 }) {
        let last = read_items::<ProductChange>(log, from)?.last().transpose()?;
        if let Some(last) = last {
            return Ok(last.event.sequence);
        }
    }
    Ok(0)
}

/// Removes leading segments without changes after version `needed`, but never the last segment. Returns their
/// number.
pub fn trim(log: &Path, needed: u64) -> Result<usize> {
    let mut removed = 0;
    let segments = segment::list(log)?;
    for pair in segments.windows(2) {
        let next = Position { segment: pair[1], offset: 0 };
        let follows = read_items::<ProductChange>(log, next)?.next().transpose()?;
        // The segment has only changes up to `needed` if the next one begins at most one change later.
        if follows.is_none_or(|first| first.event.sequence > needed + 1) {
            break;
        }
        chain::delete(log, pair[0])?;
        removed += 1;
    }
    Ok(removed)
}
