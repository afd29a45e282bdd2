//! Recommendations: complements, similar products, and products for the shopper.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::support::client::{Client, ids};
use super::support::server::shared;
use super::support::{Done, fixture};

/// The products of the shop, by id.
fn catalogue() -> Done<BTreeMap<String, Value>> {
    let mut products = BTreeMap::new();
    for line in std::fs::read_to_string(fixture("products.jsonl"))?.lines() {
        let product: Value = serde_json::from_str(line)?;
        products.insert(product["id"].as_str().ok_or("a product without id")?.to_owned(), product);
    }
    Ok(products)
}

/// The products of orders, each with the number of orders that contain it.
fn ordered() -> Done<BTreeMap<String, usize>> {
    let mut found = BTreeMap::new();
    for line in std::fs::read_to_string(fixture("events.ndjson"))?.lines() {
        let event: Value = serde_json::from_str(line)?;
        if event["type"] == "purchase" {
            ids(&event["products"]).into_iter().for_each(|id| *found.entry(id).or_default() += 1);
        }
    }
    Ok(found)
}

fn complements(shop: &Client, product: &str) -> Done<Vec<Value>> {
    let asked = json!({"placements": [{"kind": "complementary", "product_id": product, "limit": 20}]});
    Ok(shop.recommend(&asked)?["placements"][0]["items"].as_array().cloned().unwrap_or_default())
}

