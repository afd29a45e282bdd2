//! The score that a shopper's history gives to the products of a category, the one that for-you has: the sum over the
//! next-item and the content table, weighed as the reindex found best for this shop. Within one category older steps
//! say more than for the very next product, so the sum fades by half as much; and a product is lifted only by a score
//! that hardly arises by chance, since all others keep the order of popularity. The reranker of for-you takes no part:
//! within one category it gained nothing (`docs/decisions/named-categories.md`).

use rustc_hash::FxHashMap;

use crate::behaviour::Blend;
use crate::bitmap::Bitmap;
use crate::engine::Snapshot;
use crate::engine::shopper::{Shopper, ShopperReader};
use crate::id::Ordinal;

/// The scores of the products of `within` that a history surely leads to, without those of the history itself.
pub(super) fn follows(snapshot: &Snapshot, shopper: &Shopper, within: &Bitmap) -> FxHashMap<Ordinal, f32> {
    let behaviour = &snapshot.generation.behaviour;
    let history = ShopperReader::new(snapshot).history(shopper).history;
    let blend = Blend { decay: behaviour.blend.decay.sqrt(), ..behaviour.blend };
    let mut scores: FxHashMap<Ordinal, f32> = FxHashMap::default();
    blend.contributions(&history, &behaviour.next, &behaviour.content, |one| {
        if within.contains(one.product) && !history.contains(&one.product) {
            *scores.entry(one.product).or_default() += one.score;
        }
    });
    let least = least_score(snapshot);
    scores.retain(|_, score| *score >= least);
    scores
}

/// The least score that lifts a product. Where nobody's history is known yet, contents alone score, and nothing says how
/// much of that is chance.
fn least_score(snapshot: &Snapshot) -> f32 {
    match snapshot.generation.behaviour.next.pairs() {
        0 => 0.0,
        _ => snapshot.settings.rank.personal.least * snapshot.derived.neighbour_unit,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::engine::{Engine, EngineSettings, RequestContext, testing};
    use crate::event::{Event, EventKind, EventProduct};
    use crate::id::ShopperId;
    use crate::product::Product;
    use crate::profile::Profile;
    use crate::query::SearchQuery;

    type Done<T = ()> = Result<T, Box<dyn std::error::Error>>;

    fn purchase(user: usize, day: i64, product: &str) -> Event {
        let line = EventProduct { id: product.into(), quantity: 1, price: None, position: None };
        Event {
            message_id: Some(format!("{user}-{day}-{product}")),
            user_id: Some(format!("u{user}")),
            time: Some(jiff::Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_hours(24 * day)),
            products: vec![line],
            ..Event::new(EventKind::Purchase)
        }
    }

    /// Lamps by falling popularity, `popular` first. Who buys the easel goes on to the dimmable lamp; one shopper went
    /// on to the rare one, and some went on from the brush to the known one.
    fn shop(least: f32) -> Done<Engine> {
        let of = |id: &str, title: &str, category: &str| Product {
            id: id.into(),
            title: title.into(),
            categories: vec![category.into()],
            ..Product::default()
        };
        let mut products = vec![of("easel", "Easel", "Studio"), of("brush", "Brush", "Studio")];
        let lamps = [("popular", "Opal"), ("known", "Brass"), ("rare", "Linen"), ("dimmable", "Amber")];
        products.extend(lamps.map(|(id, title)| of(id, title, "Home > Lamps")));
        let mut events = Vec::new();
        for user in 0..30 {
            let pair = match user {
                0 => ["easel", "rare"],
                1..12 => ["easel", "dimmable"],
                12..26 => ["brush", "popular"],
                _ => ["brush", "known"],
            };
            events.extend(pair.iter().zip(0..).map(|(product, day)| purchase(user, day, product)));
            // So that the rare lamp is more popular than the dimmable one, apart from any history.
            events.extend((user < 16).then(|| purchase(100 + user, 0, "rare")));
        }
        let mut settings = EngineSettings::default();
        settings.rank.personal.least = least;
        testing::engine_with_events(&products, &events, settings)
    }

    fn lamps(engine: &Engine, bought: Option<&str>) -> Done<Vec<String>> {
        let mut profile = Profile::default();
        let id = ShopperId::User("u200".into());
        bought.iter().for_each(|product| profile.record(&id, &purchase(200, 8, product)));
        let shopper = engine.shopper(Arc::new(profile), crate::time::DAY_MS * 9);
        let query = SearchQuery { query: "home lamps".into(), ..SearchQuery::default() };
        let context = RequestContext { shopper: bought.map(|_| &shopper), ..RequestContext::default() };
        Ok(engine.search(&query, &context)?.hits.into_iter().map(|hit| hit.id).collect())
    }

    #[test]
    fn a_sure_history_lifts_and_a_thin_one_leaves_the_popular_order() -> Done {
        let engine = shop(1.4)?;
        assert_eq!(lamps(&engine, None)?, ["rare", "popular", "dimmable", "known"]);
        assert_eq!(lamps(&engine, Some("easel"))?, ["dimmable", "rare", "popular", "known"], "many went on to it");
        assert_eq!(lamps(&engine, Some("brush"))?[..2], ["popular", "rare"]);
        let any = shop(0.0)?;
        let order = lamps(&any, Some("brush"))?;
        assert!(order.iter().position(|id| id == "known") < order.iter().position(|id| id == "dimmable"), "{order:?}");
        let thin = lamps(&engine, Some("brush"))?;
        assert!(thin.iter().position(|id| id == "known") > thin.iter().position(|id| id == "dimmable"), "{thin:?}");
        Ok(())
    }
}
