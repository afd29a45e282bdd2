//! Navigation: the category tree and the facet values in an order for the shopper that is stable within a session.

use serde_json::{Value, json};

use super::support::Done;
use super::support::server::shared;

fn values(entries: &Value) -> Vec<String> {
    let entries = entries.as_array().into_iter().flatten();
    entries.filter_map(|entry| entry["value"].as_str().map(str::to_owned)).collect()
}

#[test]
fn a_tree_and_values_come_with_counts_names_and_shares() -> Done {
    let shop = shared()?;
    let asked = json!({"facets": ["brand"], "depth": 2});
    let answer = shop.post("/v1/navigation", &asked)?.ok()?;
    let roots = answer["categories"].as_array().ok_or("no categories")?;
    assert!(roots.len() > 1, "{answer}");
    for root in roots {
        assert!(root["count"].as_u64().is_some_and(|count| count > 0), "{root}");
        assert!(root["share"].as_f64().is_some_and(|share| (0.0..=1.0).contains(&share)), "{root}");
        for child in root["children"].as_array().into_iter().flatten() {
            let (parent, own) = (root["value"].as_str().unwrap_or_default(), child["value"].as_str());
            assert!(own.is_some_and(|path| path.starts_with(&format!("{parent} > "))), "{child}");
            assert!(child["children"].is_null(), "two levels were asked for: {child}");
        }
    }
    assert_eq!(answer["facets"][0]["field"], "brand");
    assert!(values(&answer["facets"][0]["values"]).len() > 1, "{answer}");
    let cheap = shop.post("/v1/navigation", &json!({"filter": "price < 2000"}))?.ok()?;
    let count = |answer: &Value| {
        answer["categories"].as_array().into_iter().flatten().filter_map(|root| root["count"].as_u64()).sum::<u64>()
    };
    assert!(count(&cheap) > 0 && count(&cheap) < count(&answer), "a filter narrows what is counted");
    Ok(())
}

#[test]
fn clicks_of_a_visit_move_nothing_and_a_stranger_sees_what_sells() -> Done {
    let shop = shared()?;
    let ask = |user: &str| -> Done<Value> {
        let asked = json!({"user_id": user, "facets": ["brand"]});
        let mut answer = shop.post("/v1/navigation", &asked)?.ok()?;
        answer["took_ms"] = Value::Null;
        Ok(answer)
    };
    let stranger = ask("navigates-first")?;
    shop.view("navigates-first", &["es-duetto", "st-gale"])?;
    assert_eq!(ask("navigates-first")?, stranger, "the visit under way");
    // The shopper looked only at tents, a month ago.
    let looked = |id: &&str| json!({"type": "view", "user_id": "navigates-later", "time": "2026-01-05T10:00:00Z", "products": [{"id": id}]});
    let tents = ["tn-longmere-4", "tn-larkhollow-2", "tn-longmere-4"];
    shop.post("/v1/events", &Value::Array(tents.iter().map(looked).collect()))?.ok()?;
    let returned = ask("navigates-later")?;
    let share = |answer: &Value| -> Option<f64> {
        let mut level = answer["categories"].as_array()?;
        let mut last = None;
        while let Some(entry) = level.iter().find(|entry| {
            entry["value"].as_str().is_some_and(|path| "Camping > Tents".starts_with(path) || path.contains("Tent"))
        }) {
            last = entry["share"].as_f64();
            let Some(children) = entry["children"].as_array() else { break };
            level = children;
        }
        last
    };
    assert!(share(&returned) > share(&stranger), "{returned}");
    Ok(())
}

#[test]
fn what_cannot_be_shown_is_refused_by_name() -> Done {
    let shop = shared()?;
    let wrong = |body: Value| shop.post("/v1/navigation", &body)?.refused(400, "invalid_field");
    wrong(json!({"depth": 0}))?;
    wrong(json!({"limit": 100_000}))?;
    let unknown = shop.post("/v1/navigation", &json!({"facets": ["colours"]}))?;
    assert!(unknown.ok().is_err_and(|error| error.to_string().contains("colours")));
    Ok(())
}
