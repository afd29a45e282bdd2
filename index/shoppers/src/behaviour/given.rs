//! Tables that were counted elsewhere, for instance by a query engine, and are taken over instead of
//! counted from the journal. Rows come in any order: this file sorts them and limits their length.

use super::complements::spread;
use super::history::HistoryLog;
use super::settings::Settings;
use super::table::{Neighbour, NeighbourTable, keep_best};
use super::view::CatalogueView;
use crate::id::Ordinal;

/// The tables taken over; those absent are counted. Ordinals are below the number of products, scores finite.
#[derive(Debug, Default)]
pub struct Given {
    /// The settled history, by shopper and time, in place of the interactions of the journal.
    pub history: Option<HistoryLog>,
    /// In place of [`super::Behaviour::popularity`].
    pub popularity: Option<Vec<GivenPopularity>>,
    /// In place of [`super::Behaviour::next`]; no replay then chooses its weights.
    pub next: Option<Pairs>,
    /// In place of [`super::Behaviour::co_viewed`].
    pub co_viewed: Option<Pairs>,
    /// In place of [`super::Behaviour::also_bought`].
    pub also_bought: Option<Pairs>,
    /// In place of [`super::Behaviour::successors`].
    pub successors: Option<Pairs>,
    /// In place of [`super::Behaviour::complements`].
    pub complements: Option<Pairs>,
    /// In place of [`super::Behaviour::viewed_then_bought`].
    pub viewed_then_bought: Option<Pairs>,
}

/// Pairs of a product and a partner.
pub type Pairs = Vec<(Ordinal, Neighbour)>;

/// The popularity of one product.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GivenPopularity {
    /// The product.
    pub ordinal: Ordinal,
    /// The number of views.
    pub views: u32,
    /// The number of additions to a cart.
    pub carts: u32,
    /// The number of purchases.
    pub purchases: u32,
    /// The popularity score, 0 or more.
    pub score: f32,
}

/// A table of `products` rows of at most `per_row` pairs. Of a pair given twice the higher score counts.
pub(super) fn table_of(pairs: Pairs, products: usize, per_row: usize) -> NeighbourTable {
    table_with(pairs, products, |row| row.truncate(per_row))
}

/// The table of complements, with the limit on partners of one leaf category.
pub(super) fn complements_of(pairs: Pairs, catalogue: &CatalogueView<'_>, settings: &Settings) -> NeighbourTable {
    let settings = &settings.complements;
    table_with(pairs, catalogue.products(), |row| {
        spread(row, catalogue, settings.per_category);
        row.truncate(settings.per_row);
    })
}

fn table_with(mut pairs: Pairs, products: usize, limit: impl Fn(&mut Vec<Neighbour>)) -> NeighbourTable {
    let key = |pair: &(Ordinal, Neighbour)| (pair.0, pair.1.ordinal);
    pairs.sort_unstable_by(|a, b| key(a).cmp(&key(b)).then(b.1.score.total_cmp(&a.1.score)));
    pairs.dedup_by_key(|pair| key(pair));
    let mut rest = pairs.as_slice();
    NeighbourTable::from_rows(Ordinal::all(products).map(|product| {
        let (own, others) = rest.split_at(rest.partition_point(|pair| pair.0 <= product));
        rest = others;
        let mut row: Vec<Neighbour> = own.iter().map(|pair| pair.1).collect();
        keep_best(&mut row, usize::MAX);
        limit(&mut row);
        row
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_become_rows_best_first_and_no_longer_than_allowed() {
        let pair = |(product, ordinal, score)| {
            let [product, ordinal] = Ordinal::array([product, ordinal]);
            (product, Neighbour { ordinal, score, evidence: None })
        };
        let pairs = [(2, 0, 0.5), (0, 1, 0.1), (0, 2, 0.9), (0, 1, 0.3), (0, 3, 0.2)].map(pair);
        let table = table_of(pairs.to_vec(), 4, 2);
        assert_eq!(table.bare(0), [(2, 0.9), (1, 0.3)]);
        assert_eq!(table.bare(2), [(0, 0.5)]);
        assert_eq!((table.rows(), table.pairs()), (4, 3));
    }
}
