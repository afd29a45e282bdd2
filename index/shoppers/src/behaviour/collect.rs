//! Takes the events of the journal, each once, and turns them into interactions: shopper, time, kind,
//! product. Text is hashed here (XXH3) and not stored; products that the catalogue does not have are
//! counted and dropped. [`BehaviourBuilder::build`] applies what later events changed
//! (see [`super::settle`]) and has the tables counted (see [`super::count`]).

use std::collections::{HashMap, HashSet};
use std::num::NonZeroU64;
use std::path::Path;

use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

use super::Behaviour;
use super::content::Terms;
use super::count::TableCount;
use super::given::Given;
use super::history::{HistoryLog, SettledHistory};
use super::history_holdout::HistoryWeightsTrainer;
use super::interaction::{Interaction, ShopperNumber};
use super::placements::Placements;
use super::queries::{Queries, QuerySettings, SearchLog};
use super::segments::SegmentLog;
use super::settings::Settings;
use super::settle::Ledger;
use super::view::CatalogueView;
use crate::error::{Error, Result};
use crate::event::{Event, EventKind};
use crate::id::{Ordinal, ShopperId};
use crate::identity::{LinkLimits, Links};
use crate::progress::Progress;

/// Counts of events and interactions taken or left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Collected {
    /// Events taken.
    pub events: u64,
    /// Events left out because their `message_id` was seen before.
    pub duplicates: u64,
    /// Events left out because they name no shopper.
    pub nobody: u64,
    /// Products in events that the catalogue does not have.
    pub unknown_products: u64,
    /// Interactions taken.
    pub interactions: u64,
}

/// Collects interactions for one build.
#[derive(Debug, Default)]
pub struct BehaviourBuilder {
    messages: HashSet<u128>,
    shoppers: HashMap<u128, ShopperNumber>,
    /// The links of each device with its users, by the hash of the device's id.
    links: HashMap<u128, Links>,
    ledger: Ledger,
    searches: SearchLog,
    placements: Placements,
    segments: SegmentLog,
    history: HistoryLog,
    /// The first failure to write the history.
    failed: Option<Error>,
    collected: Collected,
    given: Given,
    history_weights: Option<HistoryWeightsTrainer>,
}

fn key(id: &ShopperId) -> u128 {
    xxh3_128(id.key().as_bytes())
}

impl BehaviourBuilder {
    /// A builder with at most `interactions` interactions in memory; the others lie in temporary files in `folder`.
    pub fn bounded(folder: &Path, interactions: usize) -> Self {
        Self { history: HistoryLog::bounded(folder, interactions), ..Self::default() }
    }

    /// Takes one event; `resolve` maps a product id to its ordinal. An event whose `message_id` was seen
    /// before changes nothing. An impression counts for searches and placements only.
    pub fn push(&mut self, event: &Event, resolve: impl Fn(&str) -> Option<Ordinal>) {
        match event.kind {
            EventKind::Erase => {}
            EventKind::Impression => self.push_impression(event),
            _ => self.push_action(event, resolve),
        }
    }

    /// Takes an impression: its placement, and the search it answers if it names a query and a shopper.
    fn push_impression(&mut self, event: &Event) {
        // Before the duplicate check: an impression without a query never enters the set of message ids.
        self.placements.take(event);
        if let Some(shopper) = event.shopper().filter(|_| event.query.is_some())
            && !self.is_duplicate(event)
        {
            let shopper = self.shopper_number(&shopper);
            self.searches.take(event, shopper);
        }
    }

    /// Takes an event in which the shopper did something.
    fn push_action(&mut self, event: &Event, resolve: impl Fn(&str) -> Option<Ordinal>) {
        let Some(shopper) = event.shopper() else {
            self.collected.nobody += 1;
            return;
        };
        if self.is_duplicate(event) {
            return;
        }
        self.push_link(event);
        let shopper = self.shopper_number(&shopper);
        let number = self.collected.events as u32;
        self.placements.take(event);
        self.segments.take(event, shopper, &resolve);
        self.searches.take(event, shopper);
        self.collected.events += 1;
        // A given history has orders and returns applied already.
        if self.given.history.is_none() {
            self.ledger.take(event, shopper, number, &resolve);
            self.push_interactions(event, shopper, number, resolve);
        }
    }

    /// True if the event's `message_id` was seen before; otherwise it is remembered.
    fn is_duplicate(&mut self, event: &Event) -> bool {
        let seen = event.message_id.as_ref().is_some_and(|id| !self.messages.insert(xxh3_128(id.as_bytes())));
        self.collected.duplicates += u64::from(seen);
        seen
    }

    /// Records that a user and a device are one person, or are not any more, if the event names both.
    fn push_link(&mut self, event: &Event) {
        if let Some((user, device)) = event.link() {
            let links = self.links.entry(key(&ShopperId::Anonymous(device.to_owned()))).or_default();
            links.mark(user, event.time_ms(), event.kind != EventKind::Unlink);
        }
    }

