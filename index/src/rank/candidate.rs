//! A candidate: one product on its way to a position in the answer.

use std::cmp::Ordering;

use super::signal;
use crate::id::Ordinal;
use crate::text::Closeness;

/// One product with the measures of its match, the values of its signals and its score.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Candidate {
    /// The product.
    pub ordinal: Ordinal,
    /// The BM25 score of its words, 0 when it was found by its vector alone.
    pub text: f32,
    /// The share of the query's words that it has, 1 all of them, 0 when it was found by its vector alone; an order of
    /// match levels, no measure.
    pub held: f32,
    /// Its cosine with the query, −1 to 1; 0 without vectors.
    pub cosine: f32,
    /// The closeness of its title to the query.
    pub closeness: Closeness,
    /// 1 if its title's head is the query's, 0.5 if only its category's is, otherwise 0.
    pub kind: f32,
    /// The same where the query says what the thing is for, −1 for a product that is what it is for, otherwise 0.
    pub purpose: f32,
    /// True if its categories hold nothing of the query's kind, and other candidates are of it.
    pub other_kind: bool,
    /// The value of every signal, by slot.
    pub values: [f32; signal::COUNT],
    /// The score so far; the order follows it.
    pub score: f32,
    /// The place among products of the same score, the smallest first: that by popularity and then by the shop's own
    /// order where there is no query, else 0.
    pub place: u32,
}

/// Best score first, ties by place and ordinal: a total order.
pub fn by_score(a: &Candidate, b: &Candidate) -> Ordering {
    b.score.total_cmp(&a.score).then(a.place.cmp(&b.place)).then(a.ordinal.cmp(&b.ordinal))
}
