//! The rank step: the best matches become the window, and every signal is added to their scores: fusion →
//! intent → learned order → boosts → shopper. Matches outside the window are ordered by their words alone.

use super::matching::MatchSet;
use super::named::CategoryReader;
use super::ranked::{Descending, Scored, bring_forward};
use super::retrieve::{Matched, Remainder};
use super::specificity::specificity;
use super::{Personal, Search};
use crate::bitmap::Bitmap;
use crate::engine::learned::Reranked;
use crate::error::Result;
use crate::id::Ordinal;
use crate::rank::signal::{
    self, AVAILABILITY, FUSION, Group, Inputs, MEANT, PERSONAL, Scales, ShopperInputs, apply_bound, apply_rules,
    stated_preferences,
};
use crate::rank::{Boosts, Candidate, by_score};
use crate::text::{Closeness, Understood};
use rustc_hash::FxHashMap;

use super::intent::Intent;

impl Search<'_> {
    /// Orders the matches. The match set is refined already.
    pub(super) fn rank(self, mut matches: MatchSet, boosts: &Boosts, personal: Personal<'_>) -> Result<Matched> {
        let settings = &self.snapshot.settings.rank;
        let scales = Scales::new(matches.direction.is_some(), matches.best_text > 0.0, settings);
        // A part number names one product: the answer is the same for every shopper.
        let part_number = matches.understood.as_ref().is_some_and(|understood| understood.part_number);
        let personal = personal.filter(|_| !part_number);
        let follows = match (&matches.named, personal) {
            (Some(named), Some((shopper, _))) => self.follows(shopper, &named.products),
            _ => FxHashMap::default(),
        };
        let (mut window, rest) = match matches.understood {
            Some(_) if matches.named.is_some() => {
                CategoryReader { snapshot: self.snapshot }.window_of_named(&mut matches, scales, boosts, &follows)
            }
            Some(_) => self.window_of_words(&mut matches, scales, boosts),
            None => self.window_of_popular(&matches, boosts),
        };
        self.measure(&mut window, &matches)?;
        let gate = personal.map_or(0.0, |(_, taste)| taste.gate(&settings.personal));
        let in_stock = self.snapshot.in_stock();
        let scales = scales.with_gate(gate, settings);
        let scales = if matches.named.is_some() { scales.within_category(settings) } else { scales };
        let inputs = self.inputs(&matches, scales, in_stock.as_deref());
        signal::add(&FUSION, &inputs, &mut window);
        let (intent, learned) = self.intent_and_learned_order(&matches, &inputs, &mut window);
        let best_text = matches.best_text;
        let share = |text: f32| if best_text > 0.0 { text / best_text } else { 0.0 };
        let raise = |candidate: &Candidate| matches.meant.raise(candidate.ordinal, share(candidate.text));
        if !matches.meant.raises_none() {
            signal::add(&MEANT, &Inputs { meant: Some(&raise), ..inputs }, &mut window);
        }
        apply_rules(boosts, &mut window);
        signal::add(&AVAILABILITY, &inputs, &mut window);
        self.personalise(&inputs, &mut window, personal, &follows, matches.understood.as_ref());
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
            meant: matches.meant,
            meant_weight: settings.meant,
            direction: matches.direction,
            personalized: personal.is_some(),
            named: matches.named.is_some(),
            learned,
        })
    }

    /// The window of a search with words: the best by words, and every match by vector.
    fn window_of_words(self, matches: &mut MatchSet, scales: Scales, boosts: &Boosts) -> (Vec<Candidate>, Remainder) {
        let count = self.snapshot.settings.rank.window;
        let MatchSet { set, by_words, by_vector, best_text, meant, .. } = matches;
        by_words.retain(|scored| set.contains(scored.ordinal));
        if *best_text > 0.0 && !(boosts.is_empty() && meant.raises_none()) {
            let (words, weight) = (scales.of(Group::Words), self.snapshot.settings.rank.meant);
            let raised = |scored: &Scored| {
                let share = scored.text / *best_text;
                words * scored.text / *best_text + weight * meant.raise(scored.ordinal, share)
            };
            let key = |scored: &Scored| boosts.weighed(scored.ordinal, raised(scored));
            by_words.iter_mut().for_each(|scored| scored.key = key(scored));
        }
        bring_forward(by_words, count);
        let rest = by_words.split_off(by_words.len().min(count));
        let by_words = by_words.iter().map(|&Scored { ordinal, text, held, .. }| Candidate {
            ordinal,
            text,
            held,
            ..Candidate::default()
        });
        let by_vector = by_vector.iter().filter(|(ordinal, _)| set.contains(*ordinal));
        let by_vector = by_vector.map(|&(ordinal, _)| Candidate { ordinal, ..Candidate::default() });
        (by_words.chain(by_vector).collect(), Remainder::Scored(rest))
    }

    /// The window of a search without words: the most popular, as boosted.
    fn window_of_popular(self, matches: &MatchSet, boosts: &Boosts) -> (Vec<Candidate>, Remainder) {
        let (snapshot, rank) = (self.snapshot, &self.snapshot.settings.rank);
        let mut matching = self.popular().enumerate().filter(|&(_, ordinal)| matches.set.contains(ordinal));
        let candidate = |ordinal| Candidate { ordinal, ..Candidate::default() };
        if boosts.is_empty() && matches.meant.raises_none() {
            let first: Vec<(usize, Ordinal)> = matching.by_ref().take(rank.window).collect();
            let behind = first.last().map_or(0, |(at, _)| at + 1);
            return (first.into_iter().map(|(_, ordinal)| candidate(ordinal)).collect(), Remainder::Popular(behind));
        }
        let popular = |ordinal: Ordinal| rank.popularity * snapshot.derived.popularity[ordinal.index()];
        let key = |ordinal| boosts.weighed(ordinal, popular(ordinal) + rank.meant * matches.meant.raise(ordinal, 0.0));
        let mut scored: Vec<Scored> =
            matching.map(|(_, ordinal)| Scored { key: key(ordinal), ordinal, text: 0.0, held: 1.0 }).collect();
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
        for (candidate, closeness) in window.iter_mut().zip(measured) {
            let exact = matches.exact.binary_search(&candidate.ordinal).is_ok();
            candidate.closeness = Closeness { exact, ..closeness };
            candidate.kind = matches.kinds.as_ref().map_or(0.0, |kinds| kinds.of(candidate.ordinal));
        }
        Ok(())
    }

    /// The inputs of the signals that need no other candidate and no shopper.
    fn inputs<'m>(&'m self, matches: &'m MatchSet, scales: Scales, in_stock: Option<&'m Bitmap>) -> Inputs<'m> {
        let snapshot = self.snapshot;
        Inputs {
            in_stock,
            settings: &snapshot.settings.rank,
            scales,
            best_text: matches.best_text,
            has_vector: matches.direction.is_some(),
            popularity: &snapshot.derived.popularity,
            vectors: &snapshot.generation.vectors,
            mean: &snapshot.derived.mean,
            named: matches.named.as_ref().map(|named| &named.products),
            intent: None,
            meant: None,
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
        let intent = self.add_intent(inputs, window);
        let learned = match part_number {
            true => None,
            false => self.rerank(wanted, matches.direction.as_deref(), window),
        };
        (intent, learned)
    }

    /// Adds the signals of the shopper, bounded by the query unless that only names a category.
    fn personalise(
        self,
        inputs: &Inputs<'_>,
        window: &mut [Candidate],
        personal: Personal<'_>,
        follows: &FxHashMap<Ordinal, f32>,
        understood: Option<&Understood>,
    ) {
        let Some((shopper, taste)) = personal else { return };
        let snapshot = self.snapshot;
        let columns = &snapshot.generation.columns;
        let shopper = ShopperInputs {
            taste,
            brands: columns.keyword("brand").map(|brands| brands.view()),
            brand_shares: &snapshot.derived.brand_shares,
            stated: stated_preferences(&shopper.profile, columns).collect(),
            follows,
        };
        let neutral: Vec<f32> = window.iter().map(|candidate| candidate.score).collect();
        signal::add(&PERSONAL, &Inputs { shopper: Some(&shopper), ..*inputs }, window);
        if let Some(understood) = understood.filter(|_| inputs.named.is_none()) {
            let fading = 1.0 - specificity(understood, window);
            apply_bound(&neutral, inputs.settings.personal.most, fading, window);
        }
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
