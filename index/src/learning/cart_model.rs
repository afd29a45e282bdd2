//! Decides which model answers the carts of this shop: the tiers of [`Complementary`], or the cart model
//! ([`CartModel`]) over baskets or over shoppers, with one of several priors.
//!
//! Each candidate completes the held-out baskets ([`CartHoldout`]), from tables that have not seen them; short
//! lists are filled up with the products in most baskets. The best cart model ships if its NDCG@10 is surely
//! above that of the tiers; it is then counted anew over all purchases.

use rayon::prelude::*;

use crate::behaviour::{Behaviour, CartHoldout, CartModel, CatalogueView, HeldOutCart, PurchaseLists};
use crate::eval::{ndcg_of_one, paired_interval};
use crate::id::{CategoryNumber, Ordinal};
use crate::progress::Progress;
use crate::recommend::{
    Complementary, EvidenceSettings, ProductFacts, RecommendContext, RecommendRequest, Recommender,
};

/// The cut of the metric.
const DEPTH: usize = 10;
/// The priors that are tried; see [`CartModel`].
const PRIORS: [f32; 3] = [1.0, 10.0, 100.0];
/// The seed of the draws that decide if the gain is sure.
const SEED: u64 = 1;

/// The lists that pairs are counted in.
#[derive(Debug, Clone, Copy)]
enum CountedOver {
    Baskets,
    Shoppers,
}

impl CountedOver {
    fn model(self, purchases: &PurchaseLists, products: usize, prior: f32) -> CartModel {
        let lists = match self {
            Self::Baskets => &purchases.baskets,
            Self::Shoppers => &purchases.shoppers,
        };
        CartModel::count(lists, &purchases.baskets, products, prior)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Baskets => "baskets",
            Self::Shoppers => "shoppers",
        }
    }
}

/// One measured cart model.
struct CartModelTrial {
    ndcg: f64,
    over: CountedOver,
    prior: f32,
    /// The NDCG of each held-out cart.
    gains: Vec<f64>,
}

/// The cart model of this shop, if it is surely better than the tiers.
pub fn train(
    holdout: &CartHoldout,
    behaviour: &Behaviour,
    catalogue: CatalogueView<'_>,
    progress: &dyn Progress,
) -> Option<CartModel> {
    let CartHoldout { carts, complements, categories, also_bought, earlier, all } = holdout;
    let products = catalogue.products();
    let mut earlier_tables = Behaviour {
        complements: complements.clone(),
        categories: categories.clone(),
        also_bought: also_bought.clone(),
        ..behaviour.clone()
    };
    let models =
        [CountedOver::Baskets, CountedOver::Shoppers].map(|over| (over, over.model(earlier, products, PRIORS[0])));
    let popular = models[0].1.head().to_vec();
    let tiers = gains(&earlier_tables, catalogue, carts, &popular);
    let mean = |gains: &[f64]| gains.iter().sum::<f64>() / gains.len() as f64;
    progress.note(&format!("cart model, by a product hidden in each of {} late baskets:", carts.len()));
    progress.note(&format!("  NDCG@{DEPTH} {:.4}  complements", mean(&tiers)));
    let mut best: Option<CartModelTrial> = None;
    for (over, mut model) in models {
        for prior in PRIORS {
            model = model.with_prior(prior);
            earlier_tables.cart_model = Some(model.clone());
            let gains = gains(&earlier_tables, catalogue, carts, &popular);
            let ndcg = mean(&gains);
            progress.note(&format!("  NDCG@{DEPTH} {ndcg:.4}  cart model over {}, prior {prior}", over.name()));
            if best.as_ref().is_none_or(|best| ndcg > best.ndcg) {
                best = Some(CartModelTrial { ndcg, over, prior, gains });
            }
        }
    }
    let CartModelTrial { over, prior, gains, .. } = best?;
    let gain = paired_interval(&tiers, &gains, SEED).ok()?;
    let ships = gain.is_sure_gain();
    let verdict = if ships { "the best cart model ships" } else { "no sure gain: complements answer carts" };
    progress.note(&format!("  {:+.4} ({:+.4} to {:+.4}): {verdict}", gain.mean, gain.low, gain.high));
    ships.then(|| over.model(all, products, prior))
}

