//! Bad input: the response has a status, a stable code and the field or position, and no internals.

use serde_json::{Value, json};

use super::support::Done;
use super::support::server::{Demo, shared};

#[test]
fn a_search_that_cannot_be_answered_says_what_is_wrong() -> Done {
    let shop = shared()?;
    let cases = [
        (json!({"query": 5}), "invalid_field", "query"),
        (json!({"per_page": -1}), "invalid_field", "per_page"),
        (json!({"explain": "yes"}), "invalid_field", "explain"),
        (json!({"quary": "boots"}), "unknown_field", "quary"),
        (json!({"per_page": 201}), "invalid_field", "per_page"),
        (json!({"per_page": 200, "page": 51}), "page_too_deep", "page"),
        (json!({"page": 0}), "invalid_field", "page"),
        (json!({"query": "x".repeat(513)}), "invalid_field", "query"),
        (json!({"sort": "price"}), "invalid_field", "sort"),
        (json!({"sort": "prise:asc"}), "invalid_field", "sort"),
        (json!({"facets": ["colr"]}), "invalid_field", "facets"),
        (json!({"facets": vec!["brand"; 51]}), "invalid_field", "facets"),
        (json!({"filter": "x".repeat(5000)}), "invalid_filter", "filter"),
    ];
    for (body, code, field) in cases {
        let error = shop.post("/v1/search", &body)?.refused(400, code)?;
        assert_eq!(error["field"], field, "{error}");
    }
    Ok(())
}

#[test]
fn a_filter_that_does_not_parse_says_where() -> Done {
    let shop = shared()?;
    let cases = [
        ("price <", 7),
        ("brand = Acme", 8),
        ("price <= 10 AND", 15),
        ("(price <= 10", 12),
        ("prise <= 10", 0),
        ("in_stock = true AND colour = \"red\"", 20),
        ("brand = \"é\" AND (", 17),
    ];
    for (filter, position) in cases {
        let error = shop.post("/v1/search", &json!({"filter": filter}))?.refused(400, "invalid_filter")?;
        assert_eq!((&error["position"], &error["field"]), (&json!(position), &json!("filter")), "{filter}: {error}");
        let by_get = shop.get("/v1/search", &[("filter", filter)])?.refused(400, "invalid_filter")?;
        assert_eq!((&by_get["position"], &by_get["message"]), (&error["position"], &error["message"]));
    }
    let hint = shop.post("/v1/search", &json!({"filter": "prise <= 10"}))?.refused(400, "invalid_filter")?;
    assert!(hint["message"].as_str().is_some_and(|message| message.contains("`price`")), "{hint}");
    Ok(())
}

#[test]
fn what_is_no_json_is_told_so_everywhere() -> Done {
    let shop = shared()?;
    for path in ["/v1/search", "/v1/recommend", "/v1/events"] {
        for body in ["", "{", "{\"", "{\"query\":", "not json", "{} {}", "\u{feff}{}"] {
            shop.send("POST", path, "application/json", body.as_bytes())?.refused(400, "invalid_json")?;
        }
        shop.send("POST", path, "application/json", b"\xff\xfe")?.refused(400, "invalid_json")?;
    }
    Ok(())
}

#[test]
fn parameters_in_the_address_are_checked_too() -> Done {
    let shop = shared()?;
    shop.get("/v1/search", &[("query", "boots")])?.refused(400, "unknown_field")?;
    shop.get("/v1/search", &[("page", "first")])?.refused(400, "invalid_field")?;
    shop.get("/v1/search", &[("page", "501")])?.refused(400, "page_too_deep")?;
    shop.get("/v1/suggest", &[("q", "a"), ("user_id", "")])?.refused(400, "invalid_field")?;
    shop.get("/v1/suggest", &[("q", "a"), ("limit", "51")])?.refused(400, "invalid_field")?;
    shop.get("/v1/suggest", &[("q", &"a".repeat(513))])?.refused(400, "invalid_field")?;
    shop.get("/v1/profiles/somebody", &[("kind", "robot")])?.refused(400, "invalid_field")?;
    Ok(())
}

