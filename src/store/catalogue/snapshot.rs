//! A whole catalogue on disk: one product per line, in a file named after the catalogue version it includes.
//! A new file is written under a temporary name, synced and renamed; so a reader finds the old catalogue or
//! the new one, never a part, and never one under the other's version.
//!
//! `products.jsonl` includes no change (version 0); `products-N.jsonl` includes the first N changes, or is a
//! feed that began after them. The highest version is the current one. Its [`seal`](super::seal) tells whether it is
//! whole.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use tastemaker_index::product::Product;
use xxhash_rust::xxh3::xxh3_128;

use super::log;
use super::seal::{CatalogueSeal, CatalogueSum, Summing};
use crate::store::disk;
use crate::store::error::{Result, StoreError};
use crate::store::folder::DataFolder;

/// The stored catalogue.
#[derive(Debug)]
pub struct Catalogue;

impl Catalogue {
    /// Path of the current file, JSON Lines. Before the first commit, the path the first file will have.
    pub fn path(folder: &DataFolder) -> PathBuf {
        Self::current(folder).ok().flatten().map_or_else(|| path(folder, 0), |(_, path)| path)
    }

    /// Version and path of the current file; absent before the first commit.
    pub fn current(folder: &DataFolder) -> Result<Option<(u64, PathBuf)>> {
        Ok(all(folder)?.into_iter().max())
    }

    /// Starts a replacement that includes all changes so far, overwriting the leftover of an interrupted one.
    /// The caller holds the reindex lock.
    pub fn begin(folder: &DataFolder) -> Result<CatalogueWriter> {
        let logged = log::last_version(&log::folder(folder)?)?;
        let written = Self::current(folder)?.map_or(0, |(version, _)| version);
        Self::begin_at(folder, logged.max(written))
    }

    /// The same with the first `version` changes included.
    pub(super) fn begin_at(folder: &DataFolder, version: u64) -> Result<CatalogueWriter> {
        let target = path(folder, version);
        let temporary = folder.catalogue().join("products.tmp");
        let file = File::create(&temporary).map_err(StoreError::io("create", &temporary))?;
        let out = Some(BufWriter::with_capacity(1 << 20, file));
        Ok(CatalogueWriter { out, temporary, target, sum: Summing::default(), folder: folder.clone() })
    }
}

fn path(folder: &DataFolder, version: u64) -> PathBuf {
    let name = if version == 0 { "products.jsonl".to_owned() } else { format!("products-{version}.jsonl") };
    folder.catalogue().join(name)
}

/// Every catalogue file with its version.
fn all(folder: &DataFolder) -> Result<Vec<(u64, PathBuf)>> {
    let catalogue = folder.catalogue();
    let mut found = Vec::new();
    for entry in fs::read_dir(&catalogue).map_err(StoreError::io("read", &catalogue))? {
        let path = entry.map_err(StoreError::io("read", &catalogue))?.path();
        let stem = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(".jsonl"));
        let version = match stem {
            Some("products") => Some(0),
            Some(stem) => stem.strip_prefix("products-").and_then(|version| version.parse().ok()),
            None => None,
        };
        found.extend(version.map(|version| (version, path)));
    }
    Ok(found)
}

/// A catalogue file being written; dropping it without a commit discards it.
#[derive(Debug)]
pub struct CatalogueWriter {
    /// Absent after the commit.
    out: Option<BufWriter<File>>,
    temporary: PathBuf,
    target: PathBuf,
    sum: Summing,
    folder: DataFolder,
}

impl CatalogueWriter {
    /// Appends one product: a line of JSON without its line end.
    pub fn push_line(&mut self, line: &str) -> Result<()> {
        let Some(out) = &mut self.out else { return Ok(()) };
        self.sum.add(line.as_bytes());
        self.sum.end_line();
        out.write_all(line.as_bytes())
            .and_then(|()| out.write_all(b"\n"))
            .map_err(StoreError::io("write", &self.temporary))
    }

