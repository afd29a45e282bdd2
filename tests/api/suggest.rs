//! Suggestions while typing: each leads to products.

use std::collections::BTreeSet;

use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

use super::support::client::{Client, ids};
use super::support::server::{Server, shared};
use super::support::{Done, demo_folder, reindex};

fn suggest(shop: &Client, typed: &str, limit: usize) -> Done<Vec<Value>> {
    let answer = shop.get("/v1/suggest", &[("q", typed), ("limit", &limit.to_string())])?.ok()?;
    Ok(answer["suggestions"].as_array().cloned().unwrap_or_default())
}

#[test]
fn a_prefix_brings_queries_categories_and_products() -> Done {
    let found = suggest(&*shared()?, "ten", 20)?;
    let kinds: BTreeSet<&str> = found.iter().filter_map(|suggestion| suggestion["kind"].as_str()).collect();
    assert_eq!(kinds, BTreeSet::from(["category", "product", "query"]));
    for suggestion in &found {
        let text = suggestion["text"].as_str().unwrap_or_default().to_lowercase();
        let starts = text.split(|c: char| !c.is_alphanumeric()).any(|word| word.starts_with("ten"));
        assert!(starts, "{suggestion}");
        assert_eq!(suggestion["kind"] == "product", suggestion["product_id"].is_string(), "{suggestion}");
    }
    assert!(suggest(&*shared()?, "ten", 3)?.len() == 3 && suggest(&*shared()?, "zzzz", 5)?.is_empty());
    Ok(())
}

#[test]
fn nothing_suggested_leads_to_an_empty_page() -> Done {
    let shop = shared()?;
    let mut followed = BTreeSet::new();
    for letter in 'a'..='z' {
        for suggestion in suggest(&shop, &letter.to_string(), 50)? {
            let text = suggestion["text"].as_str().ok_or("no text")?.to_owned();
            if !followed.insert((suggestion["kind"].to_string(), text.clone())) {
                continue;
            }
            let page = match suggestion["kind"].as_str() {
                Some("category") => shop.search(&json!({"filter": format!("category UNDER \"{text}\"")}))?,
                _ => shop.search(&json!({"query": text}))?,
            };
            assert!(page["total"].as_u64() > Some(0), "{suggestion}");
            if suggestion["kind"] == "category" {
                assert_eq!(page["total"], suggestion["products"], "variants count once, as on the page: {suggestion}");
            }
        }
    }
    assert!(followed.len() > 100, "{}", followed.len());
    Ok(())
}

/// The texts of the suggestions of one kind, best first.
fn texts(found: &[Value], kind: &str) -> Vec<String> {
    let of_kind = found.iter().filter(|suggestion| suggestion["kind"] == kind);
    of_kind.filter_map(|suggestion| suggestion["text"].as_str().map(str::to_owned)).collect()
}

/// The demo shop reindexed with more events.
fn shop_after(events: &[Value]) -> Done<(tempfile::TempDir, Server)> {
    let folder = demo_folder()?;
    let file = folder.path().join("events.ndjson");
    std::fs::write(&file, events.iter().map(|event| format!("{event}\n")).collect::<String>())?;
    reindex(folder.path(), None, Some(&file))?.done()?;
    let server = Server::start(folder.path())?;
    Ok((folder, server))
}

/// The time 24 hours ago plus this many minutes.
fn minute(minute: i64) -> Done<Timestamp> {
    Ok(Timestamp::now().checked_add((minute - 24 * 60).minutes())?)
}

/// The events of a shopper who searches and then clicks.
fn success(who: &str, query: &str, at: i64) -> Done<[Value; 2]> {
    let (searched, clicked) = (minute(at)?, minute(at + 1)?);
    Ok([
        json!({"type": "search", "user_id": who, "query": query, "time": searched}),
        json!({"type": "click", "user_id": who, "products": [{"id": "hb-cairn-black"}], "time": clicked}),
    ])
}

#[test]
fn queries_that_led_somewhere_come_first_and_nobodys_alone_is_shown() -> Done {
    let mut events = Vec::new();
    for who in ["a", "b", "c", "d"] {
        events.extend(success(who, "Mountain boots for scree", 0)?);
        events.extend(success(who, "montain boots", 100)?);
        events.push(json!({"type": "search", "user_id": who, "query": "mountain socks", "time": minute(200)?}));
    }
    for at in 0..9 {
        events.extend(success("e", "mountain boots for eva eriksson", at * 60)?);
    }
    let (_folder, shop) = shop_after(&events)?;
    for typed in ["mou", "sc", "boots for s", ""] {
        let found = suggest(&shop, typed, 20)?;
        assert_eq!(texts(&found, "query").first().map(String::as_str), Some("mountain boots for scree"), "{typed}");
        assert!(
            found.iter().all(|suggestion| !suggestion.to_string().contains("eva eriksson")),
            "{typed}: one shopper's own"
        );
    }
    let queries = texts(&suggest(&shop, "mo", 50)?, "query");
    assert!(!queries.contains(&"montain boots".to_owned()), "misspelt: {queries:?}");
    assert!(!queries.contains(&"mountain socks".to_owned()), "nothing came of it: {queries:?}");
    Ok(())
}

