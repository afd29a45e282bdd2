//! Load: every connection asks its next question as soon as it has the last answer.

use std::time::Instant;

use anyhow::{Context, anyhow};

use crate::http::{Request, Server};

/// Requests before anything counts, of all connections together: none may be idle so long that the server
/// closes it.
const WARM_UP: usize = 400;

const SHARES: [f64; 4] = [0.5, 0.95, 0.99, 0.999];

/// What a run of requests took.
pub(crate) struct Measured {
    /// The server's own time, milliseconds, ascending; empty when answers do not say it.
    pub(crate) server: Vec<f64>,
    /// From sending to the last byte of the answer, milliseconds, ascending.
    pub(crate) client: Vec<f64>,
    /// Requests a second, all connections together.
    pub(crate) rate: f64,
    /// Mean size of an answer.
    pub(crate) bytes: f64,
}

/// Sends `count` requests over `connections` connections, taking turns through `requests`.
pub(crate) fn measure(
    server: &Server,
    requests: &[Request],
    connections: usize,
    count: usize,
) -> anyhow::Result<Measured> {
    let (share, warm_up) = (count / connections, WARM_UP.div_ceil(connections));
    let gate = std::sync::Barrier::new(connections);
    let runs = std::thread::scope(|threads| {
        let starts = (0..connections).map(|thread| {
            let gate = &gate;
            threads.spawn(move || one(server, requests, gate, thread * 17, warm_up, share))
        });
        let running: Vec<_> = starts.collect();
        running
            .into_iter()
            .map(|run| run.join().map_err(|_| anyhow!("a connection panicked"))?)
            .collect::<anyhow::Result<Vec<_>>>()
    })?;
    let began = runs.iter().map(|run| run.began).min().context("no connection")?;
    let ended = runs.iter().map(|run| run.ended).max().context("no connection")?;
    let bytes: usize = runs.iter().map(|run| run.bytes).sum();
    let [mut server, mut client] = [Vec::new(), Vec::new()];
    for mut run in runs {
        server.append(&mut run.server);
        client.append(&mut run.client);
    }
    server.sort_unstable_by(f64::total_cmp);
    client.sort_unstable_by(f64::total_cmp);
    let (rate, bytes) = (client.len() as f64 / (ended - began).as_secs_f64(), bytes as f64 / client.len() as f64);
    Ok(Measured { server, client, rate, bytes })
}

struct Run {
    server: Vec<f64>,
    client: Vec<f64>,
    bytes: usize,
    began: Instant,
    ended: Instant,
}

fn one(
    server: &Server,
    requests: &[Request],
    gate: &std::sync::Barrier,
    first: usize,
    warm_up: usize,
    count: usize,
) -> anyhow::Result<Run> {
    let connection = server.connect();
    let mut turns = requests.iter().cycle().skip(first % requests.len());
    // Every thread must reach the gate, so errors wait until after it.
    let warm = turns.by_ref().take(warm_up).try_for_each(|request| connection.ask(request).map(drop));
    gate.wait();
    warm?;
    let began = Instant::now();
    let mut run = Run { server: Vec::new(), client: Vec::with_capacity(count), bytes: 0, began, ended: began };
    for request in turns.take(count) {
        let sent = Instant::now();
        let answer = connection.ask(request)?;
        run.client.push(sent.elapsed().as_secs_f64() * 1e3);
        run.bytes += answer.len();
        run.server.extend(took_ms(&answer));
    }
    run.ended = Instant::now();
    Ok(run)
}

/// The server's own time as the answer says it, last of its fields.
pub(crate) fn took_ms(answer: &[u8]) -> Option<f64> {
    let tail = std::str::from_utf8(&answer[answer.len().saturating_sub(40)..]).ok()?;
    let (_, said) = tail.rsplit_once("\"took_ms\":")?;
    said.trim_end_matches('}').parse().ok()
}

/// The value below which a share of an ascending list lies.
pub(crate) fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = (sorted.len() as f64 * share).ceil() as usize;
    sorted.get(place.clamp(1, sorted.len().max(1)) - 1).copied().unwrap_or(f64::NAN)
}

/// The head of a table of [`print_row`]s.
pub(crate) fn print_header(connections: usize) {
    let plural = if connections == 1 { "" } else { "s" };
    let shares = "p50   p95   p99 p99.9";
    println!(
        "\n    {:<24} | {:^23} | {:^23} | {:>10} {:>5} | over the limit",
        format!("{connections} connection{plural}"),
        "server ms",
        "client ms",
        "requests/s",
        "kB"
    );
    println!("    {:24} | {shares:>23} | {shares:>23} | {:10} {:5} | client p50   rate", "", "", "");
}

/// One kind of request; `limit` is the least that any request takes.
pub(crate) fn print_row(name: &str, measured: &Measured, limit: &Measured) {
    let times = |sorted: &[f64]| {
        let times = SHARES.map(|share| quantile(sorted, share));
        times.map(|time| if time.is_nan() { "    -".to_owned() } else { format!("{time:5.2}") }).join(" ")
    };
    println!(
        "    {name:<24} | {:>23} | {:>23} | {:>10.0} {:>5.1} | {:>10.1} {:>6.2}",
        times(&measured.server),
        times(&measured.client),
        measured.rate,
        measured.bytes / 1e3,
        quantile(&measured.client, 0.5) / quantile(&limit.client, 0.5),
        measured.rate / limit.rate
    );
}
