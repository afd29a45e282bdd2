//! The match step: which products satisfy the slots of a query, and their scores.
//!
//! First each slot becomes the set of products that satisfy it; the relax step chooses the matching products
//! from these sets; only those are scored. A slot scores a product by its best field plus a share of the other
//! fields (disjunction max over BM25, Robertson and Zaragoza 2009), and a product's score is the sum over its
//! slots. Each slot has one inverse document frequency over all fields and alternatives, so that a word which
//! is rare in one field only is not overrated.

use super::called::CalledReader;
use super::index::TextIndex;
use super::match_level::{MatchLevel, Relaxed, relax};
use super::matcher::Matcher;
use super::meant::names_colour;
use super::postings::idf;
use super::slots::all_of;
use super::understand::{Alternative, QuerySlot, Understood};
use super::{AlternativeSource, TextField, TextSettings};
use crate::bitmap::Bitmap;
use crate::error::Result;
use crate::id::Ordinal;

/// A slot of the query with its weight, and true if one product satisfies it.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct SlotWeight {
    /// The word or phrase, analysed.
    pub word: String,
    /// The inverse document frequency of the slot; 0 for words that may be missing.
    #[serde(rename = "worth")]
    pub weight: f32,
    /// True if the product satisfies the slot by any of its alternatives.
    #[serde(rename = "held")]
    pub matched: bool,
    /// The alternative that scores most, analysed, where it is not the word as typed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The source of that alternative; absent if the product does not satisfy the slot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<AlternativeSource>,
}

/// The score of one product by one alternative of a slot in one field.
#[derive(Debug, Clone, PartialEq)]
pub struct SlotScore {
    /// The word or phrase of the slot, analysed.
    pub word: String,
    /// The field.
    pub field: TextField,
    /// The weighted score, above 0.
    pub score: f32,
    /// The terms of the alternative.
    pub terms: Vec<String>,
    /// The source of the alternative.
    pub source: AlternativeSource,
}

/// The matching products with their scores.
#[derive(Debug, Default)]
pub struct TextMatches {
    /// The matching products.
    pub products: Bitmap,
    /// Their scores, above 0, in ascending order of ordinals.
    pub scores: Vec<f32>,
    /// The factors in these scores for words that a product lacks, above 0 to 1, in the same order; empty if no
    /// product lacks any.
    pub costs: Vec<f32>,
    /// The strictness of the match.
    pub level: MatchLevel,
}

impl TextMatches {
    /// The factor in the score of each product, in the same order: 1 for a product that has every required word.
    pub fn held(&self) -> impl Iterator<Item = f32> + '_ {
        self.costs.iter().copied().chain(std::iter::repeat(1.0))
    }

    /// The products that have every required word, ascending.
    pub fn complete(&self) -> impl Iterator<Item = Ordinal> + '_ {
        self.products.iter().zip(self.held()).filter(|(_, held)| *held >= 1.0).map(|(ordinal, _)| ordinal)
    }

    /// Keeps the products that have every required word.
    pub fn keep_complete(&mut self) {
        if self.costs.is_empty() {
            return;
        }
        self.products = Bitmap::from_ordinals(self.products.len(), self.complete());
        let scored = self.scores.iter().zip(&self.costs).filter(|(_, cost)| **cost >= 1.0);
        self.scores = scored.map(|(&score, _)| score).collect();
        self.costs = Vec::new();
        self.level = MatchLevel::AllWords;
    }
}

