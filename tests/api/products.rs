//! Changes of products, one by one or in batches: the next search shows them, a conflicting version is refused, and
//! they survive a reindex and a restart.

use serde_json::{Value, json};

use super::support::client::{Client, ids};
use super::support::server::{Demo, Server, shared};
use super::support::{Done, fixture, reindex};

/// Settings that look for new generations often, so that tests do not wait.
const SETTINGS: &str = "[server]\nwatch_ms = 20\nmax_batch_changes = 5\n";

/// A product of the demo shop, as the server returns it.
fn some(shop: &Client, at: usize) -> Done<Value> {
    let found = shop.search(&json!({"filter": "in_stock = true", "sort": "price:desc", "per_page": 50}))?;
    let id = ids(&found["hits"]).into_iter().nth(at).ok_or("too few products")?;
    shop.get(&format!("/v1/products/{id}"), &[])?.ok()
}

fn path(product: &Value) -> String {
    format!("/v1/products/{}", product["id"].as_str().unwrap_or_default())
}

fn patch(shop: &Client, path: &str, body: &Value) -> Done<super::support::client::Reply> {
    shop.send("PATCH", path, "application/merge-patch+json", body.to_string().as_bytes())
}

/// True if a search with the filter finds the product.
fn finds(shop: &Client, filter: &str, product: &Value) -> Done<bool> {
    let found = shop.search(&json!({"filter": filter, "per_page": 200, "group": false}))?;
    Ok(ids(&found["hits"]).iter().any(|id| product["id"] == id.as_str()))
}

#[test]
fn a_price_is_in_the_next_search_in_filter_sort_facet_and_hit() -> Done {
    let shop = Demo::start()?;
    let product = some(&shop, 3)?;
    let told = patch(&shop, &path(&product), &json!({"price": 7, "sale_price": null}))?.ok()?;
    assert_eq!((&told["status"], &told["searchable"]), (&json!("updated"), &json!("now")));
    assert_ne!(told["version"], product["version"]);
    assert!(finds(&shop, "price = 7 AND final_price = 7", &product)?);
    let found = shop.search(&json!({"sort": "price:asc", "facets": ["price"], "per_page": 1}))?;
    assert_eq!((&found["hits"][0]["id"], &found["hits"][0]["product"]["price"]), (&product["id"], &json!(7)));
    assert_eq!(found["facets"]["price"]["stats"]["min"], 7.0);
    let read = shop.get(&path(&product), &[])?;
    let tag = format!("\"{}\"", told["version"].as_str().unwrap_or_default());
    assert_eq!(read.header("etag"), Some(tag.as_str()));
    assert_eq!(read.ok()?["product"]["price"], 7);
    Ok(())
}

#[test]
fn what_is_sold_out_or_gone_is_neither_found_nor_recommended() -> Done {
    let shop = Demo::start()?;
    let similar = || -> Done<Vec<String>> {
        let placement = json!({"kind": "similar", "product_id": "tl-dune-sand", "limit": 5});
        Ok(ids(&shop.recommend(&json!({"placements": [placement]}))?["placements"][0]["items"]))
    };
    let before = similar()?;
    let [sold_out, gone] = [0, 1].map(|at| format!("/v1/products/{}", before[at]));
    let all = shop.search(&json!({"group": false}))?["total"].as_u64();
    patch(&shop, &sold_out, &json!({"stock": 0}))?.ok()?;
    assert_eq!(shop.delete(&gone)?.ok()?["status"], "deleted");
    let after = similar()?;
    assert!(before[..2].iter().all(|id| !after.contains(id)), "{before:?} {after:?}");
    assert_eq!(shop.search(&json!({"group": false}))?["total"].as_u64(), all.map(|all| all - 1));
    shop.get(&gone, &[])?.refused(404, "not_found")?;
    shop.delete(&gone)?.refused(404, "not_found")?;
    patch(&shop, &gone, &json!({"stock": 0}))?.refused(404, "not_found")?;
    Ok(())
}

#[test]
fn a_change_that_contradicts_itself_is_made_and_warned_of() -> Done {
    let shop = Demo::start()?;
    let product = some(&shop, 3)?;
    let price = product["product"]["price"].as_i64().ok_or("no price")?;
    let told = patch(&shop, &path(&product), &json!({"sale_price": price + 1}))?.ok()?;
    assert!(told["warning"].as_str().is_some_and(|warning| warning.contains("sale_price is above")), "{told}");
    let told = patch(&shop, &path(&product), &json!({"sale_price": price, "currency": "USD"}))?.ok()?;
    assert!(told["warning"].as_str().is_some_and(|warning| warning.contains("currency")), "{told}");
    let told = patch(&shop, &path(&product), &json!({"sale_price": price - 1}))?.ok()?;
    assert!(told["warning"].is_null(), "{told}");
    Ok(())
}

