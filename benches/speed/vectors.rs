//! Vector search: the served graph against the building library's own search
//! over the same graph, both on one thread, and both against the exact answer.
//! `TASTEMAKER_BENCH_VECTORS` sets the number of rows (100,000 by default).

use std::time::{Duration, Instant};

use hnsw_rs::filter::FilterT;
use tastemaker_index::id::Ordinal;
use tastemaker_index::vector::build::{self, GraphSettings, LinkedGraph};
use tastemaker_index::vector::{Allowed, NoFilter, SearchScratch, VectorIndex, Vectors, scan};

use crate::bars::Bars;
use crate::random::Random;

const DIMENSIONS: usize = 256;
const CLUSTER_ROWS: usize = 100;
const QUERIES: usize = 1_000;
const K: usize = 10;
/// The most that search asks for.
const WINDOW: usize = 200;
/// Length of the noise on a centre of length 1: what a real catalogue's text vectors look like.
const NOISE: f32 = 1.0;
const BEAMS: [usize; 15] = [10, 12, 14, 16, 20, 24, 29, 36, 44, 54, 64, 80, 100, 128, 200];
/// Every setting of the comparison is timed this often; the fastest round counts.
const ROUNDS: usize = 5;

type Hits = Vec<(Ordinal, f32)>;
/// Beam, recall, queries a second.
type Setting = (usize, f64, f64);

/// How many times the library's rate the flat graph must reach, at a recall and a size.
const BAR: f64 = 3.0;
const BAR_RECALL: f64 = 0.95;
const BAR_ROWS: usize = 100_000;

/// Builds, measures, prints, judges.
pub(crate) fn run(bars: &mut Bars) {
    let began = Instant::now();
    let count: usize =
        std::env::var("TASTEMAKER_BENCH_VECTORS").ok().and_then(|text| text.parse().ok()).unwrap_or(BAR_ROWS);
    println!("vectors: {count} clustered rows of {DIMENSIONS} values, {QUERIES} queries, k {K}, one thread");
    let (rows, queries) = data(count);
    let vectors = Vectors::from_rows(DIMENSIONS, rows).expect("finite rows");

    let started = Instant::now();
    let truth: Vec<Hits> = queries.iter().map(|query| scan::exact(&vectors, query, K, None::<&NoFilter>)).collect();
    println!("exact f32 scan: {:.0} queries a second", QUERIES as f64 / started.elapsed().as_secs_f64());

    let settings = GraphSettings::default();
    let started = Instant::now();
    let mut linked = build::link(&vectors, settings, &|_, _| ());
    println!("build, hnsw_rs on all cores: {:.1} s ({settings:?})", started.elapsed().as_secs_f64());
    let flat = build::export(&linked, vectors.len());
    let started = Instant::now();
    let polished = build::polished(flat.clone(), &vectors, settings.polish_beam, &|_| ());
    println!("polishing: {:.1} s", started.elapsed().as_secs_f64());
    linked.set_searching_mode(true);

    let mut scratch = [SearchScratch::default(), SearchScratch::default()];
    let [first, second] = &mut scratch;
    let none = None::<&NoFilter>;
    let [library, served, best] = table(
        &queries,
        &truth,
        [
            ("hnsw_rs, own search", &mut |query, beam| library_search(&linked, query, beam)),
            ("same graph, flat", &mut |query, beam| flat.search(&vectors, query, K, beam, none, first)),
            ("polished graph, flat", &mut |query, beam| polished.search(&vectors, query, K, beam, none, second)),
        ],
    );
    for recall in [BAR_RECALL, 0.99] {
        let [library, served, best] = [&library, &served, &best].map(|table| fastest(table, recall));
        println!(
            "recall@{K} >= {recall}: hnsw_rs {library:.0}, same graph flat {served:.0} ({:.1} times), polished {best:.0} ({:.1} times)",
            served / library,
            best / library
        );
        if recall == BAR_RECALL {
            judge(count, served / library, bars);
        }
    }
    drop(linked);
    filtered(&VectorIndex::new(vectors, polished).expect("one generation"), &queries);
    println!("the whole suite: {:.0} s", began.elapsed().as_secs_f64());
}

