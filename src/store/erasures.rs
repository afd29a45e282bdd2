//! Requests to be forgotten, one JSON file each in `DIR/erasures/`: whom it
//! concerns until it is done, and a receipt after that, which no longer names
//! anybody.

use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tastemaker_index::id::ShopperId;

use super::disk;
use super::error::{Result, StoreError};
use super::folder::DataFolder;
use super::journal::Position;

/// A half-written file of this age, in seconds, has no writer any more.
const ABANDONED_S: i64 = 3600;

/// How far an erasure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// The state is gone; the next reindex removes the events.
    Pending,
    /// Nothing is left.
    Complete,
}

/// One erasure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Names it.
    pub receipt: String,
    /// How far it is.
    pub status: Progress,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// When it was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<Timestamp>,
    /// Whom it concerns; nobody once it is complete.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ids: Vec<ShopperId>,
    /// Up to where each id's events go, once that is known to be on disk: the removal, which takes
    /// these places away, may be interrupted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub through: Vec<Position>,
}

impl Receipt {
    /// The message id of the `erase` event of the id at a place in [`Self::ids`]. Derived, so that
    /// saying it again changes nothing.
    pub fn message_id(&self, at: usize) -> String {
        format!("erase-{}-{at}", self.receipt)
    }
}

/// The erasures of a data folder.
#[derive(Debug, Clone)]
pub struct Erasures {
    folder: PathBuf,
}

impl Erasures {
    /// Those of a data folder.
    pub fn of(folder: &DataFolder) -> Self {
        Self { folder: folder.erasures() }
    }

    /// Notes a new erasure; durable on return.
    pub fn request(&self, receipt: String, now: Timestamp, ids: Vec<ShopperId>) -> Result<Receipt> {
        let receipt = Receipt {
            receipt,
            status: Progress::Pending,
            requested_at: now,
            completed_at: None,
            ids,
            through: Vec::new(),
        };
        self.put(&receipt)?;
        Ok(receipt)
    }

    /// Notes that nothing is left, and forgets whom it concerned; durable on return.
    pub fn complete(&self, receipt: Receipt, now: Timestamp) -> Result<()> {
        let (ids, through) = (Vec::new(), Vec::new());
        self.put(&Receipt { status: Progress::Complete, completed_at: Some(now), ids, through, ..receipt })
    }

    /// Notes up to where each id's events go; durable on return.
    pub fn begin(&self, receipt: &mut Receipt, through: Vec<Position>) -> Result<()> {
        receipt.through = through;
        self.put(receipt)
    }

    /// Removes what interrupted writes left long enough ago that nobody is still writing it.
    pub fn tidy(&self, now: Timestamp) -> Result<()> {
        for entry in fs::read_dir(&self.folder).map_err(StoreError::io("read", &self.folder))? {
            let entry = entry.map_err(StoreError::io("read", &self.folder))?;
            let path = entry.path();
            let written = entry.metadata().and_then(|about| about.modified()).ok();
            let age_s = written.and_then(|at| Timestamp::try_from(at).ok()).map(|at| now.as_second() - at.as_second());
            if path.extension().is_some_and(|ending| ending == "tmp") && age_s.is_none_or(|age_s| age_s > ABANDONED_S) {
                fs::remove_file(&path).map_err(StoreError::io("remove", &path))?;
            }
        }
        Ok(())
    }

    /// One erasure, by its receipt.
    pub fn get(&self, receipt: &str) -> Result<Option<Receipt>> {
        // A receipt is a name of ours; anything else could be a path.
        if receipt.is_empty() || !receipt.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Ok(None);
        }
        let path = self.path(receipt);
        match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map(Some)
                .map_err(|error| StoreError::corrupt(&path, 0, format!("the receipt cannot be read: {error}"))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StoreError::io("read", &path)(error)),
        }
    }

    /// Erasures that are not complete, by receipt.
    pub fn pending(&self) -> Result<Vec<Receipt>> {
        let mut pending = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(StoreError::io("read", &self.folder))? {
            let path = entry.map_err(StoreError::io("read", &self.folder))?.path();
            let name = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(".json"));
            let receipt = name.map(|name| self.get(name)).transpose()?.flatten();
            pending.extend(receipt.filter(|receipt| receipt.status == Progress::Pending));
        }
        pending.sort_by(|a, b| a.receipt.cmp(&b.receipt));
        Ok(pending)
    }

    fn path(&self, receipt: &str) -> PathBuf {
        self.folder.join(format!("{receipt}.json"))
    }

    fn put(&self, receipt: &Receipt) -> Result<()> {
        let target = self.path(&receipt.receipt);
        let temporary = target.with_extension("json.tmp");
        let json = serde_json::to_vec_pretty(receipt).unwrap_or_default();
        File::create(&temporary)
            .and_then(|mut file| file.write_all(&json))
            .and_then(|()| disk::publish(&temporary, &target))
            .map_err(StoreError::io("write", &target))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_names_nobody_once_it_is_complete() -> Result<(), Box<dyn std::error::Error>> {
        let root = tempfile::tempdir()?;
        let erasures = Erasures::of(&DataFolder::open(root.path())?);
        let now = Timestamp::UNIX_EPOCH;
        let asked = erasures.request("r1".to_owned(), now, vec![ShopperId::User("ann".to_owned())])?;
        assert_eq!(erasures.pending()?, std::slice::from_ref(&asked));
        erasures.complete(asked, now)?;
        assert_eq!(erasures.pending()?, []);
        let told = fs::read_to_string(erasures.path("r1"))?;
        assert!(told.contains("complete") && !told.contains("ann"), "{told}");
        assert_eq!(erasures.get("../r1")?, None);
        Ok(())
    }
}
