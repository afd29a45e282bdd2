//! What a merchant's rules come to for one search, in this generation's ordinals. Filters and hidden
//! products narrow what may match, so that nothing hidden is found, counted or faceted. A pinned
//! product joins the matches when it is allowed and in stock. A filter or order that this
//! generation's columns do not know is passed over: a rule written for another catalogue takes no
//! page away.

use std::sync::Arc;

use super::pins::Pins;
use crate::bitmap::Bitmap;
use crate::column::{CATEGORY, Filter, Sort};
use crate::curation::{Applied, Curation, Document, Rule, RuleRequest, Weighing};
use crate::engine::{Circumstances, Snapshot};
use crate::error::{Error, Result};
use crate::product::FieldError;
use crate::query::SearchQuery;
use crate::rank::Boosts;

/// What rules come to.
pub(super) struct Curated {
    /// As they say it.
    pub(super) applied: Applied,
    /// What may match: the request's filter, the rules' filters, without what is hidden; everything when absent.
    pub(super) allowed: Option<Arc<Bitmap>>,
    pub(super) boosts: Boosts,
    /// Pinned products by place.
    pub(super) pins: Pins,
}

impl Snapshot {
    /// Compiles a document for this generation's analysis.
    ///
    /// # Errors
    /// When its rules are too large together.
    pub fn compile(&self, document: &Document) -> Result<Curation> {
        let mut words = self.generation.text.analyzer();
        let mut terms = self.generation.text.analyzer();
        document.compile(
            &self.generation.manifest.language.code(),
            &mut |text| words.whole(text).into_iter().map(|token| token.word).collect(),
            &mut |text| terms.whole(text).into_iter().map(|token| token.term).collect(),
        )
    }

    /// Checks a rule, its filters and its order against the fields of this generation.
    ///
    /// # Errors
    /// The field at fault.
    pub fn check_rule(&self, rule: &Rule) -> std::result::Result<(), FieldError> {
        let said = |error: Error| match error {
            Error::Invalid { message, .. } => message,
            other => other.to_string(),
        };
        let filter = |text: &str| self.allowed(Some(text), None).map(drop).map_err(said);
        rule.check(&filter, &|order| Sort::parse(order, &self.generation.columns, None).map(drop).map_err(said))
    }

    /// Asks the rules what follows for a search.
    pub(super) fn curate(&self, query: &SearchQuery, circumstances: &Circumstances<'_>) -> Result<Curated> {
        let asked = self.allowed(query.filter.as_deref(), query.location)?;
        let applied = self.applied(query, circumstances)?;
        let allowed = self.narrowed(asked, &applied);
        let boosts = self.boosts(&applied);
        let pins = self.pins(&applied, allowed.as_deref());
        Ok(Curated { applied, allowed, boosts, pins })
    }

    /// What may match a search; everything when absent.
    pub(in crate::engine) fn may_match(
        &self,
        query: &SearchQuery,
        circumstances: &Circumstances<'_>,
    ) -> Result<Option<Arc<Bitmap>>> {
        Ok(self.curate(query, circumstances)?.allowed)
    }

    /// What rules come to, as they say it.
    pub(in crate::engine) fn applied(&self, query: &SearchQuery, circumstances: &Circumstances<'_>) -> Result<Applied> {
        let Some(curation) = circumstances.curation.filter(|curation| !curation.rules.is_empty()) else {
            return Ok(Applied::unchanged(&query.query));
        };
        let words: Vec<String> =
            self.generation.text.analyzer().whole(&query.query).into_iter().map(|token| token.word).collect();
        let filter = query.filter.as_deref().filter(|text| !text.trim().is_empty()).map(Filter::parse).transpose()?;
        let categories = filter.map(|filter| filter.required(CATEGORY)).unwrap_or_default();
        let nowhere = Default::default();
        let context = circumstances.context.unwrap_or(&nowhere);
        let (query, now) = (&*query.query, circumstances.now);
        Ok(curation.rules.apply(&RuleRequest {
            query,
            words: &words,
            categories: &categories,
            row: None,
            context,
            now,
        }))
    }

    /// What may be shown, by the rules' filters and without what they hide; everything when absent.
    pub(in crate::engine) fn narrowed(&self, asked: Option<Arc<Bitmap>>, applied: &Applied) -> Option<Arc<Bitmap>> {
        let products = &self.generation.products;
        let filters = applied.filters.iter().filter_map(|text| self.allowed(Some(text), None).ok().flatten());
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

    /// What multiplies scores.
    pub(in crate::engine) fn boosts(&self, applied: &Applied) -> Boosts {
        let weighed =
            |weighing: &Weighing| Some((self.chosen(weighing.filter.as_deref(), &weighing.ids)?, weighing.factor?));
        Boosts::new(applied.weighings.iter().filter_map(weighed).collect())
    }

    /// Products named by a filter or by ids; nothing for a filter that this generation does not know.
    pub(in crate::engine) fn chosen(&self, filter: Option<&str>, ids: &[String]) -> Option<Arc<Bitmap>> {
        let products = &self.generation.products;
        match filter {
            Some(filter) => self.allowed(Some(filter), None).ok().flatten(),
            None => {
                let ordinals = ids.iter().filter_map(|id| products.ordinal(id));
                Some(Arc::new(Bitmap::from_ordinals(products.len(), ordinals)))
            }
        }
    }

    /// Pins that can be placed: products there are, that are allowed and in stock.
    fn pins(&self, applied: &Applied, allowed: Option<&Bitmap>) -> Pins {
        if applied.pins.is_empty() {
            return Pins::default();
        }
        let in_stock = self.allowed(Some("in_stock = true"), None).ok().flatten();
        let placed =
            applied.pins.iter().filter_map(|pin| Some((pin.position, self.generation.products.ordinal(&pin.id)?)));
        let fits = |ordinal| {
            allowed.is_none_or(|allowed| allowed.contains(ordinal))
                && in_stock.as_ref().is_none_or(|in_stock| in_stock.contains(ordinal))
        };
        Pins::new(placed.filter(|(_, ordinal)| fits(*ordinal)).collect())
    }
}
