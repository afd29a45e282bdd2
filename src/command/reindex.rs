//! `tastemaker reindex`: builds a generation from the catalogue and the events, and publishes it.

mod guard;
mod salvage;
mod summary;

use std::cell::RefCell;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, bail};
use jiff::Timestamp;
use tastemaker_index::Engine;
use tastemaker_index::Error;
use tastemaker_index::behaviour::Clicks;
use tastemaker_index::engine::pages;
use tastemaker_index::eval::Judgements;
use tastemaker_index::event::Event;
use tastemaker_index::generation::{self, BuildInput, Built, Manifest, Tables};
use tastemaker_index::id::Ordinal;
use tastemaker_index::learning::{search_order, trainers};
use tastemaker_index::progress::Progress;

pub use self::summary::ReindexSummary;
use super::forget::{check_clock, forget};
use super::import::{self, FeedArguments, Incoming};
use super::input::open;
use super::tables::given as given_tables;
use super::{embedder, print, replay};
use crate::config::Config;
use crate::progress::ProgressDisplay;
use crate::store::DataFolder;
use crate::store::catalogue::{self, Catalogue};
use crate::store::curation::CurationFiles;
use crate::store::folder::LockKind;
use crate::store::journal::{Position, read_from};
use crate::store::judgements;
use crate::store::redact::Forgotten;

/// Arguments of `tastemaker reindex`.
#[derive(Debug, clap::Args)]
pub struct ReindexArguments {
    /// The data folder; it is created if it does not exist.
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// A feed with the whole catalogue, which may be gzipped. Without it, the catalogue imported last is used.
    #[arg(long, value_name = "FILE")]
    pub catalog: Option<PathBuf>,
    /// Judged queries (CSV, may be gzipped) to learn the order of search results from. They are stored, and
    /// every later reindex learns from them too.
    #[arg(long, value_name = "FILE")]
    pub judgments: Option<PathBuf>,
    /// Events (NDJSON, may be gzipped) to learn from in addition to the recorded ones.
    #[arg(long, value_name = "FILE")]
    pub events: Option<PathBuf>,
    /// A folder of tables (Parquet) to use instead of counting them; a missing table is counted.
    #[arg(long, value_name = "DIR")]
    pub tables: Option<PathBuf>,
    /// Go on without the parts of the journal that are damaged or missing, and record that this is accepted.
    #[arg(long)]
    pub salvage: bool,
    /// The clock is right, although it is far ahead of the newest event: remove events by their age.
    #[arg(long)]
    pub allow_time_jump: bool,
    /// The format of the feed and the limits it must keep.
    #[command(flatten)]
    pub feed: FeedArguments,
}

/// The optional inputs of a reindex.
#[derive(Default)]
pub struct ReindexInput<'a> {
    /// A feed that replaces the stored catalogue.
    pub feed: Option<Incoming>,
    /// A file of events to learn from in addition to the journal.
    pub events: Option<&'a Path>,
    /// A folder of tables that are used instead of being counted.
    pub tables: Option<&'a Path>,
    /// The largest share of the products in force that may be gone, instead of that of the settings.
    pub max_deleted_share: Option<f64>,
    /// True if damaged parts of the journal are left out.
    pub salvage: bool,
    /// True if the clock may be far ahead of the newest event.
    pub allow_time_jump: bool,
}

/// Runs the command.
pub fn run(arguments: &ReindexArguments, config: Option<&Path>) -> anyhow::Result<()> {
    let config = Config::load(config, Some(&arguments.data))?;
    // An unreadable feed is an error before the data folder is created.
    let feed = arguments.catalog.as_ref().map(|path| open(path)).transpose()?;
    let feed = feed.map(|input| Incoming::new(input, &arguments.feed, &config)).transpose()?;
    let folder = DataFolder::open(&arguments.data)?;
    if let Some(path) = &arguments.judgments {
        store_judgements(&folder, path)?;
    }
    let input = ReindexInput {
        feed,
        events: arguments.events.as_deref(),
        tables: arguments.tables.as_deref(),
        max_deleted_share: arguments.feed.max_deleted_share,
        salvage: arguments.salvage,
        allow_time_jump: arguments.allow_time_jump,
    };
    print::line(reindex(&folder, input, &config)?.to_string().trim_end());
    Ok(())
}

/// Replaces the catalogue if a feed is given, then builds a generation and publishes it.
///
/// # Errors
/// The first thing that is refused or fails; the published generation stays as it was.
pub fn reindex(folder: &DataFolder, input: ReindexInput<'_>, config: &Config) -> anyhow::Result<ReindexSummary> {
    let started = Instant::now();
    if let Some(tables) = input.tables.filter(|tables| !tables.is_dir()) {
        bail!("{} is not a folder", tables.display());
    }
    let _lock = folder.lock(LockKind::Reindex)?;
    let progress = ProgressDisplay::default();
    salvage::check(folder, input.salvage, &|line| progress.line(line))?;
    if !input.allow_time_jump {
        check_clock(folder, config, Timestamp::now())?;
    }
    let previous = Manifest::all(&folder.generations())?.into_iter().max_by_key(|manifest| manifest.created_at);
    let taken = input.feed.map(|feed| import::take(folder, feed, &progress)).transpose()?;
    let catalogue_version = catalogue::CurrentCatalogue::open(folder)?.fold()?;
    if !Catalogue::path(folder).exists() {
        bail!("no catalogue was given yet: run `tastemaker reindex --data {} --catalog FILE`", folder.root().display());
    }
    guard::check(folder, input.max_deleted_share.unwrap_or(config.reindex.max_deleted_share))?;
    let build = GenerationBuild { folder, events: input.events, tables: input.tables, config, catalogue_version };
    let (built, ranking) = build.run(&progress)?;
    trim_log(folder)?;
    Ok(ReindexSummary { built, previous, taken, ranking, elapsed: started.elapsed() })
}

