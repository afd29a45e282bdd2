//! A changed engine answers as one built from the changed catalogue. Random catalogues are printed on failure.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::select;

use crate::engine::{Engine, EngineSettings, Placement, RequestContext, SuggestQuery, testing};
use crate::hit::{Hit, SearchAnswer};
use crate::placement::PlacementKind;
use crate::product::{AttributeValue, Availability, Product};
use crate::query::{FacetRequest, SearchQuery};
use crate::text::{MatchLevel, TextSettings};

type Done<T = ()> = Result<T, Box<dyn std::error::Error>>;

fn engine(products: &[Product]) -> Done<Engine> {
    // The relaxation depends on how rare each word is, which an overlay only estimates.
    let text = TextSettings { enough: 0, ..TextSettings::default() };
    testing::engine(products, EngineSettings { text, ..EngineSettings::default() })
}

fn lamp(n: usize) -> Product {
    let kind = ["desk", "floor", "wall"][n % 3];
    Product {
        id: format!("p{n:02}"),
        title: format!("{kind} lamp"),
        brand: Some(["Acme", "Zeta"][n % 2].to_owned()),
        categories: vec![format!("Light > {kind}")],
        price: Some(100 + n as i64),
        stock: Some(3),
        group_id: (n % 4 < 2).then(|| format!("group {}", n / 4)),
        attributes: BTreeMap::from([("color".to_owned(), AttributeValue::Text("red".to_owned()))]),
        ..Product::default()
    }
}

fn query(text: &str, filter: Option<&str>, sort: Option<&str>) -> SearchQuery {
    let fields = ["brand", "category", "color", "in_stock", "availability", "seasons", "price"];
    let facets = fields.map(FacetRequest::from).to_vec();
    let (filter, sort) = (filter.map(str::to_owned), sort.map(str::to_owned));
    // Corrections depend on the frequency of words, which counts deleted words until the reindex.
    SearchQuery {
        query: text.to_owned(),
        filter,
        sort,
        facets,
        per_page: 100,
        correct: false,
        ..SearchQuery::default()
    }
}

fn ask(engine: &Engine, query: &SearchQuery) -> Done<SearchAnswer> {
    Ok(engine.search(query, &RequestContext::default())?)
}

/// The ids a search finds, in order.
fn found(engine: &Engine, text: &str) -> Done<Vec<String>> {
    let query = SearchQuery { query: text.to_owned(), per_page: 100, group: false, ..SearchQuery::default() };
    Ok(ask(engine, &query)?.hits.into_iter().map(|hit| hit.id).collect())
}

/// An answer without its order: total, ids and products of all variants, facets; and with variants counted once: total,
/// facets, and the prices in order.
type Observed = (usize, Vec<(String, String)>, String, usize, String, Vec<Option<i64>>);

fn seen(engine: &Engine, query: &SearchQuery) -> Done<Observed> {
    let single = ask(engine, &SearchQuery { group: false, ..query.clone() })?;
    let grouped = ask(engine, &SearchQuery { group: true, ..query.clone() })?;
    let mut hits: Vec<(String, String)> =
        single.hits.iter().map(|hit| (hit.id.clone(), hit.product.get().to_owned())).collect();
    hits.sort_unstable();
    let facets = |answer: &SearchAnswer| serde_json::to_string(&answer.facets);
    let price = |hit: &Hit| serde_json::from_str(hit.product.get()).map(|product: Product| product.price);
    let sorted = grouped.hits.iter().filter(|_| query.sort.is_some());
    let prices = sorted.map(price).collect::<Result<_, _>>()?;
    Ok((single.total, hits, facets(&single)?, grouped.total, facets(&grouped)?, prices))
}

/// A change of one product; none deletes it. From 24 on products are new.
type RandomChange = (usize, Option<Product>);

