//! The settings of training the search order.

use serde::{Deserialize, Serialize};

use crate::eval::Gain;

/// The settings `reindex.learn`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LearnSettings {
    /// The smallest number of judged queries with a relevant product to train on, 10 to 1,000,000.
    pub min_queries: usize,
    /// The number of parts held out in turn, 2 to 20.
    pub folds: usize,
    /// The function from ratings to gains.
    pub gain: GainName,
    /// The seed of everything drawn by chance.
    pub seed: u64,
}

impl Default for LearnSettings {
    fn default() -> Self {
        Self { min_queries: 50, folds: 5, gain: GainName::default(), seed: 1 }
    }
}

impl LearnSettings {
    /// Checks every value against its range.
    ///
    /// # Errors
    /// A message with the name, the value and the range of the first value outside its range.
    pub fn check(&self) -> Result<(), String> {
        let ranges = [("min_queries", self.min_queries, 10, 1_000_000), ("folds", self.folds, 2, 20)];
        let wrong = ranges.into_iter().find(|(_, value, least, most)| !(least..=most).contains(&value));
        wrong.map_or(Ok(()), |(name, value, least, most)| {
            Err(format!("reindex.learn.{name}: {value} must lie between {least} and {most}"))
        })
    }
}

/// A [`Gain`] by its name in settings and on the command line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GainName {
    /// 2^rating - 1.
    #[default]
    Exponential,
    /// The rating itself.
    Linear,
}

impl std::str::FromStr for GainName {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "exponential" => Ok(Self::Exponential),
            "linear" => Ok(Self::Linear),
            _ => Err("must be exponential or linear".to_owned()),
        }
    }
}

impl From<GainName> for Gain {
    fn from(name: GainName) -> Self {
        match name {
            GainName::Exponential => Self::Exponential,
            GainName::Linear => Self::Linear,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_outside_its_range_is_named() {
        let wrong = LearnSettings { folds: 1, ..LearnSettings::default() };
        assert!(wrong.check().is_err_and(|message| message.contains("reindex.learn.folds")));
        assert!(LearnSettings::default().check().is_ok());
    }
}
