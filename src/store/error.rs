//! Errors of the data folder, written for the operator who must act. They are cheap to clone, because one
//! failed write answers every request that waited for it.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An error of the store.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// Another process works on the same data folder.
    #[error(
        "{} is in use by another `tastemaker {command}`: stop that one first, or give this one its own folder with --data",
        folder.display()
    )]
    Locked {
        /// The data folder.
        folder: PathBuf,
        /// The command that holds it.
        command: &'static str,
    },
    /// A file or folder could not be read or written.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// The failed operation, as a verb: "open", "write", "sync".
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The operating system's error.
        source: Arc<io::Error>,
    },
    /// The disk or the user's quota is full.
    #[error("cannot {action} {}: the disk is full; free some space, and the server goes on by itself", path.display())]
    Full {
        /// The failed operation.
        action: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// A file's content does not match its checksum or structure.
    #[error("{} is damaged at byte {offset}: {detail}; {remedy}", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// Position in the file, in bytes from its start.
        offset: u64,
        /// The mismatch found.
        detail: String,
        /// Advice to the operator.
        remedy: &'static str,
    },
    /// A file was written by a newer release.
    #[error("{} has format {found}, this release reads up to {supported}: upgrade tastemaker", path.display())]
    NewerFormat {
        /// The file.
        path: PathBuf,
        /// The format version found.
        found: u32,
        /// The newest version this release reads.
        supported: u32,
    },
    /// The keys of a data folder that had some are gone.
    #[error(
        "{} is missing, and this data folder had keys: put the file back from a backup, or remove `keys.made` beside it to \
         go on without keys",
        path.display()
    )]
    KeysLost {
        /// The file.
        path: PathBuf,
    },
    /// A stored record cannot be read or written.
    #[error("record {key:016x}: {detail}; move the state folder away and it is rebuilt from the journal")]
    Record {
        /// XXH3-64 of its key; the key itself would name a person.
        key: u64,
        /// The mismatch found.
        detail: String,
    },
    /// An earlier failure made writing unsafe; nothing more is accepted.
    #[error(
        "not accepting events since an earlier failure ({cause}): repair its cause; if that does not help, restart the server"
    )]
    Poisoned {
        /// The earlier failure.
        cause: String,
    },
    /// The queue of waiting requests is full.
    #[error("too many events are waiting to be written: try again shortly")]
    Busy,
}

/// A result with the store's error.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

impl StoreError {
    /// Adds the operation and the path to an operating-system error.
    pub fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full { action, path },
            _ => Self::Io { action, path, source: Arc::new(source) },
        }
    }

    /// Damage at `offset` of the file at `path`, which only a backup can repair.
    pub fn corrupt(path: &Path, offset: u64, detail: impl Into<String>) -> Self {
        Self::Corrupt { path: path.to_path_buf(), offset, detail: detail.into(), remedy: "restore it from a backup" }
    }

    /// The error for callers after this failure.
    pub fn poison(&self) -> Self {
        match self {
            Self::Poisoned { .. } => self.clone(),
            other => Self::Poisoned { cause: other.to_string() },
        }
    }
}