impl TextIndex {
    /// The matcher of slots.
    pub(super) fn matcher(&self) -> Matcher<'_> {
        Matcher { index: self }
    }

    /// The products of `allowed` (of all, when `None`) that match a query.
    pub fn matches(
        &self,
        understood: &Understood,
        settings: &TextSettings,
        allowed: Option<&Bitmap>,
    ) -> Result<TextMatches> {
        let slots = &understood.slots;
        if slots.is_empty() {
            return Ok(TextMatches::default());
        }
        let frequencies = slots.iter().map(|slot| self.matcher().frequency(slot, settings));
        let idfs: Vec<f32> = frequencies.map(|frequency| Ok(idf(self.documents, frequency?))).collect::<Result<_>>()?;
        let mut weights: Vec<f32> =
            slots.iter().zip(&idfs).map(|(slot, &idf)| if slot.required { idf } else { 0.0 }).collect();
        if let Some(head) = understood.head.filter(|_| understood.purpose.is_some()) {
            // The thing weighs as much as what it is for, however common it is.
            weights[head] = weights.iter().copied().fold(0.0, f32::max);
        }
        let sets = slots.iter().map(|slot| self.matcher().products_of(slot, settings, allowed));
        let sets: Vec<Bitmap> = sets.collect::<Result<_>>()?;
        let headed = understood.head.map(|head| CalledReader { index: self, settings }.called(&slots[head], allowed));
        let headed = headed.transpose()?.filter(|headed| headed.count() > 0);
        let Relaxed { products, costs, level } = relax(&sets, &weights, headed.as_ref(), settings);
        // Only the chosen products are scored, in arrays as long as these are many.
        let mut scores = self.matcher().score(slots, &idfs, settings, &products)?;
        scores.iter_mut().zip(&costs).for_each(|(score, cost)| *score *= cost);
        Ok(TextMatches { products, scores, costs, level })
    }

    /// The score that each field gives one product for each alternative of each slot, only scores above 0. For
    /// explanations.
    pub fn explain(
        &self,
        understood: &Understood,
        settings: &TextSettings,
        ordinal: Ordinal,
    ) -> Result<Vec<SlotScore>> {
        let only = Bitmap::from_ordinals(self.products as usize, [ordinal]);
        let mut scores = Vec::new();
        for slot in &understood.slots {
            let slot_idf = idf(self.documents, self.matcher().frequency(slot, settings)?);
            self.matcher().for_each_hit(
                slot,
                slot_idf,
                settings,
                &only,
                &mut |field, scorer, docs, frequencies, one| {
                    if let Some(at) = docs.iter().position(|&doc| doc == ordinal) {
                        scores.push(SlotScore {
                            word: slot.text.clone(),
                            field,
                            score: one.weight * scorer.score(ordinal, frequencies[at]),
                            terms: one.terms.clone(),
                            source: one.source,
                        });
                    }
                },
            )?;
        }
        Ok(scores)
    }

    /// The weight of each slot, and true if one product satisfies it. For explanations.
    pub fn slot_weights(
        &self,
        understood: &Understood,
        settings: &TextSettings,
        ordinal: Ordinal,
    ) -> Result<Vec<SlotWeight>> {
        let scored = self.explain(understood, settings, ordinal)?;
        let weight_of = |slot: &QuerySlot| {
            let weight =
                if slot.required { idf(self.documents, self.matcher().frequency(slot, settings)?) } else { 0.0 };
            let by = scored.iter().filter(|scored| scored.word == slot.text);
            let best = by.max_by(|a, b| a.score.total_cmp(&b.score).then_with(|| b.terms.cmp(&a.terms)));
            let other = best.filter(|best| best.source != AlternativeSource::Typed);
            Ok(SlotWeight {
                word: slot.text.clone(),
                weight,
                matched: best.is_some(),
                by: other.map(|best| best.terms.join(" ")),
                source: best.map(|best| best.source),
            })
        };
        understood.slots.iter().map(weight_of).collect()
    }

    /// The products that quotes and exclusions leave of the allowed ones: those with every quoted slot, minus
    /// the excluded. `None` if they leave all.
    pub fn wanted(
        &self,
        understood: &Understood,
        settings: &TextSettings,
        allowed: Option<&Bitmap>,
    ) -> Result<Option<Bitmap>> {
        let excluded = self.excluded(understood, settings)?;
        let without_excluded = |mut products: Bitmap| {
            excluded.iter().for_each(|excluded| products.and_not(excluded));
            products
        };
        if let Some(quoted) = self.matcher().quoted(understood, settings, allowed)? {
            return Ok(Some(without_excluded(quoted)));
        }
        let everything = || allowed.cloned().unwrap_or_else(|| Bitmap::full(self.products as usize));
        Ok(excluded.is_some().then(|| without_excluded(everything())))
    }

    /// The excluded products: those that satisfy an excluded slot in any field. A text that says `without` the term does not
    /// count, and neither does a description of what is sold as free of the thing, or of something else in a colour.
    pub fn excluded(&self, understood: &Understood, settings: &TextSettings) -> Result<Option<Bitmap>> {
        let slots = &understood.excluded;
        if slots.is_empty() {
            return Ok(None);
        }
        let mut excluded = Bitmap::new(self.products as usize);
        for slot in slots {
            let is_colour =
                |(term, word): &(String, String)| *term == slot.text && names_colour(self.analyzer.language(), word);
            let is_colour = understood.forms.iter().any(is_colour);
            let free_anywhere = self.free_of_excluded(understood, settings)?;
            for (field, index, _) in self.weighted(settings) {
                if field == TextField::Description && is_colour {
                    continue;
                }
                let mut matching = Bitmap::new(self.products as usize);
                for one in slot.alternatives.iter().filter(|one| one.code == (field == TextField::Code)) {
                    index.add_to(&mut matching, one, None)?;
                    if !one.code {
                        let mut terms = vec![self.without.clone()];
                        terms.extend(one.terms.iter().cloned());
                        let negated = Alternative { terms, adjacent: true, ..one.clone() };
                        let mut without = Bitmap::new(self.products as usize);
                        index.add_to(&mut without, &negated, None)?;
                        matching.and_not(&without);
                    }
                }
                for free_of in understood.free_of.iter().filter(|free_of| free_of.text == slot.text) {
                    let mut free = Bitmap::new(self.products as usize);
                    free_of.alternatives.iter().try_for_each(|one| index.add_to(&mut free, one, None))?;
                    matching.and_not(&free);
                }
                if field == TextField::Description {
                    free_anywhere.iter().for_each(|free| matching.and_not(free));
                }
                excluded.or(&matching);
            }
        }
        Ok(Some(excluded))
    }

    /// The products sold as free of what the query excludes, by any field; `None` for a query without such a part.
    pub fn free_of_excluded(&self, understood: &Understood, settings: &TextSettings) -> Result<Option<Bitmap>> {
        if understood.free_of.is_empty() {
            return Ok(None);
        }
        let mut free = Bitmap::new(self.products as usize);
        for (_, index, _) in self.weighted(settings) {
            let alternatives = understood.free_of.iter().flat_map(|slot| &slot.alternatives);
            alternatives.into_iter().try_for_each(|one| index.add_to(&mut free, one, None))?;
        }
        Ok(Some(free))
    }

    /// The products that have one of some words or phrases in one of some fields. `lang` is the language of the words,
    /// the shop's if absent.
    pub fn holding<'a>(
        &self,
        texts: impl IntoIterator<Item = &'a str>,
        fields: &[TextField],
        lang: Option<&str>,
    ) -> Result<Bitmap> {
        let mut analyzer = self.analyzer_of(lang);
        let mut products = Bitmap::new(self.products as usize);
        for text in texts {
            let terms: Vec<String> = analyzer.whole(text).into_iter().map(|token| token.term).collect();
            let one = super::Alternative { adjacent: true, ..all_of(&terms) };
            for index in fields.iter().filter_map(|&field| self.fields.get(field as usize)) {
                index.add_to(&mut products, &one, None)?;
            }
        }
        Ok(products)
    }

    /// True if a text is a part number of the catalogue.
    pub fn is_code(&self, text: &str) -> Result<bool> {
        match super::analysis::code(text.trim()) {
            Some(code) => Ok(self.reader().code_frequency(&code)? > 0),
            None => Ok(false),
        }
    }
}
