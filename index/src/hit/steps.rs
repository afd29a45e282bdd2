//! The summary of a search: each step that did something, or could have, as facts and in a sentence.

use serde::Serialize;

use super::UnderstoodPart;
use crate::text::{AlternativeSource, MatchLevel, WordCorrection};

/// One step of a search.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SearchStep {
    /// The outcome in plain words.
    pub sentence: String,
    /// The outcome as data; `step` names the step.
    #[serde(flatten)]
    pub facts: StepFacts,
}

/// The outcome of one step, in the order in which steps run.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum StepFacts {
    /// The merchant's rules.
    Rules {
        /// The ids of those that apply.
        applied: Vec<String>,
        /// The query that they put in place of the typed one.
        #[serde(skip_serializing_if = "Option::is_none")]
        rewritten: Option<String>,
        /// The filters that they add.
        filters: Vec<String>,
        /// The number of products that they hide.
        hidden: usize,
        /// The number of products that they pin.
        pinned: usize,
        /// The number of their boosts.
        boosts: usize,
    },
    /// Normalisation and correction of the words.
    Spelling {
        /// The query that was searched for.
        searched: String,
        /// The words that were replaced.
        corrections: Vec<WordCorrection>,
    },
    /// The parts of the query that are more than words.
    Understood {
        /// The parts, each with its effect.
        parts: Vec<UnderstoodPart>,
    },
    /// Other words that count for those of the query.
    OtherWords {
        /// The words.
        words: Vec<OtherWord>,
    },
    /// The kind of product that the query names.
    Kind {
        /// The word that names it.
        word: String,
        /// The number of products of the kind by their titles.
        by_title: usize,
        /// The number of products of the kind by their category only.
        by_category: usize,
    },
    /// The category that the query names.
    Category {
        /// The paths of all categories of the name.
        paths: Vec<String>,
        /// True if nothing else matches.
        alone: bool,
    },
    /// Matching by words.
    Words {
        /// The match level.
        matched: MatchLevel,
        /// The words that were looked up, analysed.
        words: Vec<String>,
        /// The words that products must not have.
        excluded: Vec<String>,
        /// The number of matches with all words.
        all_words: usize,
        /// The number of matches with some of the words.
        some_words: usize,
    },
    /// Matching by meaning.
    Meaning {
        /// The number of matches by meaning alone.
        joined: usize,
        /// The least cosine of a match by meaning alone; absent where none was looked for.
        #[serde(skip_serializing_if = "Option::is_none")]
        floor: Option<f32>,
        /// The bound that decided the floor, or the reason for which there is none.
        by: MeaningBasis,
    },
    /// The order of the matches.
    Order {
        /// The keys that order them; absent for relevance.
        #[serde(skip_serializing_if = "Option::is_none")]
        sort: Option<String>,
        /// True if the learned order took part.
        learned: bool,
    },
    /// Products that are sold out.
    SoldOut {
        /// The weight that they lose.
        weight: f32,
        /// The number of the best matches that lost it.
        lowered: usize,
    },
    /// The part of the shopper's taste.
    Taste {
        /// The reason for which it takes part or does not.
        basis: TasteBasis,
        /// The most that it could add to a score, where it is bounded.
        #[serde(skip_serializing_if = "Option::is_none")]
        most: Option<f32>,
        /// The specificity of the query, 0 to 1; the part fades with it. Absent without a bound.
        #[serde(skip_serializing_if = "Option::is_none")]
        specificity: Option<f32>,
        /// The gate of the evidence, 0 to 1.
        gate: f32,
    },
}

/// Other words for one word of the query.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OtherWord {
    /// The word of the query, analysed.
    pub word: String,
    /// The words that count for it, analysed.
    pub by: String,
    /// Their source.
    pub source: AlternativeSource,
    /// Their weight, above 0 to 1; that of the word itself is 1.
    pub weight: f32,
}

/// The bound that decides the least cosine of a match by meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FloorBound {
    /// The cosine that random words reach in this shop.
    Chance,
    /// A share of the nearest product's cosine.
    Best,
    /// The setting for a search whose words found enough.
    WordsFoundEnough,
    /// The setting for a search whose words found little.
    Setting,
}

/// The basis of matching by meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", untagged)]
pub enum MeaningBasis {
    /// It took part, above a bound.
    Bound(FloorBound),
    /// It took no part.
    None(NoMeaning),
}

/// The reason for which nothing is matched by meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NoMeaning {
    /// The query is the title of a product.
    ExactTitle,
    /// The query has a part number.
    PartNumber,
    /// Most of the query is words that the embedder does not know, numbers or codes.
    Unreadable,
    /// The query has no vector, or vectors are switched off.
    NoVector,
}

/// The reason for which the shopper's taste takes part or does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TasteBasis {
    /// It takes part, bounded by the relevance of each product.
    Bounded,
    /// It takes part without a bound, since the query only names a category or has no words.
    Unbounded,
    /// The request names no shopper whose profile may be used.
    NoShopper,
    /// The request switches it off.
    SwitchedOff,
    /// The profile has nothing to go by yet.
    NoHistory,
    /// The query has a part number.
    PartNumber,
    /// The hits are sorted by fields.
    Sorted,
}