/// The build of one generation from the stored catalogue and the journal.
struct GenerationBuild<'a> {
    folder: &'a DataFolder,
    events: Option<&'a Path>,
    tables: Option<&'a Path>,
    config: &'a Config,
    /// The number of single changes that the stored catalogue includes.
    catalogue_version: u64,
}

impl GenerationBuild<'_> {
    /// Builds and publishes; returns the generation and a line about the learned order of search results.
    fn run(&self, progress: &ProgressDisplay) -> anyhow::Result<(Built, Option<String>)> {
        let (folder, config) = (self.folder, self.config);
        let embedder = Arc::new(embedder(config.reindex.model.as_deref())?);
        progress.stage("journal", None);
        forget(folder, config, Timestamp::now(), &|line| progress.line(line))?;
        progress.finish();
        let clicks = RefCell::new(Clicks::default());
        // Also events of the given file expire, and those that a running server holds in the open segment.
        let retained = Forgotten::before(config.events.expired_before(Timestamp::now()));
        let is_retained = |event: &Result<Event, Error>| event.as_ref().map_or(true, |event| retained.is_young(event));
        let mut events = self.events()?.filter(is_retained).inspect(|event| {
            if let Ok(event) = event {
                clicks.borrow_mut().observe(event);
            }
        });
        let now = Timestamp::now();
        let document = CurationFiles::of(folder).read()?.document;
        let pages = |generation, queries: &[String]| {
            pages(generation, queries, Arc::clone(&embedder), config.search.clone(), &document, now)
        };
        let tables = self.tables.map(|tables| {
            move |resolve: &dyn Fn(&str) -> Option<Ordinal>, history| {
                given_tables::read(tables, resolve, history, &|line| progress.line(line))
            }
        });
        let mut judgements = stored_judgements(folder)?;
        let mut ranking = None;
        let mut learner = |generation| {
            let judged = search_order::with_clicks(judgements.take().unwrap_or_default(), &clicks.take());
            if judged.queries.is_empty() {
                return Ok(None);
            }
            let engine = Engine::new(generation, Arc::clone(&embedder), config.search.clone())?;
            let learned = search_order::train(&engine, &judged, &config.reindex.learn)?;
            ranking = Some(learned.line);
            Ok(learned.model)
        };
        let mut input = BuildInput {
            catalogue: &Catalogue::path(folder),
            catalogue_version: self.catalogue_version,
            events: &mut events as &mut dyn Iterator<Item = Result<Event, Error>>,
            embedder: &embedder,
            now,
            keep: config.reindex.keep,
            settings: &config.reindex.build,
            pages: Some(&pages),
            tables: tables.as_ref().map(|read| read as &Tables<'_>),
            trainers: trainers(Some(&mut learner)),
        };
        let generations = folder.generations();
        let built = generation::build(&generations, &mut input, progress, &mut |_| {});
        progress.finish();
        Ok((built?, ranking))
    }

    /// Every event of the journal, then those of the given file.
    fn events(&self) -> anyhow::Result<impl Iterator<Item = Result<Event, Error>>> {
        let journal = read_from(&self.folder.journal(), Position::START)?.map(|entry| match entry {
            Ok(entry) => Ok(entry.event),
            Err(error) => Err(Error::Refused(error.to_string())),
        });
        let file = self.events.map(replay::events).transpose()?;
        Ok(journal.chain(file.into_iter().flatten()))
    }
}

/// Removes single changes from the log that every generation on disk already includes.
fn trim_log(folder: &DataFolder) -> anyhow::Result<()> {
    let generations = Manifest::all(&folder.generations())?;
    if let Some(needed) = generations.iter().map(|manifest| manifest.catalogue_version).min() {
        catalogue::log::trim(&catalogue::log::folder(folder)?, needed)?;
    }
    Ok(())
}

/// The judged queries given with an earlier reindex or with this one.
fn stored_judgements(folder: &DataFolder) -> anyhow::Result<Option<Judgements>> {
    let bytes = judgements::read(folder)?;
    bytes.map(|bytes| Judgements::read(&*bytes)).transpose().context("reading the stored judgments")
}

/// Checks a file of judged queries and stores it in the data folder.
fn store_judgements(folder: &DataFolder, path: &Path) -> anyhow::Result<()> {
    let mut bytes = Vec::new();
    open(path)?.take(judgements::MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > judgements::MAX_BYTES {
        bail!("{} has more than {} MB", path.display(), judgements::MAX_BYTES >> 20);
    }
    Judgements::read(&*bytes).with_context(|| format!("reading {}", path.display()))?;
    let _lock = folder.lock(LockKind::Reindex)?;
    Ok(judgements::replace(folder, &bytes)?)
}
