//! `tastemaker journal`: looks at what shoppers did, gives back room, and hands
//! it out.

mod compact;
mod export;
mod verify;

use std::path::{Path, PathBuf};

use anyhow::bail;

use crate::store::DataFolder;

/// Arguments of `tastemaker journal`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Reads every event of the journal and every file of its Parquet copy, and names damage.
    Verify(Folder),
    /// Gives back the room of removed events; the server must be stopped.
    Compact(Folder),
    /// Brings the Parquet copy up, or writes the events as NDJSON.
    Export(export::Arguments),
}

#[derive(Debug, clap::Args)]
struct Folder {
    /// The data folder.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
}

impl Folder {
    /// Opens the folder, which must be there: a mistyped one would be found in order.
    fn open(&self) -> anyhow::Result<DataFolder> {
        if !self.data.is_dir() {
            bail!("{} does not exist: name the data folder", self.data.display());
        }
        Ok(DataFolder::open(&self.data)?)
    }
}

/// Runs the command.
pub fn run(arguments: &Arguments, config: Option<&Path>) -> anyhow::Result<()> {
    match &arguments.action {
        Action::Verify(folder) => verify::run(&folder.open()?),
        Action::Compact(folder) => compact::run(folder, config),
        Action::Export(arguments) => export::run(arguments),
    }
}
