//! Which products satisfy the slots of a query, and how well.
//!
//! Each slot scores every product by the best of its fields plus a share of the
//! others (disjunction max over BM25, Robertson and Zaragoza 2009); a product's
//! score is the sum over slots. One inverse document frequency a slot, taken
//! from all fields and alternatives together, so that a word rare in one field is
//! not overrated. Slot at a time over dense arrays: every match is visited once,
//! which exact totals and facets need anyway, and each product remembers which
//! slots it satisfies.

use std::cell::RefCell;

use super::index::TextIndex;
use super::ladder;
use super::postings::Bm25;
use super::understand::{Slot, Understood};
use super::{TextField, TextSettings};
use crate::bitmap::Bitmap;
use crate::error::Result;
use crate::id::Ordinal;

/// Which rung of the ladder of relaxations the matches stand on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rung {
    /// No words were asked for.
    Everything,
    /// Every product holds all words.
    AllWords,
    /// Products hold most of what the words are worth.
    SomeWords,
    /// No product holds enough of the words; those found mean something like them.
    #[default]
    Meaning,
}

/// A word of a query, what it is worth, and whether a product has it.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct SlotWorth {
    /// The word or phrase, normalised.
    pub word: String,
    /// Its inverse document frequency; 0 for words that may be missing.
    pub worth: f32,
    /// Whether the product has it, or something that is as good.
    pub held: bool,
}

/// The products that match, ascending, with their scores.
#[derive(Debug, Default)]
pub struct TextMatches {
    /// Matching ordinals, ascending.
    pub ordinals: Vec<Ordinal>,
    /// Their scores, above 0, same order.
    pub scores: Vec<f32>,
    /// How strict the match was.
    pub rung: Rung,
}

/// Products that satisfy some slot: ordinals ascending, scores, and a bit a slot.
#[derive(Debug, Default)]
pub(super) struct Collected {
    pub(super) ordinals: Vec<Ordinal>,
    pub(super) scores: Vec<f32>,
    pub(super) slots: Vec<u32>,
}

/// Dense arrays a query works in, kept a thread; all zero between queries.
#[derive(Default)]
struct Scratch {
    best: Vec<f32>,
    sum: Vec<f32>,
    total: Vec<f32>,
    slots: Vec<u32>,
    touched_by_slot: Vec<Ordinal>,
    touched: Vec<Ordinal>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

impl TextIndex {
    /// The products allowed by `allowed` (all when `None`) that match what was understood.
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
        let frequencies = slots.iter().map(|slot| self.frequency(slot, settings));
        let rarities: Vec<f32> =
            frequencies.map(|frequency| Ok(idf(self.documents, frequency?))).collect::<Result<_>>()?;
        let collected = self.collect(slots, &rarities, settings, allowed)?;
        let worth: Vec<f32> =
            slots.iter().zip(&rarities).map(|(slot, &idf)| if slot.required { idf } else { 0.0 }).collect();
        let decision = ladder::decide(&collected, &worth, settings);
        Ok(ladder::climb(collected, decision, &worth, settings))
    }

    /// The score one product gets from each field for each slot of the query:
    /// `(slot, field, score)`, only those above 0. For explanations.
    pub fn explain(
        &self,
        understood: &Understood,
        settings: &TextSettings,
        ordinal: Ordinal,
    ) -> Result<Vec<(String, TextField, f32)>> {
        let only = Bitmap::from_ordinals(self.products as usize, [ordinal]);
        let mut found = Vec::new();
        for slot in &understood.slots {
            let rarity = idf(self.documents, self.frequency(slot, settings)?);
            self.for_each_hit(slot, rarity, settings, &mut |field, scorer, doc, frequency, weight| {
                if only.contains(doc) {
                    found.push((slot.text.clone(), field, weight * scorer.score(doc, frequency)));
                }
            })?;
        }
        Ok(found)
    }

    /// What each slot of the query is worth, and whether one product satisfies it. For explanations.
    pub fn worths(&self, understood: &Understood, settings: &TextSettings, ordinal: Ordinal) -> Result<Vec<SlotWorth>> {
        let scored = self.explain(understood, settings, ordinal)?;
        let worth = |slot: &Slot| {
            let worth = if slot.required { idf(self.products, self.frequency(slot, settings)?) } else { 0.0 };
            let held = scored.iter().any(|(word, _, _)| *word == slot.text);
            Ok(SlotWorth { word: slot.text.clone(), worth, held })
        };
        understood.slots.iter().map(worth).collect()
    }

