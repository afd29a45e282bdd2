//! Closeness of titles to a query: the share of neighbouring query words that follow each other in the title
//! too, and the share of the title that the query names. Computed for the best products only. (Sequential
//! dependence; Metzler and Croft, "A Markov random field model for term dependencies", SIGIR 2005.)

use tantivy::DocSet;
use tantivy::fieldnorm::FieldNormReader;
use tantivy::postings::{Postings, SegmentPostings};

use super::TextField;
use super::index::{FieldSegment, TextIndex};
use super::understand::{QuerySlot, Understood};
use crate::error::Result;
use crate::id::Ordinal;

/// The closeness of one title to a query.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Closeness {
    /// Share of the query's pairs of neighbours that follow each other in the title, 0 to 1.
    pub adjacent: f32,
    /// Share of the title's words that the query names, 0 to 1.
    pub coverage: f32,
}

impl TextIndex {
    /// The closeness of each of `ordinals`, which must ascend: postings are read forwards only.
    pub fn closeness(&self, understood: &Understood, ordinals: &[Ordinal]) -> Result<Vec<Closeness>> {
        let mut all = vec![Closeness::default(); ordinals.len()];
        let Some(title) = self.fields.get(TextField::Title as usize).filter(|_| self.has_positions()) else {
            return Ok(all);
        };
        let slots = &understood.slots;
        let pairs = slots.len().saturating_sub(1).max(1) as f32;
        let (mut before, mut here): (Vec<u32>, Vec<u32>) = (Vec::new(), Vec::new());
        for segment in &title.segments {
            let lists = slots.iter().map(|slot| segment.of_slot(slot));
            let mut lists: Vec<Vec<SegmentPostings>> = lists.collect::<Result<_>>()?;
            for (closeness, &ordinal) in all.iter_mut().zip(ordinals) {
                let Some(document) = segment.document_map.document(ordinal) else { continue };
                let (mut named, mut adjacent) = (0u32, 0u32);
                for (place, list) in lists.iter_mut().enumerate() {
                    // `before` now holds the positions of the previous slot.
                    std::mem::swap(&mut before, &mut here);
                    ends_of(list, document, &mut here);
                    named += u32::from(!here.is_empty());
                    // Position 0 wraps to a number that no title reaches.
                    adjacent += u32::from(place > 0 && here.iter().any(|at| before.contains(&at.wrapping_sub(1))));
                }
                let length = FieldNormReader::id_to_fieldnorm(title.lengths[ordinal.index()]).max(1);
                closeness.adjacent = adjacent as f32 / pairs;
                closeness.coverage = (named as f32 / length as f32).min(1.0);
            }
        }
        Ok(all)
    }
}

impl FieldSegment {
    /// The postings of every single term that satisfies a slot. Phrases and part numbers do not count.
    fn of_slot(&self, slot: &QuerySlot) -> Result<Vec<SegmentPostings>> {
        let mut lists = Vec::new();
        for one in slot.alternatives.iter().filter(|one| !one.code && one.terms.len() == 1) {
            lists.extend(self.positions(&one.terms)?.into_iter().flatten());
        }
        Ok(lists)
    }
}

/// Collects the positions of the terms in the title of `document`.
fn ends_of(lists: &mut [SegmentPostings], document: u32, ends: &mut Vec<u32>) {
    ends.clear();
    let mut found = Vec::new();
    for list in lists {
        if list.doc() < document {
            list.seek(document);
        }
        if list.doc() == document {
            list.positions(&mut found);
            ends.extend_from_slice(&found);
        }
    }
}
