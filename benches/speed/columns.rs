//! Facets, filters, groups, sorting and distances over a generated catalogue of
//! 200,000 variants, each beside one pass over the match set.

use std::time::Instant;

use anyhow::Context;
use tastemaker_index::column::{
    Bitmap, Columns, ColumnsBuilder, FacetContext, Filter, Groups, Refinements, Sort, count_facet, top,
};
use tastemaker_index::flat::FlatWriter;
use tastemaker_index::id::{GroupNumber, Ordinal};
use tastemaker_index::product::{AttributeValue, Product, StoreLocation};
use tastemaker_index::query::{FacetOrder, FacetRequest, Refinement};

use crate::bars::Bars;
use crate::random::Random;

const PRODUCTS: usize = 200_000;
/// Variants a product.
const VARIANTS: usize = 4;
const STORES: u64 = 60;
const ROUNDS: usize = 31;
const FACETS_MS: f64 = 10.0;

/// Below `limit`, the low ones oftener, as brands and categories are.
fn skewed(random: &mut Random, limit: u64) -> u64 {
    let part = random.unit();
    (limit as f64 * part * part) as u64
}

/// `spread` gives every product a place of its own instead of a few stores.
fn product(random: &mut Random, at: usize, spread: bool) -> Product {
    let brand = skewed(random, 2_000);
    let (root, leaf) = (skewed(random, 12), skewed(random, 40));
    let degrees = |random: &mut Random, from: f64| from + (random.next() % 4_000_000) as f64 * 1e-6;
    let locations = if spread {
        vec![StoreLocation { lat: degrees(random, 54.0), lon: degrees(random, 8.0), store_id: None }]
    } else {
        let held = (0..random.next() % 4).map(|_| random.next() % STORES);
        held.map(|store| StoreLocation {
            lat: 54.0 + store as f64 * 0.066,
            lon: 8.0 + (store * 7 % STORES) as f64 * 0.066,
            store_id: Some(format!("store-{store}")),
        })
        .collect()
    };
    let text = |value: String| AttributeValue::Text(value);
    Product {
        id: format!("{at:07}"),
        brand: Some(format!("Brand {brand}")),
        categories: vec![format!("Root {root} > Part {} > Leaf {leaf}", leaf % 8)],
        price: Some(100 + skewed(random, 50_000) as i64),
        rating: Some((random.next() % 9) as f64 / 2.0 + 1.0),
        group_id: Some(format!("{:07}", at / VARIANTS)),
        attributes: [
            ("color".to_owned(), text(format!("color {}", skewed(random, 24)))),
            ("size".to_owned(), AttributeValue::Number((36 + random.next() % 12) as f64)),
        ]
        .into(),
        locations,
        ..Product::default()
    }
}

fn columns(folder: &std::path::Path, spread: bool) -> anyhow::Result<Columns> {
    let path = folder.join(if spread { "spread.flat" } else { "stores.flat" });
    let (mut random, mut builder) = (Random(7), ColumnsBuilder::new());
    for at in 0..PRODUCTS {
        builder.push(&product(&mut random, at, spread))?;
    }
    let mut writer = FlatWriter::create(&path)?;
    builder.finish(&mut writer)?;
    writer.finish()?;
    Ok(Columns::open(&path)?)
}

