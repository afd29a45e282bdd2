//! The match step: the products that have the query's words, and those whose vectors are near the query's, as
//! one match set. Nothing is ordered here.

use super::Search;
use super::curate::Curated;
use super::named::NamedCategory;
use super::ranked::{Scored, bring_forward};
use crate::bitmap::Bitmap;
use crate::curation::Curation;
use crate::error::Result;
use crate::id::Ordinal;
use crate::query::SearchQuery;
use crate::text::{MatchLevel, QueryOptions, Understood};
use crate::vector::rows::normalise;

/// The number of best hits by words whose mean vector replaces that of a query that cannot be embedded.
const FEEDBACK_HITS: usize = 5;

/// The products that match, in no order.
pub(super) struct MatchSet {
    /// Every match.
    pub(super) set: Bitmap,
    /// The query as it was understood; `None` without words.
    pub(super) understood: Option<Understood>,
    /// The match level: the strictness with which words matched.
    pub(super) level: MatchLevel,
    /// The matches by words with their scores. Refining does not narrow them.
    pub(super) by_words: Vec<Scored>,
    /// The matches by their vectors alone, with their cosines. Refining does not narrow them.
    pub(super) by_vector: Vec<(Ordinal, f32)>,
    /// The largest score of `by_words`; 0 without any.
    pub(super) best_text: f32,
    /// The direction of the query, where it has one.
    pub(super) direction: Option<Vec<f32>>,
    /// The category that the query names, if it does.
    pub(super) named: Option<NamedCategory>,
}

impl Search<'_> {
    /// Without words every allowed product matches.
    pub(super) fn match_everything(self, allowed: Option<&Bitmap>) -> MatchSet {
        MatchSet {
            set: allowed.cloned().unwrap_or_else(|| Bitmap::full(self.snapshot.generation.products.len())),
            understood: None,
            level: MatchLevel::Everything,
            by_words: Vec::new(),
            by_vector: Vec::new(),
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
    ) -> Result<MatchSet> {
        let (text, settings) = (&self.snapshot.generation.text, &self.snapshot.settings.text);
        let understood = self.understand(query, &curated.applied.query, curation)?;
        let wanted = text.wanted(&understood, settings, curated.allowed.as_deref())?;
        let allowed = wanted.as_ref().or(curated.allowed.as_deref());
        let named = self.named_category(&understood, allowed)?;
        let alone = named.as_ref().filter(|named| named.alone).map(|named| &named.products);
        let allowed = alone.or(allowed);
        let mut found = text.matches(&understood, settings, allowed)?;
        let held = found.costs.iter().copied().chain(std::iter::repeat(1.0));
        let scored = found.products.iter().zip(&found.scores).zip(held);
        let mut by_words: Vec<Scored> =
            scored.map(|((ordinal, &text), held)| Scored { key: text, ordinal, text, held }).collect();
        if let Some(alone) = alone {
            found.products.clone_from(alone);
            found.level = MatchLevel::AllWords;
        }
        let best_text = found.scores.iter().copied().fold(0.0, f32::max);
        let direction = self.direction(&understood.wanted, &mut by_words);
        let plenty = found.level == MatchLevel::AllWords && by_words.len() >= settings.enough;
        let mut by_vector = self.near(direction.as_deref(), by_words.is_empty(), plenty, allowed)?;
        by_vector.retain(|(ordinal, _)| !found.products.contains(*ordinal));
        let mut set = found.products;
        by_vector.iter().for_each(|&(ordinal, _)| set.insert(ordinal));
        curated.pins.ordinals().for_each(|ordinal| set.insert(ordinal));
        Ok(MatchSet {
            set,
            understood: Some(understood),
            level: found.level,
            by_words,
            by_vector,
            best_text,
            direction,
            named,
        })
    }

    fn understand(self, query: &SearchQuery, searched: &str, curation: Option<&Curation>) -> Result<Understood> {
        let snapshot = self.snapshot;
        let is_word = |word: &str| snapshot.embeds_queries() && snapshot.embedder.has_token(word);
        let reading = QueryOptions {
            correct: query.correct,
            typing: query.typing,
            is_word: &is_word,
            lang: query.lang.as_deref(),
            synonyms: curation.map(|curation| &curation.synonyms),
            stop_words: curation.map(|curation| &curation.stop_words),
        };
        snapshot.generation.text.understand(searched, reading, &snapshot.settings.text)
    }

    /// The products nearest to a direction, with cosines that suffice for a match: the more the words found, the
    /// nearer they must be. Where the words found nothing, more of them are looked up.
    fn near(
        self,
        direction: Option<&[f32]>,
        alone: bool,
        plenty: bool,
        allowed: Option<&Bitmap>,
    ) -> Result<Vec<(Ordinal, f32)>> {
        let rank = &self.snapshot.settings.rank;
        let Some(direction) = direction else { return Ok(Vec::new()) };
        let count = if alone { rank.window } else { rank.nearest };
        let mut near = self.snapshot.generation.vectors.search(direction, count, allowed)?;
        let least = if plenty { rank.min_similarity } else { rank.min_similarity_alone };
        near.retain(|(_, cosine)| *cosine >= least);
        Ok(near)
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
