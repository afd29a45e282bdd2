//! Statements of a shopper: consent and preferences. Both override everything inferred.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Channel;

/// The consent of a shopper; absent fields leave it unchanged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    /// True if responses may be personalised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub personalization: Option<bool>,
    /// True if events of the shopper may be stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage: Option<bool>,
}

/// The stated attitude to a brand or category.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Leaning {
    /// The shopper wants to see it.
    Like,
    /// The shopper does not want to see it.
    Avoid,
    /// The shopper withdraws an earlier statement.
    None,
}

/// Preferences of a shopper; absent fields leave them unchanged.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Preferences {
    /// Attitudes by brand.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub brands: BTreeMap<String, Leaning>,
    /// Attitudes by category path; each applies to everything below it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub categories: BTreeMap<String, Leaning>,
    /// Wanted values by attribute, such as `size`; an empty list withdraws them.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, Vec<String>>,
    /// True by channel if the shop may send messages there; `false` opts out.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub channels: BTreeMap<Channel, bool>,
}

impl Preferences {
    /// The number of statements.
    pub fn len(&self) -> usize {
        let values: usize = self.attributes.values().map(|values| values.len().max(1)).sum();
        self.brands.len() + self.categories.len() + values + self.channels.len()
    }

    /// True if nothing is stated.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
