//! Rules: the next search follows them on every page, and they can be undone.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::support::Done;
use super::support::client::{Client, ids};
use super::support::server::Demo;

/// Puts a rule in force.
fn rule(shop: &Client, id: &str, body: &Value) -> Done<Value> {
    shop.put(&format!("/v1/rules/{id}"), body)?.ok()
}

fn boots(shop: &Client) -> Done<Vec<String>> {
    Ok(ids(&shop.search(&json!({"query": "boots", "per_page": 20}))?["hits"]))
}

fn on(query: &str) -> Value {
    json!([{"query": {"exact": query}}])
}

/// The ids of all pages.
fn all(shop: &Client, asked: &Value, per_page: usize) -> Done<Vec<String>> {
    let mut found = Vec::new();
    for page in 1.. {
        let mut asked = asked.clone();
        asked["page"] = page.into();
        asked["per_page"] = per_page.into();
        let answer = shop.search(&asked)?;
        found.extend(ids(&answer["hits"]));
        if page >= answer["pages"].as_u64().unwrap_or_default() {
            break;
        }
    }
    Ok(found)
}

/// A shop that shows each variant as a hit of its own.
fn alone() -> Done<Demo> {
    Demo::start_with("[search]\ngroup = false\n")
}

#[test]
fn a_pinned_variant_stands_for_its_group() -> Done {
    let shop = Demo::start()?;
    let asked = |page: u64| json!({"query": "boots", "per_page": 4, "page": page});
    let first = shop.search(&asked(1))?;
    let (pages, total) = (first["pages"].as_u64().ok_or("no pages")?, first["total"].as_u64());
    let last = ids(&shop.search(&asked(pages))?["hits"]).pop().ok_or("no hit")?;
    let pinned = json!({"pin": [{"id": "hb-ridgeway-moss", "position": 2}, {"id": "hb-ridgeway-slate", "position": 3},
        {"id": last, "position": 1}]});
    rule(&shop, "pins", &json!({"when": on("boots"), "then": pinned}))?;
    let mut found = Vec::new();
    for page in 1..=pages {
        let answer = shop.search(&asked(page))?;
        assert_eq!(answer["total"].as_u64(), total, "a variant pinned is no product more");
        found.extend(ids(&answer["hits"]));
    }
    assert_eq!(found[..2], [last, "hb-ridgeway-moss".to_owned()]);
    assert_eq!(found.iter().filter(|id| id.starts_with("hb-ridgeway")).count(), 1);
    assert_eq!(Some(found.len() as u64), total);
    Ok(())
}

#[test]
fn a_rule_is_live_at_once_and_undone_at_once() -> Done {
    let shop = alone()?;
    let before = boots(&shop)?;
    let last = before[19].clone();
    let told = rule(&shop, "top", &json!({"when": on("boots"), "then": {"pin": [{"id": last, "position": 1}]}}))?;
    let version = told["version"].as_u64().ok_or("no version")?;
    assert_eq!(version, 1);
    let after = shop.search(&json!({"query": "Boots", "per_page": 20}))?;
    assert_eq!(after["applied_rules"], json!(["top"]));
    assert_eq!((&after["hits"][0]["id"], &after["hits"][0]["pinned"]), (&json!(last), &json!(true)));
    assert_eq!(ids(&after["hits"])[1..], before[..19]);
    assert_eq!(ids(&shop.search(&json!({"query": "hiking boots", "per_page": 1}))?["hits"]).len(), 1);
    rule(&shop, "top", &json!({"when": on("boots"), "then": {"hide": [last]}}))?;
    assert!(!boots(&shop)?.contains(&last));
    let undone = shop.post("/v1/curation/versions/1/restore", &json!({}))?.ok()?;
    assert_eq!(undone["version"], 3);
    assert_eq!(boots(&shop)?[0], last);
    shop.send("DELETE", "/v1/rules/top", "text/plain", b"")?.ok()?;
    assert_eq!(boots(&shop)?, before);
    let versions = shop.get("/v1/curation/versions", &[])?.ok()?;
    let told: Vec<_> =
        versions["versions"].as_array().into_iter().flatten().map(|about| &about["changes"][0]).collect();
    let changes: Vec<_> = told.iter().filter_map(|change| change["change"].as_str()).collect();
    assert_eq!(changes, ["removed", "changed", "changed", "added"]);
    assert_eq!(versions["versions"][1]["note"], "version 1 again");
    Ok(())
}

