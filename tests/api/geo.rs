//! Stores near the shopper: in the filter, in the order, and in the hit.

use serde_json::{Value, json};

use super::search::all_hits;
use super::support::Done;
use super::support::server::shared;

/// A shopper in Malmö, across the water from Copenhagen.
const HERE: (f64, f64) = (55.6, 13.0);

fn stores(hit: &Value) -> Vec<&str> {
    let locations = hit["product"]["locations"].as_array().into_iter().flatten();
    locations.filter_map(|location| location["store_id"].as_str()).collect()
}

#[test]
fn a_radius_and_a_box_hold_what_lies_in_them() -> Done {
    let shop = shared()?;
    let context = json!({"location": {"lat": HERE.0, "lon": HERE.1}});
    for (filter, wanted) in [
        ("distance(here) < 10km", vec!["malmo"]),
        ("distance(55.6, 13.0) < 25mi", vec!["malmo", "cph"]),
        ("within(56, 10, 57, 11)", vec!["aarhus"]),
    ] {
        let hits = all_hits(&shop, &json!({"filter": filter, "context": context, "group": false}))?;
        assert!(!hits.is_empty() && hits.iter().all(|hit| stores(hit).iter().any(|store| wanted.contains(store))));
        let one_of = json!({"refinements": {"store_id": wanted}, "group": false});
        assert_eq!(shop.search(&one_of)?["total"], hits.len(), "{filter}");
    }
    let lost = shop.post("/v1/search", &json!({"filter": "distance(here) < 10km"}))?;
    assert!(lost.refused(400, "invalid_filter")?["message"].to_string().contains("context.location"));
    Ok(())
}

#[test]
fn the_nearest_come_first_and_say_how_near() -> Done {
    let shop = shared()?;
    let context = json!({"location": {"lat": HERE.0, "lon": HERE.1}});
    let hits = all_hits(&shop, &json!({"query": "boots", "sort": "distance:asc", "context": context}))?;
    let near = |hit: &Value| hit["nearest"]["distance_m"].as_f64();
    let with_store: Vec<&Value> = hits.iter().take_while(|hit| near(hit).is_some()).collect();
    assert!(with_store.len() > 3 && with_store.is_sorted_by_key(|hit| near(hit).map(|metres| metres as u64)));
    assert!(hits[with_store.len()..].iter().all(|hit| stores(hit).is_empty()), "what no store has comes last");
    let first = &with_store[0]["nearest"];
    assert!(first["store_id"] == "malmo" && first["distance_m"].as_f64() < Some(1_000.0), "{first}");
    let given = all_hits(&shop, &json!({"query": "boots", "sort": "distance(55.6, 13.0):asc"}))?;
    assert_eq!(
        given.iter().map(|hit| &hit["id"]).collect::<Vec<_>>(),
        hits.iter().map(|hit| &hit["id"]).collect::<Vec<_>>()
    );
    let plain = shop.search(&json!({"query": "boots"}))?;
    assert!(plain["hits"][0].get("nearest").is_none(), "nobody said where the shopper is");
    Ok(())
}