fn leaves(product: &Value) -> BTreeSet<&str> {
    product["categories"].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

#[test]
fn what_goes_with_a_tent_comes_from_baskets_and_the_merchant_each_with_its_reason() -> Done {
    let items = complements(&*shared()?, "tn-larkhollow-2")?;
    let reasons: Vec<&str> = items.iter().filter_map(|item| item["reason"]["kind"].as_str()).collect();
    assert_eq!(reasons.len(), items.len(), "every item has a reason");
    assert!(items.iter().all(|item| item["because"].as_str().is_some_and(|because| !because.is_empty())));
    assert_eq!(reasons.first(), Some(&"merchant"), "{reasons:?}");
    let bought = items.iter().find(|item| item["reason"]["kind"] == "bought_together").ok_or("nothing from baskets")?;
    let reason = &bought["reason"];
    assert!(reason["together"].as_u64() >= Some(2) && reason["lift"].as_f64() > Some(1.0), "{bought}");
    assert!(items.iter().any(|item| item["id"] == "st-gas-230"), "campers take gas along: {reasons:?}");
    Ok(())
}

/// The categories of which at least this many shoppers bought several products.
fn bought_in_several(catalogue: &BTreeMap<String, Value>, least: usize) -> Done<BTreeSet<String>> {
    let mut bought: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    for line in std::fs::read_to_string(fixture("events.ndjson"))?.lines() {
        let event: Value = serde_json::from_str(line)?;
        for id in ids(&event["products"]).into_iter().filter(|_| event["type"] == "purchase") {
            for leaf in catalogue.get(&id).map(leaves).unwrap_or_default() {
                let shopper = event["user_id"].as_str().unwrap_or_default().to_owned();
                bought.entry((shopper, leaf.to_owned())).or_default().insert(id.clone());
            }
        }
    }
    let mut several: BTreeMap<String, usize> = BTreeMap::new();
    for ((_, leaf), _) in bought.into_iter().filter(|(_, products)| products.len() > 1) {
        *several.entry(leaf).or_default() += 1;
    }
    Ok(several.into_iter().filter(|(_, shoppers)| *shoppers >= least).map(|(leaf, _)| leaf).collect())
}

#[test]
fn no_product_is_its_own_complement_nor_are_its_substitutes_and_what_is_sold_out() -> Done {
    let (shop, catalogue) = (shared()?, catalogue()?);
    let several = bought_in_several(&catalogue, 3)?;
    let mut asked = 0;
    for (id, product) in catalogue.iter().filter(|(_, product)| product["categories"].is_array()) {
        for item in complements(&shop, id)? {
            asked += 1;
            let other = &item["product"];
            assert_ne!(item["id"], id.as_str());
            let same_group = product["group_id"].is_string() && product["group_id"] == other["group_id"];
            assert!(!same_group, "{id} and its variant {}", item["id"]);
            let stated = item["reason"]["kind"] == "merchant";
            let several = |leaf: &&str| several.contains(*leaf);
            let substitute = leaves(product).intersection(&leaves(other)).any(|leaf| !several(leaf));
            assert!(stated || !substitute, "{id} and its substitute {item}");
            assert!(
                other["availability"] != "out_of_stock" && other["stock"] != 0,
                "{id} and {}, sold out",
                item["id"]
            );
        }
    }
    assert!(asked > 500, "only {asked} complements in the whole shop");
    Ok(())
}

#[test]
fn a_product_without_baskets_borrows_those_of_its_category() -> Done {
    let (shop, catalogue, ordered) = (shared()?, catalogue()?, ordered()?);
    let lonely = catalogue.iter().filter(|(id, product)| {
        !ordered.contains_key(*id) && product["group_id"].is_null() && product["related"].is_null()
    });
    let mut answered = 0;
    for (id, _) in lonely {
        for item in complements(&shop, id)? {
            answered += 1;
            assert_eq!(item["reason"]["kind"], "category_pair", "{id}: {item}");
            assert!(item["reason"]["partner"].is_string() && item["reason"]["lift"].as_f64() > Some(1.0), "{item}");
        }
    }
    assert!(answered > 0, "no product without baskets has complements");
    Ok(())
}

#[test]
fn similar_products_are_alternatives_to_the_product() -> Done {
    let asked = json!({"placements": [{"kind": "similar", "product_id": "tn-larkhollow-2", "limit": 4}]});
    let answer = shared()?.recommend(&asked)?;
    let items = answer["placements"][0]["items"].as_array().ok_or("no items")?;
    assert!(!items.is_empty());
    assert!(items.iter().all(|item| item["id"] != "tn-larkhollow-2" && item["reason"]["kind"].is_string()));
    let alike =
        |item: &&Value| item["product"]["categories"][0].as_str().is_some_and(|path| path.starts_with("Camping"));
    assert!(items.iter().all(|item| alike(&item)), "{:?}", ids(&answer["placements"][0]["items"]));
    Ok(())
}

#[test]
fn no_product_is_twice_on_a_page() -> Done {
    let shop = shared()?;
    shop.view("page-shopper", &["tn-longmere-4", "sb-nightjar", "st-gale"])?;
    let kinds = ["complementary", "similar", "for-you", "similar", "complementary"];
    let placements = kinds.map(|kind| json!({"kind": kind, "product_id": "tn-larkhollow-2", "limit": 12}));
    for user in [None, Some("page-shopper")] {
        let page = shop.recommend(&json!({"placements": placements, "user_id": user}))?;
        let answers = page["placements"].as_array().ok_or("no placements")?;
        assert_eq!(answers.iter().filter_map(|answer| answer["kind"].as_str()).collect::<Vec<_>>(), kinds);
        let shown: Vec<String> = answers.iter().flat_map(|answer| ids(&answer["items"])).collect();
        assert!(shown.len() > 15, "{shown:?}");
        assert_eq!(shown.iter().collect::<BTreeSet<_>>().len(), shown.len(), "{user:?}: {shown:?}");
        assert!(!shown.contains(&"tn-larkhollow-2".to_owned()), "the product on the page is not news");
    }
    Ok(())
}

#[test]
fn strangers_are_shown_what_is_popular_and_shoppers_what_they_may_like() -> Done {
    let shop = shared()?;
    let for_you = |user: Option<&str>| -> Done<Value> {
        let answer = shop.recommend(&json!({"placements": [{"kind": "for-you", "limit": 8}], "user_id": user}))?;
        Ok(answer["placements"][0]["items"].clone())
    };
    let stranger = for_you(None)?;
    let popular: Vec<&str> =
        stranger.as_array().into_iter().flatten().filter_map(|item| item["reason"]["kind"].as_str()).collect();
    assert_eq!(popular, ["popular"; 8]);
    assert_eq!(for_you(Some("a-stranger-with-a-name"))?, stranger);
    shop.view("for-you-cyclist", &["ty-tube-28", "li-set", "li-front"])?;
    let cyclist = for_you(Some("for-you-cyclist"))?;
    assert_ne!(ids(&cyclist), ids(&stranger));
    assert!(cyclist.as_array().into_iter().flatten().any(|item| item["reason"]["kind"] != "popular"), "{cyclist}");
    assert_eq!(for_you(None)?, stranger);
    Ok(())
}

#[test]
fn a_filter_holds_for_recommendations_too() -> Done {
    let placements = json!([{"kind": "similar", "product_id": "tn-larkhollow-2"}, {"kind": "for-you"}]);
    let page = shared()?.recommend(&json!({"placements": placements, "filter": "price < 5000"}))?;
    let items: Vec<&Value> =
        page["placements"].as_array().into_iter().flatten().filter_map(|p| p["items"].as_array()).flatten().collect();
    assert!(!items.is_empty());
    assert!(items.iter().all(|item| item["product"]["price"].as_i64().is_some_and(|price| price < 5000)));
    Ok(())
}

/// Each kind of placement with its products and the reasons it may give in addition to popularity.
const KINDS: [(&str, Option<&str>, &[&str]); 12] = [
    ("similar", Some("tn-larkhollow-2"), &["similar_content", "viewed_together", "same_category"]),
    (
        "complementary",
        Some("tn-larkhollow-2"),
        &["merchant", "bought_together", "variant_bought_together", "also_bought", "category_pair"],
    ),
    ("upsell", Some("es-duetto"), &["step_up"]),
    ("viewed-then-bought", Some("tn-larkhollow-2"), &["viewed_then_bought"]),
    (
        "after-purchase",
        Some("tn-larkhollow-2"),
        &["merchant", "bought_together", "variant_bought_together", "also_bought", "category_pair", "buy_again"],
    ),
    ("next", None, &["recently_viewed", "viewed_together", "follows", "reads_like"]),
    ("for-you", None, &["recently_viewed", "variant_viewed", "follows", "reads_like", "taste"]),
    ("trending", None, &["trending"]),
    ("new-arrivals", None, &["new"]),
    ("recently-viewed", None, &["recently_viewed"]),
    ("buy-again", None, &["buy_again"]),
    ("popular", None, &[]),
];

#[test]
fn every_kind_of_placement_answers_with_its_own_reasons() -> Done {
    let shop = shared()?;
    shop.view("every-kind", &["tn-longmere-4", "sb-nightjar", "st-gale"])?;
    for (kind, about, reasons) in KINDS {
        let asked = json!({"placements": [{"kind": kind, "product_id": about, "limit": 6}], "user_id": "every-kind"});
        let items = shop.recommend(&asked)?["placements"][0]["items"].clone();
        let items = items.as_array().ok_or("no items")?;
        // The shopper bought nothing, and some products of the fixtures have no similar product of a higher price.
        assert!(!items.is_empty() || ["buy-again", "upsell"].contains(&kind), "{kind} says nothing");
        for item in items {
            let reason = item["reason"]["kind"].as_str().ok_or("an item without a reason")?;
            assert!(reasons.contains(&reason) || reason == "popular", "{kind}: {item}");
            assert!(item["because"].as_str().is_some_and(|because| !because.is_empty()), "{item}");
        }
    }
    Ok(())
}

#[test]
fn what_is_dismissed_is_gone_from_the_next_answer() -> Done {
    let shop = shared()?;
    let asked = json!({"placements": [{"kind": "popular", "limit": 5}], "user_id": "dismisses"});
    let first = ids(&shop.recommend(&asked)?["placements"][0]["items"]);
    let best = first.first().ok_or("nothing is popular")?;
    shop.tell(&json!({"type": "dismiss", "user_id": "dismisses", "products": [{"id": best}]}))?;
    let then = ids(&shop.recommend(&asked)?["placements"][0]["items"]);
    assert!(!then.contains(best), "{then:?}");
    assert_eq!(then[..3], first[1..4], "the others move up");
    Ok(())
}

#[test]
fn a_cart_names_several_products_and_a_page_none_twice() -> Done {
    let shop = shared()?;
    let cart = json!(["tn-larkhollow-2", "st-gale"]);
    let page = shop.recommend(&json!({"placements": [
        {"kind": "complementary", "product_ids": cart, "limit": 6},
        {"kind": "popular", "limit": 20},
    ]}))?;
    let shown: Vec<String> =
        page["placements"].as_array().into_iter().flatten().flat_map(|answer| ids(&answer["items"])).collect();
    assert!(shown.len() > 20 && !shown.contains(&"tn-larkhollow-2".to_owned()), "{shown:?}");
    let both =
        shop.recommend(&json!({"placements": [{"kind": "similar", "product_id": "st-gale", "product_ids": cart}]}));
    assert!(both.is_err_and(|error| error.to_string().contains("product_ids")));
    Ok(())
}

#[test]
fn categories_are_a_placement_with_reasons_and_products() -> Done {
    let shop = shared()?;
    shop.view("by-category", &["tn-longmere-4", "sb-nightjar", "st-gale"])?;
    let page = shop.recommend(&json!({"user_id": "by-category", "placements": [
        {"kind": "popular", "limit": 5}, {"kind": "categories", "limit": 4}
    ]}))?;
    let row = &page["placements"][1];
    let categories = row["categories"].as_array().ok_or("no categories")?;
    assert_eq!(categories.len(), 4, "{row}");
    assert!(row["items"].as_array().is_some_and(Vec::is_empty), "its products stand with their categories");
    let mut shown = ids(&page["placements"][0]["items"]);
    for category in categories {
        assert!(
            category["category"].as_str().is_some_and(|path| path.ends_with(category["title"].as_str().unwrap_or("-")))
        );
        assert!(category["because"].as_str().is_some_and(|because| !because.is_empty()), "{category}");
        for id in ids(&category["items"]) {
            assert!(!shown.contains(&id), "{id} stands on the page already");
            shown.push(id);
        }
    }
    let kinds: Vec<&str> = categories.iter().filter_map(|category| category["reason"]["kind"].as_str()).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == "return").count(), 3, "every third is to explore: {kinds:?}");
    Ok(())
}

