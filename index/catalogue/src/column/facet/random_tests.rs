//! Random shops with random refinements: every count agrees with a plain count over the products,
//! and the count of a value is the total after selecting it.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::column::Refinements;
use crate::column::tests::{columns_of, text, with_attributes};
use crate::id::GroupNumber;
use crate::product::{AttributeValue, Product};
use crate::query::{FacetOrder, Refinement};

const BRANDS: [&str; 4] = ["Acme", "acme", "Zeta", "Ärm"];
const TAGS: [&str; 4] = ["gift", "Gift", "new", "sale"];
const PATHS: [&str; 5] = ["Shoes", "Shoes > Boots", "Shoes > Boots > Hiking", "shoes > Sandals", "Hats"];
const FIELDS: [&str; 5] = ["brand", "tags", "category", "price", "size"];

/// A product, and true if it begins a new group.
fn product() -> impl Strategy<Value = (Product, bool)> {
    let texts = |from: &'static [&'static str]| vec(select(from).prop_map(str::to_owned), 0..3);
    let size = vec((38i64..42).prop_map(|size| AttributeValue::Number(size as f64)), 0..3);
    (option::of(select(&BRANDS[..])), texts(&TAGS), texts(&PATHS), option::of(0i64..30), size, any::<bool>()).prop_map(
        |(brand, tags, categories, price, size, starts)| {
            let brand = brand.map(str::to_owned);
            let sized = with_attributes(&[("size", AttributeValue::List(size))]);
            (Product { brand, tags, categories, price, ..sized }, starts)
        },
    )
}

fn refinement() -> impl Strategy<Value = (String, Refinement)> {
    let of = |field: &'static str, values: &'static [&'static str]| {
        (vec(select(values).prop_map(str::to_owned), 0..3), any::<bool>()).prop_map(move |(values, all)| {
            (field.to_owned(), if all { Refinement::All(values) } else { Refinement::Any(values) })
        })
    };
    prop_oneof![
        of("brand", &BRANDS),
        of("tags", &TAGS),
        of("category", &PATHS),
        of("size", &["38", "39.0", "41"]),
        (option::of(0i64..30), option::of(0i64..30)).prop_map(|(min, max)| {
            let between = Refinement::Between { min: min.map(|x| x as f64), max: max.map(|x| x as f64) };
            ("price".to_owned(), between)
        }),
        (0i64..20, 1i64..9).prop_map(|(from, width)| {
            let range = (Some(from as f64), Some((from + width) as f64));
            ("price".to_owned(), Refinement::Ranges(vec![range, (Some(25.0), None)]))
        }),
    ]
}

/// A product's values: texts in lower case, numbers as printed.
fn values(product: &Product, field: &str) -> BTreeSet<String> {
    let lower = |text: &str| text.to_lowercase();
    match field {
        "brand" => product.brand.iter().map(|brand| lower(brand)).collect(),
        "tags" => product.tags.iter().map(|tag| lower(tag)).collect(),
        "category" => product.category_levels().into_iter().map(lower).collect(),
        _ => numbers(product, field).iter().map(ToString::to_string).collect(),
    }
}

fn numbers(product: &Product, field: &str) -> Vec<f64> {
    match (field, product.attributes.get("size")) {
        ("price", _) => product.price.iter().map(|&price| price as f64).collect(),
        ("size", Some(AttributeValue::List(sizes))) => {
            let number = |size: &AttributeValue| if let AttributeValue::Number(x) = size { Some(*x) } else { None };
            sizes.iter().filter_map(number).collect()
        }
        _ => Vec::new(),
    }
}

fn passes(product: &Product, field: &str, refinement: &Refinement) -> bool {
    let has = |value: &String| match value.parse::<f64>() {
        Ok(number) => numbers(product, field).contains(&number),
        Err(_) => values(product, field).contains(&value.to_lowercase()),
    };
    match refinement {
        refinement if refinement.is_empty() => true,
        Refinement::Any(values) => values.iter().any(has),
        Refinement::All(values) => values.iter().all(has),
        Refinement::Between { min, max } => numbers(product, field)
            .iter()
            .any(|number| min.is_none_or(|min| min <= *number) && max.is_none_or(|max| *number <= max)),
        Refinement::Ranges(ranges) => numbers(product, field).iter().any(|number| {
            let within = |(from, to): &(Option<f64>, Option<f64>)| {
                from.is_none_or(|from| from <= *number) && to.is_none_or(|to| *number < to)
            };
            ranges.iter().any(within)
        }),
    }
}

