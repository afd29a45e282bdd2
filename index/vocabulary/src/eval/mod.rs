//! Measures of rankings: one metric a file, each with its formula and source. Judgements or hidden purchases
//! define what is relevant; a ranking is a list of ids. Part of the vocabulary: training, validation, commands
//! and benchmarks use the same metrics, the same discount and the same rule for a sure gain
//! ([`GainInterval::is_sure_gain`]). Imports nothing of the engine but errors and random numbers.

mod bootstrap;
mod hit_rate;
mod judgements;
mod mrr;
mod ndcg;
mod recall;
mod summary;

pub use bootstrap::{GainInterval, paired_bootstrap, paired_interval};
pub use hit_rate::hit_rate;
pub use judgements::{JudgedQuery, Judgements, MAX_RATING};
pub use mrr::reciprocal_rank;
pub use ndcg::{Gain, dcg, discounted, ndcg, ndcg_of_one};
pub use recall::recall;
pub use summary::{Metric, QueryResult, Summary};
