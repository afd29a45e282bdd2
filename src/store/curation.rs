//! The merchant's rules and synonyms by version: `DIR/curation/N.json`. A version is a whole document,
//! published in one rename and never changed. The highest number is in force; going back means writing an
//! older document as a new version. Command line and server write under one lock. The newest
//! [`RETAINED_VERSIONS`] are retained.
//!
//! `newest.seal` has the number and the checksum of the newest, so that an older one never takes its place unnoticed.
//! It is written after the version: after a stop in between it names the one before, which is there too.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tastemaker_index::curation::{Document, PartChange};

use crate::store::disk;
use crate::store::error::{Result, StoreError};
use crate::store::folder::DataFolder;
use crate::store::sealed::checksum;

/// Number of versions that can be restored.
pub const RETAINED_VERSIONS: usize = 100;
/// The largest document, in bytes of JSON.
pub const MAX_DOCUMENT_BYTES: usize = 16 << 20;
/// The most differences listed in a version.
pub const MAX_LISTED_CHANGES: usize = 100;
/// The name of the file with number and checksum of the newest version.
const SEAL: &str = "newest.seal";
/// The format version written.
const FORMAT: u32 = 1;

/// Number, time, author and changes of a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// The version's number, from 1; 0 is the empty document before the first.
    pub version: u64,
    /// Time of the change.
    pub time: Timestamp,
    /// The author: a key's id or `command line`; absent if access control was off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The author's note.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Differences from the version before, the first hundred.
    pub changes: Vec<PartChange>,
    /// Number of all differences.
    pub changed: usize,
}

/// One version of the rules and synonyms.
#[derive(Debug, Clone, PartialEq)]
pub struct CurationVersion {
    /// Number, time, author and changes.
    pub about: About,
    /// The whole document.
    pub document: Document,
}

#[derive(Deserialize)]
struct CurationFormat {
    format: u32,
}

#[derive(Serialize, Deserialize)]
struct VersionFile<D> {
    format: u32,
    #[serde(flatten)]
    about: About,
    document: D,
}

/// The author of a change.
#[derive(Debug, Clone)]
pub struct Author {
    /// A key's id or `command line`; absent if access control is off.
    pub by: Option<String>,
    /// The author's note.
    pub note: String,
    /// Time of the change.
    pub now: Timestamp,
}

/// An error that leaves the version in force unchanged.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError<E> {
    /// A file cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Another change came first.
    #[error("version {current} is in force, not {expected}: read it again and decide anew")]
    VersionConflict {
        /// The version the caller had read.
        expected: u64,
        /// The version in force.
        current: u64,
    },
    /// The whole document is too large.
    #[error("all rules and synonyms together have more than {MAX_DOCUMENT_BYTES} bytes of JSON")]
    TooLarge,
    /// The change itself was refused.
    #[error("{0}")]
    Refused(E),
}

/// The version files of a data folder.
#[derive(Debug, Clone)]
pub struct CurationFiles {
    folder: PathBuf,
}

impl CurationFiles {
    /// The files of a data folder; there may be none yet.
    pub fn of(folder: &DataFolder) -> Self {
        Self { folder: folder.curation() }
    }

    /// The number of the version in force; 0 before the first.
    ///
    /// # Errors
    /// If the newest version that was written is missing.
    pub fn newest(&self) -> Result<u64> {
        // The seal first: a version written meanwhile is newer than it.
        let sealed = self.seal()?.map_or(0, |(number, _)| number);
        let newest = self.numbers()?.into_iter().max().unwrap_or(0);
        match newest < sealed {
            true => Err(StoreError::corrupt(&self.path(sealed), 0, "the file is missing")),
            false => Ok(newest),
        }
    }

    /// Number and checksum of the newest version; absent before the first, and in folders of earlier releases. One that
    /// cannot be read counts as absent: the version has all that matters.
    fn seal(&self) -> Result<Option<(u64, String)>> {
        let path = self.folder.join(SEAL);
        match fs::read(&path) {
            Ok(bytes) => {
                let text = String::from_utf8_lossy(&bytes);
                let whole = text.trim_end().rsplit_once(' ').filter(|(seal, own)| checksum(seal.as_bytes()) == *own);
                let parts = whole.and_then(|(seal, _)| seal.split_once(' '));
                Ok(parts.and_then(|(number, sum)| Some((number.parse().ok()?, sum.to_owned()))))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StoreError::io("read", &path)(error)),
        }
    }

    /// The version in force; the empty document with number 0 before the first.
    ///
    /// # Errors
    /// If its file is damaged, newer or unreadable: an older version never takes its place.
    pub fn read(&self) -> Result<CurationVersion> {
        match self.newest()? {
            0 => {
                let about = About {
                    version: 0,
                    time: Timestamp::UNIX_EPOCH,
                    by: None,
                    note: String::new(),
                    changes: Vec::new(),
                    changed: 0,
                };
                Ok(CurationVersion { about, document: Document::default() })
            }
            number => self.parse(number).map(|VersionFile { about, document, .. }| CurationVersion { about, document }),
        }
    }

