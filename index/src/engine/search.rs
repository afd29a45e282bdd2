//! The life of a search: filter → words ∥ vectors → one match set → fuse →
//! personalise → page, facets, highlights, explanations. Totals, pages and
//! facets all come from the one match set.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;

use super::{Engine, Shopper};
use crate::bitmap::Bitmap;
use crate::column::{Filter, Sort, facet_counts, top};
use crate::error::Result;
use crate::hit::{
    Explanation, Factor, Hit, PersonalExplanation, SearchAnswer, TextExplanation, VectorExplanation, WordExplanation,
};
use crate::id::Ordinal;
use crate::query::SearchQuery;
use crate::rank::{Candidate, Taste, by_score, fuse, fusion_weights, personalise};
use crate::text::analysis::Analyzer;
use crate::text::{Rung, TextMatches, highlight};
use crate::vector::rows::normalise;

/// How many of the best hits by words stand for a query that cannot be embedded.
const FEEDBACK_HITS: usize = 5;

/// The texts of a product that answers highlight.
#[derive(Deserialize)]
struct Shown<'a> {
    #[serde(borrow)]
    title: Cow<'a, str>,
    #[serde(borrow, default)]
    brand: Cow<'a, str>,
    #[serde(borrow, default)]
    description: Cow<'a, str>,
}

/// The shopper who asks, where answers may be theirs.
type Personal<'a> = Option<(&'a Shopper, &'a Taste)>;

/// Everything that matches, and the best of it in order.
struct Matched {
    set: Bitmap,
    rung: Rung,
    terms: Vec<String>,
    /// The reranked window, best first.
    window: Vec<Candidate>,
    /// All other matches in order of their words, best first.
    rest: Vec<(Ordinal, f32)>,
    best_text: f32,
    /// The weight of words in this query's scores.
    words_weight: f32,
    has_vector: bool,
    personalized: bool,
}

impl Engine {
    /// Answers one search for one shopper, or for nobody.
    ///
    /// # Errors
    /// [`crate::Error::Filter`] and [`crate::Error::Invalid`] say what in the query is wrong.
    pub fn search(&self, query: &SearchQuery, shopper: Option<&Shopper>) -> Result<SearchAnswer> {
        let settings = &self.settings;
        query.check(&settings.limits)?;
        let allowed = self.allowed(query.filter.as_deref())?;
        let sort =
            query.sort.as_deref().map_or(Ok(Sort::Relevance), |sort| Sort::parse(sort, &self.generation.columns))?;
        let personal = shopper.filter(|_| query.personalize).and_then(|shopper| Some((shopper, self.taste(shopper)?)));
        let personal = personal.as_ref().map(|(shopper, taste)| (*shopper, taste));
        let matched = self.retrieve(&query.query, allowed.as_deref(), personal)?;
        let total = matched.set.count();
        let page = match &sort {
            Sort::Relevance => relevance_page(&matched, query),
            Sort::Field { field, direction } => {
                let column = self.generation.columns.require("sort", field)?;
                let ordinals = top(&matched.set, column, *direction, query.offset(), query.per_page);
                ordinals.into_iter().map(|ordinal| matched.candidate(ordinal)).collect()
            }
        };
        let mut facets = BTreeMap::new();
        for field in &query.facets {
            let answer = facet_counts(&self.generation.columns, field, &matched.set, settings.limits.facet_values)?;
            facets.insert(field.clone(), answer);
        }
        let analyzer = &mut self.generation.text.analyzer();
        let hits =
            page.iter().map(|candidate| self.hit(candidate, query, &matched, analyzer)).collect::<Result<_>>()?;
        let reachable = total.min(settings.limits.depth);
        let pages = if query.per_page == 0 { 0 } else { reachable.div_ceil(query.per_page) };
        Ok(SearchAnswer {
            hits,
            total,
            page: query.page,
            pages,
            facets,
            matched: matched.rung,
            personalized: matched.personalized && sort == Sort::Relevance,
        })
    }

    /// The products a filter allows; `None` allows all.
    pub(super) fn allowed(&self, filter: Option<&str>) -> Result<Option<Arc<Bitmap>>> {
        let Some(text) = filter.filter(|text| !text.trim().is_empty()) else { return Ok(None) };
        self.filters.get(&Filter::parse(text)?, &self.generation.columns).map(Some)
    }

