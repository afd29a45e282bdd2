//! The frame of one event on disk. A frame names the group it was synced with, so that recovery can
//! distinguish a group that was never finished, and so never acknowledged, from a damaged finished one.
//!
//! ```text
//! marker 4 | payload bytes u32 | checksum u64 | message hash u128 | group u64 | payload
//! ```
//!
//! Little-endian. The checksum is XXH3-64 of everything behind it, seeded with the length; the group is the
//! offset in the segment at which its group begins. The marker cannot occur in a payload, because its bytes
//! are not UTF-8.
//!
//! A redacted frame has the same length as before, so that positions stay valid: its payload is blanks, its
//! message hash 0.

use tastemaker_index::event::Event;
use xxhash_rust::xxh3::{xxh3_64_with_seed, xxh3_128};

/// Bytes before the payload.
pub const HEAD_BYTES: usize = 40;

/// The largest payload, in bytes: room for an event with the most products and the longest ids, every
/// character escaped.
pub const MAX_PAYLOAD_BYTES: usize = 4 << 20;

/// The filler of redacted frames; no event begins with it.
const BLANK: u8 = b' ';

const MARKER: [u8; 4] = [0xFF, b'T', b'M', 0xFE];

/// The 128-bit hash of a message id (XXH3-128).
pub fn message_hash(message_id: &str) -> u128 {
    xxh3_128(message_id.as_bytes())
}

/// An encoded event, ready to be written.
#[derive(Debug, Clone)]
pub struct JournalRecord {
    /// Hash of the message id.
    pub hash: u128,
    payload: Vec<u8>,
}

impl JournalRecord {
    /// Encodes an event.
    ///
    /// # Errors
    /// A sentence for the sender if the event is too large or has no message id.
    pub fn new(event: &Event) -> Result<Self, String> {
        let Some(message_id) = &event.message_id else { return Err("message_id: is missing".to_owned()) };
        let payload = serde_json::to_vec(event).map_err(|error| error.to_string())?;
        Self::of_json(message_hash(message_id), payload)
    }

    /// A record of any JSON, with the hash of its id.
    ///
    /// # Errors
    /// A sentence for the sender if it is too large.
    pub fn of_json(hash: u128, payload: Vec<u8>) -> Result<Self, String> {
        match payload.len() <= MAX_PAYLOAD_BYTES {
            true => Ok(Self { hash, payload }),
            false => Err(format!("has {} bytes, at most {MAX_PAYLOAD_BYTES} are allowed", payload.len())),
        }
    }

    /// A removed event, with a payload of this length.
    pub(super) fn blank(bytes: usize) -> Self {
        Self { hash: 0, payload: vec![BLANK; bytes] }
    }

    /// Bytes on disk.
    pub fn bytes(&self) -> u64 {
        (HEAD_BYTES + self.payload.len()) as u64
    }

    /// Appends the frame to `out`, as part of the group that begins at offset `group`.
    pub fn write(&self, group: u64, out: &mut Vec<u8>) {
        let length = self.payload.len() as u32;
        out.extend_from_slice(&MARKER);
        out.extend_from_slice(&length.to_le_bytes());
        let checksum_at = out.len();
        out.extend_from_slice(&[0; 8]);
        out.extend_from_slice(&self.hash.to_le_bytes());
        out.extend_from_slice(&group.to_le_bytes());
        out.extend_from_slice(&self.payload);
        let checksum = xxh3_64_with_seed(&out[checksum_at + 8..], u64::from(length));
        out[checksum_at..checksum_at + 8].copy_from_slice(&checksum.to_le_bytes());
    }
}

/// A frame with a valid checksum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Hash of the message id.
    pub hash: u128,
    /// Offset in the segment at which its group begins.
    pub group: u64,
    /// The event as JSON.
    pub payload: &'a [u8],
}

