//! The rank step: the best matches become the window, and every signal is added to their scores: fusion →
//! intent → learned order → boosts → shopper. Matches outside the window are ordered by their words alone.

use super::matching::MatchSet;
use super::ranked::{Descending, Scored, bring_forward};
use super::retrieve::{Matched, Remainder};
use super::{Personal, Search};
use crate::engine::learned::Reranked;
use crate::error::Result;
use crate::id::Ordinal;
use crate::rank::signal::{
    self, FUSION, Group, Inputs, PERSONAL, Scales, ShopperInputs, apply_rules, stated_preferences,
};
use crate::rank::{Boosts, Candidate, by_score};
use crate::text::Understood;

use super::intent::Intent;

impl Search<'_> {
    /// Orders the matches. The match set is refined already.
    pub(super) fn rank(self, mut matches: MatchSet, boosts: &Boosts, personal: Personal<'_>) -> Result<Matched> {
        let settings = &self.snapshot.settings.rank;
        let scales = Scales::new(matches.direction.is_some(), matches.best_text > 0.0, settings);
        let (mut window, rest) = match matches.understood {
            Some(_) => self.window_of_words(&mut matches, scales, boosts),
            None => self.window_of_popular(&matches, boosts),
        };
        self.measure(&mut window, &matches)?;
        // A part number names one product: the answer is the same for every shopper.
        let part_number = matches.understood.as_ref().is_some_and(|understood| understood.part_number);
        let personal = personal.filter(|_| !part_number);
        let gate = personal.map_or(0.0, |(_, taste)| taste.gate(&settings.personal));
        let inputs = self.inputs(&matches, scales.with_gate(gate, settings));
        signal::add(&FUSION, &inputs, &mut window);
        let (intent, learned) = self.intent_and_learned_order(&matches, &inputs, &mut window);
        apply_rules(boosts, &mut window);
        self.personalise(&inputs, &mut window, personal);
        window.sort_unstable_by(by_score);
        let scales = inputs.scales;
        let understood = matches.understood.unwrap_or_default();
        Ok(Matched {
            set: matches.set,
            unrefined: None,
            level: matches.level,
            terms: understood.terms(),
            understood,
            intent,
            window,
            rest,
            best_text: matches.best_text,
            scales,
            boosts: boosts.clone(),
            direction: matches.direction,
            personalized: personal.is_some(),
            learned,
        })
    }

    /// The window of a search with words: the best by words, and every match by vector.
    fn window_of_words(self, matches: &mut MatchSet, scales: Scales, boosts: &Boosts) -> (Vec<Candidate>, Remainder) {
        let count = self.snapshot.settings.rank.window;
        let MatchSet { set, by_words, by_vector, best_text, .. } = matches;
        by_words.retain(|scored| set.contains(scored.ordinal));
        if *best_text > 0.0 && !boosts.is_empty() {
            let words = scales.of(Group::Words);
            let key = |scored: &Scored| boosts.weighed(scored.ordinal, words * scored.text / *best_text);
            by_words.iter_mut().for_each(|scored| scored.key = key(scored));
        }
        bring_forward(by_words, count);
        let rest = by_words.split_off(by_words.len().min(count));
        let by_words =
            by_words.iter().map(|&Scored { ordinal, text, .. }| Candidate { ordinal, text, ..Candidate::default() });
        let by_vector = by_vector.iter().filter(|(ordinal, _)| set.contains(*ordinal));
        let by_vector = by_vector.map(|&(ordinal, _)| Candidate { ordinal, ..Candidate::default() });
        (by_words.chain(by_vector).collect(), Remainder::Scored(rest))
    }

    /// The window of a search without words: the most popular, as boosted.
    fn window_of_popular(self, matches: &MatchSet, boosts: &Boosts) -> (Vec<Candidate>, Remainder) {
        let (snapshot, rank) = (self.snapshot, &self.snapshot.settings.rank);
        let mut matching = self.popular().enumerate().filter(|&(_, ordinal)| matches.set.contains(ordinal));
        let candidate = |ordinal| Candidate { ordinal, ..Candidate::default() };
        if boosts.is_empty() {
            let first: Vec<(usize, Ordinal)> = matching.by_ref().take(rank.window).collect();
            let behind = first.last().map_or(0, |(at, _)| at + 1);
            return (first.into_iter().map(|(_, ordinal)| candidate(ordinal)).collect(), Remainder::Popular(behind));
        }
        let key = |ordinal| boosts.weighed(ordinal, rank.popularity * snapshot.derived.popularity[ordinal.index()]);
        let mut scored: Vec<Scored> =
            matching.map(|(_, ordinal)| Scored { key: key(ordinal), ordinal, text: 0.0 }).collect();
        bring_forward(&mut scored, rank.window);
        let rest = scored.split_off(scored.len().min(rank.window));
        (scored.into_iter().map(|scored| candidate(scored.ordinal)).collect(), Remainder::Scored(rest))
    }

    /// Measures each candidate against the query: its cosine, and the closeness of its title.
    fn measure(self, window: &mut [Candidate], matches: &MatchSet) -> Result<()> {
        let generation = &self.snapshot.generation;
        let Some(understood) = &matches.understood else { return Ok(()) };
        if let Some(direction) = &matches.direction {
            let cosine = |candidate: &Candidate| generation.vectors.similarity(direction, candidate.ordinal);
            window.iter_mut().for_each(|candidate| candidate.cosine = cosine(candidate));
        }
        window.sort_unstable_by_key(|candidate| candidate.ordinal);
        let ordinals: Vec<Ordinal> = window.iter().map(|candidate| candidate.ordinal).collect();
        let measured = generation.text.closeness(understood, &ordinals)?;
        window.iter_mut().zip(measured).for_each(|(candidate, closeness)| candidate.closeness = closeness);
        Ok(())
    }

    /// The inputs of the signals that need no other candidate and no shopper.
    fn inputs(&self, matches: &MatchSet, scales: Scales) -> Inputs<'_> {
        let snapshot = self.snapshot;
        Inputs {
            settings: &snapshot.settings.rank,
            scales,
            best_text: matches.best_text,
            has_vector: matches.direction.is_some(),
            popularity: &snapshot.derived.popularity,
            vectors: &snapshot.generation.vectors,
            mean: &snapshot.derived.mean,
            intent: None,
            shopper: None,
        }
    }

    /// The signals that compare candidates with each other. A search without words has neither, and a part number
    /// no learned order.
    fn intent_and_learned_order(
        self,
        matches: &MatchSet,
        inputs: &Inputs<'_>,
        window: &mut [Candidate],
    ) -> (Intent, Option<Reranked>) {
        let Some(Understood { wanted, part_number, .. }) = &matches.understood else {
            return (Intent::default(), None);
        };
        let known = if inputs.settings.personal.weight > 0.0 { inputs.scales.gate() } else { 0.0 };
        let intent = self.add_intent(inputs, known, window);
        let learned = match part_number {
            true => None,
            false => self.rerank(wanted, matches.direction.as_deref(), window),
        };
        (intent, learned)
    }

    /// Adds the signals of the shopper.
    fn personalise(self, inputs: &Inputs<'_>, window: &mut [Candidate], personal: Personal<'_>) {
        let Some((shopper, taste)) = personal else { return };
        let snapshot = self.snapshot;
        let columns = &snapshot.generation.columns;
        let shopper = ShopperInputs {
            taste,
            brands: columns.keyword("brand").map(|brands| brands.view()),
            brand_shares: &snapshot.derived.brand_shares,
            stated: stated_preferences(&shopper.profile, columns).collect(),
        };
        signal::add(&PERSONAL, &Inputs { shopper: Some(&shopper), ..*inputs }, window);
    }

    /// Every product, the popular first.
    fn popular(&self) -> impl Iterator<Item = Ordinal> + '_ {
        let generation = &self.snapshot.generation;
        let popular = generation.behaviour.popularity.best_first();
        let newer = (popular.len()..generation.products.len()).map(Ordinal::from_index);
        popular.iter().copied().chain(newer)
    }

    /// The matches outside the window, best first: scored by their words alone.
    pub(super) fn rest<'a>(&'a self, matched: &'a Matched) -> Box<dyn Iterator<Item = Candidate> + 'a> {
        match &matched.rest {
            Remainder::Scored(scored) => {
                Box::new(Descending::new(scored.clone()).map(|scored| matched.outside(scored)))
            }
            Remainder::Popular(behind) => {
                let others = self.popular().skip(*behind).filter(|&ordinal| matched.set.contains(ordinal));
                Box::new(others.map(|ordinal| Candidate { ordinal, ..Candidate::default() }))
            }
        }
    }
}
