//! What matches a search, and the best of it in order: words ∥ vectors → one
//! match set → fuse → intent → learned order → boosts → personalise.

use super::curate::Curated;
use super::intent::Intent;
use super::{Circumstances, Engine, Personal};
use crate::bitmap::Bitmap;
use crate::column::{Groups, Refinements};
use crate::curation::Curation;
use crate::engine::learned::Reranked;
use crate::error::Result;
use crate::id::Ordinal;
use crate::query::SearchQuery;
use crate::rank::{Boosts, Candidate, by_score, fuse, fusion_weights, personalise};
use crate::text::{Reading, Rung, TextMatches, Understood};
use crate::vector::rows::normalise;

/// How many of the best hits by words stand for a query that cannot be embedded.
const FEEDBACK_HITS: usize = 5;

/// Everything that matches, and the best of it in order.
pub(in crate::engine) struct Matched {
    /// What matches: hits, total and pages.
    pub(super) set: Bitmap,
    /// What matched before refining, where there are refinements.
    pub(super) unrefined: Option<Bitmap>,
    pub(super) rung: Rung,
    pub(in crate::engine) understood: Understood,
    pub(super) intent: Intent,
    pub(super) terms: Vec<String>,
    /// The reranked window, best first.
    pub(in crate::engine) window: Vec<Candidate>,
    /// All other matches by their words' score as boosted, best first.
    rest: Vec<(Ordinal, f32)>,
    pub(super) best_text: f32,
    /// The weight of words in this query's scores.
    words_weight: f32,
    pub(super) boosts: Boosts,
    pub(super) has_vector: bool,
    /// The query's direction.
    pub(in crate::engine) direction: Option<Vec<f32>>,
    pub(super) personalized: bool,
    /// What a learned ranking made of the window.
    pub(super) learned: Option<Reranked>,
}

impl Engine {
    pub(super) fn retrieve(
        &self,
        query: &SearchQuery,
        curated: &Curated,
        curation: Option<&Curation>,
        refinements: &Refinements<'_>,
        personal: Personal<'_>,
    ) -> Result<Matched> {
        let (searched, allowed, boosts) = (&*curated.applied.query, curated.allowed.as_deref(), &curated.boosts);
        if searched.trim().is_empty() {
            return Ok(self.everything(allowed, boosts, refinements, personal));
        }
        let rank = &self.settings.rank;
        let (text, settings) = (&self.generation.text, &self.settings.text);
        let is_word = |word: &str| self.embeds_queries() && self.embedder.has_token(word);
        let reading = Reading {
            correct: query.correct,
            typing: query.typing,
            is_word: &is_word,
            synonyms: curation.map(|curation| &curation.synonyms),
            stop_words: curation.map(|curation| &curation.stop_words),
        };
        let understood = text.understand(searched, reading, settings)?;
        let wanted = text.excluded(&understood, settings)?.map(|excluded| {
            let mut wanted = allowed.cloned().unwrap_or_else(|| Bitmap::full(self.generation.products.len()));
            wanted.and_not(&excluded);
            wanted
        });
        let allowed = wanted.as_ref().or(allowed);
        let found = text.matches(&understood, settings, allowed)?;
        let (mut ranked, best_text) = by_words(&found);
        let direction = self.direction(&understood.wanted, &ranked);
        let near = match &direction {
            Some(vector) => self.generation.vectors.search(vector, rank.window, allowed)?,
            None => Vec::new(),
        };
        let has_vector = direction.is_some();
        let (words_weight, _) = fusion_weights(has_vector, best_text > 0.0, rank);
        if best_text > 0.0 {
            boosts.order(&mut ranked, |text| words_weight * text / best_text);
        }
        let in_text = Bitmap::from_ordinals(self.generation.products.len(), found.ordinals.iter().copied());
        let plenty = found.rung == Rung::AllWords && found.ordinals.len() >= self.settings.text.enough;
        let least = if plenty { rank.min_similarity } else { rank.min_similarity_alone };
        let by_vector = near.iter().filter(|(at, cosine)| *cosine >= least && !in_text.contains(*at));
        let mut set = in_text.clone();
        by_vector.clone().for_each(|&(ordinal, _)| set.insert(ordinal));
        curated.pins.ordinals().for_each(|ordinal| set.insert(ordinal));
        let unrefined = refine(&mut set, refinements);
        ranked.retain(|&(ordinal, _)| set.contains(ordinal));
        let rest = ranked.split_off(ranked.len().min(rank.window));
        let mut window: Vec<Candidate> = ranked.iter().map(|&(ordinal, text)| self.candidate(ordinal, text)).collect();
        let by_vector = by_vector.filter(|(ordinal, _)| set.contains(*ordinal));
        window.extend(by_vector.map(|&(ordinal, cosine)| Candidate { cosine, ..self.candidate(ordinal, 0.0) }));
        if let Some(vector) = &direction {
            let vectors = &self.generation.vectors;
            window.iter_mut().for_each(|candidate| candidate.cosine = vectors.similarity(vector, candidate.ordinal));
        }
        self.measure_closeness(&mut window, &understood)?;
        fuse(&mut window, best_text, has_vector, rank);
        // A part number names one thing: whoever asks, the answer is the same.
        let personal = personal.filter(|_| !understood.part_number);
        let taste = personal.map(|(_, taste)| taste).filter(|_| rank.personal.weight > 0.0);
        let known = taste.map_or(0.0, |taste| taste.gate(&rank.personal));
        let intent = self.apply_intent(&mut window, has_vector, known);
        let learned = match understood.part_number {
            true => None,
            false => self.rerank(&understood.wanted, direction.as_deref(), &mut window),
        };
        boosts.apply(&mut window);
        let personalized = self.personalise(&mut window, personal);
        Ok(Matched {
            set,
            unrefined,
            rung: found.rung,
            terms: understood.terms(),
            understood,
            intent,
            window,
            rest,
            best_text,
            words_weight,
            boosts: boosts.clone(),
            has_vector,
            direction,
            personalized,
            learned,
        })
    }

