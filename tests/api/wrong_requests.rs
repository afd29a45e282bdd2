//! Requests that are wrong in one thing: each answer is an error that names the field or parameter and says what would
//! be right, in words of the API.

use serde_json::{Value, json};

use super::support::Done;
use super::support::server::shared;

/// Words of the program, which no answer has.
const OF_THE_PROGRAM: [&str; 14] = [
    "usize",
    "u32",
    "u64",
    "i64",
    "f64",
    "untagged",
    "offset component",
    "eserialize",
    "missing field",
    "struct ",
    "a sequence",
    "a map",
    "EOF",
    "digit found",
];

fn checked(answer: &Value, wrong: &str, field: &str, says: &str) -> Result<(), String> {
    let message = answer["message"].as_str().unwrap_or_default();
    if let Some(word) = OF_THE_PROGRAM.iter().find(|word| message.contains(*word)) {
        return Err(format!("{wrong} is answered with `{word}`: {message}"));
    }
    let named = answer["field"] == field && message.contains(field.rsplit('.').next().unwrap_or_default());
    if !named || !message.contains(says) {
        return Err(format!("{wrong} needs `{field}` and `{says}`: {answer}"));
    }
    Ok(())
}

#[test]
fn a_parameter_of_an_address_is_named_with_what_is_right() -> Done {
    let shop = shared()?;
    let whole = "expected a whole number of 0 or more";
    let truth = "expected true or false";
    let cases = [
        ("/v1/search?page=-1", "page", whole),
        ("/v1/search?page=abc", "page", whole),
        ("/v1/search?page=99999999999999999999", "page", whole),
        ("/v1/search?per_page=1.5", "per_page", whole),
        ("/v1/search?per_page=", "per_page", "found nothing"),
        ("/v1/search?group=maybe", "group", truth),
        ("/v1/search?explain=2", "explain", truth),
        ("/v1/search?correct=yes", "correct", truth),
        ("/v1/search?typing=on", "typing", truth),
        ("/v1/search?help=9", "help", truth),
        ("/v1/search?q=a&q=b", "q", "twice"),
        ("/v1/search?query=x", "query", "expected one of `q`"),
        ("/v1/search?sort=price", "sort", "FIELD:asc"),
        ("/v1/search?facets=nope", "facets", "not a field"),
        ("/v1/search?user_id=", "user_id", "empty"),
        ("/v1/suggest?limit=abc", "limit", whole),
        ("/v1/suggest?limit=1000", "limit", "the limit of 50"),
        ("/v1/rules?limit=5", "limit", "takes none"),
        ("/v1/products/rj-drizzle-yellow?fields=title", "fields", "takes none"),
        ("/v1/suggest?foo=1", "foo", "expected one of `q`"),
        ("/v1/profiles/u?kind=robot", "kind", "`user` or `anonymous`"),
    ];
    for (address, field, says) in cases {
        let reply = shop.get(address, &[])?;
        assert_eq!(reply.status, 400, "{address}: {reply:?}");
        checked(&reply.body, address, field, says)?;
    }
    for lang in ["xx", "klingon"] {
        let answer = shop.get("/v1/search", &[("lang", lang)])?.refused(400, "invalid_field")?;
        checked(&answer, lang, "lang", "ar, da, de").or_else(|error| {
            if answer["field"] == "lang" && answer["message"].as_str().is_some_and(|told| told.contains("ar, da, de")) {
                Ok(())
            } else {
                Err(error)
            }
        })?;
    }
    Ok(())
}

