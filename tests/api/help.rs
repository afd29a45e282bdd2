//! The parts of an answer beside the hits: help on an empty page, related products on a short one, and the summary of a search.

use serde_json::{Value, json};

use super::support::Done;
use super::support::client::{Client, ids};
use super::support::server::{Demo, shared};

fn list<'a>(answer: &'a Value, name: &str) -> Vec<&'a Value> {
    answer["instead"][name].as_array().into_iter().flatten().collect()
}

fn total(shop: &Client, body: &Value) -> Done<u64> {
    shop.search(body)?["total"].as_u64().ok_or_else(|| "no total".into())
}

#[test]
fn an_empty_page_helps_and_what_it_promises_is_true() -> Done {
    let shop = shared()?;
    let body = json!({"query": "tent", "filter": "brand = \"Lumevane\" AND category UNDER \"Shoes\""});
    let answer = shop.search(&body)?;
    assert_eq!((&answer["total"], &answer["hits"]), (&json!(0), &json!([])));
    let without = list(&answer, "without");
    assert!(!without.is_empty(), "{answer}");
    for one in &without {
        let rest = json!({"query": one["query"], "filter": one["filter"]});
        assert_eq!(json!(total(&shop, &rest)?), one["total"], "{one}");
    }
    assert!(without.is_sorted_by(|a, b| a["total"].as_u64() >= b["total"].as_u64()));
    let answer = shop.search(&json!({"query": "rise"}))?;
    for spelled in list(&answer, "spellings") {
        assert_eq!(json!(total(&shop, &json!({"query": spelled["query"]}))?), spelled["total"]);
    }
    assert!(!list(&answer, "spellings").is_empty(), "{answer}");
    for one in list(&answer, "categories") {
        let filter = format!("category UNDER \"{}\"", one["category"].as_str().unwrap_or_default());
        assert_eq!(json!(total(&shop, &json!({"query": "", "filter": filter}))?), one["total"]);
    }
    Ok(())
}

#[test]
fn popular_products_pass_the_filter_and_can_be_had() -> Done {
    let shop = shared()?;
    let answer = shop.search(&json!({"query": "xkcdqqz", "filter": "category UNDER \"Camping\""}))?;
    let popular = list(&answer, "popular");
    assert!(!popular.is_empty() && popular.len() <= 6, "{answer}");
    for one in &popular {
        let product = &one["product"];
        let mut paths = product["categories"].as_array().into_iter().flatten().filter_map(Value::as_str);
        assert!(
            paths.any(|path| path.starts_with("Camping")) && product["availability"] != "out_of_stock",
            "{product}"
        );
    }
    Ok(())
}

#[test]
fn a_hidden_product_is_not_offered_and_a_redirect_needs_no_help() -> Done {
    let shop = Demo::start()?;
    let body = json!({"query": "xkcdqqz"});
    let before = shop.search(&body)?;
    let first = before["instead"]["popular"][0]["id"].clone();
    let always = json!({"when": [{"query": {"exact": "xkcdqqz"}}], "then": {"hide": [first]}});
    shop.put("/v1/rules/hide", &always)?.ok()?;
    assert!(!ids(&shop.search(&body)?["instead"]["popular"]).iter().any(|id| *id == first));
    let away = json!({"when": [{"query": {"exact": "xkcdqqz"}}], "then": {"redirect": "/help"}});
    shop.put("/v1/rules/away", &away)?.ok()?;
    assert!(shop.search(&body)?.get("instead").is_none());
    Ok(())
}

#[test]
fn related_products_are_no_hits_and_nonsense_has_none() -> Done {
    let shop = shared()?;
    for nonsense in ["qwertzuiop", "asdfgh", "wibblefrotz nargle", "4711 88123", "9999999999999", ""] {
        assert!(shop.search(&json!({"query": nonsense}))?.get("related").is_none(), "{nonsense}");
    }
    let mut offered = 0;
    for query in ["chocolate", "warm blanket", "laptop", "barbecue", "garden chair", "sleeping bag for babies"] {
        let answer = shop.search(&json!({"query": query, "per_page": 100}))?;
        let (hits, related) = (ids(&answer["hits"]), ids(&answer["related"]));
        assert!(related.len() <= 6 && related.iter().all(|id| !hits.contains(id)), "{query}: {related:?}");
        offered += related.len();
        let plain = shop.search(&json!({"query": query, "per_page": 100, "help": false}))?;
        assert!(plain.get("related").is_none() && plain.get("instead").is_none());
        assert_eq!((&plain["total"], &plain["pages"], ids(&plain["hits"])), (&answer["total"], &answer["pages"], hits));
        let second = shop.search(&json!({"query": query, "per_page": 100, "page": 2}))?;
        assert!(second.get("related").is_none(), "only on the first page");
    }
    assert!(offered > 0, "no related product at all");
    Ok(())
}

#[test]
fn an_explained_search_is_summed_up_in_sentences() -> Done {
    let shop = Demo::start()?;
    shop.view("sum", &["tn-wisp"])?;
    let boost = json!({"when": [{"query": {"contains": "boots"}}], "then": {"boost": [{"filter": "brand = \"Tarnholt\"", "factor": 2}]}});
    shop.put("/v1/rules/lift", &boost)?.ok()?;
    let query = json!({"query": "watrproof boots under 300", "user_id": "sum", "explain": true});
    let steps = shop.search(&query)?["steps"].clone();
    let steps = steps.as_array().ok_or("no steps")?;
    let step =
        |name: &str| steps.iter().find(|step| step["step"] == name).ok_or_else(|| format!("no {name}: {steps:?}"));
    assert!(steps.iter().all(|step| step["sentence"].as_str().is_some_and(|text| text.ends_with('.'))), "{steps:?}");
    assert_eq!(step("rules")?["applied"], json!(["lift"]));
    assert_eq!(step("spelling")?["corrections"][0]["meant"], "waterproof");
    assert_eq!(step("understood")?["parts"][0]["kind"], "price");
    assert!(step("words")?["all_words"].as_u64() > Some(0));
    assert!(step("meaning")?["by"].is_string() && step("order")?["learned"].is_boolean());
    assert_eq!(step("taste")?["basis"], "bounded");
    let why = shop.post("/v1/search/explain", &json!({"query": "watrproof boots", "product_id": "tn-wisp"}))?.ok()?;
    assert!(why["steps"].as_array().is_some_and(|steps| !steps.is_empty()));
    assert!(shop.search(&json!({"query": "boots"}))?.get("steps").is_none(), "only where asked for");
    Ok(())
}
