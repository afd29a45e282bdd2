//! What a generation says of itself, and the pointer that makes one current.
//!
//! `manifest.json` lists every file with its size and checksum. `CURRENT` names
//! the generation served and the checksum of its manifest, so that a flipped
//! bit anywhere between the pointer and the last row is found on opening.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use jiff::Timestamp;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use crate::error::{Error, Result};
use crate::text::analysis::Language;
use crate::vector::embed::Space;

/// The format this release writes, and the newest it reads.
pub const FORMAT: u32 = 2;

/// The manifest's file name.
pub const MANIFEST: &str = "manifest.json";

/// The pointer's file name.
pub const CURRENT: &str = "CURRENT";

/// A generation's description.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Format version of the whole folder.
    pub format: u32,
    /// The generation's name, also its folder's.
    pub id: String,
    /// When it was built.
    pub created_at: Timestamp,
    /// How many products it holds.
    pub products: u32,
    /// How many of them have a vector.
    pub with_vector: u32,
    /// How many events its behaviour tables were learned from.
    pub events: u64,
    /// The space its vectors live in.
    pub space: Space,
    /// How many single changes the catalogue it was built from stood for; later ones go on top.
    #[serde(default)]
    pub catalogue_version: u64,
    /// The language queries are read in.
    #[serde(default)]
    pub language: Language,
    /// Every file but the manifest, by relative path.
    pub files: BTreeMap<String, FileEntry>,
}

/// A file's size and checksum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Size in bytes.
    pub bytes: u64,
    /// XXH3-64 of the content, in hex.
    pub xxh3: String,
}

/// The content of `CURRENT`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Current {
    /// The generation's name.
    pub generation: String,
    /// XXH3-64 of its manifest, in hex.
    pub manifest_xxh3: String,
}

#[derive(Deserialize)]
struct FormatOnly {
    format: u32,
}

impl Manifest {
    /// Reads and checks the manifest of `folder` against the pointer's checksum.
    pub fn read(folder: &Path, expected_xxh3: &str) -> Result<Self> {
        let path = folder.join(MANIFEST);
        let bytes = std::fs::read(&path).map_err(Error::io("read", &path))?;
        let unreadable = |error: serde_json::Error| Error::corrupt(&path, error.to_string());
        // The version first: a newer manifest may not parse as ours, and must say so.
        let format = serde_json::from_slice::<FormatOnly>(&bytes).map_err(unreadable)?.format;
        if format > FORMAT {
            return Err(Error::NewerFormat { path, found: format, supported: FORMAT });
        }
        if hex(xxh3_64(&bytes)) != expected_xxh3 {
            return Err(Error::corrupt(&path, "its checksum is not the one published"));
        }
        serde_json::from_slice(&bytes).map_err(unreadable)
    }

    /// The manifests of all generations in a folder, as far as they can be read; unchecked.
    pub fn all(generations: &Path) -> Result<Vec<Self>> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(generations).map_err(Error::io("list", generations))? {
            let folder = entry.map_err(Error::io("list", generations))?.path();
            let complete = folder.extension().is_none();
            let text = std::fs::read(folder.join(MANIFEST)).ok().filter(|_| complete);
            found.extend(text.and_then(|text| serde_json::from_slice(&text).ok()));
        }
        Ok(found)
    }

    /// Checks every file's size and checksum, in parallel.
    pub fn verify(&self, folder: &Path) -> Result<()> {
        let files: Vec<_> = self.files.iter().collect();
        files.into_par_iter().try_for_each(|(name, expected)| {
            let path = folder.join(name);
            if !Path::new(name).components().all(|part| matches!(part, Component::Normal(_))) {
                return Err(Error::corrupt(&folder.join(MANIFEST), format!("names `{name}`, which is outside")));
            }
            let found = FileEntry::of(&path)?;
            if found == *expected {
                return Ok(());
            }
            let detail = format!(
                "{} bytes with checksum {}, the manifest says {} with {}",
                found.bytes, found.xxh3, expected.bytes, expected.xxh3
            );
            Err(Error::corrupt(&path, detail))
        })
    }
}

impl FileEntry {
    /// Reads a file through.
    pub fn of(path: &Path) -> Result<Self> {
        let mut file = File::open(path).map_err(Error::io("open", path))?;
        let mut hash = Xxh3::new();
        let mut buffer = vec![0; 1 << 18];
        let mut bytes = 0;
        loop {
            match file.read(&mut buffer).map_err(Error::io("read", path))? {
                0 => return Ok(Self { bytes, xxh3: hex(hash.digest()) }),
                count => {
                    hash.update(&buffer[..count]);
                    bytes += count as u64;
                }
            }
        }
    }
}

impl Current {
    /// Reads the pointer of a generations folder; `None` when nothing was published yet.
    pub fn read(generations: &Path) -> Result<Option<Self>> {
        let path = generations.join(CURRENT);
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::io("read", &path)(error)),
        };
        let current: Self = serde_json::from_slice(&bytes).map_err(|error| Error::corrupt(&path, error.to_string()))?;
        let plain =
            !current.generation.is_empty() && current.generation.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        if plain { Ok(Some(current)) } else { Err(Error::corrupt(&path, "names no generation")) }
    }

    /// The folder it points to.
    pub fn folder(&self, generations: &Path) -> PathBuf {
        generations.join(&self.generation)
    }
}

/// A checksum as text.
pub(super) fn hex(checksum: u64) -> String {
    format!("{checksum:016x}")
}
