//! The rank step: the best matches become the window, and every signal is added to their scores: fusion →
//! intent → learned order → boosts → shopper. Matches outside the window are ordered by their words alone.

use super::follows::follows;
use super::kinds::KindCategories;
use super::matching::MatchSet;
use super::named::CategoryReader;
use super::ranked::{Descending, Scored, bring_forward};
use super::retrieve::{Matched, Remainder};
use super::specificity::specificity;
use super::{Personal, Search};
use crate::bitmap::Bitmap;
use crate::engine::learned::Reranked;
use crate::engine::{Snapshot, SoldOut};
use crate::error::Result;
use crate::id::Ordinal;
use crate::rank::signal::{
    self, AVAILABILITY, FUSION, Group, Inputs, MEANT, PERSONAL, Scales, ShopperInputs, apply_bound, apply_rules,
    stated_preferences,
};
use crate::rank::{Boosts, Bury, Candidate, RankSettings, by_score};
use crate::text::{Closeness, KindSets, Understood};
use rustc_hash::FxHashMap;

use super::intent::Intent;

/// Adds the signal of the parts that the query was understood to have.
fn add_meant(matches: &MatchSet, inputs: &Inputs<'_>, window: &mut [Candidate]) {
    let best_text = matches.best_text;
    let share = |text: f32| if best_text > 0.0 { text / best_text } else { 0.0 };
    let raise = |candidate: &Candidate| matches.meant.raise(candidate.ordinal, share(candidate.text));
    if !matches.meant.raises_none() {
        signal::add(&MEANT, &Inputs { meant: Some(&raise), ..*inputs }, window);
    }
}

