//! The searchable fields of a product and the texts that go into each.

use serde::{Deserialize, Serialize};

use super::codes;
use crate::product::{AttributeValue, CATEGORY_SEPARATOR, Product};

/// A searchable field; its number is its place in arrays of weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextField {
    /// The product's title.
    Title,
    /// The brand.
    Brand,
    /// Every level of every category path.
    Category,
    /// The description.
    Description,
    /// Text and numbers under `attributes`, names of true ones, and tags.
    Attributes,
    /// Id, part number, article number and trade item number, and part numbers found in title and attributes,
    /// without punctuation.
    Code,
}

impl TextField {
    /// All fields, in the order of weight arrays.
    pub const ALL: [Self; 6] =
        [Self::Title, Self::Brand, Self::Category, Self::Description, Self::Attributes, Self::Code];

    /// The field's name in the index, in settings and in explanations.
    pub fn name(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Brand => "brand",
            Self::Category => "category",
            Self::Description => "description",
            Self::Attributes => "attributes",
            Self::Code => "code",
        }
    }

    /// The texts of a product that are indexed in this field.
    pub(super) fn texts(self, product: &Product) -> Vec<String> {
        match self {
            Self::Title => vec![product.title.clone()],
            Self::Brand => product.brand.iter().cloned().collect(),
            Self::Category => category_words(product),
            Self::Description => vec![product.description.clone()],
            Self::Attributes => attribute_texts(product),
            Self::Code => codes::of_product(product),
        }
    }
}

/// True if two products have the same texts in every field, so the text index of one serves the other.
pub fn same_texts(one: &Product, other: &Product) -> bool {
    TextField::ALL.iter().all(|field| field.texts(one) == field.texts(other))
}

fn category_words(product: &Product) -> Vec<String> {
    let mut levels: Vec<String> = Vec::new();
    for path in &product.categories {
        for level in path.split(CATEGORY_SEPARATOR) {
            if !levels.iter().any(|known| known == level) {
                levels.push(level.to_owned());
            }
        }
    }
    levels
}

fn attribute_texts(product: &Product) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    for (name, value) in &product.attributes {
        value.for_each(&mut |value| match value {
            AttributeValue::Text(text) => texts.push(text.clone()),
            AttributeValue::Whole(number) => texts.push(number.to_string()),
            AttributeValue::Number(number) => texts.push(number.to_string()),
            AttributeValue::Bool(true) => texts.push(name.replace('_', " ")),
            AttributeValue::Bool(false) | AttributeValue::List(_) => {}
        });
    }
    texts.extend(product.tags.iter().cloned());
    texts
}
