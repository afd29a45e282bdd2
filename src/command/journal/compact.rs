//! `tastemaker journal compact`: frees the disk space of removed events.

use std::path::Path;

use anyhow::bail;
use jiff::Timestamp;

use super::JournalFolder;
use crate::command::forget::sentences;
use crate::command::print;
use crate::config::Config;
use crate::store::{StoreError, compact};

/// Runs the command.
pub(super) fn run(folder: &JournalFolder, config: Option<&Path>) -> anyhow::Result<()> {
    let opened = folder.open()?;
    let config = Config::load(config, Some(&folder.data))?;
    let compacted = match compact::run(&opened, config.events.profiles(), Timestamp::now()) {
        Err(StoreError::Locked { command, .. }) => bail!(
            "{} is in use by `tastemaker {command}`: events move when the journal is compacted, so stop that one first, \
             and start it again afterwards",
            folder.data.display()
        ),
        other => other?,
    };
    sentences(&compacted.redacted).iter().for_each(|line| print::line(line));
    print::line(&format!(
        "{} bytes before, {} after; {} segments rewritten",
        compacted.before_bytes, compacted.after_bytes, compacted.segments
    ));
    Ok(())
}
