//! Interest: a shopper's events change the next results of that shopper and of nobody else.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::support::Done;
use super::support::client::{Client, ids};
use super::support::server::shared;

const COFFEE: [&str; 6] =
    ["cm-pour-02", "gr-hand-black", "cb-yirga", "kt-goose-black", "es-piccola-red", "cf-scale-black"];
const OUTDOOR: [&str; 6] =
    ["tn-larkhollow-2", "bt-squeeze", "sb-dusk-regular", "st-gale", "sm-cloudrest-regular", "hl-beam-black"];

fn hits(shop: &Client, user: Option<&str>) -> Done<Value> {
    let answer = shop.search(&json!({"query": "filter", "user_id": user, "per_page": 100, "group": false}))?;
    Ok(answer["hits"].clone())
}

/// The mean position of the products of a category, from 0.
fn mean_place(hits: &Value, category: &str) -> f64 {
    let under = |hit: &Value| hit["product"]["categories"].to_string().contains(category);
    let hits = hits.as_array().into_iter().flatten().enumerate();
    let places: Vec<f64> = hits.filter(|(_, hit)| under(hit)).map(|(place, _)| place as f64).collect();
    places.iter().sum::<f64>() / places.len() as f64
}

#[test]
fn the_same_words_mean_what_the_shopper_is_interested_in() -> Done {
    let shop = shared()?;
    shop.view("filter-coffee", &COFFEE)?;
    shop.view("filter-outdoor", &OUTDOOR)?;
    let neutral = hits(&shop, None)?;
    let (coffee, outdoor) = (hits(&shop, Some("filter-coffee"))?, hits(&shop, Some("filter-outdoor"))?);
    for (liked, by, other) in [("Kitchen > Coffee", &coffee, &outdoor), ("Camping", &outdoor, &coffee)] {
        let places = [by, &neutral, other].map(|hits| mean_place(hits, liked));
        assert!(places[0] < places[2] && places.is_sorted(), "{liked}, from who likes it to who does not: {places:?}");
    }
    let set = |hits: &Value| ids(hits).into_iter().collect::<BTreeSet<_>>();
    assert!(set(&coffee) == set(&neutral) && set(&outdoor) == set(&neutral), "interest orders, it does not filter");
    Ok(())
}

#[test]
fn what_one_shopper_does_moves_nobody_else() -> Done {
    let shop = shared()?;
    shop.view("still-b", &["tn-larkhollow-2", "wf-gravity"])?;
    let (stranger, b) = (hits(&shop, None)?, hits(&shop, Some("still-b"))?);
    shop.view("still-a", &COFFEE)?;
    assert_ne!(ids(&hits(&shop, Some("still-a"))?), ids(&stranger), "the test shows nothing if nobody moves");
    assert_eq!(hits(&shop, None)?, stranger);
    assert_eq!(hits(&shop, Some("still-b"))?, b);
    assert_eq!(hits(&shop, Some("still-nobody"))?, stranger);
    Ok(())
}

#[test]
fn switched_off_it_gives_the_neutral_order_exactly() -> Done {
    let shop = shared()?;
    shop.view("neutral-coffee", &COFFEE)?;
    let off =
        json!({"query": "filter", "user_id": "neutral-coffee", "personalize": false, "per_page": 100, "group": false});
    let off = shop.search(&off)?;
    assert_eq!(off["personalized"], false);
    assert_eq!(off["hits"], hits(&shop, None)?, "the same order and the same scores");
    Ok(())
}

#[test]
fn a_user_and_a_device_of_the_same_name_are_two_shoppers() -> Done {
    let shop = shared()?;
    shop.view("two-kinds", &COFFEE)?;
    let device =
        shop.search(&json!({"query": "filter", "anonymous_id": "two-kinds", "per_page": 100, "group": false}))?;
    assert_eq!(device["hits"], hits(&shop, None)?);
    shop.get("/v1/profiles/two-kinds", &[("kind", "anonymous")])?.refused(404, "not_found")?;
    Ok(())
}

#[test]
fn more_evidence_opens_the_gate_further() -> Done {
    let shop = shared()?;
    let mut before = 0.0;
    for product in COFFEE {
        shop.view("gate-shopper", &[product])?;
        let gate = shop.get("/v1/profiles/gate-shopper", &[])?.ok()?["gate"].as_f64().ok_or("no gate")?;
        assert!(gate > before && gate < 1.0, "{before}, then {gate}");
        before = gate;
    }
    Ok(())
}

#[test]
fn a_profile_says_what_is_known_and_what_it_comes_to() -> Done {
    let shop = shared()?;
    shop.get("/v1/profiles/profile-shopper", &[])?.refused(404, "not_found")?;
    shop.view("profile-shopper", &COFFEE)?;
    // Events of the same millisecond have no order.
    std::thread::sleep(std::time::Duration::from_millis(2));
    let bought = json!({"type": "purchase", "user_id": "profile-shopper", "order_id": "o1", "products": [{"id": "gr-hand-black"}]});
    shop.post("/v1/events", &bought)?.ok()?;
    let profile = shop.get("/v1/profiles/profile-shopper", &[])?.ok()?;
    assert_eq!((&profile["id"], &profile["kind"]), (&json!("profile-shopper"), &json!("user")));
    assert_eq!(profile["counts"], json!({"view": 6, "add_to_cart": 0, "purchase": 1}));
    assert_eq!(profile["interactions"], 7);
    assert_eq!(
        (&profile["recent"][0]["product_id"], &profile["recent"][0]["type"]),
        (&json!("gr-hand-black"), &json!("purchase"))
    );
    let liked = profile["affinities"]["categories"].as_array().into_iter().flatten();
    let categories: Vec<&str> = liked.filter_map(|liked| liked["name"].as_str()).collect();
    for level in ["Kitchen", "Kitchen > Coffee", "Kitchen > Coffee > Coffee grinders"] {
        assert!(categories.contains(&level), "{categories:?}");
    }
    assert!(!profile["interests"].as_array().is_none_or(Vec::is_empty), "{profile}");
    assert!(profile["session"]["nearest_products"].as_array().is_some_and(|near| !near.is_empty()), "{profile}");
    let words = profile["in_words"].to_string();
    for told in ["placed 1 order", "Kitchen", "Your interests"] {
        assert!(words.contains(told), "{words}");
    }
    Ok(())
}