#[test]
fn a_placement_that_cannot_be_filled_says_which() -> Done {
    let shop = shared()?;
    let cases = [
        (json!({"kind": "downsell", "product_id": "st-gale"}), "unknown_placement", "placements[1].kind"),
        (json!({"kind": "complementary"}), "invalid_field", "placements[1].product_id"),
        (json!({"kind": "for-you", "limit": 101}), "invalid_field", "placements[1].limit"),
        (json!({"kind": "for-you", "size": 1}), "unknown_field", "placements[1].size"),
    ];
    for (placement, code, field) in cases {
        let body = json!({"placements": [{"kind": "for-you"}, placement]});
        let error = shop.post("/v1/recommend", &body)?.refused(400, code)?;
        assert_eq!(error["field"], field, "{error}");
    }
    let many = json!({"placements": vec![json!({"kind": "for-you"}); 21]});
    assert_eq!(shop.post("/v1/recommend", &many)?.refused(400, "invalid_field")?["field"], "placements");
    let filter = json!({"placements": [{"kind": "for-you"}], "filter": "prise < 3"});
    shop.post("/v1/recommend", &filter)?.refused(400, "invalid_filter")?;
    Ok(())
}

#[test]
fn a_bad_event_alone_is_an_error() -> Done {
    let shop = shared()?;
    let product = json!([{"id": "st-gale"}]);
    let cases = [
        (json!({"type": "view", "products": product}), "user_id"),
        (json!({"type": "view", "user_id": "", "products": product}), "user_id"),
        (json!({"type": "gaze", "user_id": "u", "products": product}), "type"),
        (json!({"type": "view", "user_id": "u", "products": []}), "products"),
        (json!({"type": "view", "user_id": "u", "products": [{"id": ""}]}), "products[0].id"),
        (
            json!({"type": "view", "user_id": "u", "products": [{"id": "st-gale", "quantity": 0}]}),
            "products[0].quantity",
        ),
        (json!({"type": "view", "user_id": "u", "colour": "red", "products": product}), "colour"),
        (json!({"type": "view", "user_id": "u", "time": "yesterday", "products": product}), "time"),
        (json!({"type": "view", "user_id": "u".repeat(257), "products": product}), "user_id"),
    ];
    for (event, field) in cases {
        let error = shop.post("/v1/events", &event)?.refused(400, "invalid_event")?;
        assert_eq!(error["field"], field, "{error}");
    }
    Ok(())
}

#[test]
fn more_than_the_limits_allow_is_refused_whole() -> Done {
    let shop = Demo::start_with("[server]\nmax_body_bytes = 4096\nmax_batch_events = 10\n")?;
    let event = json!({"type": "view", "user_id": "too-many", "products": [{"id": "a"}]});
    let error = shop.post("/v1/events", &Value::Array(vec![event.clone(); 11]))?.refused(400, "batch_too_large")?;
    assert_eq!(error["field"], "events");
    shop.get("/v1/profiles/too-many", &[])?.refused(404, "not_found")?;
    assert_eq!(shop.post("/v1/events", &Value::Array(vec![event; 10]))?.ok()?["accepted"], 10);
    for path in ["/v1/search", "/v1/recommend", "/v1/events"] {
        let error = shop.post(path, &json!({"query": "x".repeat(5000)}))?.refused(413, "body_too_large")?;
        assert!(error["message"].as_str().is_some_and(|message| message.contains("4096")), "{error}");
    }
    Ok(())
}

