//! The choice of the generation in force. Normally it is the newest; an operator can go back to an older one by
//! name. The choice is written beside `CURRENT`, as the file `CHOSEN`: while it is there, a reindex builds a
//! generation and leaves the pointer where it is. Every change of the pointer holds the [`PointerLock`], so a
//! choice made during a reindex is not undone by its end.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};

use super::manifest::{CurrentPointer, Manifest};
use super::open::Generation;
use super::publish::{folders, point, sync, write};
use crate::error::{Error, Result};

/// The name of the file that holds the choice: the id of a generation.
const CHOSEN: &str = "CHOSEN";
/// The name of the lock file of the pointer.
const LOCK: &str = "CURRENT.lock";

/// The right to change the pointer, held until dropped or until the process ends.
#[derive(Debug)]
pub(super) struct PointerLock {
    _file: File,
}

impl PointerLock {
    /// Waits for the lock; it is held for moments only.
    pub(super) fn take(generations: &Path) -> Result<Self> {
        let path = generations.join(LOCK);
        let opened = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
        let file = opened.map_err(Error::io("open", &path))?;
        file.lock().map_err(Error::io("lock", &path))?;
        Ok(Self { _file: file })
    }
}

/// One generation on disk.
#[derive(Debug)]
pub struct StoredGeneration {
    /// The name of the generation and of its folder.
    pub id: String,
    /// Its description; absent if it cannot be read.
    pub manifest: Option<Manifest>,
    /// The size of its folder, in bytes.
    pub bytes: u64,
    /// True if the pointer names it.
    pub current: bool,
    /// The damage found, if it is not whole.
    pub damage: Option<Error>,
}

/// The generation chosen by name, if one is. A choice that cannot be read still is one, of the current generation.
pub fn chosen(generations: &Path) -> Result<Option<String>> {
    let path = generations.join(CHOSEN);
    match fs::read(&path) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).trim().to_owned())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io("read", &path)(error)),
    }
}

/// Every generation on disk, the newest first, each read and verified as a whole.
pub fn stored(generations: &Path) -> Result<Vec<StoredGeneration>> {
    // A pointer that cannot be read names none of them.
    let current = CurrentPointer::read(generations).ok().flatten();
    let mut found = Vec::new();
    for id in ids(generations)? {
        let pointer = current.as_ref().filter(|current| current.generation == id);
        let opened = match pointer {
            Some(pointer) => Ok(pointer.clone()),
            None => CurrentPointer::of(generations, &id),
        };
        let opened = opened.and_then(|pointer| Generation::open_folder(&generations.join(&id), &pointer.manifest_xxh3));
        let (manifest, damage) = match opened {
            Ok(generation) => (Some(generation.manifest), None),
            Err(error) => (Manifest::unverified(&generations.join(&id)), Some(error)),
        };
        let bytes = size(&generations.join(&id))?;
        found.push(StoredGeneration { manifest, bytes, current: pointer.is_some(), damage, id });
    }
    Ok(found)
}

/// The newest generation that is whole, other than `except`.
pub fn newest_whole(generations: &Path, except: Option<&str>) -> Result<Option<Generation>> {
    let others = ids(generations)?.into_iter().filter(|id| Some(&**id) != except);
    Ok(others.map(|id| open(generations, &id)).find_map(Result::ok).map(|(_, generation)| generation))
}

/// True if a newer generation than `id` is on disk.
pub fn is_behind(generations: &Path, id: &str) -> Result<bool> {
    Ok(ids(generations)?.first().is_some_and(|newest| &**newest > id))
}

/// Puts a generation in force by its name, and records the choice: no reindex replaces it until
/// [`choose_latest`].
///
/// # Errors
/// [`Error::Invalid`] for an unknown name, with the known ones; [`Error::Corrupt`] if it is not whole. Then nothing
/// changes.
pub fn choose(generations: &Path, id: &str) -> Result<Manifest> {
    let _lock = PointerLock::take(generations)?;
    let known = ids(generations)?;
    if !known.iter().any(|known| known == id) {
        let names = if known.is_empty() { "there are none".to_owned() } else { known.join(", ") };
        return Err(Error::invalid("generation", format!("there is no `{id}`; on disk are: {names}")));
    }
    let (pointer, generation) = open(generations, id)?;
    // The choice first: a stop in between leaves the pointer where it was, and no reindex moves it.
    let waiting = generations.join(format!("{CHOSEN}.tmp"));
    write(&waiting, id.as_bytes())?;
    sync(&waiting)?;
    fs::rename(&waiting, generations.join(CHOSEN)).map_err(Error::io("rename", &waiting))?;
    sync(generations)?;
    point(generations, &pointer, &mut |_| ())?;
    Ok(generation.manifest)
}

/// Puts the newest whole generation in force and ends the choice: the next reindex publishes again.
///
/// # Errors
/// [`Error::NoGeneration`] if none is whole; then nothing changes.
pub fn choose_latest(generations: &Path) -> Result<Manifest> {
    let _lock = PointerLock::take(generations)?;
    let whole = ids(generations)?.iter().map(|id| open(generations, id)).find_map(Result::ok);
    let (pointer, generation) = whole.ok_or_else(|| Error::NoGeneration { path: generations.to_path_buf() })?;
    point(generations, &pointer, &mut |_| ())?;
    let path = generations.join(CHOSEN);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(Error::io("remove", &path)(error)),
        _ => sync(generations)?,
    }
    Ok(generation.manifest)
}

/// Opens and verifies a generation by its name.
fn open(generations: &Path, id: &str) -> Result<(CurrentPointer, Generation)> {
    let pointer = CurrentPointer::of(generations, id)?;
    let generation = Generation::open_folder(&pointer.folder(generations), &pointer.manifest_xxh3)?;
    Ok((pointer, generation))
}

/// The names of the generations on disk, the newest first; names sort by time.
fn ids(generations: &Path) -> Result<Vec<String>> {
    let name = |folder: PathBuf| folder.file_name().and_then(|name| name.to_str()).map(str::to_owned);
    let plain = |id: &String| id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let mut ids: Vec<String> = folders(generations)?.into_iter().filter_map(name).filter(plain).collect();
    ids.sort_unstable_by(|a, b| b.cmp(a));
    Ok(ids)
}

/// The bytes of all files below a folder.
fn size(folder: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder).map_err(Error::io("list", folder))? {
        let path = entry.map_err(Error::io("list", folder))?.path();
        bytes += match path.is_dir() {
            true => size(&path)?,
            false => fs::metadata(&path).map_err(Error::io("read", &path))?.len(),
        };
    }
    Ok(bytes)
}
