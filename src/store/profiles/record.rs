//! Stored records: a profile with the position of the last event in it, and a person's interests with the
//! state they were computed from.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tastemaker_index::profile::Profile;
use xxhash_rust::xxh3::xxh3_64;

use crate::store::codec::{self, RecordKind};
use crate::store::error::{Result, StoreError};
use crate::store::journal::Position;
use crate::store::state::{StateKind, StateWrite};

/// Version 3 added the searches at the end, version 4 the gifts.
const PROFILE: RecordKind = RecordKind { number: 1, version: 4 };
/// The encoding of an empty list, which completes a record of version 3; two of them complete one of version 2.
const NOTHING: [u8; 1] = [0];
const INTERESTS: RecordKind = RecordKind { number: 2, version: 1 };

/// The profile of one id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredProfile {
    /// The position behind the last event in it: that event and earlier ones are not applied again.
    pub applied: Position,
    /// The profile.
    pub profile: Arc<Profile>,
}

/// A person's long-term interests, each represented by a product.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredInterests {
    /// Id of the embedding space in which the products were compared.
    pub space: String,
    /// The person's stamp at the time of computing.
    pub stamp: u64,
    /// Product id and share of all interests, the largest first.
    pub long_term: Vec<(String, f32)>,
}

fn unreadable(key: &str, error: impl std::fmt::Display) -> StoreError {
    StoreError::Record { key: xxh3_64(key.as_bytes()), detail: error.to_string() }
}

impl StoredProfile {
    /// Decodes a record.
    pub(super) fn decode(key: &str, bytes: &[u8]) -> Result<Self> {
        let decoded = codec::open(PROFILE, bytes).and_then(|(version, payload)| match version {
            4 => codec::decode_payload(payload),
            3 => codec::decode_payload(&[payload, &NOTHING].concat()),
            2 => codec::decode_payload(&[payload, &NOTHING, &NOTHING].concat()),
            _ => Err(codec::CodecError::Corrupt("its version is unknown")),
        });
        decoded.map_err(|error| unreadable(key, error))
    }

    /// Encodes the record for writing.
    pub(super) fn write(&self, key: &str) -> Result<StateWrite> {
        let bytes = codec::encode(PROFILE, self).map_err(|error| unreadable(key, error))?;
        Ok(StateWrite { kind: StateKind::Profile, key: key.to_owned(), bytes: Some(bytes) })
    }
}

impl StoredInterests {
    /// Decodes a record.
    pub(super) fn decode(key: &str, bytes: &[u8]) -> Result<Self> {
        codec::decode(INTERESTS, bytes).map_err(|error| unreadable(key, error))
    }

    /// Encodes the record for writing.
    pub(super) fn write(&self, key: &str) -> Result<StateWrite> {
        let bytes = codec::encode(INTERESTS, self).map_err(|error| unreadable(key, error))?;
        Ok(StateWrite { kind: StateKind::Interest, key: key.to_owned(), bytes: Some(bytes) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::codec::CodecError;

    #[test]
    fn profiles_of_earlier_versions_still_open() -> std::result::Result<(), CodecError> {
        let position = Position { segment: 3, offset: 99 };
        let mut profile = Profile { first_ms: 5, last_ms: 300, ..Profile::default() };
        let stored = StoredProfile { applied: position, profile: Arc::new(profile.clone()) };
        let now = codec::encode(PROFILE, &stored)?;
        let (_, payload) = codec::open(PROFILE, &now)?;
        for (version, lists) in [(2, 2), (3, 1)] {
            let before = &payload[..payload.len() - lists * NOTHING.len()];
            let old = codec::seal(RecordKind { version, ..PROFILE }, before);
            assert_eq!(StoredProfile::decode("u:1", &old).ok().as_ref(), Some(&stored));
        }
        profile.searches.insert(7, "boots");
        let with = StoredProfile { applied: position, profile: Arc::new(profile) };
        assert_eq!(StoredProfile::decode("u:1", &codec::encode(PROFILE, &with)?).ok(), Some(with));
        Ok(())
    }
}
