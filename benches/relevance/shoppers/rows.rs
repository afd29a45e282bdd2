//! Rows of recommendations of the demo shop, with its behaviour, for people to read.

use std::path::Path;

use jiff::Timestamp;
use tastemaker_index::engine::{Placement, PlacementAnswer, RequestContext};
use tastemaker_index::event::Event;
use tastemaker_index::placement::PlacementKind;
use tastemaker_index::product::Product;

use super::NOW;
use crate::indexed::{index, json_lines};
use crate::suite::{Bench, Failure};

/// Products shown, spread evenly over the catalogue's families.
const PRODUCTS: usize = 60;
/// Items a row.
const ITEMS: usize = 6;

/// The rows of one product's page.
pub(super) struct OfProduct {
    pub(super) product: Product,
    pub(super) rows: Vec<PlacementAnswer>,
}

/// Every row that is about a product, of sixty products.
pub(super) fn of_the_demo(bench: &Bench) -> Result<Vec<OfProduct>, Failure> {
    let shop = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/shop");
    let events: Result<Vec<Event>, Failure> = json_lines(&shop.join("events.ndjson"))?.collect();
    let products: Result<Vec<Product>, Failure> = json_lines(&shop.join("products.jsonl"))?.collect();
    let products = products?;
    let now: Timestamp = NOW.parse()?;
    let indexed =
        index(bench, products.iter().cloned().map(Ok), events?.into_iter(), &bench.config.reindex.build, now)?;
    let mut families: Vec<Product> = products;
    families.dedup_by(|later, earlier| later.group_id.is_some() && later.group_id == earlier.group_id);
    let step = families.len() / PRODUCTS;
    let request_context = RequestContext { now, ..RequestContext::default() };
    let of_product = |product: Product| {
        let kinds = PlacementKind::ALL
            .into_iter()
            .filter(|kind| tastemaker_index::recommend::Description::of(*kind).needs_products());
        // Each row is asked for alone, so that none is short because of another.
        let row = |kind| {
            let placement = Placement::about(kind, vec![product.id.clone()], ITEMS);
            Ok(indexed.engine.recommend(&[placement], None, &request_context)?.remove(0))
        };
        let rows = kinds.map(row).collect::<Result<Vec<_>, Failure>>()?;
        Ok(OfProduct { product, rows })
    };
    families.into_iter().step_by(step.max(1)).take(PRODUCTS).map(of_product).collect()
}
