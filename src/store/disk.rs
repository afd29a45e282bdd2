//! Durable writing. [`Disk`] has every file operation of the journal, few enough for tests to make each of
//! them fail; [`sync_folder`] and [`publish`] are used everywhere else. A name that was created, renamed or
//! removed is durable only after its folder was synced.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// A place for append-only files.
pub trait Disk: Send {
    /// Creates an empty file for appending; an error if it exists.
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;
    /// Opens an existing file for appending.
    fn append(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;
    /// Makes created, renamed and removed names in a folder durable.
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;
}

/// One append-only file.
pub trait DiskFile: Send {
    /// Appends a part of `bytes`; returns its length.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize>;
    /// Makes content and length durable.
    fn sync(&mut self) -> io::Result<()>;
    /// Cuts the file to `bytes`; the next write appends there.
    fn truncate(&mut self, bytes: u64) -> io::Result<()>;
}

/// The operating system's files.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemDisk;

impl Disk for SystemDisk {
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let file = OpenOptions::new().append(true).create_new(true).open(path)?;
        Ok(Box::new(file))
    }

    fn append(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let file = OpenOptions::new().append(true).open(path)?;
        Ok(Box::new(file))
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        sync_folder(folder)
    }
}

impl DiskFile for File {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Write::write(self, bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        // `fdatasync` also makes a changed length durable, because the content cannot be read without it.
        self.sync_data()
    }

    fn truncate(&mut self, bytes: u64) -> io::Result<()> {
        self.set_len(bytes)
    }
}

/// Makes created, renamed and removed names in `folder` durable.
///
/// On systems whose folders cannot be opened as files this does nothing.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// Replaces `target` by the finished, closed file `temporary`. The content is synced before the rename and
/// the folder after it, so a power cut leaves the old file or the whole new one; on return the new one is
/// durable.
pub fn publish(temporary: &Path, target: &Path) -> io::Result<()> {
    File::open(temporary)?.sync_all()?;
    fs::rename(temporary, target)?;
    target.parent().map_or(Ok(()), sync_folder)
}
