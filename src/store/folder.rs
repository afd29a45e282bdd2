//! The layout of the data folder, and its locks. A lock belongs to an open file, so the operating system
//! releases it whenever its process ends. One server and one reindex may share a folder, two of a kind may
//! not.
//!
//! ```text
//! DIR/catalogue/    the products: a snapshot and the changes since
//! DIR/journal/      the shoppers' events
//! DIR/archive/      the same as Parquet, by day
//! DIR/state/        profiles; beside it state.position, the journal position they are durable to
//! DIR/erasures/     erasure requests and receipts
//! DIR/generations/  generations built by a reindex
//! DIR/curation/     rules and synonyms, by version
//! DIR/keys.json     API keys, secrets as hashes; beside it keys.made, which stays
//! DIR/serve.lock  DIR/reindex.lock  DIR/keys.lock  DIR/archive.lock
//! ```

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use crate::store::error::{Result, StoreError};

/// A data folder that exists with its subfolders.
#[derive(Debug, Clone)]
pub struct DataFolder {
    root: PathBuf,
}

/// The work a process locks the folder for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockKind {
    /// Serving: one writer of the journal and the state.
    Serve,
    /// Reindexing: one writer of the catalogue and the generations.
    Reindex,
    /// Copying closed segments: one writer of the archive.
    Archive,
}

impl LockKind {
    /// The command's name, which is also the lock file's.
    fn command(self) -> &'static str {
        match self {
            Self::Serve => "serve",
            Self::Reindex => "reindex",
            Self::Archive => "archive",
        }
    }
}

/// A lock, held until dropped or until the process ends.
#[derive(Debug)]
pub struct FolderLock {
    _file: File,
}

impl DataFolder {
    /// Opens the folder and creates missing subfolders.
    pub fn open(root: impl Into<PathBuf>) -> Result<Self> {
        let folder = Self { root: root.into() };
        let (journal, state, catalogue) = (folder.journal(), folder.state(), folder.catalogue());
        for part in [journal, state, catalogue, folder.archive(), folder.generations(), folder.erasures()] {
            fs::create_dir_all(&part).map_err(StoreError::io("create", &part))?;
        }
        Ok(folder)
    }

    /// Locks the folder for one kind of work, without waiting.
    ///
    /// # Errors
    /// [`StoreError::Locked`] if another process holds this lock.
    pub fn lock(&self, kind: LockKind) -> Result<FolderLock> {
        let (file, path) = self.lock_file(kind)?;
        match file.try_lock() {
            Ok(()) => Ok(FolderLock { _file: file }),
            Err(TryLockError::WouldBlock) => {
                Err(StoreError::Locked { folder: self.root.clone(), command: kind.command() })
            }
            Err(TryLockError::Error(error)) => Err(StoreError::io("lock", &path)(error)),
        }
    }

    /// Locks the folder for one kind of work, waiting for another holder.
    pub fn wait_for(&self, kind: LockKind) -> Result<FolderLock> {
        let (file, path) = self.lock_file(kind)?;
        file.lock().map_err(StoreError::io("lock", &path))?;
        Ok(FolderLock { _file: file })
    }

    fn lock_file(&self, kind: LockKind) -> Result<(File, PathBuf)> {
        let path = self.root.join(format!("{}.lock", kind.command()));
        let opened = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
        Ok((opened.map_err(StoreError::io("open", &path))?, path))
    }

    /// The data folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The journal's segments.
    pub fn journal(&self) -> PathBuf {
        self.root.join("journal")
    }

    /// The Parquet copy of the journal.
    pub fn archive(&self) -> PathBuf {
        self.root.join("archive")
    }

    /// The state store.
    pub fn state(&self) -> PathBuf {
        self.root.join("state")
    }

    /// The file with the journal position the state store is durable to.
    pub fn state_position(&self) -> PathBuf {
        self.root.join("state.position")
    }

    /// The products.
    pub fn catalogue(&self) -> PathBuf {
        self.root.join("catalogue")
    }

    /// Erasure requests and receipts.
    pub fn erasures(&self) -> PathBuf {
        self.root.join("erasures")
    }

    /// The generations.
    pub fn generations(&self) -> PathBuf {
        self.root.join("generations")
    }

    /// Rules and synonyms.
    pub fn curation(&self) -> PathBuf {
        self.root.join("curation")
    }

    /// The API keys.
    pub fn keys(&self) -> PathBuf {
        self.root.join("keys.json")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_server_on_the_same_folder_is_told_which_folder_and_what_to_do() -> Result<(), Box<dyn std::error::Error>>
    {
        let root = tempfile::tempdir()?;
        let folder = DataFolder::open(root.path())?;
        let _held = folder.lock(LockKind::Serve)?;
        let refused = DataFolder::open(root.path())?.lock(LockKind::Serve);
        let message = refused.err().map(|error| error.to_string()).unwrap_or_default();
        assert!(message.contains(&root.path().display().to_string()), "{message}");
        assert!(message.contains("stop that one first"), "{message}");
        Ok(())
    }

    #[test]
    fn a_server_and_a_reindex_share_a_folder() -> Result<()> {
        let root = tempfile::tempdir().map_err(StoreError::io("create", Path::new("tmp")))?;
        let folder = DataFolder::open(root.path())?;
        let _serve = folder.lock(LockKind::Serve)?;
        let reindex = folder.lock(LockKind::Reindex)?;
        assert!(matches!(folder.lock(LockKind::Reindex), Err(StoreError::Locked { command: "reindex", .. })));
        drop(reindex);
        folder.lock(LockKind::Reindex).map(drop)
    }
}