fn judge(count: usize, times: f64, bars: &mut Bars) {
    let name = "vectors, same graph flat over hnsw_rs at recall@10 >= 0.95";
    if count == BAR_ROWS {
        bars.at_least(name, times, BAR, "times");
    } else {
        bars.skip(name, &format!("{times:.2} times, but it is set for {BAR_ROWS} rows"));
    }
}

/// Rows and queries around the same centres.
fn data(count: usize) -> (Vec<f32>, Vec<Vec<f32>>) {
    let mut random = Random(7);
    let centres: Vec<Vec<f32>> = (0..count.div_ceil(CLUSTER_ROWS)).map(|_| direction(&mut random)).collect();
    let rows = (0..count).flat_map(|_| near(&mut random, &centres)).collect();
    (rows, (0..QUERIES).map(|_| near(&mut random, &centres)).collect())
}

fn library_search(graph: &LinkedGraph<'_>, query: &[f32], beam: usize) -> Hits {
    let found = graph.search_filter(query, K, beam, None::<&dyn FilterT>);
    found.iter().map(|near| (Ordinal::from_index(near.d_id), 1.0 - near.distance)).collect()
}

/// A search by query and beam, with its name.
type Named<'a> = (&'a str, &'a mut dyn FnMut(&[f32], usize) -> Hits);

