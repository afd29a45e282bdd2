//! The matcher: the products that satisfy a slot, the frequency of a slot, and the scores of products over all slots.

use std::borrow::Borrow;

use tantivy::schema::IndexRecordOption;

use super::index::TextIndex;
use super::postings::Bm25;
use super::understand::{Alternative, QuerySlot, Understood};
use super::{TextField, TextSettings};
use crate::bitmap::Bitmap;
use crate::error::Result;
use crate::id::Ordinal;

/// Visits a block of products that satisfy a slot: `(field, scorer, products, frequencies, the alternative)`.
type HitVisitor<'a> = dyn FnMut(TextField, &Bm25<'_>, &[Ordinal], &[u32], &Alternative) + 'a;

/// Matches and scores the slots of queries over an index.
#[derive(Clone, Copy)]
pub(super) struct Matcher<'a> {
    pub(super) index: &'a TextIndex,
}

impl Matcher<'_> {
    /// The allowed products that satisfy a slot.
    pub(super) fn products_of(
        &self,
        slot: &QuerySlot,
        settings: &TextSettings,
        allowed: Option<&Bitmap>,
    ) -> Result<Bitmap> {
        let mut products = Bitmap::new(self.index.products as usize);
        for (field, index, _) in self.index.weighted(settings) {
            for one in slot.alternatives.iter().filter(|one| one.code == (field == TextField::Code)) {
                index.add_to(&mut products, one, allowed)?;
            }
        }
        // Blocks may hold products outside the filter.
        if let Some(allowed) = allowed {
            products.and(allowed);
        }
        Ok(products)
    }

    /// The score of each of `products` over all slots, in ascending order of ordinals.
    pub(super) fn score(
        &self,
        slots: &[QuerySlot],
        idfs: &[f32],
        settings: &TextSettings,
        products: &Bitmap,
    ) -> Result<Vec<f32>> {
        let ranks = products.ranks();
        let [mut best, mut sum, mut total] = std::array::from_fn(|_| vec![0f32; ranks.count()]);
        for (slot, &idf) in slots.iter().zip(idfs) {
            self.for_each_hit(slot, idf, settings, products, &mut |_, scorer, docs, frequencies, one| {
                for (&doc, &frequency) in docs.iter().zip(frequencies) {
                    if let Some(rank) = ranks.of(doc) {
                        let score = one.weight * scorer.score(doc, frequency);
                        // A compound or a synonym adds nothing to the word itself.
                        if one.source.is_substitute() && score <= best[rank] {
                            continue;
                        }
                        sum[rank] += score;
                        best[rank] = best[rank].max(score);
                    }
                }
            })?;
            for ((total, best), sum) in total.iter_mut().zip(&mut best).zip(&mut sum) {
                *total += *best + settings.tie * (*sum - *best);
                // Both arrays serve the next slot.
                (*best, *sum) = (0.0, 0.0);
            }
        }
        Ok(total)
    }

    /// Visits the products that satisfy a slot, in blocks, for each field and alternative. Products outside
    /// `within` may be left out.
    pub(super) fn for_each_hit(
        &self,
        slot: &QuerySlot,
        idf: f32,
        settings: &TextSettings,
        within: &Bitmap,
        visit: &mut HitVisitor<'_>,
    ) -> Result<()> {
        for (field, index, weight) in self.index.weighted(settings) {
            let mut scorer = None;
            for one in slot.alternatives.iter().filter(|one| one.code == (field == TextField::Code)) {
                let scorer = scorer.get_or_insert_with(|| Bm25::new(index, weight * idf, settings));
                index.for_each_block(one, Some(within), IndexRecordOption::WithFreqs, &mut |docs, frequencies| {
                    visit(field, scorer, docs, frequencies, one);
                })?;
            }
        }
        Ok(())
    }

    /// The document frequency of a slot: that of its commonest alternative in its commonest field. An
    /// alternative of several terms counts by its rarest. Words of the same meaning count only where the catalogue
    /// has none of the others: a rare word stays rare, whatever its synonyms are.
    pub(super) fn frequency(&self, slot: &QuerySlot, settings: &TextSettings) -> Result<u32> {
        let (mut most, mut most_meant) = (0, 0);
        for (field, index, _) in self.index.weighted(settings) {
            for one in slot.alternatives.iter().filter(|one| one.code == (field == TextField::Code)) {
                let most = if one.source.is_meant() { &mut most_meant } else { &mut most };
                *most = index.frequency(one)?.max(*most);
            }
        }
        Ok(if most > 0 { most } else { most_meant })
    }

    /// The allowed products that have every quoted slot; `None` for a query without quotes.
    pub(super) fn quoted(
        &self,
        understood: &Understood,
        settings: &TextSettings,
        allowed: Option<&Bitmap>,
    ) -> Result<Option<Bitmap>> {
        self.products_of_all(understood.slots.iter().filter(|slot| slot.quoted), settings, allowed)
    }

    /// The allowed products that satisfy each of some slots; `None` without slots.
    pub(super) fn products_of_all<S: Borrow<QuerySlot>>(
        &self,
        slots: impl IntoIterator<Item = S>,
        settings: &TextSettings,
        allowed: Option<&Bitmap>,
    ) -> Result<Option<Bitmap>> {
        let mut all: Option<Bitmap> = None;
        for slot in slots {
            let products = self.products_of(slot.borrow(), settings, allowed)?;
            match &mut all {
                Some(all) => all.and(&products),
                None => all = Some(products),
            }
        }
        Ok(all)
    }
}
