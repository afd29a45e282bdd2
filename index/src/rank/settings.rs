//! The constants of ranking that matter, as settings.

use serde::{Deserialize, Serialize};

/// The settings of scoring.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RankSettings {
    /// The number of best matches by words that are fused and reranked, 10 to 1000.
    pub window: usize,
    /// The number of nearest products by vector that are fused and reranked, 10 to 1000; `window` where no product has
    /// the words.
    pub nearest: usize,
    /// Weight of the vectors, 0 to 1; the words have the rest.
    pub vector_weight: f32,
    /// The share of searches for what the shop does not sell that are to find nothing by meaning, 0 to 1: products that
    /// match by vector alone must be nearer than the best for that share of words that mean nothing to the shop.
    pub meaning: f32,
    /// The share of random texts that related products must be nearer and stand out further than, 0 to 1; 0 offers none.
    pub related: f32,
    /// The least cosine of a product that matches by vector alone, as a share of the best product's, 0 to 1.
    pub meaning_share: f32,
    /// The least cosine of a product that matches by vector alone, −1 to 1.
    pub min_similarity: f32,
    /// The same if words match few products: fewer than `text.enough`, or none with all words.
    pub min_similarity_alone: f32,
    /// Weight of query words that follow each other in the title as they do in the query, 0 to 10.
    pub adjacent: f32,
    /// Weight of the share of the title that the query names, 0 to 10.
    pub coverage: f32,
    /// Weight of products that are of the kind that the query names, 0 to 10.
    pub kind: f32,
    /// The same where the query says what the thing is for, as `battery for drill`, 0 to 10.
    pub purpose: f32,
    /// Weight of products in categories without anything of that kind, which lose it, 0 to 10.
    pub other_kind: f32,
    /// Weight of popularity, 0 to 10.
    pub popularity: f32,
    /// Weight that sold-out products lose, 0 to 10; 0 leaves them in their place.
    pub sold_out: f32,
    /// Weight of the similarity to the best hits, by their vectors, 0 to 10.
    pub feedback: f32,
    /// The number of best hits that the intent is read off, 1 to 1000.
    pub feedback_hits: usize,
    /// The distance of a hit's score below the best at which its weight is e times smaller, 0.001 to 100.
    pub feedback_spread: f32,
    /// Weight of the category that the query is likely about, 0 to 10.
    pub category: f32,
    /// The least share of the best hits' weight with which a category changes the order, 0 to 1.
    pub category_share: f32,
    /// Weight of the understood parts of the query that raise products, 0 to 10.
    pub meant: f32,
    /// Weight of the category that the query names, within which popularity orders, 0 to 100; 0 treats such queries as
    /// others.
    pub named: f32,
    /// True if a reranker that ships with the generation orders the window.
    pub learned: bool,
    /// The number of best candidates by linear score that it orders, 10 to 1000.
    pub learned_depth: usize,
    /// The settings of the shopper's part.
    pub personal: PersonalSettings,
}

impl Default for RankSettings {
    fn default() -> Self {
        Self {
            window: 200,
            nearest: 120,
            vector_weight: 0.15,
            meaning: 0.95,
            related: 0.7,
            meaning_share: 0.75,
            min_similarity: 0.6,
            min_similarity_alone: 0.35,
            adjacent: 0.08,
            coverage: 0.02,
            kind: 0.05,
            purpose: 0.5,
            other_kind: 0.1,
            popularity: 0.2,
            sold_out: 1.0,
            feedback: 0.5,
            feedback_hits: 50,
            feedback_spread: 0.3,
            category: 0.1,
            category_share: 0.6,
            meant: 1.0,
            named: 10.0,
            learned: true,
            learned_depth: 150,
            personal: PersonalSettings::default(),
        }
    }
}

/// The settings of the shopper's part of a score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PersonalSettings {
    /// Scale of everything inferred from the history, 0 to 10; 0 switches it off.
    pub weight: f32,
    /// The most that the shopper's part adds to the score of a product as relevant as the best, 0 to 10.
    pub most: f32,
    /// Weight of the score of for-you where the query names a category, times `rank.named`, 0 to 100.
    pub follows: f32,
    /// The least score of for-you that lifts a product of a named category, in median entries of the next-item table,
    /// 0 to 100.
    pub least: f32,
    /// Weight of the interest vector's cosine, 0 to 10.
    pub interest: f32,
    /// Weight of products that shoppers with the same history went on to, 0 to 10.
    pub neighbours: f32,
    /// Weight of products with similar content among the neighbours, times the share that the validated blend of the
    /// tables gives to content, 0 to 10.
    pub content: f32,
    /// Weight of the shopper's brands, 0 to 10.
    pub brand: f32,
    /// Weight of stated preferences, which no evidence gates, 0 to 10.
    pub stated: f32,
    /// The evidence at which the gate is ½, in products, above 0.
    pub gate: f32,
    /// The factor by which evidence fades each day, 0 to 1.
    pub daily_decay: f32,
    /// The number of different products, latest first, whose neighbours are looked up, 1 to 200.
    pub history: usize,
    /// The factor by which each step back in the history fades, 0 to 1.
    pub decay: f32,
}

impl Default for PersonalSettings {
    fn default() -> Self {
        Self {
            weight: 0.18,
            most: 0.15,
            follows: 5.0,
            least: 1.4,
            interest: 0.8,
            neighbours: 0.6,
            content: 1.0,
            brand: 0.03,
            stated: 0.5,
            gate: 5.0,
            daily_decay: 0.99,
            history: 20,
            decay: 0.8,
        }
    }
}
