//! Overload: a server over 20,000 generated products that is asked for more than it can answer, by clients that arrive
//! whether or not others were answered (an open loop) and leave after a second.
//!
//! `cargo bench --bench overload` measures the capacity and prints what was answered in time at 0.5, 1, 1.5, 3 and 10
//! times of it; `-- --quick` does it in a short time over fewer products. `TASTEMAKER_BENCH_SERVER` names another binary
//! to compare with, `OVERLOAD_SEED` repeats arrivals. Exit status 1 when a bar was missed. The clients share the
//! machine's cores with the server, so figures are compared within one run.

#[path = "../speed/bars.rs"]
#[allow(dead_code, reason = "each suite uses its part of this")]
mod bars;
mod client;
#[path = "../speed/generated.rs"]
#[allow(dead_code, reason = "each suite uses its part of this")]
mod generated;
mod load;
mod probe;
#[path = "../speed/process.rs"]
mod process;
#[path = "../speed/random.rs"]
#[allow(dead_code, reason = "each suite uses its part of this")]
mod random;
mod server;
mod table;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::ensure;
use serde_json::json;

use bars::Bars;
use load::{Load, Measured};
use server::Server;

/// Offered load, as multiples of the capacity.
const STEPS: [f64; 5] = [0.5, 1.0, 1.5, 3.0, 10.0];
/// Different searches.
const DIFFERENT: usize = 2_000;
/// Connections of the measurement of the capacity.
const CONNECTIONS: usize = 8;

/// The size of a run.
struct Size {
    products: usize,
    orders: usize,
    visits: usize,
    /// The time of a step in a round.
    each: Duration,
    rounds: usize,
}

const WHOLE: Size = Size { products: 20_000, orders: 20_000, visits: 60_000, each: Duration::from_secs(3), rounds: 4 };
const QUICK: Size = Size { products: 3_000, orders: 3_000, visits: 6_000, each: Duration::from_secs(2), rounds: 1 };

fn main() -> ExitCode {
    let flags: Vec<String> = std::env::args().skip(1).collect();
    if !flags.iter().any(|flag| flag == "--bench") {
        println!("overload is measured by `cargo bench --bench overload`; nothing was run");
        return ExitCode::SUCCESS;
    }
    let size = if flags.iter().any(|flag| flag == "--quick") { QUICK } else { WHOLE };
    let mut bars = Bars::default();
    if let Err(error) = run(&size, &mut bars) {
        bars.broken(&error);
    }
    bars.finish()
}

fn run(size: &Size, bars: &mut Bars) -> anyhow::Result<()> {
    server::allow_many_connections()?;
    let shop = generated::Shop::of(size.products, size.orders, size.visits)?;
    let server = Server::start(shop.data())?;
    let seed = std::env::var("OVERLOAD_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let searches = (0..DIFFERENT).map(|number| client::post("/v1/search", &search(number, size.products).to_string()));
    let load = Load { address: server.address, requests: searches.collect(), seed };
    // Caches and the estimates of costs are filled first.
    load.closed(CONNECTIONS, size.each * 2)?;
    let capacity = load.closed(CONNECTIONS, size.each * 4)?;
    ensure!(capacity > 0.0, "nothing was answered");
    let before = server.resident()?;
    let mut steps: Vec<(f64, Measured)> = STEPS.map(|times| (times, Measured::default())).into();
    let mut again = 0.0;
    // In rounds, so that other work on the machine disturbs every step alike.
    for _ in 0..size.rounds {
        again += load.closed(CONNECTIONS, size.each)? / size.rounds as f64;
        for (times, sum) in &mut steps {
            let (measured, seen) = probe::beside(&server, || load.open(capacity * *times, size.each))?;
            let (health, grown) = (seen.worst, seen.resident.saturating_sub(before));
            sum.add(Measured { health, grown, ..measured? });
            // Whatever is left over of one step is not counted in the next.
            std::thread::sleep(Duration::from_secs(1));
        }
    }
    println!("\ncapacity over {CONNECTIONS} connections: {capacity:.0} searches a second, {again:.0} beside the steps");
    let capacity = again;
    let peak = steps.iter().map(|(_, step)| step.goodput()).fold(capacity, f64::max);
    table::print(&steps, peak);
    judge(&steps, peak, bars);
    Ok(())
}

/// A search of words and meaning with facets, a filter and now and then a slip.
fn search(number: usize, products: usize) -> serde_json::Value {
    let query = generated::query(number, products);
    let query = if number.is_multiple_of(4) { generated::misspelt(&query, number) } else { query };
    json!({
        "query": query, "facets": ["brand", "color", "material", {"field": "price", "histogram": 12}],
        "filter": format!("in_stock = true AND price <= {}", 3_000 + number % 8 * 6_000),
    })
}

fn judge(steps: &[(f64, Measured)], peak: f64, bars: &mut Bars) {
    for (times, step) in steps.iter().filter(|(times, _)| *times >= 3.0) {
        let at = format!("at {times} times of the capacity");
        bars.at_least(&format!("goodput {at}"), 100.0 * step.goodput() / peak, 90.0, "% of the peak");
        bars.under(&format!("p99 of the admitted {at}"), step.answered.p99(), 100.0, "ms");
        bars.under(&format!("p99 of refusals {at}"), step.refused.p99(), 50.0, "ms");
        bars.under(&format!("health {at}"), step.health.as_secs_f64() * 1e3, 50.0, "ms");
        bars.under(&format!("growth of memory {at}"), step.grown as f64 / 1e6, 100.0, "MB");
    }
}
