//! The seal of the catalogue: number of products, length and checksum of its file, in `catalogue/products.seal`. An
//! emptied, cut or deleted catalogue is found by it, which no line of the file could tell.
//!
//! Two files cannot be replaced in one step. So the seal names the old file and the new one while the new one is
//! being put in place, and the new one alone afterwards; a stop in between leaves a seal that fits what is there.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3;

use crate::store::error::{Result, StoreError};
use crate::store::sealed;

/// The format version written, and the newest one read.
pub const VERSION: u32 = 1;

/// The advice for a catalogue that does not fit its seal.
const REMEDY: &str = "restore it from a backup, or replace it by the whole feed with `tastemaker import`";

/// The sum over a catalogue file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct CatalogueSum {
    /// The name of the file.
    name: String,
    products: u64,
    bytes: u64,
    /// XXH3-64 of the content, in hex.
    xxh3: String,
}

/// The content of the seal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct CatalogueSeal {
    format: u32,
    /// The files that may stand there.
    files: Vec<CatalogueSum>,
}

#[derive(Deserialize)]
struct SealFormat {
    format: u32,
}

/// Sums up a catalogue file while it is read or written.
#[derive(Default)]
pub(super) struct Summing {
    products: u64,
    bytes: u64,
    hash: Xxh3,
}

impl std::fmt::Debug for Summing {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Summing({} products, {} bytes)", self.products, self.bytes)
    }
}

impl Summing {
    /// Adds a part of the file.
    pub(super) fn add(&mut self, part: &[u8]) {
        self.products += part.iter().filter(|&&byte| byte == b'\n').count() as u64;
        self.bytes += part.len() as u64;
        self.hash.update(part);
    }

    /// Adds a line end.
    pub(super) fn end_line(&mut self) {
        self.add(b"\n");
    }

    /// Counts a last line that has no end.
    pub(super) fn end_torn_line(&mut self) {
        self.products += 1;
    }

    /// The sum over everything added, for the file at `path`.
    pub(super) fn of(&self, path: &Path) -> CatalogueSum {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let xxh3 = sealed::hex(self.hash.digest());
        CatalogueSum { name, products: self.products, bytes: self.bytes, xxh3 }
    }
}

/// Path of the seal in the catalogue's folder.
pub(super) fn path(catalogue: &Path) -> PathBuf {
    catalogue.join("products.seal")
}

impl CatalogueSeal {
    /// Reads the seal; absent before the first commit, and beside a catalogue of an earlier release.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] or [`StoreError::NewerFormat`].
    pub(super) fn read(catalogue: &Path) -> Result<Option<Self>> {
        let path = path(catalogue);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(StoreError::io("read", &path)(error)),
        };
        let damaged = |detail: &str| StoreError::Corrupt {
            path: path.clone(),
            offset: 0,
            detail: detail.to_owned(),
            remedy: "restore it from a backup, or import the whole feed again with `tastemaker import`",
        };
        let json = sealed::unsealed(&text).ok_or_else(|| damaged("it does not match its checksum"))?;
        let unreadable = |_| damaged("it cannot be read");
        let found = serde_json::from_slice::<SealFormat>(json).map_err(unreadable)?.format;
        if found > VERSION {
            return Err(StoreError::NewerFormat { path, found, supported: VERSION });
        }
        serde_json::from_slice(json).map(Some).map_err(unreadable)
    }

    /// Replaces the seal durably: it fits each of `files` afterwards.
    pub(super) fn write(catalogue: &Path, files: Vec<CatalogueSum>) -> Result<()> {
        sealed::write(&path(catalogue), &Self { format: VERSION, files })
    }

    /// The sums it names.
    pub(super) fn files(&self) -> &[CatalogueSum] {
        &self.files
    }

    /// The damage of a catalogue that is not there at all.
    pub(super) fn missing(&self, catalogue: &Path) -> StoreError {
        let name = self.files.last().map_or("products.jsonl", |file| &*file.name);
        damage(&catalogue.join(name), "the file is missing".to_owned())
    }

    /// Checks the catalogue file at `path`.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] with both counts.
    pub(super) fn check(&self, path: &Path, found: &CatalogueSum) -> Result<()> {
        if self.files.contains(found) {
            return Ok(());
        }
        let written = self.files.last();
        let detail = match written {
            Some(written) if (written.products, written.bytes) == (found.products, found.bytes) => {
                "its content is not the one that was written".to_owned()
            }
            _ => format!(
                "it has {} products in {} bytes, {} products in {} bytes were written",
                found.products,
                found.bytes,
                written.map_or(0, |written| written.products),
                written.map_or(0, |written| written.bytes)
            ),
        };
        Err(damage(path, detail))
    }
}

fn damage(path: &Path, detail: String) -> StoreError {
    StoreError::Corrupt { path: path.to_path_buf(), offset: 0, detail, remedy: REMEDY }
}
