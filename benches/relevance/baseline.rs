//! What main reached: `baseline.json` beside this file, by suite and figure.
//! Short lists of per-query values are kept, so that differences can be paired;
//! of long ones only the mean.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::figure::Figure;
use crate::suite::Failure;

/// Lists of values up to this length are kept.
const MAX_VALUES: usize = 100;

/// One figure of main.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Saved {
    pub(crate) mean: f64,
    /// One value a query, in the order measured; empty when they are too many.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) values: Vec<f64>,
}

/// Every suite's figures.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Baseline(BTreeMap<String, BTreeMap<String, Saved>>);

impl Baseline {
    fn path() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/relevance/baseline.json")
    }

    /// The saved baseline; empty before the first.
    pub(crate) fn read() -> Result<Self, Failure> {
        let path = Self::path();
        if !path.exists() {
            return Ok(Self::default());
        }
        let text = std::fs::read_to_string(&path)?;
        Ok(serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn suite(&self, name: &str) -> Option<&BTreeMap<String, Saved>> {
        self.0.get(name)
    }

    /// Keeps the figures that are compared.
    pub(crate) fn record(&mut self, suite: &str, figures: &[Figure]) {
        let compared = figures.iter().filter(|figure| figure.tolerance.is_some());
        let saved = compared.map(|figure| {
            let values = if figure.values.len() <= MAX_VALUES { figure.values.as_slice() } else { &[] };
            let values = values.iter().map(|&value| rounded(value)).collect();
            (figure.name.clone(), Saved { mean: rounded(figure.mean), values })
        });
        self.0.insert(suite.to_owned(), saved.collect());
    }

    /// This baseline with every suite of `newer` in place of its own.
    pub(crate) fn merged(mut self, newer: Self) -> Self {
        self.0.extend(newer.0);
        self
    }

    pub(crate) fn write(&self) -> Result<PathBuf, Failure> {
        let mut text = String::from("{\n");
        for (at, (suite, figures)) in self.0.iter().enumerate() {
            let lines: Result<Vec<String>, serde_json::Error> = figures
                .iter()
                .map(|(name, saved)| {
                    Ok(format!("    {}: {}", serde_json::to_string(name)?, serde_json::to_string(saved)?))
                })
                .collect();
            let comma = if at + 1 < self.0.len() { "," } else { "" };
            text += &format!("  {}: {{\n{}\n  }}{comma}\n", serde_json::to_string(suite)?, lines?.join(",\n"));
        }
        text += "}\n";
        let path = Self::path();
        std::fs::write(&path, text)?;
        Ok(path)
    }
}

/// Four places say all that a benchmark knows.
fn rounded(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}
