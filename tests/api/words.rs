//! The understanding of query words: phrases, corrections and languages.

use std::fs;
use std::path::Path;

use serde_json::json;

use super::support::client::ids;
use super::support::server::{Server, shared};
use super::support::{Done, copy, empty_folder};

#[test]
fn a_misspelt_word_is_corrected_and_the_answer_says_so() -> Done {
    let shop = shared()?;
    let meant = shop.search(&json!({"query": "waterproof boots"}))?;
    assert!(meant.get("corrected_query").is_none());
    for typed in ["watrproof boots", "waterprof  boots", "water proof bots", "waterproofboots"] {
        let answer = shop.search(&json!({"query": typed}))?;
        let corrected = answer["corrected_query"].as_str().unwrap_or(typed);
        assert!(answer["matched"] == "all_words" && answer["total"].as_u64() > Some(0), "{typed}: {corrected}");
    }
    let corrected = shop.search(&json!({"query": "watrproof boots"}))?;
    assert_eq!(corrected["corrected_query"], "waterproof boots");
    assert_eq!(ids(&corrected["hits"]), ids(&meant["hits"]));
    Ok(())
}

#[test]
fn what_stands_in_quotes_is_on_every_product_where_any_has_it() -> Done {
    let shop = shared()?;
    let loose = shop.search(&json!({"query": "rain jacket", "per_page": 100}))?;
    let quoted = shop.search(&json!({"query": "\"rain jacket\"", "per_page": 100}))?;
    let found = quoted["hits"].as_array().ok_or("no hits")?;
    assert!(!found.is_empty() && quoted["total"].as_u64() <= loose["total"].as_u64(), "{}", quoted["total"]);
    for hit in found {
        let product = hit["product"].to_string().to_lowercase();
        assert!(product.contains("rain jacket"), "{}", hit["id"]);
    }
    // A phrase that no product contains finds nothing, and its words are offered.
    let nowhere = shop.search(&json!({"query": "\"jacket rain\""}))?;
    assert_eq!(nowhere["total"], 0, "{nowhere}");
    let offered = &nowhere["instead"]["spellings"][0];
    assert!(offered["query"] == "jacket rain" && offered["total"].as_u64() > Some(0), "{nowhere}");
    Ok(())
}

#[test]
fn a_shopper_can_insist_on_what_was_typed() -> Done {
    let answer = shared()?.search(&json!({"query": "watrproof boots", "correct": false}))?;
    assert!(answer.get("corrected_query").is_none());
    assert_ne!(answer["matched"], "all_words");
    Ok(())
}

#[test]
fn typos_never_rewrite_part_numbers() -> Done {
    let shop = shared()?;
    for typed in ["TX-411", "tx411", "TB-410-SLB", "zz9000", "2588956822765"] {
        let answer = shop.search(&json!({"query": typed}))?;
        assert!(answer.get("corrected_query").is_none(), "{typed}: {}", answer["corrected_query"]);
    }
    Ok(())
}

#[test]
fn what_is_not_wanted_is_not_there() -> Done {
    let shop = shared()?;
    let all = shop.search(&json!({"query": "boots", "per_page": 200}))?;
    for query in ["boots -waterproof", "boots without waterproof"] {
        let answer = shop.search(&json!({"query": query, "per_page": 200, "facets": ["brand"]}))?;
        let total = answer["total"].as_u64().ok_or("no total")?;
        assert!(total > 0 && Some(total) < all["total"].as_u64(), "{query}: {total}");
        for hit in answer["hits"].as_array().ok_or("no hits")? {
            let title = hit["product"]["title"].as_str().unwrap_or_default().to_lowercase();
            assert!(!title.contains("waterproof"), "{query}: {title}");
        }
    }
    Ok(())
}

#[test]
fn words_in_quotes_must_follow_each_other() -> Done {
    let shop = shared()?;
    let loose = shop.search(&json!({"query": "machine espresso"}))?;
    assert!(loose["total"].as_u64() > Some(0));
    let quoted = shop.search(&json!({"query": "\"espresso machine\""}))?;
    assert_eq!(quoted["matched"], "all_words");
    let reversed = shop.search(&json!({"query": "\"machine espresso\""}))?;
    assert_ne!(reversed["matched"], "all_words", "{}", reversed["total"]);
    Ok(())
}

#[test]
fn a_word_being_typed_goes_on() -> Done {
    let shop = shared()?;
    let typing = shop.search(&json!({"query": "espr", "typing": true}))?;
    assert_eq!(typing["matched"], "all_words");
    let title = typing["hits"][0]["product"]["title"].as_str().unwrap_or_default().to_lowercase();
    assert!(title.contains("espresso"), "{title}");
    let number = shop.search(&json!({"query": "TB-410-S", "typing": true}))?;
    assert_eq!(ids(&number["hits"]).first().map(String::as_str), Some("hb-ridgeway-slate"));
    Ok(())
}

#[test]
fn sizes_are_found_however_they_are_written() -> Done {
    let shop = shared()?;
    let first =
        |query: &str| -> Done<Vec<String>> { Ok(ids(&shop.search(&json!({"query": query, "per_page": 2}))?["hits"])) };
    assert_eq!(first("bottle 0.75 l")?, first("bottle 0.75l")?);
    assert_eq!(first("bottle 0.75 l")?, first("bottle 0.750 litre")?);
    Ok(())
}

#[test]
fn an_upgrade_opens_the_previous_format() -> Done {
    let frozen = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/formats/generation-1");
    let folder = empty_folder()?;
    copy(&frozen, folder.path())?;
    let server = Server::start(folder.path())?;
    let answer = server.search(&json!({"query": "waterproof hiking boots", "facets": ["brand"]}))?;
    assert!(answer["total"].as_u64() > Some(0) && answer["facets"]["brand"]["values"][0]["count"].as_u64() > Some(0));
    assert!(fs::read_dir(folder.path().join("generations"))?.count() > 0);
    Ok(())
}
