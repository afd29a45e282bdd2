//! Salvage: a damaged journal made readable again, without the damaged parts. Each damaged part is blanked in its
//! place, as if its events had been removed, so every position stays valid; a missing segment is replaced by an
//! empty one. The file as it was stays beside it as `NUMBER.journal.damaged`, until an erasure removes events.
//!
//! The chain marks each such segment. A server goes on with the rest and says so; a reindex refuses until an
//! operator accepts the loss, because what it learns would silently be less.

use std::fs;
use std::path::Path;

use super::Position;
use super::chain::{self, ChainLink, LostPart, SegmentChain, SegmentSum};
use super::frame::{Frame, HEAD_BYTES, JournalRecord, next_frame};
use super::segment::{self, HEADER_BYTES, numbers};
use crate::store::disk;
use crate::store::error::{Result, StoreError};

/// The most bytes of one blank.
const BLANK_BYTES: usize = 1 << 20;
/// The fewest bytes of a blank: a frame with one byte of content.
const LEAST_BYTES: usize = HEAD_BYTES + 1;

/// One segment of which a part was lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SalvagedSegment {
    /// Its number.
    pub number: u64,
    /// The bytes that are lost, as far as they are known.
    pub lost_bytes: u64,
    /// True if the whole file was gone.
    pub missing: bool,
}

impl std::fmt::Display for SalvagedSegment {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.missing {
            true => write!(out, "journal/{:010}.journal was missing and is left out", self.number),
            false => {
                write!(out, "{} bytes of journal/{:010}.journal are damaged and left out", self.lost_bytes, self.number)
            }
        }
    }
}

/// Makes the journal in `folder` readable. `applied` is the position up to which the profiles were written: no later
/// event may get a smaller one. With `open` the open segment is looked at too; no server is then running.
///
/// # Errors
/// A system error.
pub fn salvage(folder: &Path, applied: Position, open: bool) -> Result<Vec<SalvagedSegment>> {
    let before = SegmentChain::read(folder)?;
    let found = numbers(folder)?;
    let first = before.as_ref().and_then(|chain| chain.closed.first()).map(|link| link.number);
    let first = first.into_iter().chain(found.first().copied()).min().unwrap_or(1);
    let named = before.as_ref().map_or(0, |chain| chain.open);
    let last = found.last().copied().unwrap_or(first).max(named).max(applied.segment);
    // An end of the open segment that was once durable is lost, not torn.
    let durable = |number: u64| {
        let known = before.as_ref().filter(|chain| chain.open == number).map_or(0, |chain| chain.open_bytes);
        if applied.segment == number { known.max(applied.offset) } else { known }
    };
    let mut salvaged = Vec::new();
    for number in first..=last {
        if number == last && !open {
            break;
        }
        let link = before.as_ref().and_then(|chain| chain.link(number));
        let reach = (number == last).then(|| durable(number));
        if let Some(one) = salvage_one(folder, number, reach, link)? {
            salvaged.push(one);
        }
    }
    let durable = durable(last);
    let bytes = fs::metadata(segment::path(folder, last)).map_or(0, |about| about.len());
    if open && bytes.max(HEADER_BYTES) < durable {
        let missing = salvaged.pop_if(|one| one.number == last).is_some_and(|one| one.missing);
        salvaged.push(SalvagedSegment { number: last, lost_bytes: durable - bytes, missing });
    }
    if salvaged.last().is_some_and(|one| one.number == last) {
        // No later event may get a position that was given before, and the chain marks closed segments: a new one is
        // begun.
        put(folder, last + 1, &segment::header(last + 1))?;
    }
    mark(folder, before.as_ref(), &salvaged)?;
    Ok(salvaged)
}