#[test]
fn a_row_has_a_title_and_a_reason_and_may_show_one_category() -> Done {
    let shop = shared()?;
    let page = shop.recommend(&json!({"placements": [
        {"kind": "similar", "product_id": "st-gale"}, {"kind": "popular", "category": "Nowhere"}
    ]}))?;
    let similar = &page["placements"][0];
    assert_eq!(similar["reason"], json!({"kind": "products", "product_ids": ["st-gale"]}));
    assert!(similar["because"].as_str().is_some_and(|because| because.starts_with("alternatives to ")), "{similar}");
    assert!(similar["title"].as_str().is_some_and(|title| !title.is_empty()));
    assert!(ids(&page["placements"][1]["items"]).is_empty(), "no product lies there");
    let path = similar["items"][0]["product"]["categories"][0].as_str().ok_or("no category")?.to_owned();
    let root = path.split(" > ").next().unwrap_or_default();
    let page = shop.recommend(&json!({"placements": [{"kind": "popular", "category": root}]}))?;
    let items = page["placements"][0]["items"].as_array().ok_or("no items")?;
    let within = |item: &Value| {
        let paths = item["product"]["categories"].as_array().into_iter().flatten();
        paths.filter_map(Value::as_str).any(|path| path == root || path.starts_with(&format!("{root} > ")))
    };
    assert!(!items.is_empty() && items.iter().all(within), "{items:?}");
    Ok(())
}

