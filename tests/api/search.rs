//! Search: hits, totals, facets and pages come from one match set, for every way in which a hit is found.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::support::Done;
use super::support::client::{Client, ids};
use super::support::server::{Demo, shared};

/// The most hits the server returns on one page.
const MOST: usize = 200;

/// Queries found by words, by meaning alone, and without words at all.
pub(super) const QUERIES: [&str; 6] =
    ["boots", "waterproof jacket", "coffee", "sofa for a small flat", "tent or sleeping bag", ""];

/// The hits of all pages.
pub(super) fn all_hits(shop: &Client, query: &Value) -> Done<Vec<Value>> {
    let mut hits = Vec::new();
    for page in 1.. {
        let mut asked = query.clone();
        asked["page"] = page.into();
        asked["per_page"] = MOST.into();
        let answer = shop.search(&asked)?;
        hits.extend(answer["hits"].as_array().into_iter().flatten().cloned());
        if hits.len() >= answer["total"].as_u64().unwrap_or_default() as usize {
            break;
        }
    }
    Ok(hits)
}

/// A facet's counts by value.
pub(super) fn counts(facet: &Value) -> BTreeMap<String, u64> {
    let values = facet["values"].as_array().into_iter().flatten();
    let counted = values.filter_map(|value| Some((value["value"].as_str()?.to_owned(), value["count"].as_u64()?)));
    counted.collect()
}

#[test]
fn an_answer_has_hits_totals_and_pages() -> Done {
    let answer = shared()?.search(&json!({"query": "boots", "per_page": 10}))?;
    let total = answer["total"].as_u64().ok_or("no total")?;
    assert!(total > 10, "{total}");
    assert_eq!((&answer["page"], &answer["pages"]), (&json!(1), &json!(total.div_ceil(10))));
    assert!(answer["query_id"].as_str().is_some_and(|id| id.len() == 32) && answer["took_ms"].is_f64(), "{answer}");
    let hits = answer["hits"].as_array().ok_or("no hits")?;
    assert_eq!(hits.len(), 10);
    for hit in hits {
        assert!(hit["id"] == hit["product"]["id"] && hit["product"]["title"].is_string(), "{hit}");
        assert!(
            hit["product"]["price"].is_i64() && hit["product"]["currency"] == "EUR",
            "money is in minor units: {hit}"
        );
        assert!(hit.get("explain").is_none(), "explained without being asked: {hit}");
    }
    let scores: Vec<f64> = hits.iter().filter_map(|hit| hit["score"].as_f64()).collect();
    assert!(scores.len() == 10 && scores.is_sorted_by(|a, b| a >= b), "{scores:?}");
    Ok(())
}

#[test]
fn get_and_post_answer_alike() -> Done {
    let shop = shared()?;
    let without_id = |mut answer: Value| {
        for changing in ["query_id", "took_ms"] {
            answer[changing] = Value::Null;
        }
        answer
    };
    let given =
        [("q", "warm jacket"), ("filter", "price <= 30000"), ("facets", "brand, availability"), ("per_page", "3")];
    let more = [("page", "2"), ("explain", "true"), ("group", "false")];
    let by_get = shop.get("/v1/search", &[&given[..], &more[..]].concat())?.ok()?;
    let by_post = shop.search(&json!({
        "query": "warm jacket", "filter": "price <= 30000", "facets": ["brand", "availability"],
        "per_page": 3, "page": 2, "explain": true, "group": false,
    }))?;
    assert_eq!(by_get["hits"].as_array().map(Vec::len), Some(3));
    assert_eq!(without_id(by_get), without_id(by_post));
    let sorted = shop.get("/v1/search", &[("q", "jacket"), ("sort", "price:asc"), ("personalize", "false")])?.ok()?;
    let same = shop.search(&json!({"query": "jacket", "sort": "price:asc", "personalize": false}))?;
    assert_eq!(ids(&sorted["hits"]), ids(&same["hits"]));
    Ok(())
}

#[test]
fn every_hit_passes_the_filter_and_the_total_says_how_many() -> Done {
    let shop = shared()?;
    let filter = "(category UNDER \"Camping\" OR category UNDER \"Shoes > Boots\") AND price <= 20000 \
                  AND in_stock = true AND NOT brand = \"Halvmark\" AND rating >= 4";
    for query in QUERIES {
        let query = json!({"query": query, "filter": filter, "facets": ["availability"], "group": false});
        let hits = all_hits(&shop, &query)?;
        for hit in &hits {
            let product = &hit["product"];
            let under = |root: &str| {
                let paths = product["categories"].as_array().into_iter().flatten().filter_map(Value::as_str);
                paths.into_iter().any(|path| path == root || path.starts_with(&format!("{root} > ")))
            };
            assert!(under("Camping") || under("Shoes > Boots"), "{hit}");
            assert!(product["price"].as_i64().is_some_and(|price| price <= 20_000), "{hit}");
            assert!(product["availability"] != "out_of_stock" && product["brand"] != "Halvmark", "{hit}");
            assert!(product["rating"].as_f64().is_some_and(|rating| rating >= 4.0), "{hit}");
        }
        let answer = shop.search(&query)?;
        assert_eq!(answer["total"], hits.len(), "{query}");
        assert_eq!(counts(&answer["facets"]["availability"]).values().sum::<u64>(), hits.len() as u64, "{query}");
    }
    Ok(())
}

