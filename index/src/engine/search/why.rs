//! The explanation of one product in one search: its place and its score beside that of the page's last hit, or the
//! first step of the search that excluded it.

use serde::Serialize;

use super::retrieve::Matched;
use super::steps::SearchSummary;
use super::{RequestContext, Retrieved, Search};
use crate::bitmap::Bitmap;
use crate::error::Result;
use crate::hit::{Explanation, LikelyCategory, SearchStep, UnderstoodPart};
use crate::id::Ordinal;
use crate::query::SearchQuery;
use crate::text::{MatchLevel, SlotWeight};

/// The explanation of one product in one search.
#[derive(Debug, Serialize)]
pub struct Why {
    /// The product.
    pub id: String,
    /// Its place, or the reason for its absence.
    pub verdict: PageOutcome,
    /// The corrected query, where words were corrected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub corrected_query: Option<String>,
    /// The parts of the query that were understood as more than words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub understood: Vec<UnderstoodPart>,
    /// The query as rules rewrote it, where they did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rewritten_query: Option<String>,
    /// The summary of the search.
    pub steps: Vec<SearchStep>,
    /// The match level: the strictness with which words matched.
    pub matched: MatchLevel,
    /// The categories that the query is likely about, likeliest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub likely_categories: Vec<LikelyCategory>,
    /// The ids of the merchant's rules that apply.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub applied_rules: Vec<String>,
    /// The query's words, each with its weight and with true if the product has it.
    pub words: Vec<SlotWeight>,
    /// The explanation of its score; absent for a product that does not match.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explain: Option<Explanation>,
    /// The last hit of the requested page, for comparison.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_on_page: Option<Compared>,
}

/// Another product and its score.
#[derive(Debug, Serialize)]
pub struct Compared {
    /// The product.
    pub id: String,
    /// The explanation of its score.
    pub explain: Explanation,
}

/// The outcome of a search for one product.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum PageOutcome {
    /// It is on the requested page.
    OnThePage {
        /// Its position in the whole answer, counted from 1.
        place: usize,
        /// True if a rule put it there.
        pinned: bool,
    },
    /// It is on another page.
    OnAnotherPage {
        /// Its position in the whole answer, counted from 1.
        place: usize,
        /// The number of that page.
        page: usize,
    },
    /// The answer shows another variant in its place.
    Variant {
        /// The id of the variant shown.
        shown: String,
        /// Its position in the whole answer, counted from 1.
        place: usize,
    },
    /// It matches, but lies deeper than pages reach.
    TooDeep {
        /// The last position that pages reach.
        depth: usize,
    },
    /// It does not pass the request's filter.
    Filtered,
    /// It is sold out, and the settings hide such products.
    SoldOut,
    /// A rule hides it, or it does not pass a rule's filter.
    HiddenByRules,
    /// A part of the query that was understood leaves it out.
    LeftOut {
        /// The part as typed.
        part: String,
    },
    /// It has a word that the query excludes.
    ExcludedWord,
    /// It lacks a quoted phrase.
    LacksPhrase,
    /// It matches, but does not pass the shopper's refinements.
    Refined,
    /// It has too few of the query's words, by weight, and its vector is too far from the query's.
    NoMatch {
        /// The share of the words' weight that it has, 0 to 1.
        share: f32,
        /// Its cosine with the query, −1 to 1; absent without vectors.
        #[serde(skip_serializing_if = "Option::is_none")]
        cosine: Option<f32>,
    },
    /// The catalogue does not have the product, or no longer has it.
    Unknown,
}

