//! A disk that fails on demand, and the copy of a folder that a power cut would
//! leave, for tests.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::disk::{Disk, DiskFile, SystemDisk};

/// What goes wrong from now on.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    /// Bytes that still fit on the disk.
    pub(crate) free_bytes: Option<u64>,
    /// No call writes more bytes than this.
    pub(crate) largest_write: Option<usize>,
    /// Syncing fails.
    pub(crate) sync: bool,
    /// Cutting a file fails.
    pub(crate) truncate: bool,
    /// Syncs that succeeded.
    pub(crate) syncs: usize,
}

/// A disk and the hand that makes it fail.
#[derive(Debug, Clone, Default)]
pub(crate) struct FaultyDisk(Arc<Mutex<Faults>>);

impl FaultyDisk {
    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn file(&self, file: Box<dyn DiskFile>) -> Box<dyn DiskFile> {
        Box::new(FaultyFile { file, disk: self.clone() })
    }
}

impl Disk for FaultyDisk {
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(self.file(SystemDisk.create(path)?))
    }

    fn append(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(self.file(SystemDisk.append(path)?))
    }

    fn sync_folder(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }
}

struct FaultyFile {
    file: Box<dyn DiskFile>,
    disk: FaultyDisk,
}

impl DiskFile for FaultyFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut faults = self.disk.faults();
        let most = bytes.len().min(faults.largest_write.unwrap_or(usize::MAX));
        let most = most.min(faults.free_bytes.map_or(usize::MAX, |free| free as usize));
        if most == 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let written = self.file.write(&bytes[..most])?;
        faults.free_bytes = faults.free_bytes.map(|free| free - written as u64);
        Ok(written)
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut faults = self.disk.faults();
        if faults.sync {
            return Err(io::Error::other("the disk did not answer"));
        }
        faults.syncs += 1;
        // Tests cut the power by copying and cutting files, for which nothing need reach a real disk.
        Ok(())
    }

    fn truncate(&mut self, bytes: u64) -> io::Result<()> {
        if self.disk.faults().truncate {
            return Err(io::Error::other("the disk did not answer"));
        }
        self.file.truncate(bytes)
    }
}

/// Copies a folder with all below it, as it is on disk now.
pub(crate) fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let (entry, to) = entry.map(|entry| (entry.path(), to.join(entry.file_name())))?;
        if entry.is_dir() { copy_folder(&entry, &to)? } else { fs::copy(entry, to).map(drop)? }
    }
    Ok(())
}
