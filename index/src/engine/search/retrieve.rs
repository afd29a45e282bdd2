//! What matches a search, and the best of it in order: words ∥ vectors → one
//! match set → fuse → intent → learned order → boosts → personalise.

use super::curate::Curated;
use super::intent::Intent;
use super::ranked::{Descending, Scored, bring_forward};
use super::{Personal, RequestContext, Snapshot};
use crate::bitmap::Bitmap;
use crate::column::{Groups, Refinements};
use crate::curation::Curation;
use crate::engine::learned::Reranked;
use crate::error::Result;
use crate::id::Ordinal;
use crate::query::SearchQuery;
use crate::rank::{Boosts, Candidate, by_score, fuse, fusion_weights, personalise};
use crate::text::{Reading, Rung, Understood};
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
    rest: Rest,
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

/// The matches outside the window.
enum Rest {
    /// By their words' score as boosted, in no order.
    Scored(Vec<Scored>),
    /// Those behind so many in the order of popularity.
    Popular(usize),
}

impl Snapshot {
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
            lang: query.lang.as_deref(),
            synonyms: curation.map(|curation| &curation.synonyms),
            stop_words: curation.map(|curation| &curation.stop_words),
        };
        let understood = text.understand(searched, reading, settings)?;
        let wanted = text.wanted(&understood, settings, allowed)?;
        let allowed = wanted.as_ref().or(allowed);
        let found = text.matches(&understood, settings, allowed)?;
        let by_words =
            found.products.iter().zip(&found.scores).map(|(ordinal, &text)| Scored { key: text, ordinal, text });
        let mut ranked: Vec<Scored> = by_words.collect();
        let best_text = found.scores.iter().copied().fold(0.0, f32::max);
        let direction = self.direction(&understood.wanted, &mut ranked);
        let nearest = if ranked.is_empty() { rank.window } else { rank.nearest };
        let near = match &direction {
            Some(vector) => self.generation.vectors.search(vector, nearest, allowed)?,
            None => Vec::new(),
        };
        let has_vector = direction.is_some();
        let (words_weight, _) = fusion_weights(has_vector, best_text > 0.0, rank);
        let plenty = found.rung == Rung::AllWords && ranked.len() >= self.settings.text.enough;
        let least = if plenty { rank.min_similarity } else { rank.min_similarity_alone };
        let in_text = found.products;
        let by_vector = near.iter().filter(|(at, cosine)| *cosine >= least && !in_text.contains(*at));
        let mut set = in_text.clone();
        by_vector.clone().for_each(|&(ordinal, _)| set.insert(ordinal));
        curated.pins.ordinals().for_each(|ordinal| set.insert(ordinal));
        let unrefined = refine(&mut set, refinements);
        ranked.retain(|scored| set.contains(scored.ordinal));
        if best_text > 0.0 && !boosts.is_empty() {
            let key = |scored: &Scored| boosts.weighed(scored.ordinal, words_weight * scored.text / best_text);
            ranked.iter_mut().for_each(|scored| scored.key = key(scored));
        }
        bring_forward(&mut ranked, rank.window);
        let rest = Rest::Scored(ranked.split_off(ranked.len().min(rank.window)));
        let mut window: Vec<Candidate> = ranked.iter().map(|found| self.candidate(found.ordinal, found.text)).collect();
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
        let curated = self.curate(&query, &RequestContext::default())?;
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

    /// Every product, the popular first.
    fn popular(&self) -> impl Iterator<Item = Ordinal> {
        let popular = self.generation.behaviour.popularity.best_first();
        popular.iter().copied().chain(popular.len() as Ordinal..self.generation.products.len() as Ordinal)
    }

    /// The matches outside the window, best first: scored by their words alone.
    pub(super) fn rest<'a>(&'a self, matched: &'a Matched) -> Box<dyn Iterator<Item = Candidate> + 'a> {
        match &matched.rest {
            Rest::Scored(scored) => Box::new(Descending::new(scored.clone()).map(|scored| matched.outside(scored))),
            Rest::Popular(behind) => {
                let others = self.popular().skip(*behind).filter(|&ordinal| matched.set.contains(ordinal));
                Box::new(others.map(|ordinal| Candidate { ordinal, ..Candidate::default() }))
            }
        }
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
        let popular = self.popular();
        let mut matching = popular.enumerate().filter(|&(_, ordinal)| set.contains(ordinal));
        let (ranked, rest) = if boosts.is_empty() {
            let ranked: Vec<(usize, Ordinal)> = matching.by_ref().take(rank.window).collect();
            let behind = ranked.last().map_or(0, |(at, _)| at + 1);
            (ranked.into_iter().map(|(_, ordinal)| ordinal).collect(), Rest::Popular(behind))
        } else {
            let key = |ordinal| boosts.weighed(ordinal, rank.popularity * self.derived.popularity[ordinal as usize]);
            let mut ranked: Vec<Scored> =
                matching.map(|(_, ordinal)| Scored { key: key(ordinal), ordinal, text: 0.0 }).collect();
            bring_forward(&mut ranked, rank.window);
            let rest = ranked.split_off(ranked.len().min(rank.window));
            (ranked.into_iter().map(|scored| scored.ordinal).collect::<Vec<_>>(), Rest::Scored(rest))
        };
        let mut window: Vec<Candidate> = ranked.iter().map(|&ordinal| self.candidate(ordinal, 0.0)).collect();
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
            boosts: boosts.clone(),
            has_vector: false,
            direction: None,
            personalized,
            learned: None,
        }
    }

    /// The direction of a query: its embedding, or, when the products' vectors came with the
    /// feed and queries cannot be embedded, the mean of the best hits by words.
    pub(super) fn direction(&self, query: &str, ranked: &mut [Scored]) -> Option<Vec<f32>> {
        if self.settings.rank.vector_weight == 0.0 {
            return None;
        }
        let vectors = &self.generation.vectors;
        let mut direction = if self.embeds_queries() {
            self.embedder.embed(query)
        } else {
            let mut sum = vec![0f32; vectors.dimensions()];
            bring_forward(ranked, FEEDBACK_HITS);
            for best in ranked.iter().take(FEEDBACK_HITS) {
                sum.iter_mut().zip(vectors.row(best.ordinal)).for_each(|(sum, x)| *sum += x);
            }
            sum
        };
        let finite = normalise(&mut direction);
        (finite && direction.iter().any(|&x| x != 0.0)).then_some(direction)
    }

    fn candidate(&self, ordinal: Ordinal, text: f32) -> Candidate {
        Candidate { ordinal, text, popularity: self.derived.popularity[ordinal as usize], ..Candidate::default() }
    }

    /// Adds the shopper's part and sorts; says whether there was one.
    fn personalise(&self, window: &mut [Candidate], personal: Personal<'_>) -> bool {
        let settings = &self.settings.rank.personal;
        if let Some((shopper, taste)) = personal {
            let interest = self.interest_nearness(taste);
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

    /// A match outside the window.
    fn outside(&self, scored: Scored) -> Candidate {
        let Scored { ordinal, text, .. } = scored;
        let words = if self.best_text > 0.0 { self.words_weight * text / self.best_text } else { 0.0 };
        let score = self.boosts.weighed(ordinal, words);
        Candidate { ordinal, text, score, boost: score - words, ..Candidate::default() }
    }

    /// Every match that has a score, in no order.
    pub(super) fn scored(&self) -> impl Iterator<Item = Candidate> {
        let rest = match &self.rest {
            Rest::Scored(scored) => &scored[..],
            Rest::Popular(_) => &[],
        };
        self.window.iter().copied().chain(rest.iter().map(|&scored| self.outside(scored)))
    }

    /// The candidate of a product, wherever it stands; one without a score where it was only put there.
    pub(super) fn candidate(&self, ordinal: Ordinal) -> Candidate {
        let found = self.scored().find(|candidate| candidate.ordinal == ordinal);
        found.unwrap_or(Candidate { ordinal, ..Candidate::default() })
    }
}

/// Narrows a match set; what it was before, where that is more.
fn refine(set: &mut Bitmap, refinements: &Refinements<'_>) -> Option<Bitmap> {
    let unrefined = (!refinements.is_empty()).then(|| set.clone());
    refinements.apply(set);
    unrefined
}
