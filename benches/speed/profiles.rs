//! A million profiles kept and read: built by the profile writer from made-up
//! shoppers' events, read back by id while nothing and while a writer is at
//! work, opened after a clean stop and as a killed process leaves them.
//! `TASTEMAKER_PROFILES` sets another number of profiles.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use jiff::Timestamp;
use tastemaker::store::DataFolder;
use tastemaker::store::ingest::Apply;
use tastemaker::store::journal::{JournalEntry, Position};
use tastemaker::store::profiles::{ProfileSettings, ProfileWriter, Profiles};
use tastemaker::store::state::{State, StateKind, StateSettings};
use tastemaker_index::event::{Channel, Event, EventKind, EventProduct};
use tastemaker_index::id::ShopperId;
use tastemaker_index::time::DAY_SECONDS;

use crate::bars::Bars;
use crate::events::Numbers;
use crate::generation::bytes_in;
use crate::load::quantile;

/// Seconds in a day, as events are numbered.
const A_DAY: u64 = DAY_SECONDS as u64;
const PROFILES: u64 = 1_000_000;
const READS: usize = 100_000;
const SIZES: usize = 20_000;
const PRODUCTS: u64 = 50_000;
/// The most a shopper did, by Zipf's law with exponent 1 from once.
const MOST_EVENTS: u64 = 80;
/// Events a visit has about.
const VISIT: u64 = 5;
const READ_P99_MS: f64 = 1.0;
/// Events a second while reads are timed: a busy shop's.
const PACE: u64 = 5_000;

fn user(shopper: u64) -> String {
    format!("customer-{shopper:08}")
}

/// What shoppers do, event by event, as the ingest writer tells it.
struct Shoppers {
    numbers: Numbers,
    told: u64,
}

impl Shoppers {
    fn new(seed: u64) -> Self {
        Self { numbers: Numbers::new(seed), told: 0 }
    }

    fn entry(&mut self, shopper: u64, nth: u64) -> anyhow::Result<JournalEntry> {
        self.told += 1;
        let numbers = &mut self.numbers;
        let kind = match numbers.below(100) {
            0..=69 => EventKind::View,
            70..=79 => EventKind::Click,
            80..=89 => EventKind::AddToCart,
            90..=93 => EventKind::Search,
            _ => EventKind::Purchase,
        };
        let lines = if kind == EventKind::Purchase { 1 + numbers.below(4) } else { 1 };
        let product = |numbers: &mut Numbers| {
            let product = numbers.zipf(PRODUCTS);
            let price = Some(500 + 100 * (product % 200) as i64);
            EventProduct { id: format!("sku-{product:06}"), quantity: 1, price, position: None }
        };
        // A visit every nine days, a minute between its events.
        let second = 1_760_000_000 + (nth / VISIT * 9 * A_DAY + nth % VISIT * 60 + shopper % A_DAY) as i64;
        let time = Some(Timestamp::from_second(second)?);
        let event = Event {
            message_id: Some(format!("{:032x}", self.told)),
            user_id: Some(user(shopper)),
            time,
            received_at: time,
            channel: Some(if shopper.is_multiple_of(3) { Channel::App } else { Channel::Web }),
            order_id: (kind == EventKind::Purchase).then(|| format!("order-{:010}", self.told)),
            currency: (kind == EventKind::Purchase).then(|| "EUR".to_owned()),
            query_id: (kind == EventKind::Click).then(|| format!("{:032x}", u128::from(numbers.next()))),
            query: (kind == EventKind::Search).then(|| format!("trail shoes {}", numbers.zipf(5000))),
            products: if kind == EventKind::Search {
                Vec::new()
            } else {
                (0..lines).map(|_| product(numbers)).collect()
            },
            ..Event::new(kind)
        };
        Ok(JournalEntry { position: Position { segment: 1, offset: 400 * self.told }, event })
    }
}

/// The store of a folder and its writer.
fn open(folder: &DataFolder) -> anyhow::Result<(Profiles, ProfileWriter)> {
    let profiles = Profiles::open(State::open(folder, StateSettings::default())?, ProfileSettings::default())?;
    let writer = profiles.writer(Arc::new(Timestamp::now))?;
    Ok((profiles, writer))
}

