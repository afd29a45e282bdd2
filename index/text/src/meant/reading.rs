//! The reading of a query that the understand step follows: which of its words are searched for, excluded, left out or
//! widened.

use std::ops::Range;

/// A query's words by what became of them; ranges are in bytes of the query.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reading {
    /// Words that are not searched for.
    pub hidden: Vec<Range<usize>>,
    /// Words that products must not have.
    pub excluded: Vec<MeantExclusion>,
    /// Words that others satisfy too.
    pub widened: Vec<WidenedWord>,
    /// Pairs of words of which a product needs one.
    pub either: Vec<(Range<usize>, Range<usize>)>,
}

/// Something that products must not have.
#[derive(Debug, Clone, PartialEq)]
pub struct MeantExclusion {
    /// The place of its words; several are a phrase.
    pub range: Range<usize>,
    /// Ways to say that a product is free of it.
    pub free_of: Vec<String>,
}

/// A word that others satisfy too.
#[derive(Debug, Clone, PartialEq)]
pub struct WidenedWord {
    /// The place of the word.
    pub range: Range<usize>,
    /// The other words.
    pub words: Vec<String>,
    /// Their weight, above 0 to 1.
    pub weight: f32,
    /// True if a product may lack all of them.
    pub optional: bool,
}

impl Reading {
    /// True if a place is not searched for.
    pub fn hides(&self, place: usize) -> bool {
        self.hidden.iter().any(|range| range.contains(&place))
    }

    /// The exclusion that a place belongs to.
    pub fn exclusion(&self, place: usize) -> Option<&MeantExclusion> {
        self.excluded.iter().find(|excluded| excluded.range.contains(&place))
    }

    /// True if no word is searched for that is typed.
    pub fn leaves_out(&self) -> bool {
        !self.hidden.is_empty() || !self.excluded.is_empty()
    }
}