#[test]
fn a_change_meant_for_another_version_is_not_made() -> Done {
    let shop = Demo::start()?;
    let product = some(&shop, 0)?;
    let tag = format!("\"{}\"", product["version"].as_str().unwrap_or_default());
    let one = shop.with("if-match", &tag);
    patch(&one, &path(&product), &json!({"stock": 5}))?.ok()?;
    let refused = patch(&one, &path(&product), &json!({"stock": 6}))?.refused(409, "version_conflict")?;
    assert_eq!(refused["field"], "version");
    patch(&shop.with("if-match", "5"), &path(&product), &json!({}))?.refused(400, "invalid_header")?;
    let only_new = shop.with("if-none-match", "*");
    only_new.put(&path(&product), &product["product"])?.refused(409, "version_conflict")?;
    let told = only_new.put("/v1/products/quite-new", &json!({"title": "Quite new"}))?;
    assert_eq!(told.status, 201);
    assert_eq!(told.ok()?["searchable"], "now");
    Ok(())
}

#[test]
fn new_and_rewritten_products_are_found_counted_and_grouped_by_the_next_search() -> Done {
    let shop = Demo::start()?;
    let sister = some(&shop, 0)?;
    let all = shop.search(&json!({}))?["total"].as_u64().unwrap_or_default();
    let new = json!({"title": "Quixotic zeppelin kettle", "brand": "Nova", "categories": ["Airships"], "mpn": "ZX-4410",
        "price": 4100, "group_id": sister["product"]["group_id"], "attributes": {"lift_kg": 90}});
    let told = shop.put("/v1/products/zeppelin", &new)?.ok()?;
    assert_eq!((&told["status"], &told["searchable"]), (&json!("created"), &json!("now")));
    for query in ["zeppelin", "zepelin", "zx4410", "\"quixotic zeppelin\"", "airships nova"] {
        assert_eq!(ids(&shop.search(&json!({"query": query}))?["hits"])[0], "zeppelin", "{query}");
    }
    let found = shop.search(&json!({"filter": "brand = \"nova\" AND lift_kg > 80", "facets": ["brand", "lift_kg"]}))?;
    assert_eq!((&found["total"], &found["facets"]["brand"]["values"][0]["value"]), (&json!(1), &json!("Nova")));
    let grouped = u64::from(sister["product"]["group_id"].is_null());
    assert_eq!(shop.search(&json!({}))?["total"], all + grouped, "a variant of something there");
    patch(&shop, "/v1/products/zeppelin", &json!({"title": "Leaden balloon", "group_id": null}))?.ok()?;
    assert_eq!(ids(&shop.search(&json!({"query": "leaden balloon"}))?["hits"])[0], "zeppelin");
    assert_eq!(shop.search(&json!({"query": "\"quixotic zeppelin\""}))?["matched"], "meaning", "not by words");
    assert_eq!(shop.search(&json!({}))?["total"], all + 1);
    let placements = json!([{"kind": "similar", "product_id": "zeppelin", "limit": 3}]);
    let similar = ids(&shop.recommend(&json!({"placements": placements}))?["placements"][0]["items"]);
    assert!(similar.is_empty(), "nothing else flies: {similar:?}");
    shop.delete("/v1/products/zeppelin")?.ok()?;
    assert_eq!(shop.search(&json!({}))?["total"], all);
    Ok(())
}

#[test]
fn past_the_limit_new_products_wait_for_the_reindex() -> Done {
    let shop = Demo::start_with("[search]\nlive_products = 1\n")?;
    for (id, searchable) in [("one", "now"), ("two", "after_reindex")] {
        let told = shop.put(&format!("/v1/products/{id}"), &json!({"title": "Quixotic zeppelin"}))?.ok()?;
        assert_eq!(told["searchable"], searchable);
    }
    let found = ids(&shop.search(&json!({"query": "quixotic zeppelin"}))?["hits"]);
    assert!(found[0] == "one" && !found.contains(&"two".into()), "{found:?}");
    assert_eq!(shop.get("/readyz", &[])?.ok()?["live_products"], 1);
    Ok(())
}

#[test]
fn a_product_says_in_which_language_it_is_written() -> Done {
    let shop = Demo::start()?;
    let coat = json!({"id": "de-coat", "title": "Regenmantel aus Wachstuch", "lang": "de"});
    shop.put("/v1/products/de-coat", &coat)?.ok()?;
    let found = shop.search(&json!({"query": "regenmäntel wachstuche", "lang": "de", "correct": false}))?;
    assert_eq!(found["hits"][0]["id"], "de-coat", "{found}");
    assert_eq!(found["matched"], "all_words");
    let only = shop.search(&json!({"query": "", "filter": "lang = \"de\""}))?;
    assert_eq!(only["total"], 1, "{only}");
    let refused = shop.put("/v1/products/de-coat", &json!({"id": "de-coat", "title": "Mantel", "lang": "deutsch"}))?;
    assert_eq!((refused.status, &refused.body["field"]), (400, &json!("lang")));
    Ok(())
}

