//! One row of recommendations: the products that a recommender chose, under the merchant's rules for the row, and not
//! too similar to each other. Rules narrow the products of a row, multiply scores, separate products and pin others to
//! places; [`super::diversity`] then takes the products one by one.

use std::borrow::Cow;

use rustc_hash::FxHashSet;

use super::Recommend;
use super::diversity::{SeparatedPage, SeparatedSets, diversified};
use super::page::under;
use crate::bitmap::Bitmap;
use crate::curation::{Applied, ProductSelection, RuleRequest, RuleRow};
use crate::engine::search::Curator;
use crate::id::Ordinal;
use crate::placement::PlacementKind;
use crate::product::is_within;
use crate::rank::Boosts;
use crate::recommend::{Description, Reason, RecommendRequest, Recommendation};

/// Candidates looked through for each place of a row.
pub(super) const DEPTH: usize = 3;

/// A row to fill.
#[derive(Clone, Copy)]
pub(in crate::engine) struct RowRequest<'a> {
    pub(in crate::engine) kind: PlacementKind,
    /// The name of the row in rules and events.
    pub(in crate::engine) name: &'a str,
    /// The products it is about.
    pub(in crate::engine) seeds: &'a [Ordinal],
    /// The category it is narrowed to, with everything below it.
    pub(in crate::engine) category: Option<&'a str>,
    pub(in crate::engine) limit: usize,
}

/// The products of a row, in order.
#[derive(Debug, Default)]
pub(in crate::engine) struct FilledRow {
    pub(in crate::engine) products: Vec<Recommendation>,
    /// The ids of the rules that applied.
    pub(in crate::engine) rules: Vec<String>,
}

/// The merchant's rules that apply to one row.
#[derive(Default)]
struct RowRules {
    applied: Applied,
    boosts: Boosts,
    separated: Vec<SeparatedSets>,
}

/// The candidates of a row, best first, with the rules that apply to it.
pub(in crate::engine) struct RowCandidates {
    pub(in crate::engine) products: Vec<Recommendation>,
    rules: RowRules,
    /// Products that the merchant pinned, with their places from 1.
    pins: Vec<(usize, Ordinal)>,
}

impl RowCandidates {
    /// True if the merchant chose some of them.
    pub(super) fn are_chosen(&self) -> bool {
        !self.pins.is_empty() || self.products.iter().any(|one| one.reason == Reason::Merchant)
    }

    /// The number of products that could be shown.
    pub(in crate::engine) fn len(&self) -> usize {
        self.products.len() + self.pins.len()
    }
}

