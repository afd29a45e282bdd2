//! The container format of everything that a generation serves from memory maps: named, typed, 64-byte aligned
//! arrays in one little-endian file.
//!
//! ```text
//! magic "TMFLAT01" | sections, each padded to 64 bytes | directory (JSON)
//! | directory offset u64 | directory bytes u64
//! ```
//!
//! A [`Section`] dereferences to a slice, whether it is mapped from a file or owned by a builder. This module
//! checks the structure of a file, so that no damaged file can cause an access out of bounds; checksums are in
//! the manifest.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::marker::PhantomData;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytemuck::{NoUninit, Pod};
use memmap2::Mmap;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

#[cfg(target_endian = "big")]
compile_error!("generations are little-endian files read in place");

const MAGIC: &[u8; 8] = b"TMFLAT01";
const ALIGNMENT: usize = 64;
const TAIL_BYTES: usize = 16;

/// A number that a section can hold.
pub trait SectionValue: Pod + NoUninit + Send + Sync {
    /// The name of the type in the directory.
    const NAME: &'static str;
}

macro_rules! elements {
    ($($kind:ident),*) => { $(impl SectionValue for $kind { const NAME: &'static str = stringify!($kind); })* };
}
elements!(u8, i8, u16, u32, u64, i64, f32, f64);

#[derive(Debug, Clone, Serialize, Deserialize)]
struct SectionEntry {
    name: String,
    kind: String,
    offset: usize,
    bytes: usize,
}

/// Writes a flat file, section by section.
#[derive(Debug)]
pub struct FlatWriter {
    path: PathBuf,
    out: BufWriter<File>,
    at: usize,
    entries: Vec<SectionEntry>,
}

impl FlatWriter {
    /// Creates a new file, which must not exist yet.
    pub fn create(path: &Path) -> Result<Self> {
        let file = File::create_new(path).map_err(Error::io("create", path))?;
        let mut writer = Self { path: path.to_path_buf(), out: BufWriter::new(file), at: 0, entries: Vec::new() };
        writer.put(MAGIC)?;
        Ok(writer)
    }

    /// Writes one whole section.
    pub fn section<T: SectionValue>(&mut self, name: &str, values: &[T]) -> Result<()> {
        self.begin::<T>(name)?;
        self.extend(values)
    }

    /// Starts a section that [`Self::extend`] fills piece by piece.
    pub fn begin<T: SectionValue>(&mut self, name: &str) -> Result<()> {
        let padding = self.at.next_multiple_of(ALIGNMENT) - self.at;
        self.put(&[0; ALIGNMENT][..padding])?;
        self.entries.push(SectionEntry { name: name.to_owned(), kind: T::NAME.to_owned(), offset: self.at, bytes: 0 });
        Ok(())
    }

    /// Appends values to the section begun last.
    pub fn extend<T: SectionValue>(&mut self, values: &[T]) -> Result<()> {
        let bytes: &[u8] = bytemuck::cast_slice(values);
        if let Some(entry) = self.entries.last_mut() {
            debug_assert_eq!(entry.kind, T::NAME, "one kind of number a section");
            entry.bytes += bytes.len();
        }
        self.put(bytes)
    }

    /// Writes the directory and syncs the file to disk.
    pub fn finish(mut self) -> Result<()> {
        let directory = serde_json::to_vec(&self.entries).unwrap_or_default();
        let tail = [self.at as u64, directory.len() as u64];
        self.put(&directory)?;
        self.put(bytemuck::cast_slice(&tail))?;
        self.out.flush().map_err(Error::io("write", &self.path))?;
        self.out.get_ref().sync_all().map_err(Error::io("sync", &self.path))
    }

    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.at += bytes.len();
        self.out.write_all(bytes).map_err(Error::io("write", &self.path))
    }
}

/// An open flat file; cheap to clone.
#[derive(Debug, Clone)]
pub struct FlatFile {
    path: PathBuf,
    map: Arc<Mmap>,
    entries: Arc<[SectionEntry]>,
}

impl FlatFile {
    /// Maps a file and checks its structure.
    pub fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(Error::io("open", path))?;
        // SAFETY: a published generation is immutable: its files are written under another folder
        // name, synced, and never opened for writing again.
        #[allow(unsafe_code)]
        let map = unsafe { Mmap::map(&file) }.map_err(Error::io("map", path))?;
        let entries = Self::directory(path, &map)?;
        Ok(Self { path: path.to_path_buf(), map: Arc::new(map), entries: entries.into() })
    }

    fn directory(path: &Path, map: &[u8]) -> Result<Vec<SectionEntry>> {
        if map.len() < MAGIC.len() + TAIL_BYTES || &map[..MAGIC.len()] != MAGIC {
            return Err(Error::corrupt(path, "not a flat file"));
        }
        let body_end = map.len() - TAIL_BYTES;
        let word = |at: usize| map[at..at + 8].try_into().map(u64::from_le_bytes).unwrap_or(u64::MAX) as usize;
        let (start, bytes) = (word(body_end), word(body_end + 8));
        if start.checked_add(bytes) != Some(body_end) {
            return Err(Error::corrupt(path, "its directory is not where the tail says"));
        }
        let entries: Vec<SectionEntry> = serde_json::from_slice(&map[start..body_end])
            .map_err(|error| Error::corrupt(path, format!("directory: {error}")))?;
        for entry in &entries {
            let end = entry.offset.checked_add(entry.bytes);
            if end.is_none_or(|end| end > start) || entry.offset % ALIGNMENT != 0 {
                return Err(Error::corrupt(path, format!("section {} lies outside the file", entry.name)));
            }
        }
        Ok(entries)
    }

    /// The file's path, for messages.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The name and length in bytes of each section, in file order.
    pub fn sections(&self) -> impl Iterator<Item = (&str, usize)> {
        self.entries.iter().map(|entry| (entry.name.as_str(), entry.bytes))
    }

    /// True if the file has the section.
    pub fn has(&self, name: &str) -> bool {
        self.entries.iter().any(|entry| entry.name == name)
    }

    /// A section by name.
    ///
    /// # Errors
    /// [`Error::Corrupt`] if it is absent or holds another type of number.
    pub fn section<T: SectionValue>(&self, name: &str) -> Result<Section<T>> {
        let entry = self.entries.iter().find(|entry| entry.name == name);
        let entry = entry.ok_or_else(|| Error::corrupt(&self.path, format!("section {name} is missing")))?;
        if entry.kind != T::NAME || entry.bytes % size_of::<T>() != 0 {
            return Err(Error::corrupt(&self.path, format!("section {name} does not hold {}", T::NAME)));
        }
        let source = SectionSource::Mapped { map: Arc::clone(&self.map), offset: entry.offset, bytes: entry.bytes };
        Ok(Section { source, kind: PhantomData })
    }

    /// A section that must have exactly `count` values; else [`Error::Corrupt`].
    pub fn section_of<T: SectionValue>(&self, name: &str, count: usize) -> Result<Section<T>> {
        let section = self.section::<T>(name)?;
        if section.len() != count {
            let detail = format!("section {name} has {} values, expected {count}", section.len());
            return Err(Error::corrupt(&self.path, detail));
        }
        Ok(section)
    }
}

#[derive(Debug, Clone)]
enum SectionSource<T> {
    Mapped { map: Arc<Mmap>, offset: usize, bytes: usize },
    Owned(Arc<[T]>),
}

/// An array of a flat file, or one owned by a builder. Dereference it once, outside of loops: `let rows: &[u32]
/// = &section;`.
#[derive(Debug, Clone)]
pub struct Section<T> {
    source: SectionSource<T>,
    kind: PhantomData<T>,
}

impl<T: SectionValue> Deref for Section<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match &self.source {
            SectionSource::Mapped { map, offset, bytes } => bytemuck::cast_slice(&map[*offset..*offset + *bytes]),
            SectionSource::Owned(values) => values,
        }
    }
}

