//! The invented shop and its judged queries: always there, so that every build
//! measures something.

use std::fs::File;
use std::path::Path;

use jiff::Timestamp;
use tastemaker_index::eval::{Gain, Judgements};
use tastemaker_index::event::Event;

use crate::indexed::{index, json_lines};
use crate::search;
use crate::suite::{Bench, Failure, Outcome};

/// The build's time, after the last of the fixtures' events.
const NOW: &str = "2026-11-30T00:00:00Z";

/// Runs the suite.
pub(crate) fn run(bench: &mut Bench) -> Result<Outcome, Failure> {
    let shop = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/shop");
    let judgements = Judgements::read(File::open(shop.join("judgments.csv"))?)?;
    let events: Result<Vec<Event>, Failure> = json_lines(&shop.join("events.ndjson"))?.collect();
    let products = json_lines(&shop.join("products.jsonl"))?;
    let now: Timestamp = NOW.parse()?;
    let indexed = index(bench, products, events?.into_iter(), &bench.config.reindex.build, now)?;
    println!("suite fixtures: {} products, {} events", indexed.products, indexed.events);
    let figures = search::measure(&indexed.engine, &judgements, Gain::Exponential)?;
    Ok(bench.report(&figures))
}
