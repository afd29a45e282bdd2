//! Merchants' input in rules: products and groups that are not there, periods that are over, and words as people
//! type them.

use serde_json::json;

use super::support::Done;
use super::support::client::ids;
use super::support::server::Demo;

#[test]
fn a_pin_or_hide_that_names_nothing_says_so() -> Done {
    let shop = Demo::start()?;
    let rule = json!({"then": {"pin": [{"id": "nowhere-1", "position": 1}], "hide": ["nowhere-2", "st-gale"],
        "bury": [{"ids": ["nowhere-3"], "factor": 0.01}]}});
    let told = shop.put("/v1/rules/typo", &rule)?.ok()?;
    let fields: Vec<&str> =
        told["unknown"].as_array().into_iter().flatten().filter_map(|one| one["field"].as_str()).collect();
    assert_eq!(fields, ["then.pin[0].id", "then.hide[0]", "then.bury[0].ids[0]"], "{told}");
    assert_eq!(shop.get("/v1/rules/typo", &[])?.ok()?["unknown"], told["unknown"], "as long as the rule is there");
    let seen = shop.post("/v1/rules/preview", &json!({"query": "boots", "draft": rule}))?.ok()?;
    assert_eq!(seen["unknown"].as_array().map(Vec::len), Some(3), "{seen}");
    let listed = shop.get("/v1/rules/conflicts", &[])?.ok()?;
    assert!(listed["unknown"][0]["rule"] == "typo" && listed["unknown"].as_array().is_some_and(|all| all.len() == 3));
    assert_eq!(told["rule"]["then"]["bury"][0]["factor"].to_string(), "0.01", "as it was typed");
    Ok(())
}

#[test]
fn a_group_of_variants_is_named_by_its_id_where_products_are() -> Done {
    let shop = Demo::start()?;
    let ask = json!({"query": "boots", "per_page": 50, "personalize": false});
    let found = shop.search(&ask)?;
    let hits = found["hits"].as_array().ok_or("no hits")?;
    let groups: Vec<&str> = hits.iter().filter_map(|hit| hit["product"]["group_id"].as_str()).collect();
    let (first, last) = (groups[0], groups[groups.len() - 1]);
    let groups_of = |found: &serde_json::Value| -> Vec<String> {
        let hits = found["hits"].as_array().into_iter().flatten();
        hits.filter_map(|hit| hit["product"]["group_id"].as_str().map(str::to_owned)).collect()
    };
    let rule = |then| json!({"when": [{"query": {"exact": "boot"}}], "then": then});
    let told = shop.put("/v1/rules/group", &rule(json!({"hide": [first]})))?.ok()?;
    assert_eq!(told["unknown"], json!([]));
    assert!(!groups_of(&shop.search(&ask)?).contains(&first.to_owned()), "every variant is hidden");
    shop.put("/v1/rules/group", &rule(json!({"pin": [{"id": last, "position": 1}]})))?.ok()?;
    assert_eq!(groups_of(&shop.search(&ask)?)[0], last);
    shop.put("/v1/rules/group", &rule(json!({"hide": [hits[0]["id"]]})))?.ok()?;
    let after = shop.search(&ask)?;
    assert!(!ids(&after["hits"]).contains(&hits[0]["id"].as_str().unwrap_or_default().to_owned()));
    assert!(groups_of(&after).contains(&first.to_owned()), "one variant hides alone");
    Ok(())
}

#[test]
fn words_of_rules_match_as_searches_do_and_patterns_as_written() -> Done {
    let shop = Demo::start()?;
    shop.put(
        "/v1/rules/stem",
        &json!({"when": [{"query": {"exact": "hiking boot"}}], "then": {"redirect": "/boots"}}),
    )?
    .ok()?;
    shop.put(
        "/v1/rules/typed",
        &json!({"when": [{"query": {"pattern": "^rain jacket$"}}], "then": {"redirect": "/rain"}}),
    )?
    .ok()?;
    let redirect = |query: &str| -> Done<_> { Ok(shop.search(&json!({"query": query}))?["redirect"].clone()) };
    for query in ["hiking boots", "Hiking Boot", "hïking BOOTS"] {
        assert_eq!(redirect(query)?, "/boots", "{query}");
    }
    assert_eq!(redirect("rain jacket")?, "/rain");
    assert!(redirect("rain jackets")?.is_null() && redirect("hiking shoe")?.is_null());
    Ok(())
}

#[test]
fn a_rule_that_is_over_conflicts_with_nothing_and_its_page_can_be_seen() -> Done {
    let shop = Demo::start()?;
    let tent = |until: &str, to: &str| json!({"when": [{"query": {"exact": "tent"}, "until": until}], "then": {"redirect": to}});
    shop.put("/v1/rules/over", &tent("2020-01-01", "/old"))?.ok()?;
    let told = shop.put("/v1/rules/now", &tent("2999-01-01", "/new"))?.ok()?;
    assert_eq!(told["conflicts"], json!([]));
    let told = shop.put("/v1/rules/over", &tent("2998-01-01", "/old"))?.ok()?;
    assert_eq!(told["conflicts"][0]["kind"], "two_redirects");
    shop.put("/v1/rules/over", &tent("2020-01-01", "/old"))?.ok()?;
    shop.delete("/v1/rules/now")?.ok()?;
    let at = |date: &str| -> Done<_> {
        let seen = shop.post("/v1/rules/preview", &json!({"query": "tent", "at": date}))?.ok()?;
        Ok(seen["after"]["redirect"].clone())
    };
    assert_eq!(at("2019-06-01")?, "/old", "what is published, at another date");
    assert!(at("2020-01-01")?.is_null());
    Ok(())
}

#[test]
fn the_first_change_can_be_undone() -> Done {
    let shop = Demo::start()?;
    shop.put("/v1/rules/first", &json!({"then": {"hide": ["st-gale"]}}))?.ok()?;
    shop.post("/v1/curation/versions/0/restore", &json!({}))?.ok()?;
    assert_eq!(shop.get("/v1/rules", &[])?.ok()?["rules"], json!([]));
    shop.post("/v1/curation/versions/1/restore", &json!({}))?.ok()?;
    assert_eq!(shop.get("/v1/rules", &[])?.ok()?["rules"][0]["id"], "first");
    Ok(())
}

#[test]
fn suggestions_count_what_is_there_now() -> Done {
    let shop = Demo::start()?;
    let suggested =
        || -> Done<_> { Ok(shop.get("/v1/suggest", &[("q", "stove"), ("limit", "20")])?.ok()?["suggestions"].clone()) };
    let found = shop.search(&json!({"query": "stove", "per_page": 200, "group": false}))?;
    for id in ids(&found["hits"]) {
        shop.delete(&format!("/v1/products/{id}"))?.ok()?;
    }
    for one in suggested()?.as_array().into_iter().flatten().filter(|one| one["kind"] == "query") {
        let total = shop.search(&json!({"query": one["text"]}))?["total"].clone();
        assert_eq!(one["products"], total, "{one}");
        assert_ne!(total, 0, "{one}");
    }
    Ok(())
}
