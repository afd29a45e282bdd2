//! The core of a search: match → refine → rank. A search without words goes the same way: it matches every
//! allowed product, and ranks the popular first.

use super::curate::Curated;
use super::intent::Intent;
use super::matching::MatchSet;
use super::meant::{MeaningReader, Meant};
use super::named::NamedCategory;
use super::ranked::Scored;
use super::sure::narrow_to_sure;
use super::{Curator, RequestContext, Search};
use crate::bitmap::Bitmap;
use crate::column::{Groups, Refinements, Sort};
use crate::engine::learned::Reranked;
use crate::engine::meaning::MeaningFloor;
use crate::error::Result;
use crate::id::Ordinal;
use crate::query::SearchQuery;
use crate::rank::signal::{Group, Scales, slot};
use crate::rank::{Boosts, Bury, Candidate};
use crate::text::{KindSets, MatchLevel, Understood};

const WORDS: usize = slot("words");
const MEANT: usize = slot("meant");
const RULES: usize = slot("rules");
const SOLD_OUT: usize = slot("sold_out");

/// Everything that matches, and the best of it in order.
pub(in crate::engine) struct Matched {
    /// The match set: hits, total and pages come from it.
    pub(super) set: Bitmap,
    /// The match set before refining, where there are refinements.
    pub(super) unrefined: Option<Bitmap>,
    pub(super) level: MatchLevel,
    pub(in crate::engine) understood: Understood,
    /// The parts of the query that are more than words.
    pub(super) meant: Meant,
    pub(super) intent: Intent,
    /// The nearest products below `floor` without words of the query, with their cosines, unrefined.
    pub(super) below: Vec<(Ordinal, f32)>,
    /// The products that only mention what was asked for, the best first.
    pub(super) mentioning: Vec<Ordinal>,
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
    /// The rule by which sold-out products come last, and what they lose; absent where they keep their place.
    pub(super) sold_out: Option<(Bury, f32)>,
    /// The direction of the query, where it has one.
    pub(in crate::engine) direction: Option<Vec<f32>>,
    /// The weight of what the understood parts raise products by.
    pub(super) meant_weight: f32,
    /// True if a shopper takes part in the order.
    pub(super) personalized: bool,
    /// The category that the query names, if it does.
    pub(super) named: Option<NamedCategory>,
    /// The products of the kind that the query names, where it names one.
    pub(super) kinds: Option<KindSets>,
    /// True if the query is the title of a product.
    pub(super) exact: bool,
    /// The number of matches by vector alone.
    pub(super) joined: usize,
    /// The nearness that matches by vector needed; `None` where none were looked for.
    pub(super) floor: Option<MeaningFloor>,
    /// The specificity of the query, where it bounds the shopper's part.
    pub(super) specificity: Option<f32>,
    /// The features and scores of the learned order, where a model reordered the window.
    pub(super) learned: Option<Reranked>,
}

/// The matches outside the window.
pub(super) enum Remainder {
    /// Those with a score by their words, boosted, in no order.
    Scored(Vec<Scored>),
    /// Those after the first so many matches in the order of popularity.
    Popular(usize),
}

impl Search<'_> {
    /// The refined matches of a search in no order, the match set before refining, where there are refinements, and the
    /// order that was asked for.
    pub(super) fn matches(
        self,
        query: &SearchQuery,
        curated: &Curated,
        request_context: &RequestContext<'_>,
        refinements: &Refinements<'_>,
    ) -> Result<(MatchSet, Option<Bitmap>, Sort)> {
        let meant = MeaningReader { snapshot: self.snapshot }.meant(query, &curated.applied.query)?;
        let mut matches = self.match_meant(query, curated, request_context, meant)?;
        let sort = self.sort(query, curated, &matches.meant)?;
        if !sort.is_relevance() || matches.meant.limits_price() {
            narrow_to_sure(self.snapshot, &mut matches, curated.pins.ordinals())?;
        }
        let unrefined = refine(&mut matches, refinements);
        Ok((matches, unrefined, sort))
    }

    /// The products that match what was meant. Where they have no words of the query, parts that narrow the search are
    /// given up, the least certain first, as long as products with its words turn up.
    fn match_meant(
        self,
        query: &SearchQuery,
        curated: &Curated,
        request_context: &RequestContext<'_>,
        mut meant: Meant,
    ) -> Result<MatchSet> {
        let RequestContext { curation, deadline, .. } = *request_context;
        let matching = |meant: &Meant| match meant.has_words {
            true => self.match_query(query, curated, curation, meant.clone()),
            false => {
                let all = self.snapshot.generation.products.len();
                let narrowed = meant.narrowed(curated.allowed.as_deref(), all);
                let allowed = narrowed.as_ref().or(curated.allowed.as_deref());
                Ok(MatchSet { meant: meant.clone(), ..self.match_everything(allowed) })
            }
        };
        let strict = matching(&meant)?;
        if strict.has_found(self.snapshot) {
            return Ok(strict);
        }
        let mut last = None;
        while meant.relax() {
            deadline.check()?;
            let relaxed = matching(&meant)?;
            if relaxed.has_found(self.snapshot) {
                return Ok(relaxed);
            }
            last = Some(relaxed);
        }
        let best = last.filter(|last| strict.set.count() == 0 && last.set.count() > 0).unwrap_or(strict);
        let reader = MeaningReader { snapshot: self.snapshot };
        if best.set.count() == 0 && reader.fall_back_to_gifts(&mut meant, query.lang.as_deref())? {
            return matching(&meant);
        }
        Ok(best)
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
        let (matches, ..) = self.matches(&query, &curated, &RequestContext::default(), &refinements)?;
        let matched = self.rank(matches, &curated.boosts, None)?;
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
        let Scored { ordinal, text, held, place, .. } = scored;
        let mut candidate = Candidate { ordinal, text, held, place, ..Candidate::default() };
        let by_words = match self.best_text > 0.0 {
            true => self.scales.of(Group::Words) * text / self.best_text,
            false => 0.0,
        };
        let share = if self.best_text > 0.0 { text / self.best_text } else { 0.0 };
        candidate.values[MEANT] = self.meant.raise(ordinal, share);
        let raised = by_words + self.meant_weight * candidate.values[MEANT];
        candidate.score = self.boosts.weighed(ordinal, raised);
        candidate.values[WORDS] = share;
        candidate.values[RULES] = candidate.score - raised;
        self.lower(candidate)
    }

    /// A match that has no score and this place among those.
    pub(super) fn unscored(&self, place: u32, ordinal: Ordinal) -> Candidate {
        self.lower(Candidate { ordinal, place, ..Candidate::default() })
    }

    /// A candidate outside the window with what it loses where it comes last since it is sold out.
    fn lower(&self, mut candidate: Candidate) -> Candidate {
        if let Some((bury, weight)) = &self.sold_out
            && bury.lowers(candidate.ordinal, candidate.held)
        {
            candidate.values[SOLD_OUT] = -1.0;
            candidate.score -= weight;
        }
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
