//! Suggestions while typing: never a dead end.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::support::Done;
use super::support::client::Client;
use super::support::server::shared;

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
                Some("category") => {
                    shop.search(&json!({"filter": format!("category UNDER \"{text}\""), "group": false}))?
                }
                _ => shop.search(&json!({"query": text, "group": false}))?,
            };
            assert!(page["total"].as_u64() > Some(0), "{suggestion}");
            if suggestion["kind"] == "category" {
                assert_eq!(page["total"], suggestion["products"], "{suggestion}");
            }
        }
    }
    assert!(followed.len() > 100, "{}", followed.len());
    Ok(())
}
