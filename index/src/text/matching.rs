//! Which products satisfy the slots of a query, and how well.
//!
//! First which products satisfy each slot, as sets; of these the ladder of relaxations
//! chooses those that match; only these are scored. Each slot scores a product by the best
//! of its fields plus a share of the others (disjunction max over BM25, Robertson and
//! Zaragoza 2009); a product's score is the sum over slots. One inverse document frequency
//! a slot, taken from all fields and alternatives together, so that a word rare in one field
//! is not overrated. Every match is visited, which exact totals and facets need anyway.

use tantivy::schema::IndexRecordOption;

use super::index::TextIndex;
use super::match_level::{MatchLevel, Relaxed, relax};
use super::postings::{Bm25, idf};
use super::understand::{QuerySlot, Understood};
use super::{TextField, TextSettings};
use crate::bitmap::Bitmap;
use crate::error::Result;
use crate::id::Ordinal;

/// A word of a query, what it is worth, and whether a product has it.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct SlotWeight {
    /// The word or phrase, normalised.
    pub word: String,
    /// Its inverse document frequency; 0 for words that may be missing.
    #[serde(rename = "worth")]
    pub weight: f32,
    /// Whether the product has it, or something that is as good.
    #[serde(rename = "held")]
    pub matched: bool,
}

/// What is done with products that satisfy a slot and how often: `(field, scorer, products, frequencies, the
/// alternative's worth)`.
type HitVisitor<'a> = dyn FnMut(TextField, &Bm25<'_>, &[Ordinal], &[u32], f32) + 'a;