#[test]
fn hits_found_by_meaning_alone_are_filtered_and_counted_like_all_others() -> Done {
    let shop = Demo::start_with("[search.rank]\nmin_similarity = 0.3\n")?;
    let mut by_meaning = 0;
    for query in ["couch", "rucksack", "bike light", "torch", "hiking shoe", "heater", "sneakers", "thermos"] {
        for filter in ["in_stock = true", "in_stock = false", "price > 5000"] {
            let facets = ["in_stock", "availability"];
            let query = json!({"query": query, "filter": filter, "facets": facets, "explain": true, "group": false});
            let hits = all_hits(&shop, &query)?;
            for hit in hits.iter().filter(|hit| hit["explain"]["text"]["bm25"] == 0.0) {
                by_meaning += 1;
                let product = &hit["product"];
                let in_stock = product["availability"] != "out_of_stock" && product["stock"] != 0;
                let passes = match filter {
                    "in_stock = true" => in_stock,
                    "in_stock = false" => !in_stock,
                    _ => product["price"].as_i64().is_some_and(|price| price > 5000),
                };
                assert!(passes, "{filter}: {hit}");
            }
            let answer = shop.search(&query)?;
            for facet in ["in_stock", "availability"] {
                assert_eq!(counts(&answer["facets"][facet]).values().sum::<u64>(), hits.len() as u64, "{query}");
            }
        }
    }
    assert!(by_meaning > 0, "no query found anything by meaning alone: the test shows nothing");
    Ok(())
}

#[test]
fn facets_count_the_matches_and_nothing_else() -> Done {
    let shop = shared()?;
    for query in QUERIES {
        for filter in [None, Some("price < 10000")] {
            let facets = ["brand", "category", "color", "price"];
            let query = json!({"query": query, "filter": filter, "facets": facets, "group": false});
            let answer = shop.search(&query)?;
            let (mut brands, mut colours) = (BTreeMap::<String, u64>::new(), BTreeMap::<String, u64>::new());
            let mut prices = Vec::new();
            for hit in all_hits(&shop, &query)? {
                let count = |counts: &mut BTreeMap<String, u64>, value: &Value| {
                    value.as_str().map(|value| *counts.entry(value.to_owned()).or_default() += 1)
                };
                count(&mut brands, &hit["product"]["brand"]);
                count(&mut colours, &hit["product"]["attributes"]["color"]);
                prices.extend(hit["product"]["price"].as_f64());
            }
            let facets = &answer["facets"];
            assert_eq!(counts(&facets["brand"]), brands, "{query}");
            assert_eq!(counts(&facets["color"]), colours, "{query}");
            let stats = &facets["price"]["stats"];
            let (least, most) = (prices.iter().copied().reduce(f64::min), prices.iter().copied().reduce(f64::max));
            assert_eq!((stats["min"].as_f64(), stats["max"].as_f64()), (least, most), "{query}");
            let found = counts(&facets["category"]);
            for (path, count) in &found {
                let parent = path.rsplit_once(" > ").and_then(|(parent, _)| found.get(parent));
                assert!(parent.is_none_or(|parent| parent >= count), "{query}: {path} has more than its parent");
            }
        }
    }
    Ok(())
}

#[test]
fn pages_never_overlap_and_make_up_the_whole_list() -> Done {
    let shop = shared()?;
    shop.view("pages-of-a-shopper", &["es-duetto", "gr-fine-black", "cf-tamper-58", "cb-yirga"])?;
    for query in QUERIES {
        for user in [None, Some("pages-of-a-shopper")] {
            let query = json!({"query": query, "user_id": user});
            let whole = ids(&Value::Array(all_hits(&shop, &query)?));
            assert_eq!(whole.iter().collect::<BTreeSet<_>>().len(), whole.len(), "{query}: a product is there twice");
            let mut paged = Vec::new();
            for page in 1..=whole.len().div_ceil(7) + 1 {
                let mut asked = query.clone();
                asked["page"] = page.into();
                asked["per_page"] = 7.into();
                let answer = shop.search(&asked)?;
                assert_eq!((&answer["total"], &answer["page"]), (&json!(whole.len()), &json!(page)), "{query}");
                assert_eq!(answer["pages"], whole.len().div_ceil(7), "{query}");
                paged.extend(ids(&answer["hits"]));
            }
            assert_eq!(paged, whole, "{query}");
        }
    }
    Ok(())
}

