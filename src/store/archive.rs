//! The journal's closed segments again as Parquet, by day, for every tool that
//! reads it. A copy: the journal stays the truth, and what is removed there is
//! removed here.
//!
//! ```text
//! DIR/archive/day=2026-11-24/segment-0000000012.parquet   a segment's events of one UTC day
//! DIR/archive/_segments/0000000012.json                    its manifest: files, counts, checksums
//! ```
//!
//! The day is that of the event, not of its arrival, so one segment may have
//! files in several days. The columns are listed in `columns`; `erase` events
//! are left out. A segment's manifest is removed first and written last, so
//! that an interrupted copy is begun again and a finished one is not. One
//! process at a time works on the archive, held by `archive.lock`.

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
pub use self::manifest::{Manifest, Part};
pub use self::verify::{Checked, verify};
use super::error::{Result, StoreError};
use super::folder::{DataFolder, FolderLock, LockKind};
use super::journal::segment;

/// What bringing the archive up did.
#[derive(Debug, Default)]
pub struct CaughtUp {
    /// The copies written.
    pub written: Vec<Manifest>,
    /// The segment still written to, which is not copied.
    pub open: Option<u64>,
}

/// The archive, locked for one process.
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
    /// What the system said.
    pub fn open(folder: &DataFolder) -> Result<Self> {
        let lock = folder.wait_for(LockKind::Archive)?;
        Ok(Self { layout: Layout::of(folder)?, journal: folder.journal(), _lock: lock })
    }

    /// Writes the copy of a closed segment again.
    ///
    /// # Errors
    /// Damage in the segment, or what the system said. Then the copy is not whole, and known not to be.
    pub fn copy(&self, segment: u64) -> Result<Manifest> {
        copy::copy(&self.layout, &self.journal, segment)
    }

    /// Removes the copy of a segment; durable on return.
    ///
    /// # Errors
    /// What the system said.
    pub fn clear(&self, segment: u64) -> Result<()> {
        self.layout.clear(segment)
    }

    /// Removes all that says that a segment's copy is whole, before the segment is changed.
    ///
    /// # Errors
    /// What the system said.
    pub fn disown(&self, segment: u64) -> Result<()> {
        let path = self.layout.manifest(segment);
        if manifest::remove(&path)? {
            let folder = self.layout.segments();
            super::disk::sync_folder(&folder).map_err(StoreError::io("sync", &folder))?;
        }
        Ok(())
    }

    /// Rows of a segment's copy for whose user and device the function says yes; nothing when there
    /// is no whole copy.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn rows_naming(
        &self,
        segment: u64,
        is_named: &dyn Fn(Option<&str>, Option<&str>) -> bool,
    ) -> Result<Option<u64>> {
        let Some(manifest) = Manifest::read(&self.layout, segment)? else { return Ok(None) };
        let files = manifest.files.iter().map(|file| self.layout.root().join(&file.path));
        files.map(|path| file::rows_naming(&path, is_named)).sum::<Result<u64>>().map(Some)
    }

    /// Copies every closed segment that is not, and removes the copies of segments that are gone.
    /// When `thorough`, a copy is also made again where the segment or a file is not what it was.
    ///
    /// # Errors
    /// Damage in a segment, or what the system said.
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

/// [`Archive::catch_up`] on a data folder.
///
/// # Errors
/// As there.
pub fn catch_up(folder: &DataFolder) -> Result<CaughtUp> {
    Archive::open(folder)?.catch_up(false)
}

/// The segments that are not written to any more.
pub(super) fn sealed(journal: &Path) -> Result<Vec<u64>> {
    let mut numbers = segment::list(journal)?;
    numbers.pop();
    Ok(numbers)
}

/// Whether a segment's copy says that it is whole, told from the manifest alone.
fn is_current(layout: &Layout, journal: &Path, number: u64) -> Result<bool> {
    let path = segment::path(journal, number);
    let bytes = std::fs::metadata(&path).map_err(StoreError::io("read", &path))?.len();
    match Manifest::read(layout, number) {
        Ok(manifest) => Ok(manifest.is_some_and(|manifest| manifest.source_bytes == bytes)),
        Err(StoreError::Corrupt { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}