proptest! {
    #[test]
    fn counts_under_refinements_agree_with_a_plain_count(
        mut made in vec(product(), 1..50),
        asked in btree_map(select(&FIELDS[..]), refinement(), 0..4),
        grouped: bool,
    ) {
        let anchor = with_attributes(&[("size", AttributeValue::List(vec![AttributeValue::Number(99.0)]))]);
        made.push((anchor, true));
        let asked: BTreeMap<String, Refinement> = asked.into_values().collect();
        let fail = |error: Error| TestCaseError::fail(error.to_string());
        let products: Vec<Product> = made.iter().map(|(product, _)| product.clone()).collect();
        let columns = columns_of(&products).map_err(fail)?;
        let mut number = 0;
        let numbered: Vec<u32> = made.iter().map(|(_, starts)| { number += u32::from(*starts); number }).collect();
        let groups = Groups::new(numbered.iter().map(|&number| Some(GroupNumber::new(number)))).filter(|_| grouped);
        let counted = |at: usize| if groups.is_some() { numbered[at] as usize } else { at };
        let refinements = Refinements::new(&asked, &columns).map_err(fail)?;
        let found = Bitmap::full(products.len());
        let mut set = found.clone();
        refinements.apply(&mut set);
        for field in FIELDS {
            let own = |other: &str, refinement: &Refinement| other == field && !matches!(refinement, Refinement::All(_));
            let matching = |at: usize| asked.iter()
                .all(|(other, refinement)| own(other, refinement) || passes(&products[at], other, refinement));
            let mut expected: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
            for at in (0..products.len()).filter(|&at| matching(at)) {
                for value in values(&products[at], field) {
                    expected.entry(value).or_default().insert(counted(at));
                }
            }
            let context =
                FacetContext { groups: groups.as_ref(), chosen: refinements.chosen(field), ..FacetContext::default() };
            let others = refinements.others(field, &found);
            let matches = others.as_ref().unwrap_or(&set);
            let request = FacetRequest { limit: Some(100), ..FacetRequest::from(field) };
            let answer = count_facet(&columns, &request, matches, 100, &context).map_err(fail)?;
            let listed: BTreeMap<String, usize> = answer.values.iter().filter(|value| value.count > 0)
                .map(|value| (value.value.to_lowercase(), value.count as usize)).collect();
            let plain: BTreeMap<String, usize> = expected.iter().map(|(value, set)| (value.clone(), set.len())).collect();
            prop_assert_eq!(&listed, &plain, "{}", field);
            prop_assert_eq!(answer.distinct, plain.len());

            // The promised count is the total after selecting the value.
            for (value, count) in &plain {
                let mut chosen = asked.clone();
                match chosen.get_mut(field) {
                    Some(Refinement::All(values)) => values.push(value.clone()),
                    _ => { chosen.insert(field.to_owned(), Refinement::Any(vec![value.clone()])); }
                }
                let chosen = Refinements::new(&chosen, &columns).map_err(fail)?;
                let mut after = found.clone();
                chosen.apply(&mut after);
                prop_assert_eq!(groups.as_ref().map_or(after.count(), |groups| groups.count(&after)), *count);
            }
        }
    }

    #[test]
    fn ranges_and_histograms_count_every_product_once_where_it_belongs(
        made in vec(product(), 1..50), buckets in 2usize..9,
    ) {
        let fail = |error: Error| TestCaseError::fail(error.to_string());
        let products: Vec<Product> = made.into_iter().map(|(product, _)| product).collect();
        let columns = columns_of(&products).map_err(fail)?;
        let ranges = vec![(None, Some(5.0)), (Some(5.0), Some(20.0)), (Some(10.0), None)];
        let request = FacetRequest { ranges, histogram: Some(buckets), ..FacetRequest::from("price") };
        let answer =
            count_facet(&columns, &request, &Bitmap::full(products.len()), 9, &FacetContext::default()).map_err(fail)?;
        for range in answer.ranges.iter().chain(&answer.histogram) {
            let within = |price: f64| range.from.is_none_or(|from| from <= price) && range.to.is_none_or(|to| price < to);
            let expected = products.iter().filter(|product| product.price.is_some_and(|price| within(price as f64)));
            prop_assert_eq!(range.count as usize, expected.count(), "{:?}", range);
        }
        let priced = products.iter().filter(|product| product.price.is_some()).count();
        prop_assert_eq!(answer.histogram.iter().map(|bucket| bucket.count as usize).sum::<usize>(), priced);
        prop_assert_eq!(answer.stats.map_or(0, |stats| stats.count as usize), priced);
    }
}

fn facet(columns: &Columns, request: &FacetRequest, context: &FacetContext<'_>) -> Result<Vec<(String, u32)>> {
    let answer = count_facet(columns, request, &Bitmap::full(columns.len()), 100, context)?;
    Ok(answer.values.into_iter().map(|value| (value.value, value.count)).collect())
}

fn shop() -> Result<Columns> {
    let product = |brand: &str, path: &str| Product {
        brand: Some(brand.to_owned()),
        categories: vec![path.to_owned()],
        ..with_attributes(&[("color", text("red"))])
    };
    columns_of(&[
        product("Ölund Söner", "Shoes > Boots > Hiking"),
        product("Acme", "Shoes > Boots"),
        product("Acme", "Shoes > Sandals"),
        product("ACME", "Hats"),
        product("Sonett", "Hats"),
    ])
}

fn pairs(listed: &[(&str, u32)]) -> Vec<(String, u32)> {
    listed.iter().map(|&(value, count)| (value.to_owned(), count)).collect()
}

