//! Steps before matching: rules, spelling, and what the query was understood to mean.

use super::{SearchSummary, count, sentences, step};
use crate::hit::{OtherWord, SearchStep, StepFacts};
use crate::text::{AlternativeSource, CorrectionSource, WordCorrection};

impl SearchSummary<'_> {
    pub(super) fn rules(&self) -> Option<SearchStep> {
        let applied = &self.curated.applied;
        if applied.rules.is_empty() {
            return None;
        }
        let (hidden, pinned, boosts) = (applied.hidden.len(), applied.pins.len(), applied.weighings.len());
        let mut said =
            vec![format!("{} of the shop: {}.", count(applied.rules.len(), "rule"), applied.rules.join(", "))];
        said.extend(applied.rewritten.then(|| format!("The query becomes `{}`.", applied.query)));
        said.extend(applied.filters.iter().map(|filter| format!("Only products with {filter}.")));
        said.extend((hidden > 0).then(|| format!("{} hidden.", count(hidden, "product"))));
        said.extend((pinned > 0).then(|| format!("{} pinned.", count(pinned, "product"))));
        said.extend((boosts > 0).then(|| format!("{} applied.", count(boosts, "boost"))));
        said.extend(applied.redirect.as_ref().map(|address| format!("The shopper is sent to {address}.")));
        let facts = StepFacts::Rules {
            applied: applied.rules.clone(),
            rewritten: applied.rewritten.then(|| applied.query.clone()),
            filters: applied.filters.clone(),
            hidden,
            pinned,
            boosts,
        };
        step(sentences(said), facts)
    }

    pub(super) fn spelling(&self) -> Option<SearchStep> {
        let understood = &self.matched.understood;
        if understood.slots.is_empty() && understood.excluded.is_empty() {
            return None;
        }
        let said = match understood.corrections.is_empty() {
            true if self.query.correct => "No word was corrected.".to_owned(),
            true => "Correction is switched off.".to_owned(),
            false => sentences(understood.corrections.iter().map(corrected)),
        };
        let (searched, corrections) = (understood.wanted.clone(), understood.corrections.clone());
        step(said, StepFacts::Spelling { searched, corrections })
    }

    pub(super) fn understood(&self) -> Option<SearchStep> {
        let parts = self.matched.meant.shown();
        let said = sentences(parts.iter().map(|part| format!("{}.", part.sentence())));
        if parts.is_empty() { None } else { step(said, StepFacts::Understood { parts }) }
    }

    pub(super) fn other_words(&self) -> Option<SearchStep> {
        let slots = self.matched.understood.slots.iter();
        let others = slots.flat_map(|slot| {
            let others = slot.alternatives.iter().filter(|one| one.source != AlternativeSource::Typed);
            others.map(|one| OtherWord {
                word: slot.text.clone(),
                by: one.terms.join(" "),
                source: one.source,
                weight: one.weight,
            })
        });
        let words: Vec<OtherWord> = others.collect();
        let other = |OtherWord { word, by, source, weight }: &OtherWord| {
            format!("`{by}` counts for `{word}` with a weight of {weight:.2}: {}.", source.words())
        };
        let said = sentences(words.iter().map(other));
        if words.is_empty() { None } else { step(said, StepFacts::OtherWords { words }) }
    }

    pub(super) fn kind(&self) -> Option<SearchStep> {
        let (understood, kinds) = (&self.matched.understood, self.matched.kinds.as_ref()?);
        let word = understood.head.and_then(|head| understood.slots.get(head))?.text.clone();
        let (by_title, by_category) = (kinds.by_title.count(), kinds.by_category.count());
        let said = format!(
            "`{word}` names the kind of product: {} by title, {by_category} by category only.",
            count(by_title, "product")
        );
        step(said, StepFacts::Kind { word, by_title, by_category })
    }

    pub(super) fn category(&self) -> Option<SearchStep> {
        let named = self.matched.named.as_ref()?;
        let paths = named.paths.clone();
        let effect = if named.alone { "only its products match" } else { "its products come first" };
        let said = format!("The query names the category {}: {effect}.", paths.join(" and "));
        step(said, StepFacts::Category { paths, alone: named.alone })
    }
}

/// A sentence about one correction.
fn corrected(WordCorrection { typed, meant, source }: &WordCorrection) -> String {
    let why = match source {
        CorrectionSource::Slip => "no product has it, and the other is a slip away",
        CorrectionSource::Together => "the catalogue writes it as one word",
        CorrectionSource::Apart => "the catalogue writes it as two words",
        CorrectionSource::Learned => "shoppers who typed it corrected it so",
        CorrectionSource::Synonym => "it is a slip away from a synonym of the shop",
    };
    format!("`{typed}` was corrected to `{meant}`: {why}.")
}
