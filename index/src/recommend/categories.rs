//! Categories that a shopper returns to, and categories to explore. The share of a leaf category is
//! `(own + 20 · site) / (n + 20)`: own counts the shopper's interactions, `.95^p` each with p = 0 the latest, n is their
//! sum, and site is the category's share of the shop's demand. Categories of the history are to return to, the largest
//! share first; categories outside it that are bought with them or sell well are to explore.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Display;

use serde::Serialize;

use super::RowTexts;
use super::context::{RecommendContext, RecommendRequest};
use super::registry::{Description, Filling, Needs, RowBasis};
use crate::behaviour::Neighbour;
use crate::id::CategoryNumber;
use crate::placement::PlacementKind;
use crate::product::last_level;

pub(super) const DESCRIPTION: Description = Description {
    kind: PlacementKind::Categories,
    shows: "categories to return to and to explore, each with products",
    needs: Needs::Nothing,
    filling: Filling::CategoryPopular,
    is_ordered: false,
    reasons: &["recently_viewed", "variant_viewed", "follows", "reads_like", "taste", "same_category", "listed"],
    basis: RowBasis::history_or_shop,
    recommender: None,
};

/// Picks categories.
#[derive(Debug, Clone, PartialEq)]
pub struct Categories {
    /// The weight of an interaction relative to the one after it, 0 to 1.
    pub decay: f32,
    /// The weight of the site's shares, in interactions of the shopper.
    pub prior: f32,
}

impl Default for Categories {
    fn default() -> Self {
        Self { decay: 0.95, prior: 20.0 }
    }
}

/// The reason for a category; `C` is a category, by number or by name.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CategoryReason<C = String> {
    /// The shopper was there.
    Return {
        /// The number of products of the history that lie in it.
        met: u32,
    },
    /// Bought together with a category the shopper was in.
    GoesWith {
        /// That category.
        category: C,
        /// The orders with both.
        together: u32,
        /// The confidence that it is no chance, 0 to 1.
        confidence: f32,
    },
    /// It is in demand.
    Popular {
        /// The most people of the last 90 days who want one product of it.
        people: u32,
    },
    /// No behaviour is known of it.
    Listed,
}

impl CategoryReason<CategoryNumber> {
    /// The same reason with the category's name.
    pub fn named(self, name: &dyn Fn(CategoryNumber) -> String) -> CategoryReason {
        match self {
            Self::Return { met } => CategoryReason::Return { met },
            Self::GoesWith { category, together, confidence } => {
                CategoryReason::GoesWith { category: name(category), together, confidence }
            }
            Self::Popular { people } => CategoryReason::Popular { people },
            Self::Listed => CategoryReason::Listed,
        }
    }
}

impl<C: Display> CategoryReason<C> {
    /// The reason in a sentence of a language.
    pub fn sentence(&self, texts: &RowTexts) -> String {
        let text = |key: &str, fields: &[(&str, String)]| texts.text("category", key, fields);
        match self {
            Self::Return { met: 1 } => text("return_once", &[]),
            Self::Return { met } => text("return", &[("met", met.to_string())]),
            Self::GoesWith { category, together, .. } => text(
                "goes_with",
                &[("category", last_level(&category.to_string()).to_owned()), ("together", together.to_string())],
            ),
            Self::Popular { .. } => text("popular", &[]),
            Self::Listed => text("listed", &[]),
        }
    }
}

/// One picked category.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CategoryPick {
    /// Its number.
    pub category: CategoryNumber,
    /// The shopper's share of it, 0 to 1.
    pub share: f32,
    /// The reason for it.
    pub reason: CategoryReason<CategoryNumber>,
}

