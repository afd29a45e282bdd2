//! Vectors and graph of a generation in one flat file, and the choice between
//! scanning and walking.
//!
//! A walk under a filter must widen its beam as the filter narrows, a scan
//! gets cheaper: with `n` rows of which `p` pass, a walk costs about as much
//! as scanning `walk_cost_rows · n / p` rows. The cheaper one is taken. A walk
//! that does not settle is repeated with a wider beam, in the end by a scan.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::flat::{FlatFile, FlatWriter};
use crate::id::Ordinal;
use crate::vector::Allowed;
use crate::vector::dot::Kernel;
use crate::vector::fresh::FreshRows;
use crate::vector::graph::Graph;
use crate::vector::rows::{Vectors, normalise};
use crate::vector::scan::scan;
use crate::vector::scratch::{ScratchPool, SearchScratch, sort_hits};

/// The file's name in a generation's folder.
pub const FILE_NAME: &str = "vectors.flat";

/// How a search spends its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SearchSettings {
    /// The beam of a walk without a filter; more finds more, more slowly.
    pub beam: usize,
    /// The widest beam; past it a scan answers.
    pub max_beam: usize,
    /// The most rows a filter may pass for a scan to be preferred.
    pub scan_limit: usize,
    /// How many scanned rows take as long as one walk without a filter.
    pub walk_cost_rows: usize,
}

impl Default for SearchSettings {
    fn default() -> Self {
        Self { beam: 48, max_beam: 1_024, scan_limit: 20_000, walk_cost_rows: 1_600 }
    }
}

/// Similarity search over one generation and what changed since. Cheap to clone.
#[derive(Debug, Clone)]
pub struct VectorIndex {
    /// The generation's rows.
    pub vectors: Vectors,
    /// The neighbour lists, over the same ordinals.
    pub graph: Graph,
    /// How a search spends its time.
    pub settings: SearchSettings,
    fresh: Arc<FreshRows>,
    scratch: Arc<ScratchPool>,
}

impl VectorIndex {
    /// An index over rows and a graph built from them.
    ///
    /// # Errors
    /// [`Error::Invalid`] when they are not of equal length.
    pub fn new(vectors: Vectors, graph: Graph) -> Result<Self> {
        if vectors.len() != graph.len() {
            let message = format!("has {} nodes for {} vectors", graph.len(), vectors.len());
            return Err(Error::invalid("graph", message));
        }
        let fresh = FreshRows::none(vectors.dimensions(), vectors.len()).into();
        Ok(Self { vectors, graph, settings: SearchSettings::default(), fresh, scratch: Arc::default() })
    }

    /// The same index once products have other rows, or are new and have some. Rows need not be of unit
    /// length; one that cannot be a row of this index is one without a direction.
    pub fn with_rows(&self, rows: BTreeMap<Ordinal, Vec<f32>>) -> Self {
        Self { fresh: self.fresh.with(rows).into(), ..self.clone() }
    }

    /// How many values a row has.
    pub fn dimensions(&self) -> usize {
        self.vectors.dimensions()
    }

    /// A product's row as it is now, of unit length or all zeros.
    ///
    /// # Panics
    /// For a product that never had one.
    pub fn row(&self, ordinal: Ordinal) -> &[f32] {
        self.fresh.row(ordinal).unwrap_or_else(|| self.vectors.row(ordinal))
    }

    /// Whether the product has a direction at all.
    pub fn has_direction(&self, ordinal: Ordinal) -> bool {
        match self.fresh.row(ordinal) {
            Some(row) => row.iter().any(|value| *value != 0.0),
            None => self.vectors.has_direction(ordinal),
        }
    }

    /// The cosine between a unit query and a product's row.
    pub fn similarity(&self, query: &[f32], ordinal: Ordinal) -> f32 {
        (Kernel::detect().dot)(query, self.row(ordinal))
    }

    /// Writes `vectors.flat` into a generation's folder, where it must not exist yet.
    pub fn write(&self, folder: &Path) -> Result<()> {
        let mut writer = FlatWriter::create(&folder.join(FILE_NAME))?;
        self.vectors.write(&mut writer)?;
        self.graph.write(&mut writer)?;
        writer.finish()
    }

    /// Maps a generation's `vectors.flat`.
    ///
    /// # Errors
    /// [`Error::Io`] when it is not there, [`Error::Corrupt`] when it is damaged.
    pub fn open(folder: &Path) -> Result<Self> {
        let path = folder.join(FILE_NAME);
        let file = FlatFile::open(&path)?;
        let (vectors, graph) = (Vectors::open(&file)?, Graph::open(&file)?);
        Self::new(vectors, graph).map_err(|error| Error::corrupt(&path, error.to_string()))
    }

    /// The `k` products nearest to a query among those allowed, with their
    /// cosine in -1..=1; the most similar first, ties by ordinal. Fewer come
    /// back only if fewer are allowed. Products without a direction are never
    /// among them, and a query without one finds nothing.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the query has another length than the rows or
    /// a value that is not finite.
    pub fn search<A: Allowed>(&self, query: &[f32], k: usize, allowed: Option<&A>) -> Result<Vec<(Ordinal, f32)>> {
        if query.len() != self.vectors.dimensions() {
            let message = format!("has {} values, the vectors have {}", query.len(), self.vectors.dimensions());
            return Err(Error::invalid("query vector", message));
        }
        let mut unit = query.to_vec();
        if !normalise(&mut unit) {
            return Err(Error::invalid("query vector", "holds a value that is not finite"));
        }
        if k == 0 || unit.iter().all(|value| *value == 0.0) {
            return Ok(Vec::new());
        }
        if self.fresh.is_empty() {
            return Ok(self.scratch.with(|scratch| self.search_unit(&unit, k, allowed, scratch)));
        }
        let elsewhere = self.fresh.elsewhere(allowed);
        let narrower = Some(&elsewhere).filter(|elsewhere| elsewhere.count() < self.vectors.len());
        let mut hits = self.scratch.with(|scratch| self.search_unit(&unit, k, narrower, scratch));
        hits.extend(self.fresh.similarities(&unit, allowed));
        sort_hits(&mut hits);
        hits.truncate(k);
        Ok(hits)
    }

    /// Among the generation's own rows.
    fn search_unit<A: Allowed>(
        &self,
        query: &[f32],
        k: usize,
        allowed: Option<&A>,
        scratch: &mut SearchScratch,
    ) -> Vec<(Ordinal, f32)> {
        let passing = allowed.map_or(self.vectors.len(), Allowed::count);
        let mut beam = self.first_beam(k, passing);
        while !self.prefers_scan(passing) && beam <= self.settings.max_beam.max(2 * k) {
            let walk = self.graph.walk(&self.vectors, query, k, beam, allowed, scratch);
            if walk.settled && walk.hits.len() >= k.min(passing) {
                return walk.hits;
            }
            beam *= 2;
        }
        scan(&self.vectors, query, k, allowed, scratch)
    }

    /// The beam in which about `settings.beam` nodes pass, so that results are as good as without a filter.
    fn first_beam(&self, k: usize, passing: usize) -> usize {
        let wanted = self.settings.beam.max(SearchScratch::depth(k));
        wanted * self.vectors.len() / passing.clamp(1, self.vectors.len().max(1))
    }

    fn prefers_scan(&self, passing: usize) -> bool {
        let scan_is_cheaper = passing.saturating_mul(passing) <= self.settings.walk_cost_rows * self.vectors.len();
        scan_is_cheaper && passing <= self.settings.scan_limit
    }
}