impl<T: SectionValue> Section<T> {
    /// The same array as values of another type with as many bytes.
    pub fn cast<U: SectionValue>(&self) -> Section<U> {
        let source = match &self.source {
            SectionSource::Mapped { map, offset, bytes } => {
                SectionSource::Mapped { map: Arc::clone(map), offset: *offset, bytes: *bytes }
            }
            SectionSource::Owned(values) => SectionSource::Owned(bytemuck::cast_slice(values).into()),
        };
        Section { source, kind: PhantomData }
    }
}

impl<T> From<Vec<T>> for Section<T> {
    fn from(values: Vec<T>) -> Self {
        Self { source: SectionSource::Owned(values.into()), kind: PhantomData }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_come_back_as_written() -> Result<()> {
        let folder = tempfile::tempdir().map_err(Error::io("create", Path::new("temp")))?;
        let path = folder.path().join("a.flat");
        let mut writer = FlatWriter::create(&path)?;
        writer.section("bytes", b"abc")?;
        writer.begin::<u32>("numbers")?;
        writer.extend(&[1u32, 2])?;
        writer.extend(&[3u32])?;
        writer.section::<f64>("none", &[])?;
        writer.finish()?;
        let file = FlatFile::open(&path)?;
        assert_eq!(&*file.section::<u8>("bytes")?, b"abc");
        assert_eq!(&*file.section::<u32>("numbers")?, [1, 2, 3]);
        assert!(file.section::<f64>("none")?.is_empty());
        assert!(matches!(file.section::<i64>("numbers"), Err(Error::Corrupt { .. })));
        assert!(matches!(file.section_of::<u32>("numbers", 4), Err(Error::Corrupt { .. })));
        Ok(())
    }

    #[test]
    fn every_truncation_is_an_error_not_a_panic() -> Result<()> {
        let folder = tempfile::tempdir().map_err(Error::io("create", Path::new("temp")))?;
        let path = folder.path().join("a.flat");
        let mut writer = FlatWriter::create(&path)?;
        writer.section("numbers", &[7u32; 40])?;
        writer.finish()?;
        let whole = std::fs::read(&path).map_err(Error::io("read", &path))?;
        for length in 0..whole.len() {
            std::fs::write(&path, &whole[..length]).map_err(Error::io("write", &path))?;
            assert!(FlatFile::open(&path).is_err(), "{length} of {} bytes", whole.len());
        }
        Ok(())
    }
}
