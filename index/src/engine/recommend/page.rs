//! The context of one page of recommendations: who requests it, and which products may stand on it. Those are live, in
//! stock, pass the filter, are neither avoided nor dismissed by the shopper, and are sensitive only on pages that are
//! about sensitive products.

use std::sync::Arc;

use crate::bitmap::Bitmap;
use crate::column::Filter;
use crate::curation::Curation;
use crate::engine::search::{Audiences, TellingLeaves};
use crate::engine::shopper::{ShopperHistory, ShopperReader};
use crate::engine::{RequestContext, Snapshot};
use crate::error::Result;
use crate::event::EventKind;
use crate::id::{Ordinal, SegmentNumber};
use crate::profile::Profile;
use crate::time::DAY_MS;

/// One page: the shopper, the products that may be shown, and those that are shown already.
pub(in crate::engine) struct PageContext<'a> {
    pub(super) shopper: ShopperHistory,
    /// The products that may be shown if sensitive ones may.
    everything: Bitmap,
    /// The products of sensitive categories; none if the shop named no category.
    sensitive: Option<Bitmap>,
    /// `everything` without `sensitive`; none if nothing is sensitive.
    insensitive: Option<Bitmap>,
    /// True if neither a filter nor the shopper's avoidances narrow the page.
    unfiltered: bool,
    /// The products that the page shows so far.
    pub(super) shown: Vec<Ordinal>,
    /// The segments of the request, the narrowest first.
    pub(super) segments: Vec<SegmentNumber>,
    pub(in crate::engine) request_context: &'a RequestContext<'a>,
    /// For whom the products are.
    pub(super) audiences: Arc<Audiences>,
    /// The leaf categories that are named after what they hold.
    pub(super) telling_leaves: Arc<TellingLeaves>,
}

impl<'a> PageContext<'a> {
    /// The context of an empty page.
    ///
    /// # Errors
    /// [`crate::Error::Filter`] when the filter does not parse.
    pub(super) fn new(
        snapshot: &Snapshot,
        filter: Option<&str>,
        request_context: &'a RequestContext<'a>,
    ) -> Result<Self> {
        let now_ms = request_context.now.as_millisecond();
        let reader = ShopperReader::new(snapshot);
        let avoided = request_context.shopper.and_then(|shopper| reader.avoided(&shopper.profile));
        let unfiltered = filter.is_none() && avoided.is_none();
        let mut everything = in_stock(snapshot, filter)?;
        if let Some(avoided) = avoided {
            everything.and_not(&avoided);
        }
        for product in request_context.shopper.iter().flat_map(|shopper| dismissed(snapshot, &shopper.profile, now_ms))
        {
            everything.remove(product);
        }
        let sensitive = sensitive(snapshot)?;
        let insensitive = sensitive.as_ref().map(|sensitive| {
            let mut insensitive = everything.clone();
            insensitive.and_not(sensitive);
            insensitive
        });
        let shopper = request_context.shopper.map(|shopper| reader.history(shopper)).unwrap_or_default();
        let segments = request_context.context.map(|context| snapshot.generation.behaviour.segments.of(context));
        let (shown, segments) = (Vec::new(), segments.unwrap_or_default());
        let audiences = snapshot.book.audiences(snapshot)?;
        let telling_leaves = snapshot.book.telling_leaves(snapshot)?;
        Ok(Self {
            shopper,
            everything,
            sensitive,
            insensitive,
            unfiltered,
            shown,
            segments,
            request_context,
            audiences,
            telling_leaves,
        })
    }

    /// The products that may be shown in a row about these products.
    pub(in crate::engine) fn allowed(&self, seeds: &[Ordinal]) -> &Bitmap {
        let is_about_some = |sensitive: &Bitmap| seeds.iter().any(|&seed| sensitive.contains(seed));
        match &self.insensitive {
            Some(insensitive) if !self.sensitive.as_ref().is_some_and(is_about_some) => insensitive,
            _ => &self.everything,
        }
    }

    /// True if `allowed` is narrowed by no more than stock, dismissals and sensitivity, so that lists cached before
    /// filters still have enough products.
    pub(super) fn is_usual(&self, allowed: &Bitmap, seeds: &[Ordinal]) -> bool {
        self.unfiltered && std::ptr::eq(allowed, self.allowed(seeds))
    }

    /// True if the shopper neither interacted with a product nor bought it.
    pub(in crate::engine) fn is_new(&self, product: Ordinal) -> bool {
        !self.shopper.history.contains(&product) && !self.shopper.purchased.contains(&product)
    }

    /// The merchant's curation, if any of its rules is about rows.
    pub(super) fn curation(&self) -> Option<&Curation> {
        self.request_context.curation.filter(|curation| curation.rules.curate_rows())
    }
}

/// The live products in stock that pass the filter.
fn in_stock(snapshot: &Snapshot, filter: Option<&str>) -> Result<Bitmap> {
    let in_stock = Filter::parse("in_stock = true")?;
    let mut allowed = (*snapshot.caches.filters.get(&in_stock, &snapshot.generation.columns)?).clone();
    if let Some(filter) = snapshot.allowed(filter, None)? {
        allowed.and(&filter);
    }
    Ok(allowed)
}

/// The products that a shopper dismissed within [`super::RecommendSettings::dismissed_days`], with all variants.
fn dismissed(snapshot: &Snapshot, profile: &Profile, now_ms: i64) -> Vec<Ordinal> {
    let since_ms = now_ms - i64::from(snapshot.settings.recommend.dismissed_days) * DAY_MS;
    let products = &snapshot.generation.products;
    let view = products.view();
    let recent = profile.history.iter().rev().take_while(|interaction| interaction.time_ms >= since_ms);
    recent
        .filter(|interaction| interaction.kind == EventKind::Dismiss)
        .filter_map(|interaction| products.ordinal(&interaction.product_id))
        .flat_map(|product| view.variants(product).chain([product]))
        .collect()
}

/// The products of sensitive categories; none if the shop named no category.
fn sensitive(snapshot: &Snapshot) -> Result<Option<Bitmap>> {
    let generation = &snapshot.generation;
    let mut sensitive: Option<Bitmap> = None;
    for category in &snapshot.settings.recommend.sensitive_categories {
        let products = snapshot.caches.filters.get(&under(category)?, &generation.columns)?;
        sensitive.get_or_insert_with(|| Bitmap::new(generation.products.len())).or(&products);
    }
    Ok(sensitive)
}

/// The filter on a category and everything below it.
pub(super) fn under(category: &str) -> Result<Filter> {
    Filter::parse(&format!("category UNDER {}", serde_json::Value::from(category)))
}
