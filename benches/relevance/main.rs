//! Relevance suites: how good the rankings are, on judged queries and on real
//! shoppers. Every suite prints one table (this build, what main reached, the
//! figures others published) and ends passed, failed or skipped; a suite without
//! its data is skipped and says so.
//!
//! ```text
//! cargo bench --bench relevance                    every suite
//! cargo bench --bench relevance -- search          one, by name
//! cargo bench --bench relevance -- --check         exit 1 below the saved baseline
//! cargo bench --bench relevance -- shoppers --html FILE   what shoppers see, as a page to read
//! cargo bench --bench relevance -- --save          write what this build reached
//! cargo bench --bench relevance -- session --vary reindex.build.behaviour.sessions   each setting halved and doubled
//! cargo bench --bench relevance -- personal --split valid --sample 20 --set search.rank.personal.weight=0.2
//! ```
//!
//! The public data is looked for in `../shared/data`, or where `TASTEMAKER_DATA` says.

mod baseline;
mod baskets;
mod figure;
mod fixtures;
mod indexed;
mod industrial;
mod learned;
mod next;
mod options;
mod orders;
mod personal;
mod placed;
mod related;
mod rules;
mod search;
mod sequences;
mod session;
mod shoppers;
mod suite;
mod taste;
mod together;
mod vary;

use std::process::ExitCode;

use options::Options;
use suite::{Bench, Failure, Outcome, Suite};

const SUITES: [Suite; 18] = [
    Suite { name: "fixtures", run: fixtures::run },
    Suite { name: "taste", run: taste::run },
    Suite { name: "search/chorus", run: search::chorus::run },
    Suite { name: "search/home-depot", run: search::home_depot::run },
    Suite { name: "search/spelling", run: search::spelling::run },
    Suite { name: "learned/chorus", run: learned::chorus },
    Suite { name: "learned/home-depot", run: learned::home_depot },
    Suite { name: "personal", run: personal::run },
    Suite { name: "next/beauty", run: next::beauty },
    Suite { name: "next/industrial", run: industrial::run },
    Suite { name: "session/yoochoose", run: session::yoochoose },
    Suite { name: "related/beauty", run: related::beauty },
    Suite { name: "baskets/online-retail", run: baskets::online_retail },
    Suite { name: "baskets/completejourney", run: baskets::completejourney },
    Suite { name: "orders/online-retail", run: orders::online_retail },
    Suite { name: "orders/completejourney", run: orders::completejourney },
    Suite { name: "shoppers", run: shoppers::run },
    Suite { name: "rules", run: |bench| rules::run(&bench.data) },
];

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

/// Runs the suites asked for; whether none failed.
fn run() -> Result<bool, Failure> {
    let options = Options::parse(std::env::args().skip(1))?;
    let suites: Vec<&Suite> = SUITES.iter().filter(|suite| options.wants(suite.name)).collect();
    if suites.is_empty() {
        let names: Vec<&str> = SUITES.iter().map(|suite| suite.name).collect();
        return Err(format!("no suite of that name; there are {}", names.join(", ")).into());
    }
    if let Some(group) = options.vary.clone() {
        return vary::run(&options, &group, &suites).map(|()| true);
    }
    let mut bench = Bench::new(options)?;
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    for suite in suites {
        match bench.run(suite) {
            Outcome::Passed => passed += 1,
            Outcome::Failed => failed += 1,
            Outcome::NotRun => skipped += 1,
        }
        println!();
    }
    bench.save()?;
    println!("{passed} passed, {failed} failed, {skipped} skipped");
    Ok(failed == 0)
}
