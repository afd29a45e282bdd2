//! What is needed to ask afterwards what a shop's carts should be answered with: the latest baskets of
//! several products, each with one of them hidden, and the tables as they would have been counted before.
//! A basket is late when a fifth of all purchases are not earlier.

use super::baskets::Baskets;
use super::category::CategoryComplements;
use super::complements::complements;
use super::interaction::Interaction;
use super::lists::Lists;
use super::next::{ItemToItem, Sequences};
use super::popularity::Popularity;
use super::settings::Settings;
use super::several::Several;
use super::table::NeighbourTable;
use super::view::CatalogueView;
use crate::event::InteractionKind;
use crate::id::Ordinal;

/// Late baskets of several products, below which they say nothing.
const FEWEST: usize = 500;
/// Baskets asked about.
const MOST: usize = 1500;
/// One of so many purchases is late.
const LATE: usize = 5;
/// Steps from the product hidden in one basket to that of the next: prime, so that every place has its turn.
const STRIDE: usize = 7919;

/// A cart and what was bought with it.
pub type Question = (Vec<Ordinal>, Ordinal);

/// Late baskets and what was known before them.
#[derive(Debug, Clone)]
pub struct Rehearsal {
    /// The carts.
    pub questions: Vec<Question>,
    /// [`super::Behaviour::complements`] of what is earlier.
    pub complements: NeighbourTable,
    /// [`super::Behaviour::categories`] of what is earlier.
    pub categories: CategoryComplements,
    /// [`super::Behaviour::also_bought`] of what is earlier.
    pub also_bought: NeighbourTable,
    /// What is earlier.
    pub earlier: Bought,
    /// Everything.
    pub all: Bought,
}

/// Purchases as lists.
#[derive(Debug, Clone)]
pub struct Bought {
    /// One list a basket.
    pub baskets: Lists,
    /// One list a shopper.
    pub shoppers: Lists,
}

impl Bought {
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

/// Nothing where there are too few late baskets of several products.
pub(super) fn rehearse(
    interactions: &[Interaction],
    catalogue: &CatalogueView<'_>,
    settings: &Settings,
) -> Option<Rehearsal> {
    let bought = interactions.iter().filter(|one| one.kind == InteractionKind::Purchase && one.time_ms.get().is_some());
    let bought: Vec<Interaction> = bought.copied().collect();
    let mut times: Vec<i64> = bought.iter().filter_map(|one| one.time_ms.get()).collect();
    let from = times.len() - times.len() / LATE;
    if from >= times.len() {
        return None;
    }
    let from_ms = *times.select_nth_unstable(from).1;
    let (late, early): (Vec<Interaction>, Vec<Interaction>) =
        bought.iter().partition(|one| one.time_ms.get().is_some_and(|time| time >= from_ms));
    let late = Baskets::of_purchases(&late, &settings.baskets);
    let several: Vec<&[Ordinal]> = late.lists().iter().filter(|basket| basket.len() > 1).collect();
    if several.len() < FEWEST || early.is_empty() {
        return None;
    }
    let every = several.len().div_ceil(MOST);
    let question = |(at, basket): (usize, &&[Ordinal])| {
        let mut cart = basket.to_vec();
        let hidden = cart.remove(at * STRIDE % basket.len());
        (cart, hidden)
    };
    let questions = several.iter().step_by(every).enumerate().map(question).collect();
    let popularity = Popularity::count(&early, catalogue, &settings.popularity, from_ms);
    let (earlier, baskets, buyers) = Bought::of(&early, settings);
    let several = Several::count(buyers.products.iter(), catalogue, settings.complements.several_share);
    let also_bought = ItemToItem::also_bought(&buyers, catalogue, &several.0, &settings.next);
    let categories =
        CategoryComplements::count(&baskets, catalogue, &popularity, &settings.complements).with_several(several);
    let complements = complements(&baskets, &Baskets::default(), catalogue, &settings.complements);
    let (all, ..) = Bought::of(&bought, settings);
    Some(Rehearsal { questions, complements, categories, also_bought, earlier, all })
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU64;

    use super::*;
    use crate::behaviour::{NO_GROUP, ShopperNumber};

    /// So many baskets of 0 and 1, one a minute.
    fn purchases(baskets: u64) -> Vec<Interaction> {
        let line = |basket: u64, ordinal| Interaction {
            time_ms: Some(basket as i64 * 60_000).into(),
            order: NonZeroU64::new(basket + 1),
            shopper: ShopperNumber(basket as u32),
            ordinal,
            ..Interaction::NOTHING
        };
        (0..baskets).flat_map(|basket| [0, 1].map(|ordinal| line(basket, ordinal))).collect()
    }

    #[test]
    fn late_baskets_are_asked_about_and_not_learnt_from() -> crate::error::Result<()> {
        let catalogue = CatalogueView::new(&[NO_GROUP; 2], &[0, 0, 0], &[], 0)?;
        let settings = Settings::default();
        let Some(rehearsal) = rehearse(&purchases(3000), &catalogue, &settings) else { panic!("enough baskets") };
        assert_eq!(rehearsal.questions.len(), 600);
        assert_eq!((rehearsal.earlier.baskets.len(), rehearsal.all.baskets.len()), (2400, 3000));
        assert_eq!(rehearsal.questions[..2], [(vec![1], 0), (vec![0], 1)], "every place has its turn");
        assert!(rehearse(&purchases(2000), &catalogue, &settings).is_none(), "too few");
        Ok(())
    }
}
