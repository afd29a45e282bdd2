//! Takes the journal in, one event at a time and each event once, and turns it
//! into plain interactions: who, when, what, which product. Strings are hashed
//! here (xxh3) and never kept; products the catalogue does not know are counted
//! and dropped. [`BehaviourBuilder::build`] settles what later events changed
//! (see [`super::settle`]) and makes the tables.

use std::collections::{HashMap, HashSet};
use std::num::NonZeroU64;
use std::path::Path;
use std::sync::Arc;

use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

use super::Behaviour;
use super::baskets::Baskets;
use super::cart_holdout::cart_holdout;
use super::category::CategoryComplements;
use super::complements::complements;
use super::content::Terms;
use super::crowds::{CrowdLog, Crowds};
use super::given::{Given, complements_of, table_of};
use super::history::{History, HistoryLog};
use super::history_holdout::HistoryWeightsTrainer;
use super::interaction::Interaction;
use super::next::{ItemToItem, Sequences};
use super::placements::Placements;
use super::popularity::Popularity;
use super::queries::{Queries, QuerySettings, SearchLog};
use super::repurchase::Repurchase;
use super::sessions::Sessions;
use super::settings::Settings;
use super::settle::Ledger;
use super::several::Several;
use super::successors::successors;
use super::table::NeighbourTable;
use super::trending::Trending;
use super::view::CatalogueView;
use super::viewed_then_bought::viewed_then_bought;
use crate::error::{Error, Result};
use crate::event::{Event, EventKind};
use crate::id::{Ordinal, ShopperId};
use crate::identity::{LinkLimits, Links};
use crate::progress::Progress;

/// What came in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Collected {
    /// Events taken.
    pub events: u64,
    /// Events seen before, by `message_id`, and left out.
    pub duplicates: u64,
    /// Events that name no shopper, left out.
    pub nobody: u64,
    /// Products named in events that the catalogue does not have.
    pub unknown_products: u64,
    /// Interactions taken.
    pub interactions: u64,
}

/// Collects interactions for one build.
#[derive(Debug, Default)]
pub struct BehaviourBuilder {
    messages: HashSet<u128>,
    shoppers: HashMap<u128, u32>,
    /// Who is signed in where, by the device's key.
    links: HashMap<u128, Links>,
    ledger: Ledger,
    searches: SearchLog,
    placements: Placements,
    crowds: CrowdLog,
    history: HistoryLog,
    /// Why the history could not be kept.
    failed: Option<Error>,
    collected: Collected,
    given: Given,
    history_weights: Option<HistoryWeightsTrainer>,
}

fn key(id: &ShopperId) -> u128 {
    xxh3_128(id.key().as_bytes())
}

impl BehaviourBuilder {
    /// Collects with at most so many interactions in memory, the others in temporary files in `folder`.
    pub fn bounded(folder: &Path, interactions: usize) -> Self {
        Self { history: HistoryLog::bounded(folder, interactions), ..Self::default() }
    }

    /// Takes one event; `resolve` finds a product's ordinal by its id. An event whose
    /// `message_id` was seen before changes nothing; what the server showed tells of searches and placements only.
    pub fn push(&mut self, event: &Event, resolve: impl Fn(&str) -> Option<Ordinal>) {
        if event.kind == EventKind::Impression {
            self.placements.take(event);
        }
        if event.kind == EventKind::Erase || (event.kind == EventKind::Impression && event.query.is_none()) {
            return;
        }
        let Some(shopper) = event.shopper() else {
            self.collected.nobody += u64::from(event.kind != EventKind::Impression);
            return;
        };
        if let Some(id) = &event.message_id
            && !self.messages.insert(xxh3_128(id.as_bytes()))
        {
            self.collected.duplicates += 1;
            return;
        }
        if event.kind == EventKind::Impression {
            let shopper = self.shopper(&shopper);
            self.searches.take(event, shopper);
            return;
        }
        if let Some((user, device)) = event.link() {
            let links = self.links.entry(key(&ShopperId::Anonymous(device.to_owned()))).or_default();
            links.mark(user, event.time_ms(), event.kind != EventKind::Unlink);
        }
        let shopper = self.shopper(&shopper);
        let number = self.collected.events as u32;
        self.placements.take(event);
        let told_elsewhere = self.given.history.is_some();
        if !told_elsewhere {
            self.ledger.take(event, shopper, number, &resolve);
        }
        self.crowds.take(event, shopper, &resolve);
        self.searches.take(event, shopper);
        self.collected.events += 1;
        let Some(meeting) = event.kind.meeting().filter(|_| !told_elsewhere) else { return };
        let hash = |text: &Option<String>| text.as_ref().and_then(|text| NonZeroU64::new(xxh3_64(text.as_bytes())));
        let (session, order) = (hash(&event.session_id), hash(&event.order_id));
        for product in &event.products {
            let Some(ordinal) = resolve(&product.id) else {
                self.collected.unknown_products += 1;
                continue;
            };
            let kept = self.history.push(Interaction {
                shopper,
                event: number,
                time_ms: event.time.map(|time| time.as_millisecond()).into(),
                session,
                order,
                meeting,
                click: event.kind == EventKind::Click,
                ordinal,
                quantity: product.quantity,
                ..Interaction::NOTHING
            });
            self.collected.interactions += 1;
            if let Err(error) = kept {
                self.failed.get_or_insert(error);
                return;
            }
        }
    }

