//! The meaning of the filter language, and its error messages.

use super::*;
use crate::column::tests::{columns_of, text, with_attributes};
use crate::column::{Bitmap, Columns};
use crate::context::Location;
use crate::error::{Error, Result};
use crate::id::Ordinal;
use crate::product::{AttributeValue, Product, StoreLocation};

fn canonical(text: &str) -> String {
    Filter::parse(text).map_or_else(|error| error.to_string(), |filter| filter.to_string())
}

fn place(lat: f64, lon: f64, store_id: Option<&str>) -> StoreLocation {
    StoreLocation { lat, lon, store_id: store_id.map(str::to_owned) }
}

fn columns() -> Result<Columns> {
    let boots = Product {
        brand: Some("Acme".into()),
        categories: vec!["Shoes > Boots".into()],
        price: Some(150),
        released_at: "2026-03-01T10:00:00Z".parse().ok(),
        locations: vec![place(55.676, 12.568, Some("cph")), place(55.605, 13.004, None)],
        ..with_attributes(&[("color", text("Black")), ("weight g", AttributeValue::Number(900.0))])
    };
    let cap = Product {
        categories: vec!["Shoesies".into()],
        ..with_attributes(&[("waterproof", AttributeValue::Bool(true))])
    };
    columns_of(&[boots, cap])
}

fn passing(text: &str) -> Result<Vec<u32>> {
    Ok(Filter::parse(text)?.eval(&columns()?)?.iter().map(Ordinal::get).collect())
}