impl Recommend<'_> {
    /// The row of candidates that were found while the page was empty. Those that the page shows by now are left out; if
    /// that leaves too few of a list that was cut, the recommender is asked again.
    pub(super) fn fill(&self, row: &RowRequest<'_>, mut candidates: RowCandidates) -> FilledRow {
        let found = candidates.products.len();
        let view = self.snapshot.generation.products.view();
        let shown: FxHashSet<_> = self.page.shown.iter().map(|&one| view.variant_key(one)).collect();
        candidates.products.retain(|one| !shown.contains(&view.variant_key(one.ordinal)));
        let was_cut = found >= row.limit.saturating_mul(DEPTH);
        if was_cut
            && candidates.products.len() < found
            && let Some(again) = self.candidates(row)
        {
            candidates = again;
        }
        self.arrange(&self.page.shown, row, candidates)
    }

    /// The candidates that the recommender of the row's kind gives; none for a kind that has no recommender.
    pub(in crate::engine) fn candidates(&self, row: &RowRequest<'_>) -> Option<RowCandidates> {
        let recommender = (Description::of(row.kind).recommender?)();
        self.candidates_by(row, |allowed, depth| {
            self.ask(allowed, row.seeds, |context, request| {
                recommender.recommend(context, &RecommendRequest { limit: depth, ..*request })
            })
        })
    }

    /// The candidates of a row by any source, which gets the products that may be shown and the number of candidates
    /// that is enough; none if the row's category does not exist.
    pub(in crate::engine) fn candidates_by(
        &self,
        row: &RowRequest<'_>,
        source: impl FnOnce(&Bitmap, usize) -> Vec<Recommendation>,
    ) -> Option<RowCandidates> {
        let rules = self.row_rules(row);
        let generation = &self.snapshot.generation;
        let mut allowed = Cow::Borrowed(self.page.allowed(row.seeds));
        // The row of one category looks in the category itself, so the filter would only repeat that.
        let of_category = row.kind == PlacementKind::Categories;
        if let Some(category) = row.category.filter(|_| !of_category) {
            let products = self.snapshot.caches.filters.get(&under(category).ok()?, &generation.columns).ok()?;
            allowed.to_mut().and(&products);
        }
        let curator = Curator { snapshot: self.snapshot };
        if let Some(narrower) = curator.narrowed(None, &rules.applied) {
            allowed.to_mut().and(&narrower);
        }
        let mut products = source(&allowed, row.limit.saturating_mul(DEPTH));
        for product in &mut products {
            product.score = rules.boosts.weighed(product.ordinal, product.score);
        }
        products.sort_by(|a, b| b.score.total_cmp(&a.score));
        let within_row = rules.applied.pins.iter().filter(|pin| pin.position <= row.limit);
        let is_of_category = |ordinal| {
            let leaves = generation.products.leaves(ordinal);
            let within = |path| leaves.iter().any(|&leaf| is_within(generation.products.category(leaf), path));
            row.category.filter(|_| of_category).is_none_or(within)
        };
        let fits = |ordinal: &Ordinal| allowed.contains(*ordinal) && is_of_category(*ordinal);
        let placed = within_row
            .filter_map(|pin| Some((pin.position, curator.called(&pin.id).into_iter().find(|ordinal| fits(ordinal))?)));
        let pins = placed.collect();
        Some(RowCandidates { products, rules, pins })
    }

    /// The row of these candidates, on a page that shows some products already.
    pub(in crate::engine) fn arrange(
        &self,
        shown: &[Ordinal],
        row: &RowRequest<'_>,
        candidates: RowCandidates,
    ) -> FilledRow {
        let RowCandidates { mut products, rules, mut pins } = candidates;
        let view = self.snapshot.generation.products.view();
        let mut page = SeparatedPage::new(&rules.separated);
        for &shown in row.seeds.iter().chain(shown) {
            pins.retain(|&(_, pin)| !view.same_group(pin, shown));
            page.put(shown);
        }
        pins.iter().for_each(|&(_, pin)| page.put(pin));
        products.retain(|one| !pins.iter().any(|&(_, pin)| view.same_group(pin, one.ordinal)));
        let vectors = &self.snapshot.generation.vectors;
        let vector = |ordinal| vectors.has_direction(ordinal).then(|| vectors.row(ordinal));
        let diversity =
            if Description::of(row.kind).is_ordered { 0.0 } else { self.snapshot.settings.recommend.diversity };
        let mut products = diversified(products, &mut page, row.limit, diversity, vector);
        for (position, ordinal) in pins {
            let score = products.first().map_or(1.0, |first| first.score);
            let at = (position - 1).min(products.len());
            products.insert(at, Recommendation { ordinal, score, reason: Reason::Pinned });
        }
        products.truncate(row.limit);
        FilledRow { products, rules: rules.applied.rules }
    }

    /// The merchant's rules that apply to a row.
    fn row_rules(&self, row: &RowRequest<'_>) -> RowRules {
        let Some(curation) = self.page.curation() else { return RowRules::default() };
        let products = &self.snapshot.generation.products;
        let ids: Vec<&str> = row.seeds.iter().map(|&seed| products.id(seed)).collect();
        let leaves = row.seeds.iter().flat_map(|&seed| products.leaves(seed));
        let mut categories: Vec<String> = leaves.map(|&leaf| products.category(leaf).to_owned()).collect();
        categories.extend(row.category.map(str::to_owned));
        let nowhere = Default::default();
        let asked = RuleRequest {
            query: "",
            words: &[],
            categories: &categories,
            row: Some(RuleRow { placement: row.name, products: &ids }),
            context: self.page.request_context.context.unwrap_or(&nowhere),
            now: self.page.request_context.now,
        };
        let applied = curation.rules.apply(&asked);
        let curator = Curator { snapshot: self.snapshot };
        let separated = applied.apart.iter().filter_map(|apart| {
            let side = |chosen: &ProductSelection| curator.chosen(chosen.filter.as_deref(), &chosen.ids);
            Some(SeparatedSets { one: side(&apart.products)?, other: side(&apart.beside)? })
        });
        RowRules { separated: separated.collect(), boosts: curator.boosts(&applied), applied }
    }
}
