//! Categories for one shopper: to return to and to explore, each with its reason and with products; as a placement,
//! and as shelves of the home page.

use std::collections::HashSet;

use serde::Serialize;

use super::page::under;
use super::{FilledRow, Recommend, RecommendedItem, RowCandidates, RowRequest};
use crate::error::Result;
use crate::id::{CategoryNumber, Ordinal};
use crate::product::{is_within, last_level};
use crate::recommend::{
    Categories, CategoryPick, CategoryReason, ForYou, Reason, RecommendRequest, Recommendation, Recommender,
};

/// Products of each category, at most.
const ITEMS: usize = 4;
/// Personal candidates looked through for the products of categories.
const PERSONAL_CANDIDATES: usize = 200;
/// One of so many categories is one to explore.
const EXPLORED: usize = 3;

/// One category for a shopper.
#[derive(Debug, Serialize)]
pub struct RecommendedCategory {
    /// Its path, root first.
    pub category: String,
    /// Its own name, the last part of the path.
    pub title: String,
    /// The shopper's share of it, 0 to 1.
    pub share: f32,
    /// The reason, as data.
    pub reason: CategoryReason,
    /// The reason, in words.
    pub because: String,
    /// Products of it, best first.
    pub items: Vec<RecommendedItem>,
}

impl Recommend<'_> {
    /// Categories to return to, every third one to explore, each with products the page does not show yet. Puts those
    /// products on the page.
    pub(super) fn categories(&mut self, row: &RowRequest<'_>) -> Result<Vec<RecommendedCategory>> {
        let (back, explore) = self.category_picks(usize::MAX);
        let personal = self.personal_candidates(0);
        let (mut back, mut explore) = (back.into_iter().peekable(), explore.into_iter().peekable());
        let mut chosen = Vec::with_capacity(row.limit);
        while chosen.len() < row.limit {
            let turn_to_explore = chosen.len() % EXPLORED == EXPLORED - 1 && explore.peek().is_some();
            let next = if turn_to_explore { explore.next() } else { back.next().or_else(|| explore.next()) };
            let Some(pick) = next else { break };
            let path = self.snapshot.generation.products.category(pick.category);
            if row.category.is_some_and(|wanted| !is_within(path, wanted)) {
                continue;
            }
            let row = RowRequest { category: Some(path), limit: ITEMS, ..*row };
            let Some(candidates) = self.of_category(pick.category, &personal, &row) else { continue };
            let FilledRow { products, .. } = self.arrange(&self.page.shown, &row, candidates);
            if products.is_empty() {
                continue;
            }
            self.page.shown.extend(products.iter().map(|one| one.ordinal));
            let reason = self.named_category(pick.reason);
            chosen.push(RecommendedCategory {
                title: last_level(path).to_owned(),
                category: path.to_owned(),
                share: pick.share,
                because: reason.sentence(&self.texts),
                reason,
                items: products.into_iter().map(|one| self.item(one)).collect::<Result<_>>()?,
            });
        }
        Ok(chosen)
    }

    /// Categories to return to and categories to explore, the best of each first, at most `most` of each.
    pub(in crate::engine) fn category_picks(&self, most: usize) -> (Vec<CategoryPick>, Vec<CategoryPick>) {
        let shares = &self.snapshot.derived.category_shares;
        let picks = self.ask(self.page.allowed(&[]), &[], |context, request| {
            Categories::default().pick(context, request, shares, most)
        });
        picks.into_iter().partition(|pick| matches!(pick.reason, CategoryReason::Return { .. }))
    }

    /// The candidates of the shopper's own history, at least `depth` if there are so many.
    pub(in crate::engine) fn personal_candidates(&self, depth: usize) -> Vec<Recommendation> {
        let mut personal = self.ask(self.page.allowed(&[]), &[], |context, request| {
            let limit = depth.max(PERSONAL_CANDIDATES);
            ForYou::default().recommend(context, &RecommendRequest { limit, ..*request })
        });
        personal.retain(|one| !one.reason.is_for_everybody());
        personal
    }

    /// The candidates of a category's row: the personal ones, then the popular ones; if there are neither, the first
    /// of the shop's list. The shopper's known products are left out.
    pub(in crate::engine) fn of_category(
        &self,
        category: CategoryNumber,
        personal: &[Recommendation],
        row: &RowRequest<'_>,
    ) -> Option<RowCandidates> {
        let generation = &self.snapshot.generation;
        let products = &generation.products;
        self.candidates_by(row, |allowed, depth| {
            let is_new = |ordinal: Ordinal| self.page.is_new(ordinal) && allowed.contains(ordinal);
            let is_of_category = |one: &&Recommendation| products.leaves(one.ordinal).contains(&category);
            let own = personal.iter().filter(is_of_category).filter(|one| is_new(one.ordinal));
            let mut list: Vec<Recommendation> = own.copied().collect();
            let popularity = &generation.behaviour.popularity;
            let least = self.snapshot.settings.recommend.evidence.popular;
            // Popular products come after all personal ones: each gets a score just below the one before.
            let mut score = list.last().map_or(1.0, |last| last.score);
            for (ordinal, _) in generation.behaviour.categories.popular.row(category) {
                let people = popularity.people(ordinal);
                if is_new(ordinal) && people >= least {
                    let reason = Reason::SameCategory { category, people };
                    score = score.next_down();
                    list.push(Recommendation { ordinal, score, reason });
                }
            }
            if list.is_empty() {
                list = self.listed(category, is_new);
            }
            let view = products.view();
            let mut shown: HashSet<_> = self.page.shown.iter().map(|&ordinal| view.variant_key(ordinal)).collect();
            list.retain(|one| shown.insert(view.variant_key(one.ordinal)));
            list.truncate(depth);
            list
        })
    }

    /// The products of a category that pass `is_new`, in the order of the shop's list.
    fn listed(&self, category: CategoryNumber, is_new: impl Fn(Ordinal) -> bool) -> Vec<Recommendation> {
        let generation = &self.snapshot.generation;
        let products = &generation.products;
        let in_category = under(products.category(category))
            .and_then(|filter| self.snapshot.caches.filters.get(&filter, &generation.columns));
        let mut listed: Vec<Ordinal> =
            in_category.iter().flat_map(|all| all.iter()).filter(|&ordinal| is_new(ordinal)).collect();
        listed.sort_unstable_by_key(|&ordinal| products.rank(ordinal));
        let recommendation = |ordinal| Recommendation { ordinal, score: 0.0, reason: Reason::Listed };
        listed.into_iter().map(recommendation).collect()
    }

    /// The reason with the category's name.
    pub(in crate::engine) fn named_category(&self, reason: CategoryReason<CategoryNumber>) -> CategoryReason {
        reason.named(&|category| self.snapshot.generation.products.category(category).to_owned())
    }
}
