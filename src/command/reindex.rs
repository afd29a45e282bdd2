//! `tastemaker reindex`: catalogue and events in, a published generation out.

use std::cell::RefCell;
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, bail};
use flate2::read::MultiGzDecoder;
use jiff::Timestamp;
use tastemaker_index::Engine;
use tastemaker_index::Error;
use tastemaker_index::behaviour::Clicks;
use tastemaker_index::engine::pages;
use tastemaker_index::eval::Judgements;
use tastemaker_index::event::Event;
use tastemaker_index::generation::{self, BuildInput, Built, Manifest, Tables};
use tastemaker_index::id::Ordinal;
use tastemaker_index::progress::Progress;

use super::forget::forget;
use super::import::{self, FeedArguments, Incoming};
use super::tables::given as given_tables;
use super::{embedder, replay};
use crate::config::Config;
use crate::learn::{learn, with_clicks};
use crate::progress::Shown;
use crate::store::DataFolder;
use crate::store::catalogue::{self, Catalogue};
use crate::store::curation::CurationFiles;
use crate::store::folder::LockKind;
use crate::store::journal::{Position, read_from};
use crate::store::judgements;

/// Arguments of `tastemaker reindex`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The data folder; created when missing.
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// The whole catalogue, may be gzipped; without it, the catalogue given last.
    #[arg(long, value_name = "FILE")]
    pub catalog: Option<PathBuf>,
    /// Judged queries (CSV, may be gzipped) to learn a ranking from; kept, and learned from by every
    /// later reindex too.
    #[arg(long, value_name = "FILE")]
    pub judgments: Option<PathBuf>,
    /// Events (NDJSON, may be gzipped) to learn from besides the journal.
    #[arg(long, value_name = "FILE")]
    pub events: Option<PathBuf>,
    /// Tables (Parquet) to take as given instead of counting them; those missing are counted.
    #[arg(long, value_name = "DIR")]
    pub tables: Option<PathBuf>,
    /// How the catalogue is read and what it is held to.
    #[command(flatten)]
    pub feed: FeedArguments,
}

/// Runs the command.
pub fn run(arguments: &Arguments, config: Option<&Path>) -> anyhow::Result<()> {
    let config = Config::load(config, Some(&arguments.data))?;
    let catalog = arguments.catalog.as_ref().map(|path| open(path)).transpose()?;
    let catalog = catalog.map(|input| Incoming::new(input, &arguments.feed, &config)).transpose()?;
    let folder = DataFolder::open(&arguments.data)?;
    if let Some(path) = &arguments.judgments {
        keep_judgements(&folder, path)?;
    }
    let started = Instant::now();
    let built = reindex_given(&folder, catalog, arguments.events.as_deref(), arguments.tables.as_deref(), &config)?;
    let manifest = &built.generation.manifest;
    println!(
        "published generation {}: {} products, {} with a vector, {} events, in {:.1} s",
        manifest.id,
        manifest.products,
        manifest.with_vector,
        manifest.events,
        started.elapsed().as_secs_f64()
    );
    if built.events.unknown_products > 0 {
        println!("{} products named in events are not in the catalogue", built.events.unknown_products);
    }
    Ok(())
}

/// Takes a new catalogue when there is one, then builds and publishes.
pub fn reindex(
    folder: &DataFolder,
    catalog: Option<Incoming>,
    events: Option<&Path>,
    config: &Config,
) -> anyhow::Result<Built> {
    reindex_given(folder, catalog, events, None, config)
}

