//! The supply of a product: its availability and its stock as one statement. A shop may state both, and they may
//! contradict each other. The product keeps what the shop stated, so that a later change of one of them counts in
//! full; filters, facets, orders and answers read the supply instead, in which they agree.
//!
//! | stated | stock not stated | stock 0 | stock above 0 |
//! | --- | --- | --- | --- |
//! | `in_stock`, or nothing | `in_stock` | **`out_of_stock`, 0** | `in_stock`, as stated |
//! | `out_of_stock` | `out_of_stock` | `out_of_stock`, 0 | **`out_of_stock`, 0** |
//! | `preorder`, `backorder` | as stated | as stated, 0 | as stated |

use serde::{Deserialize, Serialize};

use super::Product;

/// The availability of a product.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Availability {
    /// Can be bought now.
    #[default]
    InStock,
    /// Cannot be bought now.
    OutOfStock,
    /// Can be ordered before release.
    Preorder,
    /// Can be ordered, ships later.
    Backorder,
}

impl Availability {
    /// The word for it in the feed.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InStock => "in_stock",
            Self::OutOfStock => "out_of_stock",
            Self::Preorder => "preorder",
            Self::Backorder => "backorder",
        }
    }
}

/// Availability and stock that agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Supply {
    /// The availability.
    pub availability: Availability,
    /// The pieces that can be sold from stock, if the shop counts them.
    pub stock: Option<u64>,
    /// The contradiction in what the shop stated, if there was one.
    pub conflict: Option<SupplyConflict>,
}

/// A contradiction between the stated availability and the stated stock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SupplyConflict {
    /// In stock, but there is no piece: the product is out of stock until there is one.
    NoPieces,
    /// Out of stock, but there are pieces: they are not for sale, and count as none until the shop states another
    /// availability.
    NotForSale,
}

impl SupplyConflict {
    /// The contradiction and what was made of it, as a sentence without a full stop.
    pub fn message(self) -> &'static str {
        match self {
            Self::NoPieces => "availability in_stock with stock 0 counts as out_of_stock until the stock rises",
            Self::NotForSale => {
                "availability out_of_stock with stock above 0 counts as stock 0 until the availability changes"
            }
        }
    }
}

impl Product {
    /// Availability and stock in agreement: see the table above.
    pub fn supply(&self) -> Supply {
        let stated = Supply { availability: self.availability, stock: self.stock, conflict: None };
        match (self.availability, self.stock) {
            (Availability::InStock, Some(0)) => {
                let conflict = Some(SupplyConflict::NoPieces);
                Supply { availability: Availability::OutOfStock, conflict, ..stated }
            }
            (Availability::OutOfStock, Some(pieces)) if pieces > 0 => {
                Supply { stock: Some(0), conflict: Some(SupplyConflict::NotForSale), ..stated }
            }
            _ => stated,
        }
    }

    /// What contradicts itself in the product, and what was made of it, each as a sentence without a full stop.
    pub fn contradictions(&self) -> Vec<&'static str> {
        let above = self.sale_price.zip(self.price).is_some_and(|(sale, price)| sale > price);
        let of_prices =
            above.then_some("sale_price is above the price; give the lower one as sale_price, or leave it out");
        self.supply().conflict.map(SupplyConflict::message).into_iter().chain(of_prices).collect()
    }

    /// True if the product can be bought now, also if it ships later.
    pub fn in_stock(&self) -> bool {
        self.supply().availability != Availability::OutOfStock
    }

    /// The product as answers show it: availability and stock agree.
    pub fn with_supply(self) -> Self {
        let Supply { availability, stock, .. } = self.supply();
        Self { availability, stock, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_combination_has_one_truth() {
        use Availability::{Backorder, InStock, OutOfStock, Preorder};
        let (none, withheld) = (Some(SupplyConflict::NoPieces), Some(SupplyConflict::NotForSale));
        let table = [
            (InStock, None, InStock, None, None),
            (InStock, Some(0), OutOfStock, Some(0), none),
            (InStock, Some(5), InStock, Some(5), None),
            (OutOfStock, None, OutOfStock, None, None),
            (OutOfStock, Some(0), OutOfStock, Some(0), None),
            (OutOfStock, Some(5), OutOfStock, Some(0), withheld),
            (Preorder, None, Preorder, None, None),
            (Preorder, Some(0), Preorder, Some(0), None),
            (Preorder, Some(5), Preorder, Some(5), None),
            (Backorder, None, Backorder, None, None),
            (Backorder, Some(0), Backorder, Some(0), None),
            (Backorder, Some(5), Backorder, Some(5), None),
        ];
        for (stated, pieces, availability, stock, conflict) in table {
            let product = Product { availability: stated, stock: pieces, ..Product::default() };
            assert_eq!(product.supply(), Supply { availability, stock, conflict }, "{stated:?} {pieces:?}");
            assert_eq!(product.in_stock(), availability != OutOfStock, "{stated:?} {pieces:?}");
            let shown = product.with_supply();
            assert_eq!((shown.availability, shown.stock, shown.supply().conflict), (availability, stock, None));
        }
    }
}
