//! Manifests of the archive. A manifest marks a segment's copy as complete: it is written last and removed
//! first.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::file::damaged;
use super::layout::Layout;
use crate::store::disk;
use crate::store::error::{Result, StoreError};
use crate::store::sealed::checksum;

/// The format this release writes, and the newest it reads.
const FORMAT: u32 = 1;

/// The manifest of one segment's copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentManifest {
    /// Format version, 1; a newer one is refused.
    pub format: u32,
    /// The segment's number.
    pub segment: u64,
    /// Length of the copied segment, in bytes.
    pub source_bytes: u64,
    /// XXH3-64 of the copied segment, in hexadecimal.
    pub source_xxh3: String,
    /// Number of copied events.
    pub events: u64,
    /// Number of rows in all files.
    pub rows: u64,
    /// The files, by day.
    pub files: Vec<DayFile>,
}

/// One file of a segment's copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayFile {
    /// Path, relative to the archive's folder.
    pub path: String,
    /// Number of events.
    pub events: u64,
    /// Number of rows.
    pub rows: u64,
    /// Length in bytes.
    pub bytes: u64,
    /// XXH3-64 of the file, in hexadecimal.
    pub xxh3: String,
}

impl SegmentManifest {
    pub(super) fn new(segment: u64, source: &[u8], files: Vec<DayFile>) -> Self {
        Self {
            format: FORMAT,
            segment,
            source_bytes: source.len() as u64,
            source_xxh3: checksum(source),
            events: files.iter().map(|file| file.events).sum(),
            rows: files.iter().map(|file| file.rows).sum(),
            files,
        }
    }

    /// Reads the manifest of a segment; absent if there is no complete copy.
    pub(super) fn read(layout: &Layout, segment: u64) -> Result<Option<Self>> {
        let path = layout.manifest(segment);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(StoreError::io("read", &path)(error)),
        };
        let manifest: Self = serde_json::from_slice(&bytes).map_err(|error| damaged(&path, &error.to_string()))?;
        if manifest.format > FORMAT {
            return Err(StoreError::NewerFormat { path, found: manifest.format, supported: FORMAT });
        }
        Ok(Some(manifest))
    }

    /// Writes the manifest under a temporary name, syncs it and renames it; durable on return.
    pub(super) fn publish(&self, layout: &Layout) -> Result<()> {
        let target = layout.manifest(self.segment);
        let temporary = target.with_extension("json.tmp");
        let json = serde_json::to_vec_pretty(self).unwrap_or_default();
        File::create(&temporary)
            .and_then(|mut file| file.write_all(&json))
            .and_then(|()| disk::publish(&temporary, &target))
            .map_err(StoreError::io("write", &target))
    }
}

/// Removes a file; false if it did not exist.
pub(super) fn remove(path: &Path) -> Result<bool> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(StoreError::io("remove", path)(error)),
    }
}

/// The segments with a manifest, ascending.
pub(super) fn list(layout: &Layout) -> Result<Vec<u64>> {
    let folder = layout.segments();
    let mut numbers = Vec::new();
    for entry in fs::read_dir(&folder).map_err(StoreError::io("read", &folder))? {
        let path: PathBuf = entry.map_err(StoreError::io("read", &folder))?.path();
        let name = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(".json"));
        numbers.extend(name.and_then(|name| name.parse::<u64>().ok()));
    }
    numbers.sort_unstable();
    Ok(numbers)
}