/// Makes one segment readable; absent if it was.
/// `reach` is the durable length of the last one.
fn salvage_one(
    folder: &Path,
    number: u64,
    reach: Option<u64>,
    link: Option<&ChainLink>,
) -> Result<Option<SalvagedSegment>> {
    let path = segment::path(folder, number);
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            put(folder, number, &segment::header(number))?;
            let lost_bytes = link.map_or(0, |link| link.sum.bytes.saturating_sub(HEADER_BYTES));
            return Ok(Some(SalvagedSegment { number, lost_bytes, missing: true }));
        }
        Err(error) => return Err(StoreError::io("read", &path)(error)),
    };
    let (mended, mut lost_bytes) = mended(&bytes, number, reach);
    if let Some(link) = link {
        let sum = SegmentSum::of(&bytes);
        if mended == bytes && !link.fits(|fitting| *fitting == sum) {
            // Every frame is whole, and yet it is not the segment that was closed.
            lost_bytes = link.sum.bytes.abs_diff(bytes.len() as u64).max(1);
            return Ok(Some(SalvagedSegment { number, lost_bytes, missing: false }));
        }
    }
    if mended == bytes {
        return Ok(None);
    }
    let aside = path.with_extension("journal.damaged");
    fs::copy(&path, &aside).map_err(StoreError::io("copy", &aside))?;
    put(folder, number, &mended)?;
    Ok(Some(SalvagedSegment { number, lost_bytes, missing: false }))
}

/// A segment with every damaged part blanked, and the number of blanked bytes. The end of a last segment may be torn
/// behind `reach`; it stays as it is, and recovery cuts it off.
fn mended(bytes: &[u8], number: u64, reach: Option<u64>) -> (Vec<u8>, u64) {
    let mut out = segment::header(number);
    let mut lost = if bytes.starts_with(&out) { 0 } else { bytes.len().min(out.len()) as u64 };
    let mut at = HEADER_BYTES as usize;
    while at < bytes.len() {
        if let Ok(frame) = Frame::parse(&bytes[at..]) {
            let after = at + frame.bytes() as usize;
            out.extend_from_slice(&bytes[at..after]);
            at = after;
            continue;
        }
        let next = next_frame(bytes, at + 1);
        if let (None, Some(reach)) = (next, reach) {
            match (at as u64 >= reach, lost) {
                (true, 0) => out.extend_from_slice(&bytes[at..]),
                // Behind a damaged part the segment is closed, and a torn end was never acknowledged.
                (true, _) => {}
                (false, _) => lost += (bytes.len() - at) as u64,
            }
            break;
        }
        let until = next.unwrap_or(bytes.len());
        lost += (until - at) as u64;
        blank(&mut out, until - at);
        at = until;
    }
    (out, lost)
}

/// Appends blank frames of this length; what is too short for one is left out.
fn blank(out: &mut Vec<u8>, mut length: usize) {
    while length >= LEAST_BYTES {
        let mut one = length.min(BLANK_BYTES);
        if length > one && length - one < LEAST_BYTES {
            one -= LEAST_BYTES;
        }
        JournalRecord::blank(one - HEAD_BYTES).write(out.len() as u64, out);
        length -= one;
    }
}

fn put(folder: &Path, number: u64, bytes: &[u8]) -> Result<()> {
    let path = segment::path(folder, number);
    let temporary = path.with_extension("journal.tmp");
    fs::write(&temporary, bytes).and_then(|()| disk::publish(&temporary, &path)).map_err(StoreError::io("write", &path))
}

/// Marks the segments in the chain.
fn mark(folder: &Path, before: Option<&SegmentChain>, salvaged: &[SalvagedSegment]) -> Result<()> {
    chain::extend(folder, 0)?;
    chain::update(folder, |chain| {
        for link in &mut chain.closed {
            if !salvaged.iter().any(|one| one.number == link.number) {
                continue;
            }
            let was = before.and_then(|before| before.link(link.number)).map(|link| link.sum.clone());
            let path = segment::path(folder, link.number);
            link.sum = SegmentSum::of(&fs::read(&path).map_err(StoreError::io("read", &path))?);
            (link.next, link.lost) = (None, Some(LostPart { was, accepted: false }));
        }
        Ok(())
    })
}
