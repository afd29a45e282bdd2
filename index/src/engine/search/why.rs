//! Why a product is, or is not, on the page: the first thing that keeps it away, in the order in which
//! a search decides, or its place and what its score is made of, beside that of the page's last hit.

use serde::Serialize;

use super::retrieve::Matched;
use super::{Begun, RequestContext, Snapshot};
use crate::bitmap::Bitmap;
use crate::error::Result;
use crate::hit::{Explanation, LikelyCategory};
use crate::id::Ordinal;
use crate::query::SearchQuery;
use crate::text::{Rung, SlotWorth};

/// The answer for one product.
#[derive(Debug, Serialize)]
pub struct Why {
    /// The product.
    pub id: String,
    /// What became of it.
    pub verdict: Verdict,
    /// The query as it was probably meant, when words were corrected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub corrected_query: Option<String>,
    /// What rules made of the query, where they did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rewritten_query: Option<String>,
    /// How strictly words were matched.
    pub matched: Rung,
    /// What the query is likely about.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub likely_categories: Vec<LikelyCategory>,
    /// The merchant's rules that hold, by id.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub applied_rules: Vec<String>,
    /// The query's words, what each is worth, and whether the product has it.
    pub words: Vec<SlotWorth>,
    /// What its score is made of, where it was scored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explain: Option<Explanation>,
    /// The last hit of the page asked for, for comparison.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_on_page: Option<Compared>,
}

/// Another product and its score.
#[derive(Debug, Serialize)]
pub struct Compared {
    /// The product.
    pub id: String,
    /// What its score is made of.
    pub explain: Explanation,
}

/// What became of a product.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum Verdict {
    /// It is on the page asked for.
    OnThePage {
        /// Its place in the whole answer, counted from 1.
        place: usize,
        /// Whether a rule put it there.
        pinned: bool,
    },
    /// It is on another page.
    OnAnotherPage {
        /// Its place in the whole answer, counted from 1.
        place: usize,
        /// The page it is on.
        page: usize,
    },
    /// Another variant of it stands for all of them.
    Variant {
        /// That one.
        shown: String,
        /// Its place in the whole answer, counted from 1.
        place: usize,
    },
    /// It matches, but lies deeper than can be paged to.
    TooDeep {
        /// The last place that can be paged to.
        depth: usize,
    },
    /// It does not pass the request's filter.
    Filtered,
    /// A rule hides it, or it does not pass a rule's filter.
    HiddenByRules,
    /// It has a word that is not wanted.
    ExcludedWord,
    /// It lacks what stands in quotes, which other products have.
    LacksPhrase,
    /// It matches, but does not pass what the shopper has chosen.
    Refined,
    /// It has too little of what the words are worth, and does not mean something near enough.
    NoMatch {
        /// The share of the words' worth it has, 0 to 1.
        share: f32,
        /// Its cosine with the query, −1 to 1; absent without vectors.
        #[serde(skip_serializing_if = "Option::is_none")]
        cosine: Option<f32>,
    },
    /// The catalogue has no such product, or has it no more.
    Unknown,
}

impl Snapshot {
    /// Says why a product is, or is not, on the page of a search.
    ///
    /// # Errors
    /// As [`Self::search`].
    pub fn why(&self, query: &SearchQuery, request_context: &RequestContext<'_>, id: &str) -> Result<Why> {
        let begun = self.begin(query, request_context)?;
        let Begun { curated, matched, .. } = &begun;
        let ordinal = self.ordinal(id);
        let mut why = Why {
            id: id.to_owned(),
            verdict: Verdict::Unknown,
            corrected_query: matched.understood.corrected.clone(),
            rewritten_query: curated.applied.rewritten.then(|| curated.applied.query.clone()),
            matched: matched.rung,
            likely_categories: matched.intent.categories.clone(),
            applied_rules: curated.applied.rules.clone(),
            words: Vec::new(),
            explain: None,
            last_on_page: None,
        };
        let Some(ordinal) = ordinal else { return Ok(why) };
        why.words = self.generation.text.worths(&matched.understood, &self.settings.text, ordinal)?;
        let passes = |allowed: Option<&Bitmap>| allowed.is_none_or(|allowed| allowed.contains(ordinal));
        if matched.set.contains(ordinal) {
            self.place(&mut why, query, &begun, ordinal)?;
        } else if !passes(self.allowed(query.filter.as_deref(), query.location)?.as_deref()) {
            why.verdict = Verdict::Filtered;
        } else if !passes(curated.allowed.as_deref()) {
            why.verdict = Verdict::HiddenByRules;
        } else if let Some(verdict) = self.kept_away(matched, curated.allowed.as_deref(), ordinal)? {
            why.verdict = verdict;
        } else if matched.unrefined.as_ref().is_some_and(|unrefined| unrefined.contains(ordinal)) {
            why.verdict = Verdict::Refined;
        } else {
            let worth = |sum: f32, word: &SlotWorth| sum + word.worth;
            let all = why.words.iter().fold(0.0, worth);
            let held = why.words.iter().filter(|word| word.held).fold(0.0, worth);
            let share = if all > 0.0 { held / all } else { 0.0 };
            let direction = self.direction(&matched.understood.wanted, &mut []);
            let cosine = direction.map(|direction| self.generation.vectors.similarity(&direction, ordinal));
            why.verdict = Verdict::NoMatch { share, cosine };
        }
        Ok(why)
    }

    /// What the query itself says against a product: a word that is not wanted, or no phrase in quotes.
    fn kept_away(&self, matched: &Matched, allowed: Option<&Bitmap>, ordinal: Ordinal) -> Result<Option<Verdict>> {
        let (text, settings) = (&self.generation.text, &self.settings.text);
        if text.wanted(&matched.understood, settings, allowed)?.is_none_or(|wanted| wanted.contains(ordinal)) {
            return Ok(None);
        }
        let excluded = text.excluded(&matched.understood, settings)?;
        let is_excluded = excluded.is_some_and(|excluded| excluded.contains(ordinal));
        Ok(Some(if is_excluded { Verdict::ExcludedWord } else { Verdict::LacksPhrase }))
    }

    /// Where a product that matches stands.
    fn place(
        &self,
        why: &mut Why,
        query: &SearchQuery,
        Begun { curated, sort, matched, .. }: &Begun<'_>,
        ordinal: Ordinal,
    ) -> Result<()> {
        let groups = self.derived.groups.as_deref().filter(|_| query.group);
        let pins = curated.pins.within(&matched.set, groups);
        let depth = self.settings.limits.depth;
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
                Verdict::OnThePage { place: at + 1, pinned: pins.contains(ordinal) }
            }
            (Some(at), per_page) => Verdict::OnAnotherPage { place: at + 1, page: at / per_page.max(1) + 1 },
            (None, _) => match variant() {
                Some(at) => {
                    let shown = self.generation.products.id(hits[at].ordinal).to_owned();
                    Verdict::Variant { shown, place: at + 1 }
                }
                None => Verdict::TooDeep { depth },
            },
        };
        let mut on_page = hits.iter().skip(query.offset()).take(query.per_page);
        if let Some(last) = on_page.next_back().filter(|last| last.ordinal != ordinal) {
            let id = self.generation.products.id(last.ordinal).to_owned();
            why.last_on_page = Some(Compared { id, explain: explained(last.ordinal)? });
        }
        Ok(())
    }
}