#[test]
fn what_shoppers_mended_themselves_is_corrected() -> Done {
    let mut events = Vec::new();
    for who in ["a", "b", "c"] {
        events.push(json!({"type": "search", "user_id": who, "query": "rain jakt", "time": minute(0)?}));
        events.extend(success(who, "rain jacket", 1)?);
    }
    let typed = json!({"query": "black jakt"});
    assert_ne!(shared()?.search(&typed)?["corrected_query"], "black jacket", "the test shows nothing then");
    let (_folder, shop) = shop_after(&events)?;
    let answer = shop.search(&typed)?;
    assert_eq!(answer["corrected_query"], "black jacket");
    let meant = shop.search(&json!({"query": "black jacket"}))?;
    assert_eq!((&answer["matched"], ids(&answer["hits"])), (&meant["matched"], ids(&meant["hits"])));
    assert!(shop.search(&json!({"query": "black jakt", "correct": false}))?.get("corrected_query").is_none());
    assert!(shop.search(&json!({"query": "jakt2"}))?.get("corrected_query").is_none(), "a part number");
    Ok(())
}

#[test]
fn a_shopper_finds_own_searches_again_and_nobody_else_does() -> Done {
    let shop = shared()?;
    let found = |who: &str, typed: &str| -> Done<Vec<String>> {
        let answer = shop.get("/v1/suggest", &[("q", typed), ("user_id", who)])?.ok()?;
        Ok(texts(answer["suggestions"].as_array().ok_or("no list")?, "recent"))
    };
    shop.tell(&json!({"type": "search", "user_id": "remembers", "query": "Trekking  pole", "time": minute(0)?}))?;
    shop.tell(&json!({"type": "search", "user_id": "remembers", "query": "espresso machine", "time": minute(1)?}))?;
    assert_eq!(found("remembers", "")?, ["espresso machine", "trekking pole"]);
    assert_eq!(found("remembers", "pol")?, ["trekking pole"]);
    assert_eq!(found("somebody", "pol")?, [""; 0]);
    assert_eq!(shop.profile("remembers", "user")?["recent_searches"][1]["query"], "trekking pole");
    assert_eq!(shop.delete("/v1/profiles/remembers")?.status, 202);
    assert_eq!(found("remembers", "")?, [""; 0]);
    Ok(())
}

#[test]
fn a_typo_is_mended_but_exact_beginnings_come_first_and_part_numbers_stay() -> Done {
    let shop = shared()?;
    let answer = |typed: &str| shop.get("/v1/suggest", &[("q", typed), ("limit", "20")])?.ok();
    let mended = answer("watrpr")?;
    assert_eq!((&mended["prefix"], &mended["corrected"]), (&json!("waterpr"), &json!(true)), "{mended}");
    let found = mended["suggestions"].as_array().ok_or("no list")?;
    let starts = |suggestion: &Value| {
        let text = suggestion["text"].as_str().unwrap_or_default().to_lowercase();
        text.split(|c: char| !c.is_alphanumeric()).any(|word| word.starts_with("waterpr"))
    };
    assert!(!found.is_empty() && found.iter().all(starts), "{mended}");
    let exact = answer("Tent")?;
    assert_eq!((&exact["prefix"], exact.get("corrected")), (&json!("tent"), None));
    assert_eq!(answer("tx-41999")?["suggestions"], json!([]));
    Ok(())
}

#[test]
fn what_is_deleted_or_hidden_is_not_suggested() -> Done {
    let folder = demo_folder()?;
    let shop = Server::start(folder.path())?;
    let product = |typed: &str| -> Done<Vec<String>> {
        let found = suggest(&shop, typed, 20)?;
        Ok(found.iter().filter_map(|one| one["product_id"].as_str().map(str::to_owned)).collect())
    };
    let first = product("cairn")?.into_iter().next().ok_or("no product")?;
    let hide = json!({"when": [{"query": {"contains": "cairn"}}], "then": {"hide": [first]}});
    shop.put("/v1/rules/hide", &hide)?.ok()?;
    assert!(!product("cairn")?.contains(&first) && !product("cai")?.contains(&first), "its own title finds it hidden");
    shop.delete("/v1/rules/hide")?.ok()?;
    assert!(product("cairn")?.contains(&first));
    let small = suggest(&shop, "t", 50)?.into_iter().filter(|one| one["kind"] == "category");
    let small = small.min_by_key(|one| one["products"].as_u64()).ok_or("no category")?;
    let name = small["text"].as_str().ok_or("no text")?.to_owned();
    let under = json!({"filter": format!("category UNDER \"{name}\""), "group": false, "per_page": 200});
    for id in super::support::client::ids(&shop.search(&under)?["hits"]) {
        shop.delete(&format!("/v1/products/{id}"))?.ok()?;
    }
    let left = suggest(&shop, "t", 50)?;
    assert!(!texts(&left, "category").contains(&name), "{name}");
    for query in texts(&left, "query") {
        assert!(shop.search(&json!({"query": query}))?["total"].as_u64() > Some(0), "{query}");
    }
    Ok(())
}
