//! Fields that a shop keeps to itself (`server.private_fields`), such as margins and exact stock: a response to a public key
//! leaves them out, and a request with one may not filter, sort, count or refine by them. Whoever holds a key of the
//! backend, and a server without keys, sees everything.

use std::sync::Arc;

use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value};
use tastemaker_index::column::Filter;
use tastemaker_index::engine::RecommendedItem;
use tastemaker_index::hit::{Hit, OfferedProduct, SearchAnswer};
use tastemaker_index::query::SearchQuery;

use super::AppState;
use super::error::ApiError;
use crate::access::Caller;

/// The fields that a caller may not see; none for one who sees everything.
pub(super) struct PrivateFields<'a>(&'a [String]);

impl<'a> PrivateFields<'a> {
    /// Those of a caller.
    pub(super) fn of(state: &'a AppState, caller: &Caller) -> Self {
        Self(if caller.is_public() { &state.config.private_fields } else { &[] })
    }

    /// True if a field is one of them, with or without `attributes.` before it.
    fn contains(&self, field: &str) -> bool {
        let name = field.strip_prefix("attributes.").unwrap_or(field);
        self.0.iter().any(|private| private == name)
    }

    fn refuse<'f>(&self, at: &str, mut fields: impl Iterator<Item = &'f str>) -> Result<(), ApiError> {
        fields.find(|field| self.contains(field)).map_or(Ok(()), |field| Err(ApiError::private_field(field, at)))
    }

    /// Checks the filter of a request, without that of its key.
    ///
    /// # Errors
    /// `private_field`, or the error of a filter that cannot be read.
    pub(super) fn check_filter(&self, filter: Option<&str>) -> Result<(), ApiError> {
        let filter = filter.filter(|text| !self.0.is_empty() && !text.trim().is_empty());
        let Some(filter) = filter.map(Filter::parse).transpose()? else { return Ok(()) };
        self.refuse("filter", filter.fields().into_iter())
    }

    /// Checks the fields that a request counts.
    ///
    /// # Errors
    /// `private_field`.
    pub(super) fn check_facets<'f>(&self, fields: impl Iterator<Item = &'f str>) -> Result<(), ApiError> {
        self.refuse("facets", fields)
    }

    /// Checks a search.
    ///
    /// # Errors
    /// As [`Self::check_filter`].
    pub(super) fn check_search(&self, query: &SearchQuery) -> Result<(), ApiError> {
        self.check_filter(query.filter.as_deref())?;
        self.check_facets(query.facets.iter().map(|facet| facet.field.as_str()))?;
        self.refuse("refinements", query.refinements.keys().map(String::as_str))?;
        let keys = query.sort.as_deref().unwrap_or_default().split(',');
        self.refuse("sort", keys.map(|key| key.rsplit_once(':').map_or(key, |(field, _)| field).trim()))
    }

    /// Leaves them out of the products of a search.
    ///
    /// # Errors
    /// A stored product that is no JSON.
    pub(super) fn hide_in_search(&self, answer: &mut SearchAnswer) -> Result<(), ApiError> {
        if self.0.is_empty() {
            return Ok(());
        }
        for Hit { product, variants, .. } in &mut answer.hits {
            self.hide(product)?;
            let variants = variants.iter_mut().flat_map(|variants| &mut variants.items);
            variants.for_each(|variant| variant.attributes.retain(|name, _| !self.contains(name)));
        }
        let popular = answer.instead.iter_mut().flat_map(|instead| &mut instead.popular);
        let mut offered = answer.related.iter_mut().chain(popular);
        offered.try_for_each(|OfferedProduct { product, .. }| self.hide(product))
    }

    /// Leaves them out of the items of rows.
    ///
    /// # Errors
    /// As [`Self::hide_in_search`].
    pub(super) fn hide_in_items<'i>(
        &self,
        mut items: impl Iterator<Item = &'i mut RecommendedItem>,
    ) -> Result<(), ApiError> {
        if self.0.is_empty() { Ok(()) } else { items.try_for_each(|item| self.hide(&mut item.product)) }
    }

    /// Leaves them out of a product. One whose stock is left out says whether it can be had.
    fn hide(&self, product: &mut Arc<RawValue>) -> Result<(), ApiError> {
        let mut fields: Map<String, Value> =
            serde_json::from_str(product.get()).map_err(|error| ApiError::internal(&error))?;
        let sold_out = fields.get("stock").and_then(Value::as_u64) == Some(0);
        let has_stock = fields.contains_key("stock");
        fields.retain(|name, _| !self.contains(name));
        if has_stock && !fields.contains_key("stock") && !fields.contains_key("availability") {
            let availability = if sold_out { "out_of_stock" } else { "in_stock" };
            fields.insert("availability".to_owned(), availability.into());
        }
        if let Some(Value::Object(attributes)) = fields.get_mut("attributes") {
            attributes.retain(|name, _| !self.contains(name));
        }
        *product = to_raw_value(&fields).map_err(|error| ApiError::internal(&error))?.into();
        Ok(())
    }
}
