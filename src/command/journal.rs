//! `tastemaker journal`: checks, compacts and exports the recorded events.

mod compact;
mod export;
mod verify;

use std::path::{Path, PathBuf};

use anyhow::bail;

use crate::store::DataFolder;

/// Arguments of `tastemaker journal`.
#[derive(Debug, clap::Args)]
pub struct JournalArguments {
    #[command(subcommand)]
    action: JournalAction,
}

#[derive(Debug, clap::Subcommand)]
enum JournalAction {
    /// Reads every event of the journal and every file of its Parquet copy, and names damaged files.
    Verify(JournalFolder),
    /// Frees the disk space of removed events; the server must be stopped.
    Compact(JournalFolder),
    /// Brings the Parquet copy up to date, or writes the events as NDJSON.
    Export(export::ExportArguments),
}

#[derive(Debug, clap::Args)]
struct JournalFolder {
    /// The data folder.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
}

impl JournalFolder {
    /// Opens the folder. A mistyped name is an error: an empty new folder would pass every check.
    fn open(&self) -> anyhow::Result<DataFolder> {
        if !self.data.is_dir() {
            bail!("{} does not exist: name the data folder", self.data.display());
        }
        Ok(DataFolder::open(&self.data)?)
    }
}

/// Runs the command.
pub fn run(arguments: &JournalArguments, config: Option<&Path>) -> anyhow::Result<()> {
    match &arguments.action {
        JournalAction::Verify(folder) => verify::run(&folder.open()?),
        JournalAction::Compact(folder) => compact::run(folder, config),
        JournalAction::Export(arguments) => export::run(arguments),
    }
}
