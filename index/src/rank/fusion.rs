//! Fusion: a convex combination of normalised scores, `(1 − α)·words + α·vectors`,
//! plus popularity. Bruch, Gai and Ingber, "An analysis of fusion functions for
//! hybrid retrieval" (arXiv 2210.11934), find it better than reciprocal rank
//! fusion and easy to tune. Words are divided by the best of the query (their
//! theoretical minimum is 0); cosines below 0 count as 0.

use super::RankSettings;
use super::personal::PersonalSignals;
use crate::id::Ordinal;
use crate::text::Closeness;

/// A product on its way to a place in the answer.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Candidate {
    /// The product.
    pub ordinal: Ordinal,
    /// Its words' score, 0 when found by vector alone.
    pub text: f32,
    /// Its cosine with the query, 0 without vectors.
    pub cosine: f32,
    /// How closely its title answers.
    pub closeness: Closeness,
    /// How popular it is, 0 to 1.
    pub popularity: f32,
    /// Its cosine with what the best candidates have in common, 0 to 1.
    pub feedback: f32,
    /// The share of the category the query is likely about, where it lies in it; otherwise 0.
    pub category: f32,
    /// What a learned ranking adds to the linear score.
    pub learned: f32,
    /// What a merchant's rules add or take; set by [`super::Boosts::apply`].
    pub boost: f32,
    /// What the shopper adds; set by [`super::personalise`].
    pub personal: PersonalSignals,
    /// The score so far; the order follows it.
    pub score: f32,
}

/// Scores candidates without the shopper. `best_text` is the best words' score of
/// the whole match set (0 when no words were asked for); `has_vector` says whether
/// the query has a direction, otherwise words have all the weight.
pub fn fuse(candidates: &mut [Candidate], best_text: f32, has_vector: bool, settings: &RankSettings) {
    let (words, vectors) = weights(has_vector, best_text > 0.0, settings);
    for candidate in candidates {
        let text = if best_text > 0.0 { candidate.text / best_text } else { 0.0 };
        let Closeness { adjacent, coverage } = candidate.closeness;
        let close = settings.adjacent * adjacent + settings.coverage * coverage;
        candidate.score =
            words * (text + close) + vectors * candidate.cosine.max(0.0) + settings.popularity * candidate.popularity;
    }
}

/// The weights of words and vectors for one query.
pub fn weights(has_vector: bool, has_text: bool, settings: &RankSettings) -> (f32, f32) {
    match (has_text, has_vector) {
        (true, true) => (1.0 - settings.vector_weight, settings.vector_weight),
        (true, false) => (1.0, 0.0),
        (false, _) => (0.0, 1.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_vectors_and_popularity_add_up() {
        let settings = RankSettings { vector_weight: 0.25, popularity: 0.1, ..RankSettings::default() };
        let mut candidates = [
            Candidate { text: 8.0, cosine: 0.4, popularity: 0.5, ..Candidate::default() },
            Candidate { cosine: -0.2, ..Candidate::default() },
        ];
        fuse(&mut candidates, 16.0, true, &settings);
        assert!((candidates[0].score - (0.75 * 0.5 + 0.25 * 0.4 + 0.1 * 0.5)).abs() < 1e-6);
        assert_eq!(candidates[1].score, 0.0, "a cosine below 0 is no merit and no fault");
        fuse(&mut candidates, 16.0, false, &settings);
        assert!((candidates[0].score - (0.5 + 0.05)).abs() < 1e-6, "without a direction words have all the weight");
    }
}
