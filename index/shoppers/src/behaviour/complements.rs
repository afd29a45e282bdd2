//! Complements: products bought in one basket whose signed log-likelihood ratio passes a threshold,
//! ranked by `LLR · √(smoothed lift)`. Substitutes are left out: variants, products of one leaf category
//! (unless shoppers put several of it into one basket, or the titles name two kinds, as of a tent and its pegs), and pairs that are closer in visits than in
//! baskets. Closeness is the cosine `both / √(first · second)`, because there are many more views than
//! purchases. A leaf category fills a limited number of places in a row, so that partners vary.
//! Settings: [`ComplementSettings`]. Section: the neighbour table `complements`, with evidence.

use super::baskets::Baskets;
use super::lists::{Lists, SparseCounter};
use super::llr::PairCounts;
use super::settings::ComplementSettings;
use super::several::{Several, substitutes};
use super::table::{Neighbour, NeighbourTable, PairEvidence, keep_best};
use super::titles::ProductKinds;
use super::view::CatalogueView;
use crate::id::{CategoryNumber, Ordinal};

/// Counts the products that share a list with one product at a time.
struct PairCounter<'a> {
    lists: &'a Lists,
    lies_in: Lists<u32>,
}

impl<'a> PairCounter<'a> {
    fn new(lists: &'a Lists, products: usize) -> Self {
        Self { lists, lies_in: lists.transpose(products) }
    }

    /// The number of lists with the product.
    fn alone(&self, product: Ordinal) -> f64 {
        self.lies_in.get(product.index()).len() as f64
    }

    /// The products that share a list with the product, itself included, with the number of lists.
    fn partners<'t>(
        &self,
        product: Ordinal,
        tally: &'t mut SparseCounter,
    ) -> impl Iterator<Item = (Ordinal, f32)> + use<'t> {
        for &list in self.lies_in.get(product.index()) {
            self.lists.get(list as usize).iter().for_each(|&partner| tally.add(partner, 1.0));
        }
        tally.drain()
    }
}