#[test]
fn pages_under_pins_give_every_product_once_and_every_pin_its_place() -> Done {
    let shop = alone()?;
    let asked = json!({"query": "boots", "facets": ["brand"]});
    let natural = all(&shop, &asked, 7)?;
    let outside = ids(&shop.search(&json!({"query": "espresso", "filter": "in_stock = true", "per_page": 3}))?["hits"]);
    let strangers: Vec<_> = outside.iter().filter(|id| !natural.contains(id)).take(2).cloned().collect();
    let pins = [(&natural[3], 1), (&strangers[0], 8), (&natural[1], 15), (&strangers[1], 200)];
    let pin: Vec<Value> = pins.iter().map(|(id, position)| json!({"id": id, "position": position})).collect();
    rule(&shop, "pins", &json!({"when": on("boots"), "then": {"pin": pin}}))?;
    let answer = shop.search(&asked)?;
    assert_eq!(answer["total"], natural.len() + 2, "a pinned product joins the matches");
    let whole = all(&shop, &asked, 200)?;
    for per_page in [1, 5, 7, 8, 50] {
        assert_eq!(all(&shop, &asked, per_page)?, whole, "{per_page} a page");
    }
    assert_eq!(whole.iter().collect::<BTreeSet<_>>().len(), natural.len() + 2);
    for (id, position) in &pins[..3] {
        assert_eq!(&whole[position - 1], *id, "place {position}");
    }
    assert_eq!(whole.last(), Some(&strangers[1]), "a place behind the end is the end");
    let pinned: BTreeSet<_> = pins.iter().map(|(id, _)| id.as_str()).collect();
    let others = |list: &[String]| list.iter().filter(|id| !pinned.contains(id.as_str())).cloned().collect::<Vec<_>>();
    assert_eq!(others(&whole), others(&natural), "all others keep their order");
    let counted: u64 =
        answer["facets"]["brand"]["values"].as_array().into_iter().flatten().filter_map(|v| v["count"].as_u64()).sum();
    assert_eq!(counted as usize, natural.len() + 2, "facets count them too");
    Ok(())
}

#[test]
fn a_pin_is_held_to_the_filter_and_to_the_stock() -> Done {
    let shop = alone()?;
    let sold_out = ids(&shop.search(&json!({"filter": "in_stock = false", "per_page": 1}))?["hits"]);
    let cheap = ids(
        &shop.search(&json!({"query": "coffee", "filter": "in_stock = true AND price < 5000", "per_page": 1}))?["hits"]
    );
    let pin = json!({"pin": [{"id": sold_out[0], "position": 1}, {"id": cheap[0], "position": 2}]});
    rule(&shop, "pins", &json!({"when": on("boots"), "then": pin}))?;
    let free = boots(&shop)?;
    assert!(free[0] != sold_out[0] && free[1] == cheap[0], "{free:?}");
    let held = shop.search(&json!({"query": "boots", "filter": "price > 5000"}))?;
    assert!(!ids(&held["hits"]).contains(&cheap[0]), "{held}");
    Ok(())
}

#[test]
fn where_the_shopper_sorts_pins_do_not_and_where_a_rule_sorts_they_do() -> Done {
    let shop = alone()?;
    let by_price = |shop: &Client| -> Done<Vec<String>> {
        Ok(ids(&shop.search(&json!({"query": "boots", "sort": "price:asc"}))?["hits"]))
    };
    let sorted = by_price(&shop)?;
    let pinned = &sorted[9];
    let then = json!({"sort": "price:asc", "pin": [{"id": pinned, "position": 1}]});
    rule(&shop, "cheap-first", &json!({"when": on("boots"), "then": then}))?;
    assert_eq!(by_price(&shop)?, sorted);
    let by_rule = boots(&shop)?;
    assert_eq!(&by_rule[0], pinned);
    assert_eq!(by_rule[1..10], sorted[..9]);
    Ok(())
}

