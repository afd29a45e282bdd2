//! Learning from a large journal: ten million events of a million visits to a shop of 200 thousand products,
//! read from the journal and counted as `reindex` does. Making them is not counted.

use std::collections::BTreeMap;
use std::time::Instant;

use jiff::Timestamp;
use serde_json::json;
use tastemaker::store::DataFolder;
use tastemaker::store::catalogue::Catalogue;
use tastemaker::store::journal::{Journal, JournalRecord, JournalSettings, Position, read_from};
use tastemaker_index::Error;
use tastemaker_index::event::Event;
use tastemaker_index::flat::FlatFile;
use tastemaker_index::generation::{self, BuildInput, BuildSettings};
use tastemaker_index::learning::trainers;
use tastemaker_index::time::DAY_MS;
use tastemaker_index::vector::embed::StaticTable;

use crate::bars::Bars;
use crate::generated::{basket, product, query, seeded};
use crate::generation::Stages;
use crate::process::status_bytes;

const EVENTS: usize = 10_000_000;
/// Another number of events; a visit has ten, and a product fifty.
const EVENTS_NAME: &str = "TASTEMAKER_LEARNING_EVENTS";
const VISIT: usize = 10;
const EVENTS_PER_PRODUCT: usize = 50;
/// Visits of a shopper, on average.
const VISITS_PER_SHOPPER: u64 = 3;
const DAYS_MS: i64 = 90 * DAY_MS;
/// Events written to the journal at once.
const GROUP: usize = 8_192;
/// Stages of the build that learn from behaviour.
const LEARNING: [&str; 13] = [
    "behaviour",
    "history",
    "popularity",
    "alike",
    "weights",
    "next",
    "co_viewed",
    "bought",
    "baskets",
    "holdout",
    "visits",
    "cart model",
    "for-you",
];
const SECONDS: f64 = 300.0;
const GIGABYTES: f64 = 4.0;

/// The event of a number: views that stay near a product, a search, a cart, and in every third visit an order.
fn event(number: usize, events: usize, end_ms: i64) -> Result<Event, Error> {
    let products = events / EVENTS_PER_PRODUCT;
    let (visit, step) = (number / VISIT, number % VISIT);
    let mut visitor = seeded(20, visit as u64);
    let shopper = visitor.below((events / VISIT) as u64 / VISITS_PER_SHOPPER);
    let bought = basket(visit, products);
    let started_ms = end_ms - DAYS_MS + (visit as f64 / (events / VISIT) as f64 * DAYS_MS as f64) as i64;
    let time = Timestamp::from_millisecond(started_ms + step as i64 * 40_000).unwrap_or(Timestamp::UNIX_EPOCH);
    let mut own = seeded(21, number as u64);
    let mut near = |id: &str| {
        let number = id[1..].parse::<u64>().unwrap_or_default();
        format!("p{}", (number / 12 * 12 + own.below(36)) % products as u64)
    };
    let mut said = json!({
        "message_id": format!("made-{number}"), "session_id": format!("visit-{visit}"), "time": time,
        "anonymous_id": format!("device-{shopper}"),
    });
    if shopper.is_multiple_of(2) {
        said["user_id"] = json!(format!("user-{shopper}"));
    }
    let first = &bought[visit % bought.len()];
    match (step, visit % 3) {
        (9, 0) => {
            said["type"] = json!("purchase");
            said["order_id"] = json!(format!("order-{visit}"));
            said["products"] = bought.iter().map(|id| json!({"id": id})).collect();
        }
        (8, _) => {
            said["type"] = json!("add_to_cart");
            said["products"] = json!([{"id": first}]);
        }
        (4, _) => {
            said["type"] = json!("search");
            said["query"] = json!(query(visit % 20_000, products));
        }
        _ => {
            said["type"] = json!("view");
            let seen = if step == 7 { first.clone() } else { near(first) };
            said["products"] = json!([{"id": seen}]);
        }
    }
    serde_json::from_value(said).map_err(|error| Error::invalid("an event", error.to_string()))
}

