//! The products of a feed whose availability and stock, or prices, contradict each other, counted for the merchant. They
//! are imported as stated; searches and answers read the supply that [`Product::supply`] makes of availability and stock.

use std::collections::BTreeMap;
use std::fmt;

use tastemaker_index::product::Product;

/// The contradictions of one feed, by kind: the number of products, and the line and id of the first.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Contradictions(BTreeMap<&'static str, (u64, u64, String)>);

impl Contradictions {
    /// Looks at the product of one line.
    pub(super) fn see(&mut self, product: &Product, line: u64) {
        for told in product.contradictions() {
            self.0.entry(told).or_insert_with(|| (0, line, product.id.clone())).0 += 1;
        }
    }

    /// True if there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// One line for each kind, each with its end of line.
impl fmt::Display for Contradictions {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (told, (count, line, id)) in &self.0 {
            let products = if *count == 1 { "product" } else { "products" };
            writeln!(out, "warning: {count} {products}, first `{id}` on line {line}: {told}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use tastemaker_index::product::Availability;

    use super::*;

    #[test]
    fn each_kind_is_counted_with_its_first_product() {
        let mut seen = Contradictions::default();
        let stated = [
            ("a", Availability::InStock, 5),
            ("b", Availability::InStock, 0),
            ("c", Availability::InStock, 0),
            ("d", Availability::OutOfStock, 5),
            ("e", Availability::Backorder, 0),
            ("f", Availability::Preorder, 5),
        ];
        for ((id, availability, pieces), line) in stated.into_iter().zip(1..) {
            let (id, stock) = (id.to_owned(), Some(pieces));
            seen.see(&Product { id, availability, stock, ..Product::default() }, line);
        }
        let dearer = Product { id: "g".to_owned(), price: Some(5), sale_price: Some(7), ..Product::default() };
        seen.see(&dearer, 7);
        let text = seen.to_string();
        assert!(
            text.starts_with("warning: 2 products, first `b` on line 2: availability in_stock with stock 0"),
            "{text}"
        );
        assert!(text.contains("\nwarning: 1 product, first `d` on line 4: availability out_of_stock"), "{text}");
        assert!(text.contains("\nwarning: 1 product, first `g` on line 7: sale_price is above the price"), "{text}");
        assert_eq!(text.lines().count(), 3);
    }
}
