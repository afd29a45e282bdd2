//! The manifest of a generation, and the pointer that makes one current.
//!
//! `manifest.json` lists every file with its size and checksum. `CURRENT` names the generation in use and the
//! checksum of its manifest, so that opening finds a flipped bit anywhere between the pointer and the last row.

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

/// The file beside the manifest with the manifest's checksum, so that a generation that is not in force can be
/// verified too. Generations of early releases have none.
pub(super) const MANIFEST_SUM: &str = "manifest.xxh3";

/// The pointer's file name.
pub const CURRENT: &str = "CURRENT";

/// The description of a generation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The format version of the whole folder.
    pub format: u32,
    /// The name of the generation and of its folder.
    pub id: String,
    /// The time of the build.
    pub created_at: Timestamp,
    /// The number of products.
    pub products: u32,
    /// The number of products with a vector.
    pub with_vector: u32,
    /// The number of events that its behaviour tables were counted from.
    pub events: u64,
    /// The space of its vectors.
    pub space: Space,
    /// The number of single changes that its catalogue includes; later changes are applied on top.
    #[serde(default)]
    pub catalogue_version: u64,
    /// The language of queries.
    #[serde(default)]
    pub language: Language,
    /// Every file but the manifest, by relative path.
    pub files: BTreeMap<String, FileEntry>,
}

/// The size and checksum of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Size in bytes.
    pub bytes: u64,
    /// XXH3-64 of the content, in hex.
    pub xxh3: String,
}

/// The content of `CURRENT`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CurrentPointer {
    /// The name of the generation.
    pub generation: String,
    /// XXH3-64 of its manifest, in hex.
    pub manifest_xxh3: String,
}

#[derive(Deserialize)]
struct FormatOnly {
    format: u32,
}

impl Manifest {
    /// Reads the manifest of `folder` and checks it against the checksum of the pointer.
    ///
    /// # Errors
    /// [`Error::NewerFormat`] for one of a later release, [`Error::Corrupt`] for any other difference.
    pub fn read(folder: &Path, expected_xxh3: &str) -> Result<Self> {
        let path = folder.join(MANIFEST);
        let bytes = std::fs::read(&path).map_err(Error::io("read", &path))?;
        let unreadable = |error: serde_json::Error| Error::corrupt(&path, error.to_string());
        // The version first: a manifest of a later release may not parse, and must not count as corrupt.
        let format = serde_json::from_slice::<FormatOnly>(&bytes).map_err(unreadable)?.format;
        if format > FORMAT {
            return Err(Error::NewerFormat { path, found: format, supported: FORMAT });
        }
        if hex(xxh3_64(&bytes)) != expected_xxh3 {
            return Err(Error::corrupt(&path, "its checksum is not the one published"));
        }
        serde_json::from_slice(&bytes).map_err(unreadable)
    }

    /// The manifests of all generations in a folder that can be read, without checking checksums.
    pub fn all(generations: &Path) -> Result<Vec<Self>> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(generations).map_err(Error::io("list", generations))? {
            let folder = entry.map_err(Error::io("list", generations))?.path();
            let complete = folder.extension().is_none();
            found.extend(Self::unverified(&folder).filter(|_| complete));
        }
        Ok(found)
    }

    /// The manifest of a folder as far as it can be parsed, without checking anything.
    pub(super) fn unverified(folder: &Path) -> Option<Self> {
        std::fs::read(folder.join(MANIFEST)).ok().and_then(|text| serde_json::from_slice(&text).ok())
    }

    /// Checks size and checksum of every file, in parallel.
    ///
    /// # Errors
    /// [`Error::Corrupt`] naming the first file that differs.
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
    /// Computes size and checksum of a file.
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

impl CurrentPointer {
    /// Reads the pointer of a folder of generations; `None` before the first publishing.
    pub fn read(generations: &Path) -> Result<Option<Self>> {
        let path = generations.join(CURRENT);
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::io("read", &path)(error)),
        };
        let current: Self = serde_json::from_slice(&bytes).map_err(|error| Error::corrupt(&path, error.to_string()))?;
        // The name becomes part of a path: nothing that could lead elsewhere.
        let plain =
            !current.generation.is_empty() && current.generation.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        if plain { Ok(Some(current)) } else { Err(Error::corrupt(&path, "names no generation")) }
    }

    /// The pointer to a generation on disk, verified only as far as its own checksum file goes.
    ///
    /// # Errors
    /// [`Error::Corrupt`] if the checksum beside the manifest cannot be read.
    pub fn of(generations: &Path, id: &str) -> Result<Self> {
        let folder = generations.join(id);
        let path = folder.join(MANIFEST_SUM);
        let manifest_xxh3 = match std::fs::read_to_string(&path) {
            Ok(text) if text.trim_end().len() == 16 => text.trim_end().to_owned(),
            Ok(_) => return Err(Error::corrupt(&path, "is no checksum")),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let manifest = folder.join(MANIFEST);
                hex(xxh3_64(&std::fs::read(&manifest).map_err(Error::io("read", &manifest))?))
            }
            Err(error) if error.kind() == std::io::ErrorKind::InvalidData => {
                return Err(Error::corrupt(&path, "is no checksum"));
            }
            Err(error) => return Err(Error::io("read", &path)(error)),
        };
        Ok(Self { generation: id.to_owned(), manifest_xxh3 })
    }

    /// The folder of the generation it points to.
    pub fn folder(&self, generations: &Path) -> PathBuf {
        generations.join(&self.generation)
    }
}

/// A checksum as 16 hexadecimal digits.
pub(super) fn hex(checksum: u64) -> String {
    format!("{checksum:016x}")
}
