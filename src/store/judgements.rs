//! Judged queries, `judgments.csv` in the data folder: replaced as a whole, and used for learning by every
//! reindex.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::PathBuf;

use crate::store::disk;
use crate::store::error::{Result, StoreError};
use crate::store::folder::DataFolder;

/// The largest file, in bytes.
pub const MAX_BYTES: u64 = 256 << 20;

/// Path of the file.
pub fn path(folder: &DataFolder) -> PathBuf {
    folder.root().join("judgments.csv")
}

/// The bytes of the file; absent if there is none.
pub fn read(folder: &DataFolder) -> Result<Option<Vec<u8>>> {
    let path = path(folder);
    let file = match File::open(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        opened => opened.map_err(StoreError::io("open", &path))?,
    };
    let mut bytes = Vec::new();
    file.take(MAX_BYTES).read_to_end(&mut bytes).map_err(StoreError::io("read", &path))?;
    Ok(Some(bytes))
}

/// Replaces the file durably. The caller holds the reindex lock and has validated the bytes.
pub fn replace(folder: &DataFolder, bytes: &[u8]) -> Result<()> {
    let target = path(folder);
    let temporary = target.with_extension("csv.tmp");
    let write = || {
        let mut file = File::create(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(StoreError::io("write", &temporary))?;
    let published = disk::publish(&temporary, &target).map_err(StoreError::io("publish", &target));
    if published.is_err() {
        // Best effort: a leftover is overwritten by the next replacement.
        let _ = fs::remove_file(&temporary);
    }
    published
}
