//! A generation made for one suite in a folder of its own, through the same build
//! as every night's, and how long making and opening it took.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::time::Instant;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use tastemaker_index::Engine;
use tastemaker_index::event::Event;
use tastemaker_index::generation::{self, BuildInput, BuildSettings, Generation};
use tastemaker_index::learning::trainers;
use tastemaker_index::product::Product;
use tastemaker_index::progress::Progress;

use crate::suite::{Bench, Failure};

/// The title of a product of which nothing is to be known but its id, which may tell more than it should:
/// what every product says tells none from another.
pub(crate) const NAMELESS: &str = "product";
/// Openings timed; the median is told.
const OPENINGS: usize = 5;

/// An engine over a catalogue, and what it took.
pub(crate) struct Indexed {
    pub(crate) engine: Engine,
    pub(crate) products: u32,
    pub(crate) events: u64,
    pub(crate) build_seconds: f64,
    /// Median, everything in the page cache.
    pub(crate) open_milliseconds: f64,
    _folder: tempfile::TempDir,
}

/// Builds and opens; `now` is the time popularity ages towards.
///
/// # Errors
/// For a product the feed would refuse, and whatever the build says.
pub(crate) fn index(
    bench: &Bench,
    products: impl Iterator<Item = Result<Product, Failure>>,
    events: impl Iterator<Item = Event>,
    settings: &BuildSettings,
    now: Timestamp,
) -> Result<Indexed, Failure> {
    let folder = tempfile::tempdir()?;
    let catalogue = folder.path().join("catalogue.jsonl");
    let mut file = std::io::BufWriter::new(std::fs::File::create(&catalogue)?);
    for product in products {
        let product = product?;
        product.check().map_err(|error| format!("product {}: {error}", product.id))?;
        serde_json::to_writer(&mut file, &product)?;
        file.write_all(b"\n")?;
    }
    file.into_inner()?.sync_all()?;
    let generations = folder.path().join("generations");
    let mut events = events.map(Ok);
    let mut input = BuildInput {
        catalogue: &catalogue,
        catalogue_version: 0,
        events: &mut events,
        embedder: &bench.embedder,
        now,
        keep: 1,
        settings,
        pages: None,
        tables: None,
        trainers: trainers(None),
    };
    let started = Instant::now();
    let built = generation::build(&generations, &mut input, &Notes, &mut |_| {})?;
    let build_seconds = started.elapsed().as_secs_f64();
    let (products, events) = (built.generation.manifest.products, built.events.events);
    drop(built);
    let mut openings = Vec::with_capacity(OPENINGS);
    for _ in 0..OPENINGS {
        let started = Instant::now();
        drop(Generation::open_current(&generations)?);
        openings.push(started.elapsed().as_secs_f64() * 1000.0);
    }
    openings.sort_by(f64::total_cmp);
    let engine = Engine::open(&generations, bench.embedder.clone(), bench.config.search.clone())?;
    let open_milliseconds = openings[OPENINGS / 2];
    Ok(Indexed { engine, products, events, build_seconds, open_milliseconds, _folder: folder })
}

/// Prints the notes of a reindex, such as the weights that were tried.
struct Notes;

impl Progress for Notes {
    fn stage(&self, _: &'static str, _: Option<u64>) {}
    fn advance(&self, _: u64) {}
    fn note(&self, message: &str) {
        println!("    {message}");
    }
}

/// The lines of a file as JSON, unpacked when its name says so.
pub(crate) fn json_lines<T: DeserializeOwned>(
    path: &Path,
) -> Result<impl Iterator<Item = Result<T, Failure>> + use<T>, Failure> {
    let lines = BufReader::new(tastemaker::command::input::open(path)?).lines();
    Ok(lines.map(|line| Ok(serde_json::from_str(&line?)?)))
}

/// The lines of a CSV file below its header, unpacked when its name says so.
pub(crate) fn csv_lines<T: DeserializeOwned + 'static>(
    path: &Path,
) -> Result<impl Iterator<Item = Result<T, Failure>> + use<T>, Failure> {
    separated(path, b',')
}

/// The same of a file whose columns are separated by another character.
pub(crate) fn separated<T: DeserializeOwned + 'static>(
    path: &Path,
    separator: u8,
) -> Result<impl Iterator<Item = Result<T, Failure>> + use<T>, Failure> {
    let mut reader = csv::ReaderBuilder::new();
    let reader = reader.delimiter(separator).from_reader(tastemaker::command::input::open(path)?);
    Ok(reader.into_deserialize().map(|line| line.map_err(Failure::from)))
}
