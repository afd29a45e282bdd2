//! The effect of a merchant's rules on one request, in this generation's ordinals. Filters and hidden products
//! narrow the products that may match, so that nothing hidden is found, counted or faceted. A pinned product joins
//! the matches if it is allowed and in stock. A filter or order that names fields this generation does not have is
//! ignored, so a rule written for another catalogue cannot empty a page.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::pins::Pins;
use crate::bitmap::Bitmap;
use crate::column::{CATEGORY, Filter, Sort};
use crate::curation::{Applied, Curation, Document, Pin, Rule, RuleRequest, Weighing};
use crate::engine::snapshot::whole_filter;
use crate::engine::{RequestContext, Snapshot, SoldOut};
use crate::error::{Error, Result};
use crate::id::Ordinal;
use crate::product::FieldError;
use crate::query::SearchQuery;
use crate::rank::Boosts;
use crate::text::Analyzer;

/// The fields that speak of availability: a filter on one of them asks for sold-out products or against them itself.
const AVAILABILITY_FIELDS: [&str; 3] = ["availability", "in_stock", "stock"];

/// The effect of the rules on one search.
pub(super) struct Curated {
    /// The effect in ids and texts, as the rules spell it.
    pub(super) applied: Applied,
    /// The products that may match: those that pass the filters of the request and of the rules, and are not hidden;
    /// all when absent.
    pub(super) allowed: Option<Arc<Bitmap>>,
    /// The products that would be allowed if they were not sold out, where the settings hide those.
    pub(super) hidden_sold_out: Option<Bitmap>,
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
        let mut analyzers = BTreeMap::new();
        document.compile(
            &self.snapshot.generation.manifest.language.code(),
            &mut |text| words.whole(text).into_iter().map(|token| token.term).collect(),
            &mut |lang, text| {
                let analyzer = || self.snapshot.generation.text.analyzer_of(Some(lang));
                let terms: &mut Analyzer = analyzers.entry(lang.to_owned()).or_insert_with(analyzer);
                terms.whole(text).into_iter().map(|token| token.term).collect()
            },
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
        let asked = self.snapshot.allowed_by(query)?;
        let applied = self.applied(query, request_context)?;
        let allowed = self.narrowed(asked, &applied);
        let hides = self.hides_sold_out(query, &applied.filters);
        let (allowed, hidden_sold_out) = self.without_sold_out(allowed, hides);
        let boosts = self.boosts(&applied);
        let pins = self.pins(&applied, allowed.as_deref());
        Ok(Curated { applied, allowed, hidden_sold_out, boosts, pins })
    }

    /// True if sold-out products are neither found nor counted: the settings say so, and no filter in force speaks of
    /// availability.
    fn hides_sold_out(self, query: &SearchQuery, by_rules: &[String]) -> bool {
        let is_availability = |field: &str| AVAILABILITY_FIELDS.contains(&field);
        let speaks =
            |text: &str| Filter::parse(text).is_ok_and(|filter| filter.fields().into_iter().any(is_availability));
        let refined = query.refinements.iter().filter(|(_, refinement)| !refinement.is_empty());
        self.snapshot.settings.sold_out == SoldOut::Hide
            && !query.filter.as_deref().is_some_and(speaks)
            && !by_rules.iter().any(|filter| speaks(filter))
            && !refined.into_iter().any(|(field, _)| is_availability(field))
    }

    /// Splits the allowed products into those that can be had and, where sold-out ones are hidden, the others.
    fn without_sold_out(self, allowed: Option<Arc<Bitmap>>, hides: bool) -> (Option<Arc<Bitmap>>, Option<Bitmap>) {
        let Some(in_stock) = self.snapshot.in_stock().filter(|_| hides) else { return (allowed, None) };
        let all = || Bitmap::full(self.snapshot.generation.products.len());
        let mut sold_out = allowed.as_ref().map_or_else(all, |allowed| (**allowed).clone());
        sold_out.and_not(&in_stock);
        let in_stock = match allowed {
            Some(allowed) => {
                let mut both = (*in_stock).clone();
                both.and(&allowed);
                both.into()
            }
            None => in_stock,
        };
        (Some(in_stock), Some(sold_out))
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
            self.snapshot.generation.text.analyzer().whole(&query.query).into_iter().map(|token| token.term).collect();
        let categories = whole_filter(query)?.map(|filter| filter.required(CATEGORY)).unwrap_or_default();
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
        let hidden = self.hidden(applied);
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
                let ordinals = ids.iter().flat_map(|id| self.called(id));
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
        let fits = |ordinal| {
            allowed.is_none_or(|allowed| allowed.contains(ordinal))
                && in_stock.as_ref().is_none_or(|in_stock| in_stock.contains(ordinal))
        };
        // Of a group, the first that fits.
        let placed = |pin: &Pin| Some((pin.position, self.called(&pin.id).into_iter().find(|&ordinal| fits(ordinal))?));
        let mut placed: Vec<(usize, Ordinal)> = applied.pins.iter().filter_map(placed).collect();
        let mut seen = HashSet::new();
        placed.retain(|(_, ordinal)| seen.insert(*ordinal));
        Pins::new(placed)
    }
}
