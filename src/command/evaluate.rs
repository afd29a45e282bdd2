//! `tastemaker evaluate`: how well search orders products that people judged.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use jiff::Timestamp;
use tastemaker_index::Engine;
use tastemaker_index::eval::{Gain, Judgements};
use tastemaker_index::generation::Generation;
use tastemaker_index::learning::search_order::GainName;

use super::embedder;
use super::import::Incoming;
use super::input::open;
use super::reindex::{ReindexInput, reindex};
use crate::config::Config;
use crate::evaluate::{self, RetrievalMode};
use crate::store::DataFolder;

/// Arguments of `tastemaker evaluate`.
#[derive(Debug, clap::Args)]
pub struct EvaluateArguments {
    /// Measure the live generation of this data folder.
    #[arg(long, value_name = "DIR", conflicts_with = "products", required_unless_present = "products")]
    pub data: Option<PathBuf>,
    /// Measure this catalogue, in any format `import` reads, indexed for the occasion.
    #[arg(long, value_name = "FILE")]
    pub products: Option<PathBuf>,
    /// Judged queries: CSV with the header `query,product_id,rating`.
    #[arg(long, value_name = "FILE")]
    pub judgments: PathBuf,
    /// Gain of a rating: 2^rating - 1, or the rating itself.
    #[arg(long, value_name = "exponential|linear", default_value = "exponential")]
    pub gain: GainName,
    /// Print every query's figures, worst first.
    #[arg(long)]
    pub queries: bool,
}

/// Runs the command.
pub fn run(arguments: &EvaluateArguments, config: Option<&Path>) -> anyhow::Result<()> {
    let config = Config::load(config, arguments.data.as_deref())?;
    let judgements = Judgements::read(open(&arguments.judgments)?)
        .with_context(|| format!("reading {}", arguments.judgments.display()))?;
    let embedder = embedder(config.reindex.model.as_deref())?;
    let (generation, temporary) = match (&arguments.data, &arguments.products) {
        (Some(data), _) => (Generation::open_current(&DataFolder::open(data)?.generations())?, None),
        (None, Some(products)) => {
            let folder = std::env::temp_dir().join(format!("tastemaker-evaluate-{}", std::process::id()));
            let data = DataFolder::open(&folder)?;
            let temporary = TemporaryFolder(folder);
            let incoming = Incoming { format: None, ..Incoming::native(open(products)?, &config) };
            let input = ReindexInput { feed: Some(incoming), ..ReindexInput::default() };
            let built = reindex(&data, input, &config)?.built;
            (built.generation, Some(temporary))
        }
        (None, None) => bail!("give --data or --products"),
    };
    let gain: Gain = arguments.gain.into();
    let started = Timestamp::now();
    let engine = Engine::new(generation, embedder, config.search)?;
    let mut rows = Vec::new();
    for mode in RetrievalMode::ALL {
        rows.push((mode, evaluate::judged(&engine, &judgements, mode, gain)?));
    }
    print!("{}", evaluate::table(&rows));
    if let Some(measured) = engine.generation().learned.as_ref().map(|model| &model.measured) {
        println!(
            "a learned ranking is in force; on {} judged queries held out in turn it reached nDCG@10 {:.4}. \
             Figures above are no proof where it learned from these very queries",
            measured.queries, measured.learned
        );
    }
    if arguments.queries
        && let Some((_, hybrid)) = rows.last()
    {
        print!("\n{}", evaluate::by_query(hybrid));
    }
    let seconds = Timestamp::now().duration_since(started).as_secs_f64();
    println!("\nmeasured {} queries three ways in {seconds:.1} s", judgements.queries.len());
    drop(temporary);
    Ok(())
}

/// A folder removed when no longer needed.
struct TemporaryFolder(PathBuf);

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            eprintln!("cannot remove {}: {error}", self.0.display());
        }
    }
}
