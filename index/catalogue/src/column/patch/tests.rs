//! Columns after any changes hold the same values as columns built from the changed products.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::bitmap::Bitmap;
use crate::column::tests::{columns_of, text, with_attributes};
use crate::column::{FacetContext, Filter, count_facet};
use crate::product::StoreLocation;

const BRANDS: [&str; 5] = ["Acme", "acme", "Zeta", "Ärm", "bolt"];
const PATHS: [&str; 5] = ["Shoes", "Shoes > Boots", "Shoes > Boots > Hiking", "shoes > Sandals", "Hats"];

fn value() -> impl Strategy<Value = AttributeValue> {
    let single = prop_oneof![
        (38i64..42).prop_map(|size| AttributeValue::Number(size as f64)),
        select(&["L", "XL", "l"][..]).prop_map(text),
        any::<bool>().prop_map(AttributeValue::Bool),
    ];
    vec(single, 0..3).prop_map(AttributeValue::List)
}

fn product() -> impl Strategy<Value = Product> {
    let places = vec((-3i64..3, -3i64..3), 0..3).prop_map(|places| {
        let place = |(lat, lon): (i64, i64)| StoreLocation { lat: lat as f64, lon: lon as f64, store_id: None };
        places.into_iter().map(place).collect::<Vec<_>>()
    });
    let attributes = vec((select(&["size", "weight", "fit"][..]), value()), 0..3);
    let paths = vec(select(&PATHS[..]).prop_map(str::to_owned), 0..3);
    (option::of(select(&BRANDS[..])), paths, option::of(0i64..9), attributes, places).prop_map(
        |(brand, categories, price, attributes, locations)| {
            let brand = brand.map(str::to_owned);
            Product { brand, categories, price, locations, ..with_attributes(&attributes) }
        },
    )
}

/// The values of one product in a field.
fn held(columns: &Columns, field: &str, ordinal: Ordinal) -> (BTreeSet<String>, Vec<f64>, Vec<GeoPoint>) {
    let texts = columns
        .keyword(field)
        .map(|column| column.view())
        .map_or_else(BTreeSet::new, |view| view.values(ordinal).iter().map(|&id| view.text(id).to_owned()).collect());
    let numbers = columns.numeric(field).map_or_else(Vec::new, |column| column.view().values(ordinal).to_vec());
    let places = columns.geo().filter(|_| field == LOCATIONS);
    (texts, numbers, places.map_or_else(Vec::new, |places| places.places_of(ordinal).collect()))
}

fn compare(patched: &Columns, built: &Columns) -> std::result::Result<(), TestCaseError> {
    let fail = |error: Error| TestCaseError::fail(error.to_string());
    prop_assert_eq!(patched.len(), built.len());
    let all = Bitmap::full(built.len());
    for (field, column) in built.fields() {
        for ordinal in Ordinal::all(built.len()) {
            let (mut now, then) = (held(patched, field, ordinal), held(built, field, ordinal));
            if column.keyword.is_none() {
                // Once a field had texts, its text column keeps its numbers as printed.
                now.0.clear();
            }
            prop_assert_eq!(now, then, "{} of {}", field, ordinal);
        }
        let exists = Filter::parse(&format!("EXISTS {field}")).map_err(fail)?;
        prop_assert_eq!(exists.eval(patched).map_err(fail)?, exists.eval(built).map_err(fail)?, "{}", field);
        if column.keyword.is_some() {
            let counted = |columns: &Columns| {
                count_facet(columns, &field.into(), &all, 99, &FacetContext::default()).map(|answer| answer.values)
            };
            prop_assert_eq!(counted(patched).map_err(fail)?, counted(built).map_err(fail)?, "{}", field);
        }
    }
    for text in ["brand = \"ACME\"", "category UNDER \"Shoes\"", "NOT price > 4", "distance(1, 1) < 200km", "price = 3"]
    {
        let filter = Filter::parse(text).map_err(fail)?;
        prop_assert_eq!(filter.eval(patched).map_err(fail)?, filter.eval(built).map_err(fail)?, "{}", text);
    }
    Ok(())
}

proptest! {
    #[test]
    fn they_hold_what_columns_of_the_changed_products_hold(
        mut products in vec(product(), 1..30),
        rounds in vec((vec((0usize..40, product()), 0..6), vec(product(), 0..3)), 1..4),
    ) {
        let fail = |error: Error| TestCaseError::fail(error.to_string());
        let mut columns = columns_of(&products).map_err(fail)?;
        for (changes, new) in rounds {
            let changes: BTreeMap<usize, Product> =
                changes.into_iter().map(|(at, product)| (at % products.len(), product)).collect();
            let new: Vec<(usize, Product)> = (products.len()..).zip(new).collect();
            let versions: Vec<ProductVersions<'_>> = changes.iter().map(|(at, now)| (*at, now)).chain(new.iter().map(|(at, now)| (*at, now)))
                .map(|(at, now)| ProductVersions { ordinal: Ordinal::from_index(at), before: products.get(at), now }).collect();
            let (patched, _) = columns.patched(products.len() + new.len(), &versions).map_err(fail)?;
            columns = patched;
            changes.into_iter().for_each(|(at, product)| products[at] = product);
            products.extend(new.into_iter().map(|(_, product)| product));
            compare(&columns, &columns_of(&products).map_err(fail)?)?;
        }
    }
}
