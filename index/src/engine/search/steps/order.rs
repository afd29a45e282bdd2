//! The order of the matches: the learned order, sold-out products, and the shopper's taste.

use super::{SearchSummary, count, step};
use crate::hit::{SearchStep, StepFacts, TasteBasis};
use crate::rank::signal::slot;
use crate::text::MatchLevel;

const SOLD_OUT: usize = slot("sold_out");

impl SearchSummary<'_> {
    pub(super) fn order(&self) -> Option<SearchStep> {
        let (snapshot, matched) = (self.search.snapshot, self.matched);
        let learned = matched.learned.is_some();
        let sort = self
            .sorted
            .then(|| {
                let asked = matched.meant.asked_order(self.query);
                asked.or(self.curated.applied.sort.as_deref()).map(str::to_owned)
            })
            .flatten();
        let said = match (&sort, learned) {
            (Some(sort), _) => format!(
                "Sorted by {sort}{}.",
                if matched.level == MatchLevel::Everything {
                    ""
                } else {
                    ", the matches that are surely asked for only"
                }
            ),
            (None, true) => "The learned order arranged the best matches.".to_owned(),
            (None, false) if !snapshot.settings.rank.learned => "The learned order is switched off.".to_owned(),
            (None, false) if snapshot.generation.learned.is_none() => "No learned order is trained yet.".to_owned(),
            (None, false) => "The learned order does not apply to this query.".to_owned(),
        };
        step(said, StepFacts::Order { sort, learned: learned && !self.sorted })
    }

    pub(super) fn sold_out(&self) -> Option<SearchStep> {
        let weight = self.search.snapshot.settings.rank.sold_out;
        let lowered = self.matched.window.iter().filter(|candidate| candidate.values[SOLD_OUT] < 0.0).count();
        if self.sorted || lowered == 0 {
            return None;
        }
        let said = match weight > 0.0 {
            true => format!("Sold out, so behind what can be had: {}.", count(lowered, "product")),
            false => "Sold-out products stay in their place.".to_owned(),
        };
        step(said, StepFacts::SoldOut { weight, lowered })
    }

    pub(super) fn taste(&self) -> Option<SearchStep> {
        let matched = self.matched;
        let settings = &self.search.snapshot.settings.rank.personal;
        let gate = matched.scales.gate();
        let basis = match matched.personalized {
            _ if !self.query.personalize => TasteBasis::SwitchedOff,
            _ if self.sorted => TasteBasis::Sorted,
            true if matched.specificity.is_some() => TasteBasis::Bounded,
            true => TasteBasis::Unbounded,
            false if !self.shopper => TasteBasis::NoShopper,
            false if matched.understood.part_number => TasteBasis::PartNumber,
            false => TasteBasis::NoHistory,
        };
        let specificity = matched.specificity.filter(|_| basis == TasteBasis::Bounded);
        let most = specificity.map(|specificity| settings.most * (1.0 - specificity));
        let said = match basis {
            TasteBasis::Bounded => format!(
                "The shopper's taste adds at most {:.2} to a score: the history counts {gate:.2} of 1, \
                 and the query is specific by {:.2} of 1.",
                most.unwrap_or(0.0),
                specificity.unwrap_or(0.0)
            ),
            TasteBasis::Unbounded => {
                format!("The query leaves the choice open, so the shopper's history counts {gate:.2} of 1.")
            }
            TasteBasis::NoShopper => "No shopper is known, so the order is the same for everybody.".to_owned(),
            TasteBasis::SwitchedOff => "The shopper's taste is switched off.".to_owned(),
            TasteBasis::NoHistory => "The shopper has no history to go by yet.".to_owned(),
            TasteBasis::PartNumber => "A part number is the same for every shopper.".to_owned(),
            TasteBasis::Sorted => "The hits are sorted, so taste takes no part.".to_owned(),
        };
        step(said, StepFacts::Taste { basis, most, specificity, gate })
    }
}
