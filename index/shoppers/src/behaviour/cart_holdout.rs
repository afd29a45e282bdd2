//! The latest baskets of several products, each with one product hidden, and the tables counted from the
//! purchases before them. [`crate::learning`] decides by them which model answers a cart. A basket is late if
//! it lies in the latest fifth of all purchases.

use super::baskets::Baskets;
use super::category::CategoryComplements;
use super::complements::complements;
use super::evidence::with_evidence;
use super::interaction::Interaction;
use super::lists::Lists;
use super::next::{ItemToItem, Sequences};
use super::popularity::Popularity;
use super::robots::Robots;
use super::settings::Settings;
use super::several::Several;
use super::table::NeighbourTable;
use super::titles::ProductKinds;
use super::view::CatalogueView;
use crate::event::InteractionKind;
use crate::id::Ordinal;

/// The smallest number of late baskets of several products that make a holdout.
const MIN_BASKETS: usize = 500;
/// The largest number of baskets with a hidden product.
const MAX_BASKETS: usize = 1500;
/// One purchase of this many is late.
const LATE: usize = 5;
/// Steps from the position of the product hidden in one basket to that in the next: prime, so that every
/// position is hidden in turn.
const STRIDE: usize = 7919;

/// A late basket with one product hidden.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldOutCart {
    /// The other products, at least one.
    pub cart: Vec<Ordinal>,
    /// The hidden product.
    pub hidden: Ordinal,
}

/// Late baskets and the tables counted without them.
#[derive(Debug, Clone)]
pub struct CartHoldout {
    /// The late baskets.
    pub carts: Vec<HeldOutCart>,
    /// [`super::Behaviour::complements`] of the earlier purchases.
    pub complements: NeighbourTable,
    /// [`super::Behaviour::categories`] of the earlier purchases.
    pub categories: CategoryComplements,
    /// [`super::Behaviour::also_bought`] of the earlier purchases.
    pub also_bought: NeighbourTable,
    /// The earlier purchases.
    pub earlier: PurchaseLists,
    /// All purchases, the late ones included.
    pub all: PurchaseLists,
}

/// Purchases as lists of products.
#[derive(Debug, Clone)]
pub struct PurchaseLists {
    /// One list a basket.
    pub baskets: Lists,
    /// One list a shopper, without repetition.
    pub shoppers: Lists,
}

impl PurchaseLists {
    fn of(purchases: &[Interaction], settings: &Settings) -> (Self, Baskets, Sequences) {
        let baskets = Baskets::of_purchases(purchases, &settings.baskets);
        let buyers = Sequences::of_buyers(purchases, &settings.next);
        let mut shoppers = Lists::default();
        for list in buyers.products.iter() {
            let mut list = list.to_vec();
            list.sort_unstable();
            list.dedup();
            shoppers.push(&list);
        }
        (Self { baskets: baskets.lists().clone(), shoppers }, baskets, buyers)
    }
}

/// Splits the purchases of a settled history; `None` if there are too few late baskets of several products.
pub(super) fn cart_holdout(
    interactions: &[Interaction],
    catalogue: &CatalogueView<'_>,
    settings: &Settings,
) -> Option<CartHoldout> {
    let purchases =
        interactions.iter().filter(|one| one.kind == InteractionKind::Purchase && one.time_ms.get().is_some());
    let purchases: Vec<Interaction> = purchases.copied().collect();
    let mut times: Vec<i64> = purchases.iter().filter_map(|one| one.time_ms.get()).collect();
    let from = times.len() - times.len() / LATE;
    if from >= times.len() {
        return None;
    }
    let from_ms = *times.select_nth_unstable(from).1;
    let (late, early): (Vec<Interaction>, Vec<Interaction>) =
        purchases.iter().partition(|one| one.time_ms.get().is_some_and(|time| time >= from_ms));
    let late = Baskets::of_purchases(&late, &settings.baskets);
    let several: Vec<&[Ordinal]> = late.lists().iter().filter(|basket| basket.len() > 1).collect();
    if several.len() < MIN_BASKETS || early.is_empty() {
        return None;
    }
    let every = several.len().div_ceil(MAX_BASKETS);
    let hide_one = |(at, basket): (usize, &&[Ordinal])| {
        let mut cart = basket.to_vec();
        let hidden = cart.remove(at * STRIDE % basket.len());
        HeldOutCart { cart, hidden }
    };
    let carts = several.iter().step_by(every).enumerate().map(hide_one).collect();
    let everybody = (&Robots::default(), &ProductKinds::default());
    let popularity = Popularity::count(&early, catalogue, &settings.popularity, everybody, from_ms);
    let (earlier, baskets, buyers) = PurchaseLists::of(&early, settings);
    let several = Several::count(buyers.products.iter(), catalogue, settings.complements.several_share);
    let also_bought = ItemToItem::also_bought(&buyers, catalogue, &several.0, &settings.next);
    let also_bought = with_evidence(&also_bought, &buyers.products, catalogue.products());
    let categories =
        CategoryComplements::count(&baskets, catalogue, &popularity, &settings.complements).with_several(several);
    // Without views: the holdout compares models of purchases.
    let complements =
        complements(&baskets, &Baskets::default(), (catalogue, &ProductKinds::default()), &settings.complements);
    let (all, ..) = PurchaseLists::of(&purchases, settings);
    Some(CartHoldout { carts, complements, categories, also_bought, earlier, all })
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU64;

    use super::*;
    use crate::behaviour::{NO_GROUP, ShopperNumber};
    use crate::time::MINUTE_MS;

    /// Baskets of the products 0 and 1, one a minute.
    fn purchases(baskets: u64) -> Vec<Interaction> {
        let line = |basket: u64, ordinal| Interaction {
            time_ms: Some(basket as i64 * MINUTE_MS).into(),
            order: NonZeroU64::new(basket + 1),
            shopper: ShopperNumber(basket as u32),
            ordinal: Ordinal::new(ordinal),
            ..Interaction::NOTHING
        };
        (0..baskets).flat_map(|basket| [0, 1].map(|ordinal| line(basket, ordinal))).collect()
    }

    #[test]
    fn late_baskets_are_held_out_of_all_tables() -> crate::error::Result<()> {
        let catalogue = CatalogueView::new(&[NO_GROUP; 2], &[0, 0, 0], &[], 0)?;
        let settings = Settings::default();
        let Some(holdout) = cart_holdout(&purchases(3000), &catalogue, &settings) else { panic!("enough baskets") };
        assert_eq!(holdout.carts.len(), 600);
        assert_eq!((holdout.earlier.baskets.len(), holdout.all.baskets.len()), (2400, 3000));
        let first = [[1, 0], [0, 1]].map(Ordinal::array).map(|[cart, hidden]| HeldOutCart { cart: vec![cart], hidden });
        assert_eq!(holdout.carts[..2], first, "every position is hidden in turn");
        assert!(cart_holdout(&purchases(2000), &catalogue, &settings).is_none(), "too few");
        Ok(())
    }
}
