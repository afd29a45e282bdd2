//! Reports over all shoppers.

use serde_json::json;

use super::support::Done;
use super::support::server::Demo;

#[test]
fn visits_across_devices_and_the_paths_to_orders_are_told() -> Done {
    let shop = Demo::start()?;
    let on = |kind: &str, channel: &str, device: &str, time: &str| {
        json!({"type": kind, "user_id": "ann", "anonymous_id": device, "channel": channel, "time": time, "currency": "EUR",
               "products": [{"id": "es-duetto", "price": 5000}]})
    };
    shop.tell(&on("view", "email", "phone", "2026-01-01T10:00:00Z"))?;
    shop.tell(&on("view", "app", "phone", "2026-01-02T10:00:00Z"))?;
    shop.tell(&on("purchase", "web", "laptop", "2026-01-03T10:00:00Z"))?;
    shop.tell(&json!({"type": "view", "anonymous_id": "stranger", "channel": "web", "products": [{"id": "st-gale"}]}))?;
    let report = shop.get("/v1/reports/visits", &[])?.ok()?;
    assert_eq!(
        (&report["persons"], &report["users"], &report["visits"]),
        (&json!(2), &json!(1), &json!(4)),
        "{report}"
    );
    assert_eq!(report["persons_by_devices"], json!({"1": 1, "2": 1}));
    assert_eq!(report["orders_across_devices"], 1);
    assert_eq!(report["paths"], json!([{"path": "email > app > web", "orders": 1, "value": {"EUR": 5000}}]));
    assert_eq!(report["channels"]["web"], json!({"visits": 2, "persons": 2, "orders": 1}));
    let profile = shop.profile("ann", "user")?;
    assert_eq!(profile["orders"][0]["path"], json!(["email on phone", "app on phone", "web on laptop"]));
    assert_eq!(profile["devices"].as_array().map(Vec::len), Some(2), "{profile}");
    assert_eq!(
        (&profile["devices"][1]["device"], &profile["devices"][1]["counts"]["view"]),
        (&json!("phone"), &json!(2))
    );
    Ok(())
}

#[test]
fn what_only_says_who_somebody_is_or_gives_money_back_is_no_visit() -> Done {
    let shop = Demo::start()?;
    shop.tell(&json!({"type": "view", "user_id": "eve", "channel": "web", "products": [{"id": "st-gale"}]}))?;
    shop.tell(&json!({"type": "identify", "user_id": "eve", "anonymous_id": "phone"}))?;
    shop.tell(&json!({"type": "consent", "user_id": "eve", "consent": {"storage": true}}))?;
    shop.tell(&json!({"type": "refund", "user_id": "eve", "products": [{"id": "st-gale"}]}))?;
    let report = shop.get("/v1/reports/visits", &[])?.ok()?;
    assert_eq!(report["visits"], 1, "{report}");
    let first = shop.profile("eve", "user")?["in_words"][0].clone();
    let first = first.as_str().unwrap_or_default();
    assert!(first.starts_with("You came once, on ") && first.ends_with("and looked at a product once."), "{first}");
    shop.tell(&json!({"type": "consent", "user_id": "fay", "consent": {"storage": true}}))?;
    assert_eq!(shop.profile("fay", "user")?["in_words"][0], "We know of no visit of yours yet.");
    Ok(())
}

#[test]
fn an_order_that_names_a_response_nobody_gave_is_credited_to_nobody() -> Done {
    let shop = Demo::start()?;
    let of = |kind: &str| {
        json!({"type": kind, "user_id": "gus", "query_id": "made-up", "currency": "EUR",
               "products": [{"id": "st-gale", "price": 4200}]})
    };
    shop.tell(&of("click"))?;
    shop.tell(&of("purchase"))?;
    let report = shop.get("/v1/reports/attribution", &[])?.ok()?;
    assert_eq!(report["placements"], json!({}), "{report}");
    let unknown = json!({"shown": 0, "clicks": 1, "orders": 1, "lines": 1, "value": {"EUR": 4200}});
    assert_eq!(report["unknown"], unknown);
    Ok(())
}

#[test]
fn what_searches_and_placements_led_to_is_told() -> Done {
    let shop = Demo::start()?;
    let found = shop.search(&json!({"query": "espresso", "user_id": "bob"}))?;
    let product = found["hits"][0]["id"].clone();
    let line = json!([{"id": product, "price": 4200}]);
    shop.tell(&json!({"type": "click", "user_id": "bob", "query_id": found["query_id"], "products": line}))?;
    shop.tell(&json!({"type": "purchase", "user_id": "bob", "currency": "EUR", "products": line}))?;
    // Impressions are written after the response is sent.
    let led_to = json!({"shown": 1, "clicks": 1, "orders": 1, "lines": 1, "value": {"EUR": 4200}});
    let mut report = json!(null);
    for _ in 0..100 {
        report = shop.get("/v1/reports/attribution", &[])?.ok()?;
        if report["placements"]["search"] == led_to {
            return Ok(());
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    Err(report.to_string().into())
}