impl Search<'_> {
    /// Orders the matches. The match set is refined already.
    pub(super) fn rank(self, mut matches: MatchSet, boosts: &Boosts, personal: Personal<'_>) -> Result<Matched> {
        let settings = &self.snapshot.settings.rank;
        // A part number names one product: the answer is the same for every shopper.
        let part_number = matches.understood.as_ref().is_some_and(|understood| understood.part_number);
        let personal = personal.filter(|_| !part_number);
        let scales = scales_of(&matches, personal, settings);
        let follows = match (&matches.named, personal) {
            (Some(named), Some((shopper, _))) => follows(self.snapshot, shopper, &named.products),
            _ => FxHashMap::default(),
        };
        let bury = bury_of(self.snapshot, &matches);
        let categories = CategoryReader { snapshot: self.snapshot };
        let (mut window, rest) = match matches.understood {
            Some(_) if matches.named.is_some() => {
                categories.window_of_named(&mut matches, scales, boosts, &follows, bury.as_ref())
            }
            Some(_) => self.window_of_words(&mut matches, scales, boosts, bury.as_ref()),
            None => self.window_of_popular(&matches, boosts, bury.as_ref()),
        };
        self.measure(&mut window, &matches)?;
        let joined = matches.by_vector.iter().filter(|(ordinal, _)| matches.set.contains(*ordinal)).count();
        let scales = scales.with_gate(personal.map_or(0.0, |(_, taste)| taste.gate(&settings.personal)), settings);
        let scales = if matches.named.is_some() { scales.within_category(settings) } else { scales };
        let inputs = self.inputs(&matches, scales, bury.as_ref());
        signal::add(&FUSION, &inputs, &mut window);
        let (intent, learned) = self.intent_and_learned_order(&matches, &inputs, &mut window);
        add_meant(&matches, &inputs, &mut window);
        apply_rules(boosts, &mut window);
        signal::add(&AVAILABILITY, &inputs, &mut window);
        let specificity = self.personalise(&inputs, &mut window, personal, &follows, matches.understood.as_ref());
        window.sort_unstable_by(by_score);
        let understood = matches.understood.unwrap_or_default();
        Ok(Matched {
            set: matches.set,
            unrefined: None,
            level: matches.level,
            below: matches.below,
            mentioning: matches.mentioning,
            terms: understood.terms(),
            understood,
            intent,
            window,
            rest,
            best_text: matches.best_text,
            scales,
            boosts: boosts.clone(),
            sold_out: bury.map(|bury| (bury, scales.of(Group::Availability) * settings.sold_out)),
            meant: matches.meant,
            meant_weight: settings.meant,
            direction: matches.direction,
            personalized: personal.is_some(),
            named: matches.named,
            kinds: matches.kinds,
            exact: !matches.exact.is_empty(),
            joined,
            floor: matches.floor,
            specificity,
            learned,
        })
    }

    /// The window of a search with words: the best by words, and every match by vector.
    fn window_of_words(
        self,
        matches: &mut MatchSet,
        scales: Scales,
        boosts: &Boosts,
        bury: Option<&Bury>,
    ) -> (Vec<Candidate>, Remainder) {
        let count = self.snapshot.settings.rank.window;
        let MatchSet { set, by_words, by_vector, best_text, meant, .. } = matches;
        by_words.retain(|scored| set.contains(scored.ordinal));
        let lowered = |scored: &Scored| bury.is_some_and(|bury| bury.lowers(scored.ordinal, scored.held));
        let lowers_some = by_words.iter().any(lowered);
        if *best_text > 0.0 && (lowers_some || !(boosts.is_empty() && meant.raises_none())) {
            let rank = &self.snapshot.settings.rank;
            let (words, weight) = (scales.of(Group::Words), rank.meant);
            let raised = |scored: &Scored| {
                let share = scored.text / *best_text;
                words * scored.text / *best_text + weight * meant.raise(scored.ordinal, share)
            };
            let loss = |scored: &Scored| if lowered(scored) { rank.sold_out } else { 0.0 };
            let key = |scored: &Scored| boosts.weighed(scored.ordinal, raised(scored)) - loss(scored);
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

    /// The window of a search without words: the most popular, as boosted, those that can be had first.
    fn window_of_popular(
        self,
        matches: &MatchSet,
        boosts: &Boosts,
        bury: Option<&Bury>,
    ) -> (Vec<Candidate>, Remainder) {
        let (snapshot, rank) = (self.snapshot, &self.snapshot.settings.rank);
        let candidate = |(place, ordinal)| Candidate { ordinal, place, ..Candidate::default() };
        if boosts.is_empty() && matches.meant.raises_none() {
            let first = self.popular_of(&matches.set, bury).take(rank.window);
            return (first.map(candidate).collect(), Remainder::Popular(rank.window));
        }
        let matching = self.popular_of(&matches.set, bury);
        let popular = |ordinal: Ordinal| rank.popularity * snapshot.derived.popularity[ordinal.index()];
        let lowered = |ordinal| bury.is_some_and(|bury| bury.lowers(ordinal, 0.0));
        let loss = |ordinal| if lowered(ordinal) { rank.sold_out } else { 0.0 };
        let raised = |ordinal| popular(ordinal) + rank.meant * matches.meant.raise(ordinal, 0.0);
        let key = |ordinal| boosts.weighed(ordinal, raised(ordinal)) - loss(ordinal);
        let mut scored: Vec<Scored> = matching
            .map(|(place, ordinal)| Scored { key: key(ordinal), ordinal, text: 0.0, held: 0.0, place })
            .collect();
        bring_forward(&mut scored, rank.window);
        let rest = scored.split_off(scored.len().min(rank.window));
        (scored.into_iter().map(|scored| candidate((scored.place, scored.ordinal))).collect(), Remainder::Scored(rest))
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
        let categories = matches.kinds.as_ref().map(|kinds| KindCategories::of(self.snapshot, kinds));
        for (candidate, closeness) in window.iter_mut().zip(measured) {
            let exact = matches.exact.binary_search(&candidate.ordinal).is_ok();
            candidate.closeness = Closeness { exact, ..closeness };
            candidate.kind = matches.kinds.as_ref().map_or(0.0, |kinds| kinds.of(candidate.ordinal));
            candidate.other_kind = categories.as_ref().is_some_and(|categories| categories.is_other(candidate.ordinal));
            candidate.purpose = matches.served.as_ref().map_or(0.0, |served| match candidate.kind {
                kind if kind > 0.0 => kind,
                _ => -f32::from(u8::from(served.contains(candidate.ordinal))),
            });
        }
        Ok(())
    }

    /// The inputs of the signals that need no other candidate and no shopper.
    fn inputs<'m>(&'m self, matches: &'m MatchSet, scales: Scales, bury: Option<&'m Bury>) -> Inputs<'m> {
        let snapshot = self.snapshot;
        Inputs {
            bury,
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

    /// Adds the signals of the shopper, bounded by the query unless that only names a category. Returns the specificity
    /// that bounds them.
    fn personalise(
        self,
        inputs: &Inputs<'_>,
        window: &mut [Candidate],
        personal: Personal<'_>,
        follows: &FxHashMap<Ordinal, f32>,
        understood: Option<&Understood>,
    ) -> Option<f32> {
        let (shopper, taste) = personal?;
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
        let understood = understood.filter(|_| inputs.named.is_none())?;
        let specificity = specificity(understood, window);
        apply_bound(&neutral, inputs.settings.personal.most, 1.0 - specificity, window);
        Some(specificity)
    }

    /// The products of a set with their places, the popular first, ties in the shop's own order; those that come last
    /// since they are sold out after all others.
    fn popular_of<'a>(&'a self, set: &'a Bitmap, bury: Option<&'a Bury>) -> impl Iterator<Item = (u32, Ordinal)> + 'a {
        let lowered = move |ordinal| bury.is_some_and(|bury| bury.lowers(ordinal, 0.0));
        let in_set = move || (0..).zip(popular(self.snapshot)).filter(|&(_, ordinal)| set.contains(ordinal));
        let first = in_set().filter(move |&(_, ordinal)| !lowered(ordinal));
        let last = bury.map(|_| in_set().filter(move |&(_, ordinal)| lowered(ordinal)));
        first.chain(last.into_iter().flatten())
    }

    /// The matches outside the window, best first: scored by their words alone.
    pub(super) fn rest<'a>(&'a self, matched: &'a Matched) -> Box<dyn Iterator<Item = Candidate> + 'a> {
        match &matched.rest {
            Remainder::Scored(scored) => {
                Box::new(Descending::new(scored.clone()).map(|scored| matched.outside(scored)))
            }
            Remainder::Popular(behind) => {
                let bury = matched.sold_out.as_ref().map(|(bury, _)| bury);
                let others = self.popular_of(&matched.set, bury).skip(*behind);
                Box::new(others.map(|(place, ordinal)| matched.unscored(place, ordinal)))
            }
        }
    }
}

