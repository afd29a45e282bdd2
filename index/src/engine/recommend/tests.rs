//! Pages of recommendations: sensitive categories, dismissed products, rules, and a shop on its first day.

use std::sync::Arc;

use super::*;
use crate::engine::Engine;
use crate::engine::{EngineSettings, Shopper, testing};
use crate::event::Event;
use crate::id::ShopperId;
use crate::product::Product;
use crate::profile::Profile;
use crate::time::{DAY_MS, DAY_SECONDS};

type Done<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Eight wines, two variants of each product, and eight glasses; without any events.
fn shop() -> Done<Engine> {
    let product = |n: usize| Product {
        id: format!("p{n:02}"),
        title: format!("{} number {n}", ["wine", "glass"][n / 8]),
        categories: vec![["Drinks > Wine", "Table > Glasses"][n / 8].to_owned()],
        price: Some(1000 + 100 * n as i64),
        group_id: (n < 8).then(|| format!("g{}", n / 2)),
        created_at: jiff::Timestamp::from_second(n as i64 * DAY_SECONDS).ok(),
        ..Product::default()
    };
    testing::engine(&(0..16).map(product).collect::<Vec<_>>(), EngineSettings::default())
}

fn ask(engine: &Engine, kind: PlacementKind, about: &[&str], shopper: Option<&Shopper>) -> Done<Vec<String>> {
    let product_ids = about.iter().map(|&id| id.to_owned()).collect();
    let now = jiff::Timestamp::from_millisecond(30 * DAY_MS)?;
    let request_context = RequestContext { shopper, now, ..RequestContext::default() };
    let page = engine.recommend(&[Placement::about(kind, product_ids, 16)], None, &request_context)?;
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
fn what_is_for_other_people_is_no_alternative() -> Done {
    let product = |&title: &&str| Product {
        id: title.to_owned(),
        title: title.to_owned(),
        categories: vec!["Cycling > Helmets".to_owned()],
        price: Some(4_000),
        ..Product::default()
    };
    let titles = ["Road helmet", "City helmet", "Kids' city helmet", "Ladies road helmet", "Men's road helmet"];
    let engine = testing::engine(&titles.iter().map(product).collect::<Vec<_>>(), EngineSettings::default())?;
    let similar = |title: &str| ask(&engine, PlacementKind::Similar, &[title], None);
    let found = similar("Road helmet")?;
    assert!(found.contains(&"City helmet".to_owned()) && !found.contains(&"Kids' city helmet".to_owned()), "{found:?}");
    let found = similar("Ladies road helmet")?;
    assert!(found.contains(&"City helmet".to_owned()) && !found.contains(&"Men's road helmet".to_owned()), "{found:?}");
    // Where most are for children, those that say nothing are too.
    let titles = ["Kids' wooden puzzle", "Kids' farm puzzle", "Forest puzzle"];
    let engine = testing::engine(&titles.iter().map(product).collect::<Vec<_>>(), EngineSettings::default())?;
    let found = ask(&engine, PlacementKind::Similar, &["Kids' farm puzzle"], None)?;
    assert!(found.contains(&"Forest puzzle".to_owned()), "{found:?}");
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
    Ok(())
}

#[test]
fn a_product_that_is_gone_empties_its_own_row_and_no_other() -> Done {
    let engine = shop()?;
    let about = |kind, ids: &[&str]| Placement::about(kind, ids.iter().map(|&id| id.to_owned()).collect(), 3);
    let (similar, popular) = (PlacementKind::Similar, PlacementKind::Popular);
    let placements = [about(similar, &["gone"]), about(similar, &["p08", "gone"]), about(popular, &[])];
    let page = engine.recommend(&placements, None, &RequestContext::default())?;
    assert!(page[0].items.is_empty());
    assert_eq!(page[0].reason, RowReason::UnknownProducts { product_ids: vec!["gone".to_owned()] });
    assert_eq!(page[0].because, "not in the catalogue: gone");
    assert_eq!((page[1].items.len(), &page[1].unknown_products), (3, &vec!["gone".to_owned()]));
    assert_eq!(page[2].items.len(), 3, "the others are answered");
    Ok(())
}

#[test]
fn a_row_with_few_candidates_chooses_before_one_with_many() -> Done {
    let engine = shop()?;
    // A step up from glass 11 is one of three glasses; alternatives are all seven.
    let about = |kind| Placement::about(kind, vec!["p11".to_owned()], 4);
    let page = engine.recommend(
        &[about(PlacementKind::Similar), about(PlacementKind::Upsell)],
        None,
        &RequestContext::default(),
    )?;
    assert_eq!(page[0].kind, PlacementKind::Similar, "answers come in the order of the request");
    let [similar, upsell] = [0, 1].map(|at| page[at].products().collect::<Vec<_>>());
    assert_eq!((similar.len(), upsell.len()), (4, 3), "{similar:?} {upsell:?}");
    Ok(())
}

#[test]
fn a_shop_on_its_first_day_answers_what_it_honestly_can() -> Done {
    let engine = shop()?;
    for kind in PlacementKind::ALL {
        let found = ask(&engine, kind, &["p08"], None)?;
        // Without events these kinds have no candidates.
        let silent = [
            PlacementKind::Complementary,
            PlacementKind::RecentlyViewed,
            PlacementKind::BuyAgain,
            PlacementKind::ViewedThenBought,
        ];
        let silent = silent.contains(&kind) || kind == PlacementKind::AfterPurchase;
        assert_eq!(found.is_empty(), silent, "{}: {found:?}", kind.name());
    }
    Ok(())
}

/// A page of rows under the merchant's rules.
fn page(engine: &Engine, rules: serde_json::Value, rows: &[(PlacementKind, &[&str])]) -> Done<Vec<PlacementAnswer>> {
    let rules: Vec<crate::curation::Rule> = serde_json::from_value(rules)?;
    for rule in &rules {
        engine.check_rule(rule)?;
    }
    let rules = rules.into_iter().map(|rule| (rule.id.clone(), rule)).collect();
    let curation = engine.compile(&crate::curation::Document { rules, ..Default::default() })?;
    let placements =
        rows.iter().map(|(kind, about)| Placement::about(*kind, about.iter().map(|&id| id.to_owned()).collect(), 5));
    let request_context = RequestContext { curation: Some(&curation), ..RequestContext::default() };
    Ok(engine.recommend(&placements.collect::<Vec<_>>(), None, &request_context)?)
}

fn shown(answer: &PlacementAnswer) -> Vec<&str> {
    answer.products().collect()
}

#[test]
fn a_rule_pins_hides_boosts_and_narrows_the_rows_it_names() -> Done {
    let engine = shop()?;
    let rows: [(PlacementKind, &[&str]); 2] = [(PlacementKind::Similar, &["p08"]), (PlacementKind::Popular, &[])];
    let plain = page(&engine, serde_json::json!([]), &rows)?;
    let (first, popular) = (shown(&plain[0])[0].to_owned(), shown(&plain[1])[0].to_owned());
    let rules = serde_json::json!([
        {"id": "glass", "when": [{"placements": ["similar"], "products": ["p08"]}],
         "then": {"pin": [{"id": "p02", "position": 2}], "hide": [first]}},
        {"id": "elsewhere", "when": [{"placements": ["similar"], "products": ["p09"]}], "then": {"hide": ["p02"]}},
        {"id": "search", "then": {"hide": [popular]}},
        {"id": "dear", "when": [{"placements": ["popular"]}], "then": {"boost": [{"ids": ["p06"], "factor": 100}]}},
    ]);
    let page = page(&engine, rules, &rows)?;
    let similar = shown(&page[0]);
    assert_eq!((similar[1], &page[0].items[1].reason), ("p02", &Reason::Pinned), "{similar:?}");
    assert!(!similar.contains(&&*first), "hidden: {similar:?}");
    assert_eq!((&page[0].rules, &page[1].rules), (&vec!["glass".to_owned()], &vec!["dear".to_owned()]));
    let popular = shown(&page[1]);
    assert_eq!(popular[0], "p06", "boosted: {popular:?}");
    assert!(!popular.contains(&"p02") && !popular.contains(&"p03"), "pinned above: {popular:?}");
    Ok(())
}

#[test]
fn what_is_never_beside_something_stands_on_no_page_with_it() -> Done {
    let engine = shop()?;
    let rules = serde_json::json!([{"id": "apart", "when": [{"placements": ["any"]}], "then": {"never_beside": [
        {"products": {"filter": "category = \"Drinks > Wine\""}, "beside": {"filter": "category = \"Table > Glasses\""}}
    ]}}]);
    for about in ["p00", "p08"] {
        let page = page(&engine, rules.clone(), &[(PlacementKind::Similar, &[about]), (PlacementKind::Popular, &[])])?;
        let all: Vec<&str> = page.iter().flat_map(PlacementAnswer::products).collect();
        assert!(!all.is_empty() && all.iter().all(|id| (*id < "p08") == (about < "p08")), "{about}: {all:?}");
    }
    let first = page(&engine, rules, &[(PlacementKind::Popular, &[])])?;
    let glasses = shown(&first[0]).iter().filter(|id| **id >= "p08").count();
    assert!(glasses == 0 || glasses == shown(&first[0]).len(), "within a row too: {:?}", shown(&first[0]));
    Ok(())
}

#[test]
fn a_row_says_what_it_is_about_and_shows_one_category_where_asked() -> Done {
    let engine = shop()?;
    let similar = page(&engine, serde_json::json!([]), &[(PlacementKind::Similar, &["p08"])])?.remove(0);
    assert_eq!(similar.reason, RowReason::Products { product_ids: vec!["p08".to_owned()] });
    assert_eq!(similar.because, "alternatives to glass number 8");
    let nobody = page(&engine, serde_json::json!([]), &[(PlacementKind::ForYou, &[])])?.remove(0);
    assert_eq!((&*nobody.title, nobody.reason), ("From our range", RowReason::Shop), "nothing is known yet");
    let wines =
        Placement { category: Some("Drinks".to_owned()), ..Placement::about(PlacementKind::Popular, vec![], 9) };
    let wines = engine.recommend(&[wines], None, &RequestContext::default())?;
    assert_eq!(shown(&wines[0]), ["p00", "p02", "p04", "p06"], "as the shop lists them, a variant each");
    Ok(())
}

#[test]
fn categories_come_with_products_that_no_other_row_shows() -> Done {
    let engine = shop()?;
    let rows: [(PlacementKind, &[&str]); 2] = [(PlacementKind::Popular, &[]), (PlacementKind::Categories, &[])];
    let page = page(&engine, serde_json::json!([]), &rows)?;
    let categories = page[1].categories.as_ref().ok_or("categories")?;
    let paths: Vec<&str> = categories.iter().map(|one| one.category.as_str()).collect();
    assert_eq!(paths, ["Table > Glasses"], "every wine stands in the row above");
    assert_eq!((&*categories[0].title, &*categories[0].because), ("Glasses", "from the shop's list"));
    assert!(shown(&page[1]).iter().all(|id| !shown(&page[0]).contains(id)));
    Ok(())
}

#[test]
fn more_diversity_brings_other_products_up() -> Done {
    let mut settings = EngineSettings::default();
    settings.recommend.diversity = 0.0;
    let engine = shop()?.with_settings(settings.clone())?;
    let glasses = |engine: &Engine| -> Done<usize> {
        let found = page(engine, serde_json::json!([]), &[(PlacementKind::Popular, &[])])?;
        Ok(shown(&found[0]).iter().filter(|id| **id >= "p08").count())
    };
    let before = glasses(&engine)?;
    settings.recommend.diversity = 1.0;
    let after = glasses(&engine.with_settings(settings)?)?;
    assert!(before == 1 && after > 1, "{before} of the first five, then {after}");
    Ok(())
}
