//! Other words of the same meaning: shipped synonyms, what shoppers went on to, and the catalogue's words nearest
//! to one it does not have.
//! Pairs that a merchant refuses are left out.

use std::ops::Range;

use super::analysis::{Analyzer, PieceKind};
use super::shipped::{ShippedSynonyms, shipped};
use super::slots::{SlotBuilder, all_of};
use super::understand::{Alternative, QueryOptions, QueryReader, QuerySlot, QueryWord};
use super::{AlternativeSource, TextField, TextIndex, TextSettings};
use crate::error::Result;
use crate::synonyms::{Expansion, Synonyms};

/// The factor on a shipped synonym's weight where enough titles have the typed words themselves.
const WELL_KNOWN: f32 = 0.2;
/// The factor on the weight of a synonym of several words where they do not follow each other.
const SCATTERED: f32 = 0.6;
/// The shortest head of a compound that is replaced by a synonym, and the shortest part before it, in bytes.
const MIN_PARTS: (usize, usize) = (4, 3);

/// The most synonyms of a typed beginning that are tried for suggestions.
const MAX_SUGGESTED: usize = 20;
/// The most words that a learned rewording replaces.
const MAX_REWORDED: usize = 3;

/// The shipped synonyms of a query's language, unless the settings switch them off.
fn of_language(analyzer: &Analyzer, settings: &TextSettings) -> Option<&'static ShippedSynonyms> {
    shipped(analyzer.language()).filter(|_| settings.synonyms > 0.0)
}

/// The shipped synonyms of a query's phrases, without those that the merchant refuses.
fn expansions(list: &ShippedSynonyms, terms: &[String], options: &QueryOptions<'_>) -> Vec<Expansion> {
    let mut found = list.synonyms().expand(terms);
    if let Some(own) = options.synonyms {
        for one in &mut found {
            one.alternatives.retain(|other| !own.refuses(&terms[one.range.clone()], &other.terms));
        }
    }
    found
}

/// True for words that synonyms may stand for.
fn plain(word: &QueryWord) -> bool {
    !word.excluded && word.code.is_none() && word.token.kind != PieceKind::Unit
}

fn terms_of(words: &[QueryWord]) -> Vec<String> {
    words.iter().map(|word| word.token.term.clone()).collect()
}

impl TextIndex {
    /// The shipped synonyms of the phrases that a folded text begins or is, the shortest phrase first, without those
    /// that the merchant refuses; for suggestions.
    pub fn synonyms_of_beginning(&self, typed: &str, settings: &TextSettings, own: Option<&Synonyms>) -> Vec<String> {
        let mut analyzer = self.analyzer();
        let Some(list) = of_language(&analyzer, settings) else { return Vec::new() };
        let mut found = list.starting(typed, MAX_SUGGESTED);
        found.retain(|(phrase, other)| {
            let mut terms =
                |text: &str| -> Vec<String> { analyzer.whole(text).into_iter().map(|token| token.term).collect() };
            own.is_none_or(|own| !own.refuses(&terms(phrase), &terms(other)))
        });
        found.into_iter().map(|(_, other)| other.to_owned()).collect()
    }
}