    fn shopper(&mut self, id: &ShopperId) -> u32 {
        let next = self.shoppers.len() as u32;
        *self.shoppers.entry(key(id)).or_insert(next)
    }

    /// The number of the person behind each shopper: devices go with the user who owns them.
    fn persons(&mut self) -> Vec<u32> {
        let limits = LinkLimits::default();
        let mut persons: Vec<u32> = (0..self.shoppers.len() as u32).collect();
        for (device, links) in &self.links {
            let owner = links.owner(&limits).map(|user| key(&ShopperId::User(user.to_owned())));
            let numbers = self.shoppers.get(device).zip(owner.and_then(|owner| self.shoppers.get(&owner)));
            if let Some((&device, &user)) = numbers {
                persons[device as usize] = user;
            }
        }
        persons
    }

    /// What came in so far.
    pub fn collected(&self) -> Collected {
        self.collected
    }

    /// The interactions collected so far, in journal order, unless there is a limit.
    pub fn interactions(&self) -> &[Interaction] {
        self.history.held()
    }

    /// What the searches come to at `now_ms` (Unix milliseconds); they are given up.
    pub fn queries(&mut self, settings: &QuerySettings, now_ms: i64) -> Queries {
        let persons = self.persons();
        std::mem::take(&mut self.searches).settle(&persons, settings, now_ms)
    }

    /// Trains the weights of a history during the build; without a trainer, the configured ones hold.
    pub fn train_history_weights(&mut self, trainer: Option<HistoryWeightsTrainer>) {
        self.history_weights = trainer;
    }

    /// Takes tables that need not be counted, before the first event.
    pub fn give(&mut self, given: Given) {
        self.given = given;
    }

    /// The history as it is counted, by person and time: returns and corrections applied, devices with
    /// the person who owns them, nothing of products from `products` on.
    ///
    /// # Errors
    /// What the system said of a temporary file.
    pub fn settled(mut self, products: usize) -> Result<Vec<Interaction>> {
        self.settle(products)?.into_rows()
    }

