//! Settings of text matching.

use serde::{Deserialize, Serialize};

use super::{SpellingSettings, TextField};

/// Weights of fields, BM25 constants, and the rules of relaxation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TextSettings {
    /// Weight of the title, 0 to 100.
    pub title: f32,
    /// Weight of the brand, 0 to 100.
    pub brand: f32,
    /// Weight of the category path, 0 to 100.
    pub category: f32,
    /// Weight of the description, 0 to 100.
    pub description: f32,
    /// Weight of attributes and tags, 0 to 100.
    pub attributes: f32,
    /// Weight of ids and part numbers, 0 to 100.
    pub code: f32,
    /// Share of the weaker fields' scores added to the best field's, 0 to 1.
    pub tie: f32,
    /// BM25 saturation of repeated words, 0 to 5.
    pub k1: f32,
    /// BM25 length normalisation, 0 to 1.
    pub b: f32,
    /// Number of products with every word from which on only those match.
    pub enough: usize,
    /// Least share of the words' weight that a product must have otherwise, 0 to 1.
    pub relaxed_share: f32,
    /// Cost of missing words: the score is multiplied by share^this, 0 to 10.
    pub missing_cost: f32,
    /// Weight of a word's parts, against the word as typed, above 0 to 1.
    pub apart: f32,
    /// Weight of two words written as one, or one as two, against the form typed, above 0 to 1.
    pub joined: f32,
    /// Weight of a completion of the word being typed, against the word itself, above 0 to 1.
    pub completion: f32,
    /// Weight of a compound by its head, its last word, against the head itself, 0 to 1; 0 switches compounds off.
    pub head: f32,
    /// Weight of a compound by another of its words, against the word itself, 0 to 1. Such compounds only match
    /// where few titles have the word itself, and where another word of the query follows they weigh 1.
    pub modifier: f32,
    /// Weight of the shipped synonyms, against the words as typed, 0 to 1; 0 switches them off.
    pub synonyms: f32,
    /// Weight of the catalogue's words nearest in meaning to a word it does not have, against the word itself, 0 to
    /// 1; 0 switches them off.
    pub nearest: f32,
    /// Weight of what shoppers searched for next, against the words as typed, 0 to 1; 0 switches it off.
    pub reformulated: f32,
    /// Settings of spelling correction.
    pub spelling: SpellingSettings,
}

impl Default for TextSettings {
    fn default() -> Self {
        Self {
            title: 3.0,
            brand: 2.0,
            category: 2.0,
            description: 1.0,
            attributes: 0.5,
            code: 4.0,
            tie: 0.3,
            k1: 1.2,
            b: 0.5,
            enough: 10,
            relaxed_share: 0.5,
            missing_cost: 2.0,
            apart: 0.8,
            joined: 0.6,
            completion: 0.8,
            head: 0.9,
            modifier: 0.3,
            synonyms: 0.8,
            nearest: 0.4,
            reformulated: 0.6,
            spelling: SpellingSettings::default(),
        }
    }
}

impl TextSettings {
    /// The weight of each field, in the order of [`TextField::ALL`].
    pub(super) fn weights(&self) -> [f32; TextField::ALL.len()] {
        [self.title, self.brand, self.category, self.description, self.attributes, self.code]
    }
}