impl QueryReader<'_> {
    /// Marks words as known whose shipped synonyms, or what shoppers went on to, the catalogue has: they are not
    /// misspelt.
    pub(super) fn know_synonyms(
        &self,
        analyzer: &mut Analyzer,
        words: &mut [QueryWord],
        options: &QueryOptions<'_>,
        settings: &TextSettings,
    ) -> Result<()> {
        if words.iter().all(|word| word.known) {
            return Ok(());
        }
        for (range, _) in self.rewordings(analyzer, words, options, settings)? {
            words[range].iter_mut().for_each(|word| word.known = true);
        }
        let Some(list) = of_language(analyzer, settings) else { return Ok(()) };
        for Expansion { range, alternatives } in expansions(list, &terms_of(words), options) {
            if !words[range.clone()].iter().all(plain) {
                continue;
            }
            for other in alternatives {
                if self.has_phrase(&other.terms)? {
                    words[range.clone()].iter_mut().for_each(|word| word.known = true);
                    break;
                }
            }
        }
        for word in words.iter_mut().filter(|word| !word.known && plain(word)) {
            word.known = !self.compounds_like(analyzer, list, &word.token.term)?.is_empty();
        }
        Ok(())
    }

    /// The terms that shoppers went on to from words of the query, where the catalogue has them.
    fn rewordings(
        &self,
        analyzer: &mut Analyzer,
        words: &[QueryWord],
        options: &QueryOptions<'_>,
        settings: &TextSettings,
    ) -> Result<Vec<(Range<usize>, Vec<String>)>> {
        let mut found = Vec::new();
        if settings.reformulated <= 0.0 {
            return Ok(found);
        }
        for start in 0..words.len() {
            for end in start + 1..=words.len().min(start + MAX_REWORDED) {
                let range = start..end;
                let typed: Vec<&str> = words[range.clone()].iter().map(|word| &*word.token.word).collect();
                let meant = self.learned.rewording(&typed.join(" "));
                let Some(meant) = meant.filter(|_| words[range.clone()].iter().all(plain)) else { continue };
                let terms: Vec<String> = meant.split(' ').map(|word| analyzer.term(word)).collect();
                let own = terms_of(&words[range.clone()]);
                let refused = options.synonyms.is_some_and(|synonyms| synonyms.refuses(&own, &terms));
                if !refused && self.has_phrase(&terms)? {
                    found.push((range, terms));
                }
            }
        }
        Ok(found)
    }

    /// True if the catalogue has every term of a phrase, a single one also as the head of compounds.
    fn has_phrase(&self, terms: &[String]) -> Result<bool> {
        for term in terms {
            if !self.has_term(term)? && (terms.len() > 1 || self.compounds_of(term)?.is_empty()) {
                return Ok(false);
            }
        }
        Ok(!terms.is_empty())
    }

    /// The compounds of the catalogue that have a synonym in place of the head of this one: `stehlampe` for
    /// `stehleuchte`.
    fn compounds_like(&self, analyzer: &Analyzer, list: &ShippedSynonyms, term: &str) -> Result<Vec<(String, f32)>> {
        let mut found = Vec::new();
        if !analyzer.language().compounds() || !term.is_ascii() {
            return Ok(found);
        }
        for at in MIN_PARTS.1..=term.len().saturating_sub(MIN_PARTS.0) {
            let (before, head) = term.split_at(at);
            for one in list.synonyms().expand(&[head.to_owned()]) {
                for other in one.alternatives.iter().filter(|other| other.terms.len() == 1) {
                    let compound = format!("{before}{}", other.terms[0]);
                    if self.has_term(&compound)? {
                        found.push((compound, other.weight));
                    }
                }
            }
        }
        Ok(found)
    }

    /// The number of titles that have all of some terms; exact for one term, at most that many for several.
    fn titles_with(&self, terms: &[String]) -> Result<u32> {
        let Some(title) = self.fields.get(TextField::Title as usize) else { return Ok(0) };
        terms.iter().try_fold(u32::MAX, |least, term| Ok(least.min(title.term_frequency(term)?)))
    }
}