    /// What a query finds in linear order, for nobody; nothing where a learned ranking would not be asked.
    pub(in crate::engine) fn linear_window(&self, query: &str) -> Result<Option<Matched>> {
        if query.trim().is_empty() {
            return Ok(None);
        }
        let query = SearchQuery { query: query.to_owned(), ..SearchQuery::default() };
        let curated = self.curate(&query, &Circumstances::default())?;
        let refinements = Refinements::new(&query.refinements, &self.generation.columns)?;
        let matched = self.retrieve(&query, &curated, None, &refinements, None)?;
        Ok(Some(matched).filter(|matched| !matched.understood.part_number))
    }

    /// How closely the titles of the window answer.
    fn measure_closeness(&self, window: &mut [Candidate], understood: &Understood) -> Result<()> {
        window.sort_unstable_by_key(|candidate| candidate.ordinal);
        let ordinals: Vec<Ordinal> = window.iter().map(|candidate| candidate.ordinal).collect();
        let measured = self.generation.text.closeness(understood, &ordinals)?;
        window.iter_mut().zip(measured).for_each(|(candidate, closeness)| candidate.closeness = closeness);
        Ok(())
    }

    /// Without words: every allowed product, the popular first.
    fn everything(
        &self,
        allowed: Option<&Bitmap>,
        boosts: &Boosts,
        refinements: &Refinements<'_>,
        personal: Personal<'_>,
    ) -> Matched {
        let rank = &self.settings.rank;
        let mut set = allowed.cloned().unwrap_or_else(|| Bitmap::full(self.generation.products.len()));
        let unrefined = refine(&mut set, refinements);
        let popular = self.generation.behaviour.popularity.best_first();
        let popular =
            popular.iter().copied().chain(popular.len() as Ordinal..self.generation.products.len() as Ordinal);
        let popularity = |ordinal: Ordinal| self.popularity[ordinal as usize];
        let mut ranked: Vec<(Ordinal, f32)> =
            popular.filter(|&at| set.contains(at)).map(|ordinal| (ordinal, popularity(ordinal))).collect();
        boosts.order(&mut ranked, |popularity| rank.popularity * popularity);
        let rest = ranked.split_off(ranked.len().min(rank.window));
        let mut window: Vec<Candidate> = ranked.iter().map(|&(ordinal, _)| self.candidate(ordinal, 0.0)).collect();
        let rest: Vec<(Ordinal, f32)> = rest.into_iter().map(|(ordinal, _)| (ordinal, 0.0)).collect();
        fuse(&mut window, 0.0, false, rank);
        boosts.apply(&mut window);
        let personalized = self.personalise(&mut window, personal);
        Matched {
            set,
            unrefined,
            rung: Rung::Everything,
            terms: Vec::new(),
            understood: Understood::default(),
            intent: Intent::default(),
            window,
            rest,
            best_text: 0.0,
            words_weight: 0.0,
            boosts: Boosts::default(),
            has_vector: false,
            direction: None,
            personalized,
            learned: None,
        }
    }

