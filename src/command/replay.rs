//! `tastemaker replay`: records events from a file or from the journal of another data folder. They take the
//! same path as those sent to the events API: checked, written once, applied to profiles.

use std::fmt;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use tastemaker_index::Error;
use tastemaker_index::event::Event;

use super::input::open;
use super::{embedder, print};
use crate::config::Config;
use crate::shop::Shop;
use crate::store::DataFolder;
use crate::store::ingest::EventOutcome;
use crate::store::journal::{Position, read_from, segment};
use crate::store::redact::Forgotten;

/// Events in one request to the event writer.
const BATCH: usize = 1000;

/// Arguments of `tastemaker replay`.
#[derive(Debug, clap::Args)]
pub struct ReplayArguments {
    /// The data folder; it is created if it does not exist.
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// A file of events, one JSON object a line, which may be gzipped; or the folder `journal` of another data folder.
    #[arg(long, value_name = "FILE")]
    pub events: PathBuf,
}

/// Counts of replayed events by their outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReplayCounts {
    /// Written to the journal.
    pub accepted: u64,
    /// Already in the journal.
    pub duplicates: u64,
    /// Not written, because the shopper declined tracking.
    pub declined: u64,
    /// Invalid and left out.
    pub rejected: u64,
}

/// Runs the command.
pub fn run(arguments: &ReplayArguments, config: Option<&Path>) -> anyhow::Result<()> {
    let config = Config::load(config, Some(&arguments.data))?;
    let folder = DataFolder::open(&arguments.data)?;
    let events: Box<dyn Iterator<Item = Result<Event, Error>>> = match arguments.events.is_dir() {
        true => Box::new(events_of_journal(&arguments.events, &folder)?),
        false => Box::new(events(&arguments.events)?),
    };
    let shop = Shop::open(folder, embedder(config.reindex.model.as_deref())?, config.search, &config.events)?;
    let replayed = replay(&shop, events)?;
    print::line(&replayed.to_string());
    Ok(())
}

impl fmt::Display for ReplayCounts {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} events accepted, {} known before", self.accepted, self.duplicates)?;
        if self.declined > 0 {
            write!(out, ", {} not recorded because their shoppers declined", self.declined)?;
        }
        write!(out, ", {} invalid and left out", self.rejected)
    }
}

/// Records events in batches; invalid ones are printed on standard error and left out.
///
/// # Errors
/// If an event cannot be read, or the journal cannot be written.
pub fn replay(shop: &Shop, events: impl Iterator<Item = Result<Event, Error>>) -> anyhow::Result<ReplayCounts> {
    let mut replayed = ReplayCounts::default();
    let mut batch = Vec::with_capacity(BATCH);
    let mut record = |batch: Vec<Event>| -> anyhow::Result<()> {
        for outcome in shop.accept(batch)?.wait()? {
            match outcome {
                EventOutcome::Accepted { .. } => replayed.accepted += 1,
                EventOutcome::Duplicate { .. } => replayed.duplicates += 1,
                EventOutcome::Declined { .. } => replayed.declined += 1,
                EventOutcome::Rejected { reason } => {
                    replayed.rejected += 1;
                    eprintln!("invalid event left out: {reason}");
                }
            }
        }
        Ok(())
    };
    for event in events {
        batch.push(event?);
        if batch.len() == BATCH {
            record(std::mem::replace(&mut batch, Vec::with_capacity(BATCH)))?;
        }
    }
    if !batch.is_empty() {
        record(batch)?;
    }
    Ok(replayed)
}

/// The events of another folder's journal without those that a pending erasure covers.
fn events_of_journal(
    journal: &Path,
    folder: &DataFolder,
) -> anyhow::Result<impl Iterator<Item = Result<Event, Error>> + use<>> {
    let same = |path: &Path| path.canonicalize().with_context(|| format!("cannot open {}", path.display()));
    if same(journal)? == same(&folder.journal())? {
        bail!("{} is the journal of --data itself: name another folder", journal.display());
    }
    if segment::list(journal)?.is_empty() {
        bail!("{} holds no journal: name a file of events, or DIR/journal", journal.display());
    }
    let forgotten = Forgotten::of_journal(journal)?;
    let events = read_from(journal, Position::START)?.map(move |entry| match entry {
        Ok(entry) => Ok(forgotten.remaining(entry)),
        Err(error) => Err(Error::Refused(error.to_string())),
    });
    Ok(events.filter_map(Result::transpose))
}

/// The events of a file. The first line that is not a valid event ends them with an error that names it.
pub fn events(path: &Path) -> anyhow::Result<impl Iterator<Item = Result<Event, Error>> + use<>> {
    let input = BufReader::new(open(path).context("opening the events")?);
    let path = path.to_path_buf();
    Ok(parse(path, input))
}

/// Parses events, one JSON object a line; `path` names the input in errors.
pub fn parse(path: PathBuf, input: impl BufRead) -> impl Iterator<Item = Result<Event, Error>> {
    input.lines().enumerate().filter_map(move |(index, line)| {
        let line = match line {
            Ok(line) => line,
            Err(error) => return Some(Err(Error::io("read", &path)(error))),
        };
        let bad = |detail: String| Error::corrupt(&path, format!("line {}: {detail}", index + 1));
        let parsed = || {
            let event: Event = serde_json::from_str(&line).map_err(|error| bad(error.to_string()))?;
            event.check().map(|()| event).map_err(|error| bad(error.to_string()))
        };
        (!line.trim().is_empty()).then(parsed)
    })
}
