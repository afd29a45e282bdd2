//! Who asks for a page, and what may stand on it: there, in stock, passing the
//! filter, neither avoided nor dismissed, and nothing sensitive that the page is
//! not about.

use crate::bitmap::Bitmap;
use crate::column::Filter;
use crate::curation::Curation;
use crate::engine::shopper::ShopperHistory;
use crate::engine::{RequestContext, Snapshot};
use crate::error::Result;
use crate::event::EventKind;
use crate::id::Ordinal;
use crate::profile::Profile;

const DAY_MS: i64 = 86_400_000;

/// Who asks for a page, and what may stand on it.
pub(in crate::engine) struct Asking<'a> {
    pub(super) shopper: ShopperHistory,
    /// What may be shown where it is asked for.
    everywhere: Bitmap,
    sensitive: Option<Bitmap>,
    /// The same without what is sensitive; none where nothing is.
    unasked: Option<Bitmap>,
    /// Whether neither the request nor the shopper keeps anything out.
    unfiltered: bool,
    /// What the page shows already.
    pub(super) seen: Vec<Ordinal>,
    /// The crowds the request counts among, the narrowest first.
    pub(super) crowds: Vec<u32>,
    pub(super) request_context: &'a RequestContext<'a>,
}

impl Asking<'_> {
    /// What may be shown beside these products.
    pub(in crate::engine) fn allowed(&self, seeds: &[Ordinal]) -> &Bitmap {
        let asked_for = |sensitive: &Bitmap| seeds.iter().any(|&seed| sensitive.contains(seed));
        match &self.unasked {
            Some(unasked) if !self.sensitive.as_ref().is_some_and(asked_for) => unasked,
            _ => &self.everywhere,
        }
    }

    /// Whether no more than stock and what is sensitive narrows what may be shown beside these products.
    pub(super) fn is_usual(&self, allowed: &Bitmap, seeds: &[Ordinal]) -> bool {
        self.unfiltered && std::ptr::eq(allowed, self.allowed(seeds))
    }

    /// Whether the shopper neither met nor bought a product.
    pub(in crate::engine) fn is_new(&self, product: Ordinal) -> bool {
        !self.shopper.history.contains(&product) && !self.shopper.purchased.contains(&product)
    }

    /// What the merchant says of rows, where something is said.
    pub(super) fn curation(&self) -> Option<&Curation> {
        self.request_context.curation.filter(|curation| curation.rules.curate_rows())
    }
}

impl Snapshot {
    /// What a page is made from.
    pub(in crate::engine) fn asking<'a>(
        &self,
        filter: Option<&str>,
        request_context: &'a RequestContext<'a>,
    ) -> Result<Asking<'a>> {
        let now_ms = request_context.now.as_millisecond();
        let avoided = request_context.shopper.and_then(|shopper| self.avoided(&shopper.profile));
        let unfiltered = filter.is_none() && avoided.is_none();
        let mut everywhere = self.in_stock(filter)?;
        if let Some(avoided) = avoided {
            everywhere.and_not(&avoided);
        }
        for product in request_context.shopper.iter().flat_map(|shopper| self.dismissed(&shopper.profile, now_ms)) {
            everywhere.remove(product);
        }
        let sensitive = self.sensitive()?;
        let unasked = sensitive.as_ref().map(|sensitive| {
            let mut unasked = everywhere.clone();
            unasked.and_not(sensitive);
            unasked
        });
        let shopper = request_context.shopper.map(|shopper| self.history(shopper)).unwrap_or_default();
        let crowds = request_context.context.map(|context| self.generation.behaviour.segments.of(context));
        let (seen, crowds) = (Vec::new(), crowds.unwrap_or_default());
        Ok(Asking { shopper, everywhere, sensitive, unasked, unfiltered, seen, crowds, request_context })
    }

    /// What is there, in stock and passes the filter.
    fn in_stock(&self, filter: Option<&str>) -> Result<Bitmap> {
        let in_stock = Filter::parse("in_stock = true")?;
        let mut allowed = (*self.filters.get(&in_stock, &self.generation.columns)?).clone();
        if let Some(filter) = self.allowed(filter, None)? {
            allowed.and(&filter);
        }
        Ok(allowed)
    }

    /// What a shopper dismissed lately, with all variants.
    fn dismissed(&self, profile: &Profile, now_ms: i64) -> Vec<Ordinal> {
        let since_ms = now_ms - i64::from(self.settings.recommend.dismissed_days) * DAY_MS;
        let view = self.generation.products.view();
        let late = profile.history.iter().rev().take_while(|met| met.time_ms >= since_ms);
        late.filter(|met| met.kind == EventKind::Dismiss)
            .filter_map(|met| self.generation.products.ordinal(&met.product_id))
            .flat_map(|product| view.variants(product).chain([product]))
            .collect()
    }

    /// The products of sensitive categories, where the shop has named any.
    fn sensitive(&self) -> Result<Option<Bitmap>> {
        let mut sensitive: Option<Bitmap> = None;
        for category in &self.settings.recommend.sensitive_categories {
            let products = self.filters.get(&under(category)?, &self.generation.columns)?;
            sensitive.get_or_insert_with(|| Bitmap::new(self.generation.products.len())).or(&products);
        }
        Ok(sensitive)
    }
}

/// The filter on a category and everything below it.
pub(super) fn under(category: &str) -> Result<Filter> {
    Filter::parse(&format!("category UNDER {}", serde_json::Value::from(category)))
}