#[test]
fn each_operator_finds_its_products() -> Result<()> {
    for (text, expected) in [
        (r#"category UNDER "shoes""#, vec![0]),
        (r#"category UNDER "Shoes > Boots" AND price <= 150 AND brand IN ["Acme","Zeta"]"#, vec![0]),
        ("brand = 'ACME'", vec![0]),
        ("brand != 'Acme'", vec![1]),
        ("brand NOT IN ['x', 'y']", vec![0, 1]),
        ("price < 150", vec![]),
        ("price >= 150 and not color = \"red\"", vec![0]),
        ("price != 7", vec![0, 1]),
        ("in_stock = true", vec![0, 1]),
        ("waterproof = true", vec![1]),
        ("NOT waterproof = true", vec![0]),
        ("EXISTS color", vec![0]),
        ("NOT EXISTS price", vec![1]),
        ("attributes.color = 'black' OR waterproof = false", vec![0]),
        ("'weight g' > 899.5 AND 'weight g' IN [900, -1]", vec![0]),
        ("released_at >= '2026-03-01'", vec![0]),
        ("released_at = '2026-03-01T12:00:00+02:00'", vec![0]),
        ("released_at < '2026-03-01T10:00:00Z'", vec![]),
        ("price BETWEEN 150 AND 200 AND EXISTS brand", vec![0]),
        ("price between 151 and 200", vec![]),
        ("NOT released_at BETWEEN '2026-02-01' AND '2026-03-02'", vec![1]),
        ("distance(55.68, 12.57) < 20km", vec![0]),
        ("distance(55.68,12.57) > 20 km", vec![]),
        ("distance(55.68, 12.57) >= 1mi OR EXISTS locations", vec![0]),
        ("distance(55.60, 13.00) <= 5000m", vec![0]),
        ("NOT distance(0, 0) < 9000km", vec![1]),
        ("within(55, 12.5, 56, 12.6)", vec![0]),
        ("within(55, 12.6, 56, 12.5)", vec![0]),
        ("within(-10, -180, 10, 180)", vec![]),
        ("store_id = 'CPH'", vec![0]),
    ] {
        assert_eq!(passing(text)?, expected, "{text}");
    }
    Ok(())
}

#[test]
fn not_binds_tighter_than_and_tighter_than_or() {
    assert_eq!(canonical("a=1 OR b=2 AND NOT c=3"), "(NOT c = 3 AND b = 2) OR a = 1");
    assert_eq!(canonical("(a=1 OR b=2) AND NOT c=3"), "NOT c = 3 AND (a = 1 OR b = 2)");
    assert_eq!(canonical("NOT (a=1 AND b=2)"), "NOT (a = 1 AND b = 2)");
}

#[test]
fn filters_that_mean_the_same_are_spelled_the_same() {
    let one = canonical(r#"a IN ["y", 'x', "y"] AND NOT NOT b != 2.50"#);
    assert_eq!(one, r#"NOT b = 2.5 AND a IN ["x", "y"]"#);
    assert_eq!(canonical("((not b=2.5)) and (a in ['x','y'] AND a in ['y','x'])"), one);
    assert_eq!(canonical(&one), one);
    assert_eq!(canonical(r"'my field' = 'say \'hi\' \\'"), r#""my field" = "say 'hi' \\""#);
    assert_eq!(canonical("EXISTS 'not'"), r#"EXISTS "not""#);
}

#[test]
fn a_mistake_names_its_place_and_what_would_be_right() {
    for (text, expected) in [
        ("", "at character 0: found the end, expected a field name, NOT, EXISTS or `(`"),
        ("price", "at character 5: found the end, expected one of = != < <= > >=, IN, NOT IN, BETWEEN or UNDER"),
        ("price ! 3", "at character 6: found `!`, expected a field, a value or an operator"),
        ("price <= cheap", "at character 9: found `cheap`, expected a text in quotes, a number, true or false"),
        ("(a = 1", "at character 6: found the end, expected AND, OR or `)`"),
        ("a = 1 b = 2", "at character 6: found `b`, expected AND, OR or the end"),
        ("é = 'ü' AND", "at character 11: found the end, expected a field name, NOT, EXISTS or `(`"),
        ("a = 'x", "at character 4: found a text without an end, expected a closing '"),
        (r"a = 'x\n'", r#"at character 6: found `\n`, expected `\"`, `\'` or `\\`"#),
        ("a IN []", "at character 6: found `]`, expected a text in quotes, a number, true or false"),
        ("a IN [1 2]", "at character 8: found the number 2, expected `,` or `]`"),
        ("a IN 'x'", "at character 5: found \"x\", expected `[` and a list of values"),
        ("a NOT 3", "at character 6: found the number 3, expected IN"),
        ("a BETWEEN 1 OR 2", "at character 12: found `OR`, expected AND and the higher value"),
        ("near(1,2) < 3km", "at character 0: found `near(`, expected `distance(` or `within(`, the only functions"),
        (
            "distance(91, 0) < 3km",
            "at character 9: found 91, 0, expected a latitude from -90 to 90 and a longitude from -180 to 180",
        ),
        ("distance(1, 2) = 3km", "at character 15: found `=`, expected one of < <= > >="),
        ("distance(1, 2) < 3", "at character 18: found the end, expected a length with m, km or mi, such as 20km"),
        ("distance(1, 2) < 3ft", "at character 17: found `3ft`, expected a length with m, km or mi, such as 20km"),
        ("distance(1 2) < 3m", "at character 11: found the number 2, expected `,`"),
        (
            "within(2, 0, 1, 0)",
            "at character 13: found the latitude 1 north of 2, expected the south-west corner before the north-east one",
        ),
        ("AND = 3", "at character 0: found `AND`, expected a field name, NOT, EXISTS or `(`"),
    ] {
        assert_eq!(canonical(text), format!("filter: {expected}"), "{text}");
    }
}

#[test]
fn wrong_fields_and_types_are_errors_whatever_the_rest_answers() -> Result<()> {
    let columns = columns()?;
    for (text, expected) in [
        ("price < 0 AND colr = 'x'", "at character 14: found unknown field `colr`, expected `color`"),
        ("EXISTS zzzzzzzzz", "at character 7: found unknown field `zzzzzzzzz`, expected a field of the catalogue"),
        ("price = 'abc'", "at character 8: found the text \"abc\", expected a number, because `price` holds numbers"),
        (
            "price < 12.50",
            "at character 8: found the number 12.5, expected a whole number, because `price` holds minor units: 1250 for 12.50",
        ),
        (
            "price IN [10, 12.5]",
            "at character 14: found the number 12.5, expected a whole number, because `price` holds minor units: 1250 for 12.50",
        ),
        ("price = true", "at character 8: found true, expected a number, because `price` holds numbers"),
        (
            "brand < 3",
            "at character 8: found a comparison with 3, expected =, !=, IN or UNDER, because `brand` holds texts",
        ),
        (
            "brand IN ['x', 3]",
            "at character 15: found the number 3, expected a text in quotes, true or false, because `brand` holds texts",
        ),
        (
            "released_at > 'soon'",
            "at character 14: found the text \"soon\", expected a date such as \"2026-03-01T00:00:00Z\", because \
             `released_at` holds dates",
        ),
        (
            "locations = 'x'",
            "at character 12: found the text \"x\", expected EXISTS, `distance` or `within`, because `locations` holds \
             places",
        ),
        (
            "locations < 3",
            "at character 12: found the number 3, expected EXISTS, `distance` or `within`, because `locations` holds places",
        ),
        (
            "price UNDER 'x'",
            "at character 12: found the text \"x\", expected a field with texts before UNDER; `price` holds numbers",
        ),
    ] {
        let answer = Filter::parse(text)?.eval(&columns).map_err(|error| error.to_string());
        assert_eq!(answer, Err(format!("filter: {expected}")), "{text}");
    }
    Ok(())
}

#[test]
fn here_is_where_the_request_says_the_shopper_is() -> Result<()> {
    let (columns, here) = (columns()?, Location { lat: 55.68, lon: 12.57 });
    let filter = Filter::parse("NOT in_stock = false AND distance(HERE) < 5km")?;
    assert_eq!(filter.canonical(), "NOT in_stock = false AND distance(here) < 5000m");
    assert_eq!(filter.clone().at(Some(here))?.eval(&columns)?.iter().collect::<Vec<_>>(), Ordinal::array([0]));
    let settled = filter.clone().at(Some(here))?;
    assert_eq!(Filter::parse(settled.canonical())?, settled);
    for unsaid in [filter.clone().at(None).map(|_| ()), filter.eval(&columns).map(|_| ())] {
        let expected = "filter: at character 25: found `distance(here)` without `context.location`, expected the \
                        location in the request, or degrees";
        assert_eq!(unsaid.map_err(|error| error.to_string()), Err(expected.to_owned()));
    }
    assert!(Filter::parse("in_stock = true")?.at(None).is_ok());
    Ok(())
}

#[test]
fn every_limit_is_named_when_exceeded_and_allowed_when_reached() {
    let nested = |depth: usize| format!("{}a = 1{}", "(".repeat(depth), ")".repeat(depth));
    let list = |values: usize| format!("a IN [{}]", vec!["1"; values].join(","));
    let conditions = |count: usize| vec!["a=1"; count].join(" OR ");
    let long = |characters: usize| format!("a = '{}'", "é".repeat(characters - 6));
    for (within, beyond) in [
        (nested(MAX_FILTER_DEPTH), nested(MAX_FILTER_DEPTH + 1)),
        (list(MAX_IN_VALUES), list(MAX_IN_VALUES + 1)),
        (conditions(MAX_FILTER_NODES / 2), conditions(MAX_FILTER_NODES / 2 + 1)),
        (long(MAX_FILTER_CHARACTERS), long(MAX_FILTER_CHARACTERS + 1)),
    ] {
        assert!(Filter::parse(&within).is_ok(), "{within}");
        let error =
            Filter::parse(&beyond).map_err(|error| matches!(error, Error::Invalid { field, .. } if field == "filter"));
        assert_eq!(error, Err(true), "{beyond}");
    }
    assert!(Filter::parse(&"NOT ".repeat(1_000)).is_err());
}

#[test]
fn two_filters_join_into_one_that_both_must_pass() -> Result<()> {
    let (a, b) = (Filter::parse("a = 1 OR b = 2")?, Filter::parse("c = 3")?);
    let both = Filter::both(Some(a), Some(b.clone())).map(|filter| filter.to_string());
    assert_eq!(both.as_deref(), Some("(a = 1 OR b = 2) AND c = 3"));
    assert_eq!(Filter::both(None, Some(b.clone())), Some(b));
    assert_eq!(Filter::both(None, None), None);
    Ok(())
}

#[test]
fn the_cache_answers_as_evaluation_does_and_stays_within_its_bytes() -> Result<()> {
    let columns = columns()?;
    let cache = FilterCache::new(400);
    let hot = Filter::parse("brand = 'acme'")?;
    let first = cache.get(&hot, &columns)?;
    assert_eq!(*first, hot.eval(&columns)?);
    for limit in 0..50 {
        cache.get(&Filter::parse(&format!("price > {limit}"))?, &columns)?;
        assert!(std::sync::Arc::ptr_eq(&first, &cache.get(&hot, &columns)?), "what is used stays");
    }
    assert!((2..=6).contains(&cache.len()), "{} held", cache.len());
    let wrong = Filter::parse("nope = 1")?;
    assert!(cache.get(&wrong, &columns).is_err() && cache.get(&wrong, &columns).is_err());
    let none = FilterCache::new(0);
    assert_eq!(*none.get(&hot, &columns)?, Bitmap::from_ordinals(2, Ordinal::array([0])));
    assert!(none.is_empty());
    Ok(())
}
