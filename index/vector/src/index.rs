//! Vectors and graph of a generation in one flat file, and the choice between a scan and a walk.
//!
//! A scan compares every row that passes the filter: exhaustive, at a cost proportional to their number. A walk
//! of the graph costs little for any filter but finds too few hits if hardly any row passes; it is then
//! followed by a scan.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::Allowed;
use crate::dot::Kernel;
use crate::error::{Error, Result};
use crate::flat::{FlatFile, FlatWriter};
use crate::graph::Graph;
use crate::id::Ordinal;
use crate::overlay::OverlayRows;
use crate::rows::{Vectors, normalise};
use crate::scan::scan;
use crate::scratch::{ScratchPool, SearchScratch, sort_hits};

/// The file's name in a generation's folder.
pub const FILE_NAME: &str = "vectors.flat";

/// Settings of search.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SearchSettings {
    /// Beam of a walk without a filter; a larger one raises recall and cost.
    pub beam: usize,
    /// Beam of a walk if the filter passes at most half of the rows, which may lie far apart. If more pass, the
    /// beam lies between the two, by the share that the filter excludes.
    pub filtered_beam: usize,
    /// Rows are scanned if the filter passes at most this many.
    pub scan_limit: usize,
    /// Rows are scanned if the filter passes less than this share of them, 0 to 1.
    pub least_share: f32,
}

impl Default for SearchSettings {
    fn default() -> Self {
        Self { beam: 48, filtered_beam: 96, scan_limit: 10_000, least_share: 0.05 }
    }
}

/// Similarity search over the vectors of a generation and those changed since. Cheap to clone.
#[derive(Debug, Clone)]
pub struct VectorIndex {
    /// The generation's rows.
    pub vectors: Vectors,
    /// The neighbour lists, over the same ordinals.
    pub graph: Graph,
    /// Settings of search.
    pub settings: SearchSettings,
    overlay: Arc<OverlayRows>,
    scratch: Arc<ScratchPool>,
}

impl VectorIndex {
    /// An index over rows and the graph built from them.
    ///
    /// # Errors
    /// [`Error::Invalid`] if their numbers differ.
    pub fn new(vectors: Vectors, graph: Graph) -> Result<Self> {
        if vectors.len() != graph.len() {
            let message = format!("has {} nodes for {} vectors", graph.len(), vectors.len());
            return Err(Error::invalid("graph", message));
        }
        let overlay = OverlayRows::none(vectors.dimensions(), vectors.len()).into();
        Ok(Self { vectors, graph, settings: SearchSettings::default(), overlay, scratch: Arc::default() })
    }

    /// The same index with new rows of some products. Rows may have any length; a row with a wrong number of
    /// values, or one that is not finite, becomes a row without a direction.
    pub fn with_rows(&self, rows: BTreeMap<Ordinal, Vec<f32>>) -> Self {
        Self { overlay: self.overlay.with(rows).into(), ..self.clone() }
    }

    /// The number of values of a row.
    pub fn dimensions(&self) -> usize {
        self.vectors.dimensions()
    }

    /// The current row of a product, of unit length or all zeros.
    ///
    /// # Panics
    /// If the product never had a row.
    pub fn row(&self, ordinal: Ordinal) -> &[f32] {
        self.overlay.row(ordinal).unwrap_or_else(|| self.vectors.row(ordinal))
    }

    /// True if the product's row is not all zeros.
    pub fn has_direction(&self, ordinal: Ordinal) -> bool {
        match self.overlay.row(ordinal) {
            Some(row) => row.iter().any(|value| *value != 0.0),
            None => self.vectors.has_direction(ordinal),
        }
    }

    /// The cosine of a unit query and a product's row.
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
    /// [`Error::Io`] if the file is missing, [`Error::Corrupt`] if it is damaged.
    pub fn open(folder: &Path) -> Result<Self> {
        let path = folder.join(FILE_NAME);
        let file = FlatFile::open(&path)?;
        let (vectors, graph) = (Vectors::open(&file)?, Graph::open(&file)?);
        Self::new(vectors, graph).map_err(|error| Error::corrupt(&path, error.to_string()))
    }

    /// The `k` allowed products nearest to a query, with their cosine in -1..=1, the most similar first, ties
    /// by ordinal. Fewer are returned only if fewer are allowed. Products without a direction are never
    /// returned, and a query without one has no hits.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the query has a wrong number of values, or one that is not finite.
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
        if self.overlay.is_empty() {
            return Ok(self.scratch.with(|scratch| self.search_unit(&unit, k, allowed, scratch)));
        }
        let outside = self.overlay.outside(allowed);
        // If only new products have rows in the overlay, nothing is excluded and the walk needs no filter.
        let narrower = Some(&outside).filter(|outside| outside.count() < self.vectors.len());
        let mut hits = self.scratch.with(|scratch| self.search_unit(&unit, k, narrower, scratch));
        hits.extend(self.overlay.similarities(&unit, allowed));
        sort_hits(&mut hits);
        hits.truncate(k);
        Ok(hits)
    }

    /// The `k` nearest of the generation's own rows.
    fn search_unit<A: Allowed>(
        &self,
        query: &[f32],
        k: usize,
        allowed: Option<&A>,
        scratch: &mut SearchScratch,
    ) -> Vec<(Ordinal, f32)> {
        let passing = allowed.map_or(self.vectors.len(), Allowed::count);
        let SearchSettings { beam, filtered_beam, scan_limit, least_share } = self.settings;
        let share = passing as f32 / self.vectors.len().max(1) as f32;
        if allowed.is_none() || (passing > scan_limit && share >= least_share) {
            let wider = (2.0 * (1.0 - share)).clamp(0.0, 1.0) * filtered_beam.saturating_sub(beam) as f32;
            let beam = (beam + wider as usize).max(SearchScratch::depth(k));
            let hits = self.graph.search(&self.vectors, query, k, beam, allowed, scratch);
            // A walk may end before it finds enough; the scan misses none.
            if hits.len() >= k.min(passing) {
                return hits;
            }
        }
        scan(&self.vectors, query, k, allowed, scratch)
    }
}
