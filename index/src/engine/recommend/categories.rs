//! Categories for one shopper: to return to and to explore, each with why and
//! with products; on a page of rows, and as shelves of the home page.

use std::collections::HashSet;

use serde::Serialize;

use super::asking::under;
use super::{Asking, Choice, Filled, RecommendedItem, Row};
use crate::engine::Snapshot;
use crate::error::Result;
use crate::id::Ordinal;
use crate::product::{is_within, last_level};
use crate::recommend::{
    Categories, CategoryPick, CategoryReason, ForYou, Reason, Recommendation, Recommender, Request,
};

/// Products beside each category, at most.
const ITEMS: usize = 4;
/// Products that a history speaks for, looked through for categories.
const OWN: usize = 200;
/// Of so many categories every so manyth is one to explore.
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
    /// Why, as data.
    pub reason: CategoryReason,
    /// Why, in words.
    pub because: String,
    /// Products of it, best first.
    pub items: Vec<RecommendedItem>,
}

impl Snapshot {
    /// Categories to return to, every third one to explore, each with products the page does not show yet.
    pub(super) fn categories(&self, asking: &mut Asking<'_>, row: &Row<'_>) -> Result<Vec<RecommendedCategory>> {
        let (back, explore) = self.picks(asking, usize::MAX);
        let own = self.own(asking, 0);
        let (mut back, mut explore) = (back.into_iter().peekable(), explore.into_iter().peekable());
        let mut chosen = Vec::with_capacity(row.limit);
        while chosen.len() < row.limit {
            let turn_to_explore = chosen.len() % EXPLORED == EXPLORED - 1 && explore.peek().is_some();
            let next = if turn_to_explore { explore.next() } else { back.next().or_else(|| explore.next()) };
            let Some(pick) = next else { break };
            let path = self.generation.products.category(pick.category);
            if row.category.is_some_and(|wanted| !is_within(path, wanted)) {
                continue;
            }
            let row = Row { category: Some(path), limit: ITEMS, ..*row };
            let Some(choice) = self.of_category(asking, pick.category, &own, &row) else { continue };
            let Filled { found, .. } = self.arrange(&asking.seen, &row, choice);
            if found.is_empty() {
                continue;
            }
            asking.seen.extend(found.iter().map(|one| one.ordinal));
            let reason = self.named(pick.reason);
            chosen.push(RecommendedCategory {
                title: last_level(path).to_owned(),
                category: path.to_owned(),
                share: pick.share,
                because: reason.to_string(),
                reason,
                items: found.into_iter().map(|one| self.item(one)).collect::<Result<_>>()?,
            });
        }
        Ok(chosen)
    }

    /// Categories to return to, and those to explore, the best of each first, at most so many of each.
    pub(in crate::engine) fn picks(&self, asking: &Asking<'_>, most: usize) -> (Vec<CategoryPick>, Vec<CategoryPick>) {
        let picks = self.ask(asking, asking.allowed(&[]), &[], |context, request| {
            Categories::default().pick(context, request, &self.category_shares, most)
        });
        picks.into_iter().partition(|pick| matches!(pick.reason, CategoryReason::Return { .. }))
    }

    /// What the shopper's own history speaks for, at least so much where there is so much.
    pub(in crate::engine) fn own(&self, asking: &Asking<'_>, depth: usize) -> Vec<Recommendation> {
        let mut own = self.ask(asking, asking.allowed(&[]), &[], |context, request| {
            ForYou::default().recommend(context, &Request { limit: depth.max(OWN), ..*request })
        });
        own.retain(|one| !one.reason.is_for_everybody());
        own
    }

    /// What this shopper may want of a category: what the history says of it, then what many want of it;
    /// where nothing is known, what the shop lists first.
    pub(in crate::engine) fn of_category(
        &self,
        asking: &Asking<'_>,
        category: u32,
        own: &[Recommendation],
        row: &Row<'_>,
    ) -> Option<Choice> {
        let products = &self.generation.products;
        self.choose(asking, row, |allowed, depth| {
            let new = |ordinal: Ordinal| asking.is_new(ordinal) && allowed.contains(ordinal);
            let lies_in = |one: &&Recommendation| products.leaves(one.ordinal).contains(&category);
            let mut found: Vec<Recommendation> =
                own.iter().filter(lies_in).filter(|one| new(one.ordinal)).copied().collect();
            let reason = Reason::SameCategory { category };
            let mut score = found.last().map_or(1.0, |last| last.score);
            for (ordinal, _) in self.generation.behaviour.categories.popular.row(category) {
                if new(ordinal) {
                    score = score.next_down();
                    found.push(Recommendation { ordinal, score, reason });
                }
            }
            if found.is_empty() {
                let there = under(products.category(category))
                    .and_then(|filter| self.filters.get(&filter, &self.generation.columns));
                let mut listed: Vec<Ordinal> =
                    there.iter().flat_map(|there| there.iter()).filter(|&ordinal| new(ordinal)).collect();
                listed.sort_unstable_by_key(|&ordinal| products.rank(ordinal));
                let listed =
                    listed.into_iter().map(|ordinal| Recommendation { ordinal, score: 0.0, reason: Reason::Listed });
                found.extend(listed);
            }
            let view = products.view();
            let mut seen: HashSet<_> = asking.seen.iter().map(|&ordinal| view.variant_key(ordinal)).collect();
            found.retain(|one| seen.insert(view.variant_key(one.ordinal)));
            found.truncate(depth);
            found
        })
    }

    /// The reason with the category's name.
    pub(in crate::engine) fn named(&self, reason: CategoryReason<u32>) -> CategoryReason {
        reason.named(&|category| self.generation.products.category(category).to_owned())
    }
}
