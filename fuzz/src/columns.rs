//! Filters, as text, against a small shop, and damaged `columns.flat` files.

use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use tastemaker_index::column::{
    Bitmap, Columns, ColumnsBuilder, FacetContext, Filter, MAX_FILTER_CHARACTERS, Sort, count_facet, top,
};
use tastemaker_index::context::Location;
use tastemaker_index::error::Result;
use tastemaker_index::flat::FlatWriter;
use tastemaker_index::id::Ordinal;
use tastemaker_index::product::Product;
use tastemaker_index::query::FacetRequest;

const PRODUCTS: [&str; 4] = [
    r#"{"id":"a","title":"A","brand":"Acme","categories":["Shoes > Boots"],"price":150,"group_id":"g","tags":["gift"],
        "attributes":{"color":"red","size":["41",42]},"locations":[{"lat":55.7,"lon":12.6,"store_id":"x"}]}"#,
    r#"{"id":"b","title":"B","brand":"acme","categories":["Hats"],"sale_price":7,"group_id":"g","stock":0,
        "attributes":{"color":"Röd","weight":1.5},"released_at":"2026-03-01T00:00:00Z"}"#,
    r#"{"id":"c","title":"C","price":3,"location":{"lat":-90,"lon":180},"attributes":{"flag":true}}"#,
    r#"{"id":"d","title":"D"}"#,
];

/// A new file path for each call.
fn path() -> PathBuf {
    static FILES: AtomicUsize = AtomicUsize::new(0);
    let file = FILES.fetch_add(1, Ordering::Relaxed);
    std::env::temp_dir().join(format!("tastemaker-fuzz-{}-{file}.flat", std::process::id()))
}

fn products() -> Vec<Product> {
    PRODUCTS.iter().filter_map(|text| serde_json::from_str(text).ok()).collect()
}

fn shop() -> Result<Columns> {
    let path = path();
    let mut builder = ColumnsBuilder::new();
    products().iter().try_for_each(|product| builder.push(product))?;
    let mut writer = FlatWriter::create(&path)?;
    builder.finish(&mut writer)?;
    writer.finish()?;
    let columns = Columns::open(&path);
    // The memory map outlives the file's name.
    drop(std::fs::remove_file(path));
    columns
}

/// Parses a filter; an accepted filter is read back from its canonical form, and columns and single
/// products agree on it.
pub fn filter(data: &[u8]) {
    static SHOP: OnceLock<(Columns, Vec<Product>)> = OnceLock::new();
    let (columns, products) = SHOP.get_or_init(|| (shop().expect("a small shop"), products()));
    let Ok(filter) = Filter::parse(&String::from_utf8_lossy(data)) else { return };
    if filter.canonical().chars().count() <= MAX_FILTER_CHARACTERS {
        assert_eq!(Filter::parse(filter.canonical()).ok().as_ref(), Some(&filter));
    }
    let Ok(filter) = filter.at(Some(Location { lat: 55.6, lon: 13.0 })) else { return };
    let Ok(passing) = filter.eval(columns) else { return };
    for (ordinal, product) in Ordinal::enumerate(products) {
        assert_eq!(filter.accepts(product), passing.contains(ordinal), "{filter} of {}", product.id);
    }
}

/// Opens columns; damage is an error, or everything can be read without a panic.
pub fn columns(data: &[u8]) {
    let path = path();
    if std::fs::write(&path, data).is_err() {
        return;
    }
    let columns = Columns::open(&path);
    drop(std::fs::remove_file(path));
    let Ok(columns) = columns else { return };
    let some = Bitmap::from_ordinals(columns.len().min(1_000), Ordinal::all(1_000));
    for (field, _) in columns.fields() {
        for request in [
            FacetRequest::new(field),
            FacetRequest { limit: Some(5), histogram: Some(4), ..FacetRequest::new(field) },
            FacetRequest { depth: Some(3), ..FacetRequest::new(field) },
        ] {
            drop(count_facet(&columns, &request, &some, 10, &FacetContext::default()));
        }
        if let Ok(sort) = Sort::parse(&format!("{field}:desc,distance(1,2):asc"), &columns, None) {
            top(&some, &sort, &columns, &[], None, 0, 10);
        }
    }
    for text in [
        "brand = 'acme' OR category UNDER 'Shoes'",
        "price < 3 OR EXISTS tags",
        "distance(1,2) < 9km OR within(0,0,9,9)",
    ] {
        if let Ok(filter) = Filter::parse(text) {
            drop(filter.eval(&columns));
        }
    }
}