impl Search<'_> {
    /// As [`crate::Engine::why`].
    pub(super) fn why(self, query: &SearchQuery, request_context: &RequestContext<'_>, id: &str) -> Result<Why> {
        let retrieved = self.retrieved(query, request_context)?;
        let Retrieved { curated, matched, .. } = &retrieved;
        let ordinal = self.snapshot.ordinal(id);
        let mut why = Why {
            id: id.to_owned(),
            verdict: PageOutcome::Unknown,
            corrected_query: matched.understood.corrected.clone(),
            understood: matched.meant.shown(),
            rewritten_query: curated.applied.rewritten.then(|| curated.applied.query.clone()),
            steps: SearchSummary::of(self, query, &retrieved).steps(),
            matched: matched.level,
            likely_categories: matched.intent.categories.clone(),
            applied_rules: curated.applied.rules.clone(),
            words: Vec::new(),
            explain: None,
            last_on_page: None,
        };
        let Some(ordinal) = ordinal else { return Ok(why) };
        why.words =
            self.snapshot.generation.text.slot_weights(&matched.understood, &self.snapshot.settings.text, ordinal)?;
        let passes = |allowed: Option<&Bitmap>| allowed.is_none_or(|allowed| allowed.contains(ordinal));
        if matched.set.contains(ordinal) {
            self.place(&mut why, query, &retrieved, ordinal)?;
        } else if !passes(self.snapshot.allowed_by(query)?.as_deref()) {
            why.verdict = PageOutcome::Filtered;
        } else if curated.hidden_sold_out.as_ref().is_some_and(|hidden| hidden.contains(ordinal)) {
            why.verdict = PageOutcome::SoldOut;
        } else if !passes(curated.allowed.as_deref()) {
            why.verdict = PageOutcome::HiddenByRules;
        } else if let Some(part) = matched.meant.leaves_out(ordinal) {
            why.verdict = PageOutcome::LeftOut { part: part.to_owned() };
        } else if let Some(verdict) = self.excluded_by_query(matched, curated.allowed.as_deref(), ordinal)? {
            why.verdict = verdict;
        } else if matched.unrefined.as_ref().is_some_and(|unrefined| unrefined.contains(ordinal)) {
            why.verdict = PageOutcome::Refined;
        } else {
            let add = |sum: f32, word: &SlotWeight| sum + word.weight;
            let all = why.words.iter().fold(0.0, add);
            let has = why.words.iter().filter(|word| word.matched).fold(0.0, add);
            let share = if all > 0.0 { has / all } else { 0.0 };
            let direction = self.direction(&matched.understood.wanted, &mut []);
            let cosine = direction.map(|direction| self.snapshot.generation.vectors.similarity(&direction, ordinal));
            why.verdict = PageOutcome::NoMatch { share, cosine };
        }
        Ok(why)
    }

    /// The reason for which the query itself excludes a product: an excluded word, or a missing phrase.
    fn excluded_by_query(
        self,
        matched: &Matched,
        allowed: Option<&Bitmap>,
        ordinal: Ordinal,
    ) -> Result<Option<PageOutcome>> {
        let (text, settings) = (&self.snapshot.generation.text, &self.snapshot.settings.text);
        if text.wanted(&matched.understood, settings, allowed)?.is_none_or(|wanted| wanted.contains(ordinal)) {
            return Ok(None);
        }
        let excluded = text.excluded(&matched.understood, settings)?;
        let is_excluded = excluded.is_some_and(|excluded| excluded.contains(ordinal));
        Ok(Some(if is_excluded { PageOutcome::ExcludedWord } else { PageOutcome::LacksPhrase }))
    }

    /// Finds the position of a product that matches, and explains its score.
    fn place(
        &self,
        why: &mut Why,
        query: &SearchQuery,
        Retrieved { curated, sort, matched, .. }: &Retrieved<'_>,
        ordinal: Ordinal,
    ) -> Result<()> {
        let groups = self.snapshot.derived.groups.as_deref().filter(|_| query.group);
        let pins = curated.pins.within(&matched.set, groups);
        let depth = self.snapshot.settings.limits.depth;
        let whole = SearchQuery { page: 1, per_page: depth, ..query.clone() };
        let hits = self.page(&whole, matched, sort, &pins, groups);
        let explained = |ordinal| self.explain(&matched.candidate(ordinal), matched);
        why.explain = Some(explained(ordinal)?);
        let own = hits.iter().position(|hit| hit.ordinal == ordinal);
        let group = groups.map(|groups| groups.first(ordinal));
        let variant =
            || hits.iter().position(|hit| group.is_some() && groups.map(|groups| groups.first(hit.ordinal)) == group);
        why.verdict = match (own, query.per_page) {
            (Some(at), per_page) if (query.offset()..query.offset() + per_page).contains(&at) => {
                PageOutcome::OnThePage { place: at + 1, pinned: pins.contains(ordinal) }
            }
            (Some(at), per_page) => PageOutcome::OnAnotherPage { place: at + 1, page: at / per_page.max(1) + 1 },
            (None, _) => match variant() {
                Some(at) => {
                    let shown = self.snapshot.generation.products.id(hits[at].ordinal).to_owned();
                    PageOutcome::Variant { shown, place: at + 1 }
                }
                None => PageOutcome::TooDeep { depth },
            },
        };
        let mut on_page = hits.iter().skip(query.offset()).take(query.per_page);
        if let Some(last) = on_page.next_back().filter(|last| last.ordinal != ordinal) {
            let id = self.snapshot.generation.products.id(last.ordinal).to_owned();
            why.last_on_page = Some(Compared { id, explain: explained(last.ordinal)? });
        }
        Ok(())
    }
}
