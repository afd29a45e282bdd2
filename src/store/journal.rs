//! The journal: all events in order, in append-only checksummed segments. A group of events is written and
//! synced as one, and a position is returned only for durable events.
//!
//! Opening cuts off a tail left by an interrupted write, and nothing else: other damage is an error, until
//! [`salvage`] blanks it. The [`chain`] tells whether a segment is missing. After
//! any failed write or sync the journal refuses every further append, because nobody knows what the system
//! then holds of the file; [`Journal::write_again`] goes on in a new one.

pub mod chain;
#[cfg(test)]
mod damage_tests;
pub mod frame;
mod inspect;
mod reader;
mod salvage;
pub mod segment;
#[cfg(test)]
mod tests;

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use self::frame::JournalRecord;
pub use self::inspect::{Inspected, inspect, newest_event};
pub use self::reader::{Entries, JournalEntry, read_from, read_items};
pub use self::salvage::{SalvagedSegment, salvage};
use self::segment::{HEADER_BYTES, Segment};
use super::disk::{Disk, DiskFile, SystemDisk};
use super::error::{Result, StoreError};

/// A position between two events; positions order as the events do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Position {
    /// The segment's number, from 1.
    pub segment: u64,
    /// Offset in the segment, in bytes.
    pub offset: u64,
}

impl Position {
    /// Before the first event.
    pub const START: Self = Self { segment: 0, offset: 0 };
}

/// Settings of a journal.
#[derive(Debug, Clone, Copy)]
pub struct JournalSettings {
    /// The size in bytes beyond which a segment does not grow: it is closed and the next one begun. A single
    /// larger group may exceed it.
    pub segment_bytes: u64,
}

impl Default for JournalSettings {
    fn default() -> Self {
        Self { segment_bytes: 64 << 20 }
    }
}

/// The only writer of a journal; the caller holds the folder's serve lock.
pub struct Journal {
    folder: PathBuf,
    disk: Box<dyn Disk>,
    settings: JournalSettings,
    file: Box<dyn DiskFile>,
    /// The position of the next group; everything before it is durable.
    end: Position,
    poisoned: Option<StoreError>,
    buffer: Vec<u8>,
}

impl Journal {
    /// Opens the journal in `folder`, which exists, or begins one.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] on damage that an interrupted write does not explain,
    /// [`StoreError::NewerFormat`], or a system error.
    pub fn open(folder: &Path, settings: JournalSettings) -> Result<Self> {
        Self::open_on(Box::new(SystemDisk), folder, settings)
    }

    /// [`Self::open`] on another disk.
    pub fn open_on(disk: Box<dyn Disk>, folder: &Path, settings: JournalSettings) -> Result<Self> {
        let (file, end) = match segment::list(folder)?.last() {
            Some(&number) => recover(&*disk, folder, number)?,
            None => begin(&*disk, folder, 1)?,
        };
        chain::extend(folder, end.offset)?;
        Ok(Self { folder: folder.to_path_buf(), disk, settings, file, end, poisoned: None, buffer: Vec::new() })
    }

    /// Writes and syncs a group of events. They are durable when this returns the position behind them.
    ///
    /// # Errors
    /// None of the group may be acknowledged. Every later call fails with [`StoreError::Poisoned`] until
    /// [`Self::write_again`] succeeds.
    pub fn append(&mut self, group: &[JournalRecord]) -> Result<Position> {
        if let Some(poisoned) = &self.poisoned {
            return Err(poisoned.clone());
        }
        match self.try_append(group) {
            Ok(()) => Ok(self.end),
            Err(error) => {
                tracing::error!(%error, "a write to the journal failed; it accepts nothing more until a new segment can be written");
                self.poisoned = Some(error.poison());
                Err(error)
            }
        }
    }

    fn try_append(&mut self, group: &[JournalRecord]) -> Result<()> {
        if group.is_empty() {
            return Ok(());
        }
        let bytes: u64 = group.iter().map(JournalRecord::bytes).sum();
        if self.end.offset > HEADER_BYTES && self.end.offset + bytes > self.settings.segment_bytes {
            self.begin_next()?;
        }
        self.buffer.clear();
        // Every frame has the offset at which its group begins, which recovery relies on.
        for record in group {
            record.write(self.end.offset, &mut self.buffer);
        }
        let path = segment::path(&self.folder, self.end.segment);
        let written = write_all(&mut *self.file, &self.buffer)
            .map_err(StoreError::io("write", &path))
            .and_then(|()| self.file.sync().map_err(StoreError::io("sync", &path)));
        if let Err(error) = written {
            // After a failed sync the system may have dropped the pages, so writing again could succeed without
            // them.
            self.cut_off_failed_group(&path);
            return Err(error);
        }
        self.end.offset += bytes;
        Ok(())
    }

    /// Closes the open segment if it contains anything: the next group begins a new one. A closed segment is
    /// never appended to again.
    ///
    /// # Errors
    /// As for [`Self::append`].
    pub fn seal(&mut self) -> Result<()> {
        if let Some(poisoned) = &self.poisoned {
            return Err(poisoned.clone());
        }
        if self.end.offset > HEADER_BYTES {
            self.begin_next().inspect_err(|error| self.poisoned = Some(error.poison()))?;
        }
        Ok(())
    }

    /// True after a failed write or sync.
    pub fn is_poisoned(&self) -> bool {
        self.poisoned.is_some()
    }