    /// Path of the temporary file; complete after [`Self::flush`].
    pub fn path(&self) -> &Path {
        &self.temporary
    }

    /// Writes buffered lines to the temporary file, so that [`Self::path`] can be read.
    pub fn flush(&mut self) -> Result<()> {
        self.out.as_mut().map_or(Ok(()), BufWriter::flush).map_err(StoreError::io("write", &self.temporary))
    }

    /// Replaces the catalogue; durable on return. Older files are removed only after the new one is durable.
    pub fn commit(mut self) -> Result<()> {
        self.flush()?;
        let catalogue = self.folder.catalogue();
        let sum = self.sum.of(&self.target);
        // A seal that cannot be read fits nothing; the new catalogue mends it.
        let before = CatalogueSeal::read(&catalogue).ok().flatten();
        let fitting = before.iter().flat_map(|seal| seal.files().last()).cloned().chain([sum.clone()]);
        // Beside a catalogue without a seal the new one must not come first: a stop would leave it alone.
        if before.is_some() {
            CatalogueSeal::write(&catalogue, fitting.collect())?;
        }
        disk::publish(&self.temporary, &self.target).map_err(StoreError::io("publish", &self.target))?;
        // Committed, so dropping the writer must not remove the file.
        self.out = None;
        for (_, old) in all(&self.folder)?.into_iter().filter(|(_, path)| *path != self.target) {
            fs::remove_file(&old).map_err(StoreError::io("remove", &old))?;
        }
        CatalogueSeal::write(&catalogue, vec![sum])
    }
}