    /// A retained version by its number.
    pub fn version(&self, number: u64) -> Result<Option<CurationVersion>> {
        if !self.numbers()?.contains(&number) {
            return Ok(None);
        }
        self.parse(number).map(|VersionFile { about, document, .. }| Some(CurationVersion { about, document }))
    }

    /// Number, author and changes of every retained version, the newest first.
    pub fn versions(&self) -> Result<Vec<About>> {
        let mut numbers = self.numbers()?;
        numbers.sort_unstable_by(|a, b| b.cmp(a));
        let about = |number| self.parse::<serde::de::IgnoredAny>(number).map(|content| content.about);
        numbers.into_iter().map(about).collect()
    }

    /// Writes the next version under the lock; durable on return. `change` edits the document or refuses;
    /// after a refusal nothing is written. A change without effect makes no new version.
    pub fn change<E>(
        &self,
        expected: Option<u64>,
        author: &Author,
        change: impl FnOnce(&mut Document) -> Result<(), E>,
    ) -> Result<CurationVersion, ChangeError<E>> {
        let _alone = self.lock()?;
        let before = self.read()?;
        let current = before.about.version;
        if let Some(expected) = expected.filter(|expected| *expected != current) {
            return Err(ChangeError::VersionConflict { expected, current });
        }
        // `change` may fail half-way; only a finished document replaces the old one.
        let mut document = before.document.clone();
        change(&mut document).map_err(ChangeError::Refused)?;
        let mut changes = before.document.changes(&document);
        if changes.is_empty() {
            return Ok(before);
        }
        let changed = changes.len();
        changes.truncate(MAX_LISTED_CHANGES);
        let Author { by, note, now } = author.clone();
        let version =
            CurationVersion { about: About { version: current + 1, time: now, by, note, changes, changed }, document };
        self.write(&version)?;
        Ok(version)
    }

    fn write<E>(&self, version: &CurationVersion) -> Result<(), ChangeError<E>> {
        let number = version.about.version;
        let (target, temporary) = (self.path(number), self.folder.join(format!("{number}.json.tmp")));
        let content = VersionFile { format: FORMAT, about: version.about.clone(), document: &version.document };
        let text =
            serde_json::to_vec_pretty(&content).map_err(|error| StoreError::io("write", &temporary)(error.into()))?;
        if text.len() > MAX_DOCUMENT_BYTES {
            return Err(ChangeError::TooLarge);
        }
        let written = File::create(&temporary).and_then(|mut file| file.write_all(&text));
        written.map_err(StoreError::io("write", &temporary))?;
        disk::publish(&temporary, &target).map_err(StoreError::io("publish", &target))?;
        let (seal, temporary) = (self.folder.join(SEAL), self.folder.join("newest.seal.tmp"));
        let sealed = format!("{number} {}", checksum(&text));
        fs::write(&temporary, format!("{sealed} {}\n", checksum(sealed.as_bytes())))
            .and_then(|()| disk::publish(&temporary, &seal))
            .map_err(StoreError::io("publish", &seal))?;
        // A file that cannot be removed now is removed next time.
        for old in self.numbers()?.into_iter().filter(|old| old + RETAINED_VERSIONS as u64 <= number) {
            drop(fs::remove_file(self.path(old)));
        }
        Ok(())
    }

    fn parse<D: for<'de> Deserialize<'de>>(&self, number: u64) -> Result<VersionFile<D>> {
        let path = self.path(number);
        let text = fs::read(&path).map_err(StoreError::io("read", &path))?;
        let damaged =
            |error: serde_json::Error| StoreError::corrupt(&path, 0, format!("no version of the curation: {error}"));
        let CurationFormat { format: found } = serde_json::from_slice(&text).map_err(damaged)?;
        if found > FORMAT {
            return Err(StoreError::NewerFormat { path: path.clone(), found, supported: FORMAT });
        }
        if self.seal()?.is_some_and(|(sealed, sum)| sealed == number && sum != checksum(&text)) {
            return Err(StoreError::corrupt(&path, 0, "it does not match its checksum"));
        }
        let content: VersionFile<D> = serde_json::from_slice(&text).map_err(damaged)?;
        match content.about.version == number {
            true => Ok(content),
            false => Err(StoreError::corrupt(&path, 0, format!("says it is version {}", content.about.version))),
        }
    }

    fn numbers(&self) -> Result<Vec<u64>> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(StoreError::io("read", &self.folder)(error)),
        };
        let mut numbers = Vec::new();
        for entry in entries {
            let name = entry.map_err(StoreError::io("read", &self.folder))?.file_name();
            let number = name.to_str().and_then(|name| name.strip_suffix(".json"));
            numbers.extend(number.and_then(|number| number.parse::<u64>().ok()));
        }
        Ok(numbers)
    }

    fn lock(&self) -> Result<File> {
        fs::create_dir_all(&self.folder).map_err(StoreError::io("create", &self.folder))?;
        let path = self.folder.join("lock");
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
        let file = file.map_err(StoreError::io("open", &path))?;
        // Released when the file is closed; other holders need a few milliseconds.
        file.lock().map_err(StoreError::io("lock", &path))?;
        Ok(file)
    }

    fn path(&self, number: u64) -> PathBuf {
        self.folder.join(format!("{number}.json"))
    }
}

#[cfg(test)]
mod tests;