#[test]
fn personalisation_never_moves_a_pin() -> Done {
    let shop = alone()?;
    let neutral = boots(&shop)?;
    rule(
        &shop,
        "pins",
        &json!({"when": on("boots"), "then": {"pin": [
            {"id": neutral[10], "position": 1}, {"id": neutral[11], "position": 3}
        ]}}),
    )?;
    shop.view("u1", &["rb-tidewell-green", "rb-orchard-green", "rb-orchard-black"])?;
    let shopper = json!({"query": "boots", "user_id": "u1", "per_page": 20});
    let personal = shop.search(&shopper)?;
    assert_eq!(personal["personalized"], true);
    let found = ids(&personal["hits"]);
    assert_eq!((&found[0], &found[2]), (&neutral[10], &neutral[11]));
    assert_ne!(found, boots(&shop)?, "all others are this shopper's");
    Ok(())
}

#[test]
fn hidden_products_are_in_no_total_and_no_facet() -> Done {
    let shop = alone()?;
    let asked = json!({"query": "boots", "facets": ["brand"], "per_page": 200});
    let before = shop.search(&asked)?;
    let gone = &before["hits"][0];
    rule(&shop, "gone", &json!({"then": {"hide": [gone["id"]]}}))?;
    let after = shop.search(&asked)?;
    assert_eq!(after["total"].as_u64().map(|total| total + 1), before["total"].as_u64());
    assert!(!ids(&after["hits"]).contains(&gone["id"].as_str().unwrap_or_default().to_owned()));
    let count = |answer: &Value| {
        let values = answer["facets"]["brand"]["values"].as_array().cloned().unwrap_or_default();
        values
            .into_iter()
            .find(|value| value["value"] == gone["product"]["brand"])
            .and_then(|value| value["count"].as_u64())
    };
    assert_eq!(count(&after).map(|count| count + 1), count(&before));
    Ok(())
}

#[test]
fn boosting_exists() -> Done {
    let shop = alone()?;
    let asked = json!({"query": "jacket", "per_page": 50, "explain": true, "facets": ["brand"]});
    let before = shop.search(&asked)?;
    let last = before["hits"].as_array().and_then(|hits| hits.last()).ok_or("no hits")?;
    let brand = last["product"]["brand"].as_str().ok_or("no brand")?.to_owned();
    let then = json!({"boost": [{"filter": format!("brand = \"{brand}\""), "factor": 10}]});
    rule(&shop, "boost", &json!({"when": on("jacket"), "then": then}))?;
    let boosted = shop.search(&asked)?;
    assert_eq!(boosted["hits"][0]["product"]["brand"], brand.as_str());
    assert_eq!(
        (&boosted["total"], &boosted["facets"]),
        (&before["total"], &before["facets"]),
        "an order, not a filter"
    );
    let explained = &boosted["hits"][0]["explain"];
    assert_eq!(explained["rules"]["factor"], 10.0);
    let signals = explained["signals"].as_array().ok_or("no signals")?;
    let parts: f64 = signals.iter().filter_map(|signal| signal["contribution"].as_f64()).sum();
    assert!((parts - explained["score"].as_f64().unwrap_or_default()).abs() < 1e-4, "{explained}");
    let first = ids(&before["hits"])[0].clone();
    rule(&shop, "boost", &json!({"when": on("jacket"), "then": {"bury": [{"ids": [first], "factor": 0}]}}))?;
    assert_eq!(all(&shop, &json!({"query": "jacket"}), 200)?.last(), Some(&first));
    Ok(())
}

#[test]
fn on_a_page_without_words_a_boost_lifts_products_nobody_met() -> Done {
    let shop = alone()?;
    let everything = all(&shop, &json!({"filter": "in_stock = true"}), 200)?;
    let last = everything.last().ok_or("nothing")?;
    rule(
        &shop,
        "lift",
        &json!({"when": [{"query": {"empty": true}}], "then": {"boost": [{"ids": [last], "factor": 50}]}}),
    )?;
    assert_eq!(&all(&shop, &json!({}), 200)?[0], last);
    for hit in shop.search(&json!({"explain": true, "per_page": 200}))?["hits"].as_array().ok_or("no hits")? {
        let signals = hit["explain"]["signals"].as_array().ok_or("no signals")?;
        let sum: f64 = signals.iter().filter_map(|signal| signal["contribution"].as_f64()).sum();
        assert!(hit["score"].as_f64().is_some_and(|score| (score - sum).abs() < 1e-4), "{hit}");
        let lifted = signals.iter().any(|signal| signal["name"] == "rules");
        assert_eq!(lifted, hit["id"] == last.as_str(), "{hit}");
    }
    Ok(())
}

