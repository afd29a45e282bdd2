//! Facets, refinements and variants, as a shopper uses them on a category page.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::search::{QUERIES, all_hits, counts};
use super::support::Done;
use super::support::client::ids;
use super::support::server::{Demo, shared};

/// Queries that few products match by words, so that vectors add candidates.
const BY_MEANING: [&str; 5] = ["couch", "rucksack", "torch", "heater", "thermos"];

fn total(answer: &Value) -> u64 {
    answer["total"].as_u64().unwrap_or(u64::MAX)
}

#[test]
fn hybrid_totals_and_facets_count_only_what_matches() -> Done {
    let shop = Demo::start_with("[search.rank]\nmin_similarity = 0.3\n")?;
    let mut by_meaning = 0;
    for query in BY_MEANING {
        for refinements in [json!({}), json!({"in_stock": [true]}), json!({"price": {"min": 3000, "max": 20000}})] {
            let query = json!({"query": query, "refinements": refinements, "facets": ["brand"], "explain": true, "group": false});
            let hits = all_hits(&shop, &query)?;
            by_meaning += hits.iter().filter(|hit| hit["explain"]["text"]["bm25"] == 0.0).count();
            let answer = shop.search(&query)?;
            assert_eq!(total(&answer), hits.len() as u64, "{query}");
            let mut brands = BTreeMap::<String, u64>::new();
            for hit in &hits {
                *brands.entry(hit["product"]["brand"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
                let price = hit["product"]["price"].as_i64().unwrap_or_default();
                assert!(refinements["price"].is_null() || (3000..=20000).contains(&price), "{query}: {hit}");
            }
            assert_eq!(counts(&answer["facets"]["brand"]), brands, "{query}");
        }
    }
    assert!(by_meaning > 0, "no query found anything by meaning alone: the test shows nothing");
    Ok(())
}

#[test]
fn a_score_threshold_does_not_break_totals() -> Done {
    let mut totals = BTreeSet::new();
    for threshold in ["0.2", "0.45", "0.9"] {
        let settings = format!("[search.rank]\nmin_similarity = {threshold}\nmin_similarity_alone = {threshold}\n");
        let shop = Demo::start_with(&settings)?;
        for query in BY_MEANING {
            let query = json!({"query": query, "facets": ["in_stock"], "per_page": 3});
            let answer = shop.search(&query)?;
            let hits = all_hits(&shop, &query)?;
            assert_eq!(total(&answer), hits.len() as u64, "{query} above {threshold}");
            assert_eq!(answer["pages"], hits.len().div_ceil(3), "{query} above {threshold}");
            totals.insert((query["query"].to_string(), total(&answer)));
        }
    }
    assert!(totals.len() > BY_MEANING.len(), "the threshold changed nothing: the test shows nothing");
    Ok(())
}

#[test]
fn or_facets_do_not_vanish() -> Done {
    let shop = shared()?;
    let facets = json!(["brand", "color", {"field": "category", "depth": 2}, "price"]);
    for query in ["", "boots", "jacket"] {
        let before = shop.search(&json!({"query": query, "facets": facets}))?;
        let brands = counts(&before["facets"]["brand"]);
        let (first, second) = match brands.keys().collect::<Vec<_>>()[..] {
            [first, second, ..] => (first.clone(), second.clone()),
            _ => return Err(format!("`{query}` needs two brands: {brands:?}").into()),
        };
        let chosen = json!({"brand": [first]});
        let after = shop.search(&json!({"query": query, "facets": facets, "refinements": chosen}))?;
        assert_eq!(counts(&after["facets"]["brand"]), brands, "the other brands are still there to choose");
        assert_eq!(total(&after), brands[&first], "the total is what the count promised");
        assert_ne!(counts(&after["facets"]["color"]), counts(&before["facets"]["color"]), "other facets narrow");
        let selected = after["facets"]["brand"]["values"].as_array().into_iter().flatten();
        let selected: Vec<&Value> = selected.filter(|value| value["selected"] == true).collect();
        assert!(selected.len() == 1 && selected[0]["value"] == first.as_str(), "{selected:?}");

        let both = shop.search(&json!({"query": query, "refinements": {"brand": [first, second]}}))?;
        assert_eq!(total(&both), brands[&first] + brands[&second], "`{query}`: either brand");
        let promised = counts(&after["facets"]["color"]);
        for (color, count) in promised.iter().take(3) {
            let chosen = json!({"brand": [first], "color": [color]});
            assert_eq!(total(&shop.search(&json!({"query": query, "refinements": chosen}))?), *count, "{color}");
        }
    }
    Ok(())
}

#[test]
fn all_of_several_values_can_be_asked_for() -> Done {
    let shop = shared()?;
    let seasons = |refinement: Value| {
        shop.search(&json!({"facets": ["seasons"], "refinements": {"seasons": refinement}, "group": false}))
    };
    let both = seasons(json!({"all": ["spring", "autumn"]}))?;
    for hit in both["hits"].as_array().into_iter().flatten() {
        let has = |season: &str| hit["product"]["seasons"].as_array().is_some_and(|all| all.contains(&json!(season)));
        assert!(has("spring") && has("autumn"), "{hit}");
    }
    assert!(total(&both) > 0 && total(&both) < total(&seasons(json!(["spring", "autumn"]))?));
    assert_eq!(counts(&both["facets"]["seasons"])["spring"], total(&both), "one more value narrows further");
    Ok(())
}

#[test]
fn facets_count_products_not_variants() -> Done {
    let shop = shared()?;
    for query in QUERIES {
        for refinements in [json!({}), json!({"in_stock": [true]})] {
            let every = json!({"query": query, "refinements": refinements, "group": false});
            let mut groups = BTreeMap::<String, BTreeSet<String>>::new();
            let mut first_of_each = Vec::new();
            let mut seen = BTreeSet::new();
            for hit in all_hits(&shop, &every)? {
                let text = |value: &Value| value.as_str().map(str::to_owned);
                let group = text(&hit["product"]["group_id"]).unwrap_or_else(|| format!("alone {}", hit["id"]));
                groups.entry(text(&hit["product"]["brand"]).unwrap_or_default()).or_default().insert(group.clone());
                if seen.insert(group) {
                    first_of_each.push(text(&hit["id"]).unwrap_or_default());
                }
            }
            let query = json!({"query": query, "refinements": refinements, "facets": ["brand"]});
            let answer = shop.search(&query)?;
            let expected: BTreeMap<String, u64> =
                groups.iter().map(|(brand, groups)| (brand.clone(), groups.len() as u64)).collect();
            assert_eq!(counts(&answer["facets"]["brand"]), expected, "{query}");
            let grouped = all_hits(&shop, &query)?;
            assert_eq!(total(&answer), seen.len() as u64, "{query}");
            assert_eq!(ids(&Value::Array(grouped)), first_of_each, "{query}: the best variant, in its place");
        }
    }
    Ok(())
}

#[test]
fn a_hit_tells_its_variants_and_how_they_differ() -> Done {
    let shop = shared()?;
    let answer =
        shop.search(&json!({"query": "Ridgeway Mid waterproof hiking boots", "refinements": {"color": ["moss"]}}))?;
    let hit = &answer["hits"][0];
    assert!(hit["id"] == "hb-ridgeway-moss" && hit.get("variants").is_none(), "one variant is left: {hit}");
    let answer = shop.search(&json!({"query": "Ridgeway Mid waterproof hiking boots", "variants": 2}))?;
    let variants = &answer["hits"][0]["variants"];
    assert_eq!(variants["count"], 3, "{answer}");
    let items = variants["items"].as_array().ok_or("no variants")?;
    assert!(items.len() == 2 && items[0]["id"] == answer["hits"][0]["id"], "the hit's own first: {variants}");
    for item in items {
        let told: Vec<&String> = item["attributes"].as_object().into_iter().flat_map(|named| named.keys()).collect();
        assert_eq!(told, ["color"], "what all share is not repeated: {item}");
        assert!(item.get("price").is_none() && item["image"].is_string(), "{item}");
    }
    Ok(())
}

#[test]
fn numbers_are_summarised_and_counted_in_ranges() -> Done {
    let shop = shared()?;
    let facet = json!({"field": "price", "ranges": [[0, 5000], [5000, null]], "histogram": 10});
    let answer = shop.search(&json!({"query": "jacket", "facets": [facet]}))?;
    let price = &answer["facets"]["price"];
    for range in ["ranges", "histogram"].iter().flat_map(|list| price[list].as_array().into_iter().flatten()) {
        let chosen = json!({"price": {"ranges": [[range["from"], range["to"]]]}});
        let chosen = shop.search(&json!({"query": "jacket", "refinements": chosen}))?;
        assert_eq!(chosen["total"], range["count"], "{range}");
    }
    assert!(price["histogram"].as_array().is_some_and(|buckets| (2..=10).contains(&buckets.len())), "{price}");
    let narrowed =
        json!({"query": "jacket", "facets": ["price"], "refinements": {"price": {"max": price["stats"]["avg"]}}});
    let narrowed = shop.search(&narrowed)?;
    assert_eq!(narrowed["facets"]["price"]["stats"], price["stats"], "a slider keeps its ends");
    assert!(total(&narrowed) < total(&answer));
    let ratings =
        shop.search(&json!({"facets": [{"field": "rating", "limit": 3, "order": "alpha"}], "per_page": 0}))?;
    let values = ratings["facets"]["rating"]["values"].as_array().ok_or("no values")?;
    assert!(values.len() == 3 && ratings["facets"]["rating"]["distinct"].as_u64() > Some(3), "{ratings}");
    Ok(())
}

#[test]
fn categories_come_as_a_tree_and_values_are_searched() -> Done {
    let shop = shared()?;
    let tree = json!([{"field": "category", "under": "Shoes", "depth": 2}]);
    let answer = shop.search(&json!({"facets": tree, "per_page": 0}))?;
    let boots = answer["facets"]["category"]["values"].as_array().into_iter().flatten();
    let boots = boots.into_iter().find(|value| value["value"] == "Shoes > Boots").ok_or("no boots")?;
    let below = shop.search(&json!({"filter": "category UNDER \"Shoes > Boots\"", "per_page": 0}))?;
    assert_eq!(boots["count"], below["total"]);
    assert!(boots["children"][0]["value"].as_str().is_some_and(|path| path.starts_with("Shoes > Boots > ")), "{boots}");

    let typed = json!([{"field": "brand", "search": "TÄRN"}]);
    let found = shop.search(&json!({"facets": typed, "per_page": 0}))?;
    let found = counts(&found["facets"]["brand"]);
    assert!(found.len() == 1 && found.contains_key("Tarnholt"), "{found:?}");
    Ok(())
}

#[test]
fn values_come_in_the_order_of_this_shoppers_interest() -> Done {
    let shop = shared()?;
    let brands = |user: Option<&str>| -> Done<Vec<String>> {
        let facet = json!({"field": "brand", "order": "interest"});
        let answer = shop.search(&json!({"facets": [facet], "per_page": 0, "user_id": user}))?;
        let values = answer["facets"]["brand"]["values"].as_array().cloned().unwrap_or_default();
        Ok(values.iter().filter_map(|value| value["value"].as_str().map(str::to_owned)).collect())
    };
    let common = brands(None)?;
    let rarest = common.last().ok_or("no brands")?.clone();
    let filter = json!({"filter": format!("brand = \"{rarest}\""), "group": false});
    let theirs = ids(&shop.search(&filter)?["hits"]);
    shop.view("fond-of-one-brand", &theirs.iter().map(String::as_str).take(3).collect::<Vec<_>>())?;
    let personal = brands(Some("fond-of-one-brand"))?;
    assert_eq!(personal[0], rarest);
    assert_eq!(personal[1..], common[..common.len() - 1], "the others keep their order");
    assert_eq!(brands(Some("somebody-else"))?, common);
    Ok(())
}

#[test]
fn several_sort_keys_decide_in_turn_and_relevance_breaks_ties() -> Done {
    let shop = shared()?;
    let sorted = json!({"query": "jacket", "sort": "in_stock:desc, price:asc", "group": false});
    let hits = all_hits(&shop, &sorted)?;
    let key = |hit: &Value| {
        let product = &hit["product"];
        let out = product["availability"] == "out_of_stock" || product["stock"] == 0;
        (out, product["price"].as_i64().unwrap_or(i64::MAX))
    };
    assert!(hits.is_sorted_by_key(key) && hits.iter().any(|hit| key(hit).0) && !key(&hits[0]).0);
    let ties = hits.windows(2).filter(|pair| key(&pair[0]) == key(&pair[1]));
    let scores: Vec<(f64, f64)> =
        ties.filter_map(|pair| Some((pair[0]["score"].as_f64()?, pair[1]["score"].as_f64()?))).collect();
    assert!(!scores.is_empty() && scores.iter().all(|(first, second)| first >= second), "{scores:?}");
    Ok(())
}

#[test]
fn mistakes_in_facets_and_refinements_are_named() -> Done {
    let shop = shared()?;
    for (wrong, field) in [
        (json!({"facets": [{"field": "brand", "histogram": 3}]}), "facets"),
        (json!({"facets": [{"field": "price", "histogram": 1}]}), "facets"),
        (json!({"facets": [{"field": "brand", "depth": 2}]}), "facets"),
        (json!({"refinements": {"brnd": ["Acme"]}}), "refinements"),
        (json!({"refinements": {"brand": {"min": 3}}}), "refinements"),
        (json!({"sort": "price:asc,"}), "sort"),
        (json!({"sort": "distance:asc"}), "sort"),
        (json!({"variants": 1000}), "variants"),
        (json!({"context": {"location": {"lat": 99, "lon": 0}}}), "context.location"),
    ] {
        let refused = shop.post("/v1/search", &wrong)?;
        assert!(refused.status == 400 && refused.body["field"] == field, "{wrong}: {refused:?}");
    }
    let wrong = json!({"refinements": {"brand": {"any": [], "all": []}}});
    shop.post("/v1/search", &wrong)?.refused(400, "invalid_field")?;
    Ok(())
}
