//! Closeness of titles to a query: the share of neighbouring query words that follow each other in the title
//! too, and the share of the title that the query names. Computed for the best products only. (Sequential
//! dependence; Metzler and Croft, "A Markov random field model for term dependencies", SIGIR 2005.)

use tantivy::fieldnorm::FieldNormReader;
use tantivy::postings::{Postings, SegmentPostings};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet, Term};

use super::TextField;
use super::index::{FieldSegment, TextIndex, text_error};
use super::segment::TextSegment;
use super::understand::{QuerySlot, Understood};
use crate::error::Result;
use crate::id::Ordinal;

/// A word of a title in another form than the typed one counts this much: of two products that are alike otherwise,
/// a singular typed finds the singular first.
const OTHER_FORM: f32 = 0.9;

/// The closeness of one title to a query.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Closeness {
    /// Share of the query's pairs of neighbours that follow each other in the title, 0 to 1.
    pub adjacent: f32,
    /// Share of the title's words that the query names, 0 to 1.
    pub coverage: f32,
    /// True if the query is the title, word by word. The caller sets it.
    pub exact: bool,
}

impl TextIndex {
    /// The closeness of each of `ordinals`, which must ascend: postings are read forwards only.
    pub fn closeness(&self, understood: &Understood, ordinals: &[Ordinal]) -> Result<Vec<Closeness>> {
        let mut all = vec![Closeness::default(); ordinals.len()];
        let Some(title) = self.fields.get(TextField::Title as usize).filter(|_| self.has_positions()) else {
            return Ok(all);
        };
        let slots = &understood.slots;
        let mut forms = self.forms(understood)?;
        let pairs = slots.len().saturating_sub(1).max(1) as f32;
        let (mut before, mut here): (Vec<u32>, Vec<u32>) = (Vec::new(), Vec::new());
        for (at, segment) in title.segments.iter().enumerate() {
            let lists = slots.iter().map(|slot| segment.of_slot(slot));
            let mut lists: Vec<Vec<SegmentPostings>> = lists.collect::<Result<_>>()?;
            for (closeness, &ordinal) in all.iter_mut().zip(ordinals) {
                let Some(document) = segment.document_map.document(ordinal) else { continue };
                let (mut named, mut adjacent) = (0f32, 0u32);
                for (place, list) in lists.iter_mut().enumerate() {
                    // `before` now holds the positions of the previous slot.
                    std::mem::swap(&mut before, &mut here);
                    ends_of(list, document, &mut here);
                    if !here.is_empty() {
                        let form = forms.get_mut(at).and_then(|forms| forms[place].as_mut());
                        named += if form.is_none_or(|form| has(form, document)) { 1.0 } else { OTHER_FORM };
                    }
                    // One word of the title may be two of the query. Position 0 wraps to a number that no title
                    // reaches.
                    let follows = |at: &u32| before.contains(at) || before.contains(&at.wrapping_sub(1));
                    adjacent += u32::from(place > 0 && here.iter().any(follows));
                }
                let length = FieldNormReader::id_to_fieldnorm(title.lengths[ordinal.index()]).max(1);
                closeness.adjacent = adjacent as f32 / pairs;
                closeness.coverage = (named / length as f32).min(1.0);
            }
        }
        Ok(all)
    }
}

impl TextIndex {
    /// The postings of the word of each slot as it was typed, by segment and slot; `None` for slots without one.
    fn forms(&self, understood: &Understood) -> Result<Vec<Vec<Option<SegmentPostings>>>> {
        let of_slot = |segment: &TextSegment, slot: &QuerySlot| {
            let Some((field, lexicon)) = &segment.lexicon else { return Ok(None) };
            let Some((_, word)) = understood.forms.iter().find(|(text, _)| *text == slot.text) else { return Ok(None) };
            let term = Term::from_field_text(*field, word);
            lexicon.read_postings(&term, IndexRecordOption::Basic).map_err(text_error)
        };
        let of_segment = |segment: &TextSegment| understood.slots.iter().map(|slot| of_slot(segment, slot)).collect();
        self.segments.iter().map(of_segment).collect()
    }
}

/// True if a list has a document. Documents must be asked for in ascending order.
fn has(list: &mut SegmentPostings, document: u32) -> bool {
    if list.doc() < document {
        list.seek(document);
    }
    list.doc() == document
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
        if has(list, document) {
            list.positions(&mut found);
            ends.extend_from_slice(&found);
        }
    }
}
