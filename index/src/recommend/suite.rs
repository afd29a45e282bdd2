//! A small shop for tests, and the suite that every recommender passes.

use super::context::{ItemVectors, ProductFacts, PurchasedProduct, RecommendContext, RecommendRequest, cosine};
use super::evidence::EvidenceSettings;
use super::registry::{Description, Filling};
use super::{Recommendation, Recommender};
use crate::behaviour::{Behaviour, BehaviourBuilder, CatalogueView, NO_GROUP, Settings, Terms};
use crate::id::{CategoryNumber, GroupNumber, Ordinal};
use crate::progress::Silent;
use crate::time::DAY_MS;

/// The time of all requests.
pub(super) const NOW_MS: i64 = 1000 * DAY_MS;

/// Phones 0 and 1 (category 0); case 2 with variant 3 (category 1); charger 4 (2); 5 without a
/// category or vector; bread 6 (4); butter 7 (5); jam 8 and honey 9 (3).
pub(super) struct TestShop {
    group: Vec<GroupNumber>,
    leaf_starts: Vec<u32>,
    leaf_values: Vec<CategoryNumber>,
    behaviour: Behaviour,
    pub(super) vectors: Vec<Vec<f32>>,
    pub(super) stated: Vec<(Ordinal, Vec<Ordinal>)>,
    /// Categories that are named after several kinds.
    pub(super) mixed: Vec<CategoryNumber>,
    pub(super) sold_out: Vec<Ordinal>,
    pub(super) prices: Vec<Option<f64>>,
}

/// Days from now at which products are listed: 7 is announced for tomorrow, 5 and 9 are new, 8 is not any more.
const NEWEST: [(u32, i64); 4] = [(7, 1), (5, -1), (9, -10), (8, -100)];

impl ProductFacts for TestShop {
    fn price(&self, product: Ordinal) -> Option<f64> {
        self.prices[product.index()]
    }

    fn value(&self, _: Ordinal) -> f32 {
        0.5
    }

    fn listed_ms(&self, product: Ordinal) -> Option<i64> {
        NEWEST.iter().find(|new| new.0 == product.get()).map(|new| NOW_MS + new.1 * DAY_MS)
    }

    fn newest(&self) -> &[Ordinal] {
        Ordinal::slice(const { &[NEWEST[0].0, NEWEST[1].0, NEWEST[2].0, NEWEST[3].0] })
    }

    fn likeness(&self, one: Ordinal, other: Ordinal) -> Option<f32> {
        let row = |product: Ordinal| self.vectors.get(product.index()).filter(|row| !row.is_empty());
        Some(cosine(row(one)?, row(other)?))
    }

    fn near_kin(&self, _: Ordinal, _: Ordinal) -> bool {
        true
    }

    fn for_others(&self, _: Ordinal, _: Ordinal) -> bool {
        false
    }

    fn share_telling_leaf(&self, _: Ordinal, _: Ordinal) -> Option<bool> {
        Some(true)
    }

    fn is_mixed(&self, category: CategoryNumber) -> bool {
        self.mixed.contains(&category)
    }
}

struct Scan<'a>(&'a TestShop);

impl ItemVectors for Scan<'_> {
    fn nearest(&self, query: &[f32], k: usize) -> Vec<(Ordinal, f32)> {
        let mut all = self.nearest_of_all(query, self.0.vectors.len());
        all.retain(|(ordinal, _)| !self.0.sold_out.contains(ordinal));
        all.truncate(k);
        all
    }

    fn nearest_of_all(&self, query: &[f32], k: usize) -> Vec<(Ordinal, f32)> {
        let rows = Ordinal::enumerate(&self.0.vectors).filter(|(_, row)| !row.is_empty());
        let mut all: Vec<_> = rows.map(|(ordinal, row)| (ordinal, cosine(query, row))).collect();
        all.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        all.truncate(k);
        all
    }

    fn row(&self, product: Ordinal) -> Option<&[f32]> {
        self.0.vectors.get(product.index()).map(Vec::as_slice).filter(|row| !row.is_empty())
    }
}

