//! The training set: rows of features with their gains, grouped by query.

/// Rows of features, query after query. The rows of one query are ordered against each other; all rows have
/// the same number of features.
#[derive(Debug, Clone, Default)]
pub struct Examples {
    /// The number of features of a row.
    pub features: usize,
    /// All rows, `features` values each.
    pub values: Vec<f32>,
    /// The base score of each row, to which the trees add.
    pub base: Vec<f32>,
    /// The gain of each row, 0 or more; 0 is irrelevant.
    pub gains: Vec<f32>,
    /// The end of each query's rows (exclusive), ascending.
    pub ends: Vec<usize>,
    /// The ideal DCG of each query, which may count relevant items that are not among its rows.
    pub ideals: Vec<f32>,
}

impl Examples {
    /// An empty set of rows of `features` values.
    pub fn new(features: usize) -> Self {
        Self { features, ..Self::default() }
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.gains.len()
    }

    /// The number of queries.
    pub fn queries(&self) -> usize {
        self.ends.len()
    }

    /// The rows of the query number `at`.
    pub fn query(&self, at: usize) -> std::ops::Range<usize> {
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        start..self.ends[at]
    }

    /// The features of a row.
    pub fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.features..][..self.features]
    }

    /// Adds a query: the features, base scores and gains of its rows, and its ideal DCG.
    ///
    /// # Panics
    /// If the lengths do not fit each other.
    pub fn push(&mut self, values: &[f32], base: &[f32], gains: &[f32], ideal: f32) {
        assert!(values.len() == gains.len() * self.features && base.len() == gains.len(), "rows of equal length");
        self.values.extend_from_slice(values);
        self.base.extend_from_slice(base);
        self.gains.extend_from_slice(gains);
        self.ends.push(self.gains.len());
        self.ideals.push(ideal);
    }
}