fn changed() -> impl Strategy<Value = Product> {
    let title = select(&["desk lamp", "brass floor lamp", "wall clock", "oak table"][..]);
    let brand = prop::option::of(select(&["Acme", "Nova"][..]));
    let category = select(&["Light > desk", "Light > brass", "Rooms"][..]);
    let color = prop::option::of(select(&["red", "Red", "teal"][..]));
    let numbers = (0..200i64, prop::option::of(0..5u64), any::<u8>(), prop::option::of(0..6u8));
    (title, brand, category, color, numbers).prop_map(|(title, brand, category, color, (price, stock, kind, group))| {
        let availability = [Availability::InStock, Availability::OutOfStock, Availability::Preorder];
        let text = |text: &str| AttributeValue::Text(text.to_owned());
        Product {
            title: title.to_owned(),
            brand: brand.map(str::to_owned),
            categories: vec![category.to_owned()],
            attributes: color.map(|color| ("color".to_owned(), text(color))).into_iter().collect(),
            price: Some(price),
            sale_price: Some(price / 2),
            stock,
            availability: availability[usize::from(kind % 3)],
            seasons: if kind % 2 == 0 { vec!["winter".to_owned()] } else { Vec::new() },
            group_id: group.map(|group| format!("group {group}")),
            ..Product::default()
        }
    })
}

fn compare(groups: Vec<Vec<RandomChange>>) -> Done {
    let mut catalogue: BTreeMap<String, Product> = (0..24).map(|n| (lamp(n).id, lamp(n))).collect();
    let anchor = Product { id: "anchor".to_owned(), ..lamp(24) };
    catalogue.insert(anchor.id.clone(), anchor);
    let mut live = engine(&catalogue.values().cloned().collect::<Vec<_>>())?;
    for group in groups {
        let id = |n: usize| format!("p{n:02}");
        let named = group.into_iter().map(|(n, product)| (id(n), product.map(|one| Product { id: id(n), ..one })));
        let changes: Vec<(String, Option<Product>)> = named.collect();
        for (id, product) in &changes {
            match product {
                Some(product) => drop(catalogue.insert(id.clone(), product.clone())),
                None => drop(catalogue.remove(id)),
            }
        }
        // Fills the filter cache, whose entries must not be used after the change.
        ask(&live, &query("", Some("in_stock = true"), None))?;
        let (after, waiting) = live.changed(&changes)?;
        assert!(waiting.is_empty(), "{waiting:?}");
        live = after;
    }
    let built = engine(&catalogue.values().cloned().collect::<Vec<_>>())?;
    for text in ["", "lamp", "desk lamp", "zeta floor", "nova table", "brass", "p25", "\"wall clock\"", "table -nova"] {
        let filters =
            [None, Some("in_stock = true"), Some("final_price < 60"), Some("EXISTS color AND brand = \"nova\"")];
        for filter in filters.into_iter().chain([Some("category UNDER \"Light\" AND NOT color = \"teal\"")]) {
            for sort in [None, Some("price:asc")] {
                let query = query(text, filter, sort);
                assert_eq!(seen(&live, &query)?, seen(&built, &query)?, "{query:?}");
            }
        }
    }
    for (id, product) in &catalogue {
        assert_eq!(live.product(id).as_ref(), Some(product));
        let kinds = PlacementKind::ALL.map(|kind| Placement::about(kind, vec![id.clone()], 5));
        live.recommend(&kinds, None, &RequestContext::default())?;
    }
    Ok(())
}