impl TestShop {
    /// Thirty shoppers bought phone 0 with case 2, twelve of them charger 4 too, ten after a look at
    /// phone 1; twenty-five bought jam 8, ten after a look at it, and then butter 7 on their own; five buy
    /// bread 6 every week; five went from bread to honey 9 today, which five others looked at too.
    pub(super) fn with_journal() -> Self {
        let mut builder = BehaviourBuilder::default();
        let mut record = |kind: &str, shopper: String, order: &str, days_ago: Option<i64>, products: &[u32]| {
            let products: Vec<_> = products.iter().map(|id| serde_json::json!({"id": id.to_string()})).collect();
            let mut event = serde_json::json!({"type": kind, "user_id": shopper, "products": products});
            if kind == "purchase" {
                event["order_id"] = order.into();
            }
            if let Some(days) = days_ago {
                let time = jiff::Timestamp::from_millisecond(NOW_MS - days * DAY_MS);
                event["time"] = time.unwrap_or_default().to_string().into();
            }
            let event = serde_json::from_value(event).unwrap_or_else(|error| panic!("{error}"));
            builder.push(&event, |id| id.parse().ok().map(Ordinal::new));
        };
        for n in 0..30 {
            if n < 10 {
                record("view", format!("p{n}"), "", None, &[1]);
            }
            record("purchase", format!("p{n}"), "1", None, if n < 12 { &[0, 2, 4] } else { &[0, 2] });
        }
        for n in 0..25 {
            if n < 10 {
                record("view", format!("j{n}"), "", None, &[8]);
            }
            record("purchase", format!("j{n}"), "1", None, &[8]);
            record("purchase", format!("j{n}"), "2", None, &[7]);
        }
        for n in 0..5 {
            record("purchase", format!("b{n}"), "1", Some(14), &[6]);
            record("purchase", format!("b{n}"), "2", Some(7), &[6]);
            record("view", format!("v{n}"), "", Some(0), &[6]);
            record("view", format!("v{n}"), "", Some(0), &[9]);
            record("view", format!("w{n}"), "", Some(0), &[9]);
        }
        Self::new(|catalogue| {
            let built = builder.build(&Settings::default(), catalogue, &Terms::default(), NOW_MS, &Silent);
            built.unwrap_or_else(|error| panic!("{error}"))
        })
    }

    pub(super) fn without_journal() -> Self {
        Self::new(Behaviour::empty)
    }

