//! Taking events: the running server over HTTP with syncing on and profiles
//! kept, in batches and one by one, beside a bare loop that writes and syncs
//! the same bytes in the same groups. Afterwards the journal and the profiles
//! are counted: a figure over events that are not all there is no figure.

mod floor;
mod made;
mod verify;
mod wire;

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::ensure;
use jiff::Timestamp;

pub(crate) use self::made::Numbers;

use self::floor::{Group, bare, groups};
use self::made::Storefront;
use self::wire::{Post, WARM_UP, send};
use crate::bars::Bars;
use crate::http::Server;
use crate::load::quantile;

const BATCH: usize = 100;
const BATCH_EVENTS_A_SECOND: f64 = 30_000.0;
const SINGLE_REQUESTS_A_SECOND: f64 = 4_000.0;
const SINGLE_P99_MS: f64 = 50.0;

/// One way of sending.
struct Row {
    connections: usize,
    /// Events in a request.
    batch: usize,
    /// Requests that are timed, all connections together.
    requests: usize,
}

const ROWS: [Row; 6] = [
    Row { connections: 1, batch: BATCH, requests: 1_500 },
    Row { connections: 4, batch: BATCH, requests: 5_000 },
    Row { connections: 16, batch: BATCH, requests: 5_000 },
    Row { connections: 1, batch: 1, requests: 4_000 },
    Row { connections: 16, batch: 1, requests: 60_000 },
    Row { connections: 64, batch: 1, requests: 80_000 },
];

/// Measures every row, each on a fresh data folder.
pub(crate) fn run(bars: &mut Bars) -> anyhow::Result<()> {
    // Beside the build, not in /tmp, which may live in memory and make syncing free.
    let scratch = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    println!(
        "  {} made-up shoppers; client and server share the cores; a connection sends its next request\n  \
         when it has the last answer; every event accepted is counted again in journal and profiles;\n  \
         µs is the server's processor time for an event",
        made::SHOPPERS
    );
    println!(
        "\n    {:<11} {:>5} | {:>10} {:>8} | {:^23} | {:>5} | {:>6} {:>7} {:>5} | {:<22} | a sync a request",
        "connections",
        "batch",
        "requests/s",
        "events/s",
        "ms: p50   p95   p99 p99.9",
        "µs",
        "syncs",
        "events",
        "bytes",
        "bare loop, same groups"
    );
    for row in &ROWS {
        let folder = scratch.path().join(format!("{}-{}", row.connections, row.batch));
        measure(&folder, row, bars)?;
        std::fs::remove_dir_all(&folder)?;
    }
    Ok(())
}

fn measure(data: &Path, row: &Row, bars: &mut Bars) -> anyhow::Result<()> {
    prepare(data)?;
    let share = WARM_UP + row.requests / row.connections;
    let mut storefront = Storefront::new(11, (share * row.connections * row.batch) as u64, Timestamp::now())?;
    let mut event_bytes = 0;
    let mut shares: Vec<Vec<Post>> = (0..row.connections).map(|_| Vec::with_capacity(share)).collect();
    // In turns, so that the connections send what happened at one time at one time.
    for _ in 0..share {
        for posts in &mut shares {
            let events = (0..row.batch).map(|_| storefront.event()).collect::<anyhow::Result<Vec<_>>>()?;
            event_bytes += events.iter().map(String::len).sum::<usize>();
            posts.push(Post::new(&events));
        }
    }
    let server = Server::start(data)?;
    let before = server.processor_seconds();
    let run = send(&server.url, &shares)?;
    let processor = server.processor_seconds().zip(before).map(|(after, before)| after - before);
    drop(shares);
    server.stop()?;
    let kept = verify::verify(data, &storefront.kinds)?;

    let groups = groups(&data.join("journal"))?;
    let events: u64 = groups.iter().map(|group| group.events).sum();
    let floor = bare(data, &groups)?;
    let single = Group { events: row.batch as u64, bytes: kept.journal_bytes / events * row.batch as u64 };
    let each = bare(data, &vec![single; row.requests.min(2_000)])?;
    let times = [0.5, 0.95, 0.99, 0.999].map(|part| format!("{:5.2}", quantile(&run.ms, part))).join(" ");
    println!(
        "    {:<11} {:>5} | {:>10.0} {:>8.0} |   {times} | {:>5.1} | {:>6} {:>7} {:>5} | {:>8.0} ({:.2} of it)  | {:>7.0} ({:.2})",
        row.connections,
        row.batch,
        run.requests_rate,
        run.events_rate,
        processor.map_or(f64::NAN, |seconds| seconds * 1e6 / events as f64),
        groups.len(),
        events,
        event_bytes as u64 / events,
        floor,
        run.events_rate / floor,
        each,
        run.events_rate / each,
    );
    ensure!(kept.profiles > 0, "no profile was kept");
    match (row.connections, row.batch) {
        (16, BATCH) => bars.at_least(
            "events in batches of 100, 16 connections",
            run.events_rate,
            BATCH_EVENTS_A_SECOND,
            "events/s",
        ),
        (16, 1) => {
            let name = "events one by one, 16 connections";
            bars.at_least(name, run.requests_rate, SINGLE_REQUESTS_A_SECOND, "requests/s");
            bars.under(&format!("{name}, p99"), quantile(&run.ms, 0.99), SINGLE_P99_MS, "ms");
        }
        _ => {}
    }
    Ok(())
}

/// A data folder with the fixture shop in it, as `serve` wants one.
fn prepare(data: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(data)?;
    let ended = Command::new(env!("CARGO_BIN_EXE_tastemaker"))
        .args(["reindex", "--catalog", concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/shop/products.jsonl"), "--data"])
        .arg(data)
        .env("RUST_LOG", "error")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    ensure!(ended.success(), "the reindex of the fixture shop failed");
    Ok(())
}