pub(crate) fn run(bars: &mut Bars) -> anyhow::Result<()> {
    let number = std::env::var("TASTEMAKER_PROFILES").map_or(Ok(PROFILES), |text| text.parse())?;
    let scratch = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let folder = DataFolder::open(scratch.path().join("full"))?;
    let (profiles, mut writer) = open(&folder)?;
    let mut shoppers = Shoppers::new(3);
    let began = Instant::now();
    let mut batch = Vec::with_capacity(256);
    for shopper in 0..number {
        let events = shoppers.numbers.zipf(MOST_EVENTS) + 1;
        for nth in 0..events {
            batch.push(shoppers.entry(shopper, nth)?);
        }
        if batch.len() >= 256 {
            writer.apply(&batch)?;
            batch.clear();
        }
    }
    writer.apply(&batch)?;
    drop(writer);
    let seconds = began.elapsed().as_secs_f64();
    println!(
        "  {number} profiles from {} events written in {seconds:.0} s: {:.0} profiles/s, {:.0} events/s",
        shoppers.told,
        number as f64 / seconds,
        shoppers.told as f64 / seconds
    );

    let mut writer = profiles.writer(Arc::new(Timestamp::now))?;
    let idle = reads(&profiles, number)?;
    let busy = while_writing(&profiles, &mut writer, &mut shoppers, number)?;
    let killed = DataFolder::open(scratch.path().join("killed"))?;
    copy(&folder.state(), &killed.state())?;
    drop((writer, profiles));

    for (name, ms) in [("idle", &idle), (&*format!("while {PACE} events/s come in"), &busy)] {
        let times = [0.5, 0.99, 0.999, 1.0].map(|part| format!("{:.3}", quantile(ms, part))).join("  ");
        println!("  reading one profile at random, {name}: p50, p99, p99.9, slowest  {times} ms");
        bars.under(&format!("profile read p99, {name}"), quantile(ms, 0.99), READ_P99_MS, "ms");
    }
    sizes(&folder, number)?;
    println!(
        "  opening and one read: {:.0} ms after a stop, {:.0} ms after a kill",
        reopen(&folder)?,
        reopen(&killed)?
    );
    Ok(())
}

/// Milliseconds of reads of ids drawn at random, ascending.
fn reads(profiles: &Profiles, number: u64) -> anyhow::Result<Vec<f64>> {
    let mut numbers = Numbers::new(99);
    let mut ms = Vec::with_capacity(READS);
    for _ in 0..READS {
        let id = ShopperId::User(user(numbers.below(number)));
        let began = Instant::now();
        let found = profiles.get(&id)?;
        ms.push(began.elapsed().as_secs_f64() * 1e3);
        ensure!(found.is_some_and(|profile| profile.last_ms > 0), "{id:?} was stored");
    }
    ms.sort_unstable_by(f64::total_cmp);
    Ok(ms)
}

/// The same beside a writer that changes profiles at random at [`PACE`].
fn while_writing(
    profiles: &Profiles,
    writer: &mut ProfileWriter,
    shoppers: &mut Shoppers,
    number: u64,
) -> anyhow::Result<Vec<f64>> {
    let done = AtomicBool::new(false);
    std::thread::scope(|threads| {
        let writing = threads.spawn(|| -> anyhow::Result<()> {
            let (began, mut told) = (Instant::now(), 0);
            while !done.load(Ordering::Relaxed) {
                let batch: anyhow::Result<Vec<JournalEntry>> = (0..PACE / 100)
                    .map(|_| {
                        let shopper = shoppers.numbers.below(number);
                        shoppers.entry(shopper, MOST_EVENTS + told / PACE)
                    })
                    .collect();
                writer.apply(&batch?)?;
                told += PACE / 100;
                let due = began + Duration::from_micros(told * 1_000_000 / PACE);
                std::thread::sleep(due.saturating_duration_since(Instant::now()));
            }
            Ok(())
        });
        // Long enough for some flushes and what the store tidies up after them.
        let mut ms = Vec::new();
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(10) {
            ms.extend(reads(profiles, number)?);
        }
        done.store(true, Ordering::Relaxed);
        writing.join().map_err(|_| anyhow::anyhow!("the writer panicked"))??;
        ms.sort_unstable_by(f64::total_cmp);
        Ok(ms)
    })
}

/// Prints bytes of records as they are encoded, and of all on disk.
fn sizes(folder: &DataFolder, number: u64) -> anyhow::Result<()> {
    let state = State::open(folder, StateSettings::default())?;
    let mut numbers = Numbers::new(7);
    let mut sizes = Vec::with_capacity(SIZES);
    for _ in 0..SIZES {
        let key = ShopperId::User(user(numbers.below(number))).key();
        sizes.push(state.read(StateKind::Profile, &key)?.context("a profile that was stored")?.len() as f64);
    }
    sizes.sort_unstable_by(f64::total_cmp);
    println!(
        "  bytes a profile: encoded mean {:.0}, p50 {:.0}, p99 {:.0}; on disk {:.0} ({:.2} GB in all)",
        sizes.iter().sum::<f64>() / sizes.len() as f64,
        quantile(&sizes, 0.5),
        quantile(&sizes, 0.99),
        bytes_in(&folder.state())? as f64 / number as f64,
        bytes_in(&folder.state())? as f64 / 1e9
    );
    Ok(())
}

/// Milliseconds to open a store and read one profile.
fn reopen(folder: &DataFolder) -> anyhow::Result<f64> {
    let began = Instant::now();
    let profiles = Profiles::open(State::open(folder, StateSettings::default())?, ProfileSettings::default())?;
    let found = profiles.get(&ShopperId::User(user(1)))?;
    let ms = began.elapsed().as_secs_f64() * 1e3;
    ensure!(found.is_some(), "a profile is gone");
    Ok(ms)
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?
        } else {
            std::fs::copy(entry.path(), target).map(drop)?
        }
    }
    Ok(())
}
