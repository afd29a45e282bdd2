//! Embedding: texts become vectors. The default embedder is a static table compiled into the binary, so no
//! download and no service is needed; any folder in the Model2Vec layout replaces it. Vectors of different
//! embedders are not comparable, so each set of vectors names its [`Space`].

mod static_table;
mod tensor;

pub use static_table::StaticTable;

use serde::{Deserialize, Serialize};

use crate::product::{Product, last_level};

/// The length of a description that is embedded, in bytes.
const DESCRIPTION_BYTES: usize = 300;

/// The space of a set of vectors: the embedder that made them, and their dimensions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Space {
    /// Hash of the embedder's content, or `provided` for vectors of the feed.
    pub id: String,
    /// The number of values of a vector.
    pub dimensions: usize,
}

impl Space {
    /// The space of vectors that the feed provides.
    pub fn provided(dimensions: usize) -> Self {
        Self { id: "provided".to_owned(), dimensions }
    }

    /// True if vectors come from the feed, so texts cannot be embedded into this space.
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