    fn retrieve(&self, query: &str, allowed: Option<&Bitmap>, personal: Personal<'_>) -> Result<Matched> {
        if query.trim().is_empty() {
            return Ok(self.everything(allowed, personal));
        }
        let rank = &self.settings.rank;
        let found = self.generation.text.matches(query, &self.settings.text, allowed)?;
        let (mut ranked, best_text) = by_words(&found);
        let direction = self.direction(query, &ranked);
        let near = match &direction {
            Some(vector) => self.generation.vectors.search(vector, rank.window, allowed)?,
            None => Vec::new(),
        };
        let mut set = Bitmap::from_ordinals(self.generation.products.len(), found.ordinals.iter().copied());
        let rest = ranked.split_off(ranked.len().min(rank.window));
        let mut window: Vec<Candidate> = ranked.iter().map(|&(ordinal, text)| self.candidate(ordinal, text)).collect();
        let in_text = set.clone();
        let plenty = found.rung == Rung::AllWords && found.ordinals.len() >= self.settings.text.enough;
        let least = if plenty { rank.min_similarity } else { rank.min_similarity_alone };
        for &(ordinal, cosine) in near.iter().filter(|(_, cosine)| *cosine >= least) {
            if !in_text.contains(ordinal) {
                set.insert(ordinal);
                window.push(Candidate { cosine, ..self.candidate(ordinal, 0.0) });
            }
        }
        if let Some(vector) = &direction {
            let vectors = &self.generation.vectors.vectors;
            window.iter_mut().for_each(|candidate| candidate.cosine = vectors.similarity(vector, candidate.ordinal));
        }
        let has_vector = direction.is_some();
        let (words_weight, _) = fusion_weights(has_vector, best_text > 0.0, rank);
        fuse(&mut window, best_text, has_vector, rank);
        // A part number names one thing: whoever asks, the answer is the same.
        let personal = personal.filter(|_| !found.part_number);
        let personalized = self.personalise(&mut window, personal);
        Ok(Matched {
            set,
            rung: found.rung,
            terms: found.terms,
            window,
            rest,
            best_text,
            words_weight,
            has_vector,
            personalized,
        })
    }

    /// Without words: every allowed product, the popular first.
    fn everything(&self, allowed: Option<&Bitmap>, personal: Personal<'_>) -> Matched {
        let rank = &self.settings.rank;
        let set = allowed.cloned().unwrap_or_else(|| Bitmap::full(self.generation.products.len()));
        let mut ranked =
            self.generation.behaviour.popularity.best_first().iter().copied().filter(|&at| set.contains(at));
        let mut window: Vec<Candidate> =
            ranked.by_ref().take(rank.window).map(|ordinal| self.candidate(ordinal, 0.0)).collect();
        let rest: Vec<(Ordinal, f32)> = ranked.map(|ordinal| (ordinal, 0.0)).collect();
        fuse(&mut window, 0.0, false, rank);
        let personalized = self.personalise(&mut window, personal);
        Matched {
            set,
            rung: Rung::Everything,
            terms: Vec::new(),
            window,
            rest,
            best_text: 0.0,
            words_weight: 0.0,
            has_vector: false,
            personalized,
        }
    }

    /// The direction of a query: its embedding, or, when the products' vectors came with the
    /// feed and queries cannot be embedded, the mean of the best hits by words.
    fn direction(&self, query: &str, ranked: &[(Ordinal, f32)]) -> Option<Vec<f32>> {
        if self.settings.rank.vector_weight == 0.0 {
            return None;
        }
        let vectors = &self.generation.vectors.vectors;
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

    fn hit(
        &self,
        candidate: &Candidate,
        query: &SearchQuery,
        matched: &Matched,
        analyzer: &mut Analyzer,
    ) -> Result<Hit> {
        let ordinal = candidate.ordinal;
        Ok(Hit {
            id: self.generation.products.id(ordinal).to_owned(),
            score: candidate.score,
            highlights: self.highlights(ordinal, &matched.terms, analyzer),
            explain: query.explain.then(|| self.explain(candidate, &query.query, matched)).transpose()?,
            product: self.shown(ordinal)?,
        })
    }

    fn highlights(
        &self,
        ordinal: Ordinal,
        terms: &[String],
        analyzer: &mut Analyzer,
    ) -> BTreeMap<&'static str, String> {
        let mut marked = BTreeMap::new();
        let json = self.generation.products.json(ordinal);
        let Some(shown) = (!terms.is_empty()).then(|| serde_json::from_str::<Shown<'_>>(json).ok()).flatten() else {
            return marked;
        };
        let found = [
            ("title", highlight::highlight(analyzer, &shown.title, terms)),
            ("brand", highlight::highlight(analyzer, &shown.brand, terms)),
            ("description", highlight::snippet(analyzer, &shown.description, terms)),
        ];
        marked.extend(found.into_iter().filter_map(|(field, text)| text.map(|text| (field, text))));
        marked
    }

