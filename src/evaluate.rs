//! Search measured on judged queries: the same code for `tastemaker evaluate`
//! and for the relevance benchmarks.

use std::fmt::Write;

use tastemaker_index::engine::{EngineSettings, RequestContext};
use tastemaker_index::eval::{Gain, Judgements, Metric, Summary};
use tastemaker_index::query::SearchQuery;
use tastemaker_index::{Engine, Result};

/// What is measured.
pub const METRICS: [Metric; 5] =
    [Metric::Ndcg(10), Metric::Ndcg(5), Metric::Mrr(10), Metric::Recall(50), Metric::Judged(10)];

/// How deep rankings are read.
const DEPTH: usize = 50;

/// Which retrievers take part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Words alone.
    Text,
    /// Vectors alone.
    Vector,
    /// Both, as configured.
    Hybrid,
}

impl Mode {
    /// All modes, the configured one last.
    pub const ALL: [Self; 3] = [Self::Text, Self::Vector, Self::Hybrid];

    /// The mode's name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text only",
            Self::Vector => "vector only",
            Self::Hybrid => "hybrid",
        }
    }

    /// The settings changed so that only this mode's retrievers take part.
    fn settings(self, configured: &EngineSettings) -> EngineSettings {
        let mut settings = configured.clone();
        match self {
            Self::Text => settings.rank.vector_weight = 0.0,
            Self::Vector => {
                settings.rank.vector_weight = 1.0;
                settings.rank.min_similarity = -1.0;
                settings.rank.min_similarity_alone = -1.0;
                settings.rank.popularity = 0.0;
            }
            Self::Hybrid => {}
        }
        settings
    }
}

/// Ranks every judged query without a shopper and measures; hands the engine back with the
/// settings it came with.
pub fn judged(engine: &Engine, judgements: &Judgements, mode: Mode, gain: Gain) -> Result<(Engine, Summary)> {
    let configured = engine.settings().clone();
    let engine = engine.with_settings(mode.settings(&configured))?;
    let rankings = judgements.queries.iter().map(|judged| ranking(&engine, &judged.query));
    let rankings: Vec<Vec<String>> = rankings.collect::<Result<_>>()?;
    let pairs = judgements.queries.iter().zip(rankings);
    let summary = Summary::measure(pairs, &METRICS, gain);
    Ok((engine.with_settings(configured)?, summary))
}

/// The first products for a query, by id.
fn ranking(engine: &Engine, query: &str) -> Result<Vec<String>> {
    let query = SearchQuery { query: query.to_owned(), per_page: DEPTH, ..SearchQuery::default() };
    Ok(engine.search(&query, &RequestContext::default())?.hits.into_iter().map(|hit| hit.id).collect())
}

/// Means by mode, and over how many queries.
pub fn table(rows: &[(Mode, Summary)]) -> String {
    let mut out = String::new();
    let header: String = METRICS.iter().map(|metric| format!("{:>11}", metric.to_string())).collect();
    let mut line = |text: String| {
        out.push_str(&text);
        out.push('\n');
    };
    line(format!("{:<12}{header}", ""));
    for (mode, summary) in rows {
        let means: String = summary.means.iter().map(|mean| format!("{mean:>11.4}")).collect();
        line(format!("{:<12}{means}", mode.name()));
    }
    if let Some((_, summary)) = rows.first() {
        line(format!(
            "over {} queries; {} without a relevant product are left out",
            summary.measured, summary.without_relevant
        ));
    }
    out
}

/// Every measured query, worst first.
pub fn by_query(summary: &Summary) -> String {
    let mut queries: Vec<_> = summary.queries.iter().filter(|query| !query.values.is_empty()).collect();
    queries.sort_by(|a, b| a.values[0].total_cmp(&b.values[0]).then_with(|| a.query.cmp(&b.query)));
    queries.iter().fold(String::new(), |mut out, query| {
        // Writing into a string cannot fail.
        let _ = writeln!(out, "{:.4}  {}", query.values[0].abs(), query.query);
        out
    })
}
