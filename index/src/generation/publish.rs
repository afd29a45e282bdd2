//! Makes a built generation the current one. A crash at any step leaves the old one live, and the next build
//! removes what is left over.
//!
//! Write to `NAME.tmp` → sync every file and folder → verify by reading back and opening → rename to `NAME`, sync
//! the parent → write `CURRENT.tmp`, sync, rename over `CURRENT`, sync the parent → remove the oldest generations.
//!
//! While a generation was chosen by name ([`super::choose`]), the pointer stays on it.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::xxh3_64;

use super::choose::{PointerLock, chosen};
use super::manifest::{CURRENT, CurrentPointer, FileEntry, MANIFEST, MANIFEST_SUM, Manifest, hex};
use super::open::Generation;
use crate::error::{Error, Result};

/// The ending of the name of a folder or file that is still being written.
const BUILDING: &str = ".tmp";

/// The steps of publishing, in order; each is reported when it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PublishStep {
    /// Every file is written.
    Written,
    /// Files and folders are on disk.
    Synced,
    /// The folder was read back, its checksums verified, and opened.
    Verified,
    /// The folder has its final name.
    Renamed,
    /// The new pointer is on disk under its temporary name.
    PointerWritten,
    /// The pointer names the new generation; it is live.
    PointerReplaced,
    /// Generations beyond the number to retain are removed.
    Cleaned,
}

impl PublishStep {
    /// All steps, in order.
    pub const ALL: [Self; 7] = [
        Self::Written,
        Self::Synced,
        Self::Verified,
        Self::Renamed,
        Self::PointerWritten,
        Self::PointerReplaced,
        Self::Cleaned,
    ];
}

/// The folder of a generation that is being built.
#[derive(Debug)]
pub struct Building {
    generations: PathBuf,
    id: String,
    folder: PathBuf,
}

impl Building {
    /// Removes the folders of crashed builds and creates a new one named after `id` (letters, digits and dashes).
    ///
    /// # Errors
    /// [`Error::Refused`] if a generation of that name exists already.
    pub fn begin(generations: &Path, id: &str) -> Result<Self> {
        fs::create_dir_all(generations).map_err(Error::io("create", generations))?;
        for folder in folders(generations)? {
            if folder.extension().is_some_and(|ending| ending == "tmp") {
                fs::remove_dir_all(&folder).map_err(Error::io("remove", &folder))?;
            }
        }
        if generations.join(id).exists() {
            return Err(Error::Refused(format!("generation {id} exists already")));
        }
        let folder = generations.join(format!("{id}{BUILDING}"));
        fs::create_dir(&folder).map_err(Error::io("create", &folder))?;
        Ok(Self { generations: generations.to_path_buf(), id: id.to_owned(), folder })
    }

    /// The folder to write into.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes the manifest, verifies all files, and makes the generation current, unless another one was chosen
    /// by name. Retains `keep` generations, this one included, and the current one. Calls `observe` after each
    /// step.
    ///
    /// # Errors
    /// I/O, and [`Error::Corrupt`] if the files do not read back as written; the old generation then stays live.
    pub fn publish(
        self,
        mut manifest: Manifest,
        keep: usize,
        observe: &mut dyn FnMut(PublishStep),
    ) -> Result<Generation> {
        manifest.id.clone_from(&self.id);
        manifest.files = list(&self.folder)?;
        let bytes = serde_json::to_vec_pretty(&manifest)
            .map_err(|error| Error::corrupt(&self.folder.join(MANIFEST), error.to_string()))?;
        let checksum = hex(xxh3_64(&bytes));
        write(&self.folder.join(MANIFEST), &bytes)?;
        write(&self.folder.join(MANIFEST_SUM), checksum.as_bytes())?;
        observe(PublishStep::Written);
        sync_tree(&self.folder)?;
        observe(PublishStep::Synced);
        drop(Generation::open_folder(&self.folder, &checksum)?);
        observe(PublishStep::Verified);
        let published = self.generations.join(&self.id);
        fs::rename(&self.folder, &published).map_err(Error::io("rename", &self.folder))?;
        sync(&self.generations)?;
        observe(PublishStep::Renamed);
        let lock = PointerLock::take(&self.generations)?;
        if chosen(&self.generations)?.is_none() {
            let current = CurrentPointer { generation: self.id.clone(), manifest_xxh3: checksum.clone() };
            point(&self.generations, &current, observe)?;
        }
        self.remove_old(keep)?;
        drop(lock);
        observe(PublishStep::Cleaned);
        Generation::open_folder(&published, &checksum)
    }

    /// Removes the oldest generations beyond `keep`, but never the current one; names sort by time.
    fn remove_old(&self, keep: usize) -> Result<()> {
        let current = CurrentPointer::read(&self.generations)?.map(|current| current.folder(&self.generations));
        let own = self.generations.join(&self.id);
        let staying = 1 + usize::from(current.as_ref().is_some_and(|current| *current != own));
        let mut others = folders(&self.generations)?;
        others.retain(|folder| folder.join(MANIFEST).exists() && *folder != own && Some(folder) != current.as_ref());
        others.sort();
        let excess = (others.len() + staying).saturating_sub(keep.max(1)).min(others.len());
        for folder in &others[..excess] {
            fs::remove_dir_all(folder).map_err(Error::io("remove", folder))?;
        }
        Ok(())
    }
}

/// Replaces the pointer durably: after a stop it has its old or its new content. The caller holds the lock.
pub(super) fn point(generations: &Path, current: &CurrentPointer, observe: &mut dyn FnMut(PublishStep)) -> Result<()> {
    let waiting = generations.join(format!("{CURRENT}{BUILDING}"));
    let text = serde_json::to_vec(current).map_err(|error| Error::corrupt(&waiting, error.to_string()))?;
    write(&waiting, &text)?;
    sync(&waiting)?;
    observe(PublishStep::PointerWritten);
    fs::rename(&waiting, generations.join(CURRENT)).map_err(Error::io("rename", &waiting))?;
    sync(generations)?;
    observe(PublishStep::PointerReplaced);
    Ok(())
}

pub(super) fn folders(parent: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(parent).map_err(Error::io("list", parent))? {
        let path = entry.map_err(Error::io("list", parent))?.path();
        if path.is_dir() {
            found.push(path);
        }
    }
    Ok(found)
}

/// Size and checksum of every file below `folder`, without hidden lock files.
fn list(folder: &Path) -> Result<std::collections::BTreeMap<String, FileEntry>> {
    let mut files = std::collections::BTreeMap::new();
    walk(folder, &mut |path| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_file() && !name.starts_with('.') {
            let relative = path.strip_prefix(folder).unwrap_or(path).to_string_lossy().replace('\\', "/");
            files.insert(relative, FileEntry::of(path)?);
        }
        Ok(())
    })?;
    Ok(files)
}

fn sync_tree(folder: &Path) -> Result<()> {
    walk(folder, &mut |path| sync(path))?;
    sync(folder)
}

fn walk(folder: &Path, visit: &mut dyn FnMut(&Path) -> Result<()>) -> Result<()> {
    for entry in fs::read_dir(folder).map_err(Error::io("list", folder))? {
        let path = entry.map_err(Error::io("list", folder))?.path();
        if path.is_dir() {
            walk(&path, visit)?;
        }
        visit(&path)?;
    }
    Ok(())
}

pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    File::create(path).and_then(|mut file| file.write_all(bytes)).map_err(Error::io("write", path))
}

pub(super) fn sync(path: &Path) -> Result<()> {
    File::open(path).and_then(|file| file.sync_all()).map_err(Error::io("sync", path))
}
