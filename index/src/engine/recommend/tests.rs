//! What a page may show: sensitive categories, what was dismissed, the first day of a shop.

use std::sync::Arc;

use super::*;
use crate::engine::{EngineSettings, Shopper, testing};
use crate::event::Event;
use crate::id::ShopperId;
use crate::profile::Profile;

type Done<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

const DAY_MS: i64 = 86_400_000;

/// Eight wines in two variants each, and eight glasses; nobody came yet.
fn shop() -> Done<Engine> {
    let product = |n: usize| Product {
        id: format!("p{n:02}"),
        title: format!("{} number {n}", ["wine", "glass"][n / 8]),
        categories: vec![["Drinks > Wine", "Table > Glasses"][n / 8].to_owned()],
        price: Some(1000 + 100 * n as i64),
        group_id: (n < 8).then(|| format!("g{}", n / 2)),
        created_at: jiff::Timestamp::from_second(n as i64 * 86_400).ok(),
        ..Product::default()
    };
    testing::engine(&(0..16).map(product).collect::<Vec<_>>(), EngineSettings::default())
}

fn ask(engine: &Engine, kind: PlacementKind, about: &[&str], shopper: Option<&Shopper>) -> Done<Vec<String>> {
    let product_ids = about.iter().map(|&id| id.to_owned()).collect();
    let now = jiff::Timestamp::from_millisecond(30 * DAY_MS)?;
    let circumstances = Circumstances { shopper, now, ..Circumstances::default() };
    let page = engine.recommend(&[Placement::about(kind, product_ids, 16)], None, &circumstances)?;
    Ok(page.iter().flat_map(PlacementAnswer::products).map(str::to_owned).collect())
}

#[test]
fn what_is_sensitive_is_recommended_on_its_own_pages_only() -> Done {
    let mut settings = EngineSettings::default();
    let engine = shop()?;
    assert!(ask(&engine, PlacementKind::Popular, &[], None)?.contains(&"p00".to_owned()));
    settings.recommend.sensitive_categories = vec!["Drinks".to_owned()];
    let engine = engine.with_settings(settings)?;
    for kind in PlacementKind::ALL {
        let found = ask(&engine, kind, &["p08"], None)?;
        assert!(found.iter().all(|id| id.as_str() >= "p08"), "{}: {found:?}", kind.name());
    }
    assert!(ask(&engine, PlacementKind::Similar, &["p00"], None)?.contains(&"p02".to_owned()));
    Ok(())
}

#[test]
fn what_was_dismissed_stays_away_with_its_variants_for_a_while() -> Done {
    let engine = shop()?;
    let dismissed = |day: i64| -> Done<Vec<String>> {
        let time = jiff::Timestamp::from_millisecond(day * DAY_MS)?;
        let event = serde_json::json!({"type": "dismiss", "user_id": "u", "time": time, "products": [{"id": "p04"}]});
        let event: Event = serde_json::from_value(event)?;
        let mut profile = Profile::default();
        profile.record(&ShopperId::User("u".to_owned()), &event);
        let shopper = engine.shopper(Arc::new(profile), 30 * DAY_MS);
        ask(&engine, PlacementKind::Popular, &[], Some(&shopper))
    };
    let away = dismissed(29)?;
    assert!(away.iter().all(|id| id != "p04" && id != "p05"), "{away:?}");
    assert_eq!(away.len(), 11, "three other wines, eight glasses");
    assert!(dismissed(-70)?.contains(&"p04".to_owned()), "a hundred days ago");
    Ok(())
}

#[test]
fn the_newest_come_first_for_a_stranger_and_a_cart_is_several_products() -> Done {
    let engine = shop()?;
    assert_eq!(ask(&engine, PlacementKind::NewArrivals, &[], None)?[..2], ["p15", "p14"]);
    let found = ask(&engine, PlacementKind::Similar, &["p08", "p09"], None)?;
    assert!(!found.is_empty() && !found.contains(&"p08".to_owned()) && !found.contains(&"p09".to_owned()));
    assert_eq!(ask(&engine, PlacementKind::Upsell, &["p08"], None)?.first().map(String::as_str), Some("p09"));
    let unknown = ask(&engine, PlacementKind::Similar, &["p08", "nowhere"], None);
    assert!(unknown.is_err_and(|error| error.to_string().contains("nowhere")));
    Ok(())
}

#[test]
fn a_shop_on_its_first_day_answers_what_it_honestly_can() -> Done {
    let engine = shop()?;
    for kind in PlacementKind::ALL {
        let found = ask(&engine, kind, &["p08"], None)?;
        // Nobody bought or looked at anything: these three have nothing to say.
        let silent = [PlacementKind::Complementary, PlacementKind::RecentlyViewed, PlacementKind::BuyAgain];
        let silent = silent.contains(&kind) || kind == PlacementKind::AfterPurchase;
        assert_eq!(found.is_empty(), silent, "{}: {found:?}", kind.name());
    }
    Ok(())
}
