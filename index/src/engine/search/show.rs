//! Hits as answers show them: the product, matched words marked, the score explained.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;

use super::Snapshot;
use super::pins::Pins;
use super::retrieve::Matched;
use crate::error::Result;
use crate::hit::{
    Explanation, Factor, Hit, PersonalExplanation, RulesExplanation, TextExplanation, VectorExplanation,
    WordExplanation,
};
use crate::id::Ordinal;
use crate::query::SearchQuery;
use crate::rank::{Candidate, fusion_weights};
use crate::signal::signals;
use crate::text::analysis::Analyzer;
use crate::text::highlight;

/// The texts of a product that answers highlight.
#[derive(Deserialize)]
struct Shown<'a> {
    #[serde(borrow)]
    title: Cow<'a, str>,
    #[serde(borrow, default)]
    lang: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    brand: Cow<'a, str>,
    #[serde(borrow, default)]
    description: Cow<'a, str>,
}

impl Snapshot {
    pub(super) fn hit(
        &self,
        candidate: &Candidate,
        query: &SearchQuery,
        matched: &Matched,
        pins: &Pins,
        analyzer: &mut Analyzer,
    ) -> Result<Hit> {
        let ordinal = candidate.ordinal;
        Ok(Hit {
            id: self.generation.products.id(ordinal).to_owned(),
            score: candidate.score,
            highlights: self.highlights(ordinal, &matched.terms, analyzer),
            explain: query.explain.then(|| self.explain(candidate, matched)).transpose()?,
            pinned: pins.contains(ordinal),
            product: self.card(ordinal)?.product.clone(),
            variants: None,
            nearest: None,
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
        // Marked as it was indexed, in its own language.
        let mut own = shown.lang.as_deref().map(|lang| self.generation.text.analyzer_of(Some(lang)));
        let analyzer = own.as_mut().unwrap_or(analyzer);
        let found = [
            ("title", highlight::highlight(analyzer, &shown.title, terms)),
            ("brand", highlight::highlight(analyzer, &shown.brand, terms)),
            ("description", highlight::snippet(analyzer, &shown.description, terms)),
        ];
        marked.extend(found.into_iter().filter_map(|(field, text)| text.map(|text| (field, text))));
        marked
    }

    pub(super) fn explain(&self, candidate: &Candidate, matched: &Matched) -> Result<Explanation> {
        let (rank, ordinal) = (&self.settings.rank, candidate.ordinal);
        let (words, vectors) = fusion_weights(matched.has_vector, matched.best_text > 0.0, rank);
        let text = if matched.best_text > 0.0 { candidate.text / matched.best_text } else { 0.0 };
        let scored = self.generation.text.explain(&matched.understood, &self.settings.text, candidate.ordinal)?;
        let scored =
            scored.into_iter().map(|(word, field, score)| WordExplanation { word, field: field.name(), score });
        let factor = matched.boosts.factor(ordinal);
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
        let mut explain = Explanation {
            text: TextExplanation { bm25: candidate.text, factor: Factor::new(words, text), words: scored.collect() },
            vector: VectorExplanation {
                cosine: candidate.cosine,
                factor: Factor::new(vectors, candidate.cosine.max(0.0)),
            },
            adjacent: Factor::new(words * rank.adjacent, candidate.closeness.adjacent),
            coverage: Factor::new(words * rank.coverage, candidate.closeness.coverage),
            popularity: Factor::new(rank.popularity, candidate.popularity),
            feedback: Factor::new(rank.feedback, candidate.feedback),
            category: Factor::new(rank.category, candidate.category),
            learned: matched.learned.as_ref().and_then(|learned| learned.explain(candidate)),
            rules: (factor != 1.0).then_some(RulesExplanation { factor, contribution: candidate.boost }),
            personal,
            signals: Vec::new(),
            score: candidate.score,
        };
        let shown = serde_json::from_str::<Shown<'_>>(self.generation.products.json(ordinal)).ok();
        explain.signals = signals(&explain, shown.as_ref().map_or("", |shown| &shown.brand));
        Ok(explain)
    }
}