    fn explain(&self, candidate: &Candidate, query: &str, matched: &Matched) -> Result<Explanation> {
        let rank = &self.settings.rank;
        let (words, vectors) = fusion_weights(matched.has_vector, matched.best_text > 0.0, rank);
        let text = if matched.best_text > 0.0 { candidate.text / matched.best_text } else { 0.0 };
        let scored = self.generation.text.explain(query, &self.settings.text, candidate.ordinal)?;
        let scored =
            scored.into_iter().map(|(word, field, score)| WordExplanation { word, field: field.name(), score });
        let personal = matched.personalized.then(|| {
            let (signals, settings) = (&candidate.personal, &rank.personal);
            let scale = signals.gate * settings.weight;
            PersonalExplanation {
                gate: signals.gate,
                interest: Factor::new(scale * settings.interest, signals.interest),
                neighbours: Factor::new(scale * settings.neighbours, signals.neighbours),
                brand: Factor::new(scale * settings.brand, signals.brand),
                stated: Factor::new(settings.stated, signals.stated),
                contribution: signals.contribution,
            }
        });
        Ok(Explanation {
            text: TextExplanation { bm25: candidate.text, factor: Factor::new(words, text), words: scored.collect() },
            vector: VectorExplanation {
                cosine: candidate.cosine,
                factor: Factor::new(vectors, candidate.cosine.max(0.0)),
            },
            popularity: Factor::new(rank.popularity, candidate.popularity),
            personal,
            score: candidate.score,
        })
    }
}

impl Matched {
    /// The candidate of a match, wherever it stands.
    fn candidate(&self, ordinal: Ordinal) -> Candidate {
        let in_window = self.window.iter().find(|candidate| candidate.ordinal == ordinal);
        in_window.copied().unwrap_or_else(|| {
            let text = self.rest.iter().find(|(other, _)| *other == ordinal).map_or(0.0, |(_, text)| *text);
            self.outside(ordinal, text)
        })
    }

    /// A match outside the window: scored by its words alone.
    fn outside(&self, ordinal: Ordinal, text: f32) -> Candidate {
        let score = if self.best_text > 0.0 { self.words_weight * text / self.best_text } else { 0.0 };
        Candidate { ordinal, text, score, ..Candidate::default() }
    }
}

/// Matches by their words, best first, ties by ordinal; and the best score.
fn by_words(found: &TextMatches) -> (Vec<(Ordinal, f32)>, f32) {
    let mut ranked: Vec<(Ordinal, f32)> = found.ordinals.iter().copied().zip(found.scores.iter().copied()).collect();
    ranked.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let best = ranked.first().map_or(0.0, |(_, score)| *score);
    (ranked, best)
}

/// The page's candidates: the window and the rest, merged by score.
fn relevance_page(matched: &Matched, query: &SearchQuery) -> Vec<Candidate> {
    let mut window = matched.window.iter().copied().peekable();
    let mut rest = matched.rest.iter().map(|&(ordinal, text)| matched.outside(ordinal, text)).peekable();
    let merged = std::iter::from_fn(|| match (window.peek(), rest.peek()) {
        (Some(inside), Some(outside)) if by_score(outside, inside).is_lt() => rest.next(),
        (Some(_), _) => window.next(),
        (None, _) => rest.next(),
    });
    merged.skip(query.offset()).take(query.per_page).collect()
}
