//! The archive: closed segments of the journal copied to Parquet, by day, for analytics tools. The journal is
//! the source of truth; an event removed from it is removed from the archive too.
//!
//! ```text
//! DIR/archive/day=2026-11-24/segment-0000000012.parquet   a segment's events of one UTC day
//! DIR/archive/_segments/0000000012.json                    its manifest: files, counts, checksums
//! ```
//!
//! The day is that of the event, not of its receipt, so one segment may have files in several days. The
//! columns are listed in `columns`; `erase` events are left out. A manifest marks its segment's copy as
//! complete: it is removed before the files change and written after all of them are durable, so that an
//! interrupted copy is made again and a finished one is not. One process at a time works on the archive, held
//! by `archive.lock`.

mod archivist;
mod columns;
mod copy;
mod file;
mod layout;
mod manifest;
#[cfg(test)]
mod tests;
mod verify;

use std::path::Path;

pub use self::archivist::Archivist;
use self::layout::Layout;
pub use self::manifest::{DayFile, SegmentManifest};
pub use self::verify::{ArchiveCheck, verify};
use super::error::{Result, StoreError};
use super::folder::{DataFolder, FolderLock, LockKind};
use super::journal::segment;

/// The result of bringing the archive up to date.
#[derive(Debug, Default)]
pub struct CaughtUp {
    /// Manifests of the copies written.
    pub written: Vec<SegmentManifest>,
    /// The open segment, which is not copied.
    pub open: Option<u64>,
}

/// The archive of a data folder, locked for this process.
#[derive(Debug)]
pub struct Archive {
    layout: Layout,
    journal: std::path::PathBuf,
    _lock: FolderLock,
}

impl Archive {
    /// Opens the archive of a data folder, waiting until no other process works on it.
    ///
    /// # Errors
    /// A system error.
    pub fn open(folder: &DataFolder) -> Result<Self> {
        let lock = folder.wait_for(LockKind::Archive)?;
        Ok(Self { layout: Layout::of(folder)?, journal: folder.journal(), _lock: lock })
    }

    /// Writes the copy of a closed segment again.
    ///
    /// # Errors
    /// Damage in the segment, or a system error. Then the copy has no manifest and counts as missing.
    pub fn copy(&self, segment: u64) -> Result<SegmentManifest> {
        copy::copy(&self.layout, &self.journal, segment)
    }

    /// Removes the copy of a segment; durable on return.
    ///
    /// # Errors
    /// A system error.
    pub fn clear(&self, segment: u64) -> Result<()> {
        self.layout.clear(segment)
    }

    /// Removes the manifest of a segment's copy, durably. Called before the segment is rewritten, so that a
    /// stop in between leaves no copy that counts as complete.
    ///
    /// # Errors
    /// A system error.
    pub fn remove_manifest(&self, segment: u64) -> Result<()> {
        let path = self.layout.manifest(segment);
        if manifest::remove(&path)? {
            let folder = self.layout.segments();
            super::disk::sync_folder(&folder).map_err(StoreError::io("sync", &folder))?;
        }
        Ok(())
    }

    /// Counts the rows of a segment's copy whose user and device id `is_named` accepts; absent if there is no
    /// complete copy.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub fn rows_naming(
        &self,
        segment: u64,
        is_named: &dyn Fn(Option<&str>, Option<&str>) -> bool,
    ) -> Result<Option<u64>> {
        let Some(manifest) = SegmentManifest::read(&self.layout, segment)? else { return Ok(None) };
        let files = manifest.files.iter().map(|file| self.layout.root().join(&file.path));
        files.map(|path| file::rows_naming(&path, is_named)).sum::<Result<u64>>().map(Some)
    }

    /// Copies every closed segment that has no complete copy, and removes the copies of segments that no
    /// longer exist. If `thorough`, checksums are compared, and a copy that differs from its manifest or
    /// segment is made again too.
    ///
    /// # Errors
    /// Damage in a segment, or a system error.
    pub fn catch_up(&self, thorough: bool) -> Result<CaughtUp> {
        let numbers = sealed(&self.journal)?;
        for gone in manifest::list(&self.layout)?.into_iter().filter(|number| !numbers.contains(number)) {
            self.clear(gone)?;
        }
        let mut caught_up = CaughtUp { open: segment::list(&self.journal)?.last().copied(), ..CaughtUp::default() };
        for number in numbers {
            let whole = match thorough {
                false => is_current(&self.layout, &self.journal, number)?,
                true => verify::is_whole(&self.layout, &self.journal, number),
            };
            if !whole {
                caught_up.written.push(self.copy(number)?);
            }
        }
        Ok(caught_up)
    }
}

/// [`Archive::catch_up`] of a data folder, without comparing checksums.
///
/// # Errors
/// Those of [`Archive::catch_up`].
pub fn catch_up(folder: &DataFolder) -> Result<CaughtUp> {
    Archive::open(folder)?.catch_up(false)
}

/// The numbers of the closed segments: all but the last.
pub(super) fn sealed(journal: &Path) -> Result<Vec<u64>> {
    let mut numbers = segment::list(journal)?;
    // The last segment is the open one.
    numbers.pop();
    Ok(numbers)
}

/// True if a segment has a complete copy, judged by the manifest, the segment's length and those of the files.
fn is_current(layout: &Layout, journal: &Path, number: u64) -> Result<bool> {
    let path = segment::path(journal, number);
    let bytes = std::fs::metadata(&path).map_err(StoreError::io("read", &path))?.len();
    match SegmentManifest::read(layout, number) {
        Ok(manifest) => Ok(manifest.is_some_and(|manifest| {
            let is_there = |file: &DayFile| {
                let about = std::fs::metadata(layout.root().join(&file.path));
                about.is_ok_and(|about| about.len() == file.bytes)
            };
            manifest.source_bytes == bytes && manifest.files.iter().all(is_there)
        })),
        // A damaged manifest counts as a missing one; the copy is made again.
        Err(StoreError::Corrupt { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}
