//! How good a ranking is. Judgements or orders say what is relevant, a ranking
//! is a list of ids, and nothing here knows the engine: the same code serves a
//! shop's own judged queries, the replay of its orders, and public data. One
//! metric a file, each with its formula and source; means always say how many
//! queries they leave out.

mod bootstrap;
mod hit_rate;
mod judgements;
mod mrr;
mod ndcg;
mod recall;
mod summary;

pub use bootstrap::{Interval, paired_bootstrap};
pub use hit_rate::hit_rate;
pub use judgements::{JudgedQuery, Judgements, MAX_RATING};
pub use mrr::reciprocal_rank;
pub use ndcg::{Gain, dcg, ndcg};
pub use recall::recall;
pub use summary::{Metric, QueryResult, Summary};
