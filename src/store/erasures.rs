//! Erasure requests, one JSON file each in `DIR/erasures/`. Until the erasure is complete the file names the
//! person's ids; after that it is a receipt that names nobody.

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
use super::sealed::checksum;

/// Age in seconds after which a temporary file counts as abandoned by its writer.
const ABANDONED_S: i64 = 3600;

/// The advice for a receipt that cannot be read.
const REMEDY: &str =
    "restore it from a backup; without one, erase the person again if that was not complete, then remove the file";

/// The progress of an erasure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErasureProgress {
    /// The profiles are gone; the next reindex removes the events.
    Pending,
    /// Profiles and events are gone.
    Complete,
}

/// One erasure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The id of the receipt.
    pub receipt: String,
    /// The progress.
    pub status: ErasureProgress,
    /// Time of the request.
    pub requested_at: Timestamp,
    /// Time of completion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<Timestamp>,
    /// The person's ids; empty once complete.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ids: Vec<ShopperId>,
    /// For each id the position up to which its events are removed. Recorded durably before the removal
    /// begins, because the removal erases the `erase` events that hold these positions and may be
    /// interrupted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub through: Vec<Position>,
    /// XXH3-64 over all of the above as JSON, in hex: a flipped character in an id would let its events stay.
    /// Only in the file, and not in those of earlier releases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checksum: Option<String>,
}

impl Receipt {
    /// The message id of the `erase` event for the id at index `at` of [`Self::ids`]. It is derived, so
    /// sending the event again changes nothing.
    pub fn message_id(&self, at: usize) -> String {
        format!("erase-{}-{at}", self.receipt)
    }

    fn sum(&self) -> String {
        let unsealed = Self { checksum: None, ..self.clone() };
        checksum(&serde_json::to_vec(&unsealed).unwrap_or_default())
    }
}

/// The erasures of a data folder.
#[derive(Debug, Clone)]
pub struct Erasures {
    folder: PathBuf,
}

impl Erasures {
    /// The erasures of a data folder.
    pub fn of(folder: &DataFolder) -> Self {
        Self { folder: folder.erasures() }
    }

    /// Records a new erasure; durable on return.
    pub fn request(&self, receipt: String, now: Timestamp, ids: Vec<ShopperId>) -> Result<Receipt> {
        let receipt = Receipt {
            receipt,
            status: ErasureProgress::Pending,
            requested_at: now,
            completed_at: None,
            ids,
            through: Vec::new(),
            checksum: None,
        };
        self.put(&receipt)?;
        Ok(receipt)
    }

    /// Records completion and drops the ids; durable on return.
    pub fn complete(&self, receipt: Receipt, now: Timestamp) -> Result<()> {
        let (ids, through) = (Vec::new(), Vec::new());
        self.put(&Receipt { status: ErasureProgress::Complete, completed_at: Some(now), ids, through, ..receipt })
    }

    /// Records the positions up to which each id's events are removed; durable on return.
    pub fn begin(&self, receipt: &mut Receipt, through: Vec<Position>) -> Result<()> {
        receipt.through = through;
        self.put(receipt)
    }

    /// Removes temporary files that are old enough to be leftovers of an interrupted write.
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

    /// The erasure with this receipt id.
    pub fn get(&self, receipt: &str) -> Result<Option<Receipt>> {
        // Our receipts are alphanumeric; anything else could be a path out of the folder.
        if receipt.is_empty() || !receipt.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Ok(None);
        }
        let path = self.path(receipt);
        match fs::read(&path) {
            Ok(bytes) => {
                let damaged =
                    |detail: String| StoreError::Corrupt { path: path.clone(), offset: 0, detail, remedy: REMEDY };
                let receipt: Receipt = serde_json::from_slice(&bytes)
                    .map_err(|error| damaged(format!("the receipt cannot be read: {error}")))?;
                match receipt.checksum.as_ref().is_none_or(|checksum| *checksum == receipt.sum()) {
                    true => Ok(Some(Receipt { checksum: None, ..receipt })),
                    false => Err(damaged("the receipt does not match its checksum".to_owned())),
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StoreError::io("read", &path)(error)),
        }
    }

    /// Erasures that are not complete, ordered by receipt. A receipt that cannot be read is logged and left out.
    pub fn pending(&self) -> Result<Vec<Receipt>> {
        Ok(self.readable()?.0)
    }

    /// Erasures that are not complete, ordered by receipt, and the damage of receipts that cannot be read: nobody
    /// knows whether those are complete.
    pub fn readable(&self) -> Result<(Vec<Receipt>, Vec<StoreError>)> {
        let (mut pending, mut damage) = (Vec::new(), Vec::new());
        for entry in fs::read_dir(&self.folder).map_err(StoreError::io("read", &self.folder))? {
            let path = entry.map_err(StoreError::io("read", &self.folder))?.path();
            let name = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(".json"));
            let receipt = match name.map(|name| self.get(name)).transpose() {
                Ok(receipt) => receipt.flatten(),
                Err(error @ StoreError::Corrupt { .. }) => {
                    tracing::warn!("{error}");
                    damage.push(error);
                    continue;
                }
                Err(error) => return Err(error),
            };
            pending.extend(receipt.filter(|receipt| receipt.status == ErasureProgress::Pending));
        }
        pending.sort_by(|a, b| a.receipt.cmp(&b.receipt));
        Ok((pending, damage))
    }

    fn path(&self, receipt: &str) -> PathBuf {
        self.folder.join(format!("{receipt}.json"))
    }

    fn put(&self, receipt: &Receipt) -> Result<()> {
        let target = self.path(&receipt.receipt);
        let temporary = target.with_extension("json.tmp");
        let sealed = Receipt { checksum: Some(receipt.sum()), ..receipt.clone() };
        let json = serde_json::to_vec_pretty(&sealed).unwrap_or_default();
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
