//! The home page: shelves for an unknown and for a known shopper; the same seed gives the same shelves.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::support::Done;
use super::support::client::ids;
use super::support::server::shared;

fn names(page: &Value) -> Vec<String> {
    let shelves = page["shelves"].as_array().into_iter().flatten();
    shelves.map(|shelf| format!("{} {}", shelf["name"], shelf["category"])).collect()
}

#[test]
fn a_stranger_s_home_is_what_sells_and_no_product_stands_on_it_twice() -> Done {
    let page = shared()?.home(&json!({"shelves": 5, "items": 6, "seed": 7}))?;
    let shelves = page["shelves"].as_array().ok_or("no shelves")?;
    assert_eq!(shelves.len(), 5);
    let all: Vec<String> = shelves.iter().flat_map(|shelf| ids(&shelf["items"])).collect();
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "{all:?}");
    for shelf in shelves {
        assert!(shelf["title"].as_str().is_some_and(|title| !title.is_empty()), "{shelf}");
        assert!(shelf["because"].as_str().is_some_and(|because| !because.is_empty()), "{shelf}");
        assert!(shelf["items"].as_array().is_some_and(|items| (3..=6).contains(&items.len())), "{shelf}");
        assert!(shelf["name"] != "recently-viewed" && shelf["name"] != "buy-again", "a stranger did nothing: {shelf}");
        assert!(shelf["reason"]["kind"].is_string(), "{shelf}");
        assert_eq!(shelf["name"] == "category", shelf["category"].is_string(), "{shelf}");
    }
    Ok(())
}

#[test]
fn a_shopper_s_home_speaks_of_what_was_looked_at_and_a_seed_gives_the_same_page() -> Done {
    let shop = shared()?;
    shop.view("at-home", &["hb-pathfell-grey", "sc-wax-100", "so-trek-charcoal", "tn-larkhollow-2"])?;
    let ask = |seed: u64| shop.home(&json!({"user_id": "at-home", "shelves": 12, "items": 4, "seed": seed}));
    let page = ask(1)?;
    let returned = |shelf: &Value| shelf["reason"]["kind"] == "return";
    let shelves = page["shelves"].as_array().ok_or("no shelves")?;
    assert!(shelves.iter().any(returned), "{:?}", names(&page));
    assert!(shelves.iter().any(|shelf| shelf["name"] == "recently-viewed"), "{:?}", names(&page));
    assert_eq!(names(&ask(1)?), names(&page));
    let orders: BTreeSet<Vec<String>> = (0..8).map(|seed| ask(seed).map(|page| names(&page))).collect::<Done<_>>()?;
    assert!(orders.len() > 1, "what is little known is explored");
    Ok(())
}

#[test]
fn a_filter_and_the_limits_hold() -> Done {
    let shop = shared()?;
    let page = shop.home(&json!({"filter": "price < 5000", "seed": 1}))?;
    let shelves = page["shelves"].as_array().into_iter().flatten();
    let cheap = |item: &Value| item["product"]["price"].as_i64().is_some_and(|price| price < 5000);
    assert!(shelves.flat_map(|shelf| shelf["items"].as_array().into_iter().flatten()).all(cheap));
    assert!(shop.home(&json!({"items": 1000})).is_err_and(|error| error.to_string().contains("limit")));
    Ok(())
}
