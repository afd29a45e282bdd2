//! Hits as answers show them: the product, the matched words marked, the score explained.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;

use super::Search;
use super::pins::Pins;
use super::retrieve::Matched;
use crate::error::Result;
use crate::generation::Products;
use crate::hit::{
    Explanation, Hit, PersonalExplanation, RulesExplanation, TextExplanation, VectorExplanation, WordExplanation,
};
use crate::id::Ordinal;
use crate::query::SearchQuery;
use crate::rank::Candidate;
use crate::rank::signal::{self, Explained, slot};
use crate::text::analysis::Analyzer;
use crate::text::{AlternativeSource, SlotScore, highlight};

/// The texts of a product that answers highlight or name.
#[derive(Deserialize)]
pub(super) struct ProductTexts<'a> {
    #[serde(borrow)]
    pub(super) title: Cow<'a, str>,
    #[serde(borrow, default)]
    lang: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    brand: Cow<'a, str>,
    #[serde(borrow, default)]
    description: Cow<'a, str>,
}

impl<'a> ProductTexts<'a> {
    /// The texts of a product, borrowed from its stored form; `None` if that cannot be read.
    pub(super) fn of(products: &'a Products, ordinal: Ordinal) -> Option<Self> {
        serde_json::from_str(products.json(ordinal)).ok()
    }
}

impl Search<'_> {
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
            id: self.snapshot.generation.products.id(ordinal).to_owned(),
            score: candidate.score,
            highlights: self.highlights(ordinal, &matched.terms, analyzer),
            explain: query.explain.then(|| self.explain(candidate, matched)).transpose()?,
            pinned: pins.contains(ordinal),
            product: self.snapshot.card(ordinal)?.product.clone(),
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
        let products = &self.snapshot.generation.products;
        let Some(texts) = (!terms.is_empty()).then(|| ProductTexts::of(products, ordinal)).flatten() else {
            return marked;
        };
        // A product is highlighted with the analysis it was indexed with, which depends on its language.
        let mut own = texts.lang.as_deref().map(|lang| self.snapshot.generation.text.analyzer_of(Some(lang)));
        let analyzer = own.as_mut().unwrap_or(analyzer);
        let found = [
            ("title", highlight::highlight(analyzer, &texts.title, terms)),
            ("brand", highlight::highlight(analyzer, &texts.brand, terms)),
            ("description", highlight::snippet(analyzer, &texts.description, terms)),
        ];
        marked.extend(found.into_iter().filter_map(|(field, text)| text.map(|text| (field, text))));
        marked
    }

    /// The explanation of one score. The signals come from the registry; the named parts repeat them for clients
    /// that read one of them.
    pub(super) fn explain(self, candidate: &Candidate, matched: &Matched) -> Result<Explanation> {
        let (snapshot, ordinal) = (self.snapshot, candidate.ordinal);
        let (text, rank) = (&snapshot.generation.text, &snapshot.settings.rank);
        let scored = text.explain(&matched.understood, &snapshot.settings.text, ordinal)?.into_iter();
        let words: Vec<WordExplanation> = scored.map(word_explanation).collect();
        let boost = matched.boosts.factor(ordinal);
        let learned = matched.learned.as_ref().and_then(|learned| learned.explain(candidate));
        let texts = ProductTexts::of(&snapshot.generation.products, ordinal);
        let explained = Explained {
            candidate,
            words: &words,
            brand: texts.as_ref().map_or("", |texts| &texts.brand),
            boost,
            learned: learned.is_some(),
            personalized: matched.personalized,
            named: matched.named.is_some(),
        };
        let signals = signal::explain(&explained, rank, &matched.scales);
        let factor = |slot| signal::factor(slot, candidate, rank, &matched.scales);
        let personal = matched.personalized.then(|| {
            let (interest, neighbours) = (factor(const { slot("interest") }), factor(const { slot("neighbours") }));
            let (brand, stated) = (factor(const { slot("brand") }), factor(const { slot("stated") }));
            let inferred = interest.contribution + neighbours.contribution + brand.contribution;
            let follows = factor(const { slot("follows") }).contribution;
            let bound = candidate.values[const { slot("bound") }];
            let contribution = stated.contribution + inferred + follows + bound;
            PersonalExplanation { gate: matched.scales.gate(), interest, neighbours, brand, stated, contribution }
        });
        let rules = RulesExplanation { factor: boost, contribution: candidate.values[const { slot("rules") }] };
        Ok(Explanation {
            text: TextExplanation { bm25: candidate.text, factor: factor(const { slot("words") }), words },
            vector: VectorExplanation { cosine: candidate.cosine, factor: factor(const { slot("vectors") }) },
            adjacent: factor(const { slot("adjacent") }),
            coverage: factor(const { slot("coverage") }),
            popularity: factor(const { slot("popularity") }),
            feedback: factor(const { slot("feedback") }),
            category: factor(const { slot("category") }),
            learned,
            rules: (boost != 1.0).then_some(rules),
            personal,
            signals,
            score: candidate.score,
        })
    }
}

/// The score of one alternative in one field, as explanations show it.
fn word_explanation(scored: SlotScore) -> WordExplanation {
    let SlotScore { word, field, score, terms, source } = scored;
    let by = (source != AlternativeSource::Typed).then(|| terms.join(" "));
    WordExplanation { word, field: field.name(), score, by, source }
}
