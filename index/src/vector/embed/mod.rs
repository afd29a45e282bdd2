//! Text to vectors. The default embedder is a static table compiled into the
//! binary, so that no download and no service is needed; any folder in the
//! Model2Vec layout replaces it. Vectors of different embedders are not
//! comparable, so each lives in a named [`Space`].

mod static_table;
mod tensor;

pub use static_table::StaticTable;

use serde::{Deserialize, Serialize};

use crate::product::{Product, last_level};

/// How much of a description is embedded, in bytes.
const DESCRIPTION_BYTES: usize = 300;

/// The space vectors live in: which embedder made them, and how long they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Space {
    /// Hash of the embedder's content, or `provided` for vectors of the feed.
    pub id: String,
    /// Numbers a vector.
    pub dimensions: usize,
}

impl Space {
    /// The space of vectors that came with the feed.
    pub fn provided(dimensions: usize) -> Self {
        Self { id: "provided".to_owned(), dimensions }
    }

    /// Whether texts cannot be embedded into this space by us.
    pub fn is_provided(&self) -> bool {
        self.id == "provided"
    }
}

/// The text of a product that is embedded: title, brand, last category levels,
/// and the beginning of the description.
pub fn product_text(product: &Product) -> String {
    let mut text = product.title.clone();
    let leaves = product.categories.iter().map(|path| last_level(path));
    for part in product.brand.as_deref().into_iter().chain(leaves) {
        text.push_str(". ");
        text.push_str(part);
    }
    let end = product.description.floor_char_boundary(DESCRIPTION_BYTES);
    text.push_str(". ");
    text.push_str(&product.description[..end]);
    text
}