/// The products that match, with their scores.
#[derive(Debug, Default)]
pub struct TextMatches {
    /// Those that match.
    pub products: Bitmap,
    /// Their scores, above 0, in ascending order of their ordinals.
    pub scores: Vec<f32>,
    /// How strict the match was.
    pub level: MatchLevel,
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
        let idfs: Vec<f32> = frequencies.map(|frequency| Ok(idf(self.documents, frequency?))).collect::<Result<_>>()?;
        let weights: Vec<f32> =
            slots.iter().zip(&idfs).map(|(slot, &idf)| if slot.required { idf } else { 0.0 }).collect();
        let sets = slots.iter().map(|slot| self.holding(slot, settings, allowed));
        let sets: Vec<Bitmap> = sets.collect::<Result<_>>()?;
        let Relaxed { products, costs, level } = relax(&sets, &weights, settings);
        let mut scores = self.score(slots, &idfs, settings, &products)?;
        scores.iter_mut().zip(costs).for_each(|(score, cost)| *score *= cost);
        Ok(TextMatches { products, scores, level })
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
            let slot_idf = idf(self.documents, self.frequency(slot, settings)?);
            self.for_each_hit(slot, slot_idf, settings, &only, &mut |field, scorer, docs, frequencies, weight| {
                if let Some(at) = docs.iter().position(|&doc| doc == ordinal) {
                    found.push((slot.text.clone(), field, weight * scorer.score(ordinal, frequencies[at])));
                }
            })?;
        }
        Ok(found)
    }

    /// What each slot of the query is worth, and whether one product satisfies it. For explanations.
    pub fn slot_weights(
        &self,
        understood: &Understood,
        settings: &TextSettings,
        ordinal: Ordinal,
    ) -> Result<Vec<SlotWeight>> {
        let scored = self.explain(understood, settings, ordinal)?;
        let weight_of = |slot: &QuerySlot| {
            let weight = if slot.required { idf(self.documents, self.frequency(slot, settings)?) } else { 0.0 };
            let matched = scored.iter().any(|(word, _, _)| *word == slot.text);
            Ok(SlotWeight { word: slot.text.clone(), weight, matched })
        };
        understood.slots.iter().map(weight_of).collect()
    }

    /// The allowed products that satisfy a slot.
    fn holding(&self, slot: &QuerySlot, settings: &TextSettings, allowed: Option<&Bitmap>) -> Result<Bitmap> {
        let mut holding = Bitmap::new(self.products as usize);
        for (field, index, _) in self.weighted(settings) {
            for one in slot.alternatives.iter().filter(|one| one.code == (field == TextField::Code)) {
                index.add_to(&mut holding, one, allowed)?;
            }
        }
        if let Some(allowed) = allowed {
            holding.and(allowed);
        }
        Ok(holding)
    }

    /// Adds up what every slot is worth to each of some products, in ascending order of their ordinals.
    fn score(&self, slots: &[QuerySlot], idfs: &[f32], settings: &TextSettings, products: &Bitmap) -> Result<Vec<f32>> {
        let ranks = products.ranks();
        let [mut best, mut sum, mut total] = std::array::from_fn(|_| vec![0f32; ranks.count()]);
        for (slot, &idf) in slots.iter().zip(idfs) {
            self.for_each_hit(slot, idf, settings, products, &mut |_, scorer, docs, frequencies, weight| {
                for (&doc, &frequency) in docs.iter().zip(frequencies) {
                    if let Some(rank) = ranks.of(doc) {
                        let score = weight * scorer.score(doc, frequency);
                        sum[rank] += score;
                        best[rank] = best[rank].max(score);
                    }
                }
            })?;
            for ((total, best), sum) in total.iter_mut().zip(&mut best).zip(&mut sum) {
                *total += *best + settings.tie * (*sum - *best);
                (*best, *sum) = (0.0, 0.0);
            }
        }
        Ok(total)
    }

    /// Visits every product that satisfies a slot, in blocks, for each field and alternative. Of products
    /// outside `within` some may be left out.
    fn for_each_hit(
        &self,
        slot: &QuerySlot,
        idf: f32,
        settings: &TextSettings,
        within: &Bitmap,
        visit: &mut HitVisitor<'_>,
    ) -> Result<()> {
        for (field, index, weight) in self.weighted(settings) {
            let mut scorer = None;
            for one in slot.alternatives.iter().filter(|one| one.code == (field == TextField::Code)) {
                let scorer = scorer.get_or_insert_with(|| Bm25::new(index, weight * idf, settings));
                index.for_each_block(one, Some(within), IndexRecordOption::WithFreqs, &mut |docs, frequencies| {
                    visit(field, scorer, docs, frequencies, one.weight);
                })?;
            }
        }
        Ok(())
    }

    /// In how many products a slot's commonest alternative is found in its commonest field; of
    /// several terms the rarest counts.
    fn frequency(&self, slot: &QuerySlot, settings: &TextSettings) -> Result<u32> {
        let mut most = 0;
        for (field, index, _) in self.weighted(settings) {
            for one in slot.alternatives.iter().filter(|one| one.code == (field == TextField::Code)) {
                most = most.max(index.frequency(one)?);
            }
        }
        Ok(most)
    }

    /// What the query itself leaves of the allowed products: those that have all that stands in quotes, where
    /// there are any, without those that are not wanted. `None` where it leaves them all.
    pub fn wanted(
        &self,
        understood: &Understood,
        settings: &TextSettings,
        allowed: Option<&Bitmap>,
    ) -> Result<Option<Bitmap>> {
        let excluded = self.excluded(understood, settings)?;
        let left = |mut products: Bitmap| {
            excluded.iter().for_each(|excluded| products.and_not(excluded));
            products
        };
        if let Some(quoted) = self.quoted(understood, settings, allowed)?.map(left).filter(|left| left.count() > 0) {
            return Ok(Some(quoted));
        }
        let everything = || allowed.cloned().unwrap_or_else(|| Bitmap::full(self.products as usize));
        Ok(excluded.is_some().then(|| left(everything())))
    }

    /// The allowed products that have all that stands in quotes; `None` where nothing does.
    fn quoted(
        &self,
        understood: &Understood,
        settings: &TextSettings,
        allowed: Option<&Bitmap>,
    ) -> Result<Option<Bitmap>> {
        let mut all: Option<Bitmap> = None;
        for slot in understood.slots.iter().filter(|slot| slot.quoted) {
            let holding = self.holding(slot, settings, allowed)?;
            match &mut all {
                Some(all) => all.and(&holding),
                None => all = Some(holding),
            }
        }
        Ok(all)
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
                let mut matching = Bitmap::new(self.products as usize);
                for one in slot.alternatives.iter().filter(|one| one.code == (field == TextField::Code)) {
                    index.add_to(&mut matching, one, None)?;
                    if !one.code {
                        let mut terms = vec![self.without.clone()];
                        terms.extend(one.terms.iter().cloned());
                        let negated = super::Alternative { terms, adjacent: true, ..one.clone() };
                        let mut without = Bitmap::new(self.products as usize);
                        index.add_to(&mut without, &negated, None)?;
                        matching.and_not(&without);
                    }
                }
                excluded.or(&matching);
            }
        }
        Ok(Some(excluded))
    }
}