    /// Appends one interaction for each product of the event that the catalogue has. After the first
    /// failed write nothing more of the event is taken; [`Self::settled`] reports the failure.
    fn push_interactions(
        &mut self,
        event: &Event,
        shopper: ShopperNumber,
        number: u32,
        resolve: impl Fn(&str) -> Option<Ordinal>,
    ) {
        let Some(kind) = event.kind.interaction_kind() else { return };
        let hash = |text: &Option<String>| text.as_ref().and_then(|text| NonZeroU64::new(xxh3_64(text.as_bytes())));
        let common = Interaction {
            shopper,
            event: number,
            time_ms: event.time.map(|time| time.as_millisecond()).into(),
            session: hash(&event.session_id),
            order: hash(&event.order_id),
            kind,
            click: event.kind == EventKind::Click,
            gift: event.is_gift(),
            ..Interaction::NOTHING
        };
        for product in &event.products {
            let Some(ordinal) = resolve(&product.id) else {
                self.collected.unknown_products += 1;
                continue;
            };
            self.collected.interactions += 1;
            let pushed = self.history.push(Interaction { ordinal, quantity: product.quantity, ..common });
            if let Err(error) = pushed {
                self.failed.get_or_insert(error);
                return;
            }
        }
    }

    /// The dense number of a shopper id, in order of first appearance.
    fn shopper_number(&mut self, id: &ShopperId) -> ShopperNumber {
        let next = ShopperNumber(self.shoppers.len() as u32);
        *self.shoppers.entry(key(id)).or_insert(next)
    }

    /// The person of each shopper, by shopper number: a device gets the number of the user who owns it.
    fn persons(&mut self) -> Vec<ShopperNumber> {
        let limits = LinkLimits::default();
        let mut persons: Vec<ShopperNumber> = (0..self.shoppers.len() as u32).map(ShopperNumber).collect();
        for (device, links) in &self.links {
            let owner = links.owner(&limits).map(|user| key(&ShopperId::User(user.to_owned())));
            let numbers = self.shoppers.get(device).zip(owner.and_then(|owner| self.shoppers.get(&owner)));
            if let Some((&device, &user)) = numbers {
                persons[device.index()] = user;
            }
        }
        persons
    }

    /// The counts of events and interactions so far.
    pub fn collected(&self) -> Collected {
        self.collected
    }

    /// The interactions so far, in journal order; with a limit on memory, only the latest of them.
    pub fn interactions(&self) -> &[Interaction] {
        self.history.held()
    }

    /// The queries and corrections learned from the searches so far, at `now_ms` (Unix milliseconds).
    /// Empties the searches.
    pub fn queries(&mut self, settings: &QuerySettings, now_ms: i64) -> Queries {
        let persons = self.persons();
        std::mem::take(&mut self.searches).settle(&persons, settings, now_ms)
    }

    /// Trains the weights of a history during the build; without a trainer, the configured ones hold.
    pub fn train_history_weights(&mut self, trainer: Option<HistoryWeightsTrainer>) {
        self.history_weights = trainer;
    }

    /// Hands over tables that are taken instead of counted. Call it before the first event.
    pub fn give(&mut self, given: Given) {
        self.given = given;
    }

    /// The settled history, by person and time: refunds and order updates applied, devices joined with
    /// their owner, products from ordinal `products` on left out.
    ///
    /// # Errors
    /// The failure of a temporary file.
    pub fn settled(mut self, products: usize) -> Result<Vec<Interaction>> {
        self.settle(products)?.into_rows()
    }

    fn settle(&mut self, products: usize) -> Result<SettledHistory> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        if let Some(history) = self.given.history.take() {
            return history.whole();
        }
        let persons = self.persons();
        std::mem::take(&mut self.history).settle(std::mem::take(&mut self.ledger), &persons, products)
    }

    /// Counts all tables. `now_ms` (Unix milliseconds) is the time that ages are counted back from, `terms`
    /// are the terms of the product texts. Interactions with products outside the catalogue are left out.
    ///
    /// # Errors
    /// The failure of a temporary file, if memory is limited.
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
        let Self { given, segments, placements, history_weights, .. } = self;
        TableCount { interactions, settings, catalogue, now_ms, progress, history_weights }
            .tables(given, terms, segments, placements)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(text: &str) -> Event {
        serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn an_event_counts_once_and_unknown_products_are_counted_apart() {
        let mut builder = BehaviourBuilder::default();
        let seen = event(r#"{"message_id":"m","type":"view","user_id":"u","products":[{"id":"1"},{"id":"gone"}]}"#);
        builder.push(&seen, |id| id.parse().ok().map(Ordinal::new));
        builder.push(&seen, |id| id.parse().ok().map(Ordinal::new));
        builder.push(&event(r#"{"type":"view","products":[{"id":"1"}]}"#), |id| id.parse().ok().map(Ordinal::new));
        let expected = Collected { events: 1, duplicates: 1, nobody: 1, unknown_products: 1, interactions: 1 };
        assert_eq!(builder.collected(), expected);
    }

    #[test]
    fn a_user_and_a_device_of_the_same_name_are_two_shoppers() {
        let mut builder = BehaviourBuilder::default();
        for who in ["user_id", "anonymous_id", "user_id"] {
            let text = format!(r#"{{"type":"view","{who}":"x","products":[{{"id":"1"}}]}}"#);
            builder.push(&event(&text), |id| id.parse().ok().map(Ordinal::new));
        }
        assert_eq!(builder.interactions().iter().map(|i| i.shopper.0).collect::<Vec<_>>(), [0, 1, 0]);
    }
}