#[test]
fn spellings_are_one_value_and_the_commonest_is_shown() -> Result<()> {
    let listed = facet(&shop()?, &"brand".into(), &FacetContext::default())?;
    assert_eq!(listed, pairs(&[("Acme", 3), ("Sonett", 1), ("Ölund Söner", 1)]));
    Ok(())
}

#[test]
fn values_are_found_by_the_beginning_of_their_words() -> Result<()> {
    let search = |typed: &str| FacetRequest { search: Some(typed.to_owned()), ..FacetRequest::from("brand") };
    let columns = shop()?;
    let fold =
        |text: &str| -> Vec<String> { text.to_lowercase().replace('ö', "o").split(' ').map(str::to_owned).collect() };
    let context = FacetContext { words: Some(&fold), ..FacetContext::default() };
    assert_eq!(facet(&columns, &search("son"), &context)?, pairs(&[("Sonett", 1), ("Ölund Söner", 1)]));
    assert_eq!(facet(&columns, &search("sön OL"), &context)?, pairs(&[("Ölund Söner", 1)]));
    assert_eq!(facet(&columns, &search("oner"), &context)?, []);
    Ok(())
}

#[test]
fn order_is_by_count_alphabet_or_interest_and_what_is_chosen_stays() -> Result<()> {
    let columns = shop()?;
    let ordered = |order, limit, context: &FacetContext<'_>| {
        facet(&columns, &FacetRequest { order, limit: Some(limit), ..FacetRequest::from("brand") }, context)
    };
    let interest = [("Acme".to_owned(), -1.0), ("ölund söner".to_owned(), 0.4)];
    let chosen = ["Sonett".to_owned()];
    let context = FacetContext { interest: &interest, chosen: &chosen, ..FacetContext::default() };
    let by_interest = ordered(FacetOrder::Interest, 9, &context)?;
    assert_eq!(by_interest, pairs(&[("Ölund Söner", 1), ("Sonett", 1), ("Acme", 3)]));
    assert_eq!(ordered(FacetOrder::Alpha, 1, &context)?, pairs(&[("Acme", 3), ("Sonett", 1)]));
    assert_eq!(ordered(FacetOrder::Count, 0, &context)?, pairs(&[("Sonett", 1)]));
    let gone = FacetContext { chosen: &["Gone".to_owned()], ..FacetContext::default() };
    assert_eq!(ordered(FacetOrder::Count, 1, &gone)?, pairs(&[("Acme", 3), ("Gone", 0)]));
    Ok(())
}

#[test]
fn categories_are_a_tree_to_any_depth_below_any_path() -> Result<()> {
    let columns = shop()?;
    let tree = |under: Option<&str>, depth: usize| -> Result<Vec<String>> {
        let request =
            FacetRequest { depth: Some(depth), under: under.map(str::to_owned), ..FacetRequest::from("category") };
        let answer = count_facet(&columns, &request, &Bitmap::full(5), 100, &FacetContext::default())?;
        fn spelled(value: &FacetValue) -> String {
            let below: Vec<String> = value.children.iter().map(spelled).collect();
            format!("{} {}({})", value.value, value.count, below.join(", "))
        }
        Ok(answer.values.iter().map(spelled).collect())
    };
    assert_eq!(tree(None, 1)?, ["Shoes 3()", "Hats 2()"]);
    assert_eq!(tree(None, 2)?, ["Shoes 3(Shoes > Boots 2(), Shoes > Sandals 1())", "Hats 2()"]);
    assert_eq!(tree(Some("shoes > boots"), 3)?, ["Shoes > Boots > Hiking 1()"]);
    assert_eq!(tree(Some("nowhere"), 3)?, Vec::<String>::new());
    let wrong = FacetRequest { depth: Some(1), ..FacetRequest::from("color") };
    assert!(facet(&columns, &wrong, &FacetContext::default()).is_err());
    Ok(())
}

#[test]
fn what_a_field_is_not_is_an_error_that_names_it() -> Result<()> {
    let columns = shop()?;
    for wrong in [
        FacetRequest { histogram: Some(5), ..FacetRequest::from("brand") },
        FacetRequest { ranges: vec![(None, None)], ..FacetRequest::from("color") },
        FacetRequest::from("locations"),
        FacetRequest::from("colour"),
    ] {
        let error = facet(&columns, &wrong, &FacetContext::default()).map_err(|error| error.to_string());
        assert!(error.as_ref().is_err_and(|error| error.contains(&wrong.field)), "{error:?}");
    }
    let red = BTreeMap::from([("attributes.color".to_owned(), Refinement::Any(vec!["red".to_owned()]))]);
    let refinements = Refinements::new(&red, &columns)?;
    assert!(refinements.others("color", &Bitmap::full(5)).is_some(), "one field by two names");
    assert!(refinements.others("brand", &Bitmap::full(5)).is_none());
    let asked = BTreeMap::from([("brand".to_owned(), Refinement::Between { min: Some(1.0), max: None })]);
    assert!(Refinements::new(&asked, &columns).is_err_and(|error| error.to_string().contains("no numbers")));
    Ok(())
}