#[test]
fn a_field_of_a_body_is_named_with_what_is_right() -> Done {
    let shop = shared()?;
    let minor = "1250 for 12.50";
    let cases = [
        ("/v1/search", json!({"query": 5}), "query", "expected a text"),
        ("/v1/search", json!({"query": null}), "query", "found null"),
        ("/v1/search", json!({"page": "2"}), "page", "expected a whole number"),
        ("/v1/search", json!({"page": 1.5}), "page", "expected a whole number"),
        ("/v1/search", json!({"sort": ["price"]}), "sort", "expected a text"),
        ("/v1/search", json!({"facets": "brand"}), "facets", "expected a list"),
        ("/v1/search", json!({"facets": [5]}), "facets[0]", "an object with `field`"),
        ("/v1/search", json!({"facets": [{"name": "brand"}]}), "facets[0].name", "expected one of `field`"),
        ("/v1/search", json!({"facets": [{"field": "brand", "limit": -1}]}), "facets[0].limit", "of 0 or more"),
        ("/v1/search", json!({"facets": [{"field": "brand", "order": "abc"}]}), "facets[0].order", "`alpha`"),
        (
            "/v1/search",
            json!({"facets": [{"field": "price", "ranges": [{"from": 1}]}]}),
            "facets[0].ranges[0]",
            "a list of two",
        ),
        ("/v1/search", json!({"refinements": ["brand"]}), "refinements", "expected an object"),
        ("/v1/search", json!({"refinements": {"brand": "Acme"}}), "refinements.brand", "a list of values"),
        ("/v1/search", json!({"refinements": {"price": {"gte": 1}}}), "refinements.price.gte", "`min`, `max`"),
        ("/v1/search", json!({"filter": "price <= 12.50"}), "filter", minor),
        ("/v1/search", json!({"filter": 5}), "filter", "expected a text"),
        ("/v1/search", json!({"filter": "created_at > \"yesterday\""}), "filter", "a date such as"),
        ("/v1/search", json!({"context": "mobile"}), "context", "expected an object"),
        ("/v1/search", json!({"context": {"time": "noon"}}), "context.time", "date such as"),
        ("/v1/search", json!({"context": {"segments": "vip"}}), "context.segments", "expected a list"),
        ("/v1/search", json!({"explain": "yes"}), "explain", "expected true or false"),
        ("/v1/search", json!({"variants": 10000}), "variants", "the limit of 50"),
        ("/v1/recommend", json!({}), "placements", "is missing"),
        ("/v1/recommend", json!({"placements": ["popular"]}), "placements[0]", "expected an object"),
        ("/v1/recommend", json!({"placements": [{}]}), "placements[0].kind", "is missing"),
        ("/v1/recommend", json!({"placements": [{"type": "popular"}]}), "placements[0].type", "expected one of `kind`"),
        (
            "/v1/recommend",
            json!({"placements": [{"kind": "popular", "limit": "x"}]}),
            "placements[0].limit",
            "a whole number",
        ),
        (
            "/v1/recommend",
            json!({"placements": [{"kind": "popular", "audience": "x"}]}),
            "placements[0].audience",
            "`category`",
        ),
        ("/v1/home", json!({"limit": 3}), "limit", "expected one of `shelves`"),
        ("/v1/events", json!({}), "type", "is missing"),
        ("/v1/events", json!({"type": "buy", "user_id": "u"}), "type", "`purchase`"),
        ("/v1/events", json!({"type": "view", "user_id": "u", "products": ["a"]}), "products[0]", "expected an object"),
        (
            "/v1/events",
            json!({"type": "view", "user_id": "u", "time": "01.02.2026", "products": [{"id": "a"}]}),
            "time",
            "such as 2026-03-01",
        ),
        (
            "/v1/events",
            json!({"type": "purchase", "user_id": "u", "value": 12.5, "products": [{"id": "a"}]}),
            "value",
            minor,
        ),
        (
            "/v1/events",
            json!({"type": "purchase", "user_id": "u", "value": "12,50", "products": [{"id": "a"}]}),
            "value",
            minor,
        ),
        (
            "/v1/events",
            json!({"type": "purchase", "user_id": "u", "products": [{"id": "a", "price": 12.5}]}),
            "products[0].price",
            minor,
        ),
        (
            "/v1/rules/preview",
            json!({"draft": {"then": {"pin": [{"id": "a"}]}}}),
            "draft.then.pin[0].position",
            "is missing",
        ),
        ("/v1/keys", json!({"name": "x", "scopes": ["nope"]}), "scopes[0]", "`search`"),
    ];
    for (address, body, field, says) in cases {
        let reply = shop.post(address, &body)?;
        assert_eq!(reply.status, 400, "{address} {body}: {reply:?}");
        checked(&reply.body, &format!("{address} {body}"), field, says)?;
    }
    Ok(())
}

