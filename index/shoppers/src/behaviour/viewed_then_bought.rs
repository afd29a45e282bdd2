//! Products bought in the end by shoppers who viewed a product. On each path of a shopper from view to
//! purchase (a pause ends it), every product viewed before the last purchase is paired with every product
//! bought. `P(j bought | i viewed)` is shrunk towards the share of all paths with j (a Beta prior); pairs
//! no more frequent than chance are left out. Settings: [`AfterSettings`]. Section: the neighbour table
//! `viewed_then_bought`, with evidence.

use super::interaction::Interaction;
use super::lists::{Lists, SparseCounter};
use super::llr::PairCounts;
use super::settings::AfterSettings;
use super::table::{Neighbour, NeighbourTable, PairEvidence, keep_best};
use super::view::CatalogueView;
use crate::event::InteractionKind;
use crate::id::Ordinal;
use crate::time::HOUR_MS;

/// The most distinct products taken from one path, the earliest first.
const MOST: usize = 100;

/// The paths that ended in a purchase: the products viewed, and those bought, by path.
#[derive(Debug, Default)]
struct PurchasePaths {
    viewed: Lists,
    bought: Lists,
}

impl PurchasePaths {
    /// The paths of interactions sorted by shopper and time.
    fn of(interactions: &[Interaction], settings: &AfterSettings) -> Self {
        let pause_ms = (settings.pause_hours * HOUR_MS as f64) as i64;
        let same = |a: &Interaction, b: &Interaction| {
            let times = a.time_ms.get().zip(b.time_ms.get());
            a.shopper == b.shopper && times.map_or(a.session == b.session, |(a, b)| b.saturating_sub(a) <= pause_ms)
        };
        let mut paths = Self::default();
        for path in interactions.chunk_by(same) {
            let Some(end) = path.iter().rposition(|one| one.kind == InteractionKind::Purchase) else { continue };
            let of = |bought: bool| {
                let mut products = Vec::new();
                for one in path[..=end].iter().filter(|one| (one.kind == InteractionKind::Purchase) == bought) {
                    if products.len() < MOST && !products.contains(&one.ordinal) {
                        products.push(one.ordinal);
                    }
                }
                products
            };
            let (viewed, bought) = (of(false), of(true));
            if !viewed.is_empty() {
                paths.viewed.push(&viewed);
                paths.bought.push(&bought);
            }
        }
        paths
    }
}

/// For each product those bought by shoppers who viewed it, without itself and its variants; the score is
/// the shrunk probability.
pub fn viewed_then_bought(
    interactions: &[Interaction],
    catalogue: &CatalogueView<'_>,
    settings: &AfterSettings,
) -> NeighbourTable {
    let paths = PurchasePaths::of(interactions, settings);
    let products = catalogue.products();
    let [viewed_in, bought_in]: [Lists<u32>; 2] = [&paths.viewed, &paths.bought].map(|lists| lists.transpose(products));
    let total = paths.viewed.len() as f64;
    let row = |tally: &mut SparseCounter, product: Ordinal| {
        let viewed = viewed_in.get(product.index());
        for &path in viewed {
            paths.bought.get(path as usize).iter().for_each(|&bought| tally.add(bought, 1.0));
        }
        let first = viewed.len() as f64;
        let pair = |(other, together): (Ordinal, f32)| {
            let counts = PairCounts {
                together: f64::from(together),
                first,
                second: bought_in.get(other.index()).len() as f64,
                total,
            };
            let llr = counts.signed_llr();
            let wanted = together as u32 >= settings.min_together && llr > settings.min_llr;
            let base = counts.second / total;
            let score = ((counts.together + settings.prior * base) / (first + settings.prior)) as f32;
            let lift = (counts.together / (first * base)) as f32;
            let evidence = Some(PairEvidence { together: together as u32, lift, llr: llr as f32 });
            wanted.then_some(Neighbour { ordinal: other, score, evidence })
        };
        let mut row: Vec<Neighbour> = tally.drain().filter_map(pair).collect();
        row.retain(|other| !catalogue.same_group(product, other.ordinal));
        keep_best(&mut row, settings.per_row);
        row
    };
    NeighbourTable::build(products, || SparseCounter::new(products), row)
}

#[cfg(test)]
mod tests {
    use super::super::interaction::ShopperNumber;
    use super::super::view::NO_GROUP;
    use super::*;
    use crate::error::Result;

    fn interaction(shopper: u32, hour: i64, kind: InteractionKind, ordinal: u32) -> Interaction {
        Interaction {
            shopper: ShopperNumber(shopper),
            time_ms: Some(hour * HOUR_MS).into(),
            kind,
            ordinal: Ordinal::new(ordinal),
            ..Interaction::NOTHING
        }
    }

    #[test]
    fn views_before_the_purchase_count_and_later_ones_do_not() -> Result<()> {
        let mut log = Vec::new();
        for shopper in 0..20 {
            // Views 0, buys 1, views 2 days later. Others view 2 and buy 3.
            log.extend([
                interaction(shopper, 0, InteractionKind::View, 0),
                interaction(shopper, 1, InteractionKind::Purchase, 1),
            ]);
            log.push(interaction(shopper, 200, InteractionKind::View, 2));
            let other = 100 + shopper;
            log.extend([
                interaction(other, 0, InteractionKind::View, 2),
                interaction(other, 1, InteractionKind::Purchase, 3),
                interaction(other, 2, InteractionKind::View, 0),
            ]);
        }
        log.sort_by_key(|one| (one.shopper, one.time_ms));
        let catalogue = CatalogueView::new(&[NO_GROUP; 4], &[0; 5], &[], 0)?;
        let table = viewed_then_bought(&log, &catalogue, &AfterSettings::default());
        let row: Vec<Neighbour> = table.neighbours(Ordinal::new(0)).collect();
        assert_eq!(row.iter().map(|other| other.ordinal).collect::<Vec<_>>(), Ordinal::array([1]));
        // Twenty of twenty paths, shrunk by twenty paths of which half end with it.
        assert!((row[0].score - 0.75).abs() < 1e-6, "{row:?}");
        assert_eq!(row[0].evidence.map(|evidence| (evidence.together, evidence.lift)), Some((20, 2.0)));
        assert_eq!(table.bare(2).iter().map(|other| other.0).collect::<Vec<_>>(), [3]);
        Ok(())
    }
}