#[test]
fn a_query_is_replaced_narrowed_and_led_elsewhere() -> Done {
    let shop = alone()?;
    let then = json!({"replace_query": "tent", "filter": "price < 30000", "redirect": "/tents", "sort": "price:desc",
        "banners": [{"image": "/tents.png", "link": "/tents", "data": {"text": "Sleep outside"}}],
        "facet_order": ["brand", "category"]});
    rule(&shop, "camp", &json!({"when": [{"query": {"pattern": "^camp(ing)?$"}}], "then": then}))?;
    let answer = shop.search(&json!({"query": "Camping"}))?;
    let expected = shop.search(&json!({"query": "tent", "filter": "price < 30000", "sort": "price:desc"}))?;
    assert_eq!(ids(&answer["hits"]), ids(&expected["hits"]));
    assert_eq!((&answer["total"], &answer["rewritten_query"]), (&expected["total"], &json!("tent")));
    assert_eq!((&answer["redirect"], &answer["facet_order"]), (&json!("/tents"), &json!(["brand", "category"])));
    assert_eq!(
        answer["banners"],
        json!([{"image": "/tents.png", "link": "/tents", "data": {"text": "Sleep outside"}}])
    );
    for silent in ["applied_rules", "banners", "redirect", "rewritten_query", "facet_order"] {
        assert!(expected.get(silent).is_none(), "{silent} without a rule");
    }
    Ok(())
}

#[test]
fn context_category_and_time_decide_whether_a_rule_holds() -> Done {
    let shop = alone()?;
    let hide = json!({"hide": ["nothing"]});
    rule(
        &shop,
        "app",
        &json!({"when": [{"channels": ["app"], "countries": ["SE"], "segments": ["vip"]}], "then": hide}),
    )?;
    rule(&shop, "shoes", &json!({"when": [{"categories": ["Shoes"]}], "then": hide}))?;
    rule(&shop, "past", &json!({"when": [{"until": "2020-01-01T00:00:00Z"}], "then": hide}))?;
    rule(&shop, "since", &json!({"when": [{"from": "2020-01-01T00:00:00Z"}], "then": hide}))?;
    let applied = |asked: Value| -> Done<Value> { Ok(shop.search(&asked)?["applied_rules"].clone()) };
    assert_eq!(applied(json!({}))?, json!(["since"]));
    let context = json!({"channel": "app", "country": "se", "segments": ["VIP", "other"]});
    assert_eq!(applied(json!({"context": context}))?, json!(["app", "since"]));
    let page = json!({"filter": "price > 0 AND category UNDER \"Shoes > Boots\""});
    assert_eq!(applied(page)?, json!(["shoes", "since"]));
    assert_eq!(applied(json!({"filter": "NOT category UNDER \"Shoes\""}))?, json!(["since"]));
    let many: Vec<String> = (0..21).map(|at| at.to_string()).collect();
    let refused = shop.post("/v1/search", &json!({"context": {"segments": many}}))?.refused(400, "invalid_field")?;
    assert_eq!(refused["field"], "context.segments");
    Ok(())
}

#[test]
fn a_preview_shows_what_publishing_then_gives() -> Done {
    let shop = alone()?;
    let before = boots(&shop)?;
    let draft = json!({"when": on("boots"), "then": {
        "pin": [{"id": before[5], "position": 1}], "hide": [before[0]], "banners": [{"data": "new"}]
    }});
    shop.put("/v1/rules/spring?draft=true", &draft)?.ok()?;
    assert_eq!(boots(&shop)?, before, "a draft changes nothing");
    let asked = json!({"query": "boots", "per_page": 20, "draft": "spring"});
    let preview = shop.post("/v1/rules/preview", &asked)?.ok()?;
    assert_eq!(ids(&preview["before"]["hits"]), before);
    let moves = preview["moves"].as_array().ok_or("no moves")?;
    assert_eq!(moves[0], json!({"id": before[5], "from": 6, "to": 1, "what": "up", "pinned": true}));
    assert!(
        moves.contains(&json!({"id": before[0], "from": 1, "to": null, "what": "left", "pinned": false})),
        "{moves:?}"
    );
    assert!(moves.iter().any(|one| one["what"] == "entered"), "{moves:?}");
    let unkept = shop.post("/v1/rules/preview", &json!({"query": "boots", "per_page": 20, "draft": draft}))?.ok()?;
    assert_eq!(ids(&unkept["after"]["hits"]), ids(&preview["after"]["hits"]));
    shop.post("/v1/rules/spring/publish", &json!({}))?.ok()?;
    let published = shop.search(&json!({"query": "boots", "per_page": 20}))?;
    for part in ["hits", "total", "banners", "applied_rules"] {
        assert_eq!(published[part], preview["after"][part], "{part}");
    }
    let kept = shop.get("/v1/rules/spring", &[])?.ok()?;
    assert!(kept["draft"].is_null() && kept["rule"]["id"] == "spring", "{kept}");
    shop.post("/v1/rules/spring/publish", &json!({}))?.refused(404, "not_found")?;
    Ok(())
}

