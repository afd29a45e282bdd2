//! Chooses how this shop's carts are answered: by the tiers of [`Complementary`], or by what likely lies in
//! the same cart ([`Companions`], over baskets or over shoppers, by one of some priors). The latest baskets
//! of several products are asked about, each with one product hidden, of tables that have not seen them;
//! lists that are too short are filled up with what is in most baskets. Companions ship only where they are
//! surely better than the tiers.

use rayon::prelude::*;

use crate::behaviour::{Behaviour, Bought, CatalogueView, Companions, Question, Rehearsal};
use crate::id::Ordinal;
use crate::progress::Progress;
use crate::recommend::{Complementary, ProductFacts, RecommendContext, RecommendRequest, Recommender};

/// Places that count.
const PLACES: usize = 10;
/// Lists in which a pair is as frequent as by chance.
const PRIORS: [f32; 3] = [1.0, 10.0, 100.0];
/// Standard errors that the mean gain must lie above 0.
const SURE: f64 = 2.0;

/// What is counted in.
#[derive(Debug, Clone, Copy)]
enum Over {
    Baskets,
    Shoppers,
}

impl Over {
    fn companions(self, bought: &Bought, products: usize, prior: f32) -> Companions {
        let lists = match self {
            Self::Baskets => &bought.baskets,
            Self::Shoppers => &bought.shoppers,
        };
        Companions::count(lists, &bought.baskets, products, prior)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Baskets => "baskets",
            Self::Shoppers => "shoppers",
        }
    }
}

/// The companions of this shop, where they are surely better than the tiers.
pub(super) fn accompany(
    behaviour: &mut Behaviour,
    catalogue: CatalogueView<'_>,
    progress: &dyn Progress,
) -> Option<Companions> {
    let rehearsal = behaviour.rehearsal.take()?;
    let Rehearsal { questions, complements, categories, also_bought, earlier, all } = &*rehearsal;
    let products = catalogue.products();
    let mut before = Behaviour {
        complements: complements.clone(),
        categories: categories.clone(),
        also_bought: also_bought.clone(),
        ..behaviour.clone()
    };
    let [of_baskets, of_shoppers] =
        [Over::Baskets, Over::Shoppers].map(|over| over.companions(earlier, products, PRIORS[0]));
    let popular = of_baskets.head().to_vec();
    let tiers = gains(&before, catalogue, questions, &popular);
    let mean = |gains: &[f64]| gains.iter().sum::<f64>() / gains.len() as f64;
    progress.note(&format!("a product hidden in each of {} late baskets, looked for with", questions.len()));
    progress.note(&format!("  NDCG@{PLACES} {:.4}  complements", mean(&tiers)));
    let mut best: Option<(f64, Over, f32, Vec<f64>)> = None;
    for (over, mut companions) in [(Over::Baskets, of_baskets), (Over::Shoppers, of_shoppers)] {
        for prior in PRIORS {
            companions = companions.with_prior(prior);
            before.companions = Some(companions.clone());
            let found = gains(&before, catalogue, questions, &popular);
            let ndcg = mean(&found);
            progress.note(&format!("  NDCG@{PLACES} {ndcg:.4}  companions of {}, prior {prior}", over.name()));
            if best.as_ref().is_none_or(|best| ndcg > best.0) {
                best = Some((ndcg, over, prior, found));
            }
        }
    }
    let (_, over, prior, found) = best?;
    let ahead: Vec<f64> = found.iter().zip(&tiers).map(|(one, other)| one - other).collect();
    let gain = mean(&ahead);
    let error = (mean(&ahead.iter().map(|one| (one - gain).powi(2)).collect::<Vec<_>>()) / ahead.len() as f64).sqrt();
    let ships = gain > SURE * error;
    let said = if ships { "the best companions" } else { "not surely better: it stays with complements" };
    progress.note(&format!("  {gain:+.4} ± {:.4}: {said}", SURE * error));
    ships.then(|| over.companions(all, products, prior))
}