impl Categories {
    /// The categories to return to, then those to explore, the best of each first, at most `most` of each.
    /// `site` is each category's share of the shop's demand, by number.
    pub fn pick(
        &self,
        context: &RecommendContext<'_>,
        request: &RecommendRequest<'_>,
        site: &[f32],
        most: usize,
    ) -> Vec<CategoryPick> {
        let (own, counts) = self.own(context, request);
        let n: f32 = own.values().sum();
        let share = |category: CategoryNumber| {
            let own = own.get(&category).copied().unwrap_or_default();
            let site = site.get(category.index()).copied().unwrap_or_default();
            (own + self.prior * site) / (n + self.prior)
        };
        let pick = |strength: f32, category: CategoryNumber, reason| {
            (strength, CategoryPick { category, share: share(category), reason })
        };
        let best_first = |picks: &mut Vec<(f32, CategoryPick)>| {
            let order = |a: &(f32, CategoryPick), b: &(f32, CategoryPick)| {
                b.0.total_cmp(&a.0).then(a.1.category.cmp(&b.1.category))
            };
            if picks.len() > most {
                picks.select_nth_unstable_by(most, order);
                picks.truncate(most);
            }
            picks.sort_unstable_by(order);
        };
        let back =
            counts.iter().map(|(&category, &met)| pick(share(category), category, CategoryReason::Return { met }));
        let mut back: Vec<(f32, CategoryPick)> = back.collect();
        best_first(&mut back);
        let mut partners: BTreeMap<CategoryNumber, (f32, CategoryReason<CategoryNumber>)> = BTreeMap::new();
        for (&category, &weight) in &own {
            for Neighbour { ordinal: partner, score, evidence } in
                context.behaviour.categories.pairs.neighbours(category)
            {
                let Some(evidence) = evidence else { continue };
                let admitted = context.evidence.admit_complement(&evidence, context.catalogue.categories());
                let Ok(confidence) = admitted else { continue };
                let reason = CategoryReason::GoesWith { category, together: evidence.together, confidence };
                // Above 1, so that every category bought with the history's comes before those that only sell well.
                let strength = 1.0 + weight * score.max(0.0) / (1.0 + score.max(0.0));
                let known = partners.entry(partner).or_insert((strength, reason));
                if known.0 < strength {
                    *known = (strength, reason);
                }
            }
        }
        partners.retain(|category, _| !own.contains_key(category));
        let elsewhere = CategoryNumber::enumerate(site)
            .filter(|(category, site)| **site > 0.0 && !own.contains_key(category) && !partners.contains_key(category));
        let popular = elsewhere.map(|(category, &site)| pick(site, category, demand(context, category)));
        let goes_with = partners.iter().map(|(&partner, &(strength, reason))| pick(strength, partner, reason));
        let mut explore: Vec<(f32, CategoryPick)> = goes_with.chain(popular).collect();
        best_first(&mut explore);
        back.into_iter().chain(explore).map(|(_, pick)| pick).collect()
    }

    /// The shopper's decayed interactions by category, and the number of products of the history in each.
    fn own(
        &self,
        context: &RecommendContext<'_>,
        request: &RecommendRequest<'_>,
    ) -> (BTreeMap<CategoryNumber, f32>, BTreeMap<CategoryNumber, u32>) {
        let (mut own, mut counts) = (BTreeMap::new(), BTreeMap::new());
        let mut weight = 1.0;
        let mut met = HashSet::new();
        let known = request.history.iter().filter(|&&product| product.index() < context.catalogue.products());
        for &product in known {
            let leaves = context.catalogue.leaves(product);
            // The variants of one product count once.
            let is_new = met.insert(context.catalogue.variant_key(product));
            for &leaf in leaves {
                *own.entry(leaf).or_default() += weight / leaves.len() as f32;
                *counts.entry(leaf).or_default() += u32::from(is_new);
            }
            weight *= self.decay;
        }
        (own, counts)
    }
}

/// The reason for a category outside the history: popular if enough people want a product of it, else listed.
fn demand(context: &RecommendContext<'_>, category: CategoryNumber) -> CategoryReason<CategoryNumber> {
    let popularity = &context.behaviour.popularity;
    let popular = context.behaviour.categories.popular.row(category);
    let people = popular.map(|(product, _)| popularity.people(product)).max().unwrap_or_default();
    match people >= context.evidence.popular.max(1) {
        true => CategoryReason::Popular { people },
        false => CategoryReason::Listed,
    }
}

#[cfg(test)]
mod tests {
    use super::super::suite::TestShop;
    use super::*;
    use crate::id::Ordinal;

    #[test]
    fn the_share_by_hand_and_what_was_met_comes_first() {
        let shop = TestShop::with_journal();
        let site = [0.5, 0.2, 0.1, 0.1, 0.05, 0.05];
        shop.with_context(|context| {
            let request = RecommendRequest { history: Ordinal::slice(&[6, 0]), ..RecommendRequest::default() };
            let picks = Categories::default().pick(context, &request, &site, 9);
            assert!((picks[1].share - (1.0 + 20.0 * 0.05) / (1.95 + 20.0)).abs() < 1e-6, "{picks:?}");
            let found: Vec<_> = picks.iter().take(3).map(|pick| (pick.category.get(), pick.reason)).collect();
            assert_eq!(found[0], (0, CategoryReason::Return { met: 1 }), "half of the shop is phones");
            assert_eq!(found[1], (4, CategoryReason::Return { met: 1 }));
            let goes_with =
                matches!(found[2].1, CategoryReason::GoesWith { category, together: 30, .. } if category.get() == 0);
            assert!(goes_with, "cases go with phones: {found:?}");
            assert_eq!(picks.len(), 6, "the rest is popular");
        });
    }

    #[test]
    fn a_stranger_gets_what_sells() {
        let site = [0.1, 0.6, 0.3, 0.0, 0.0, 0.0];
        TestShop::without_journal().with_context(|context| {
            let picks = Categories::default().pick(context, &RecommendRequest::default(), &site, 9);
            assert_eq!(picks.iter().map(|pick| pick.category).collect::<Vec<_>>(), CategoryNumber::array([1, 2, 0]));
            assert!(picks.iter().all(|pick| pick.reason == CategoryReason::Listed), "nobody came yet");
        });
    }
}
