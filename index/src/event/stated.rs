//! What a shopper says outright: what the shop may do, and what they like. Both
//! override whatever is inferred.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Channel;

/// What the shopper allows; what is absent stays as it was.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    /// May answers be ordered by what is known of the shopper?
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub personalization: Option<bool>,
    /// May what the shopper does be kept?
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage: Option<bool>,
}

/// How a shopper says to feel about a brand or category.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Leaning {
    /// Wants to see it.
    Like,
    /// Does not want to see it.
    Avoid,
    /// Takes back what was said before.
    None,
}

/// What a shopper says to like; what is absent stays as it was.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Preferences {
    /// By brand.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub brands: BTreeMap<String, Leaning>,
    /// By category path; everything below it is meant too.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub categories: BTreeMap<String, Leaning>,
    /// Wanted values by attribute, such as `size`; an empty list takes it back.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, Vec<String>>,
    /// Whether the shop may write on a channel; `false` opts out.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub channels: BTreeMap<Channel, bool>,
}

impl Preferences {
    /// How many things are said.
    pub fn len(&self) -> usize {
        let values: usize = self.attributes.values().map(|values| values.len().max(1)).sum();
        self.brands.len() + self.categories.len() + values + self.channels.len()
    }

    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
