//! Add-ons: products in most baskets beside others, such as a carrier bag. They go with everything, so they say nothing
//! of the rest of a basket, and rows that are about demand leave them out. A product that people come for is bought
//! alone now and then; an add-on is not. Settings: [`ComplementSettings`].

use super::baskets::Baskets;
use super::lists::Lists;
use super::settings::ComplementSettings;
use crate::id::Ordinal;

/// The fewest baskets of several products, and the fewest products sold, from which on a share says something.
const FEWEST: usize = 20;
/// The largest share of the baskets of an add-on that hold nothing else.
const ALONE: f64 = 0.1;

/// The products that are add-ons by what shoppers do, ascending.
pub(super) fn in_most_baskets(bought: &Baskets, products: usize, settings: &ComplementSettings) -> Vec<Ordinal> {
    let lists = bought.lists();
    let several = lists.iter().filter(|basket| basket.len() > 1).count();
    let lies_in: Lists<u32> = lists.transpose(products);
    let sold = lies_in.iter().filter(|baskets| !baskets.is_empty()).count();
    if several < FEWEST || sold < FEWEST {
        return Vec::new();
    }
    let is_add_on = |product: &Ordinal| {
        let baskets = lies_in.get(product.index());
        let beside = baskets.iter().filter(|&&basket| lists.get(basket as usize).len() > 1).count();
        beside as f64 >= settings.add_on_share * several as f64
            && (baskets.len() - beside) as f64 <= ALONE * baskets.len() as f64
    };
    Ordinal::all(products).filter(is_add_on).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bag_in_every_basket_is_an_add_on_and_a_best_seller_is_not() {
        // 30 products in pairs, a bag 30 in every basket, and 31 in most baskets and often alone.
        let mut baskets = Lists::default();
        for n in 0..30 {
            baskets.push(&Ordinal::array([n, 30, 31]));
            baskets.push(&Ordinal::array([31]));
        }
        let settings = ComplementSettings::default();
        let bought = Baskets::from_lists(baskets);
        assert_eq!(in_most_baskets(&bought, 32, &settings), Ordinal::array([30]));
        let few: Lists = [Ordinal::slice(&[0, 1]); 30].into_iter().collect();
        assert!(in_most_baskets(&Baskets::from_lists(few), 32, &settings).is_empty(), "a shop of two products");
    }
}
