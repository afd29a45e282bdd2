//! The keys of a running server. The file is checked for changes a few times a second, so that a key created
//! or revoked on the command line takes effect at once.

use std::fs;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;

use super::KeyFile;
use crate::access::Keyring;
use crate::store::error::{Result, StoreError};
use crate::store::problems::{ProblemKind, Problems};

/// The interval between two checks of the file.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Identifies one version of the file; every version is a file of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
struct FileStamp {
    modified: Option<SystemTime>,
    bytes: u64,
    inode: u64,
}

/// The result of the last check.
#[derive(Debug)]
struct LastCheck {
    /// Absent if there is no file.
    version: Option<FileStamp>,
    /// Absent as long as no key was ever created.
    ring: Result<Option<Arc<Keyring>>>,
}

/// The keys in force.
#[derive(Debug)]
pub struct LiveKeys {
    file: KeyFile,
    problems: Problems,
    seen: ArcSwap<LastCheck>,
    /// Held while the file is checked, so that the result of the later check stays.
    looking: Mutex<()>,
    /// Time of the next check, in milliseconds of the caller's clock.
    next_look_ms: AtomicU64,
}

impl LiveKeys {
    /// Reads the keys. While they cannot be read later, `problems` says so.
    ///
    /// # Errors
    /// If the file exists and cannot be read: a server must not start without its access rules.
    pub fn open(file: KeyFile, problems: Problems) -> Result<Self> {
        let seen = look(&file, None)?;
        if let Err(error) = &seen.ring {
            return Err(error.clone());
        }
        let seen = ArcSwap::from_pointee(seen);
        Ok(Self { file, problems, seen, looking: Mutex::new(()), next_look_ms: AtomicU64::new(0) })
    }

    /// The file with the keys.
    pub fn file(&self) -> &KeyFile {
        &self.file
    }

    /// The keys in force; absent as long as no key was ever created. `elapsed` is the time since a fixed
    /// moment and never decreases.
    ///
    /// # Errors
    /// If the file cannot be read at present: then no request may be allowed.
    pub fn ring(&self, elapsed: Duration) -> Result<Option<Arc<Keyring>>> {
        let now = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
        let due = self.next_look_ms.load(Ordering::Relaxed);
        let next = now.saturating_add(LOOK_EVERY.as_millis() as u64);
        // One request checks the file, the others continue with the last result.
        if now >= due && self.next_look_ms.compare_exchange(due, next, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            self.refresh();
        }
        self.seen.load().ring.clone()
    }

    /// Checks the file now.
    pub fn refresh(&self) {
        let _looking = self.looking.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.seen.load_full();
        let after = match look(&self.file, Some(&before)) {
            Ok(after) => after,
            Err(error) => LastCheck { version: None, ring: Err(error) },
        };
        match &after.ring {
            Ok(_) => self.problems.end(ProblemKind::KeysUnavailable),
            Err(error) => self.problems.begin(ProblemKind::KeysUnavailable, error),
        }
        self.seen.store(Arc::new(after));
    }
}

/// Reads the file, unless it is the version already read.
fn look(file: &KeyFile, before: Option<&LastCheck>) -> Result<LastCheck> {
    // Taken before the content is read: a version that is replaced in between is read again at the next
    // check.
    let version = match fs::metadata(&file.path) {
        Ok(metadata) => {
            Some(FileStamp { modified: metadata.modified().ok(), bytes: metadata.len(), inode: inode(&metadata) })
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(StoreError::io("look at", &file.path)(error)),
    };
    if let Some(before) = before.filter(|before| version.is_some() && before.version == version) {
        return Ok(LastCheck { version, ring: before.ring.clone() });
    }
    // Access control that was on stays on, even if the file is removed.
    let was_on = before.is_some_and(|before| !matches!(before.ring, Ok(None)));
    let ring = file.read().map(|keys| match keys {
        None if !was_on => None,
        keys => Some(Arc::new(Keyring::new(keys.unwrap_or_default()))),
    });
    Ok(LastCheck { version, ring })
}

#[cfg(unix)]
fn inode(metadata: &fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(not(unix))]
fn inode(_: &fs::Metadata) -> u64 {
    0
}