    fn settle(&mut self, products: usize) -> Result<History> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        if let Some(history) = self.given.history.take() {
            return history.whole();
        }
        let persons = self.persons();
        std::mem::take(&mut self.history).settle(std::mem::take(&mut self.ledger), &persons, products)
    }

    /// Counts everything. `now_ms` (Unix milliseconds) is what popularity ages towards.
    /// Interactions with products outside the catalogue view are left out.
    /// `terms` are what the products say of themselves.
    ///
    /// # Errors
    /// What the system said of a temporary file, where there is a limit on memory.
    pub fn build(
        mut self,
        settings: &Settings,
        catalogue: &CatalogueView<'_>,
        terms: &Terms,
        now_ms: i64,
        progress: &dyn Progress,
    ) -> Result<Behaviour> {
        progress.stage("history", None);
        self.messages = HashSet::new();
        let history = self.settle(catalogue.products())?;
        Ok(self.count(history.rows()?, settings, catalogue, terms, now_ms, progress))
    }

    /// Counts a settled history.
    pub(super) fn count(
        self,
        interactions: &[Interaction],
        settings: &Settings,
        catalogue: &CatalogueView<'_>,
        terms: &Terms,
        now_ms: i64,
        progress: &dyn Progress,
    ) -> Behaviour {
        let products = catalogue.products();
        let given = self.given;
        let pairs = |pairs, per_row, count: &dyn Fn() -> NeighbourTable| match pairs {
            Some(pairs) => table_of(pairs, products, per_row),
            None => count(),
        };
        // One table at a time, so that what each is counted from is gone before the next.
        progress.stage("popularity", None);
        let popularity = match given.popularity {
            Some(popular) => Popularity::given(&popular, catalogue),
            None => Popularity::count(interactions, catalogue, &settings.popularity, now_ms),
        };
        progress.stage("alike", None);
        let content = terms.neighbours(catalogue, &settings.content);
        progress.stage("weights", None);
        let all = Sequences::of_shoppers(interactions, &settings.next);
        let train = self.history_weights.filter(|_| given.next.is_none());
        let trained = train.and_then(|train| train(&all, &content, products, &settings.next, progress));
        let next = trained.as_ref().map_or_else(|| settings.next.clone(), |trained| trained.settings.clone());
        progress.stage("next", None);
        let (blend, per_row) = (next.blend, next.per_row);
        let next = pairs(given.next, per_row, &|| ItemToItem::build(&all, products, &next));
        let worth = all.interaction_weights(products);
        drop(all);
        progress.stage("co_viewed", None);
        let co_viewed = pairs(given.co_viewed, per_row, &|| {
            let views = Sequences::of_visits(interactions, &settings.next);
            ItemToItem::build(&views, products, &settings.next)
        });
        progress.stage("bought", None);
        let buyers = Sequences::of_buyers(interactions, &settings.next);
        let several = Several::count(buyers.products.iter(), catalogue, settings.complements.several_share);
        let also_bought = pairs(given.also_bought, per_row, &|| {
            ItemToItem::also_bought(&buyers, catalogue, &several.0, &settings.next)
        });
        drop(buyers);
        progress.stage("baskets", None);
        let bought = Baskets::of_purchases(interactions, &settings.baskets);
        let categories = CategoryComplements::count(&bought, catalogue, &popularity, &settings.complements);
        let complements_given = given.complements.is_some();
        let complements = match given.complements {
            Some(pairs) => complements_of(pairs, catalogue, settings),
            None => {
                let viewed = Baskets::of_views(interactions, &settings.baskets);
                complements(&bought, &viewed, catalogue, &settings.complements)
            }
        };
        drop(bought);
        progress.stage("holdout", None);
        let cart_holdout = if complements_given { None } else { cart_holdout(interactions, catalogue, settings) };
        progress.stage("visits", None);
        let successors = pairs(given.successors, per_row, &|| successors(interactions, products, per_row));
        let sessions = Sessions::of(interactions, products, &settings.sessions);
        progress.stage("rest", None);
        let after = &settings.after;
        Behaviour {
            also_bought,
            complements,
            categories: categories.with_several(several),
            next,
            co_viewed,
            content,
            blend,
            sessions,
            successors,
            viewed_then_bought: pairs(given.viewed_then_bought, after.per_row, &|| {
                viewed_then_bought(interactions, catalogue, after)
            }),
            trending: Trending::count(interactions, products, &settings.popularity, after, now_ms),
            repurchase: Repurchase::count(interactions, catalogue, after),
            crowds: Crowds::count(self.crowds, products, &settings.popularity, after, now_ms),
            placements: self.placements,
            worth: worth.into(),
            cart_model: None,
            cart_holdout: cart_holdout.map(Arc::new),
            history_holdout: trained.map(|trained| Arc::new(trained.holdout)),
            popularity,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(text: &str) -> Event {
        serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn an_event_counts_once_and_unknown_products_are_told() {
        let mut builder = BehaviourBuilder::default();
        let seen = event(r#"{"message_id":"m","type":"view","user_id":"u","products":[{"id":"1"},{"id":"gone"}]}"#);
        builder.push(&seen, |id| id.parse().ok());
        builder.push(&seen, |id| id.parse().ok());
        builder.push(&event(r#"{"type":"view","products":[{"id":"1"}]}"#), |id| id.parse().ok());
        let expected = Collected { events: 1, duplicates: 1, nobody: 1, unknown_products: 1, interactions: 1 };
        assert_eq!(builder.collected(), expected);
    }

    #[test]
    fn a_user_and_a_device_of_the_same_name_are_two_shoppers() {
        let mut builder = BehaviourBuilder::default();
        for who in ["user_id", "anonymous_id", "user_id"] {
            let text = format!(r#"{{"type":"view","{who}":"x","products":[{{"id":"1"}}]}}"#);
            builder.push(&event(&text), |id| id.parse().ok());
        }
        assert_eq!(builder.interactions().iter().map(|i| i.shopper).collect::<Vec<_>>(), [0, 1, 0]);
    }
}
