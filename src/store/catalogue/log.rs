//! The log of changes: a journal of its own beside the products, numbered without gaps. The server is
//! its one writer; a reindex reads it in another process, and gives back the segments that no
//! generation needs any more.

use std::fs;
use std::path::{Path, PathBuf};

use super::change::Change;
use crate::store::disk::sync_folder;
use crate::store::error::{Result, StoreError};
use crate::store::folder::DataFolder;
use crate::store::journal::{Entries, Position, read_kept, segment};

/// Where the log is; created when missing.
pub fn folder(data: &DataFolder) -> Result<PathBuf> {
    let path = data.catalogue().join("changes");
    fs::create_dir_all(&path).map_err(StoreError::io("create", &path))?;
    Ok(path)
}

/// Changes after a version, oldest first, and where to read on.
#[derive(Debug)]
pub struct Changes {
    log: PathBuf,
    entries: Entries<Change>,
    after: u64,
    reached: Position,
}

impl Changes {
    /// The changes after version `after`; all for 0.
    pub fn since(log: &Path, after: u64) -> Result<Self> {
        let entries = read_kept(log, Position::START)?;
        Ok(Self { log: log.to_path_buf(), entries, after, reached: Position::START })
    }

    /// Those that came since this one was read to its end.
    pub fn more(self) -> Result<Self> {
        Ok(Self { entries: read_kept(&self.log, self.reached)?, ..self })
    }
}

impl Iterator for Changes {
    type Item = Result<Change>;

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

/// The version of the catalogue after the last change in the log; 0 when it has none.
pub fn last_version(log: &Path) -> Result<u64> {
    let segments = segment::list(log)?;
    // The last segment may have just begun; the one before it then tells.
    for from in segments.iter().rev().map(|&number| Position { segment: number, offset: 0 }) {
        let last = read_kept::<Change>(log, from)?.last().transpose()?;
        if let Some(last) = last {
            return Ok(last.event.sequence);
        }
    }
    Ok(0)
}

/// Removes leading segments that hold no change after version `needed`; never the last.
pub fn trim(log: &Path, needed: u64) -> Result<usize> {
    let mut removed = 0;
    let segments = segment::list(log)?;
    for pair in segments.windows(2) {
        let next = Position { segment: pair[1], offset: 0 };
        let follows = read_kept::<Change>(log, next)?.next().transpose()?;
        if follows.is_none_or(|first| first.event.sequence > needed + 1) {
            break;
        }
        let path = segment::path(log, pair[0]);
        fs::remove_file(&path).map_err(StoreError::io("remove", &path))?;
        removed += 1;
    }
    sync_folder(log).map_err(StoreError::io("sync", log))?;
    Ok(removed)
}
