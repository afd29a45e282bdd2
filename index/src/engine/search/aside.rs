//! Matches that are set aside: near products of another kind than the query names, products that have its words only
//! since a category is named after several things, and products that only mention what was asked for.

use super::Search;
use super::kinds::KindCategories;
use super::ranked::Scored;
use crate::bitmap::Bitmap;
use crate::engine::meaning::MeaningFloor;
use crate::error::Result;
use crate::id::Ordinal;
use crate::text::{CalledReader, KindSets, MatchLevel, TextMatches, Understood};

/// The most words of a query that is the name of a thing; longer ones are sentences, which name other things too.
const MAX_WORDS: usize = 2;

/// The products near a query that have none of its words, with their cosines.
#[derive(Default)]
pub(super) struct Near {
    /// Those that match.
    pub(super) joined: Vec<(Ordinal, f32)>,
    /// Those that come too little near, or are of another kind.
    pub(super) below: Vec<(Ordinal, f32)>,
    pub(super) floor: Option<MeaningFloor>,
}

/// Sets matches aside.
pub(super) struct Aside<'a> {
    pub(super) search: Search<'a>,
    pub(super) understood: &'a Understood,
    pub(super) direction: Option<&'a [f32]>,
}

impl Aside<'_> {
    /// Sets matches aside. Returns those that only mention what was asked for, the best first, where no match is more.
    pub(super) fn set_aside(
        self,
        kinds: Option<&KindSets>,
        found: &mut TextMatches,
        by_words: &mut Vec<Scored>,
        near: &mut Near,
    ) -> Result<Vec<Ordinal>> {
        let snapshot = self.search.snapshot;
        let words = self.understood.slots.iter().filter(|slot| slot.required).count();
        let is_name = words <= MAX_WORDS && !self.understood.part_number;
        if let Some(kinds) = kinds.filter(|kinds| is_name && kinds.typed) {
            let categories = KindCategories::of(snapshot, kinds);
            near.below.extend(near.joined.extract_if(.., |(ordinal, _)| categories.is_other(*ordinal)));
            self.set_other_kinds_aside(kinds, &categories, found, by_words, near)?;
        }
        let reader = CalledReader { index: &snapshot.generation.text, settings: &snapshot.settings.text };
        let few = !by_words.is_empty() && by_words.len() < reader.settings.enough;
        if !few || !reader.only_mentions(self.understood, &found.products)? {
            return Ok(Vec::new());
        }
        by_words.sort_by(|a, b| b.text.total_cmp(&a.text).then(a.ordinal.cmp(&b.ordinal)));
        found.products = Bitmap::new(found.products.len());
        found.level = MatchLevel::Meaning;
        Ok(by_words.drain(..).map(|scored| scored.ordinal).collect())
    }

    /// Sets products of other kinds aside that are not called what was asked for: milk among `Dairy & eggs` is no egg, and
    /// a yellow lamp no yellow raincoat.
    fn set_other_kinds_aside(
        &self,
        kinds: &KindSets,
        categories: &KindCategories<'_>,
        found: &mut TextMatches,
        by_words: &mut Vec<Scored>,
        near: &mut Near,
    ) -> Result<()> {
        let snapshot = self.search.snapshot;
        let reader = CalledReader { index: &snapshot.generation.text, settings: &snapshot.settings.text };
        let called = reader.called_all(self.understood, &found.products)?;
        let is_called = |ordinal: Ordinal| {
            kinds.titled.contains(ordinal) || called.as_ref().is_some_and(|called| called.contains(ordinal))
        };
        let others =
            by_words.extract_if(.., |scored| categories.is_other(scored.ordinal) && !is_called(scored.ordinal));
        let others: Vec<Ordinal> = others.map(|scored| scored.ordinal).collect();
        let vectors = &snapshot.generation.vectors;
        let cosine = |ordinal| self.direction.map_or(0.0, |direction| vectors.similarity(direction, ordinal));
        near.below.extend(others.iter().map(|&ordinal| (ordinal, cosine(ordinal))));
        found.products.and_not(&Bitmap::from_ordinals(found.products.len(), others));
        Ok(())
    }
}
