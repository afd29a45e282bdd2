//! Baskets and visits: the products that one shopper bought or viewed together. Purchases with the same
//! order are a basket; without an order, those of the same session; without a session, those of the same
//! UTC day; an event with none of these is a basket by itself. Visits group views the same way, without
//! orders. Settings: [`BasketSettings`].

use std::num::NonZeroU64;

use xxhash_rust::xxh3::xxh3_64;

use super::interaction::{Interaction, ShopperNumber};
use super::lists::Lists;
use super::settings::BasketSettings;
use crate::event::InteractionKind;
use crate::id::Ordinal;
use crate::time::day_number;

/// Baskets (or visits) of distinct products.
#[derive(Debug, Clone, Default)]
pub struct Baskets {
    lists: Lists,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum BasketKey {
    Order(NonZeroU64),
    Session(NonZeroU64),
    Day(i64),
    Event(u32),
}

impl BasketKey {
    /// The key that a purchase shares with its basket, and any other interaction with its visit.
    fn of(interaction: &Interaction) -> Self {
        let order = interaction.order.filter(|_| interaction.kind == InteractionKind::Purchase).map(Self::Order);
        let session = || interaction.session.map(Self::Session);
        let day = || interaction.time_ms.get().map(|time| Self::Day(day_number(time)));
        order.or_else(session).or_else(day).unwrap_or(Self::Event(interaction.event))
    }
}

impl Baskets {
    /// A hash of the basket of a purchase, or of the visit of any other interaction.
    pub fn hash_of(interaction: &Interaction) -> u64 {
        let (kind, number) = match BasketKey::of(interaction) {
            BasketKey::Order(order) => (0u32, order.get()),
            BasketKey::Session(session) => (1, session.get()),
            BasketKey::Day(day) => (2, day.cast_unsigned()),
            BasketKey::Event(event) => (3, u64::from(event)),
        };
        let [shopper, kind] = [interaction.shopper.0, kind].map(u32::to_le_bytes);
        xxh3_64(&[&shopper[..], &kind, &number.to_le_bytes()].concat())
    }

    /// Baskets from lists, each of which must name a product once.
    pub fn from_lists(lists: Lists) -> Self {
        Self { lists }
    }

    /// The baskets of all purchases. Products beyond the limit of a basket are left out.
    pub fn of_purchases(interactions: &[Interaction], settings: &BasketSettings) -> Self {
        Self::group(interactions, settings, InteractionKind::Purchase)
    }

    /// The visits of all views. Products beyond the limit of a visit are left out.
    pub fn of_views(interactions: &[Interaction], settings: &BasketSettings) -> Self {
        Self::group(interactions, settings, InteractionKind::View)
    }

    fn group(interactions: &[Interaction], settings: &BasketSettings, kind: InteractionKind) -> Self {
        let mut lines: Vec<(ShopperNumber, BasketKey, Ordinal)> = interactions
            .iter()
            .filter(|interaction| interaction.kind == kind)
            .map(|interaction| (interaction.shopper, BasketKey::of(interaction), interaction.ordinal))
            .collect();
        // Stable sort, so that the earliest products of an overfull basket remain.
        lines.sort_by_key(|&(shopper, key, _)| (shopper, key));
        let mut lists = Lists::default();
        let mut basket: Vec<Ordinal> = Vec::new();
        for same in lines.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            basket.clear();
            for &(_, _, ordinal) in same {
                if basket.len() < settings.max_products && !basket.contains(&ordinal) {
                    basket.push(ordinal);
                }
            }
            basket.sort_unstable();
            lists.push(&basket);
        }
        Self { lists }
    }

    /// The number of baskets.
    pub fn len(&self) -> usize {
        self.lists.len()
    }

    /// True if there is no basket.
    pub fn is_empty(&self) -> bool {
        self.lists.is_empty()
    }

    /// The baskets as lists of ordinals.
    pub fn lists(&self) -> &Lists {
        &self.lists
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::DAY_MS;

    fn baskets(interactions: &[Interaction]) -> Vec<Vec<u32>> {
        let settings = BasketSettings { max_products: 3 };
        let bare = |list: &[Ordinal]| list.iter().map(|ordinal| ordinal.get()).collect();
        Baskets::of_purchases(interactions, &settings).lists().iter().map(bare).collect()
    }

    #[test]
    fn an_order_is_a_basket_of_its_shopper_whatever_the_visit() {
        let line = |shopper, session, ordinal| Interaction {
            shopper: ShopperNumber(shopper),
            session: NonZeroU64::new(session),
            order: NonZeroU64::new(7),
            ordinal: Ordinal::new(ordinal),
            ..Interaction::NOTHING
        };
        assert_eq!(baskets(&[line(0, 1, 5), line(0, 2, 6), line(1, 1, 8)]), [vec![5, 6], vec![8]]);
    }

    #[test]
    fn without_an_order_the_visit_then_the_day_then_the_event_decides() {
        let visit = |ordinal, session| Interaction {
            session: NonZeroU64::new(session),
            time_ms: Some(0).into(),
            ordinal: Ordinal::new(ordinal),
            ..Interaction::NOTHING
        };
        assert_eq!(baskets(&[visit(1, 4), visit(2, 5), visit(3, 4)]), [vec![1, 3], vec![2]]);
        let day = |ordinal, time_ms| Interaction {
            time_ms: Some(time_ms).into(),
            ordinal: Ordinal::new(ordinal),
            ..Interaction::NOTHING
        };
        assert_eq!(baskets(&[day(1, 0), day(2, DAY_MS - 1), day(3, DAY_MS)]), [vec![1, 2], vec![3]]);
        let bare = |ordinal, event| Interaction { event, ordinal: Ordinal::new(ordinal), ..Interaction::NOTHING };
        assert_eq!(baskets(&[bare(1, 0), bare(2, 0), bare(3, 1)]), [vec![1, 2], vec![3]]);
    }

    #[test]
    fn a_basket_names_a_product_once_and_has_a_limit() {
        let line =
            |ordinal| Interaction { order: NonZeroU64::new(1), ordinal: Ordinal::new(ordinal), ..Interaction::NOTHING };
        assert_eq!(baskets(&[line(9), line(9), line(4), line(6), line(1)]), [[4, 6, 9]]);
    }

    #[test]
    fn views_are_no_baskets() {
        let view = Interaction { kind: InteractionKind::View, ..Interaction::NOTHING };
        assert!(baskets(&[view]).is_empty());
        assert_eq!(Baskets::of_views(&[view], &BasketSettings::default()).len(), 1);
    }
}