#[test]
fn sorting_orders_what_is_surely_asked_for() -> Done {
    let shop = shared()?;
    for query in QUERIES {
        let by_relevance = ids(&Value::Array(all_hits(&shop, &json!({"query": query, "group": false}))?));
        for (sort, rising) in [("price:asc", true), ("price:desc", false)] {
            let hits = all_hits(&shop, &json!({"query": query, "sort": sort, "group": false}))?;
            let prices: Vec<i64> = hits.iter().filter_map(|hit| hit["product"]["price"].as_i64()).collect();
            let sorted = if rising { prices.is_sorted() } else { prices.is_sorted_by(|a, b| a >= b) };
            assert!(sorted && prices.len() == hits.len(), "{query} {sort}: {prices:?}");
            let set = |ids: &[String]| ids.iter().cloned().collect::<BTreeSet<_>>();
            // An order by a field holds what is surely asked for only.
            let sorted = set(&ids(&Value::Array(hits)));
            assert!(!sorted.is_empty() && sorted.is_subset(&set(&by_relevance)), "{query} {sort}: {sorted:?}");
        }
    }
    Ok(())
}

#[test]
fn highlights_mark_the_words_that_matched() -> Done {
    let answer = shared()?.search(&json!({"query": "tent"}))?;
    let title = answer["hits"][0]["highlights"]["title"].as_str().ok_or("no highlight")?.to_lowercase();
    assert!(title.contains("<em>tent"), "{title}");
    Ok(())
}

/// The sum of the contributions of all signals.
fn contributions(explain: &Value) -> Option<f64> {
    explain["signals"].as_array()?.iter().map(|signal| signal["contribution"].as_f64()).sum()
}

#[test]
fn an_explanation_adds_up_to_the_score() -> Done {
    let shop = shared()?;
    shop.view("explained-shopper", &["wf-brook", "tn-larkhollow-2", "st-gale", "sm-cloudrest-regular"])?;
    let (mut personal, mut hits) = (0, 0);
    for query in ["filter", "warm and waterproof", "coffee", "gas stove", "for the", "with", ""] {
        for user in [None, Some("explained-shopper")] {
            for hit in all_hits(&shop, &json!({"query": query, "user_id": user, "explain": true}))? {
                let explain = &hit["explain"];
                let sum = contributions(explain).ok_or("no signals")?;
                let score = hit["score"].as_f64().ok_or("no score")?;
                assert!((sum - score).abs() < 1e-4, "`{query}`, {user:?}: {sum} is not {score}: {explain}");
                assert_eq!(explain["score"], hit["score"]);
                assert!(user.is_some() || explain.get("personal").is_none(), "{explain}");
                personal += usize::from(explain.get("personal").is_some());
                hits += 1;
            }
        }
    }
    assert!(personal > 0 && hits > personal, "{personal} of {hits} hits have a personal part");
    Ok(())
}

#[test]
fn past_the_reranked_window_pages_and_explanations_still_hold() -> Done {
    let shop = Demo::start_with("[search.rank]\nwindow = 10\nmin_similarity = 0.3\n")?;
    for query in ["coffee", "couch", ""] {
        let (mut found, mut before) = (BTreeSet::new(), f64::INFINITY);
        let hits = all_hits(&shop, &json!({"query": query, "explain": true, "group": false}))?;
        for hit in &hits {
            assert!(found.insert(hit["id"].to_string()), "{query}: {} is there twice", hit["id"]);
            let explain = &hit["explain"];
            let sum = contributions(explain).ok_or("no signals")?;
            let score = hit["score"].as_f64().ok_or("no score")?;
            assert!((sum - score).abs() < 1e-4, "{query}: {sum} is not {score}: {explain}");
            assert!(score <= before, "{query}: {score} after {before}");
            before = score;
        }
        assert!(hits.len() >= 10, "{query}: {}", hits.len());
    }
    Ok(())
}

#[test]
fn without_words_everything_is_there() -> Done {
    let shop = shared()?;
    let products = std::fs::read_to_string(super::support::fixture("products.jsonl"))?.lines().count();
    assert_eq!(shop.search(&json!({"group": false}))?["total"], products);
    assert_eq!(shop.search(&json!({"query": "  ", "per_page": 0}))?["hits"], json!([]));
    Ok(())
}
