//! Changes made live are seen as if the catalogue had always been so: an engine after any changes
//! answers as one built from the catalogue they lead to. Random catalogues print what they were.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::engine::{Circumstances, Engine, EngineSettings, Placement, PlacementKind};
use crate::generation::{BuildInput, BuildSettings, build};
use crate::product::{Availability, Product};
use crate::progress::Silent;
use crate::query::{FacetRequest, SearchQuery};
use crate::vector::embed::StaticTable;

type Done<T = ()> = Result<T, Box<dyn std::error::Error>>;

fn engine(products: &[Product]) -> Done<Engine> {
    let folder = tempfile::tempdir()?;
    let catalogue = folder.path().join("products.jsonl");
    let lines = products.iter().map(serde_json::to_string).collect::<Result<Vec<_>, _>>()?;
    std::fs::write(&catalogue, lines.join("\n"))?;
    let embedder = StaticTable::builtin()?;
    let mut input = BuildInput {
        catalogue: &catalogue,
        catalogue_version: 0,
        events: &mut std::iter::empty(),
        embedder: &embedder,
        now: jiff::Timestamp::UNIX_EPOCH,
        keep: 1,
        settings: &BuildSettings::default(),
    };
    let built = build(&folder.path().join("generations"), &mut input, &Silent, &mut |_| {})?;
    Ok(Engine::new(built.generation, embedder.into(), EngineSettings::default())?)
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
        ..Product::default()
    }
}

fn query(text: &str, filter: Option<&str>, sort: Option<&str>) -> SearchQuery {
    let facets = ["brand", "in_stock", "availability", "seasons", "price"].map(FacetRequest::from).to_vec();
    let (filter, sort) = (filter.map(str::to_owned), sort.map(str::to_owned));
    SearchQuery { query: text.to_owned(), filter, sort, facets, per_page: 100, ..SearchQuery::default() }
}

/// What an answer comes to, its scores left out: total, ids and products, facets.
type Seen = (usize, Vec<(String, String)>, String);

fn seen(engine: &Engine, query: &SearchQuery, in_order: bool) -> Done<Seen> {
    let answer = engine.search(query, &Circumstances::default())?;
    let mut hits: Vec<(String, String)> =
        answer.hits.iter().map(|hit| (hit.id.clone(), hit.product.get().to_owned())).collect();
    if !in_order {
        hits.sort_unstable();
    }
    Ok((answer.total, hits, serde_json::to_string(&answer.facets)?))
}

/// A change of one product: none takes it away.
type Change = (usize, Option<(i64, Option<u64>, u8)>);

fn changed(product: &Product, (price, stock, kind): (i64, Option<u64>, u8)) -> Product {
    let availability = [Availability::InStock, Availability::OutOfStock, Availability::Preorder][usize::from(kind % 3)];
    let seasons = if kind % 2 == 0 { vec!["winter".to_owned()] } else { Vec::new() };
    Product { price: Some(price), sale_price: Some(price / 2), stock, availability, seasons, ..product.clone() }
}

fn compare(groups: &[Vec<Change>]) -> Done {
    let mut catalogue: BTreeMap<String, Product> = (0..24).map(|n| (lamp(n).id, lamp(n))).collect();
    let mut live = engine(&catalogue.values().cloned().collect::<Vec<_>>())?;
    for group in groups {
        let said: Vec<(String, Option<Product>)> =
            group.iter().map(|&(n, change)| (lamp(n).id, change.map(|change| changed(&lamp(n), change)))).collect();
        for (id, product) in &said {
            match product {
                Some(product) => drop(catalogue.insert(id.clone(), product.clone())),
                None => drop(catalogue.remove(id)),
            }
        }
        // Filters are in the cache before, and must not answer from it after.
        live.search(&query("", Some("in_stock = true"), None), &Circumstances::default())?;
        let (after, unseen) = live.changed(&said)?;
        assert!(unseen.is_empty(), "{unseen:?}");
        live = after;
    }
    if catalogue.is_empty() {
        assert_eq!(live.search(&query("", None, None), &Circumstances::default())?.total, 0);
        return Ok(());
    }
    let built = engine(&catalogue.values().cloned().collect::<Vec<_>>())?;
    for text in ["", "lamp", "desk lamp", "zeta floor"] {
        let filters = [None, Some("in_stock = true"), Some("final_price < 60"), Some("EXISTS seasons AND stock > 2")];
        for filter in filters {
            for sort in [None, Some("price:asc"), Some("stock:desc")] {
                // What words are worth still counts the products that are gone.
                let in_order = text.is_empty() || sort.is_some() || catalogue.len() == 24;
                let query = query(text, filter, sort);
                assert_eq!(seen(&live, &query, in_order)?, seen(&built, &query, in_order)?, "{query:?}");
            }
        }
    }
    Ok(())
}

fn change() -> impl Strategy<Value = Change> {
    (0..24usize, prop::option::weighted(0.8, (0..200i64, prop::option::of(0..5u64), any::<u8>())))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn it_answers_as_if_built_from_the_changed_catalogue(
        groups in prop::collection::vec(prop::collection::vec(change(), 1..12), 1..4),
    ) {
        let outcome = compare(&groups);
        prop_assert!(outcome.is_ok(), "{:?}", outcome.err());
    }
}

#[test]
fn what_is_searched_of_a_product_waits_and_what_it_costs_does_not() -> Done {
    let live = engine(&(0..6).map(lamp).collect::<Vec<_>>())?;
    let renamed = Product { title: "Zeppelin".to_owned(), price: Some(1), ..lamp(0) };
    let new = Product { id: "new".to_owned(), ..lamp(1) };
    let said = [("p00".to_owned(), Some(renamed)), ("new".to_owned(), Some(new)), ("p01".to_owned(), Some(lamp(1)))];
    let (live, unseen) = live.changed(&said)?;
    assert_eq!(unseen, ["p00", "new"].map(str::to_owned).into());
    let found = live.search(&query("desk lamp", Some("price = 1"), None), &Circumstances::default())?;
    let product: Product = serde_json::from_str(found.hits.first().ok_or("not found")?.product.get())?;
    assert_eq!((product.title.as_str(), product.price), ("desk lamp", Some(1)));
    Ok(())
}

#[test]
fn a_product_that_is_gone_is_recommended_to_nobody_and_comes_back_when_it_is_put_again() -> Done {
    let live = engine(&(0..6).map(lamp).collect::<Vec<_>>())?;
    let similar = |engine: &Engine| -> Done<Vec<String>> {
        let placement = Placement { kind: PlacementKind::Similar, product_id: Some("p00".to_owned()), limit: 9 };
        let answers = engine.recommend(&[placement], None, None)?;
        Ok(answers.into_iter().flat_map(|answer| answer.items).map(|item| item.id).collect())
    };
    assert!(similar(&live)?.contains(&"p03".to_owned()));
    let (gone, _) = live.changed(&[("p03".to_owned(), None)])?;
    assert!(!similar(&gone)?.contains(&"p03".to_owned()));
    let (gone, _) = gone.changed(&[("p00".to_owned(), None)])?;
    assert!(similar(&gone).is_err(), "the product of the page is gone");
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
    let (_, unseen) = with.changed(&[("p00".to_owned(), Some(given(vec![2.0, 0.0])))])?;
    assert!(unseen.is_empty(), "as long a vector, the same direction");
    let (_, unseen) = with.changed(&[("p00".to_owned(), Some(given(vec![0.0, 1.0])))])?;
    assert!(!unseen.is_empty());
    Ok(())
}
