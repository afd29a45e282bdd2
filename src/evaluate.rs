//! Measures search on judged queries, for `tastemaker evaluate` and for the relevance benchmarks.

use std::fmt::Write;

use tastemaker_index::engine::{EngineSettings, RequestContext};
use tastemaker_index::eval::{Gain, Judgements, Metric, Summary};
use tastemaker_index::query::SearchQuery;
use tastemaker_index::{Engine, Result};

/// The metrics, the main one first.
pub const METRICS: [Metric; 5] =
    [Metric::Ndcg(10), Metric::Ndcg(5), Metric::Mrr(10), Metric::Recall(50), Metric::Judged(10)];

/// The length of the rankings, as deep as the deepest metric.
const DEPTH: usize = 50;

/// A selection of retrievers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetrievalMode {
    /// Keyword search alone.
    Text,
    /// Vector search alone.
    Vector,
    /// Both, weighted as configured.
    Hybrid,
}

impl RetrievalMode {
    /// All modes, the configured one last.
    pub const ALL: [Self; 3] = [Self::Text, Self::Vector, Self::Hybrid];

    /// The name of the mode in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text only",
            Self::Vector => "vector only",
            Self::Hybrid => "hybrid",
        }
    }

    /// The settings with only the retrievers of this mode.
    fn settings(self, configured: &EngineSettings) -> EngineSettings {
        let mut settings = configured.clone();
        match self {
            Self::Text => settings.rank.vector_weight = 0.0,
            Self::Vector => {
                settings.rank.vector_weight = 1.0;
                (settings.rank.meaning, settings.rank.meaning_share) = (0.0, 0.0);
                settings.rank.min_similarity = -1.0;
                settings.rank.min_similarity_alone = -1.0;
                settings.rank.popularity = 0.0;
            }
            Self::Hybrid => {}
        }
        settings
    }
}

/// Searches every judged query without a shopper, by the retrievers of `mode`, and measures the rankings.
///
/// # Errors
/// As [`Engine::search`].
pub fn judged(engine: &Engine, judgements: &Judgements, mode: RetrievalMode, gain: Gain) -> Result<Summary> {
    let engine = engine.with_settings(mode.settings(engine.settings()))?;
    let rankings = judgements.queries.iter().map(|judged| ranking(&engine, &judged.query));
    let rankings: Vec<Vec<String>> = rankings.collect::<Result<_>>()?;
    let pairs = judgements.queries.iter().zip(rankings);
    Ok(Summary::measure(pairs, &METRICS, gain))
}

/// The ids of the first products for a query, best first.
fn ranking(engine: &Engine, query: &str) -> Result<Vec<String>> {
    let query = SearchQuery { query: query.to_owned(), per_page: DEPTH, ..SearchQuery::default() };
    Ok(engine.search(&query, &RequestContext::default())?.hits.into_iter().map(|hit| hit.id).collect())
}

/// A table of the means by mode, with the number of queries.
pub fn table(rows: &[(RetrievalMode, Summary)]) -> String {
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

/// One line a measured query with its first metric, worst first.
pub fn by_query(summary: &Summary) -> String {
    let mut queries: Vec<_> = summary.queries.iter().filter(|query| !query.values.is_empty()).collect();
    queries.sort_by(|a, b| a.values[0].total_cmp(&b.values[0]).then_with(|| a.query.cmp(&b.query)));
    queries.iter().fold(String::new(), |mut out, query| {
        // Writing into a string cannot fail.
        let _ = writeln!(out, "{:.4}  {}", query.values[0].abs(), query.query);
        out
    })
}