pub(crate) fn run(bars: &mut Bars) -> anyhow::Result<()> {
    let events = std::env::var(EVENTS_NAME).map_or(Ok(EVENTS), |text| text.parse())?;
    let products = events / EVENTS_PER_PRODUCT;
    let scratch = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let data = DataFolder::open(scratch.path())?;
    let began = Instant::now();
    let mut catalogue = Catalogue::begin(&data)?;
    (0..products).try_for_each(|number| catalogue.push_line(&product(number).to_string()))?;
    catalogue.commit()?;
    let now = Timestamp::now();
    let mut journal = Journal::open(&data.journal(), JournalSettings::default())?;
    for first in (0..events).step_by(GROUP) {
        let mut group = Vec::with_capacity(GROUP);
        for number in first..events.min(first + GROUP) {
            let event = event(number, events, now.as_millisecond())?;
            group.push(JournalRecord::new(&event).map_err(|error| anyhow::anyhow!(error))?);
        }
        journal.append(&group)?;
    }
    drop(journal);
    println!("  {products} products and {events} events made in {:.0} s", began.elapsed().as_secs_f64());

    // Writing 5 makes the peak start again from what is held now; without it the peak is of the whole process.
    drop(std::fs::write("/proc/self/clear_refs", "5"));
    let stages = Stages::default();
    let journal = read_from(&data.journal(), Position::START)?;
    let journal =
        journal.map(|entry| entry.map(|entry| entry.event).map_err(|error| Error::Refused(error.to_string())));
    let mut journal = Box::new(journal);
    let mut input = BuildInput {
        catalogue: &Catalogue::path(&data),
        catalogue_version: 0,
        events: &mut journal,
        embedder: &StaticTable::builtin()?,
        now,
        keep: 1,
        settings: &BuildSettings::default(),
        pages: None,
        tables: None,
        trainers: trainers(None),
    };
    let built = generation::build(&data.generations(), &mut input, &stages, &mut |_| {})?;
    let peak = status_bytes("self", "VmHWM");
    let (mut learning, mut whole) = (0.0, 0.0);
    for (name, time) in stages.ended() {
        let seconds = time.as_secs_f64();
        whole += seconds;
        let learns = LEARNING.contains(&name) || name == "rest";
        learning += if learns { seconds } else { 0.0 };
        println!("  {name:<12} {seconds:>8.2} s{}", if learns { "" } else { "  (not learning)" });
    }
    println!(
        "  learning: {learning:.1} s, {:.0} events/s; the whole reindex {whole:.1} s",
        events as f64 / learning.max(1e-9)
    );
    let folder = data.generations().join(&built.generation.manifest.id);
    tables(&FlatFile::open(&folder.join("behaviour.flat"))?, products);
    if events == EVENTS {
        bars.under("learning from 10 million events", learning, SECONDS, "s");
    } else {
        bars.skip("learning from 10 million events", "it is set for ten million");
    }
    match peak {
        Some(peak) if events == EVENTS => {
            bars.under("peak resident memory of that reindex", peak as f64 / 1e9, GIGABYTES, "GB");
        }
        Some(peak) => println!("  peak resident memory: {:.2} GB", peak as f64 / 1e9),
        None => bars.skip("peak resident memory of that reindex", "this system does not tell"),
    }
    Ok(())
}

/// Prints what each behaviour table takes.
fn tables(file: &FlatFile, products: usize) {
    let mut by_table: BTreeMap<&str, usize> = BTreeMap::new();
    for (name, bytes) in file.sections() {
        *by_table.entry(name.split('.').next().unwrap_or(name)).or_default() += bytes;
    }
    println!("  behaviour tables:");
    let all: usize = by_table.values().sum();
    for (name, bytes) in by_table.into_iter().chain([("all", all)]) {
        println!(
            "    {name:<20} {:>9.2} MB {:>9.0} bytes a product",
            bytes as f64 / 1e6,
            bytes as f64 / products as f64
        );
    }
}
