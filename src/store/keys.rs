//! The API keys of a shop: one JSON file, replaced as a whole. Command line and server change it under one
//! lock; a running server reads it again after a change ([`LiveKeys`]).
//!
//! The existence of the file turns access control on. The file stays when its last key is revoked, so that
//! revoking never opens a server; and a file that cannot be read is an error, never an empty keyring. A mark beside it,
//! `keys.made`, says that there were keys: a file that is lost does not open the server either.

mod live;

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use self::live::LiveKeys;
use crate::access::key::RANDOM_BYTES;
use crate::access::{ApiKey, KeyId, KeyRecord, KeyRequest, KeyText, WrongKey};
use crate::store::disk;
use crate::store::error::{Result, StoreError};
use crate::store::folder::DataFolder;

/// The most keys of a shop.
pub const MAX_KEYS: usize = 1_000;
/// The format version written.
const FORMAT: u32 = 1;

#[derive(Deserialize)]
struct KeysFormat {
    format: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyList {
    format: u32,
    keys: Vec<KeyRecord>,
}

/// An error that leaves the keys unchanged.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The file cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The request for a key has a wrong field.
    #[error(transparent)]
    Wrong(#[from] WrongKey),
    /// The shop has [`MAX_KEYS`] keys already.
    #[error("there are {MAX_KEYS} keys already, which is the most: revoke some first")]
    TooMany,
    /// No key has this id.
    #[error("there is no key with this id")]
    Unknown,
    /// The operating system gives no random bytes.
    #[error("the system gives no random bytes: {0}")]
    Random(String),
}

/// The file with the keys.
#[derive(Debug, Clone)]
pub struct KeyFile {
    path: PathBuf,
}

impl KeyFile {
    /// The file of a data folder; it may not exist yet.
    pub fn of(folder: &DataFolder) -> Self {
        Self { path: folder.keys() }
    }

    /// The keys, oldest first; absent before the first one is created.
    ///
    /// # Errors
    /// If the file is damaged, newer or unreadable.
    pub fn read(&self) -> Result<Option<Vec<KeyRecord>>> {
        let text = match fs::read(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound && !self.mark().exists() => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(StoreError::KeysLost { path: self.path.clone() });
            }
            Err(error) => return Err(StoreError::io("read", &self.path)(error)),
        };
        let damaged = |error: serde_json::Error| {
            // The message may quote a secret's hash; line and column are enough to find it.
            let detail = format!("no list of keys at line {}, column {}", error.line(), error.column());
            StoreError::corrupt(&self.path, 0, detail)
        };
        let KeysFormat { format: found } = serde_json::from_slice(&text).map_err(damaged)?;
        if found > FORMAT {
            return Err(StoreError::NewerFormat { path: self.path.clone(), found, supported: FORMAT });
        }
        let content: KeyList = serde_json::from_slice(&text).map_err(damaged)?;
        if content.keys.len() > MAX_KEYS {
            return Err(StoreError::corrupt(&self.path, 0, format!("more than {MAX_KEYS} keys")));
        }
        Ok(Some(content.keys))
    }

    /// The file that says that there were keys.
    fn mark(&self) -> PathBuf {
        self.path.with_extension("made")
    }

    /// Creates a key; durable on return. The text with the secret is for its holder and cannot be read again.
    pub fn create(&self, request: KeyRequest, now: Timestamp) -> Result<(ApiKey, KeyText), KeysError> {
        let mut random = [0; RANDOM_BYTES];
        getrandom::fill(&mut random).map_err(|error| KeysError::Random(error.to_string()))?;
        // Validated before the lock is taken and the file read.
        let (record, text) = request.issue(now, &random)?;
        self.change(|keys| {
            if keys.len() >= MAX_KEYS {
                return Err(KeysError::TooMany);
            }
            keys.push(record.clone());
            Ok(())
        })?;
        Ok((record.key, text))
    }

    /// Revokes a key and everything derived from it; durable on return.
    pub fn revoke(&self, id: &str) -> Result<ApiKey, KeysError> {
        let id = KeyId::parse(id).ok_or(KeysError::Unknown)?;
        self.change(|keys| {
            let at = keys.iter().position(|record| record.key.id == id).ok_or(KeysError::Unknown)?;
            Ok(keys.remove(at).key)
        })
    }

    /// Reads, changes and replaces the file under the lock.
    fn change<T>(&self, change: impl FnOnce(&mut Vec<KeyRecord>) -> Result<T, KeysError>) -> Result<T, KeysError> {
        let lock = self.path.with_extension("lock");
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(&lock);
        let file = file.map_err(StoreError::io("open", &lock))?;
        // Released when the file is closed; other holders need a few milliseconds.
        file.lock().map_err(StoreError::io("lock", &lock))?;
        let mut keys = self.read()?.unwrap_or_default();
        let changed = change(&mut keys)?;
        self.replace(keys)?;
        Ok(changed)
    }

    fn replace(&self, keys: Vec<KeyRecord>) -> Result<()> {
        let temporary = self.path.with_extension("json.tmp");
        let text = serde_json::to_vec_pretty(&KeyList { format: FORMAT, keys })
            .map_err(|error| StoreError::io("write", &temporary)(error.into()))?;
        // The leftover of an interrupted change may be readable by others.
        match fs::remove_file(&temporary) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(StoreError::io("remove", &temporary)(error));
            }
            _ => {}
        }
        let written = create_private(&temporary).and_then(|mut file| file.write_all(&text));
        written.map_err(StoreError::io("write", &temporary))?;
        disk::publish(&temporary, &self.path).map_err(StoreError::io("publish", &self.path))?;
        let mark = self.mark();
        let made = OpenOptions::new().write(true).create(true).truncate(false).open(&mark);
        made.and_then(|file| file.sync_all()).map_err(StoreError::io("write", &mark))
    }
}

/// Creates a file that only its owner can read, on systems with owners.
fn create_private(path: &std::path::Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests;
