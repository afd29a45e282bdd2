//! Every type of event: its effect, and the event that undoes it.

use serde_json::{Value, json};

use super::support::Done;
use super::support::client::Client;
use super::support::server::shared;

fn told(shop: &Client, user: &str, mut event: Value) -> Done {
    event["user_id"] = json!(user);
    shop.tell(&event).map(drop)
}

#[test]
fn every_kind_of_event_is_taken_and_counted() -> Done {
    let shop = shared()?;
    let product = json!([{"id": "es-duetto", "price": 5000, "position": 2}]);
    let events = [
        json!({"type": "view", "channel": "web", "products": product}),
        json!({"type": "click", "channel": "email", "query_id": "q1", "products": product}),
        json!({"type": "add_to_cart", "channel": "app", "products": product}),
        json!({"type": "remove_from_cart", "channel": "app", "products": product}),
        json!({"type": "wishlist", "products": product}),
        json!({"type": "remove_from_wishlist", "products": product}),
        json!({"type": "dismiss", "products": product}),
        json!({"type": "purchase", "channel": "store", "order_id": "v1", "currency": "EUR", "products": product}),
        json!({"type": "refund", "order_id": "v1"}),
        json!({"type": "search", "query": "espresso"}),
        json!({"type": "impression", "placement": "newsletter", "products": product}),
        json!({"type": "page", "name": "about", "url": "https://shop.example/about"}),
        json!({"type": "custom", "name": "quiz", "properties": {"answer": 3}}),
    ];
    for event in events {
        told(&shop, "all-kinds", event)?;
    }
    let profile = shop.profile("all-kinds", "user")?;
    let counts = &profile["counts"];
    for kind in ["view", "click", "add_to_cart", "remove_from_cart", "wishlist", "dismiss", "search", "page", "custom"]
    {
        assert_eq!(counts[kind], 1, "{kind}: {counts}");
    }
    assert_eq!(counts["purchase"], 0, "given back: {counts}");
    assert_eq!(profile["by_channel"]["email"]["click"], 1);
    Ok(())
}

#[test]
fn a_removal_undoes_and_the_cart_tells() -> Done {
    let shop = shared()?;
    let event = |kind: &str, product: &str| json!({"type": kind, "products": [{"id": product}]});
    for (kind, product) in [
        ("add_to_cart", "es-duetto"),
        ("add_to_cart", "cb-yirga"),
        ("add_to_cart", "gr-hand-black"),
        ("remove_from_cart", "es-duetto"),
        ("purchase", "cb-yirga"),
    ] {
        told(&shop, "cart-shopper", event(kind, product))?;
    }
    let profile = shop.profile("cart-shopper", "user")?;
    assert_eq!(profile["cart"], json!([{"product_id": "gr-hand-black", "quantity": 1}]), "{profile}");
    Ok(())
}

#[test]
fn an_order_told_again_counts_once_an_update_replaces_it_and_a_refund_comes_off() -> Done {
    let shop = shared()?;
    let order =
        |products: Value| json!({"type": "purchase", "order_id": "upd-1", "currency": "EUR", "products": products});
    let value = || -> Done<(Value, Value)> {
        let value = shop.profile("orders-shopper", "user")?["value"].clone();
        Ok((value["orders"].clone(), value["value"]["EUR"].clone()))
    };
    let one = order(json!([{"id": "es-duetto", "price": 5000}]));
    told(&shop, "orders-shopper", one.clone())?;
    told(&shop, "orders-shopper", one)?;
    assert_eq!(value()?, (json!(1), json!(5000)));
    // Events of the same millisecond have no order.
    std::thread::sleep(std::time::Duration::from_millis(2));
    told(
        &shop,
        "orders-shopper",
        order(json!([{"id": "es-duetto", "price": 5000}, {"id": "cb-yirga", "price": 1200, "quantity": 2}])),
    )?;
    assert_eq!(value()?, (json!(1), json!(7400)));
    std::thread::sleep(std::time::Duration::from_millis(2));
    told(
        &shop,
        "orders-shopper",
        json!({"type": "refund", "order_id": "upd-1", "products": [{"id": "cb-yirga", "quantity": 1}]}),
    )?;
    assert_eq!(value()?, (json!(1), json!(6200)));
    Ok(())
}

#[test]
fn a_click_and_a_purchase_find_what_led_to_them() -> Done {
    let shop = shared()?;
    let found = shop.search(&json!({"query": "espresso", "user_id": "led-shopper"}))?;
    let product = found["hits"][0]["id"].clone();
    let page =
        json!({"placements": [{"kind": "similar", "product_id": product, "limit": 3}], "user_id": "led-shopper"});
    let page = shop.recommend(&page)?;
    let similar = page["placements"][0]["items"][0]["id"].clone();
    told(&shop, "led-shopper", json!({"type": "click", "query_id": found["query_id"], "products": [{"id": product}]}))?;
    told(&shop, "led-shopper", json!({"type": "click", "query_id": page["query_id"], "products": [{"id": similar}]}))?;
    told(
        &shop,
        "led-shopper",
        json!({"type": "purchase", "order_id": "led-1", "products": [{"id": product}, {"id": similar}]}),
    )?;
    let order = shop.profile("led-shopper", "user")?["orders"][0].clone();
    let led = |at: usize| order["products"][at]["led_by"].clone();
    assert_eq!((&led(0)["query"], &led(0)["query_id"]), (&json!("espresso"), &found["query_id"]), "{order}");
    assert_eq!((&led(1)["placement"], &led(1)["query_id"]), (&json!("similar"), &page["query_id"]), "{order}");
    Ok(())
}

#[test]
fn a_bad_channel_currency_or_time_is_named() -> Done {
    let shop = shared()?;
    let view = |field: &str, value: &str| json!([{"type": "view", "user_id": "bad-vocabulary", (field): value, "products": [{"id": "x"}]}]);
    for (field, value) in [("channel", "fax"), ("currency", "euros")] {
        let told = shop.post("/v1/events", &view(field, value))?.ok()?;
        assert_eq!(told["results"][0]["field"], field, "{told}");
    }
    let told = shop.post("/v1/events", &view("time", "2999-01-01T00:00:00Z"))?.ok()?;
    assert!(told["results"][0]["message"].as_str().is_some_and(|message| message.contains("future")), "{told}");
    Ok(())
}
