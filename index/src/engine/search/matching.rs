//! The match step: the products that have the query's words, and those whose vectors are near the query's, as
//! one match set. Nothing is ordered here.

use super::Search;
use super::aside::{Aside, Near};
use super::curate::Curated;
use super::exact::{exact_titles, sold_out_asked_for};
use super::kinds::KindCategories;
use super::meant::Meant;
use super::named::{CategoryReader, NamedCategory};
use super::ranked::{Scored, bring_forward};
use crate::bitmap::Bitmap;
use crate::curation::Curation;
use crate::engine::Snapshot;
use crate::engine::meaning::MeaningFloor;
use crate::error::Result;
use crate::id::Ordinal;
use crate::query::SearchQuery;
use crate::text::{KindSets, MatchLevel, QueryOptions, TextMatches, Understood};
use crate::vector::rows::normalise;

/// The number of best hits by words whose mean vector replaces that of a query that cannot be embedded.
const FEEDBACK_HITS: usize = 5;

/// The products that match, in no order.
pub(super) struct MatchSet {
    /// Every match.
    pub(super) set: Bitmap,
    /// The products of the kind that the query names, where it names one.
    pub(super) kinds: Option<KindSets>,
    /// The products that are what the thing is for by their titles, where the query says so: drills for a battery.
    pub(super) served: Option<Bitmap>,
    /// The products whose title is the query, ascending.
    pub(super) exact: Vec<Ordinal>,
    /// The query as it was understood; `None` without words.
    pub(super) understood: Option<Understood>,
    /// The parts of the query that are more than words.
    pub(super) meant: Meant,
    /// The match level: the strictness with which words matched.
    pub(super) level: MatchLevel,
    /// The matches by words with their scores. Refining does not narrow them.
    pub(super) by_words: Vec<Scored>,
    /// The matches by their vectors alone, with their cosines. Refining does not narrow them.
    pub(super) by_vector: Vec<(Ordinal, f32)>,
    /// The nearest products below that, allowed and without words of the query, with their cosines.
    pub(super) below: Vec<(Ordinal, f32)>,
    /// The products that only mention what was asked for in their descriptions, the best first, where no product is more.
    pub(super) mentioning: Vec<Ordinal>,
    /// The nearness that matches by vector need; `None` where none are looked for.
    pub(super) floor: Option<MeaningFloor>,
    /// The largest score of `by_words`; 0 without any.
    pub(super) best_text: f32,
    /// The direction of the query, where it has one.
    pub(super) direction: Option<Vec<f32>>,
    /// The category that the query names, if it does.
    pub(super) named: Option<NamedCategory>,
}

/// The matches by words with their scores.
fn scored_by_words(found: &TextMatches) -> Vec<Scored> {
    let scored = found.products.iter().zip(&found.scores).zip(found.held());
    scored.map(|((ordinal, &text), held)| Scored { key: text, ordinal, text, held, place: 0 }).collect()
}

/// True for a query of numbers, sizes and codes alone, which mean nothing that products could be near to.
fn is_of_numbers(query: &str) -> bool {
    query.split_whitespace().all(|run| run.contains(|c: char| c.is_numeric()))
}

impl MatchSet {
    /// True if products have words of the query, or match a query without words. Within a price they must be of the kind
    /// that it names: a cable for 20 is no answer to `laptop under 100`.
    pub(super) fn has_found(&self, snapshot: &Snapshot) -> bool {
        let found = !self.by_words.is_empty() || self.understood.is_none() && self.set.count() > 0;
        let kinds = self.kinds.as_ref().filter(|_| self.meant.limits_price());
        found && kinds.is_none_or(|kinds| KindCategories::of(snapshot, kinds).of_kind(&self.set, &self.set).count() > 0)
    }
}