#[test]
fn conflicts_are_told_when_saved_and_when_asked_for() -> Done {
    let shop = alone()?;
    let pin = |id: &str| json!({"when": on("boots"), "then": {"pin": [{"id": id, "position": 1}]}});
    let first = rule(&shop, "a", &pin("hb-ridgeway-brown"))?;
    assert_eq!(first["conflicts"], json!([]));
    let second = rule(&shop, "b", &pin("hb-cairn-black"))?;
    assert_eq!(second["conflicts"][0]["kind"], "same_position");
    assert_eq!(second["conflicts"][0]["rules"], json!(["a", "b"]));
    let all = shop.get("/v1/rules/conflicts", &[])?.ok()?;
    assert_eq!((&all["conflicts"], &all["broken"]), (&second["conflicts"], &json!([])));
    let found = boots(&shop)?;
    assert_eq!(found[..2], ["hb-ridgeway-brown", "hb-cairn-black"], "the first has its way, the other follows");
    Ok(())
}

#[test]
fn two_who_change_one_version_do_not_overwrite_each_other() -> Done {
    let shop = alone()?;
    let body = json!({"then": {"hide": ["x"]}});
    let told = shop.put("/v1/rules/a", &body)?;
    let tag = told.header("etag").ok_or("no etag")?.to_owned();
    assert_eq!(tag, "\"1\"");
    let careful = shop.with("if-match", &tag);
    careful.put("/v1/rules/b", &body)?.ok()?;
    let refused = careful.put("/v1/rules/c", &body)?.refused(412, "version_conflict")?;
    assert!(refused["message"].as_str().is_some_and(|message| message.contains("version 2 is in force, not 1")));
    shop.with("if-match", "*").put("/v1/rules/c", &body)?.ok()?;
    shop.with("if-match", "\"soon\"").put("/v1/rules/d", &body)?.refused(400, "invalid_field")?;
    Ok(())
}

#[test]
fn a_rule_that_cannot_be_is_refused_by_field_and_changes_nothing() -> Done {
    let shop = alone()?;
    let cases = [
        (json!({"then": {}}), "then.pin"),
        (json!({"id": "b", "then": {"hide": ["x"]}}), "id"),
        (json!({"then": {"filter": "colour = \"red\""}}), "then.filter"),
        (json!({"then": {"boost": [{"filter": "price <"}]}}), "then.boost[0].filter"),
        (json!({"then": {"sort": "weight"}}), "then.sort"),
        (json!({"when": [{"query": {"pattern": "("}}], "then": {"hide": ["x"]}}), "when[0].query.pattern"),
        (json!({"then": {"redirect": "javascript:alert(1)"}}), "then.redirect"),
    ];
    for (body, field) in cases {
        let refused = shop.put("/v1/rules/a", &body)?.refused(400, "invalid_field")?;
        assert_eq!(refused["field"], field, "{refused}");
    }
    shop.put("/v1/rules/a", &json!({"then": {"hide": ["x"]}, "colour": "red"}))?.refused(400, "unknown_field")?;
    shop.send("DELETE", "/v1/rules/a", "text/plain", b"")?.refused(404, "not_found")?;
    let preview = json!({"draft": {"then": {"filter": "colour = 1"}}});
    let refused = shop.post("/v1/rules/preview", &preview)?.refused(400, "invalid_field")?;
    assert_eq!(refused["field"], "draft.then.filter");
    assert_eq!(shop.get("/v1/rules", &[])?.ok()?["version"], 0);
    Ok(())
}
