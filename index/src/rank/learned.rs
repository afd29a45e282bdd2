//! The model of the learned search order as it ships in a generation: the trees over the features of
//! [`super::features`], and the figures of the cross-validation that it passed.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::features::FEATURES;
use crate::error::{Error, Result};
use crate::flat::{FlatFile, FlatWriter};
use crate::trees::Forest;

/// The format that this release writes, and the newest it reads. The order of the features is part of it.
const VERSION: u32 = 1;

/// The figures of the cross-validation.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ValidationFigures {
    /// The number of queries, each held out once.
    pub queries: usize,
    /// Mean nDCG@10 of the linear order.
    pub linear: f64,
    /// Mean nDCG@10 of the learned order.
    pub learned: f64,
    /// Lower end of the 95 % interval of the mean difference.
    pub gain_low: f64,
    /// Upper end of that interval.
    pub gain_high: f64,
}

/// The learned search order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SearchOrderModel {
    /// The trees, which add to the linear score.
    pub forest: Forest,
    /// The figures by which it shipped.
    pub measured: ValidationFigures,
}

impl SearchOrderModel {
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
    /// [`Error::Corrupt`] for a damaged file, [`Error::NewerFormat`] for one of a later release.
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
