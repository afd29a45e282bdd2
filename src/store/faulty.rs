//! For tests: a disk that fails on demand, and a folder's copy as a power cut would leave it.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::disk::{Disk, DiskFile, SystemDisk};

/// Faults from now on.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    /// Free bytes on the disk.
    pub(crate) free_bytes: Option<u64>,
    /// The most bytes written by one call.
    pub(crate) largest_write: Option<usize>,
    /// True if syncs fail.
    pub(crate) sync: bool,
    /// True if truncating a file fails.
    pub(crate) truncate: bool,
    /// Number of successful syncs.
    pub(crate) syncs: usize,
}

/// A disk with adjustable faults.
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
        // Tests simulate a power cut by copying and truncating files, so nothing has to reach a real disk.
        Ok(())
    }

    fn truncate(&mut self, bytes: u64) -> io::Result<()> {
        if self.disk.faults().truncate {
            return Err(io::Error::other("the disk did not answer"));
        }
        self.file.truncate(bytes)
    }
}

/// Copies a folder with everything below it.
pub(crate) fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let (entry, to) = entry.map(|entry| (entry.path(), to.join(entry.file_name())))?;
        if entry.is_dir() { copy_folder(&entry, &to)? } else { fs::copy(entry, to).map(drop)? }
    }
    Ok(())
}