#[test]
fn every_pair_in_a_row_of_complements_has_the_evidence_that_the_settings_ask_for() -> Done {
    let (shop, catalogue) = (shared()?, catalogue()?);
    let mut pairs = 0;
    for id in catalogue.keys() {
        for item in complements(&shop, id)?.iter().filter(|item| item["reason"]["kind"] != "merchant") {
            pairs += 1;
            let reason = &item["reason"];
            let count = reason["together"].as_u64().or(reason["people"].as_u64());
            assert!(count >= Some(3) && reason["lift"].as_f64() >= Some(2.0), "{id}: {item}");
            assert!(reason["confidence"].as_f64() >= Some(0.99 - 1e-6), "{id}: {item}");
        }
    }
    assert!(pairs > 100, "only {pairs} pairs in the whole shop");
    Ok(())
}

#[test]
fn a_product_that_is_gone_empties_its_row_alone_and_an_expected_one_is_explained() -> Done {
    let shop = shared()?;
    let page = shop.recommend(&json!({"placements": [
        {"kind": "similar", "product_id": "gone"},
        {"kind": "complementary", "product_ids": ["st-gale", "gone"], "explain_product_id": "sf-holm-grey"},
        {"kind": "popular", "limit": 3}
    ]}))?;
    let [gone, cart, popular] = [0, 1, 2].map(|at| &page["placements"][at]);
    assert_eq!((&gone["items"], &gone["reason"]["kind"]), (&json!([]), &json!("unknown_products")));
    assert_eq!(cart["unknown_products"], json!(["gone"]));
    assert!(!ids(&cart["items"]).is_empty() && ids(&popular["items"]).len() == 3);
    assert_eq!(cart["explain"]["outcome"], "missing");
    assert_eq!(cart["explain"]["because"], "bought together 0 times, 3 needed");
    Ok(())
}
