//! Vectors and graph of a generation in one flat file, and the choice between
//! scanning and walking.
//!
//! A scan of all that pass a filter costs by their number and misses nothing; a walk costs
//! little whatever passes, but loses its way where too few do. A walk that comes home short
//! is followed by a scan.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::flat::{FlatFile, FlatWriter};
use crate::id::Ordinal;
use crate::vector::Allowed;
use crate::vector::dot::Kernel;
use crate::vector::graph::Graph;
use crate::vector::overlay::OverlayRows;
use crate::vector::rows::{Vectors, normalise};
use crate::vector::scan::scan;
use crate::vector::scratch::{ScratchPool, SearchScratch, sort_hits};

/// The file's name in a generation's folder.
pub const FILE_NAME: &str = "vectors.flat";

/// How a search spends its time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SearchSettings {
    /// The beam of a walk; more finds more, more slowly.
    pub beam: usize,
    /// The beam of a walk under a filter that passes half of the rows or fewer, which may lie far apart; one
    /// that passes more walks with a beam between the two, by the share that it leaves out.
    pub filtered_beam: usize,
    /// Where a filter passes no more rows, they are scanned.
    pub scan_limit: usize,
    /// Where a filter passes a smaller share of the rows, 0 to 1, they are scanned.
    pub least_share: f32,
}

impl Default for SearchSettings {
    fn default() -> Self {
        Self { beam: 48, filtered_beam: 96, scan_limit: 10_000, least_share: 0.05 }
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
    overlay: Arc<OverlayRows>,
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
        let overlay = OverlayRows::none(vectors.dimensions(), vectors.len()).into();
        Ok(Self { vectors, graph, settings: SearchSettings::default(), overlay, scratch: Arc::default() })
    }

    /// The same index once products have other rows, or are new and have some. Rows need not be of unit
    /// length; one that cannot be a row of this index is one without a direction.
    pub fn with_rows(&self, rows: BTreeMap<Ordinal, Vec<f32>>) -> Self {
        Self { overlay: self.overlay.with(rows).into(), ..self.clone() }
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
        self.overlay.row(ordinal).unwrap_or_else(|| self.vectors.row(ordinal))
    }

    /// Whether the product has a direction at all.
    pub fn has_direction(&self, ordinal: Ordinal) -> bool {
        match self.overlay.row(ordinal) {
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
        if self.overlay.is_empty() {
            return Ok(self.scratch.with(|scratch| self.search_unit(&unit, k, allowed, scratch)));
        }
        let outside = self.overlay.outside(allowed);
        let narrower = Some(&outside).filter(|outside| outside.count() < self.vectors.len());
        let mut hits = self.scratch.with(|scratch| self.search_unit(&unit, k, narrower, scratch));
        hits.extend(self.overlay.similarities(&unit, allowed));
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
        let SearchSettings { beam, filtered_beam, scan_limit, least_share } = self.settings;
        let share = passing as f32 / self.vectors.len().max(1) as f32;
        if allowed.is_none() || (passing > scan_limit && share >= least_share) {
            let wider = (2.0 * (1.0 - share)).clamp(0.0, 1.0) * filtered_beam.saturating_sub(beam) as f32;
            let beam = (beam + wider as usize).max(SearchScratch::depth(k));
            let hits = self.graph.search(&self.vectors, query, k, beam, allowed, scratch);
            if hits.len() >= k.min(passing) {
                return hits;
            }
        }
        scan(&self.vectors, query, k, allowed, scratch)
    }
}
