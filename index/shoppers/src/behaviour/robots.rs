//! Robots: visitors who look at more products on one day than people do, or at one product again and again. What they
//! look at says nothing of what people want, so popularity and rising products leave their views out and count them
//! apart. What they buy counts: an order is paid for. Settings: [`PopularitySettings`]. Section: `popularity.robots`.

use super::interaction::{Interaction, ShopperNumber};
use super::settings::PopularitySettings;
use crate::event::InteractionKind;
use crate::time::day_number;

/// The visitors that are robots by their rate.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Robots {
    /// Ascending.
    visitors: Vec<ShopperNumber>,
    views: u64,
}

impl Robots {
    /// Finds them among interactions sorted by shopper and time. Interactions without a time have no rate.
    pub fn find(interactions: &[Interaction], settings: &PopularitySettings) -> Self {
        let mut robots = Self::default();
        let is_view = |one: &&Interaction| one.kind != InteractionKind::Purchase;
        for own in interactions.chunk_by(|a, b| a.shopper == b.shopper) {
            let day = |one: &Interaction| one.time_ms.get().map(day_number);
            let is_robot = own
                .chunk_by(|a, b| day(a) == day(b))
                .any(|of_day| day(&of_day[0]).is_some() && Self::too_many(of_day.iter().filter(is_view), settings));
            if is_robot {
                robots.visitors.push(own[0].shopper);
                robots.views += own.iter().filter(is_view).count() as u64;
            }
        }
        robots
    }

    /// True if these views of one visitor on one day are more than people make.
    fn too_many<'i>(views: impl Iterator<Item = &'i Interaction>, settings: &PopularitySettings) -> bool {
        let mut products: Vec<_> = views.map(|view| view.ordinal).collect();
        products.sort_unstable();
        let most_of_one = products.chunk_by(|a, b| a == b).map(<[_]>::len).max().unwrap_or_default();
        products.len() > settings.views_a_day || most_of_one > settings.views_a_day_of_product
    }

    /// True if the interaction is a robot's, and no purchase.
    pub fn made(&self, interaction: &Interaction) -> bool {
        interaction.kind != InteractionKind::Purchase && self.visitors.binary_search(&interaction.shopper).is_ok()
    }

    /// The number of robots, and of the views and additions to a cart left out.
    pub fn counts(&self) -> [u64; 2] {
        [self.visitors.len() as u64, self.views]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Ordinal;
    use crate::time::DAY_MS;

    #[test]
    fn a_visitor_who_looks_too_often_is_a_robot_and_what_is_bought_counts() {
        let view = |shopper, day: i64, ordinal| Interaction {
            shopper: ShopperNumber(shopper),
            time_ms: Some(day * DAY_MS).into(),
            kind: InteractionKind::View,
            ordinal: Ordinal::new(ordinal),
            ..Interaction::NOTHING
        };
        let settings = PopularitySettings { views_a_day: 5, views_a_day_of_product: 3, ..Default::default() };
        // 0 looks at four products a day, 1 at six, 2 four times at one, 3 at one on each of nine days.
        let mut log: Vec<Interaction> = (0..4).map(|product| view(0, 0, product)).collect();
        log.extend((0..6).map(|product| view(1, 0, product)));
        log.push(Interaction { kind: InteractionKind::Purchase, ..view(1, 1, 0) });
        log.extend([0; 4].map(|product| view(2, 0, product)));
        log.extend((0..9).map(|day| view(3, day, 0)));
        let robots = Robots::find(&log, &settings);
        assert_eq!(robots.counts(), [2, 10]);
        let counted = log.iter().filter(|one| !robots.made(one)).count();
        assert_eq!(counted, 4 + 1 + 9);
    }
}
