//! The summary of an evaluation: every metric of every judged query, and the means with the number of
//! queries they are over. Queries without a relevant product (no rating above 0) measure nothing: they are
//! left out of every mean and counted. A query with a relevant product and an empty ranking counts 0.

use serde::Serialize;

use super::hit_rate::hit_rate;
use super::judgements::JudgedQuery;
use super::mrr::reciprocal_rank;
use super::ndcg::{Gain, ndcg};
use super::recall::recall;

/// A metric with its cut: the number of products of the ranking that it reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// nDCG at a cut.
    Ndcg(usize),
    /// Reciprocal rank at a cut.
    Mrr(usize),
    /// Recall at a cut.
    Recall(usize),
    /// Hit rate at a cut.
    HitRate(usize),
    /// Share of the first products that have a judgement. The lower it is, the less the other figures prove.
    Judged(usize),
}

impl std::fmt::Display for Metric {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Ndcg(k) => write!(out, "nDCG@{k}"),
            Self::Mrr(k) => write!(out, "MRR@{k}"),
            Self::Recall(k) => write!(out, "recall@{k}"),
            Self::HitRate(k) => write!(out, "HR@{k}"),
            Self::Judged(k) => write!(out, "judged@{k}"),
        }
    }
}

impl Metric {
    /// The value of the metric for one ranking (ids, best first); `None` if the query has no relevant product.
    pub fn of(self, judged: &JudgedQuery, ranked: &[String], gain: Gain) -> Option<f64> {
        let ratings = judged.ratings();
        let relevant_total = ratings.iter().filter(|&&rating| rating > 0.0).count();
        if relevant_total == 0 {
            return None;
        }
        let rating = |id: &String| judged.rating(id).unwrap_or(0.0);
        let relevant = ranked.iter().map(|id| rating(id) > 0.0);
        match self {
            Self::Ndcg(k) => ndcg(ranked.iter().map(rating), &ratings, k, gain),
            Self::Mrr(k) => Some(reciprocal_rank(relevant, k)),
            Self::Recall(k) => recall(relevant, relevant_total, k),
            Self::HitRate(k) => Some(hit_rate(relevant, k)),
            Self::Judged(k) => {
                let first = &ranked[..ranked.len().min(k)];
                let known = first.iter().filter(|id| judged.rating(id).is_some()).count();
                Some(known as f64 / first.len().max(1) as f64)
            }
        }
    }
}

/// The figures of one query.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct QueryResult {
    /// The text of the query.
    pub query: String,
    /// One value a metric; empty if the query has no relevant product.
    pub values: Vec<f64>,
}

/// The figures of all queries.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// The metrics, in the order of all values.
    pub metrics: Vec<Metric>,
    /// Every query, in the order of the input.
    pub queries: Vec<QueryResult>,
    /// The means over the measured queries, one a metric; 0 if no query was measured.
    pub means: Vec<f64>,
    /// The number of queries that the means are over.
    pub measured: usize,
    /// The number of queries left out because no product is relevant.
    pub without_relevant: usize,
}

impl Summary {
    /// Measures each judged query by its ranking (ids, best first, without repetition).
    pub fn measure<'a>(
        rankings: impl IntoIterator<Item = (&'a JudgedQuery, Vec<String>)>,
        metrics: &[Metric],
        gain: Gain,
    ) -> Self {
        let one = |(judged, ranked): (&JudgedQuery, Vec<String>)| {
            let values: Option<Vec<f64>> = metrics.iter().map(|metric| metric.of(judged, &ranked, gain)).collect();
            QueryResult { query: judged.query.clone(), values: values.unwrap_or_default() }
        };
        let queries: Vec<QueryResult> = rankings.into_iter().map(one).collect();
        let has_values = |query: &&QueryResult| metrics.is_empty() || !query.values.is_empty();
        let measured = queries.iter().filter(has_values).count();
        let mean =
            |at: usize| queries.iter().filter_map(|query| query.values.get(at)).sum::<f64>() / measured.max(1) as f64;
        let means = (0..metrics.len()).map(mean).collect();
        let without_relevant = queries.len() - measured;
        Self { metrics: metrics.to_vec(), queries, means, measured, without_relevant }
    }

    /// The values of one metric for the measured queries, in order, for a paired comparison.
    pub fn values(&self, metric: Metric) -> Vec<f64> {
        let at = self.metrics.iter().position(|&other| other == metric);
        self.queries.iter().filter_map(|query| query.values.get(at?).copied()).collect()
    }

    /// The mean of one metric; `None` if it was not measured.
    pub fn mean(&self, metric: Metric) -> Option<f64> {
        self.metrics.iter().position(|&other| other == metric).map(|at| self.means[at])
    }
}

impl std::fmt::Display for Summary {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (metric, mean) in self.metrics.iter().zip(&self.means) {
            writeln!(out, "{:<12} {mean:.4}", metric.to_string())?;
        }
        write!(out, "over {} queries; {} without a relevant product left out", self.measured, self.without_relevant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(ids: &[&str]) -> Vec<String> {
        ids.iter().map(|&id| id.to_owned()).collect()
    }

    #[test]
    fn queries_without_a_relevant_product_are_left_out_and_counted() {
        let good = JudgedQuery::new("boots", [("a".to_owned(), 1.0), ("b".to_owned(), 0.0), ("c".to_owned(), 2.0)]);
        let missed = JudgedQuery::new("bags", [("x".to_owned(), 1.0)]);
        let nothing = JudgedQuery::new("hats", [("y".to_owned(), 0.0)]);
        let metrics = [Metric::Mrr(10), Metric::Recall(2), Metric::HitRate(1), Metric::Judged(2), Metric::Ndcg(10)];
        let rankings = [(&good, ids(&["b", "a", "z"])), (&missed, ids(&[])), (&nothing, ids(&["y"]))];
        let summary = Summary::measure(rankings, &metrics, Gain::Exponential);
        assert_eq!((summary.measured, summary.without_relevant), (2, 1));
        assert_eq!(summary.means[..4], [0.25, 0.25, 0.0, 0.5]);
        // Gain 1 at rank 2 over gains 3 and 1 at ranks 1 and 2, and 0 for the query that found nothing.
        let second = 1.0 / 3f64.log2();
        assert!((summary.means[4] - second / (3.0 + second) / 2.0).abs() < 1e-12);
        assert_eq!(summary.values(Metric::Mrr(10)), [0.5, 0.0]);
        assert_eq!((summary.mean(Metric::Mrr(10)), summary.mean(Metric::Mrr(5))), (Some(0.25), None));
        assert!(summary.to_string().ends_with("over 2 queries; 1 without a relevant product left out"));
    }
}