/// The NDCG of each held-out cart, whose one relevant product is the hidden one.
fn gains(behaviour: &Behaviour, catalogue: CatalogueView<'_>, carts: &[HeldOutCart], popular: &[Ordinal]) -> Vec<f64> {
    let gain = |HeldOutCart { cart, hidden }: &HeldOutCart| {
        let context = RecommendContext {
            behaviour,
            reranker: None,
            lists: None,
            catalogue,
            vectors: None,
            allowed: &|_| true,
            stated: &|_| Vec::new(),
            facts: &NoFacts,
            // The order of what is likely is measured, whatever a merchant wants to be sure of.
            evidence: EvidenceSettings { complementary: 0, ..EvidenceSettings::default() },
        };
        let request = RecommendRequest { seeds: cart, limit: DEPTH, ..RecommendRequest::default() };
        let answer = Complementary::default().recommend(&context, &request);
        let mut shown: Vec<Ordinal> = answer.iter().map(|one| one.ordinal).collect();
        for one in popular {
            if shown.len() >= DEPTH {
                break;
            }
            if !shown.contains(one) && !cart.contains(one) {
                shown.push(*one);
            }
        }
        ndcg_of_one(shown.iter().position(|one| one == hidden), DEPTH)
    };
    carts.par_iter().map(gain).collect()
}

/// ProductFacts of a shop without prices, ratings and dates.
struct NoFacts;

impl ProductFacts for NoFacts {
    fn price(&self, _: Ordinal) -> Option<f64> {
        None
    }

    fn value(&self, _: Ordinal) -> f32 {
        0.0
    }

    fn listed_ms(&self, _: Ordinal) -> Option<i64> {
        None
    }

    fn newest(&self) -> &[Ordinal] {
        &[]
    }

    fn likeness(&self, _: Ordinal, _: Ordinal) -> Option<f32> {
        None
    }

    fn near_kin(&self, _: Ordinal, _: Ordinal) -> bool {
        true
    }

    fn for_others(&self, _: Ordinal, _: Ordinal) -> bool {
        false
    }

    fn share_telling_leaf(&self, _: Ordinal, _: Ordinal) -> Option<bool> {
        None
    }

    fn is_mixed(&self, _: CategoryNumber) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::behaviour::{BehaviourBuilder, NO_GROUP, Settings, Terms};
    use crate::progress::Silent;
    use crate::time::MINUTE_MS;

    const PRODUCTS: usize = 40;

    /// 4000 baskets of two products, one a minute. With `pairs`, each product is bought with a partner of its own.
    /// Without, both are drawn independently, the first products most often, so that close pairs are chance.
    fn shipped(pairs: bool) -> Option<CartModel> {
        let mut builder = BehaviourBuilder::default();
        for basket in 0..4000usize {
            let random = |salt: usize| (basket * 2_654_435_761 + salt * 40_503) >> 7;
            let popular = |salt: usize| (random(salt) % PRODUCTS) * (random(salt + 1) % PRODUCTS) / PRODUCTS;
            let [first, second] = match pairs {
                true => [random(1) % PRODUCTS / 2 * 2, random(1) % PRODUCTS / 2 * 2 + 1],
                false => [popular(3), popular(11)],
            };
            let time = jiff::Timestamp::from_millisecond(basket as i64 * MINUTE_MS).unwrap_or_default();
            let event = serde_json::json!({
                "type": "purchase", "user_id": format!("u{}", basket % 900), "order_id": format!("o{basket}"),
                "time": time.to_string(), "products": [{"id": first.to_string()}, {"id": second.to_string()}],
            });
            let event = serde_json::from_value(event).unwrap_or_else(|error| panic!("{error}"));
            builder.push(&event, |id| id.parse().ok().map(Ordinal::new));
        }
        let (groups, starts) = ([NO_GROUP; PRODUCTS], [0; PRODUCTS + 1]);
        let catalogue = CatalogueView::checked_before(&groups, &starts, &[], 0);
        let built = builder.build(&Settings::default(), &catalogue, &Terms::default(), 0, &Silent);
        let mut behaviour = built.unwrap_or_else(|error| panic!("{error}"));
        let Some(holdout) = behaviour.cart_holdout.take() else { panic!("enough late baskets") };
        train(&holdout, &behaviour, catalogue, &Silent)
    }

    #[test]
    fn the_cart_model_ships_only_if_pairs_are_weak_evidence() {
        assert!(shipped(true).is_none(), "the complements find every partner");
        let Some(model) = shipped(false) else { panic!("popular products are likelier") };
        let mut candidates = model.candidates(Ordinal::slice(&[30]));
        candidates.sort_by(|a, b| b.probability.total_cmp(&a.probability));
        assert!(model.head()[..4].contains(&candidates[0].ordinal), "{candidates:?}");
    }
}