    fn new(behaviour: impl FnOnce(&CatalogueView<'_>) -> Behaviour) -> Self {
        let (n, case, mut vectors) = (NO_GROUP, GroupNumber::new(7), Vec::new());
        let group = vec![n, n, case, case, n, n, n, n, n, n];
        let leaf_starts = vec![0, 1, 2, 3, 4, 5, 5, 6, 7, 8, 9];
        let leaf_values = CategoryNumber::array([0, 0, 1, 1, 2, 4, 5, 3, 3]).to_vec();
        for angle in [0.0f32, 0.1, 0.8, 0.85, 1.2, f32::NAN, 2.0, 2.2, 2.5, 2.9] {
            vectors.push(if angle.is_nan() { vec![] } else { vec![angle.cos(), angle.sin()] });
        }
        let catalogue =
            CatalogueView::new(&group, &leaf_starts, &leaf_values, 6).unwrap_or_else(|error| panic!("{error}"));
        let behaviour = behaviour(&catalogue);
        let mut prices = vec![None; 10];
        (prices[0], prices[1]) = (Some(50_000.0), Some(40_000.0));
        let (stated, sold_out) = Default::default();
        Self { group, leaf_starts, leaf_values, behaviour, vectors, stated, mixed: Vec::new(), sold_out, prices }
    }

    pub(super) fn ask(&self, recommender: &dyn Recommender, request: &RecommendRequest<'_>) -> Vec<Recommendation> {
        self.with_context(|context| recommender.recommend(context, request))
    }

    pub(super) fn with_context<T>(&self, question: impl FnOnce(&RecommendContext<'_>) -> T) -> T {
        let catalogue = CatalogueView::new(&self.group, &self.leaf_starts, &self.leaf_values, 6);
        let scan = Scan(self);
        let stated = |seed| self.stated.iter().filter(|(of, _)| *of == seed).flat_map(|(_, all)| all.clone()).collect();
        question(&RecommendContext {
            behaviour: &self.behaviour,
            reranker: None,
            lists: None,
            catalogue: catalogue.unwrap_or_else(|error| panic!("{error}")),
            vectors: (!self.vectors.is_empty()).then_some(&scan as &dyn ItemVectors),
            allowed: &|ordinal| !self.sold_out.contains(&ordinal),
            stated: &stated,
            facts: self,
            evidence: EvidenceSettings::default(),
        })
    }
}

/// Checks the contract of a recommender on shops with and without a journal, for every seed; and that it gives no other
/// reasons than it describes.
pub(super) fn check(description: &Description) {
    let recommender = &*description.recommender.map_or_else(|| panic!("no recommender"), |recommender| recommender());
    let fills_up = |found: &[Recommendation]| found.iter().any(|one| one.reason.is_for_everybody());
    let mut answers = 0;
    for mut shop in [TestShop::with_journal(), TestShop::without_journal()] {
        let stated = [(0, &[2, 3, 99, 0][..]), (6, &[7])];
        shop.stated = stated.map(|(of, all)| (Ordinal::new(of), Ordinal::slice(all).to_vec())).to_vec();
        for seed in 0..10 {
            let history = [0, 3, 7].map(|more| Ordinal::new((seed + more) % 10));
            let bought = [3, 5].map(|more| Ordinal::new((seed + more) % 10)).map(|ordinal| PurchasedProduct {
                ordinal,
                last_ms: NOW_MS - 12 * DAY_MS,
                times: 3,
                every_days: Some(10.0),
                habit: 2.0,
            });
            let request = RecommendRequest {
                seeds: &history[..1],
                history: &history,
                visit: &history,
                bought: &bought,
                now_ms: NOW_MS,
                limit: 10,
                ..RecommendRequest::default()
            };
            let all = shop.ask(recommender, &request);
            answers += all.len();
            for one in &all {
                let reason = one.reason.name();
                assert!(description.reasons.contains(&reason), "{reason} is not among its reasons");
            }
            assert!(!fills_up(&all) || description.filling == Filling::ShopPopular, "it fills up: {all:?}");
            assert_eq!(all, shop.ask(recommender, &request), "the same question, the same answer");
            assert!(all.iter().all(|r| r.ordinal != history[0]), "the seed itself");
            assert!(all.is_sorted_by(|a, b| a.score >= b.score), "scores rise: {all:?}");
            assert!(all.iter().all(|r| r.score.is_finite()));
            let group = |ordinal: Ordinal| if ordinal.get() == 3 { 2 } else { ordinal.get() };
            let mut groups: Vec<_> = all.iter().map(|r| group(r.ordinal)).collect();
            groups.sort_unstable();
            groups.dedup();
            assert_eq!(groups.len(), all.len(), "two variants of one product: {all:?}");
            let few = shop.ask(recommender, &RecommendRequest { limit: 2, ..request });
            assert_eq!(few, all[..all.len().min(2)], "a smaller limit is a prefix");
            let Some(best) = all.first().map(|r| r.ordinal) else { continue };
            let rest = shop.ask(recommender, &RecommendRequest { exclude: &[best], ..request });
            assert!(rest.iter().all(|r| r.ordinal != best), "excluded");
            shop.sold_out = vec![best];
            let rest = shop.ask(recommender, &request);
            assert!(rest.iter().all(|r| r.ordinal != best), "sold out");
            shop.sold_out.clear();
        }
        let unknown = Ordinal::slice(&[99]);
        let beyond = RecommendRequest {
            seeds: unknown,
            history: unknown,
            visit: unknown,
            purchased: unknown,
            exclude: unknown,
            limit: 3,
            ..RecommendRequest::default()
        };
        assert!(shop.ask(recommender, &beyond).len() <= 3, "unknown ordinals are no panic");
    }
    let stranger =
        TestShop::with_journal().ask(recommender, &RecommendRequest { limit: 10, ..RecommendRequest::default() });
    assert_eq!(fills_up(&stranger), description.filling == Filling::ShopPopular, "{stranger:?}");
    assert!(answers > 1, "a recommender that never answers keeps every promise");
}