impl Search<'_> {
    /// Without words every allowed product matches.
    pub(super) fn match_everything(self, allowed: Option<&Bitmap>) -> MatchSet {
        MatchSet {
            set: allowed.cloned().unwrap_or_else(|| Bitmap::full(self.snapshot.generation.products.len())),
            kinds: None,
            served: None,
            exact: Vec::new(),
            understood: None,
            meant: Meant::default(),
            level: MatchLevel::Everything,
            by_words: Vec::new(),
            by_vector: Vec::new(),
            below: Vec::new(),
            mentioning: Vec::new(),
            floor: None,
            best_text: 0.0,
            direction: None,
            named: None,
        }
    }

    /// The products that match a query, by words or by vector, and the pinned ones.
    pub(super) fn match_query(
        self,
        query: &SearchQuery,
        curated: &Curated,
        curation: Option<&Curation>,
        mut meant: Meant,
    ) -> Result<MatchSet> {
        let (text, settings) = (&self.snapshot.generation.text, &self.snapshot.settings.text);
        let understood = self.understand(query, &curated.applied.query, curation, &meant)?;
        meant.set_free_of(text.free_of_excluded(&understood, settings)?);
        let asked_for = sold_out_asked_for(self.snapshot, query, curated, &understood)?;
        let allowed = asked_for.as_ref().or(curated.allowed.as_deref());
        let narrowed = meant.narrowed(allowed, self.snapshot.generation.products.len());
        let allowed = narrowed.as_ref().or(allowed);
        let wanted = text.wanted(&understood, settings, allowed)?;
        let allowed = wanted.as_ref().or(allowed);
        let kinds = self.kinds_of(&understood, understood.head)?;
        let named = CategoryReader { snapshot: self.snapshot }.named_of_kind(&understood, kinds.as_ref(), allowed)?;
        let alone = named.as_ref().filter(|named| named.alone).map(|named| &named.products);
        let allowed = alone.or(allowed);
        let mut found = text.matches(&understood, settings, allowed)?;
        let exact = exact_titles(self.snapshot, query, &curated.applied.query, &found);
        if !exact.is_empty() || understood.part_number {
            found.keep_complete();
        }
        let mut by_words = scored_by_words(&found);
        if let Some(alone) = alone {
            found.products.clone_from(alone);
            found.level = MatchLevel::AllWords;
        }
        let direction = self.direction(&understood.wanted, &mut by_words);
        let plenty = found.level == MatchLevel::AllWords && by_words.len() >= settings.enough;
        let means = exact.is_empty() && !understood.part_number && !is_of_numbers(&curated.applied.query);
        let by_meaning = direction.as_deref().filter(|_| means);
        let mut near = self.near(&understood.wanted, by_meaning, &found.products, plenty, allowed)?;
        let aside = Aside { search: self, understood: &understood, direction: direction.as_deref() };
        let mentioning = aside.set_aside(kinds.as_ref(), &mut found, &mut by_words, &mut near)?;
        let best_text = by_words.iter().map(|scored| scored.text).fold(0.0, f32::max);
        let Near { joined: by_vector, below, floor } = near;
        let TextMatches { products: mut set, level, .. } = found;
        by_vector.iter().for_each(|&(ordinal, _)| set.insert(ordinal));
        curated.pins.ordinals().for_each(|ordinal| set.insert(ordinal));
        Ok(MatchSet {
            set,
            kinds,
            served: self.kinds_of(&understood, understood.purpose)?.map(|served| served.by_title),
            exact,
            understood: Some(understood),
            meant,
            level,
            by_words,
            by_vector,
            below,
            mentioning,
            floor,
            best_text,
            direction,
            named,
        })
    }

    /// The products whose kind a slot of the query names, if there are any.
    fn kinds_of(self, understood: &Understood, place: Option<usize>) -> Result<Option<KindSets>> {
        let Some(slot) = place.and_then(|place| understood.slots.get(place)) else { return Ok(None) };
        let kinds = self.snapshot.generation.text.kinds(slot, self.snapshot.live.as_deref())?;
        let some = kinds.either.count() > 0 || kinds.by_description.count() > 0;
        Ok(some.then_some(kinds))
    }

    fn understand(
        self,
        query: &SearchQuery,
        searched: &str,
        curation: Option<&Curation>,
        meant: &Meant,
    ) -> Result<Understood> {
        let snapshot = self.snapshot;
        let read = meant.reading();
        let is_word = |word: &str| snapshot.embeds_queries() && snapshot.embedder.has_token(word);
        let text = &snapshot.generation.text;
        let nearest = |word: &str| snapshot.derived.nearest.of(word, text, &snapshot.embedder);
        let words = curation.map(|curation| curation.words(query.lang.as_deref()));
        let reading = QueryOptions {
            correct: query.correct,
            typing: query.typing,
            is_word: &is_word,
            lang: query.lang.as_deref(),
            synonyms: words.map(|words| &words.synonyms),
            stop_words: words.map(|words| &words.stop_words),
            nearest: snapshot.embeds_queries().then_some(&nearest),
            reading: snapshot.settings.meant.parts.then_some(&read),
        };
        text.understand(searched, reading, &snapshot.settings.text)
    }

    /// The products nearest to a direction that have none of the words, as far as they stand out: the more the words
    /// found, the nearer they must be. Where the words found nothing, more of them are looked up.
    fn near(
        self,
        query: &str,
        direction: Option<&[f32]>,
        by_words: &Bitmap,
        plenty: bool,
        allowed: Option<&Bitmap>,
    ) -> Result<Near> {
        let rank = &self.snapshot.settings.rank;
        let Some(direction) = direction else { return Ok(Near::default()) };
        let count = if by_words.count() == 0 { rank.window } else { rank.nearest };
        let mut near = self.snapshot.generation.vectors.search(direction, count, allowed)?;
        let best = near.iter().map(|(_, cosine)| *cosine).fold(-1.0, f32::max);
        let Some(floor) = self.snapshot.meaning_floor(query, best, plenty) else { return Ok(Near::default()) };
        near.retain(|(ordinal, _)| !by_words.contains(*ordinal));
        let below = near.extract_if(.., |(_, cosine)| *cosine < floor.hit).collect();
        Ok(Near { joined: near, below, floor: Some(floor) })
    }

    /// The direction of a query: its embedding, or, if the products' vectors came with the feed and queries cannot
    /// be embedded, the mean of the best hits by words. `by_words` may be reordered.
    pub(super) fn direction(self, query: &str, by_words: &mut [Scored]) -> Option<Vec<f32>> {
        let snapshot = self.snapshot;
        if snapshot.settings.rank.vector_weight == 0.0 {
            return None;
        }
        let vectors = &snapshot.generation.vectors;
        let mut direction = if snapshot.embeds_queries() {
            snapshot.embedder.embed(query)
        } else {
            let mut sum = vec![0f32; vectors.dimensions()];
            bring_forward(by_words, FEEDBACK_HITS);
            for best in by_words.iter().take(FEEDBACK_HITS) {
                sum.iter_mut().zip(vectors.row(best.ordinal)).for_each(|(sum, x)| *sum += x);
            }
            sum
        };
        let finite = normalise(&mut direction);
        (finite && direction.iter().any(|&x| x != 0.0)).then_some(direction)
    }
}
