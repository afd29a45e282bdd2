//! The envelope of stored records, and the only user of bincode. None of the compact encodings tolerates a
//! field added later, so the envelope carries a version. A length read from damaged bytes can ask for any
//! amount of memory, so the checksum is compared before decoding, and decoding has a limit.
//!
//! ```text
//! magic 0xB7 | version u8 | kind u8 | 0 u8 | XXH3-64 u64 of the payload | payload
//! ```
//!
//! Little-endian; the checksum is seeded with the four bytes before it.

use bincode::config;
use serde::Serialize;
use serde::de::DeserializeOwned;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// The largest record, in bytes.
pub const MAX_RECORD_BYTES: usize = 1 << 20;

const MAGIC: u8 = 0xB7;
const HEAD_BYTES: usize = 12;

/// Number and current version of a kind of record. Each kind has a constant of this type beside its Rust
/// type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordKind {
    /// Identifies the kind.
    pub number: u8,
    /// The version this release writes; raised with every change of the type's fields.
    pub version: u8,
}

/// An error while encoding or decoding a record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// The bytes differ from those stored.
    #[error("the record is damaged: {0}")]
    Corrupt(&'static str),
    /// A newer release wrote the record.
    #[error("the record has version {found}, this release reads up to {supported}: upgrade tastemaker")]
    NewerFormat {
        /// The version found.
        found: u8,
        /// The newest version this release reads.
        supported: u8,
    },
    /// The value is larger than [`MAX_RECORD_BYTES`] or cannot be encoded.
    #[error("the record cannot be stored: {0}")]
    Unstorable(String),
}

/// Encodes a value into its envelope.
pub fn encode<T: Serialize>(kind: RecordKind, value: &T) -> Result<Vec<u8>, CodecError> {
    let payload = bincode::serde::encode_to_vec(value, config::standard())
        .map_err(|error| CodecError::Unstorable(error.to_string()))?;
    if payload.len() > MAX_RECORD_BYTES {
        return Err(CodecError::Unstorable(format!("{} bytes, at most {MAX_RECORD_BYTES}", payload.len())));
    }
    Ok(seal(kind, &payload))
}

/// Wraps a payload in its envelope.
pub(super) fn seal(kind: RecordKind, payload: &[u8]) -> Vec<u8> {
    let head = [MAGIC, kind.version, kind.number, 0];
    let mut bytes = Vec::with_capacity(HEAD_BYTES + payload.len());
    bytes.extend_from_slice(&head);
    bytes.extend_from_slice(&checksum(head, payload).to_le_bytes());
    bytes.extend_from_slice(payload);
    bytes
}

/// Decodes a value of the current version.
pub fn decode<T: DeserializeOwned>(kind: RecordKind, bytes: &[u8]) -> Result<T, CodecError> {
    let (version, payload) = open(kind, bytes)?;
    if version != kind.version {
        return Err(CodecError::Corrupt("its version is unknown"));
    }
    decode_payload(payload)
}

/// Checks the envelope. Returns the version the record was written with, at most the current one, and its
/// payload for [`decode_payload`]; a type with several versions chooses between them here.
pub fn open(kind: RecordKind, bytes: &[u8]) -> Result<(u8, &[u8]), CodecError> {
    let short = CodecError::Corrupt("it ends inside its envelope");
    let (head, rest) = bytes.split_first_chunk::<4>().ok_or_else(|| short.clone())?;
    let (expected, payload) = rest.split_first_chunk::<8>().ok_or(short)?;
    let &[magic, version, number, _] = head;
    if magic != MAGIC {
        return Err(CodecError::Corrupt("it has no envelope"));
    }
    // Before kind and version are trusted: they are part of the checksum's seed.
    if checksum(*head, payload) != u64::from_le_bytes(*expected) {
        return Err(CodecError::Corrupt("it does not match its checksum"));
    }
    if number != kind.number {
        return Err(CodecError::Corrupt("it is a record of another kind"));
    }
    if version > kind.version {
        return Err(CodecError::NewerFormat { found: version, supported: kind.version });
    }
    Ok((version, payload))
}

/// Decodes a payload that [`open`] has checked.
pub fn decode_payload<T: DeserializeOwned>(payload: &[u8]) -> Result<T, CodecError> {
    // A valid checksum does not make a record small: the limit also bounds what a length inside it allocates.
    let limited = config::standard().with_limit::<{ 4 * MAX_RECORD_BYTES }>();
    let (value, read) = bincode::serde::decode_from_slice(payload, limited)
        .map_err(|_| CodecError::Corrupt("it does not hold what its kind says"))?;
    if read != payload.len() { Err(CodecError::Corrupt("bytes follow its end")) } else { Ok(value) }
}

fn checksum(head: [u8; 4], payload: &[u8]) -> u64 {
    xxh3_64_with_seed(payload, u64::from(u32::from_le_bytes(head)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde::Deserialize;

    const KIND: RecordKind = RecordKind { number: 1, version: 2 };

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct Sample {
        key: String,
        weights: Vec<f32>,
        seen: Option<i64>,
    }

    fn sample() -> Sample {
        Sample { key: "u:1".into(), weights: vec![0.5, -1.0], seen: Some(-7) }
    }

    #[test]
    fn a_flip_of_any_bit_is_noticed() -> Result<(), CodecError> {
        let good = encode(KIND, &sample())?;
        for bit in 0..good.len() * 8 {
            let mut bytes = good.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(matches!(decode::<Sample>(KIND, &bytes), Err(CodecError::Corrupt(_))), "bit {bit}");
        }
        Ok(())
    }

    #[test]
    fn a_record_of_a_newer_release_says_so() -> Result<(), CodecError> {
        let bytes = encode(RecordKind { version: 3, ..KIND }, &sample())?;
        assert_eq!(decode::<Sample>(KIND, &bytes), Err(CodecError::NewerFormat { found: 3, supported: 2 }));
        Ok(())
    }

    #[test]
    fn a_record_of_another_kind_is_refused() -> Result<(), CodecError> {
        let bytes = encode(RecordKind { number: 9, ..KIND }, &sample())?;
        assert_eq!(decode::<Sample>(KIND, &bytes), Err(CodecError::Corrupt("it is a record of another kind")));
        Ok(())
    }

    #[test]
    fn a_value_beyond_the_limit_is_refused_when_stored() {
        let large = Sample { weights: vec![0.0; MAX_RECORD_BYTES / 4 + 1], ..sample() };
        assert!(matches!(encode(KIND, &large), Err(CodecError::Unstorable(_))));
    }

    #[test]
    fn a_hostile_length_asks_for_no_memory() -> Result<(), CodecError> {
        // A length of u64::MAX where the key's bytes should begin.
        let payload = [&[253][..], &[0xFF; 8], b"abc"].concat();
        assert!(matches!(decode_payload::<Sample>(&payload), Err(CodecError::Corrupt(_))));
        Ok(())
    }

    proptest! {
        #[test]
        fn a_record_reads_back(key in ".{0,40}", weights in prop::collection::vec(any::<i16>(), 0..50), seen in any::<Option<i64>>()) {
            let value = Sample { key, weights: weights.into_iter().map(f32::from).collect(), seen };
            let bytes = encode(KIND, &value).map_err(|error| TestCaseError::fail(error.to_string()))?;
            prop_assert_eq!(decode::<Sample>(KIND, &bytes), Ok(value));
        }

        #[test]
        fn foreign_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            prop_assert!(decode::<Sample>(KIND, &bytes).is_err());
            let _ = decode_payload::<Sample>(&bytes);
            let _ = decode_payload::<Vec<Vec<String>>>(&bytes);
        }
    }
}