impl SlotBuilder<'_> {
    /// Adds the words of the same meaning to the slots of the words they stand for.
    pub(super) fn add_meanings(
        &self,
        analyzer: &mut Analyzer,
        words: &[QueryWord],
        options: &QueryOptions<'_>,
        settings: &TextSettings,
        slots: &mut [(QuerySlot, bool)],
    ) -> Result<()> {
        let list = of_language(analyzer, settings);
        let terms = terms_of(words);
        let found = list.map_or_else(Vec::new, |list| expansions(list, &terms, options));
        // Most queries have no synonyms, and need not be looked up for them.
        let has_others = !found.is_empty() || analyzer.language().compounds();
        if let Some(list) = list.filter(|_| has_others)
            && !self.is_served(slots, settings)?
        {
            for Expansion { range, alternatives } in found {
                if !words[range.clone()].iter().all(plain) {
                    continue;
                }
                let titles = self.index.reader().titles_with(&terms[range.clone()])? as usize;
                let factor = settings.synonyms * if titles >= settings.enough { WELL_KNOWN } else { 1.0 };
                let mut others = Vec::new();
                for other in alternatives {
                    self.add_meaning(&other.terms, factor * other.weight, settings, &mut others)?;
                }
                add_to(slots, range, &others);
            }
            for (at, word) in words.iter().enumerate().filter(|(_, word)| plain(word)) {
                let like = self.index.reader().compounds_like(analyzer, list, &word.token.term)?.into_iter();
                let like = like.map(|(term, weight)| Alternative::term(term, settings.synonyms * weight));
                let like: Vec<Alternative> = like.map(|one| one.by(AlternativeSource::ShippedSynonym)).collect();
                add_to(slots, at..at + 1, &like);
            }
        }
        for (range, terms) in self.index.reader().rewordings(analyzer, words, options, settings)? {
            let adjacent = terms.len() > 1;
            let one = Alternative { adjacent, weight: settings.reformulated, ..all_of(&terms) };
            add_to(slots, range, &[one.by(AlternativeSource::Reformulation)]);
        }
        self.add_nearest(analyzer, words, options, settings, slots)
    }

    /// True if enough products have every required word as it was typed: other words would only dilute them.
    fn is_served(&self, slots: &[(QuerySlot, bool)], settings: &TextSettings) -> Result<bool> {
        let typed = slots.iter().filter(|(slot, excluded)| slot.required && !excluded).map(|(slot, _)| {
            let mut typed = slot.clone();
            typed.alternatives.retain(|one| one.source == AlternativeSource::Typed);
            typed
        });
        let all = self.index.matcher().products_of_all(typed, settings, None)?;
        Ok(all.is_some_and(|all| all.count() >= settings.enough))
    }

    /// Adds one synonym, and the compounds that have it as their head.
    fn add_meaning(
        &self,
        terms: &[String],
        weight: f32,
        settings: &TextSettings,
        others: &mut Vec<Alternative>,
    ) -> Result<()> {
        let one = all_of(terms).by(AlternativeSource::ShippedSynonym);
        let adjacent = terms.len() > 1;
        if adjacent {
            // `Case for a phone` is a phone case, though less surely than the phrase.
            others.push(Alternative { weight: weight * SCATTERED, ..one.clone() });
        }
        others.push(Alternative { adjacent, weight, ..one });
        if let ([term], true) = (terms, settings.head > 0.0) {
            let compounds = self.index.compounds_of(term)?.into_iter();
            let compounds = compounds.map(|compound| Alternative::term(compound, weight * settings.head));
            others.extend(compounds.map(|one| one.by(AlternativeSource::ShippedSynonym)));
        }
        Ok(())
    }

    /// Adds the nearest words to words that nothing else found in the catalogue.
    fn add_nearest(
        &self,
        analyzer: &mut Analyzer,
        words: &[QueryWord],
        options: &QueryOptions<'_>,
        settings: &TextSettings,
        slots: &mut [(QuerySlot, bool)],
    ) -> Result<()> {
        let Some(nearest) = options.nearest.filter(|_| settings.nearest > 0.0 && options.correct) else {
            return Ok(());
        };
        for (at, word) in words.iter().enumerate() {
            let mut found = !plain(word) || word.token.kind != PieceKind::Word || !slots[at].0.required;
            for one in &slots[at].0.alternatives {
                found = found || self.index.reader().has_phrase(&one.terms)?;
            }
            if found {
                continue;
            }
            let own = std::slice::from_ref(&word.token.term);
            for (other, weight) in nearest(&word.token.word) {
                let term = analyzer.term(&other);
                if options.synonyms.is_none_or(|synonyms| !synonyms.refuses(own, std::slice::from_ref(&term))) {
                    let other = Alternative::term(term, settings.nearest * weight);
                    slots[at].0.alternatives.push(other.by(AlternativeSource::NearestWord));
                }
            }
        }
        Ok(())
    }
}

/// Adds alternatives to each slot of a range that does not have them yet.
pub(super) fn add_to(slots: &mut [(QuerySlot, bool)], range: Range<usize>, others: &[Alternative]) {
    for (slot, _) in &mut slots[range] {
        for other in others {
            let known = |one: &Alternative| !one.code && one.terms == other.terms && one.adjacent == other.adjacent;
            if !slot.alternatives.iter().any(known) {
                slot.alternatives.push(other.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Language;
    use crate::tests::{product, shop_in};

    #[test]
    fn a_synonym_of_several_words_counts_in_full_where_they_follow_each_other() -> Result<()> {
        let products = ["Washer fluid blue", "Fluid blue washer"].map(|title| product(title, title, ""));
        let shop = shop_in(Language::En, &products)?;
        let settings = TextSettings::default();
        let understood = shop.index.understand("screenwash", QueryOptions::default(), &settings)?;
        let found = shop.index.matches(&understood, &settings, None)?;
        assert_eq!(found.scores.len(), 2);
        assert!(found.scores[0] > 1.5 * found.scores[1], "{:?}", found.scores);
        Ok(())
    }
}
