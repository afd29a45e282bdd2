//! The constants of ranking that matter, as settings.

use serde::{Deserialize, Serialize};

/// How candidates are scored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RankSettings {
    /// How many of the best by words are fused and reranked, 10 to 1000.
    pub window: usize,
    /// How many of the nearest by vector are, 10 to 1000; as many as by words where no product has the words.
    pub nearest: usize,
    /// Weight of the vector side; the words have the rest, 0 to 1.
    pub vector_weight: f32,
    /// A product found by vector alone must have at least this cosine, −1 to 1.
    pub min_similarity: f32,
    /// The same where words find little: fewer products than `text.enough`, or none with all words.
    pub min_similarity_alone: f32,
    /// What a title gains in which the query's words follow each other as they do in the query, 0 to 10.
    pub adjacent: f32,
    /// What a title gains that the query names whole, 0 to 10.
    pub coverage: f32,
    /// What the most popular product gains over one nobody met, 0 to 10.
    pub popularity: f32,
    /// What a product gains that lies just where the best hits do, by their vectors, 0 to 10.
    pub feedback: f32,
    /// How many of the best hits stand for what was meant, 1 to 1000.
    pub feedback_hits: usize,
    /// By how much a hit's score must lie below the best for it to count e times less, 0.001 to 100.
    pub feedback_spread: f32,
    /// What a product gains in the category a query is surely about, 0 to 10.
    pub category: f32,
    /// The share of the best hits' weight from which on a category is heeded, 0 to 1.
    pub category_share: f32,
    /// Whether a learned ranking orders the window where one ships in the generation.
    pub learned: bool,
    /// How many of the best by linear score it orders, 10 to 1000.
    pub learned_depth: usize,
    /// How the shopper changes the order.
    pub personal: PersonalSettings,
}

impl Default for RankSettings {
    fn default() -> Self {
        Self {
            window: 200,
            nearest: 120,
            vector_weight: 0.15,
            min_similarity: 0.6,
            min_similarity_alone: 0.35,
            adjacent: 0.08,
            coverage: 0.02,
            popularity: 0.2,
            feedback: 0.5,
            feedback_hits: 50,
            feedback_spread: 0.3,
            category: 0.1,
            category_share: 0.6,
            learned: true,
            learned_depth: 150,
            personal: PersonalSettings::default(),
        }
    }
}

/// How the shopper changes the order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PersonalSettings {
    /// Multiplies everything personal; 0 switches it off, up to 10.
    pub weight: f32,
    /// Weight of the interest vector's cosine, 0 to 10.
    pub interest: f32,
    /// Weight of what shoppers with the same history went on to, 0 to 10.
    pub neighbours: f32,
    /// What products that read like those met count beside what shoppers went on to, in the shares the
    /// replay found, 0 to 10.
    pub content: f32,
    /// Weight of the shopper's brands, 0 to 10.
    pub brand: f32,
    /// Weight of what the shopper said outright, which no evidence gates, 0 to 10.
    pub stated: f32,
    /// Evidence at which the gate stands half open, in products met, above 0.
    pub gate: f32,
    /// How much of its worth evidence keeps each day, 0 to 1.
    pub daily_decay: f32,
    /// How many different products, latest first, neighbours are looked up for, 1 to 200.
    pub history: usize,
    /// What each step back in the history is worth, 0 to 1.
    pub decay: f32,
}

impl Default for PersonalSettings {
    fn default() -> Self {
        Self {
            weight: 0.18,
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
