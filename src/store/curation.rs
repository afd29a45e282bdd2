//! What a merchant says about search, version by version: `DIR/curation/N.json`, each whole, each
//! put in place in one step, never changed. The highest number is in force; undoing is saying an
//! older one again. Command line and server write under one lock. The newest
//! [`KEPT_VERSIONS`] stay.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tastemaker_index::curation::{Document, PartChange};

use crate::store::disk;
use crate::store::error::{Result, StoreError};
use crate::store::folder::DataFolder;

/// How many versions can be gone back to.
pub const KEPT_VERSIONS: usize = 100;
/// The largest document, in bytes of JSON.
pub const MAX_DOCUMENT_BYTES: usize = 16 << 20;
/// The most differences a version lists.
pub const MAX_LISTED_CHANGES: usize = 100;
/// The version of the files written.
const FORMAT: u32 = 1;

/// Who changed what, when, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// Its number, from 1; 0 stands for nothing said yet.
    pub version: u64,
    /// When it was made.
    pub time: Timestamp,
    /// By whom: the id of a key, or `command line`; absent while access is off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// What they say of it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// What differs from the version before, the first hundred.
    pub changes: Vec<PartChange>,
    /// How many parts differ.
    pub changed: usize,
}

/// One version: what was said, and about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Version {
    /// About it.
    pub about: About,
    /// Everything said.
    pub document: Document,
}

#[derive(Deserialize)]
struct Format {
    format: u32,
}

#[derive(Serialize, Deserialize)]
struct Content<D> {
    format: u32,
    #[serde(flatten)]
    about: About,
    document: D,
}

/// Who changes something, for the record.
#[derive(Debug, Clone)]
pub struct Author {
    /// By whom; absent while access is off.
    pub by: Option<String>,
    /// Why.
    pub note: String,
    /// When.
    pub now: Timestamp,
}

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError<E> {
    /// The files.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Somebody else was faster.
    #[error("version {current} is in force, not {expected}: read it again and decide anew")]
    VersionConflict {
        /// What the caller had read.
        expected: u64,
        /// What is in force.
        current: u64,
    },
    /// All of it together is too large.
    #[error("all rules and synonyms together have more than {MAX_DOCUMENT_BYTES} bytes of JSON")]
    TooLarge,
    /// The change itself cannot be.
    #[error("{0}")]
    Refused(E),
}

/// The versions of a data folder.
#[derive(Debug, Clone)]
pub struct CurationFiles {
    folder: PathBuf,
}

impl CurationFiles {
    /// The files of a data folder; there need not be any yet.
    pub fn of(folder: &DataFolder) -> Self {
        Self { folder: folder.curation() }
    }

    /// The number of the version in force; 0 before anything was said.
    pub fn newest(&self) -> Result<u64> {
        Ok(self.numbers()?.into_iter().max().unwrap_or(0))
    }

    /// The version in force; nothing said, with number 0, before the first.
    ///
    /// # Errors
    /// When its file is damaged, newer or unreadable: an older version is never taken instead.
    pub fn read(&self) -> Result<Version> {
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
                Ok(Version { about, document: Document::default() })
            }
            number => self.parse(number).map(|Content { about, document, .. }| Version { about, document }),
        }
    }

    /// One version that is still kept.
    pub fn version(&self, number: u64) -> Result<Option<Version>> {
        if !self.numbers()?.contains(&number) {
            return Ok(None);
        }
        self.parse(number).map(|Content { about, document, .. }| Some(Version { about, document }))
    }

    /// About every version kept, the newest first.
    pub fn versions(&self) -> Result<Vec<About>> {
        let mut numbers = self.numbers()?;
        numbers.sort_unstable_by(|a, b| b.cmp(a));
        let about = |number| self.parse::<serde::de::IgnoredAny>(number).map(|content| content.about);
        numbers.into_iter().map(about).collect()
    }

    /// Reads, changes and writes the next version, alone; durable when this returns. `change` says
    /// what becomes of the document, and refuses what cannot be: then nothing changes. A change
    /// that changes nothing makes no version.
    pub fn change<E>(
        &self,
        expected: Option<u64>,
        author: &Author,
        change: impl FnOnce(&mut Document) -> Result<(), E>,
    ) -> Result<Version, ChangeError<E>> {
        let _alone = self.lock()?;
        let before = self.read()?;
        let current = before.about.version;
        if let Some(expected) = expected.filter(|expected| *expected != current) {
            return Err(ChangeError::VersionConflict { expected, current });
        }
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
            Version { about: About { version: current + 1, time: now, by, note, changes, changed }, document };
        self.write(&version)?;
        Ok(version)
    }

    fn write<E>(&self, version: &Version) -> Result<(), ChangeError<E>> {
        let number = version.about.version;
        let (target, temporary) = (self.path(number), self.folder.join(format!("{number}.json.tmp")));
        let content = Content { format: FORMAT, about: version.about.clone(), document: &version.document };
        let text =
            serde_json::to_vec_pretty(&content).map_err(|error| StoreError::io("write", &temporary)(error.into()))?;
        if text.len() > MAX_DOCUMENT_BYTES {
            return Err(ChangeError::TooLarge);
        }
        let written = File::create(&temporary).and_then(|mut file| file.write_all(&text));
        written.map_err(StoreError::io("write", &temporary))?;
        disk::publish(&temporary, &target).map_err(StoreError::io("publish", &target))?;
        // What cannot be removed now is removed next time.
        for old in self.numbers()?.into_iter().filter(|old| old + KEPT_VERSIONS as u64 <= number) {
            drop(fs::remove_file(self.path(old)));
        }
        Ok(())
    }

    fn parse<D: for<'de> Deserialize<'de>>(&self, number: u64) -> Result<Content<D>> {
        let path = self.path(number);
        let text = fs::read(&path).map_err(StoreError::io("read", &path))?;
        let damaged =
            |error: serde_json::Error| StoreError::corrupt(&path, 0, format!("no version of the curation: {error}"));
        let Format { format: found } = serde_json::from_slice(&text).map_err(damaged)?;
        if found > FORMAT {
            return Err(StoreError::NewerFormat { path: path.clone(), found, supported: FORMAT });
        }
        let content: Content<D> = serde_json::from_slice(&text).map_err(damaged)?;
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
        // Freed with the file; others hold it for a few milliseconds.
        file.lock().map_err(StoreError::io("lock", &path))?;
        Ok(file)
    }

    fn path(&self, number: u64) -> PathBuf {
        self.folder.join(format!("{number}.json"))
    }
}

#[cfg(test)]
mod tests;