fn change() -> impl Strategy<Value = RandomChange> {
    (0..32usize, prop::option::weighted(0.8, changed()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn it_answers_as_if_built_from_the_changed_catalogue(
        groups in prop::collection::vec(prop::collection::vec(change(), 1..12), 1..6),
    ) {
        let outcome = compare(groups);
        prop_assert!(outcome.is_ok(), "{:?}", outcome.err());
    }
}

/// A shop of lamps after these changes.
fn lamps(changed: Vec<Product>) -> Done<Engine> {
    let (live, waiting) = engine(&(0..6).map(lamp).collect::<Vec<_>>())?.changed(&changes(changed))?;
    assert!(waiting.is_empty(), "{waiting:?}");
    Ok(live)
}

fn changes(products: Vec<Product>) -> Vec<(String, Option<Product>)> {
    products.into_iter().map(|product| (product.id.clone(), Some(product))).collect()
}

fn named(id: &str, title: &str) -> Product {
    Product { id: id.to_owned(), title: title.to_owned(), ..Product::default() }
}

#[test]
fn a_new_product_is_found_by_its_words_its_part_number_and_what_it_means() -> Done {
    let live = lamps(vec![Product { mpn: Some("ZX-4410".to_owned()), ..named("new", "Quixotic zeppelin kettle") }])?;
    for text in ["zeppelin", "quixotic kettle", "\"zeppelin kettle\"", "zx4410", "ZX-4410"] {
        assert_eq!(found(&live, text)?, ["new"], "{text}");
    }
    assert_eq!(found(&lamps(vec![named("sofa", "Sofa")])?, "couch")?, ["sofa"], "no word of it");
    let answer = ask(&live, &SearchQuery { query: "zepelin".to_owned(), ..SearchQuery::default() })?;
    assert_eq!(answer.corrected_query.as_deref(), Some("zeppelin"), "its words are words of the catalogue");
    let typed = SearchQuery { query: "zep".to_owned(), typing: true, ..SearchQuery::default() };
    assert_eq!(ask(&live, &typed)?.hits[0].id, "new");
    Ok(())
}

#[test]
fn a_new_title_is_found_and_the_old_one_no_more() -> Done {
    let live = lamps(vec![Product { title: "floor zeppelin".to_owned(), ..lamp(1) }])?;
    assert_eq!(found(&live, "zeppelin")?[0], "p01");
    let lamps = found(&live, "\"floor lamp\"")?;
    assert!(lamps.contains(&"p04".to_owned()) && !lamps.contains(&"p01".to_owned()), "{lamps:?}");
    let (live, _) = live.changed(&changes(vec![Product { title: "floor airship".to_owned(), ..lamp(1) }]))?;
    let first = ask(&live, &query("airship", None, None))?.hits.remove(0);
    assert_eq!(first.id, "p01");
    assert!(first.product.get().contains("floor airship"), "shown as it is now, not as it was shown before");
    assert_eq!(ask(&live, &query("\"floor zeppelin\"", None, None))?.matched, MatchLevel::Meaning);
    let (live, _) = live.changed(&[("p01".to_owned(), None)])?;
    assert!(!found(&live, "airship")?.contains(&"p01".to_owned()));
    Ok(())
}

#[test]
fn a_new_variant_is_one_hit_with_its_group_and_recommended_once() -> Done {
    let blue = Product { id: "blue".to_owned(), title: "desk lamp in blue".to_owned(), ..lamp(0) };
    let live = lamps(vec![blue])?;
    let hits = ask(&live, &SearchQuery { group: true, variants: 9, ..query("lamp", None, None) })?.hits;
    let count = |id: &str| hits.iter().find(|hit| hit.id == id).and_then(|hit| Some(hit.variants.as_ref()?.count));
    let one = count("p00").or(count("p01")).or(count("blue"));
    assert_eq!(one, Some(3), "p00, p01 and the new one: {hits:?}");
    let placement = Placement::about(PlacementKind::Similar, vec!["blue".to_owned()], 9);
    let items = live.recommend(&[placement], None, &RequestContext::default())?.remove(0).items;
    assert!(!items.iter().any(|item| item.id == "p00" || item.id == "p01"), "its own variants: {items:?}");
    let placement = Placement::about(PlacementKind::Similar, vec!["p03".to_owned()], 9);
    let items = live.recommend(&[placement], None, &RequestContext::default())?.remove(0).items;
    let own = items.iter().filter(|item| ["p00", "p01", "blue"].contains(&item.id.as_str()));
    assert_eq!(own.count(), 1, "{items:?}");
    Ok(())
}

#[test]
fn past_the_limit_words_wait_for_the_reindex_and_prices_do_not() -> Done {
    let small = EngineSettings { live_products: 1, ..EngineSettings::default() };
    let live = engine(&(0..6).map(lamp).collect::<Vec<_>>())?.with_settings(small)?;
    let renamed = Product { title: "Zeppelin".to_owned(), price: Some(1), ..lamp(0) };
    let (live, waiting) =
        live.changed(&changes(vec![named("one", "Airship"), renamed, named("two", "Balloon"), lamp(1)]))?;
    assert_eq!(waiting, ["p00", "two"].map(str::to_owned).into());
    assert_eq!(found(&live, "airship")?[0], "one");
    let answer = ask(&live, &query("desk lamp", Some("price = 1"), None))?;
    let product: Product = serde_json::from_str(answer.hits.first().ok_or("not found")?.product.get())?;
    assert_eq!((product.title.as_str(), product.price), ("desk lamp", Some(1)));
    let (live, waiting) = live.changed(&changes(vec![named("one", "Airship of lead")]))?;
    assert!(waiting.is_empty(), "it has its place already");
    assert_eq!(found(&live, "lead")?[0], "one");
    Ok(())
}

#[test]
fn titles_are_suggested_as_they_are_now() -> Done {
    let suggested = |live: &Engine| {
        let query = SuggestQuery { typed: "desk l".to_owned(), filter: None, limit: 9 };
        let answer = live.suggest(&query, &RequestContext::default()).unwrap_or_default();
        answer.suggestions.into_iter().filter_map(|found| found.product_id).collect::<Vec<_>>()
    };
    assert_eq!(suggested(&lamps(Vec::new())?), ["p00", "p03"]);
    assert_eq!(suggested(&lamps(vec![Product { title: "Zeppelin".to_owned(), ..lamp(3) }])?), ["p00"]);
    Ok(())
}

#[test]
fn a_product_that_is_gone_is_recommended_to_nobody_and_comes_back_when_it_is_put_again() -> Done {
    let live = engine(&(0..6).map(lamp).collect::<Vec<_>>())?;
    let similar = |engine: &Engine| -> Done<Vec<String>> {
        let placement = Placement::about(PlacementKind::Similar, vec!["p00".to_owned()], 9);
        let answers = engine.recommend(&[placement], None, &RequestContext::default())?;
        Ok(answers.into_iter().flat_map(|answer| answer.items).map(|item| item.id).collect())
    };
    assert!(similar(&live)?.contains(&"p03".to_owned()));
    let (gone, _) = live.changed(&[("p03".to_owned(), None)])?;
    assert!(!similar(&gone)?.contains(&"p03".to_owned()));
    let (gone, _) = gone.changed(&[("p00".to_owned(), None)])?;
    assert!(similar(&gone)?.is_empty(), "the product of the page is gone");
    let (back, _) = gone.changed(&[("p03".to_owned(), Some(lamp(3))), ("p00".to_owned(), Some(lamp(0)))])?;
    assert!(similar(&back)?.contains(&"p03".to_owned()));
    Ok(())
}

#[test]
fn vectors_come_with_the_whole_feed_or_not_at_all() -> Done {
    let without = engine(&[lamp(0)])?;
    let given = |vector: Vec<f32>| Product { vector: Some(vector), ..lamp(0) };
    assert!(without.check_product(&lamp(0)).is_ok());
    assert!(without.check_product(&given(vec![1.0, 0.0])).is_err());
    let with = engine(&[given(vec![1.0, 0.0])])?;
    assert!(with.check_product(&given(vec![0.0, 1.0])).is_ok());
    assert!(with.check_product(&given(vec![0.0, 1.0, 0.0])).is_err());
    let near = |engine: &Engine| -> Done<Vec<f32>> {
        let ids = ["p00", "p01", "p02"].map(|id| engine.generation().products.ordinal(id));
        Ok(ids.into_iter().flatten().map(|at| engine.generation().vectors.similarity(&[0.0, 1.0], at)).collect())
    };
    let (with, _) =
        with.changed(&changes(vec![given(vec![2.0, 0.0]), Product { id: "p01".to_owned(), ..given(vec![0.0, 3.0]) }]))?;
    assert_eq!(near(&with)?, [0.0, 1.0]);
    let (with, _) = with.changed(&changes(vec![given(vec![0.0, 1.0]), lamp(1), lamp(2)]))?;
    assert_eq!(near(&with)?, [1.0, 0.0, 0.0], "without a vector there is no direction");
    assert_eq!(with.product("p00").and_then(|product| product.vector), Some(vec![0.0, 1.0]));
    Ok(())
}
