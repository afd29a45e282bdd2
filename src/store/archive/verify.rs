//! Verification of the archive: files against manifests, and manifests against the journal.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::file::{self, damaged};
use super::layout::Layout;
use super::manifest::{self, SegmentManifest};
use super::sealed;
use crate::store::DataFolder;
use crate::store::error::{Result, StoreError};
use crate::store::folder::LockKind;
use crate::store::journal::segment;
use crate::store::sealed::hex;

/// The result of a verification.
#[derive(Debug, Default)]
pub struct ArchiveCheck {
    /// Segments with a complete, undamaged copy.
    pub segments: u64,
    /// Undamaged files.
    pub files: u64,
    /// Rows in undamaged files.
    pub rows: u64,
    /// Closed segments without a copy.
    pub missing: Vec<u64>,
    /// Errors found, each with its file.
    pub damage: Vec<StoreError>,
}

/// Reads every file of the archive and compares it with its manifest.
///
/// # Errors
/// If a folder cannot be read; errors of single files are part of the result.
pub fn verify(folder: &DataFolder) -> Result<ArchiveCheck> {
    let layout = Layout::of(folder)?;
    let _lock = folder.wait_for(LockKind::Archive)?;
    let mut checked = ArchiveCheck::default();
    let mut listed: BTreeSet<PathBuf> = BTreeSet::new();
    let journal = folder.journal();
    let numbers: BTreeSet<u64> = sealed(&journal)?.into_iter().chain(manifest::list(&layout)?).collect();
    for number in numbers {
        match SegmentManifest::read(&layout, number) {
            Ok(Some(manifest)) => {
                listed.extend(manifest.files.iter().map(|file| layout.root().join(&file.path)));
                check(&layout, &segment::path(&journal, number), &manifest, &mut checked);
            }
            Ok(None) => checked.missing.push(number),
            Err(error) => checked.damage.push(error),
        }
    }
    for day in layout.days()? {
        for entry in std::fs::read_dir(&day).map_err(StoreError::io("read", &day))? {
            let path = entry.map_err(StoreError::io("read", &day))?.path();
            // Files of a segment without a manifest are leftovers that the next copy overwrites, and no damage.
            let of_missing =
                checked.missing.iter().any(|number| path.to_string_lossy().contains(&format!("{number:010}")));
            if !listed.contains(&path) && !of_missing {
                checked.damage.push(damaged(&path, "no manifest names the file"));
            }
        }
    }
    Ok(checked)
}

/// True if a segment's copy has the checksums of its manifest, and the manifest that of the segment.
pub(super) fn is_whole(layout: &Layout, journal: &Path, number: u64) -> bool {
    let mut checked = ArchiveCheck::default();
    if let Ok(Some(manifest)) = SegmentManifest::read(layout, number) {
        check(layout, &segment::path(journal, number), &manifest, &mut checked);
    }
    checked.segments == 1
}

/// Compares the copy of one segment with its manifest and its source.
fn check(layout: &Layout, source: &Path, manifest: &SegmentManifest, checked: &mut ArchiveCheck) {
    let mut wrong = Vec::new();
    match file::sum(source) {
        Ok((bytes, xxh3)) if (bytes, hex(xxh3)) == (manifest.source_bytes, manifest.source_xxh3.clone()) => {}
        Ok(_) => wrong.push(damaged(&layout.manifest(manifest.segment), "the segment was changed since it was copied")),
        Err(error) => wrong.push(error),
    }
    for part in &manifest.files {
        let path = layout.root().join(&part.path);
        let found = file::sum(&path).and_then(|sum| Ok((sum, file::row_count(&path)?)));
        match found {
            Ok(((bytes, xxh3), rows)) if (bytes, hex(xxh3), rows) == (part.bytes, part.xxh3.clone(), part.rows) => {
                checked.files += 1;
                checked.rows += rows;
            }
            Ok(_) => wrong.push(damaged(&path, "it is not the file that was written")),
            Err(error) => wrong.push(error),
        }
    }
    checked.segments += u64::from(wrong.is_empty());
    checked.damage.extend(wrong);
}
