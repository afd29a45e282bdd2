//! The core of a search: match → refine → rank. A search without words goes the same way: it matches every
//! allowed product, and ranks the popular first.

use super::curate::Curated;
use super::intent::Intent;
use super::matching::MatchSet;
use super::ranked::Scored;
use super::{Curator, Personal, RequestContext, Search};
use crate::bitmap::Bitmap;
use crate::column::{Groups, Refinements};
use crate::curation::Curation;
use crate::engine::learned::Reranked;
use crate::error::Result;
use crate::id::Ordinal;
use crate::query::SearchQuery;
use crate::rank::signal::{Group, Scales, slot};
use crate::rank::{Boosts, Candidate};
use crate::text::{MatchLevel, Understood};

const WORDS: usize = slot("words");
const RULES: usize = slot("rules");

/// Everything that matches, and the best of it in order.
pub(in crate::engine) struct Matched {
    /// The match set: hits, total and pages come from it.
    pub(super) set: Bitmap,
    /// The match set before refining, where there are refinements.
    pub(super) unrefined: Option<Bitmap>,
    pub(super) level: MatchLevel,
    pub(in crate::engine) understood: Understood,
    pub(super) intent: Intent,
    /// The terms that highlights mark.
    pub(super) terms: Vec<String>,
    /// The best matches with all their signals, best first.
    pub(in crate::engine) window: Vec<Candidate>,
    pub(super) rest: Remainder,
    /// The best words' score of the match set; 0 without words.
    pub(super) best_text: f32,
    /// The scales of the groups of signals.
    pub(super) scales: Scales,
    pub(super) boosts: Boosts,
    /// The direction of the query, where it has one.
    pub(in crate::engine) direction: Option<Vec<f32>>,
    /// True if a shopper takes part in the order.
    pub(super) personalized: bool,
    /// True if the query names a category.
    pub(super) named: bool,
    /// The features and scores of the learned order, where a model reordered the window.
    pub(super) learned: Option<Reranked>,
}

/// The matches outside the window.
pub(super) enum Remainder {
    /// Those with a score by their words, boosted, in no order.
    Scored(Vec<Scored>),
    /// Those after the first so many products in the order of popularity.
    Popular(usize),
}

impl Search<'_> {
    pub(super) fn retrieve(
        self,
        query: &SearchQuery,
        curated: &Curated,
        curation: Option<&Curation>,
        refinements: &Refinements<'_>,
        personal: Personal<'_>,
    ) -> Result<Matched> {
        let mut matches = match curated.applied.query.trim().is_empty() {
            true => self.match_everything(curated.allowed.as_deref()),
            false => self.match_query(query, curated, curation)?,
        };
        let unrefined = refine(&mut matches, refinements);
        let matched = self.rank(matches, &curated.boosts, personal)?;
        Ok(Matched { unrefined, ..matched })
    }

    /// The matches of a query in linear order, for nobody in particular; `None` where the learned order does not
    /// apply: without words, and for a part number.
    pub(in crate::engine) fn linear_window(self, query: &str) -> Result<Option<Matched>> {
        if query.trim().is_empty() {
            return Ok(None);
        }
        let query = SearchQuery { query: query.to_owned(), ..SearchQuery::default() };
        let curated = Curator { snapshot: self.snapshot }.curate(&query, &RequestContext::default())?;
        let refinements = Refinements::new(&query.refinements, &self.snapshot.generation.columns)?;
        let matched = self.retrieve(&query, &curated, None, &refinements, None)?;
        Ok(Some(matched).filter(|matched| !matched.understood.part_number))
    }
}

/// Narrows a match set to the refinements. Returns the set before, where there are any.
fn refine(matches: &mut MatchSet, refinements: &Refinements<'_>) -> Option<Bitmap> {
    let unrefined = (!refinements.is_empty()).then(|| matches.set.clone());
    refinements.apply(&mut matches.set);
    unrefined
}

impl Matched {
    /// The number of hits: products, or groups of variants.
    pub(super) fn total(&self, groups: Option<&Groups>) -> usize {
        groups.map_or_else(|| self.set.count(), |groups| groups.count(&self.set))
    }

    /// The candidate of a match outside the window: scored by its words alone.
    pub(super) fn outside(&self, scored: Scored) -> Candidate {
        let Scored { ordinal, text, .. } = scored;
        let mut candidate = Candidate { ordinal, text, ..Candidate::default() };
        let by_words = match self.best_text > 0.0 {
            true => self.scales.of(Group::Words) * text / self.best_text,
            false => 0.0,
        };
        candidate.score = self.boosts.weighed(ordinal, by_words);
        candidate.values[WORDS] = if self.best_text > 0.0 { text / self.best_text } else { 0.0 };
        candidate.values[RULES] = candidate.score - by_words;
        candidate
    }

    /// Every match that has a score, in no order.
    pub(super) fn scored(&self) -> impl Iterator<Item = Candidate> {
        let rest = match &self.rest {
            Remainder::Scored(scored) => &scored[..],
            Remainder::Popular(_) => &[],
        };
        self.window.iter().copied().chain(rest.iter().map(|&scored| self.outside(scored)))
    }

    /// The candidate of a product, inside or outside the window; one without a score if a rule alone put the
    /// product into the answer.
    pub(super) fn candidate(&self, ordinal: Ordinal) -> Candidate {
        let found = self.scored().find(|candidate| candidate.ordinal == ordinal);
        found.unwrap_or(Candidate { ordinal, ..Candidate::default() })
    }
}
