//! A part number finds the same product for every shopper.

use serde_json::{Value, json};

use super::support::Done;
use super::support::client::ids;
use super::support::server::shared;

#[test]
fn a_part_number_finds_its_product_first() -> Done {
    let shop = shared()?;
    for (number, product) in [("TX-410", "st-gale"), ("tx-410", "st-gale"), ("TB-410-SLA", "hb-ridgeway-slate")] {
        let found = shop.search(&json!({"query": number}))?;
        assert_eq!(ids(&found["hits"]).first().map(String::as_str), Some(product), "{number}");
    }
    Ok(())
}

#[test]
fn a_part_number_gives_every_shopper_the_same_order() -> Done {
    let shop = shared()?;
    shop.view("part-boots", &["hb-ridgeway-brown", "hb-ridgeway-slate", "hb-ridgeway-moss"])?;
    shop.view("part-coffee", &["es-duetto", "gr-fine-black", "cb-yirga", "cf-tamper-58"])?;
    let hits = |user: Value| -> Done<Value> {
        let answer = shop.search(&json!({"query": "TX-410", "user_id": user, "per_page": 100}))?;
        assert_eq!(answer["personalized"], false, "{user}");
        Ok(answer["hits"].clone())
    };
    let neutral = hits(Value::Null)?;
    assert_eq!(hits(json!("part-boots"))?, neutral);
    assert_eq!(hits(json!("part-coffee"))?, neutral);
    Ok(())
}
