//! The chain of a journal's segments: number, length and checksum of every closed one, and the number of the open
//! one, in `segments.json` beside them. Frames have checksums of their own; the chain tells what they cannot: that a
//! first, middle or last segment is gone, that one was cut between two frames, or replaced by an older copy.
//!
//! The server extends it when it closes a segment, a reindex when it rewrites or deletes one; both hold its lock.
//! While a segment is being replaced its link names the old content and the new one, so a stop in between leaves a
//! chain that fits. A chain that lags behind the segments, after a stop or in a copy, is extended at the next start.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::segment::{self, HEADER_BYTES, numbers};
use crate::store::disk;
use crate::store::error::{Result, StoreError};
use crate::store::sealed;

/// The format version written, and the newest one read.
pub const CHAIN_VERSION: u32 = 1;

/// Length and checksum of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentSum {
    /// Length in bytes.
    pub bytes: u64,
    /// XXH3-64 of the content, in hex.
    pub xxh3: String,
}

/// A part of a segment that was lost and left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LostPart {
    /// The content as it was written; a backup of it fits too. Absent if the whole segment is gone unseen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<SegmentSum>,
    /// True once an operator said to go on without it.
    pub accepted: bool,
}

/// One closed segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainLink {
    /// The segment's number.
    pub number: u64,
    /// Its content.
    #[serde(flatten)]
    pub sum: SegmentSum,
    /// Its content after the replacement under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<SegmentSum>,
    /// The part that was lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost: Option<LostPart>,
}

/// The chain of one journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentChain {
    format: u32,
    /// The number of the open segment.
    pub open: u64,
    /// The length that the open segment has at least, as of the last start or stop of a server.
    #[serde(default)]
    pub open_bytes: u64,
    /// The closed segments, ascending.
    pub closed: Vec<ChainLink>,
}

#[derive(Deserialize)]
struct ChainFormat {
    format: u32,
}

impl SegmentSum {
    /// The sum over bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self { bytes: bytes.len() as u64, xxh3: sealed::checksum(bytes) }
    }

    fn of_file(path: &Path) -> Result<Self> {
        Ok(Self::of(&fs::read(path).map_err(StoreError::io("read", path))?))
    }
}

impl ChainLink {
    /// True if a content of this sum is, or may be, the segment's.
    pub(super) fn fits(&self, fits: impl Fn(&SegmentSum) -> bool) -> bool {
        let was = self.lost.as_ref().and_then(|lost| lost.was.as_ref());
        [Some(&self.sum), self.next.as_ref(), was].into_iter().flatten().any(fits)
    }
}

/// Path of the chain.
pub fn path(folder: &Path) -> PathBuf {
    folder.join("segments.json")
}

/// The lock of the chain, shared or alone; absent where the folder cannot be written, as in a copy for reading.
fn lock(folder: &Path, alone: bool) -> Result<Option<File>> {
    let path = folder.join("segments.lock");
    let Ok(file) = OpenOptions::new().write(true).create(true).truncate(false).open(&path) else { return Ok(None) };
    let locked = if alone { file.lock() } else { file.lock_shared() };
    locked.map_err(StoreError::io("lock", &path))?;
    Ok(Some(file))
}

/// The advice for a segment that is missing or damaged.
pub fn remedy(folder: &Path) -> &'static str {
    match folder.ends_with("changes") {
        true => "restore it from a backup, or move the folder `changes` away and import the whole feed",
        false => "restore it from a backup; without one, `tastemaker reindex --salvage` goes on without it",
    }
}

fn damage(folder: &Path, number: u64, detail: String) -> StoreError {
    StoreError::Corrupt { path: segment::path(folder, number), offset: 0, detail, remedy: remedy(folder) }
}

impl SegmentChain {
    /// Reads the chain; absent in journals of earlier releases. One that cannot be read is logged and counts as
    /// absent: the segments have checksums of their own, and the next start makes it again.
    ///
    /// # Errors
    /// [`StoreError::NewerFormat`], or a system error.
    pub fn read(folder: &Path) -> Result<Option<Self>> {
        let path = path(folder);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(StoreError::io("read", &path)(error)),
        };
        let json = sealed::unsealed(&text).unwrap_or_default();
        if let Some(found) = serde_json::from_slice::<ChainFormat>(json).ok().map(|about| about.format)
            && found > CHAIN_VERSION
        {
            return Err(StoreError::NewerFormat { path, found, supported: CHAIN_VERSION });
        }
        let chain = serde_json::from_slice(json).ok();
        if chain.is_none() {
            tracing::warn!(path = %path.display(), "the list of segments is damaged; it is made again at the next start of a server");
        }
        Ok(chain)
    }

    fn write(&self, folder: &Path) -> Result<()> {
        sealed::write(&path(folder), self)
    }

    /// The link of a closed segment.
    pub fn link(&self, number: u64) -> Option<&ChainLink> {
        self.closed.binary_search_by_key(&number, |link| link.number).ok().map(|at| &self.closed[at])
    }

    /// Checks that every segment it names is there with its length.
    fn check_files(&self, folder: &Path, found: &[u64]) -> Result<()> {
        for link in &self.closed {
            let path = segment::path(folder, link.number);
            let Ok(about) = fs::metadata(&path) else {
                return Err(damage(folder, link.number, "the file is missing".to_owned()));
            };
            if !link.fits(|sum| sum.bytes == about.len()) {
                let detail = format!("it has {} bytes, {} were written", about.len(), link.sum.bytes);
                return Err(damage(folder, link.number, detail));
            }
        }
        if found.last().is_none_or(|last| *last < self.open) {
            return Err(damage(folder, self.open, "the file is missing".to_owned()));
        }
        let bytes = fs::metadata(segment::path(folder, self.open)).map_or(0, |about| about.len());
        if bytes < self.open_bytes {
            let detail = format!("it has {bytes} bytes, at least {} were written", self.open_bytes);
            return Err(damage(folder, self.open, detail));
        }
        Ok(())
    }

    /// True if the content of a segment is the one that was written, or the segment is not closed.
    pub fn holds(&self, number: u64, bytes: &[u8]) -> bool {
        self.link(number).is_none_or(|link| {
            let sum = SegmentSum::of(bytes);
            link.fits(|fitting| *fitting == sum)
        })
    }
}

