//! The explanation why a product is, or is not, on the page: one case for each reason.

use serde_json::{Value, json};

use super::support::Done;
use super::support::client::{Client, ids};
use super::support::server::{Demo, shared};

fn why(shop: &Client, body: &Value) -> Done<Value> {
    shop.post("/v1/search/explain", body)?.ok()
}

#[test]
fn a_product_on_the_page_is_told_with_its_place_and_every_factor() -> Done {
    let shop = shared()?;
    let page = shop.search(&json!({"query": "waterproof boots", "per_page": 10, "explain": true}))?;
    let hits = ids(&page["hits"]);
    for place in [1, 5] {
        let told = why(&shop, &json!({"query": "waterproof boots", "per_page": 10, "product_id": hits[place - 1]}))?;
        assert_eq!(told["verdict"], json!({"outcome": "on_the_page", "place": place, "pinned": false}));
        assert_eq!(told["explain"], page["hits"][place - 1]["explain"]);
        assert_eq!(told["last_on_page"]["id"], hits[hits.len() - 1].as_str());
    }
    let told = why(&shop, &json!({"query": "waterproof boots", "per_page": 3, "product_id": hits[7]}))?;
    assert_eq!(told["verdict"], json!({"outcome": "on_another_page", "place": 8, "page": 3}));
    Ok(())
}

#[test]
fn the_signals_of_a_hit_have_sentences_and_add_up_to_its_score() -> Done {
    let shop = Demo::start()?;
    shop.tell(&json!({"type": "view", "user_id": "sum", "products": [{"id": "tn-wisp"}]}))?;
    let lift =
        json!({"when": [{"query": {"exact": "tent"}}], "then": {"boost": [{"ids": ["tn-tarp-olive"], "factor": 3}]}});
    shop.put("/v1/rules/lift", &lift)?.ok()?;
    let front =
        json!({"when": [{"query": {"empty": true}}], "then": {"boost": [{"ids": ["tn-tarp-olive"], "factor": 5}]}});
    shop.put("/v1/rules/front", &front)?.ok()?;
    for query in ["tent", "waterproof boots", "coffe", "something warm for the hut", ""] {
        let page = shop.search(&json!({"query": query, "user_id": "sum", "explain": true, "per_page": 50}))?;
        let hits = page["hits"].as_array().ok_or("no hits")?;
        assert!(!hits.is_empty(), "{query}");
        for hit in hits {
            let signals = hit["explain"]["signals"].as_array().ok_or("no signals")?;
            let sum: f64 = signals.iter().filter_map(|signal| signal["contribution"].as_f64()).sum();
            let score = hit["score"].as_f64().ok_or("no score")?;
            assert!((sum - score).abs() < 1e-4, "{query}: {sum} is not {score}: {hit}");
            assert!(signals.iter().all(|signal| signal["sentence"].as_str().is_some_and(|text| text.ends_with('.'))));
            if hit["id"] == "tn-tarp-olive" && ["tent", ""].contains(&query) {
                let boost = signals.iter().find(|signal| signal["name"] == "rules").ok_or("the boost is missing")?;
                assert!(boost["contribution"].as_f64() > Some(0.0), "`{query}`: {boost}");
            }
        }
    }
    Ok(())
}

#[test]
fn what_keeps_a_product_away_is_named() -> Done {
    let shop = Demo::start()?;
    let boots = json!({"query": "waterproof boots", "per_page": 200, "group": false});
    let found = shop.search(&boots)?;
    let first = found["hits"][0].clone();
    let id = first["id"].clone();
    let brand = first["product"]["brand"].as_str().ok_or("no brand")?;
    let outcome = |body: Value| -> Done<Value> { Ok(why(&shop, &body)?["verdict"]["outcome"].clone()) };
    let ask = |query: &str| json!({"query": query, "product_id": id, "group": false});
    let filtered = json!({"query": "boots", "product_id": id, "filter": format!("NOT brand = \"{brand}\"")});
    assert_eq!(outcome(filtered)?, "filtered");
    assert_eq!(outcome(ask("boots -waterproof"))?, "excluded_word");
    assert_eq!(outcome(ask("\"rain jacket\""))?, "lacks_phrase");
    let refined = json!({"query": "waterproof boots", "product_id": id, "refinements": {"brand": ["No such brand"]}});
    assert_eq!(outcome(refined)?, "refined");
    assert_eq!(outcome(json!({"query": "boots", "product_id": "no-such-product"}))?, "unknown");
    let told = why(&shop, &ask("zeppelin hangar"))?;
    assert_eq!(told["verdict"]["outcome"], "no_match", "{told}");
    assert_eq!(told["verdict"]["share"], 0.0);
    let hide = json!({"when": [{"query": {"exact": "waterproof boots"}}], "then": {"hide": [id]}});
    shop.put("/v1/rules/hidden", &hide)?.ok()?;
    let told = why(&shop, &ask("waterproof boots"))?;
    assert_eq!(told["verdict"]["outcome"], "hidden_by_rules");
    assert_eq!(told["applied_rules"], json!(["hidden"]));
    Ok(())
}

#[test]
fn a_likely_category_is_told_and_its_products_moved_up() -> Done {
    let shop = shared()?;
    let answer = shop.search(&json!({"query": "boots", "per_page": 5, "explain": true}))?;
    let likely = answer["likely_categories"].as_array().ok_or("no categories")?;
    let first = likely.first().ok_or("none is likely")?;
    assert!(first["boosted"] == true && first["share"].as_f64() > Some(0.5), "{likely:?}");
    let path = first["category"].as_str().unwrap_or_default();
    let top = &answer["hits"][0];
    let lies_in = top["product"]["categories"].to_string().contains(path);
    assert!(lies_in && top["explain"]["category"]["contribution"].as_f64() > Some(0.0), "{top}");
    Ok(())
}

#[test]
fn a_question_without_a_product_says_what_is_missing() -> Done {
    let error = shared()?.post("/v1/search/explain", &json!({"query": "boots"}))?.refused(400, "invalid_field")?;
    assert_eq!(error["field"], "product_id");
    Ok(())
}
