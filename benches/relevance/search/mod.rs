//! Search on judged queries, three ways: words alone, vectors alone, both.

pub(crate) mod chorus;
pub(crate) mod home_depot;
pub(crate) mod spelling;

use tastemaker::evaluate::{self, METRICS, RetrievalMode};
use tastemaker_index::Engine;
use tastemaker_index::eval::{Gain, Judgements, Metric};

use crate::figure::{Bar, Figure};
use crate::indexed::Indexed;
use crate::suite::Failure;

/// How far a mean may fall below the baseline: graphs built on several threads differ a little.
const TOLERANCE: f64 = 0.005;

/// All metrics in all modes.
pub(crate) fn measure(engine: &Engine, judgements: &Judgements, gain: Gain) -> Result<Vec<Figure>, Failure> {
    let mut figures = Vec::new();
    for mode in RetrievalMode::ALL {
        let summary = evaluate::judged(engine, judgements, mode, gain)?;
        for metric in METRICS {
            let name = format!("{} {metric}", mode.name());
            // How much was judged is no merit of a ranking.
            let compared = mode == RetrievalMode::Hybrid && !matches!(metric, Metric::Judged(_));
            let tolerance = compared.then_some(TOLERANCE);
            figures.push(Figure { tolerance, ..Figure::mean(name, summary.values(metric)) });
        }
        if mode == RetrievalMode::Hybrid {
            println!(
                "{} queries measured; {} without a relevant product left out",
                summary.measured, summary.without_relevant
            );
        }
    }
    Ok(figures)
}

/// Where the hybrid nDCG@10 must be.
fn headline(figures: &mut [Figure], bar: Bar) {
    let name = format!("{} {}", RetrievalMode::Hybrid.name(), Metric::Ndcg(10));
    for figure in figures.iter_mut().filter(|figure| figure.name == name) {
        figure.bar = Some(bar);
    }
}

/// What is published for a figure.
fn published(figures: &mut [Figure], name: &str, text: &'static str) {
    figures.iter_mut().filter(|figure| figure.name == name).for_each(|figure| figure.published = text);
}

/// What making and opening the generation took.
fn timings(indexed: &Indexed) -> [Figure; 2] {
    [Figure::number("build, s", indexed.build_seconds), Figure::number("open, ms", indexed.open_milliseconds)]
}