/// The NDCG of each question: one hidden product each, so `1 / log2(place + 2)`.
fn gains(behaviour: &Behaviour, catalogue: CatalogueView<'_>, questions: &[Question], popular: &[Ordinal]) -> Vec<f64> {
    let gain = |(cart, hidden): &Question| {
        let context = RecommendContext {
            behaviour,
            reranker: None,
            lists: None,
            catalogue,
            vectors: None,
            allowed: &|_| true,
            stated: &|_| Vec::new(),
            facts: &Nothing,
        };
        let request = RecommendRequest { seeds: cart, limit: PLACES, ..RecommendRequest::default() };
        let found = Complementary::default().recommend(&context, &request);
        let mut shown: Vec<Ordinal> = found.iter().map(|one| one.ordinal).collect();
        for one in popular {
            if shown.len() >= PLACES {
                break;
            }
            if !shown.contains(one) && !cart.contains(one) {
                shown.push(*one);
            }
        }
        let place = shown.iter().position(|one| one == hidden);
        place.map_or(0.0, |place| 1.0 / ((place + 2) as f64).log2())
    };
    questions.par_iter().map(gain).collect()
}

/// A shop that says nothing of its products.
struct Nothing;

impl ProductFacts for Nothing {
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::behaviour::{BehaviourBuilder, NO_GROUP, Settings, Terms};
    use crate::progress::Silent;

    const PRODUCTS: usize = 40;

    /// 4000 baskets of two, one a minute. Either each product has a partner of its own, or what is bought has
    /// nothing to do with what else is, and the first products are in most baskets, but the shoppers' first
    /// orders make a few pairs look close.
    fn shipped(pairs: bool) -> Option<Companions> {
        let mut builder = BehaviourBuilder::default();
        for basket in 0..4000usize {
            let random = |salt: usize| (basket * 2_654_435_761 + salt * 40_503) >> 7;
            let popular = |salt: usize| (random(salt) % PRODUCTS) * (random(salt + 1) % PRODUCTS) / PRODUCTS;
            let [first, second] = match pairs {
                true => [random(1) % PRODUCTS / 2 * 2, random(1) % PRODUCTS / 2 * 2 + 1],
                false => [popular(3), popular(11)],
            };
            let time = jiff::Timestamp::from_second(basket as i64 * 60).unwrap_or_default();
            let event = serde_json::json!({
                "type": "purchase", "user_id": format!("u{}", basket % 900), "order_id": format!("o{basket}"),
                "time": time.to_string(), "products": [{"id": first.to_string()}, {"id": second.to_string()}],
            });
            let event = serde_json::from_value(event).unwrap_or_else(|error| panic!("{error}"));
            builder.push(&event, |id| id.parse().ok());
        }
        let (groups, starts) = ([NO_GROUP; PRODUCTS], [0; PRODUCTS + 1]);
        let catalogue = CatalogueView::checked_before(&groups, &starts, &[], 0);
        let built = builder.build(&Settings::default(), &catalogue, &Terms::default(), 0, &Silent);
        let mut behaviour = built.unwrap_or_else(|error| panic!("{error}"));
        assert!(behaviour.rehearsal.is_some(), "enough late baskets");
        let companions = accompany(&mut behaviour, catalogue, &Silent);
        assert!(behaviour.rehearsal.is_none(), "its room is given back");
        companions
    }

    #[test]
    fn companions_ship_where_pairs_say_little_and_only_there() {
        assert!(shipped(true).is_none(), "pairs say all there is to say");
        let Some(companions) = shipped(false) else { panic!("what is popular is likelier") };
        let mut likely = companions.of(&[30]);
        likely.sort_by(|a, b| b.chance.total_cmp(&a.chance));
        assert!(companions.head()[..4].contains(&likely[0].ordinal), "{likely:?}");
    }
}
