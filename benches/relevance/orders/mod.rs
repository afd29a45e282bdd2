//! Real orders replayed with their real times through the same path as
//! `tastemaker replay`: what the journal holds afterwards must equal, in every
//! count and to the penny, what an independent query says of the same CSV; and
//! the profiles must hold the same as far as they keep orders. Equality is the
//! whole test. Without the data the suite is not run, which is not a pass.

pub(crate) mod completejourney;
mod kept;
pub(crate) mod online_retail;
mod query;
mod sql;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use serde::Deserialize;
use tastemaker::command::replay::replay;
use tastemaker::shop::Shop;
use tastemaker::store::DataFolder;
use tastemaker_index::event::{Event, EventKind, MAX_EVENT_PRODUCTS};

use crate::suite::{Bench, Failure, Outcome};

/// Everything that is counted. Money is in minor units.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Totals {
    orders: u64,
    order_lines: u64,
    order_units: u64,
    order_minor: i64,
    refunds: u64,
    refund_lines: u64,
    refund_units: u64,
    refund_minor: i64,
    shoppers: u64,
}

/// Rows that a stated rule leaves out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct LeftOut {
    left_out_rows: u64,
    left_out_minor: i64,
}

/// A file made into events.
pub(crate) struct Mapped {
    pub(crate) events: Vec<Event>,
    left_out: LeftOut,
}

/// What a query found in a file.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    totals: Totals,
    left_out: LeftOut,
    /// Orders and their value by [`tastemaker_index::id::ShopperId::key`].
    shoppers: BTreeMap<String, (u64, i64)>,
}

/// One set of data.
struct Set {
    name: &'static str,
    file: &'static str,
    currency: &'static str,
    map: fn(&Path) -> Result<Mapped, Failure>,
    query: fn(&Path) -> Result<Answer, Failure>,
    sql: &'static str,
}

/// Orders and refunds of a gift shop.
pub(crate) fn online_retail(bench: &mut Bench) -> Result<Outcome, Failure> {
    run(
        bench,
        &Set {
            name: "orders/online-retail",
            file: "online-retail/transactions.csv.gz",
            currency: online_retail::CURRENCY,
            map: online_retail::map,
            query: query::online_retail,
            sql: sql::ONLINE_RETAIL,
        },
    )
}

/// Baskets of a grocer's households.
pub(crate) fn completejourney(bench: &mut Bench) -> Result<Outcome, Failure> {
    run(
        bench,
        &Set {
            name: "orders/completejourney",
            file: "completejourney/transactions_sample.csv.gz",
            currency: completejourney::CURRENCY,
            map: completejourney::map,
            query: query::completejourney,
            sql: sql::COMPLETEJOURNEY,
        },
    )
}

fn run(bench: &mut Bench, set: &Set) -> Result<Outcome, Failure> {
    let Some([path]) = bench.files([set.file]) else { return Ok(Outcome::NotRun) };
    let Mapped { events, left_out } = (set.map)(&path)?;
    // Beside the build, not in /tmp, which may live in memory and make syncing free.
    let root = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let folder = DataFolder::open(root.path())?;
    let shop =
        Shop::open(folder.clone(), Arc::clone(&bench.embedder), bench.config.search.clone(), &bench.config.events)?;
    let (number, began) = (events.len() as u64, Instant::now());
    let replayed = replay(&shop, events.into_iter().map(Ok))?;
    let seconds = began.elapsed().as_secs_f64();
    println!("suite {}: {number} events replayed in {seconds:.2} s, {:.0} a second", set.name, number as f64 / seconds);
    if replayed.accepted != number {
        return Err(format!("{number} events, but {replayed:?}").into());
    }

    let journal = kept::journal(&folder.journal())?;
    let answer = (set.query)(&path)?;
    let sql = sql::run(set.sql, &path)?;
    let mut passed = compare(&journal, left_out, &answer, sql.as_ref());
    let profiles = kept::profiles(shop.profiles(), set.currency, &answer)?;
    passed &= profiles.differing == 0;
    println!("{profiles}");
    drop(shop);
    let (journal, state) = (kept::bytes_in(&folder.journal())?, kept::bytes_in(&folder.state())?);
    println!(
        "bytes: journal {journal}, {:.0} an event; state {state}, {:.0} a profile",
        journal as f64 / number as f64,
        state as f64 / profiles.profiles as f64
    );
    Ok(if passed { Outcome::Passed } else { Outcome::Failed })
}

/// Prints what was found beside what both queries say; whether all agree.
fn compare(journal: &Totals, left_out: LeftOut, answer: &Answer, sql: Option<&(Totals, LeftOut)>) -> bool {
    let row = |totals: &Totals, left_out: &LeftOut| {
        let Totals { orders, order_lines, order_units, refunds, refund_lines, refund_units, shoppers, .. } = *totals;
        [
            ("orders", orders as i64),
            ("order lines", order_lines as i64),
            ("units ordered", order_units as i64),
            ("gross revenue, minor units", totals.order_minor),
            ("refunds", refunds as i64),
            ("refund lines", refund_lines as i64),
            ("units given back", refund_units as i64),
            ("given back, minor units", totals.refund_minor),
            ("shoppers", shoppers as i64),
            ("rows left out", left_out.left_out_rows as i64),
            ("left out, minor units", left_out.left_out_minor),
        ]
    };
    let found = row(journal, &left_out);
    let query = row(&answer.totals, &answer.left_out);
    let sql = sql.map(|(totals, left_out)| row(totals, left_out));
    println!("{:<28}{:>14} {:>14} {:>14}", "", "journal", "query", "SQL");
    let mut same = true;
    for (at, (name, found)) in found.into_iter().enumerate() {
        let (query, sql) = (query[at].1, sql.map(|sql| sql[at].1));
        let agree = query == found && sql.is_none_or(|sql| sql == found);
        same &= agree;
        let sql = sql.map_or_else(|| "not run".to_owned(), |sql| sql.to_string());
        println!("{name:<28}{found:>14} {query:>14} {sql:>14}{}", if agree { "" } else { "  WRONG" });
    }
    same
}

/// An order in as many events as it takes: one order must not be told twice, so that each part of
/// [`MAX_EVENT_PRODUCTS`] lines is an order of its own, `ID`, `ID/2`, `ID/3` ..., whose `value` is
/// the money of its lines. `minor` has the money of each line.
fn parts(whole: &Event, minor: &[i64]) -> Vec<Event> {
    let id = whole.order_id.clone().or_else(|| whole.message_id.clone()).unwrap_or_default();
    let parts = whole.products.chunks(MAX_EVENT_PRODUCTS).zip(minor.chunks(MAX_EVENT_PRODUCTS)).enumerate();
    parts
        .map(|(at, (products, minor))| {
            let name = if at == 0 { id.clone() } else { format!("{id}/{}", at + 1) };
            Event {
                order_id: (whole.kind == EventKind::Purchase).then(|| name.clone()),
                message_id: Some(name),
                value: Some(minor.iter().sum()),
                products: products.to_vec(),
                ..whole.clone()
            }
        })
        .collect()
}