    /// The direction of a query: its embedding, or, when the products' vectors came with the
    /// feed and queries cannot be embedded, the mean of the best hits by words.
    pub(super) fn direction(&self, query: &str, ranked: &[(Ordinal, f32)]) -> Option<Vec<f32>> {
        if self.settings.rank.vector_weight == 0.0 {
            return None;
        }
        let vectors = &self.generation.vectors;
        let mut direction = if self.embeds_queries() {
            self.embedder.embed(query)
        } else {
            let mut sum = vec![0f32; vectors.dimensions()];
            for &(ordinal, _) in ranked.iter().take(FEEDBACK_HITS) {
                sum.iter_mut().zip(vectors.row(ordinal)).for_each(|(sum, x)| *sum += x);
            }
            sum
        };
        let finite = normalise(&mut direction);
        (finite && direction.iter().any(|&x| x != 0.0)).then_some(direction)
    }

    fn candidate(&self, ordinal: Ordinal, text: f32) -> Candidate {
        Candidate { ordinal, text, popularity: self.popularity[ordinal as usize], ..Candidate::default() }
    }

    /// Adds the shopper's part and sorts; says whether there was one.
    fn personalise(&self, window: &mut [Candidate], personal: Personal<'_>) -> bool {
        let settings = &self.settings.rank.personal;
        if let Some((shopper, taste)) = personal {
            let interest = |ordinal| self.interest_nearness(taste, ordinal);
            let stated = self.stated_signal(&shopper.profile);
            personalise(window, taste, settings, interest, self.brand_lifts(taste), stated);
        }
        window.sort_unstable_by(by_score);
        personal.is_some()
    }
}

impl Matched {
    /// How many hits there are: products, or groups of variants.
    pub(super) fn total(&self, groups: Option<&Groups>) -> usize {
        groups.map_or_else(|| self.set.count(), |groups| groups.count(&self.set))
    }

    /// The matches outside the window, best first: scored by their words alone.
    pub(super) fn rest(&self) -> impl Iterator<Item = Candidate> {
        self.rest.iter().map(|&(ordinal, text)| {
            let words = if self.best_text > 0.0 { self.words_weight * text / self.best_text } else { 0.0 };
            let score = self.boosts.weighed(ordinal, words);
            Candidate { ordinal, text, score, boost: score - words, ..Candidate::default() }
        })
    }

    /// The candidate of a product, wherever it stands; one without a score where it was only put there.
    pub(super) fn candidate(&self, ordinal: Ordinal) -> Candidate {
        let mut scored = self.window.iter().copied().chain(self.rest());
        let found = scored.find(|candidate| candidate.ordinal == ordinal);
        found.unwrap_or(Candidate { ordinal, ..Candidate::default() })
    }
}

/// Narrows a match set; what it was before, where that is more.
fn refine(set: &mut Bitmap, refinements: &Refinements<'_>) -> Option<Bitmap> {
    let unrefined = (!refinements.is_empty()).then(|| set.clone());
    refinements.apply(set);
    unrefined
}

/// Matches by their words, best first, ties by ordinal; and the best score.
fn by_words(found: &TextMatches) -> (Vec<(Ordinal, f32)>, f32) {
    let mut ranked: Vec<(Ordinal, f32)> = found.ordinals.iter().copied().zip(found.scores.iter().copied()).collect();
    ranked.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let best = ranked.first().map_or(0.0, |(_, score)| *score);
    (ranked, best)
}