impl<'a> Frame<'a> {
    /// Parses the frame at the start of `bytes`.
    ///
    /// # Errors
    /// The mismatch found.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, &'static str> {
        const ENDS: &str = "the file ends inside a frame";
        let (marker, rest) = bytes.split_first_chunk::<4>().ok_or(ENDS)?;
        if *marker != MARKER {
            return Err("no frame begins here");
        }
        let (length, rest) = rest.split_first_chunk::<4>().ok_or(ENDS)?;
        let (checksum, rest) = rest.split_first_chunk::<8>().ok_or(ENDS)?;
        let length = u32::from_le_bytes(*length);
        if length as usize > MAX_PAYLOAD_BYTES {
            return Err("a frame has an impossible length");
        }
        let summed = rest.get(..HEAD_BYTES - 16 + length as usize).ok_or(ENDS)?;
        if xxh3_64_with_seed(summed, u64::from(length)) != u64::from_le_bytes(*checksum) {
            return Err("a frame does not match its checksum");
        }
        let (hash, rest) = summed.split_first_chunk::<16>().ok_or(ENDS)?;
        let (group, payload) = rest.split_first_chunk::<8>().ok_or(ENDS)?;
        Ok(Self { hash: u128::from_le_bytes(*hash), group: u64::from_le_bytes(*group), payload })
    }

    /// Bytes on disk.
    pub fn bytes(&self) -> u64 {
        (HEAD_BYTES + self.payload.len()) as u64
    }

    /// True if the event was removed.
    pub fn is_redacted(&self) -> bool {
        self.payload.first() == Some(&BLANK)
    }

    /// The frame that replaces this one when its event is removed; of the same length.
    pub fn redacted(&self) -> Vec<u8> {
        self.with(0, vec![BLANK; self.payload.len()], self.group)
    }

    /// The frame that replaces this one with a shorter event: `json`, filled up with blanks. Absent if `json`
    /// is longer than the event.
    pub fn reduced(&self, mut json: Vec<u8>) -> Option<Vec<u8>> {
        (json.len() <= self.payload.len()).then(|| {
            json.resize(self.payload.len(), BLANK);
            self.with(self.hash, json, self.group)
        })
    }

    /// The same frame as part of the group that begins at `group`.
    pub fn moved(&self, group: u64) -> Vec<u8> {
        self.with(self.hash, self.payload.to_vec(), group)
    }

    fn with(&self, hash: u128, payload: Vec<u8>, group: u64) -> Vec<u8> {
        let mut out = Vec::with_capacity(HEAD_BYTES + payload.len());
        JournalRecord { hash, payload }.write(group, &mut out);
        out
    }
}

/// The offset of the next intact frame at or behind `from`.
pub(super) fn next_frame(segment: &[u8], mut from: usize) -> Option<usize> {
    loop {
        let rest = segment.get(from..)?;
        from += rest.windows(MARKER.len()).position(|window| window == MARKER)?;
        if Frame::parse(&segment[from..]).is_ok() {
            return Some(from);
        }
        from += 1;
    }
}

/// True if an intact frame behind `offset` belongs to a group that begins behind `offset`.
///
/// A group is only begun after the one before it is durable, so such a frame proves that the bytes at
/// `offset` were durable once: they are damaged, not torn.
pub fn later_group_exists(segment: &[u8], offset: u64) -> bool {
    let mut at = offset as usize + 1;
    while let Some(rest) = segment.get(at..) {
        let Some(skip) = rest.windows(MARKER.len()).position(|window| window == MARKER) else { return false };
        at += skip;
        if Frame::parse(&segment[at..]).is_ok_and(|frame| frame.group > offset && frame.group <= at as u64) {
            return true;
        }
        at += 1;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn frame() -> Vec<u8> {
        let mut out = Vec::new();
        JournalRecord { hash: message_hash("m1"), payload: br#"{"type":"view"}"#.to_vec() }.write(32, &mut out);
        out
    }

    #[test]
    fn a_frame_reads_back() {
        let bytes = frame();
        let expected = Frame { hash: message_hash("m1"), group: 32, payload: br#"{"type":"view"}"# };
        assert_eq!(Frame::parse(&bytes), Ok(expected));
        assert_eq!(expected.bytes(), bytes.len() as u64);
    }

    #[test]
    fn a_redacted_frame_holds_nothing_and_takes_the_same_place() {
        let bytes = frame();
        let redacted = Frame::parse(&bytes).map(|frame| frame.redacted()).unwrap_or_default();
        assert_eq!(redacted.len(), bytes.len());
        let frame = Frame::parse(&redacted);
        assert!(frame.is_ok_and(|frame| frame.is_redacted() && frame.group == 32 && frame.hash == 0));
        assert!(!Frame::parse(&bytes).is_ok_and(|frame| frame.is_redacted()));
    }

    #[test]
    fn a_flip_of_any_bit_is_noticed() {
        for bit in 0..frame().len() * 8 {
            let mut bytes = frame();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(Frame::parse(&bytes).is_err(), "bit {bit}");
        }
    }

    proptest! {
        #[test]
        fn foreign_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(Frame::parse(&bytes).is_err());
            let mut marked = MARKER.to_vec();
            marked.extend(&bytes);
            let _ = Frame::parse(&marked);
            let _ = later_group_exists(&marked, 0);
        }
    }
}
