//! What ships in a generation: trees, and what they were measured to give.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Forest;
use crate::error::{Error, Result};
use crate::flat::{FlatFile, FlatWriter};
use crate::rank::features::FEATURES;

/// The format this release writes and reads: features are part of it.
const VERSION: u32 = 1;

/// What cross-validation found before the model shipped.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Queries held out in turn.
    pub queries: usize,
    /// Mean nDCG@10 of the linear score.
    pub linear: f64,
    /// Mean nDCG@10 of the learned score.
    pub learned: f64,
    /// Lower end of the 95 % interval of the difference.
    pub gain_low: f64,
    /// Upper end.
    pub gain_high: f64,
}

/// A learned ranking, ready to score.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Model {
    /// The trees.
    pub forest: Forest,
    /// What it gave.
    pub measured: Measured,
}

impl Model {
    /// Writes the file.
    pub fn write(&self, path: &Path) -> Result<()> {
        let mut file = FlatWriter::create(path)?;
        file.section("version", &[VERSION])?;
        file.section("measured", &serde_json::to_vec(&self.measured).unwrap_or_default())?;
        self.forest.write(&mut file)?;
        file.finish()
    }

    /// Reads the file.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when anything in it cannot be followed, [`Error::NewerFormat`].
    pub fn open(path: &Path) -> Result<Self> {
        let file = FlatFile::open(path)?;
        let found = file.section_of::<u32>("version", 1)?[0];
        if found > VERSION {
            return Err(Error::NewerFormat { path: path.into(), found, supported: VERSION });
        }
        let measured = serde_json::from_slice(&file.section::<u8>("measured")?)
            .map_err(|error| Error::corrupt(path, format!("measured: {error}")))?;
        Ok(Self { forest: Forest::open(&file, FEATURES)?, measured })
    }
}