    /// Goes on after a failed write or sync, without using anything of it: the segment is cut to its last
    /// acknowledged byte, read back and checked, and closed; a new file takes what comes. Until all of that worked
    /// the journal stays as it is.
    ///
    /// # Errors
    /// As for [`Self::append`].
    pub fn write_again(&mut self) -> Result<()> {
        if self.poisoned.is_none() {
            return Ok(());
        }
        let (number, offset) = (self.end.segment, self.end.offset);
        let path = segment::path(&self.folder, number);
        // A next segment that was begun in vain holds no event.
        let next = segment::path(&self.folder, number + 1);
        remove_if_there(&next)?;
        if offset > HEADER_BYTES {
            let mut file = self.disk.append(&path).map_err(StoreError::io("open", &path))?;
            file.truncate(offset).and_then(|()| file.sync()).map_err(StoreError::io("truncate", &path))?;
            let segment = Segment::load(&self.folder, number, false)?;
            if segment.for_each(|_| ())? != offset || segment.bytes() != offset {
                return Err(StoreError::corrupt(&path, offset, "it does not end at its last acknowledged event"));
            }
            self.begin_next()?;
        } else {
            // Nothing was acknowledged in this one: a new file takes its place, in one step.
            let new = path.with_extension("journal.tmp");
            remove_if_there(&new)?;
            let mut file = self.disk.create(&new).map_err(StoreError::io("create", &new))?;
            write_header(&mut *file, &new, number)?;
            std::fs::rename(&new, &path).map_err(StoreError::io("rename", &new))?;
            self.disk.sync_folder(&self.folder).map_err(StoreError::io("sync", &self.folder))?;
            self.file = file;
        }
        self.poisoned = None;
        Ok(())
    }

    /// Closes the open segment and begins the next one.
    fn begin_next(&mut self) -> Result<()> {
        (self.file, self.end) = begin(&*self.disk, &self.folder, self.end.segment + 1)?;
        chain::extend(&self.folder, self.end.offset)
    }

    /// Cuts a failed group off the file, if the system allows it. Truncating needs none of the bytes that the
    /// failed call lost; if it fails too, opening the journal again handles the rest.
    fn cut_off_failed_group(&mut self, path: &Path) {
        if let Err(error) = self.file.truncate(self.end.offset).and_then(|()| self.file.sync()) {
            tracing::warn!(%error, path = %path.display(), "the failed write could not be cut off; its unacknowledged events may stay in the journal");
        }
    }

    /// The position behind the last event.
    pub fn end(&self) -> Position {
        self.end
    }

    /// The journal's folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The message hashes of the last `limit` events, oldest first.
    pub fn recent_hashes(&self, limit: usize) -> Result<Vec<u128>> {
        let chain = chain::SegmentChain::read(&self.folder)?;
        let mut newest_first: Vec<Vec<u128>> = Vec::new();
        let mut found = 0;
        for number in segment::list(&self.folder)?.into_iter().rev() {
            // Newest segments first, so that only the needed ones are read.
            if found >= limit {
                break;
            }
            let mut hashes = Vec::new();
            let segment = Segment::load(&self.folder, number, number == self.end.segment)?;
            // A reindex may rewrite a segment meanwhile; then the chain as it is now decides.
            if chain.as_ref().is_some_and(|chain| !chain.holds(number, segment.raw())) {
                chain::check_content(&self.folder, number, segment.raw())?;
            }
            segment.for_each(|frame| hashes.extend((!frame.is_redacted()).then_some(frame.hash)))?;
            found += hashes.len();
            newest_first.push(hashes);
        }
        Ok(newest_first.into_iter().rev().flatten().skip(found.saturating_sub(limit)).collect())
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        // The next start then knows how far the open segment reached. After a failure nothing is claimed.
        if self.poisoned.is_none()
            && let Err(error) = chain::extend(&self.folder, self.end.offset)
        {
            tracing::debug!(%error, "the length of the open segment is not recorded");
        }
    }
}

/// Creates segment `number`; its header and its name are durable on return.
fn begin(disk: &dyn Disk, folder: &Path, number: u64) -> Result<(Box<dyn DiskFile>, Position)> {
    let path = segment::path(folder, number);
    let mut file = disk.create(&path).map_err(StoreError::io("create", &path))?;
    write_header(&mut *file, &path, number)?;
    disk.sync_folder(folder).map_err(StoreError::io("sync", folder))?;
    Ok((file, Position { segment: number, offset: HEADER_BYTES }))
}

/// Opens the last segment for appending and cuts off a torn tail.
fn recover(disk: &dyn Disk, folder: &Path, number: u64) -> Result<(Box<dyn DiskFile>, Position)> {
    let segment = Segment::load(folder, number, true)?;
    let path = segment.path();
    let end = segment.for_each(|_| ())?;
    let mut file = disk.append(path).map_err(StoreError::io("open", path))?;
    if segment.is_unfinished() {
        file.truncate(0).map_err(StoreError::io("truncate", path))?;
        write_header(&mut *file, path, number)?;
    } else if end < segment.bytes() {
        tracing::warn!(path = %path.display(), bytes = segment.bytes() - end, "cutting off an interrupted write");
        file.truncate(end).map_err(StoreError::io("truncate", path))?;
    }
    // The events of a killed process may not be durable yet; they must be before a repetition is answered as
    // a duplicate.
    file.sync().map_err(StoreError::io("sync", path))?;
    disk.sync_folder(folder).map_err(StoreError::io("sync", folder))?;
    Ok((file, Position { segment: number, offset: end }))
}

fn remove_if_there(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(StoreError::io("remove", path)(error)),
        _ => Ok(()),
    }
}

fn write_header(file: &mut dyn DiskFile, path: &Path, number: u64) -> Result<()> {
    write_all(file, &segment::header(number)).map_err(StoreError::io("write", path))?;
    file.sync().map_err(StoreError::io("sync", path))
}

fn write_all(file: &mut dyn DiskFile, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match file.write(bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => bytes = &bytes[written..],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