    /// Adds up what every slot is worth to every allowed product.
    fn collect(
        &self,
        slots: &[Slot],
        rarities: &[f32],
        settings: &TextSettings,
        allowed: Option<&Bitmap>,
    ) -> Result<Collected> {
        let passes = |doc: Ordinal| allowed.is_none_or(|allowed| allowed.contains(doc));
        SCRATCH.with_borrow_mut(|scratch| {
            scratch.resize(self.products as usize);
            for (place, (slot, &rarity)) in slots.iter().zip(rarities).enumerate() {
                let outcome = self.for_each_hit(slot, rarity, settings, &mut |_, scorer, doc, frequency, weight| {
                    if passes(doc) {
                        scratch.add(doc, weight * scorer.score(doc, frequency));
                    }
                });
                if let Err(error) = outcome {
                    *scratch = Scratch::default();
                    return Err(error);
                }
                scratch.fold_slot(1 << place, settings.tie);
            }
            Ok(scratch.take())
        })
    }

    /// Visits every product that satisfies a slot, once for each field and alternative, with what is
    /// needed to score it: `(field, scorer, product, frequency, the alternative's worth)`.
    fn for_each_hit(
        &self,
        slot: &Slot,
        rarity: f32,
        settings: &TextSettings,
        visit: &mut dyn FnMut(TextField, &Bm25<'_>, Ordinal, u32, f32),
    ) -> Result<()> {
        for (field, index, weight) in self.weighted(settings) {
            let scorer = Bm25::new(index, weight * rarity, settings);
            for one in slot.alternatives.iter().filter(|one| one.code == (field == TextField::Code)) {
                index.for_each_product(one, &mut |doc, frequency| visit(field, &scorer, doc, frequency, one.weight))?;
            }
        }
        Ok(())
    }

    /// In how many products a slot's commonest alternative is found in its commonest field; of
    /// several terms the rarest counts.
    fn frequency(&self, slot: &Slot, settings: &TextSettings) -> Result<u32> {
        let mut most = 0;
        for (field, index, _) in self.weighted(settings) {
            for one in slot.alternatives.iter().filter(|one| one.code == (field == TextField::Code)) {
                most = most.max(index.frequency(one)?);
            }
        }
        Ok(most)
    }

    /// The products that are not wanted: those with an excluded slot outside their description, unless
    /// they say themselves that they come without it.
    pub fn excluded(&self, understood: &Understood, settings: &TextSettings) -> Result<Option<Bitmap>> {
        let slots = &understood.excluded;
        if slots.is_empty() {
            return Ok(None);
        }
        let mut excluded = Bitmap::new(self.products as usize);
        for slot in slots {
            for (field, index, _) in self.weighted(settings) {
                if field == TextField::Description {
                    continue;
                }
                let mut said = Bitmap::new(self.products as usize);
                for one in slot.alternatives.iter().filter(|one| one.code == (field == TextField::Code)) {
                    index.for_each_product(one, &mut |doc, _| said.insert(doc))?;
                    if !one.code {
                        let mut terms = vec![self.without.clone()];
                        terms.extend(one.terms.iter().cloned());
                        let denied = super::Alternative { terms, adjacent: true, ..one.clone() };
                        let mut without = Bitmap::new(self.products as usize);
                        index.for_each_product(&denied, &mut |doc, _| without.insert(doc))?;
                        said.and_not(&without);
                    }
                }
                excluded.or(&said);
            }
        }
        Ok(Some(excluded))
    }
}

/// `ln(1 + (N − n + ½)/(n + ½))`, the BM25 inverse document frequency.
fn idf(documents: u32, document_frequency: u32) -> f32 {
    let (all, with) = (documents as f32, document_frequency as f32);
    (1.0 + (all - with + 0.5) / (with + 0.5)).ln()
}

impl Scratch {
    fn resize(&mut self, products: usize) {
        if self.best.len() < products {
            self.best.resize(products, 0.0);
            self.sum.resize(products, 0.0);
            self.total.resize(products, 0.0);
            self.slots.resize(products, 0);
        }
    }

    fn add(&mut self, ordinal: Ordinal, score: f32) {
        let at = ordinal as usize;
        if self.sum[at] == 0.0 {
            self.touched_by_slot.push(ordinal);
        }
        self.sum[at] += score;
        self.best[at] = self.best[at].max(score);
    }

    /// Moves the current slot's scores into the totals.
    fn fold_slot(&mut self, slot: u32, tie: f32) {
        for ordinal in self.touched_by_slot.drain(..) {
            let at = ordinal as usize;
            if self.slots[at] == 0 {
                self.touched.push(ordinal);
            }
            self.slots[at] |= slot;
            self.total[at] += self.best[at] + tie * (self.sum[at] - self.best[at]);
            self.best[at] = 0.0;
            self.sum[at] = 0.0;
        }
    }

    /// Everything collected, ascending; the arrays are zero again.
    fn take(&mut self) -> Collected {
        self.touched.sort_unstable();
        let mut collected = Collected::default();
        for ordinal in self.touched.drain(..) {
            let at = ordinal as usize;
            collected.ordinals.push(ordinal);
            collected.scores.push(std::mem::take(&mut self.total[at]));
            collected.slots.push(std::mem::take(&mut self.slots[at]));
        }
        collected
    }
}