/// Median milliseconds of some rounds.
fn median(mut work: impl FnMut() -> anyhow::Result<usize>) -> anyhow::Result<f64> {
    let mut times = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let began = Instant::now();
        std::hint::black_box(work()?);
        times.push(began.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_unstable_by(f64::total_cmp);
    Ok(times[ROUNDS / 2])
}

/// Measures every kind of question over match sets of several sizes.
pub(crate) fn run(bars: &mut Bars) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let (stores, spread) = (columns(folder.path(), false)?, columns(folder.path(), true)?);
    let groups = Groups::new((0..PRODUCTS).map(|at| Some(GroupNumber::from_index(at / VARIANTS))))
        .context("there are variants")?;
    println!(
        "  {PRODUCTS} products, {VARIANTS} variants each, median ms of {ROUNDS}; ratios to one pass over the matches"
    );
    println!("    {:<44} {:>16} {:>16} {:>16}", "matches", "2,000", "20,000", "200,000");
    let sizes = [100, 10, 1];
    let matches = sizes.map(|step| {
        let mut random = Random(step as u64);
        Bitmap::from_ordinals(PRODUCTS, Ordinal::all(PRODUCTS).filter(|_| random.next().is_multiple_of(step as u64)))
    });
    let floor = [0, 1, 2].map(|at| median(|| Ok(matches[at].iter().map(|ordinal| ordinal.index()).sum())));
    let floor = floor.into_iter().collect::<anyhow::Result<Vec<f64>>>()?;
    let row = |name: &str, work: &dyn Fn(&Bitmap) -> anyhow::Result<usize>| -> anyhow::Result<f64> {
        let mut cells = String::new();
        let mut last = 0.0;
        for (set, floor) in matches.iter().zip(&floor) {
            last = median(|| work(set))?;
            cells.push_str(&format!(" {last:>7.3} {:>6.1} x", last / floor));
        }
        println!("    {name:<44}{cells}");
        Ok(last)
    };
    row("one pass (the limit)", &|set| Ok(set.iter().map(|ordinal| ordinal.index()).sum()))?;
    let facet = |columns: &Columns, set: &Bitmap, request: &FacetRequest, groups: Option<&Groups>| {
        let context = FacetContext { groups, ..FacetContext::default() };
        count_facet(columns, request, set, 100, &context).map(|answer| answer.values.len()).map_err(anyhow::Error::from)
    };
    row("facet brand", &|set| facet(&stores, set, &"brand".into(), None))?;
    row("facet brand, by group", &|set| facet(&stores, set, &"brand".into(), Some(&groups)))?;
    let tree = FacetRequest { depth: Some(3), ..FacetRequest::from("category") };
    row("facet category tree, by group", &|set| facet(&stores, set, &tree, Some(&groups)))?;
    let price = FacetRequest { histogram: Some(20), ..FacetRequest::from("price") };
    row("facet price with histogram, by group", &|set| facet(&stores, set, &price, Some(&groups)))?;
    let sizes = FacetRequest { limit: Some(20), order: FacetOrder::Alpha, ..FacetRequest::from("size") };
    row("facet size, numbers by value, by group", &|set| facet(&stores, set, &sizes, Some(&groups)))?;
    row("total in groups", &|set| Ok(groups.count(set)))?;
    let asked = [
        ("brand".to_owned(), Refinement::Any(vec!["Brand 3".to_owned(), "Brand 5".to_owned(), "Brand 0".to_owned()])),
        ("price".to_owned(), Refinement::Between { min: Some(500.0), max: Some(30_000.0) }),
    ]
    .into();
    let page = row("four facets, two refined, by group", &|set| {
        let refinements = Refinements::new(&asked, &stores)?;
        let mut refined = set.clone();
        refinements.apply(&mut refined);
        let mut values = groups.count(&refined);
        for request in [&"brand".into(), &tree, &price, &FacetRequest::from("color")] {
            let others = refinements.others(&request.field, set);
            values += facet(&stores, others.as_ref().unwrap_or(&refined), request, Some(&groups))?;
        }
        Ok(values)
    })?;
    for order in ["price:asc", "rating:desc,price:asc", "brand:asc", "distance(55.7,12.6):asc"] {
        for (name, columns) in [("", &stores), (", a place each", &spread)] {
            if name.is_empty() || order.starts_with("distance") {
                let sort = Sort::parse(order, columns, None)?;
                let relevance = vec![0.5; PRODUCTS];
                row(&format!("sort {order}{name}, by group"), &|set| {
                    Ok(top(set, &sort, columns, &relevance, Some(&groups), 0, 20).len())
                })?;
            }
        }
    }
    println!("    filters, over all products:");
    for text in [
        "price BETWEEN 1000 AND 5000 AND brand IN ['Brand 1', 'Brand 7']",
        "distance(55.7, 12.6) < 20km",
        "distance(55.7, 9.5) < 200km",
        "within(55, 8, 56, 12)",
    ] {
        let filter = Filter::parse(text)?;
        let times = [&stores, &spread].map(|columns| median(|| Ok(filter.eval(columns)?.count())));
        let [stores, spread] = times;
        println!("    {text:<68} {:>7.3} ms, a place each {:>7.3} ms", stores?, spread?);
    }
    bars.under("four facets, two refined, by group, 200,000 matches", page, FACETS_MS, "ms");
    Ok(())
}