impl Drop for CatalogueWriter {
    fn drop(&mut self) {
        if self.out.take().is_some() {
            // Best effort: a leftover is overwritten by the next replacement.
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

/// A catalogue file open for lookups by id; holds a hash, an offset and a length per product.
#[derive(Debug)]
pub struct CatalogueSnapshot {
    /// The catalogue version it includes.
    pub version: u64,
    path: PathBuf,
    file: BufReader<File>,
    bytes: u64,
    places: HashMap<u128, (u64, u32)>,
    /// True if a seal was checked.
    sealed: bool,
}

#[derive(Deserialize)]
struct IdOnly<'a> {
    #[serde(borrow)]
    id: std::borrow::Cow<'a, str>,
}

impl CatalogueSnapshot {
    /// Opens the current catalogue; absent before the first commit.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if it is not the one that was written.
    pub fn open(folder: &DataFolder) -> Result<Option<Self>> {
        let catalogue = folder.catalogue();
        let mut seal = CatalogueSeal::read(&catalogue)?;
        loop {
            let opened = Self::open_checked(folder, seal.as_ref());
            let now = CatalogueSeal::read(&catalogue)?;
            // A catalogue replaced meanwhile is looked at again.
            if opened.is_ok() || now == seal {
                return opened;
            }
            seal = now;
        }
    }

    fn open_checked(folder: &DataFolder, seal: Option<&CatalogueSeal>) -> Result<Option<Self>> {
        let Some((version, path)) = Catalogue::current(folder)? else {
            return seal.map_or(Ok(None), |seal| Err(seal.missing(&folder.catalogue())));
        };
        let file = File::open(&path).map_err(StoreError::io("open", &path))?;
        let bytes = file.metadata().map_err(StoreError::io("read", &path))?.len();
        let (file, places) = (BufReader::new(file), HashMap::new());
        let mut opened = Self { version, path, file, bytes, places, sealed: seal.is_some() };
        // The seal first: it says how much is missing, a torn line only that something is.
        let sum = opened.sum()?;
        seal.map_or(Ok(()), |seal| seal.check(&opened.path, &sum))?;
        let mut places = HashMap::new();
        opened.for_each_line(|at, line, path| {
            let key: IdOnly<'_> = serde_json::from_slice(line).map_err(|error| unreadable(path, at, &error))?;
            // 128 bits of hash: two ids of one catalogue do not collide.
            places.insert(xxh3_128(key.id.as_bytes()), (at, line.len() as u32));
            Ok(())
        })?;
        opened.places = places;
        Ok(Some(opened))
    }

    /// True if the seal was checked.
    pub(super) fn is_sealed(&self) -> bool {
        self.sealed
    }

    /// Writes the seal of a catalogue of an earlier release, or of one whose seal is gone. The caller holds the
    /// reindex lock.
    pub(super) fn seal(&mut self, folder: &DataFolder) -> Result<()> {
        if self.sealed {
            return Ok(());
        }
        let sum = self.sum()?;
        let products = self.places.len();
        tracing::warn!(products, "the catalogue had no products.seal; it is sealed as it is now");
        CatalogueSeal::write(&folder.catalogue(), vec![sum])
    }

    fn sum(&mut self) -> Result<CatalogueSum> {
        let mut sum = Summing::default();
        self.file.rewind().map_err(StoreError::io("read", &self.path))?;
        let mut buffer = vec![0; 1 << 18];
        let mut last = b'\n';
        loop {
            match self.file.read(&mut buffer).map_err(StoreError::io("read", &self.path))? {
                0 => break,
                count => {
                    sum.add(&buffer[..count]);
                    last = buffer[count - 1];
                }
            }
        }
        if last != b'\n' {
            sum.end_torn_line();
        }
        Ok(sum.of(&self.path))
    }

    /// True if this file is still the current one.
    pub fn is_current(&self, folder: &DataFolder) -> Result<bool> {
        let current = Catalogue::current(folder)?;
        let ours = self.file.get_ref().metadata().and_then(|held| Ok((held, fs::metadata(&self.path)?)));
        let same =
            ours.is_ok_and(|(held, named)| held.len() == named.len() && held.modified().ok() == named.modified().ok());
        Ok(same && current.is_some_and(|(version, path)| version == self.version && path == self.path))
    }

    /// The product with this id, as the file has it.
    pub fn product(&mut self, id: &str) -> Result<Option<Product>> {
        let Some(&(at, bytes)) = self.places.get(&xxh3_128(id.as_bytes())) else { return Ok(None) };
        let mut line = vec![0; bytes as usize];
        self.file
            .seek(SeekFrom::Start(at))
            .and_then(|_| self.file.read_exact(&mut line))
            .map_err(StoreError::io("read", &self.path))?;
        serde_json::from_slice(&line).map(Some).map_err(|error| unreadable(&self.path, at, &error))
    }

    /// Calls `visit` with the line and the product, in the order of the file.
    pub(super) fn for_each(&mut self, mut visit: impl FnMut(&str, Product) -> Result<()>) -> Result<()> {
        self.for_each_line(|at, line, path| {
            let product: Product = serde_json::from_slice(line).map_err(|error| unreadable(path, at, &error))?;
            visit(&String::from_utf8_lossy(line), product)
        })
    }

    fn for_each_line(&mut self, mut visit: impl FnMut(u64, &[u8], &Path) -> Result<()>) -> Result<()> {
        self.file.rewind().map_err(StoreError::io("read", &self.path))?;
        let (mut line, mut at) = (Vec::new(), 0);
        while at < self.bytes {
            line.clear();
            let read = self.file.read_until(b'\n', &mut line).map_err(StoreError::io("read", &self.path))?;
            if read == 0 {
                break;
            }
            let text = line.trim_ascii();
            if !text.is_empty() {
                let skipped = line.len() - line.trim_ascii_start().len();
                visit(at + skipped as u64, text, &self.path)?;
            }
            at += read as u64;
        }
        Ok(())
    }
}

fn unreadable(path: &Path, at: u64, error: &serde_json::Error) -> StoreError {
    StoreError::corrupt(path, at, format!("the product cannot be read: {error}"))
}