#[test]
fn one_bad_change_of_a_batch_leaves_the_others_alone() -> Done {
    let shop = Demo::start_with(SETTINGS)?;
    let (one, other) = (some(&shop, 0)?, some(&shop, 1)?);
    let operations = json!([
        {"op": "patch", "id": one["id"], "product": {"price": 11}},
        {"op": "patch", "id": one["id"], "product": {"price": "cheap"}},
        {"op": "patch", "id": other["id"], "product": {"price": 12}, "version": "0000000000000000"},
        {"op": "upsert", "id": one["id"]},
        {"op": "delete", "id": other["id"], "version": other["version"]},
    ]);
    let told = shop.post("/v1/products/batch", &json!({"operations": operations}))?.ok()?;
    assert_eq!((&told["done"], &told["failed"]), (&json!(2), &json!(3)), "{told}");
    let of = |at: usize, name: &str| told["results"][at][name].clone();
    assert_eq!((of(0, "status"), of(4, "status")), (json!("updated"), json!("deleted")));
    assert_eq!((of(1, "code"), of(1, "field")), (json!("invalid_field"), json!("price")));
    assert_eq!((of(2, "code"), of(3, "code")), (json!("version_conflict"), json!("invalid_field")));
    assert!(finds(&shop, "price = 11", &one)?);
    let lines = format!("{}\n\n{}\n", operations[0], operations[0]);
    let lines = shop.send("POST", "/v1/products/batch", "application/x-ndjson", lines.as_bytes())?.ok()?;
    assert_eq!(lines["done"], 2);
    let many = json!(vec![operations[0].clone(); 6]);
    shop.post("/v1/products/batch", &many)?.refused(400, "batch_too_large")?;
    Ok(())
}

#[test]
fn what_is_no_product_is_told_with_its_field() -> Done {
    let shop = shared()?;
    for (body, field) in [
        (json!({}), "title"),
        (json!({"title": " "}), "title"),
        (json!({"title": "T", "price": -1}), "price"),
        (json!({"title": "T", "prize": 1}), "prize"),
        (json!({"title": "T", "id": "other"}), "id"),
        (json!({"title": "T", "vector": [1.0]}), "vector"),
    ] {
        let error = shop.put("/v1/products/nothing-much", &body)?.refused(400, "invalid_field")?;
        assert_eq!(error["field"], field, "{error}");
    }
    shop.send("PUT", "/v1/products/x", "application/json", b"{")?.refused(400, "invalid_json")?;
    shop.put("/v1/products/x", &json!([]))?.refused(400, "invalid_field")?;
    shop.get("/v1/products/nothing-much", &[])?.refused(404, "not_found")?;
    Ok(())
}

#[test]
fn changes_outlive_a_kill_and_are_in_the_next_generation() -> Done {
    let shop = Demo::start_with(SETTINGS)?;
    let (one, other) = (some(&shop, 0)?, some(&shop, 1)?);
    let others = format!("price = {}", other["product"]["price"]);
    assert!(finds(&shop, &others, &other)?);
    patch(&shop, &path(&one), &json!({"price": 13}))?.ok()?;
    shop.delete(&path(&other))?.ok()?;
    shop.put("/v1/products/zeppelin", &json!({"title": "Quixotic zeppelin", "price": 14}))?.ok()?;
    let folder = shop.kill()?;
    let server = Server::start(folder.path())?;
    assert!(finds(&server, "price = 13", &one)? && !finds(&server, &others, &other)?);
    let zeppelin = json!({"query": "quixotic zeppelin"});
    let seen = || -> Done<bool> { Ok(ids(&server.search(&zeppelin)?["hits"]).contains(&"zeppelin".into())) };
    assert!(seen()?, "also before the reindex");
    let generation = || -> Done<Value> { Ok(server.get("/readyz", &[])?.ok()?["generation"].clone()) };
    let before = generation()?;
    reindex(folder.path(), None, None)?.done()?;
    patch(&server, &path(&one), &json!({"price": 15}))?.ok()?;
    server.put("/v1/products/airship", &json!({"title": "Leaden airship", "price": 16}))?.ok()?;
    super::generations::wait_until("the new generation", || Ok(generation()? != before))?;
    assert!(seen()? && finds(&server, "price = 15", &one)? && !finds(&server, &others, &other)?);
    assert_eq!(
        ids(&server.search(&json!({"query": "leaden airship"}))?["hits"])[0],
        "airship",
        "said while it was built"
    );
    reindex(folder.path(), Some(&fixture("products.jsonl")), None)?.done()?;
    let back = || finds(&server, &others, &other);
    super::generations::wait_until("the whole feed again", back)?;
    assert!(!finds(&server, "price = 15", &one)? && !seen()?, "the feed stands for what was said before it");
    Ok(())
}
