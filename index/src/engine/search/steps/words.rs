//! The match step: by words and by meaning.

use super::super::retrieve::Remainder;
use super::{SearchSummary, count, sentences, step};
use crate::hit::{FloorBound, MeaningBasis, NoMeaning, SearchStep, StepFacts};
use crate::text::MatchLevel;

impl SearchSummary<'_> {
    pub(super) fn words(&self) -> Option<SearchStep> {
        let (matched, understood) = (self.matched, &self.matched.understood);
        let texts = |slots: &[crate::text::QuerySlot]| slots.iter().map(|slot| slot.text.clone()).collect::<Vec<_>>();
        let (words, excluded) = (texts(&understood.slots), texts(&understood.excluded));
        let (all_words, some_words) = self.by_words();
        let found = match matched.level {
            MatchLevel::Everything => "The query has no words: every product that is allowed matches.".to_owned(),
            MatchLevel::AllWords => format!("{} with all words.", count(all_words, "product")),
            MatchLevel::SomeWords => format!(
                "{} with all words, fewer than {}, so {} with most of the words by weight joined.",
                count(all_words, "product"),
                self.search.snapshot.settings.text.enough,
                count(some_words, "product"),
            ),
            MatchLevel::Meaning => "No product has enough of the words.".to_owned(),
        };
        let left_out =
            (!excluded.is_empty()).then(|| format!("Products with `{}` are left out.", excluded.join("`, `")));
        let refined = matched.unrefined.as_ref().map(|unrefined| {
            format!("The refinements keep {} of {}.", matched.set.count(), count(unrefined.count(), "match"))
                .replace("matchs", "matches")
        });
        let said = sentences([Some(found), left_out, refined].into_iter().flatten());
        step(said, StepFacts::Words { matched: matched.level, words, excluded, all_words, some_words })
    }

    /// The numbers of matches with all words and with some of them.
    fn by_words(&self) -> (usize, usize) {
        let window = self.matched.window.iter().map(|candidate| candidate.held);
        let rest = match &self.matched.rest {
            Remainder::Scored(scored) => &scored[..],
            Remainder::Popular(_) => &[],
        };
        let held = window.chain(rest.iter().map(|scored| scored.held)).filter(|&held| held > 0.0);
        if self.matched.level == MatchLevel::Everything {
            return (0, 0);
        }
        held.fold((0, 0), |(all, some), held| if held >= 1.0 { (all + 1, some) } else { (all, some + 1) })
    }

    pub(super) fn meaning(&self) -> Option<SearchStep> {
        let matched = self.matched;
        if matched.level == MatchLevel::Everything {
            return None;
        }
        let joined = matched.joined;
        let (floor, by) = match matched.floor {
            Some(floor) => (Some(floor.hit), MeaningBasis::Bound(floor.by)),
            None if matched.understood.part_number => (None, MeaningBasis::None(NoMeaning::PartNumber)),
            None if matched.exact => (None, MeaningBasis::None(NoMeaning::ExactTitle)),
            None if matched.direction.is_some() => (None, MeaningBasis::None(NoMeaning::Unreadable)),
            None => (None, MeaningBasis::None(NoMeaning::NoVector)),
        };
        let said = match by {
            MeaningBasis::Bound(bound) => format!(
                "{} joined by meaning alone, with a cosine of at least {:.2}: {}.",
                count(joined, "product"),
                floor.unwrap_or_default(),
                bound_words(bound)
            ),
            MeaningBasis::None(reason) => format!("No product was looked for by meaning: {}.", reason_words(reason)),
        };
        step(said, StepFacts::Meaning { joined, floor, by })
    }
}

fn bound_words(bound: FloorBound) -> &'static str {
    match bound {
        FloorBound::Chance => "as near as hardly any random words come to this shop",
        FloorBound::Best => "a share of the nearest product's cosine",
        FloorBound::WordsFoundEnough => "the words found enough, so only what is very near joins",
        FloorBound::Setting => "the least by the settings where words find little",
    }
}

fn reason_words(reason: NoMeaning) -> &'static str {
    match reason {
        NoMeaning::ExactTitle => "the query is the title of a product",
        NoMeaning::PartNumber => "the query has a part number",
        NoMeaning::Unreadable => "most of it is words that the embedder does not know, numbers or codes",
        NoMeaning::NoVector => "the query has no vector",
    }
}
