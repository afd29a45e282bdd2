//! The catalogues of shops whose data is their orders.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use serde::Deserialize;
use tastemaker_index::event::Event;
use tastemaker_index::product::{CATEGORY_SEPARATOR, Product};

use crate::indexed::csv_lines;
use crate::suite::Failure;

/// Digits that the code of a piece of goods begins with; postage, fees and corrections have other codes.
const GOODS_DIGITS: usize = 5;

/// Goods by their code, each called what it was called first. They are in no category.
pub(super) fn online_retail(path: &Path, _: &[Event]) -> Result<Vec<Product>, Failure> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Row {
        stock_code: String,
        description: String,
        quantity: i64,
    }
    let (mut products, mut titled) = (Vec::new(), HashMap::new());
    for row in csv_lines::<Row>(path)? {
        let Row { stock_code: id, description, quantity } = row?;
        let digits = id.bytes().take_while(u8::is_ascii_digit).count();
        let title = description.trim();
        // What is written beside a quantity below 1 tells what went wrong.
        if digits >= GOODS_DIGITS && quantity > 0 && !title.is_empty() && titled.insert(id.clone(), ()).is_none() {
            products.push(Product { id, title: title.to_owned(), ..Product::default() });
        }
    }
    Ok(products)
}

/// What was ever bought: called after its type and size, made by a numbered manufacturer.
pub(super) fn completejourney(path: &Path, events: &[Event]) -> Result<Vec<Product>, Failure> {
    #[derive(Deserialize)]
    struct Row {
        product_id: String,
        manufacturer_id: String,
        department: String,
        product_category: String,
        product_type: String,
        package_size: String,
    }
    let bought: HashSet<&str> =
        events.iter().flat_map(|event| &event.products).map(|product| product.id.as_str()).collect();
    let mut products = Vec::new();
    for row in csv_lines::<Row>(path)? {
        let row = row?;
        if !bought.contains(row.product_id.as_str()) {
            continue;
        }
        let levels = [&row.department, &row.product_category, &row.product_type].map(|level| level.trim());
        let path: Vec<&str> = levels.into_iter().filter(|level| !level.is_empty()).collect();
        let name = path.last().copied().unwrap_or(&row.product_id);
        products.push(Product {
            title: format!("{name} {}", row.package_size).trim().to_owned(),
            brand: Some(row.manufacturer_id),
            categories: if path.is_empty() { Vec::new() } else { vec![path.join(CATEGORY_SEPARATOR)] },
            id: row.product_id,
            ..Product::default()
        });
    }
    Ok(products)
}