#[test]
fn unknown_places_and_wrong_methods_are_told_apart() -> Done {
    let shop = shared()?;
    for path in ["/", "/v1", "/v1/searches", "/v2/search", "/v1/search/boots", "/v1/profiles", "/../../etc/passwd"] {
        shop.get(path, &[])?.refused(404, "not_found")?;
    }
    for (method, path) in
        [("DELETE", "/v1/search"), ("PUT", "/v1/recommend"), ("POST", "/v1/suggest"), ("POST", "/healthz")]
    {
        shop.send(method, path, "application/json", b"")?.refused(405, "method_not_allowed")?;
    }
    shop.get("/v1/events", &[])?.refused(405, "method_not_allowed")?;
    Ok(())
}

#[test]
fn what_would_lose_something_or_mean_nothing_is_refused() -> Done {
    let shop = shared()?;
    let view = json!({"type": "view", "user_id": "bad-1", "message_id": "undefined", "products": [{"id": "st-gale"}]});
    assert_eq!(shop.post("/v1/events", &view)?.refused(400, "invalid_event")?["field"], "message_id");
    let order = json!({"type": "purchase", "user_id": "bad-1", "order_id": "null", "products": [{"id": "st-gale"}]});
    assert_eq!(shop.post("/v1/events", &order)?.refused(400, "invalid_event")?["field"], "order_id");
    let view = json!({"type": "view", "user_id": "bad-1", "products": [{"id": "st-gale"}, {"id": "undefined"}]});
    assert_eq!(shop.post("/v1/events", &view)?.refused(400, "invalid_event")?["field"], "products[1].id");
    let product = json!({"title": "Lamp"});
    assert_eq!(shop.put("/v1/products/undefined", &product)?.refused(400, "invalid_field")?["field"], "id");
    let asked = json!({"query": "tent", "lang": "english"});
    assert_eq!(shop.post("/v1/search", &asked)?.refused(400, "invalid_field")?["field"], "lang");
    let total = |query| -> Done<_> { Ok(shop.search(&query)?["total"].clone()) };
    assert_eq!(total(json!({"query": "tent", "lang": ""}))?, total(json!({"query": "tent"}))?);
    let refined = |path: &str| total(json!({"refinements": {"category": [path]}}));
    assert_eq!(refined("Kitchen>Coffee")?, refined("Kitchen > Coffee")?);
    let import = shop.send("POST", "/v1/synonyms/import?replace=true", "text/csv", b"\n")?;
    import.refused(400, "invalid_file")?;
    let rule = json!({"when": [{"channels": ["kiosk"]}], "then": {"redirect": "/kiosk"}});
    let refused = shop.send("PUT", "/v1/rules/kiosk", "application/json", rule.to_string().as_bytes())?;
    assert!((400..500).contains(&refused.status), "{refused:?}");
    shop.get("/v1/curation/versions/x", &[])?.refused(404, "not_found")?;
    let told = shop.post(
        "/v1/products/batch",
        &json!({"operations": [{"op": "put", "id": "x", "product": {"id": "x", "title": "X", "price": 12.5}}]}),
    )?;
    assert!(told.body.to_string().contains("1250 for 12.50"), "{told:?}");
    Ok(())
}

#[test]
fn ids_with_control_characters_are_refused_in_events_and_products() -> Done {
    let shop = shared()?;
    for wrong in ["two\nlines", "nul\0", "tab\there", "esc\u{1b}[31m"] {
        let view = |id: &str, user: &str| json!({"type": "view", "user_id": user, "products": [{"id": id}]});
        for (event, field) in [(view(wrong, "ann"), "products[0].id"), (view("st-gale", wrong), "user_id")] {
            let error = shop.post("/v1/events", &event)?.refused(400, "invalid_event")?;
            assert_eq!(error["field"], field, "{error}");
        }
        let put = json!({"op": "put", "id": wrong, "product": {"id": wrong, "title": "Thing", "price": 1}});
        let told = shop.post("/v1/products/batch", &json!({"operations": [put]}))?.ok()?;
        assert_eq!((&told["failed"], &told["results"][0]["field"]), (&json!(1), &json!("id")), "{told}");
    }
    Ok(())
}
