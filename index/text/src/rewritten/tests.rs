//! An updated index finds the same products as one built from the changed catalogue.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::analysis::Language;
use crate::tests::{product, shop_in};
use crate::{QueryOptions, TextSettings};

const WORDS: [&str; 8] = ["brass", "trail", "boots", "winter", "tent", "lamp", "wax", "oak"];

fn titled(ordinal: usize, words: &[&str]) -> Product {
    product(&format!("p-{ordinal}"), &words.join(" "), "")
}

/// The products with every word of a query.
fn found(index: &TextIndex, query: &str) -> Result<Vec<Ordinal>> {
    let settings = TextSettings { enough: 0, ..TextSettings::default() };
    let options = QueryOptions { correct: false, ..QueryOptions::default() };
    let matches = index.matches(&index.understand(query, options, &settings)?, &settings, None)?;
    assert!(matches.scores.iter().all(|score| *score > 0.0), "{query}: {:?}", matches.scores);
    Ok(matches.products.iter().collect())
}

fn changed(index: &TextIndex, products: &[Product], ordinals: &[Ordinal]) -> Result<TextIndex> {
    index.rewritten(products.len() as u32, ordinals, &|ordinal| products.get(ordinal.index()).cloned())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn it_finds_what_an_index_of_the_changed_products_finds(
        first in vec(vec(select(&WORDS[..]), 1..4), 1..12),
        rounds in vec((vec((0usize..40, vec(select(&WORDS[..]), 1..4)), 0..5), vec(vec(select(&WORDS[..]), 1..4), 1..4)), 1..8),
    ) {
        let fail = |error: Error| TestCaseError::fail(error.to_string());
        let mut products: Vec<Product> = first.iter().enumerate().map(|(at, words)| titled(at, words)).collect();
        let shop = shop_in(Language::En, &products).map_err(fail)?;
        let mut index = shop.index;
        for (rewritten, new) in rounds {
            let mut changes: BTreeMap<usize, Vec<&str>> = rewritten.into_iter().map(|(at, words)| (at % products.len(), words)).collect();
            changes.extend((products.len()..).zip(new));
            let titled = changes.iter().map(|(&at, words)| (at, titled(at, words)));
            titled.for_each(|(at, product)| if at < products.len() { products[at] = product } else { products.push(product) });
            let ordinals: Vec<Ordinal> = changes.keys().map(|&at| Ordinal::from_index(at)).collect();
            index = changed(&index, &products, &ordinals).map_err(fail)?;
        }
        let built = shop_in(Language::En, &products).map_err(fail)?;
        for query in ["brass", "boots", "trail boots", "\"trail boots\"", "oak -lamp", "wax tent winter", "p-3"] {
            prop_assert_eq!(found(&index, query).map_err(fail)?, found(&built.index, query).map_err(fail)?, "{}", query);
        }
        let all: Vec<Ordinal> = Ordinal::all(products.len()).collect();
        let closeness = |index: &TextIndex| {
            let understood = index.understand("trail boots", QueryOptions::default(), &TextSettings::default())?;
            index.closeness(&understood, &all)
        };
        prop_assert_eq!(closeness(&index).map_err(fail)?, closeness(&built.index).map_err(fail)?);
    }
}

#[test]
fn products_changed_one_by_one_make_few_segments() -> Result<()> {
    let mut products = vec![titled(0, &["tent"])];
    let mut index = shop_in(Language::En, &products)?.index;
    for at in 1..200 {
        products.push(titled(at, &[WORDS[at % WORDS.len()]]));
        index = changed(&index, &products, &[Ordinal::from_index(at)])?;
        assert!(index.segments.len() <= 6, "{} segments after {at} changes", index.segments.len());
    }
    for _ in 0..20 {
        index = changed(&index, &products, &[Ordinal::new(7)])?;
    }
    assert_eq!(found(&index, "tent")?.len(), 26, "the first and one of eight");
    assert_eq!(found(&index, "wax")?.len(), 25);
    Ok(())
}

#[test]
fn words_are_taken_apart_into_those_of_the_whole_catalogue() -> Result<()> {
    let mut products = vec![titled(0, &["Jacke"]), titled(1, &["Zelt"])];
    let shop = shop_in(Language::De, &products)?;
    products.push(titled(2, &["Winterjacke", "Winter"]));
    let index = changed(&shop.index, &products, &[Ordinal::new(2)])?;
    assert_eq!(
        found(&index, "jacke")?,
        Ordinal::array([0, 2]),
        "jacke is a word of the generation, winter one of the new product"
    );
    assert_eq!(found(&index, "winterjacke")?, Ordinal::array([2]));
    Ok(())
}