/// Prints and returns beam, recall and queries a second of each search. They take turns, so
/// that what else the machine does meets all of them.
fn table<const N: usize>(queries: &[Vec<f32>], truth: &[Hits], mut searches: [Named<'_>; N]) -> [Vec<Setting>; N] {
    let clock = if cpu_nanoseconds().is_some() { "CPU time of the thread" } else { "wall clock" };
    println!("recall@{K} and queries a second by {clock}, best of {ROUNDS} rounds in turn");
    println!("   beam{}", searches.each_ref().map(|(name, _)| format!(" | {name:>20}")).concat());
    let mut rows = [const { Vec::new() }; N];
    for beam in BEAMS {
        let mut settings = [(beam, 0.0, 0.0); N];
        for _ in 0..ROUNDS {
            for ((_, search), setting) in searches.iter_mut().zip(&mut settings) {
                let (found, rate) = timed(queries, |query| search(query, beam));
                *setting = (beam, recall(&found, truth), rate.max(setting.2));
            }
        }
        println!("  {beam:5}{}", settings.map(|(_, recall, rate)| format!(" | {recall:9.4} {rate:10.0}")).concat());
        rows.iter_mut().zip(settings).for_each(|(rows, setting)| rows.push(setting));
        if settings.iter().all(|(_, recall, _)| *recall >= 0.995) {
            break;
        }
    }
    rows
}

fn timed(queries: &[Vec<f32>], mut search: impl FnMut(&[f32]) -> Hits) -> (Vec<Hits>, f64) {
    let (worked, began) = (cpu_nanoseconds(), Instant::now());
    let found = queries.iter().map(|query| search(query)).collect();
    let wall = began.elapsed().as_secs_f64();
    let cpu = worked.zip(cpu_nanoseconds()).map(|(before, after)| (after - before) as f64 / 1e9);
    let cpu = cpu.filter(|seconds| *seconds > 0.0);
    (found, queries.len() as f64 / cpu.unwrap_or(wall))
}

/// The fastest of several rounds.
fn fastest_round(queries: &[Vec<f32>], mut search: impl FnMut(&[f32]) -> Hits) -> (Vec<Hits>, f64) {
    let (found, mut rate) = timed(queries, &mut search);
    for _ in 1..ROUNDS {
        rate = rate.max(timed(queries, &mut search).1);
    }
    (found, rate)
}

/// Time this thread has been on a core; waiting for one does not count, which is what
/// makes figures from a shared machine comparable.
fn cpu_nanoseconds() -> Option<u64> {
    // The system brings the count up to date when the thread leaves its core.
    std::thread::sleep(Duration::from_micros(200));
    std::fs::read_to_string("/proc/thread-self/schedstat").ok()?.split(' ').next()?.parse().ok()
}

fn recall(found: &[Hits], truth: &[Hits]) -> f64 {
    let hit = |(found, truth): (&Hits, &Hits)| {
        truth.iter().filter(|(ordinal, _)| found.iter().any(|(other, _)| other == ordinal)).count()
    };
    let wanted: usize = truth.iter().map(Vec::len).sum();
    found.iter().zip(truth).map(hit).sum::<usize>() as f64 / wanted.max(1) as f64
}

/// The most queries a second among the settings that reach a recall.
fn fastest(table: &[Setting], wanted: f64) -> f64 {
    table.iter().filter(|(_, recall, _)| *recall >= wanted).map(|(_, _, rate)| *rate).fold(f64::NAN, f64::max)
}

/// What passes, by ordinal.
struct Passing(Vec<bool>, usize);

impl Allowed for Passing {
    fn contains(&self, ordinal: Ordinal) -> bool {
        self.0[ordinal.index()]
    }

    fn count(&self) -> usize {
        self.1
    }

    fn for_each(&self, visit: impl FnMut(Ordinal)) {
        Ordinal::all(self.0.len()).filter(|ordinal| self.0[ordinal.index()]).for_each(visit);
    }
}

/// Searches as the engine does, under filters drawn by chance and under the
/// worst ones: all that passes lies far from the query.
fn filtered(index: &VectorIndex, queries: &[Vec<f32>]) {
    let mut random = Random(8);
    println!("as the engine searches: {:?}", index.settings);
    println!("   passing  filter       recall@{K}  queries/s  recall@{WINDOW}  queries/s");
    let (count, queries) = (index.vectors.len(), &queries[..QUERIES / 10]);
    let row = |share: f64, name: &str, passes: Option<&Passing>| {
        let measured = [K, WINDOW].map(|k| {
            let truth: Vec<Hits> = queries.iter().map(|query| scan::exact(&index.vectors, query, k, passes)).collect();
            let (found, rate) = fastest_round(queries, |query| index.search(query, k, passes).expect("a sound query"));
            format!("{:9.4}  {rate:9.0}", recall(&found, &truth))
        });
        println!("  {:7.1} %  {name:11}  {}", share * 100.0, measured.join("   "));
    };
    row(1.0, "none", None);
    let axis = direction(&mut random);
    for share in [0.9, 0.5, 0.3, 0.2, 0.1, 0.05, 0.02, 0.01, 0.001] {
        let chance: Vec<bool> = (0..count).map(|_| f64::from(unit(&mut random)) < share).collect();
        let mut along: Vec<(Ordinal, f32)> =
            Ordinal::all(count).map(|row| (row, index.vectors.similarity(&axis, row))).collect();
        along.sort_unstable_by(|a, b| b.1.total_cmp(&a.1));
        let mut correlated = vec![false; count];
        along.iter().take((count as f64 * share) as usize).for_each(|(row, _)| correlated[row.index()] = true);
        for (name, passes) in [("by chance", chance), ("correlated", correlated)] {
            let passing = passes.iter().filter(|passes| **passes).count();
            row(share, name, Some(&Passing(passes, passing)));
        }
    }
}

fn unit(random: &mut Random) -> f32 {
    (random.next() >> 40) as f32 / (1_u64 << 24) as f32
}

/// A random direction of length 1.
fn direction(random: &mut Random) -> Vec<f32> {
    let row = (0..DIMENSIONS).map(|_| (0..12).map(|_| unit(random)).sum::<f32>() - 6.0).collect();
    unit_length(row)
}

/// A row near one of the centres.
fn near(random: &mut Random, centres: &[Vec<f32>]) -> Vec<f32> {
    let centre = &centres[(random.next() % centres.len() as u64) as usize];
    let noise = direction(random);
    unit_length(centre.iter().zip(noise).map(|(value, noise)| value + NOISE * noise).collect())
}

fn unit_length(mut row: Vec<f32>) -> Vec<f32> {
    let length = row.iter().map(|value| value * value).sum::<f32>().sqrt();
    row.iter_mut().for_each(|value| *value /= length);
    row
}
