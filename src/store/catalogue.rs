//! The shop's products as last said, one per line, replaced as a whole: the
//! feed streams into a temporary file and only a commit puts it in the place
//! of the old one, so a reader finds the old catalogue or the new, never half.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::store::disk;
use crate::store::error::{Result, StoreError};
use crate::store::folder::DataFolder;

/// The stored catalogue.
#[derive(Debug)]
pub struct Catalogue;

impl Catalogue {
    /// The current catalogue, JSON Lines; absent before the first commit.
    pub fn path(folder: &DataFolder) -> PathBuf {
        folder.catalogue().join("products.jsonl")
    }

    /// Starts a replacement, removing what an interrupted one left. The caller
    /// holds the reindex lock.
    pub fn begin(folder: &DataFolder) -> Result<CatalogueWriter> {
        let target = Self::path(folder);
        let temporary = target.with_extension("jsonl.tmp");
        let file = File::create(&temporary).map_err(StoreError::io("create", &temporary))?;
        Ok(CatalogueWriter { out: Some(BufWriter::with_capacity(1 << 20, file)), temporary, target })
    }
}

/// A catalogue being written; dropping it without a commit discards it.
#[derive(Debug)]
pub struct CatalogueWriter {
    /// Absent once committed.
    out: Option<BufWriter<File>>,
    temporary: PathBuf,
    target: PathBuf,
}

impl CatalogueWriter {
    /// Adds one product: one line of JSON without its line end.
    pub fn push_line(&mut self, line: &str) -> Result<()> {
        let Some(out) = &mut self.out else { return Ok(()) };
        out.write_all(line.as_bytes())
            .and_then(|()| out.write_all(b"\n"))
            .map_err(StoreError::io("write", &self.temporary))
    }

    /// Where the lines gather before the commit; complete after [`Self::flush`].
    pub fn path(&self) -> &Path {
        &self.temporary
    }

    /// Hands every line to the system, so that [`Self::path`] can be read.
    pub fn flush(&mut self) -> Result<()> {
        self.out.as_mut().map_or(Ok(()), BufWriter::flush).map_err(StoreError::io("write", &self.temporary))
    }

    /// Replaces the catalogue; durable when this returns.
    pub fn commit(mut self) -> Result<()> {
        self.flush()?;
        disk::publish(&self.temporary, &self.target).map_err(StoreError::io("publish", &self.target))?;
        self.out = None;
        Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;

    type Outcome = Result<(), Box<dyn std::error::Error>>;

    #[test]
    fn a_committed_catalogue_replaces_the_old_one() -> Outcome {
        let root = tempfile::tempdir()?;
        let folder = DataFolder::open(root.path())?;
        for text in ["old", "new"] {
            let mut writer = Catalogue::begin(&folder)?;
            writer.push_line(text)?;
            writer.commit()?;
        }
        assert_eq!(fs::read_to_string(Catalogue::path(&folder))?, "new\n");
        assert_eq!(fs::read_dir(folder.catalogue())?.count(), 1, "nothing temporary is left");
        Ok(())
    }

    #[test]
    fn an_abandoned_catalogue_leaves_the_old_one_and_no_trace() -> Outcome {
        let root = tempfile::tempdir()?;
        let folder = DataFolder::open(root.path())?;
        let mut writer = Catalogue::begin(&folder)?;
        writer.push_line("kept")?;
        writer.commit()?;
        let mut writer = Catalogue::begin(&folder)?;
        writer.push_line("never said")?;
        drop(writer);
        assert_eq!(fs::read_to_string(Catalogue::path(&folder))?, "kept\n");
        assert_eq!(fs::read_dir(folder.catalogue())?.count(), 1);
        Ok(())
    }
}