/// [`reindex`], with the tables in a folder taken as given.
fn reindex_given(
    folder: &DataFolder,
    catalog: Option<Incoming>,
    events: Option<&Path>,
    tables: Option<&Path>,
    config: &Config,
) -> anyhow::Result<Built> {
    if let Some(tables) = tables.filter(|tables| !tables.is_dir()) {
        bail!("{} is not a folder", tables.display());
    }
    let _lock = folder.lock(LockKind::Reindex)?;
    let progress = Shown::default();
    if let Some(catalog) = catalog {
        let difference = import::take(folder, catalog, &progress)?;
        progress.note(&format!("catalogue: {difference}"));
    }
    let catalogue_version = catalogue::Current::open(folder)?.fold()?;
    let catalogue = Catalogue::path(folder);
    if !catalogue.exists() {
        bail!("no catalogue was given yet: run `tastemaker reindex --data {} --catalog FILE`", folder.root().display());
    }
    let embedder = Arc::new(embedder(config.reindex.model.as_deref())?);
    progress.stage("journal", None);
    forget(folder, config, Timestamp::now(), &|line| progress.note(line))?;
    progress.finish();
    let journal = read_from(&folder.journal(), Position::START)?;
    let journal = journal.map(|entry| match entry {
        Ok(entry) => Ok(entry.event),
        Err(error) => Err(Error::Refused(error.to_string())),
    });
    let extra = events.map(replay::events).transpose()?;
    let clicks = RefCell::new(Clicks::default());
    let noted = |event: &Result<Event, Error>| {
        if let Ok(event) = event {
            clicks.borrow_mut().observe(event);
        }
    };
    let mut events = journal.chain(extra.into_iter().flatten()).inspect(noted);
    let now = Timestamp::now();
    let document = CurationFiles::of(folder).read()?.document;
    let pages = |generation, queries: &[String]| {
        pages(generation, queries, Arc::clone(&embedder), config.search.clone(), &document, now)
    };
    let read = tables.map(|tables| {
        let note = |line: &str| progress.note(line);
        move |resolve: &dyn Fn(&str) -> Option<Ordinal>, history| given_tables::read(tables, resolve, history, &note)
    });
    let mut input = BuildInput {
        catalogue: &catalogue,
        catalogue_version,
        events: &mut events as &mut dyn Iterator<Item = Result<Event, Error>>,
        embedder: &embedder,
        now,
        keep: config.reindex.keep,
        settings: &config.reindex.build,
        pages: Some(&pages),
        tables: read.as_ref().map(|read| read as &Tables<'_>),
    };
    let kept = judgements::read(folder)?;
    let mut kept = kept.map(|bytes| Judgements::read(&*bytes)).transpose().context("reading the judgments kept")?;
    let mut line = None;
    let mut learner = |generation| {
        let judged = with_clicks(kept.take().unwrap_or_default(), &clicks.take());
        if judged.queries.is_empty() {
            return Ok(None);
        }
        let engine = Engine::new(generation, Arc::clone(&embedder), config.search.clone())?;
        let learned = learn(&engine, &judged, &config.reindex.learn)?;
        line = Some(learned.line);
        Ok(learned.model)
    };
    let built =
        generation::build_and_learn(&folder.generations(), &mut input, &progress, &mut |_| {}, Some(&mut learner));
    progress.finish();
    if let Some(line) = line {
        println!("{line}");
    }
    let built = built?;
    trim_log(folder)?;
    Ok(built)
}

/// Removes changes that no generation that is kept needs on top.
fn trim_log(folder: &DataFolder) -> anyhow::Result<()> {
    let kept = Manifest::all(&folder.generations())?;
    if let Some(needed) = kept.iter().map(|manifest| manifest.catalogue_version).min() {
        catalogue::log::trim(&catalogue::log::folder(folder)?, needed)?;
    }
    Ok(())
}

/// Checks judged queries and keeps them.
fn keep_judgements(folder: &DataFolder, path: &Path) -> anyhow::Result<()> {
    let mut bytes = Vec::new();
    open(path)?.take(judgements::MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > judgements::MAX_BYTES {
        bail!("{} has more than {} MB", path.display(), judgements::MAX_BYTES >> 20);
    }
    Judgements::read(&*bytes).with_context(|| format!("reading {}", path.display()))?;
    let _lock = folder.lock(LockKind::Reindex)?;
    Ok(judgements::replace(folder, &bytes)?)
}

/// Opens a file, unpacking it when it is gzipped.
pub fn open(path: &Path) -> anyhow::Result<Box<dyn Read>> {
    let mut file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    let mut magic = [0; 2];
    let read = file.read(&mut magic).with_context(|| format!("cannot read {}", path.display()))?;
    let start = std::io::Cursor::new(magic[..read].to_vec());
    let whole = start.chain(file);
    Ok(if magic == [0x1f, 0x8b] { Box::new(MultiGzDecoder::new(whole)) } else { Box::new(whole) })
}

/// Says on standard output what a person should see at once.
pub fn say(line: &str) {
    println!("{line}");
    // A closed pipe is no reason to stop serving.
    drop(std::io::stdout().flush());
}