/// The scales of the groups of signals for one search.
fn scales_of(matches: &MatchSet, personal: Personal<'_>, settings: &RankSettings) -> Scales {
    let gate = personal.map_or(0.0, |(_, taste)| taste.gate(&settings.personal));
    let scales = Scales::new(matches.direction.is_some(), matches.best_text > 0.0, settings).with_gate(gate, settings);
    if matches.named.is_some() { scales.within_category(settings) } else { scales }
}

/// The rule by which sold-out matches come last; `None` where they keep their place.
fn bury_of(snapshot: &Snapshot, matches: &MatchSet) -> Option<Bury> {
    let settings = &snapshot.settings;
    let heeded = settings.sold_out != SoldOut::Mark && settings.rank.sold_out > 0.0;
    let in_stock = snapshot.in_stock().filter(|_| heeded)?;
    let held = matches.by_words.iter().filter(|scored| matches.set.contains(scored.ordinal));
    let named = matches.named.iter().flat_map(|named| named.products.iter());
    let named = named.filter(|&ordinal| matches.set.contains(ordinal)).map(|ordinal| (ordinal, 1.0));
    let held = held.map(|scored| (scored.ordinal, scored.held)).chain(named);
    let kind = matches.kinds.as_ref().map(KindSets::all);
    Some(Bury::new(in_stock, held, matches.exact.clone(), kind))
}

/// Every product, the popular first.
fn popular(snapshot: &Snapshot) -> impl Iterator<Item = Ordinal> + '_ {
    let generation = &snapshot.generation;
    let popular = generation.behaviour.popularity.best_first();
    let newer = (popular.len()..generation.products.len()).map(Ordinal::from_index);
    popular.iter().copied().chain(newer)
}
