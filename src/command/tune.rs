//! `tastemaker tune`: better values for the constants of search, by judged queries.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use tastemaker_index::Engine;
use tastemaker_index::engine::{CONSTANTS, EngineSettings};
use tastemaker_index::eval::Judgements;
use tastemaker_index::generation::Generation;
use tastemaker_index::learning::search_order::GainName;

use super::embedder;
use super::input::open;
use crate::config::Config;
use crate::store::DataFolder;
use crate::tune::{JudgedShop, Tuned, Tuning, tune};

/// Arguments of `tastemaker tune`.
#[derive(Debug, clap::Args)]
pub struct TuneArguments {
    /// Search the live generation of this data folder; it is not changed.
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// Judged queries: CSV with the header `query,product_id,rating`.
    #[arg(long, value_name = "FILE")]
    pub judgments: PathBuf,
    /// Tune only settings whose names begin like this, such as `text` or `rank.vector_weight`.
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub settings: Vec<String>,
    /// Write the settings found to this file, which must not exist yet.
    #[arg(long, value_name = "FILE", default_value = "tuned.toml")]
    pub out: PathBuf,
    /// Seed of the random draws: the same seed finds the same settings.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Settings tried in each of six searches: one for each of five held-out parts, one for all queries.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub budget: u32,
    /// Gain of a rating: 2^rating - 1, or the rating itself.
    #[arg(long, value_name = "exponential|linear", default_value = "exponential")]
    pub gain: GainName,
}

/// Runs the command.
pub fn run(arguments: &TuneArguments, config: Option<&Path>) -> anyhow::Result<()> {
    if arguments.out.exists() {
        bail!("{} exists already: name another file with --out", arguments.out.display());
    }
    let mut config = Config::load(config, Some(&arguments.data))?;
    let judgements = Judgements::read(open(&arguments.judgments)?)
        .with_context(|| format!("reading {}", arguments.judgments.display()))?;
    let folder = DataFolder::open(&arguments.data)?;
    let generation = Generation::open_current(&folder.generations())?;
    let engine = Engine::new(generation, embedder(config.reindex.model.as_deref())?, config.search.clone())?;
    let tuning = Tuning {
        budget: arguments.budget as usize,
        folds: 5,
        names: arguments.settings.clone(),
        gain: arguments.gain.into(),
        seed: arguments.seed,
    };
    let mut shop = JudgedShop::new(engine, judgements, tuning.gain);
    let keys = shop.keys();
    let tuned = tune(&mut shop, &keys, &config.search, &tuning)?;
    print!("{}", table(&config.search, &tuned.settings));
    println!("{}", verdict(&tuned));
    if tuned.settings == config.search || !tuned.gain.is_sure_gain() {
        println!("nothing surely better was found; no file is written");
        return Ok(());
    }
    config.search = tuned.settings.clone();
    let text = format!("# {}\n{}", verdict(&tuned), toml::to_string(&config)?);
    std::fs::write(&arguments.out, text).with_context(|| format!("writing {}", arguments.out.display()))?;
    println!(
        "wrote {}; review it, then use it with --config or as DIR/{}",
        arguments.out.display(),
        crate::config::FILE_NAME
    );
    Ok(())
}

/// A table of the settings that changed.
fn table(before: &EngineSettings, after: &EngineSettings) -> String {
    let mut out = format!("{:<28}{:>10}{:>10}{:>18}\n", "", "now", "found", "range");
    let short = |value: f32| (value * 1e4).round() / 1e4;
    for constant in CONSTANTS {
        let (now, found) = (constant.get(before), constant.get(after));
        if now != found {
            let range = format!("{} to {}", constant.least, constant.most);
            let (now, found) = (short(now), short(found));
            out.push_str(&format!("{:<28}{now:>10}{found:>10}{range:>18}\n", constant.name));
        }
    }
    out
}

/// The result on held-out queries in one line.
fn verdict(tuned: &Tuned) -> String {
    let Tuned { before, after, gain, queries, .. } = tuned;
    let sure = if gain.is_sure_gain() { "a sure gain" } else { "no sure gain" };
    format!(
        "{sure}: nDCG@10 {before:.4} now, {after:.4} tuned, on {queries} judged queries held out in turn; {:+.4} ({:+.4} to {:+.4})",
        gain.mean, gain.low, gain.high
    )
}
