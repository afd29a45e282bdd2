//! Building a generation from the feed, stage by stage as `reindex` does, and opening it.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context;
use jiff::Timestamp;
use tastemaker::store::DataFolder;
use tastemaker::store::catalogue::Catalogue;
use tastemaker_index::engine::EngineSettings;
use tastemaker_index::feed::{self, FeedContext, FeedFormat};
use tastemaker_index::generation::{self, BuildInput, BuildSettings, CurrentPointer, Generation};
use tastemaker_index::learning::trainers;
use tastemaker_index::progress::Progress;
use tastemaker_index::vector::embed::StaticTable;
use tastemaker_index::{Engine, Error};

use crate::bars::Bars;
use crate::process::status_bytes;
use crate::shop::Shop;

/// Openings measured; the median counts.
const OPENINGS: usize = 9;
const BUILD_SECONDS: f64 = 60.0;
const OPEN_MS: f64 = 200.0;

/// What building took.
pub(crate) struct Built {
    stages: Vec<(&'static str, Duration)>,
    products: u64,
    feed_bytes: u64,
    peak_bytes: Option<u64>,
}

/// Times stages.
#[derive(Default)]
pub(crate) struct Stages(Mutex<Vec<(&'static str, Instant)>>);

impl Progress for Stages {
    fn stage(&self, name: &'static str, _: Option<u64>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((name, Instant::now()));
    }

    fn advance(&self, _: u64) {}

    fn note(&self, message: &str) {
        println!("  {message}");
    }
}

impl Stages {
    /// The stages in order with what each took.
    pub(crate) fn ended(self) -> Vec<(&'static str, Duration)> {
        let begun = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        let ends = begun.iter().skip(1).map(|(_, at)| *at).chain([Instant::now()]);
        begun.iter().zip(ends).map(|((name, at), end)| (*name, end - *at)).collect()
    }
}

/// Takes the feed into the catalogue, builds and publishes.
pub(crate) fn build(shop: &Shop) -> anyhow::Result<Built> {
    // Writing 5 makes the peak start again from what is held now; without it the peak is of the whole process.
    drop(std::fs::write("/proc/self/clear_refs", "5"));
    let stages = Stages::default();
    stages.stage("catalogue", None);
    let folder = DataFolder::open(shop.data())?;
    let (_, mut feed) = feed::open(std::fs::File::open(&shop.feed)?, Some(FeedFormat::Native), FeedContext::default())?;
    let mut catalogue = Catalogue::begin(&folder)?;
    while let Some(row) = feed.next_row()? {
        let product = row.map_err(|row| anyhow::anyhow!("bad row: {row}"))?;
        catalogue.push_line(&serde_json::to_string(&product)?)?;
    }
    catalogue.commit()?;
    stages.stage("embedder", None);
    let embedder = StaticTable::builtin()?;
    let mut events = shop.events.iter().map(|event| Ok::<_, Error>(event.clone()));
    let mut input = BuildInput {
        catalogue: &Catalogue::path(&folder),
        catalogue_version: 0,
        events: &mut events,
        embedder: &embedder,
        now: Timestamp::now(),
        keep: 1,
        settings: &BuildSettings::default(),
        pages: None,
        tables: None,
        trainers: trainers(None),
    };
    let built = generation::build(&folder.generations(), &mut input, &stages, &mut |_| {})?;
    Ok(Built {
        stages: stages.ended(),
        products: u64::from(built.generation.manifest.products),
        feed_bytes: std::fs::metadata(&shop.feed)?.len(),
        peak_bytes: status_bytes("self", "VmHWM"),
    })
}

/// Prints what building took, opens the generation again and again, and judges.
pub(crate) fn report(shop: &Shop, built: &Built, bars: &mut Bars) -> anyhow::Result<()> {
    let total: f64 = built.stages.iter().map(|(_, time)| time.as_secs_f64()).sum();
    println!("  {:<12} {:>8}  {:>6}  {:>12}", "stage", "seconds", "share", "products/s");
    for (name, seconds) in built.stages.iter().map(|(name, time)| (*name, time.as_secs_f64())).chain([("all", total)]) {
        let rate = built.products as f64 / seconds.max(1e-9);
        println!("  {name:<12} {seconds:>8.2}  {:>4.0} %  {rate:>12.0}", seconds / total * 100.0);
    }
    let data = DataFolder::open(shop.data())?;
    let generations = data.generations();
    let current = CurrentPointer::read(&generations)?.context("nothing was published")?;
    let folder = current.folder(&generations);
    println!("  on disk, by part:");
    let mut on_disk = 0;
    for entry in std::fs::read_dir(&folder)? {
        let path = entry?.path();
        let bytes = bytes_in(&path)?;
        on_disk += bytes;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        println!("    {name:<20} {:>8.2} MB  {:>7.0} bytes a product", bytes as f64 / 1e6, per(bytes, built.products));
    }
    println!(
        "  on disk: {:.1} MB, {:.0} bytes a product ({:.2} times the feed)",
        on_disk as f64 / 1e6,
        per(on_disk, built.products),
        on_disk as f64 / built.feed_bytes as f64
    );
    match built.peak_bytes {
        Some(peak) => println!("  peak resident memory of the build: {:.0} MB", peak as f64 / 1e6),
        None => println!("  peak resident memory: this system does not tell"),
    }

    let verified = median(|| Generation::open_current(&generations).map(drop))?;
    let embedder = Arc::new(StaticTable::builtin()?);
    let engine = median(|| Engine::open(&generations, Arc::clone(&embedder), EngineSettings::default()).map(drop))?;
    let limit = median(|| read_through(&folder))?;
    println!("  opening, median of {OPENINGS}, files in the page cache:");
    println!("    reading the same files once  {limit:>8.2} ms  (the limit)");
    println!("    generation, every byte checked {verified:>6.2} ms  ({:.2} times the limit)", verified / limit);
    println!("    engine over it, ready to answer {engine:>5.2} ms  ({:.2} times the limit)", engine / limit);
    if shop.public {
        bars.under("generation build", total, BUILD_SECONDS, "s");
        bars.under("generation open, ready to answer", engine, OPEN_MS, "ms");
    } else {
        bars.skip("generation build", "it is set for chorus");
        bars.skip("generation open, ready to answer", "it is set for chorus");
    }
    Ok(())
}

fn per(bytes: u64, products: u64) -> f64 {
    bytes as f64 / products.max(1) as f64
}

/// The median time in milliseconds.
fn median<E>(mut work: impl FnMut() -> Result<(), E>) -> Result<f64, E> {
    let mut times = Vec::with_capacity(OPENINGS);
    for _ in 0..OPENINGS {
        let began = Instant::now();
        work()?;
        times.push(began.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_unstable_by(f64::total_cmp);
    Ok(times[OPENINGS / 2])
}

/// Bytes of the files below a folder.
pub(crate) fn bytes_in(path: &Path) -> std::io::Result<u64> {
    if !path.is_dir() {
        return Ok(std::fs::metadata(path)?.len());
    }
    std::fs::read_dir(path)?.map(|entry| bytes_in(&entry?.path())).sum()
}

fn read_through(path: &Path) -> std::io::Result<()> {
    if path.is_dir() {
        return std::fs::read_dir(path)?.try_for_each(|entry| read_through(&entry?.path()));
    }
    std::hint::black_box(std::fs::read(path)?);
    Ok(())
}