/// The complements of each product of the catalogue, best first, with evidence.
///
/// `viewed` are the visits that separate substitutes from complements; without visits, only variant
/// groups and categories do. A product without a passing pair has an empty row.
pub fn complements(
    bought: &Baskets,
    viewed: &Baskets,
    (catalogue, kinds): (&CatalogueView<'_>, &ProductKinds),
    settings: &ComplementSettings,
) -> NeighbourTable {
    let products = catalogue.products();
    let baskets = PairCounter::new(bought.lists(), products);
    let visits = PairCounter::new(viewed.lists(), products);
    let total = bought.len() as f64;
    let Several(several) = Several::count(bought.lists().iter(), catalogue, settings.several_share);
    let row = |tally: &mut SparseCounter, product: Ordinal| {
        let mut pairs: Vec<(Neighbour, PairCounts)> = Vec::new();
        for (partner, together) in baskets.partners(product, tally) {
            let (first, second) = (baskets.alone(product), baskets.alone(partner));
            let counts = PairCounts { together: f64::from(together), first, second, total };
            let is_substitute =
                substitutes(&several, catalogue, product, partner) && kinds.same_kind(product, partner) != Some(false);
            if catalogue.same_group(product, partner) || is_substitute {
                continue;
            }
            pairs.extend(scored(partner, counts, settings).map(|neighbour| (neighbour, counts)));
        }
        drop_viewed_together(product, &mut pairs, &visits, tally, settings);
        let mut best: Vec<Neighbour> = pairs.into_iter().map(|pair| pair.0).collect();
        keep_best(&mut best, usize::MAX);
        spread(&mut best, catalogue, settings.per_category);
        best.truncate(settings.per_row);
        best
    };
    NeighbourTable::build(products, || SparseCounter::new(products), row)
}

/// The pair as a neighbour, if it passes the thresholds.
pub(super) fn scored<P>(partner: P, counts: PairCounts, settings: &ComplementSettings) -> Option<Neighbour<P>> {
    let llr = counts.signed_llr();
    (llr > settings.min_llr && counts.together as u32 >= settings.min_together).then(|| Neighbour {
        ordinal: partner,
        score: (llr * counts.smoothed_lift(settings.lift_smoothing).sqrt()) as f32,
        evidence: Some(PairEvidence { together: counts.together as u32, lift: counts.lift() as f32, llr: llr as f32 }),
    })
}

/// Removes the pairs that are closer in visits than in baskets.
fn drop_viewed_together(
    product: Ordinal,
    pairs: &mut Vec<(Neighbour, PairCounts)>,
    visits: &PairCounter<'_>,
    tally: &mut SparseCounter,
    settings: &ComplementSettings,
) {
    if pairs.is_empty() || visits.alone(product) == 0.0 {
        return;
    }
    let closeness = |together: f64, first: f64, second: f64| together / (first * second).sqrt();
    let seen: Vec<(Ordinal, f32)> = visits.partners(product, tally).collect();
    pairs.retain(|(neighbour, counts)| {
        let Ok(at) = seen.binary_search_by_key(&neighbour.ordinal, |pair| pair.0) else { return true };
        let together = f64::from(seen[at].1);
        let in_visits = closeness(together, visits.alone(product), visits.alone(neighbour.ordinal));
        let in_baskets = closeness(counts.together, counts.first, counts.second);
        together < f64::from(settings.min_viewed_together) || in_visits <= in_baskets
    });
}

/// Keeps the best partners of each leaf category, and all partners without a category.
pub(super) fn spread(best: &mut Vec<Neighbour>, catalogue: &CatalogueView<'_>, per_category: usize) {
    let mut taken: Vec<CategoryNumber> = Vec::new();
    best.retain(|neighbour| {
        let leaves = catalogue.leaves(neighbour.ordinal);
        let full = |leaf: &CategoryNumber| taken.iter().filter(|&other| other == leaf).count() >= per_category;
        let fits = !leaves.iter().any(full);
        if fits {
            taken.extend(leaves);
        }
        fits
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::behaviour::NO_GROUP;
    use crate::error::Result;
    use crate::id::GroupNumber;

    /// `count` baskets of each kind.
    fn baskets(kinds: &[(usize, &[u32])]) -> Baskets {
        let repeat = |&(count, basket): &(usize, _)| std::iter::repeat_n(Ordinal::slice(basket), count);
        Baskets::from_lists(kinds.iter().flat_map(repeat).collect())
    }

    fn row(table: &NeighbourTable, product: u32) -> Vec<u32> {
        table.bare(product).iter().map(|pair| pair.0).collect()
    }

    /// One category a product.
    const STARTS: [u32; 7] = [0, 1, 2, 3, 4, 5, 6];

    #[test]
    fn partners_come_with_the_evidence() -> Result<()> {
        let leaves = CategoryNumber::array([0, 1, 2, 3, 4, 5]);
        let catalogue = CatalogueView::new(&[NO_GROUP; 6], &STARTS, &leaves, 6)?;
        let bought = baskets(&[(10, &[0, 1]), (80, &[2]), (10, &[0, 3])]);
        let table = complements(
            &bought,
            &Baskets::default(),
            (&catalogue, &ProductKinds::default()),
            &ComplementSettings::default(),
        );
        assert_eq!(row(&table, 0), [1, 3], "equal scores, so by ordinal");
        assert_eq!(row(&table, 2), [] as [u32; 0]);
        let Some(Neighbour { score, evidence: Some(evidence), .. }) = table.neighbours(Ordinal::new(1)).next() else {
            panic!("1 is always bought with 0")
        };
        let counts = PairCounts { together: 10.0, first: 10.0, second: 20.0, total: 100.0 };
        assert_eq!((evidence.together, evidence.lift), (10, 5.0));
        assert!((f64::from(evidence.llr) - counts.signed_llr()).abs() < 1e-3);
        assert!((f64::from(score) - counts.signed_llr() * (11.0f64 / 3.0).sqrt()).abs() < 1e-2);
        Ok(())
    }

    #[test]
    fn substitutes_are_left_out() -> Result<()> {
        // 1 is a variant of 0, 2 shares its category, 3 is viewed with it, 4 is a real complement.
        let mut groups = [NO_GROUP; 6];
        groups[..2].fill(GroupNumber::new(7));
        let catalogue = CatalogueView::new(&groups, &STARTS, CategoryNumber::slice(&[0, 9, 0, 3, 4, 5]), 10)?;
        let bought = baskets(&[(20, &[0, 1, 2, 3, 4]), (10, &[0]), (10, &[3]), (10, &[4]), (60, &[5])]);
        let several = complements(
            &bought,
            &Baskets::default(),
            (&catalogue, &ProductKinds::default()),
            &ComplementSettings::default(),
        );
        assert_eq!(row(&several, 0), [2, 3, 4], "two of three baskets with the category hold two of it");
        let settings = ComplementSettings { several_share: 0.9, ..ComplementSettings::default() };
        assert_eq!(
            row(&complements(&bought, &Baskets::default(), (&catalogue, &ProductKinds::default()), &settings), 0),
            [3, 4]
        );
        let viewed = baskets(&[(90, &[0, 3]), (40, &[0, 4]), (60, &[4])]);
        assert_eq!(row(&complements(&bought, &viewed, (&catalogue, &ProductKinds::default()), &settings), 0), [4]);
        let rarely = baskets(&[(2, &[0, 3])]);
        assert_eq!(
            row(&complements(&bought, &rarely, (&catalogue, &ProductKinds::default()), &settings), 0),
            [3, 4],
            "two visits are too few"
        );
        Ok(())
    }

    #[test]
    fn a_category_fills_two_places_at_most() -> Result<()> {
        let catalogue = CatalogueView::new(&[NO_GROUP; 6], &STARTS, CategoryNumber::slice(&[0, 1, 1, 1, 2, 3]), 4)?;
        let bought = baskets(&[(9, &[0, 1]), (9, &[0, 2]), (9, &[0, 3]), (7, &[0, 4]), (200, &[5])]);
        let settings = ComplementSettings::default();
        assert_eq!(
            row(&complements(&bought, &Baskets::default(), (&catalogue, &ProductKinds::default()), &settings), 0),
            [1, 2, 4]
        );
        let settings = ComplementSettings { per_row: 1, ..settings };
        assert_eq!(
            row(&complements(&bought, &Baskets::default(), (&catalogue, &ProductKinds::default()), &settings), 0),
            [1]
        );
        Ok(())
    }

    #[test]
    fn a_pair_by_chance_is_left_out() -> Result<()> {
        let catalogue = CatalogueView::new(&[NO_GROUP; 6], &STARTS, CategoryNumber::slice(&[0, 1, 2, 3, 4, 5]), 6)?;
        let bought = baskets(&[(25, &[0, 1]), (25, &[0]), (25, &[1]), (25, &[2])]);
        let table = complements(
            &bought,
            &Baskets::default(),
            (&catalogue, &ProductKinds::default()),
            &ComplementSettings::default(),
        );
        assert_eq!(table.pairs(), 0);
        Ok(())
    }
}
