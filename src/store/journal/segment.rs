//! One file of the journal: a header, then frames. Segments are numbered without gaps. Only the last one is
//! appended to, so only its end may be torn.
//!
//! ```text
//! magic "TMJOURNL" | version u32 | 0 u32 | number u64 | XXH3-64 of these u64 | frames
//! ```
//!
//! The 32 bytes of the header have the same layout in every version, so that an older release can distinguish
//! a newer file from a damaged one.

use std::fs;
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::xxh3_64;

use super::chain::SegmentChain;
use super::frame::{Frame, later_group_exists};
use crate::store::error::{Result, StoreError};

/// Bytes before the first frame.
pub const HEADER_BYTES: u64 = 32;

/// The format version written, and the newest one read. Version 2 added kinds of events, times of receipt
/// and redacted frames; version 1 is read in the same way.
pub const VERSION: u32 = 2;

const MAGIC: &[u8; 8] = b"TMJOURNL";
const EXTENSION: &str = "journal";

/// Path of segment `number`.
pub fn path(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("{number:010}.{EXTENSION}"))
}

/// The header of segment `number`.
pub fn header(number: u64) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(&number.to_le_bytes());
    bytes.extend_from_slice(&xxh3_64(&bytes).to_le_bytes());
    bytes
}

/// The numbers of the segments in a folder, ascending.
///
/// # Errors
/// [`StoreError::Corrupt`] if one is missing, or not as long as it was when it was closed.
pub fn list(folder: &Path) -> Result<Vec<u64>> {
    super::chain::checked_numbers(folder)
}

/// The numbers of the segments that are there, ascending.
pub(super) fn numbers(folder: &Path) -> Result<Vec<u64>> {
    let mut numbers = Vec::new();
    for entry in fs::read_dir(folder).map_err(StoreError::io("read", folder))? {
        let path = entry.map_err(StoreError::io("read", folder))?.path();
        let stem = path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.parse().ok());
        if let (Some(number), Some(EXTENSION)) = (stem, path.extension().and_then(|end| end.to_str())) {
            numbers.push(number);
        }
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// The bytes of a segment at the time of loading.
#[derive(Debug)]
pub struct Segment {
    /// Its number in the journal.
    pub number: u64,
    path: PathBuf,
    bytes: Vec<u8>,
    last: bool,
    /// The length that was durable when a server last started or stopped; 0 unless this is the last segment.
    durable: u64,
}

/// A frame, and the offset behind it.
pub type FrameAt<'a> = (Frame<'a>, u64);

impl Segment {
    /// Reads segment `number`; `last` if no other follows it.
    pub fn load(folder: &Path, number: u64, last: bool) -> Result<Self> {
        let path = path(folder, number);
        let bytes = fs::read(&path).map_err(StoreError::io("read", &path))?;
        let chain = if last { SegmentChain::read(folder)? } else { None };
        let durable = chain.filter(|chain| chain.open == number).map_or(0, |chain| chain.open_bytes);
        let segment = Self { number, path, bytes, last, durable };
        segment.check_header()?;
        Ok(segment)
    }

    fn check_header(&self) -> Result<()> {
        if self.is_unfinished() {
            return Ok(());
        }
        let corrupt = |offset, detail: &str| Err(self.damage(offset, detail));
        let Some(header) = self.bytes.first_chunk::<{ HEADER_BYTES as usize }>() else {
            return corrupt(self.bytes.len() as u64, "the file ends inside its header");
        };
        let (summed, checksum) = header.split_at(24);
        if !summed.starts_with(MAGIC) {
            return corrupt(0, "this is no journal segment");
        }
        if xxh3_64(summed).to_le_bytes() != checksum {
            return corrupt(24, "the header does not match its checksum");
        }
        let found = u32::from_le_bytes([header[8], header[9], header[10], header[11]]);
        if found > VERSION {
            return Err(StoreError::NewerFormat { path: self.path.clone(), found, supported: VERSION });
        }
        if summed[16..24] != self.number.to_le_bytes() {
            return corrupt(16, "the file has the number of another segment");
        }
        Ok(())
    }

    /// True if this is a last segment whose creation was interrupted. Nothing is written behind a header
    /// before the header is durable.
    pub fn is_unfinished(&self) -> bool {
        self.last && self.bytes.len() as u64 <= HEADER_BYTES && self.bytes != header(self.number)
    }

    /// Length in bytes, including a torn tail.
    pub fn bytes(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// All bytes.
    pub fn raw(&self) -> &[u8] {
        &self.bytes
    }

    /// Path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The frame at `offset` and the offset behind it. Absent at the end, which in a last segment is also the
    /// beginning of a torn tail.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] on damage that an interrupted write does not explain.
    pub fn frame_at(&self, offset: u64) -> Result<Option<FrameAt<'_>>> {
        let rest = self.bytes.get(offset as usize..).unwrap_or_default();
        if rest.is_empty() || self.is_unfinished() {
            return Ok(None);
        }
        match Frame::parse(rest) {
            Ok(frame) => Ok(Some((frame, offset + frame.bytes()))),
            // Torn, not damaged: nothing behind it was ever synced.
            Err(_) if self.last && offset >= self.durable && !later_group_exists(&self.bytes, offset) => Ok(None),
            Err(detail) => Err(self.damage(offset, detail)),
        }
    }

    /// Damage at an offset, with the advice for this journal.
    fn damage(&self, offset: u64, detail: &str) -> StoreError {
        let remedy = self.path.parent().map_or("restore it from a backup", super::chain::remedy);
        StoreError::Corrupt { path: self.path.clone(), offset, detail: detail.to_owned(), remedy }
    }

    /// Visits every frame; returns the offset behind the last intact one.
    pub fn for_each(&self, mut visit: impl FnMut(Frame<'_>)) -> Result<u64> {
        let mut offset = HEADER_BYTES;
        while let Some((frame, after)) = self.frame_at(offset)? {
            visit(frame);
            offset = after;
        }
        Ok(offset)
    }
}
