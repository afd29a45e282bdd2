//! `tastemaker replay`: events from a file, or from the journal of another data
//! folder, through the same path as the events API: checked, written once,
//! applied to profiles.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use tastemaker_index::Error;
use tastemaker_index::event::Event;

use super::{embedder, reindex};
use crate::config::Config;
use crate::shop::Shop;
use crate::store::DataFolder;
use crate::store::ingest::EventOutcome;
use crate::store::journal::{Position, read_from, segment};
use crate::store::redact::Forgotten;

/// Events handed in at a time.
const BATCH: usize = 1000;

/// Arguments of `tastemaker replay`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The data folder; created when missing.
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// Events, one JSON object a line, may be gzipped; or a journal: another data folder's DIR/journal.
    #[arg(long, value_name = "FILE")]
    pub events: PathBuf,
}

/// What became of replayed events.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Written and counted.
    pub accepted: u64,
    /// Seen before.
    pub duplicates: u64,
    /// Not kept, as their shoppers wish.
    pub declined: u64,
    /// Bad ones, left out.
    pub rejected: u64,
}

/// Runs the command.
pub fn run(arguments: &Arguments, config: Option<&Path>) -> anyhow::Result<()> {
    let config = Config::load(config, Some(&arguments.data))?;
    let folder = DataFolder::open(&arguments.data)?;
    let events: Box<dyn Iterator<Item = Result<Event, Error>>> = match arguments.events.is_dir() {
        true => Box::new(of_journal(&arguments.events, &folder)?),
        false => Box::new(events(&arguments.events)?),
    };
    let shop = Shop::open(folder, embedder(config.reindex.model.as_deref())?, config.search, &config.events)?;
    let replayed = replay(&shop, events)?;
    println!(
        "{} events accepted, {} known before, {} bad ones left out",
        replayed.accepted, replayed.duplicates, replayed.rejected
    );
    Ok(())
}

/// Hands events in, in batches; bad ones are reported and left out.
pub fn replay(shop: &Shop, events: impl Iterator<Item = Result<Event, Error>>) -> anyhow::Result<Replayed> {
    let mut replayed = Replayed::default();
    let mut batch = Vec::with_capacity(BATCH);
    let mut hand_in = |batch: Vec<Event>| -> anyhow::Result<()> {
        for outcome in shop.accept(batch)?.wait()? {
            match outcome {
                EventOutcome::Accepted { .. } => replayed.accepted += 1,
                EventOutcome::Duplicate { .. } => replayed.duplicates += 1,
                EventOutcome::Declined { .. } => replayed.declined += 1,
                EventOutcome::Rejected { reason } => {
                    replayed.rejected += 1;
                    eprintln!("bad event left out: {reason}");
                }
            }
        }
        Ok(())
    };
    for event in events {
        batch.push(event?);
        if batch.len() == BATCH {
            hand_in(std::mem::replace(&mut batch, Vec::with_capacity(BATCH)))?;
        }
    }
    if !batch.is_empty() {
        hand_in(batch)?;
    }
    Ok(replayed)
}

/// The events of another folder's journal, but for what is to be forgotten.
fn of_journal(
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
    let told = read_from(journal, Position::START)?.map(move |entry| match entry {
        Ok(entry) => Ok(forgotten.remaining(entry)),
        Err(error) => Err(Error::Refused(error.to_string())),
    });
    Ok(told.filter_map(Result::transpose))
}

/// The events of a file; a line that is none ends them with an error naming it.
pub fn events(path: &Path) -> anyhow::Result<impl Iterator<Item = Result<Event, Error>> + use<>> {
    let input = BufReader::new(reindex::open(path).context("opening the events")?);
    let path = path.to_path_buf();
    Ok(parse(path, input))
}

/// Parses NDJSON; `path` is for messages.
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