/// The numbers of the segments in a folder, ascending, checked against each other and the chain.
///
/// # Errors
/// [`StoreError::Corrupt`] if one is missing, or has another length than it was closed with.
pub fn checked_numbers(folder: &Path) -> Result<Vec<u64>> {
    let _lock = lock(folder, false)?;
    let chain = SegmentChain::read(folder)?;
    let found = numbers(folder)?;
    if let Some(pair) = found.windows(2).find(|pair| pair[1] - pair[0] != 1) {
        return Err(damage(folder, pair[0] + 1, "the file is missing".to_owned()));
    }
    chain.map_or(Ok(()), |chain| chain.check_files(folder, &found))?;
    Ok(found)
}

/// Checks a loaded segment against the chain as it is now.
///
/// # Errors
/// [`StoreError::Corrupt`] if it is not the one that was closed.
pub fn check_content(folder: &Path, number: u64, bytes: &[u8]) -> Result<()> {
    match SegmentChain::read(folder)?.is_none_or(|chain| chain.holds(number, bytes)) {
        true => Ok(()),
        false => Err(damage(folder, number, "its content is not the one that was written".to_owned())),
    }
}

/// Changes the chain durably, as its only writer. A chain that is absent begins with the segments as they are.
pub(in crate::store) fn update(folder: &Path, change: impl FnOnce(&mut SegmentChain) -> Result<()>) -> Result<()> {
    let _lock = lock(folder, true)?;
    let before = SegmentChain::read(folder)?;
    let mut chain =
        before.clone().unwrap_or(SegmentChain { format: CHAIN_VERSION, open: 0, open_bytes: 0, closed: Vec::new() });
    change(&mut chain)?;
    if before.as_ref() == Some(&chain) { Ok(()) } else { chain.write(folder) }
}

/// Adds every segment that was closed since the chain was written. `bytes` of the open one are durable.
pub(super) fn extend(folder: &Path, bytes: u64) -> Result<()> {
    update(folder, |chain| {
        let mut found = numbers(folder)?;
        chain.open = found.pop().unwrap_or_default().max(chain.open);
        // A header alone holds nothing that could be lost.
        chain.open_bytes = if bytes > HEADER_BYTES { bytes } else { 0 };
        for number in found {
            if let Err(at) = chain.closed.binary_search_by_key(&number, |link| link.number) {
                let sum = SegmentSum::of_file(&segment::path(folder, number))?;
                chain.closed.insert(at, ChainLink { number, sum, next: None, lost: None });
            }
        }
        // A lost segment that was put back is lost no more.
        for link in &mut chain.closed {
            if let Some(was) = link.lost.as_ref().and_then(|lost| lost.was.clone())
                && SegmentSum::of_file(&segment::path(folder, link.number))? == was
            {
                (link.sum, link.lost) = (was, None);
            }
        }
        Ok(())
    })
}

/// Replaces a closed segment by `write`, which leaves `bytes` in its place or nothing changed.
pub(in crate::store) fn replacing(
    folder: &Path,
    number: u64,
    bytes: &[u8],
    write: impl FnOnce() -> Result<()>,
) -> Result<()> {
    let sum = SegmentSum::of(bytes);
    let link = |chain: &mut SegmentChain, change: &dyn Fn(&mut ChainLink)| {
        chain.closed.iter_mut().filter(|link| link.number == number).for_each(change);
        Ok(())
    };
    // Nothing to do for a journal without a chain.
    if SegmentChain::read(folder)?.is_none() {
        return write();
    }
    update(folder, |chain| link(chain, &|link| link.next = Some(sum.clone())))?;
    write()?;
    update(folder, |chain| {
        link(chain, &|link| {
            (link.sum, link.next) = (sum.clone(), None);
            // The part that was lost cannot come back into a rewritten segment.
            if let Some(lost) = &mut link.lost {
                lost.was = None;
            }
        })
    })
}

/// Deletes a leading segment; durable on return.
pub(in crate::store) fn delete(folder: &Path, number: u64) -> Result<()> {
    let _lock = lock(folder, true)?;
    if let Some(mut chain) = SegmentChain::read(folder)? {
        // The chain first: a segment that it no longer names may be there or not.
        chain.closed.retain(|link| link.number != number);
        chain.write(folder)?;
    }
    let path = segment::path(folder, number);
    fs::remove_file(&path).map_err(StoreError::io("remove", &path))?;
    disk::sync_folder(folder).map_err(StoreError::io("sync", folder))
}

/// The segments of which a part was lost, and nobody said yet to go on without it.
pub fn unaccepted(folder: &Path) -> Result<Vec<u64>> {
    let chain = SegmentChain::read(folder)?;
    let closed = chain.map(|chain| chain.closed).unwrap_or_default();
    let open = closed.into_iter().filter(|link| link.lost.as_ref().is_some_and(|lost| !lost.accepted));
    Ok(open.map(|link| link.number).collect())
}

/// Records that an operator said to go on without the parts that were lost.
pub fn accept(folder: &Path) -> Result<()> {
    update(folder, |chain| {
        chain.closed.iter_mut().filter_map(|link| link.lost.as_mut()).for_each(|lost| lost.accepted = true);
        Ok(())
    })
}
