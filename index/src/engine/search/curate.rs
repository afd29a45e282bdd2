//! The effect of a merchant's rules on one request, in this generation's ordinals. Filters and hidden products
//! narrow the products that may match, so that nothing hidden is found, counted or faceted. A pinned product joins
//! the matches if it is allowed and in stock. A filter or order that names fields this generation does not have is
//! ignored, so a rule written for another catalogue cannot empty a page.

use std::sync::Arc;

use super::pins::Pins;
use crate::bitmap::Bitmap;
use crate::column::{CATEGORY, Filter, Sort};
use crate::curation::{Applied, Curation, Document, Rule, RuleRequest, Weighing};
use crate::engine::{RequestContext, Snapshot};
use crate::error::{Error, Result};
use crate::product::FieldError;
use crate::query::SearchQuery;
use crate::rank::Boosts;

/// The effect of the rules on one search.
pub(super) struct Curated {
    /// The effect in ids and texts, as the rules spell it.
    pub(super) applied: Applied,
    /// The products that may match: those that pass the filters of the request and of the rules, and are not hidden;
    /// all when absent.
    pub(super) allowed: Option<Arc<Bitmap>>,
    pub(super) boosts: Boosts,
    /// Pinned products by position.
    pub(super) pins: Pins,
}

/// The rules and filters of a request, over one snapshot.
#[derive(Clone, Copy)]
pub(in crate::engine) struct Curator<'a> {
    pub(in crate::engine) snapshot: &'a Snapshot,
}

impl Curator<'_> {
    /// As [`crate::Engine::compile`].
    pub(super) fn compile(self, document: &Document) -> Result<Curation> {
        let mut words = self.snapshot.generation.text.analyzer();
        let mut terms = self.snapshot.generation.text.analyzer();
        document.compile(
            &self.snapshot.generation.manifest.language.code(),
            &mut |text| words.whole(text).into_iter().map(|token| token.word).collect(),
            &mut |text| terms.whole(text).into_iter().map(|token| token.term).collect(),
        )
    }

    /// As [`crate::Engine::check_rule`].
    pub(super) fn check_rule(self, rule: &Rule) -> std::result::Result<(), FieldError> {
        let message = |error: Error| match error {
            Error::Invalid { message, .. } => message,
            other => other.to_string(),
        };
        let filter = |text: &str| self.snapshot.allowed(Some(text), None).map(drop).map_err(message);
        rule.check(&filter, &|order| {
            Sort::parse(order, &self.snapshot.generation.columns, None).map(drop).map_err(message)
        })
    }

    /// Applies the rules to a search.
    pub(super) fn curate(self, query: &SearchQuery, request_context: &RequestContext<'_>) -> Result<Curated> {
        let asked = self.snapshot.allowed(query.filter.as_deref(), query.location)?;
        let applied = self.applied(query, request_context)?;
        let allowed = self.narrowed(asked, &applied);
        let boosts = self.boosts(&applied);
        let pins = self.pins(&applied, allowed.as_deref());
        Ok(Curated { applied, allowed, boosts, pins })
    }

    /// The products that may match a search; all when absent.
    pub(in crate::engine) fn may_match(
        self,
        query: &SearchQuery,
        request_context: &RequestContext<'_>,
    ) -> Result<Option<Arc<Bitmap>>> {
        Ok(self.curate(query, request_context)?.allowed)
    }

    /// The effect of the rules on a search, as they spell it.
    pub(in crate::engine) fn applied(
        self,
        query: &SearchQuery,
        request_context: &RequestContext<'_>,
    ) -> Result<Applied> {
        let Some(curation) = request_context.curation.filter(|curation| !curation.rules.is_empty()) else {
            return Ok(Applied::unchanged(&query.query));
        };
        let words: Vec<String> =
            self.snapshot.generation.text.analyzer().whole(&query.query).into_iter().map(|token| token.word).collect();
        let filter = query.filter.as_deref().filter(|text| !text.trim().is_empty()).map(Filter::parse).transpose()?;
        let categories = filter.map(|filter| filter.required(CATEGORY)).unwrap_or_default();
        let nowhere = Default::default();
        let context = request_context.context.unwrap_or(&nowhere);
        let (query, now) = (&*query.query, request_context.now);
        Ok(curation.rules.apply(&RuleRequest {
            query,
            words: &words,
            categories: &categories,
            row: None,
            context,
            now,
        }))
    }

    /// Of `asked`, the products that pass the rules' filters and are not hidden; all when absent.
    pub(in crate::engine) fn narrowed(self, asked: Option<Arc<Bitmap>>, applied: &Applied) -> Option<Arc<Bitmap>> {
        let products = &self.snapshot.generation.products;
        let filters = applied.filters.iter().filter_map(|text| self.snapshot.allowed(Some(text), None).ok().flatten());
        let narrower = filters.fold(asked, |allowed, filter| match allowed {
            None => Some(filter),
            Some(allowed) => {
                let mut both = (*allowed).clone();
                both.and(&filter);
                Some(Arc::new(both))
            }
        });
        let hidden: Vec<_> = applied.hidden.iter().filter_map(|id| products.ordinal(id)).collect();
        if hidden.is_empty() {
            return narrower;
        }
        let mut allowed = narrower.map_or_else(|| Bitmap::full(products.len()), |allowed| (*allowed).clone());
        hidden.into_iter().for_each(|ordinal| allowed.remove(ordinal));
        Some(Arc::new(allowed))
    }

    /// The boosts of the rules.
    pub(in crate::engine) fn boosts(self, applied: &Applied) -> Boosts {
        let weighed =
            |weighing: &Weighing| Some((self.chosen(weighing.filter.as_deref(), &weighing.ids)?, weighing.factor?));
        Boosts::new(applied.weighings.iter().filter_map(weighed).collect())
    }

    /// The products named by a filter or by ids; `None` for a filter that names fields this generation does not have.
    pub(in crate::engine) fn chosen(self, filter: Option<&str>, ids: &[String]) -> Option<Arc<Bitmap>> {
        let products = &self.snapshot.generation.products;
        match filter {
            Some(filter) => self.snapshot.allowed(Some(filter), None).ok().flatten(),
            None => {
                let ordinals = ids.iter().filter_map(|id| products.ordinal(id));
                Some(Arc::new(Bitmap::from_ordinals(products.len(), ordinals)))
            }
        }
    }

    /// The pins that apply: those of products that exist, are allowed and in stock.
    fn pins(self, applied: &Applied, allowed: Option<&Bitmap>) -> Pins {
        if applied.pins.is_empty() {
            return Pins::default();
        }
        let in_stock = self.snapshot.in_stock();
        let placed = applied
            .pins
            .iter()
            .filter_map(|pin| Some((pin.position, self.snapshot.generation.products.ordinal(&pin.id)?)));
        let fits = |ordinal| {
            allowed.is_none_or(|allowed| allowed.contains(ordinal))
                && in_stock.as_ref().is_none_or(|in_stock| in_stock.contains(ordinal))
        };
        Pins::new(placed.filter(|(_, ordinal)| fits(*ordinal)).collect())
    }
}
