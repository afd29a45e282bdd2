//! The layout of the data folder, and who may work on it. A lock belongs to
//! the open file, so the system frees it when its process ends, however it
//! ends; one server and one reindex may share a folder, two of a kind may not.
//!
//! ```text
//! DIR/catalogue/    the products as the shop last said
//! DIR/journal/      what shoppers did
//! DIR/archive/      the same as Parquet, by day
//! DIR/state/        profiles; beside it state.position, up to where they are on disk
//! DIR/erasures/     who asked to be forgotten, and receipts
//! DIR/generations/  what a reindex builds
//! DIR/curation/     what merchants say about search, version by version
//! DIR/keys.json     who may ask what
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

/// What a process wants the folder for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockKind {
    /// Serving: the journal and the state have one writer.
    Serve,
    /// Reindexing: the catalogue and the generations have one writer.
    Reindex,
    /// Copying closed segments: the archive has one writer.
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

/// Holds the folder until dropped or until the process ends.
#[derive(Debug)]
pub struct FolderLock {
    _file: File,
}

impl DataFolder {
    /// Opens the folder, creating what is missing of it.
    pub fn open(root: impl Into<PathBuf>) -> Result<Self> {
        let folder = Self { root: root.into() };
        let (journal, state, catalogue) = (folder.journal(), folder.state(), folder.catalogue());
        for part in [journal, state, catalogue, folder.archive(), folder.generations(), folder.erasures()] {
            fs::create_dir_all(&part).map_err(StoreError::io("create", &part))?;
        }
        Ok(folder)
    }

    /// Takes the folder for one kind of work, without waiting.
    ///
    /// # Errors
    /// [`StoreError::Locked`] when another process holds it for the same work.
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

    /// Takes the folder for one kind of work, waiting while another process does the same.
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

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where the journal's segments are.
    pub fn journal(&self) -> PathBuf {
        self.root.join("journal")
    }

    /// Where the journal's copy for other tools is.
    pub fn archive(&self) -> PathBuf {
        self.root.join("archive")
    }

    /// Where the state store is.
    pub fn state(&self) -> PathBuf {
        self.root.join("state")
    }

    /// Where the state store notes which journal position it is durable to.
    pub fn state_position(&self) -> PathBuf {
        self.root.join("state.position")
    }

    /// Where the products are.
    pub fn catalogue(&self) -> PathBuf {
        self.root.join("catalogue")
    }

    /// Where requests to be forgotten are.
    pub fn erasures(&self) -> PathBuf {
        self.root.join("erasures")
    }

    /// Where the generations are.
    pub fn generations(&self) -> PathBuf {
        self.root.join("generations")
    }

    /// Where rules and synonyms are.
    pub fn curation(&self) -> PathBuf {
        self.root.join("curation")
    }

    /// Where the keys are.
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