#[test]
fn a_product_a_rule_and_synonyms_that_are_wrong_say_where() -> Done {
    let shop = shared()?;
    let pinned = |when: Value| json!({"when": [when], "then": {"hide": ["st-gale"]}});
    let cases = [
        ("/v1/products/xx", json!({}), "title", "is missing"),
        ("/v1/products/xx", json!({"title": "A", "price": 12.5}), "price", "1250 for 12.50"),
        ("/v1/products/xx", json!({"title": "A", "price": "12,50"}), "price", "1250 for 12.50"),
        ("/v1/products/xx", json!({"title": "A", "location": {"lat": 1}}), "location", "`lon` is missing"),
        ("/v1/products/xx", json!({"title": "A", "created_at": "yesterday"}), "created_at", "such as 2026-03-01"),
        (
            "/v1/products/xx",
            json!({"title": "A", "attributes": {"dims": {"w": 1}}}),
            "attributes.dims",
            "found an object",
        ),
        ("/v1/products/a%01b", json!({"title": "A"}), "id", "control character"),
        ("/v1/rules/wrong", json!({}), "then", "is missing"),
        ("/v1/rules/wrong", json!({"then": {"pin": [{"id": "a"}]}}), "then.pin[0].position", "is missing"),
        ("/v1/rules/wrong", pinned(json!({"from": "tomorrow"})), "when[0].from", "such as 2026-03-01"),
        ("/v1/rules/wrong", pinned(json!({"query": {"is": "a"}})), "when[0].query", "`contains`"),
        (
            "/v1/rules/wrong",
            json!({"then": {"boost": [{"ids": ["a"], "factor": "2"}]}}),
            "then.boost[0].factor",
            "expected a number",
        ),
        ("/v1/rules/wrong", json!({"when": [], "then": {"hide": ["a"]}}), "when", "leave `when` out"),
        ("/v1/synonyms/wrong", json!({}), "kind", "is missing"),
        (
            "/v1/synonyms/wrong",
            json!({"kind": "two_way", "words": ["a", "b"], "lang": "xx"}),
            "lang",
            "no language code",
        ),
        ("/v1/stop-words/xx", json!({"added": ["the"]}), "lang", "no language code"),
        ("/v1/synonyms/wrong", json!({"kind": "two_way", "words": "a"}), "words", "expected a list"),
        ("/v1/stop-words/en", json!({"added": "the"}), "added", "expected a list"),
    ];
    for (address, body, field, says) in cases {
        let reply = shop.put(address, &body)?;
        assert_eq!(reply.status, 400, "{address} {body}: {reply:?}");
        checked(&reply.body, &format!("{address} {body}"), field, says)?;
    }
    Ok(())
}

#[test]
fn what_is_no_json_is_told_in_plain_words() -> Done {
    let shop = shared()?;
    for (body, says) in [
        ("", "the body is empty"),
        ("{\"query\":\"a\"", "ends within an object"),
        ("{\"query\":", "ends where a value is expected"),
        ("{'query':'a'}", "double quotes"),
        ("query=a", "neither a text in double quotes"),
        ("{\"query\": \"a\",}", "a comma stands where nothing follows"),
        ("{\"query\": nope}", "texts need double quotes"),
    ] {
        let answer =
            shop.send("POST", "/v1/search", "application/json", body.as_bytes())?.refused(400, "invalid_json")?;
        let message = answer["message"].as_str().unwrap_or_default();
        assert!(message.contains(says), "{body}: {message}");
        assert!(OF_THE_PROGRAM.iter().all(|word| !message.contains(word)), "{body}: {message}");
    }
    Ok(())
}
