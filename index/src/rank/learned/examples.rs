//! What is learned from: candidates of judged queries, their features and gains.

/// Rows of features, query after query. All rows have equally many features.
#[derive(Debug, Clone, Default)]
pub struct Examples {
    /// How many features a row has.
    pub features: usize,
    /// All rows, one after the other.
    pub values: Vec<f32>,
    /// The score each row begins with, in units of log odds.
    pub base: Vec<f32>,
    /// What each row is worth at the top, 0 or more.
    pub gains: Vec<f32>,
    /// Where the rows of each query end.
    pub ends: Vec<usize>,
    /// The best discounted gain each query could reach, with what is not among its rows.
    pub ideals: Vec<f32>,
}

impl Examples {
    /// None yet, of that many features.
    pub fn new(features: usize) -> Self {
        Self { features, ..Self::default() }
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.gains.len()
    }

    /// How many queries there are.
    pub fn queries(&self) -> usize {
        self.ends.len()
    }

    /// The rows of a query.
    pub fn query(&self, at: usize) -> std::ops::Range<usize> {
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        start..self.ends[at]
    }

    /// The features of a row.
    pub fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.features..][..self.features]
    }

    /// Adds a query: its rows' features, the scores they begin with, their gains, and the best
    /// discounted gain the query could reach.
    ///
    /// # Panics
    /// When the lengths do not fit each other.
    pub fn push(&mut self, values: &[f32], base: &[f32], gains: &[f32], ideal: f32) {
        assert!(values.len() == gains.len() * self.features && base.len() == gains.len(), "rows of equal length");
        self.values.extend_from_slice(values);
        self.base.extend_from_slice(base);
        self.gains.extend_from_slice(gains);
        self.ends.push(self.gains.len());
        self.ideals.push(ideal);
    }
}
