//! Rules over rows of recommendations: the next page follows them.

use serde_json::{Value, json};

use super::support::Done;
use super::support::client::ids;
use super::support::server::Demo;

#[test]
fn a_rule_over_rows_is_heeded_by_the_next_page_and_by_the_home_page() -> Done {
    let shop = Demo::start()?;
    let row = || -> Done<Value> {
        let placements = json!([{"kind": "similar", "product_id": "st-gale", "limit": 5}]);
        Ok(shop.recommend(&json!({"placements": placements}))?["placements"][0].clone())
    };
    let before = ids(&row()?["items"]);
    let pinned = "hb-ridgeway-moss";
    let then = json!({"pin": [{"id": pinned, "position": 1}], "hide": [before[0]]});
    shop.put("/v1/rules/row", &json!({"when": [{"placements": ["similar"], "products": ["st-gale"]}], "then": then}))?
        .ok()?;
    let after = row()?;
    assert_eq!((&ids(&after["items"])[0], &after["rules"]), (&pinned.to_owned(), &json!(["row"])));
    assert_eq!(after["items"][0]["reason"]["kind"], "pinned");
    assert!(!ids(&after["items"]).contains(&before[0]), "{after}");
    let stoves = json!({"filter": "category UNDER \"Camping > Stoves & gas\"", "per_page": 100});
    let hits = ids(&shop.search(&stoves)?["hits"]);
    assert!(hits.contains(&before[0]), "it says nothing of searches");
    let home = json!({"shelves": 8, "seed": 3});
    let stands = |id: &str| -> Done<bool> {
        let page = shop.home(&home)?;
        Ok(page["shelves"]
            .as_array()
            .into_iter()
            .flatten()
            .any(|shelf| ids(&shelf["items"]).iter().any(|one| one == id)))
    };
    let shown = ids(&shop.home(&home)?["shelves"][0]["items"])[0].clone();
    shop.put("/v1/rules/home", &json!({"when": [{"placements": ["home"]}], "then": {"hide": [shown]}}))?.ok()?;
    assert!(!stands(&shown)?, "{shown} is hidden");
    let unknown = json!({"when": [{"placements": ["nowhere"]}], "then": {"hide": ["a"]}});
    let refused = shop.put("/v1/rules/wrong", &unknown)?;
    assert!(refused.ok().is_err_and(|error| error.to_string().contains("after-purchase")), "known names are told");
    Ok(())
}
