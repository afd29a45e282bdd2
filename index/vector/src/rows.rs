//! The vectors of a generation, one row a product, as flat sections: rows of unit length at full precision, and
//! rows of int8 codes with one scale a row for fast approximate comparison.
//!
//! A code is `round(value / scale)` with `scale = largest |value| / 127`, so the dot product of two rows is
//! about `codes · codes · scale · scale`. A row of zeros is a product without a direction: it is similar to
//! nothing and never a hit. Similarities are cosines, in -1..=1 up to rounding.

use crate::dot::{CODE_LANES, Kernel};
use crate::error::{Error, Result};
use crate::flat::{FlatFile, FlatWriter, Section};
use crate::id::Ordinal;

/// The most values a row may have.
pub const MAX_DIMENSIONS: usize = 4096;

/// The most rows: the beam stores ordinals in 31 bits.
pub const MAX_ROWS: usize = 1 << 31;

const FORMAT: u64 = 1;
const LARGEST_CODE: f32 = 127.0;

/// All vectors of a generation; cheap to clone.
#[derive(Debug, Clone)]
pub struct Vectors {
    count: usize,
    dimensions: usize,
    full: Section<f32>,
    codes: Section<i8>,
    scales: Section<f32>,
}

impl Vectors {
    /// Scales rows to unit length and encodes them. `values` holds rows of `dimensions` values one after the
    /// other.
    ///
    /// # Errors
    /// [`Error::Invalid`] for dimensions outside 1..=[`MAX_DIMENSIONS`], an incomplete last row, too many rows,
    /// or a value that is not finite.
    pub fn from_rows(dimensions: usize, mut values: Vec<f32>) -> Result<Self> {
        if !(1..=MAX_DIMENSIONS).contains(&dimensions) {
            return Err(Error::invalid("dimensions", format!("{dimensions} is not in 1..={MAX_DIMENSIONS}")));
        }
        let count = values.len() / dimensions;
        if !values.len().is_multiple_of(dimensions) || count >= MAX_ROWS {
            let found = values.len();
            return Err(Error::invalid("vectors", format!("{found} values are no whole rows of {dimensions}")));
        }
        let stride = dimensions.next_multiple_of(CODE_LANES);
        let mut codes = vec![0; count * stride];
        let mut scales = vec![0.0; count];
        for (ordinal, row) in values.chunks_exact_mut(dimensions).enumerate() {
            if !normalise(row) {
                return Err(Error::invalid(format!("vectors[{ordinal}]"), "holds a value that is not finite"));
            }
            scales[ordinal] = encode(row, &mut codes[ordinal * stride..][..stride]);
        }
        Ok(Self { count, dimensions, full: values.into(), codes: codes.into(), scales: scales.into() })
    }

    /// Writes the sections.
    pub fn write(&self, writer: &mut FlatWriter) -> Result<()> {
        writer.section("vector_shape", &[FORMAT, self.count as u64, self.dimensions as u64])?;
        writer.section("vector_rows", &self.full)?;
        writer.section("vector_codes", &self.codes)?;
        writer.section("vector_scales", &self.scales)
    }

    /// Reads the sections in place.
    ///
    /// # Errors
    /// [`Error::Corrupt`] if a length does not fit the shape, [`Error::NewerFormat`] for a file of a later
    /// release.
    pub fn open(file: &FlatFile) -> Result<Self> {
        let shape = file.section_of::<u64>("vector_shape", 3)?;
        if shape[0] > FORMAT {
            let (found, supported) = (u32::try_from(shape[0]).unwrap_or(u32::MAX), FORMAT as u32);
            return Err(Error::NewerFormat { path: file.path().to_path_buf(), found, supported });
        }
        let (count, dimensions) = (shape[1] as usize, shape[2] as usize);
        if count >= MAX_ROWS || !(1..=MAX_DIMENSIONS).contains(&dimensions) {
            return Err(Error::corrupt(file.path(), format!("{count} rows of {dimensions} values cannot be")));
        }
        let stride = dimensions.next_multiple_of(CODE_LANES);
        Ok(Self {
            count,
            dimensions,
            full: file.section_of("vector_rows", count * dimensions)?,
            codes: file.section_of("vector_codes", count * stride)?,
            scales: file.section_of("vector_scales", count)?,
        })
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.count
    }

    /// True if there are no rows.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The number of values of a row.
    pub fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// One row, of unit length or all zeros.
    ///
    /// # Panics
    /// If `ordinal` is not below [`Self::len`].
    pub fn row(&self, ordinal: Ordinal) -> &[f32] {
        &self.full[ordinal.index() * self.dimensions..][..self.dimensions]
    }

    /// True if the product's row is not all zeros.
    pub fn has_direction(&self, ordinal: Ordinal) -> bool {
        self.scales[ordinal.index()] > 0.0
    }

    /// The cosine of a unit query and a row.
    pub fn similarity(&self, query: &[f32], ordinal: Ordinal) -> f32 {
        (Kernel::detect().dot)(query, self.row(ordinal))
    }

    /// The codes of all rows, one padded row after the other.
    pub(super) fn codes(&self) -> &[i8] {
        &self.codes
    }

    /// The scale of each row; 0 for a row without a direction.
    pub(super) fn scales(&self) -> &[f32] {
        &self.scales
    }

    /// Encodes a query into `codes`, resized to the padded row length. The query's own scale is not needed,
    /// since it does not change the order of rows.
    pub(super) fn encode_query(&self, query: &[f32], codes: &mut Vec<i8>) {
        codes.clear();
        codes.resize(self.dimensions.next_multiple_of(CODE_LANES), 0);
        encode(query, codes);
    }
}

/// Scales a row to unit length; a row too short to have a direction becomes zeros. False if a value is not
/// finite, in which case the row is unchanged.
pub fn normalise(row: &mut [f32]) -> bool {
    if row.iter().any(|value| !value.is_finite()) {
        return false;
    }
    let norm = row.iter().map(|value| f64::from(*value) * f64::from(*value)).sum::<f64>().sqrt();
    let factor = if norm > 1e-12 { 1.0 / norm } else { 0.0 };
    row.iter_mut().for_each(|value| *value = (f64::from(*value) * factor) as f32);
    true
}

/// Encodes a row and returns its scale, 0 for a row of zeros.
fn encode(row: &[f32], codes: &mut [i8]) -> f32 {
    let largest = row.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
    if largest == 0.0 {
        return 0.0;
    }
    let factor = LARGEST_CODE / largest;
    for (code, value) in codes.iter_mut().zip(row) {
        *code = (value * factor).round() as i8;
    }
    largest / LARGEST_CODE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_out_at_unit_length_and_zeros_stay_zeros() -> Result<()> {
        let vectors = Vectors::from_rows(2, vec![3.0, 4.0, 0.0, 0.0, 1e30, -1e30])?;
        assert_eq!(vectors.row(Ordinal::new(0)), [0.6, 0.8]);
        assert_eq!(vectors.row(Ordinal::new(1)), [0.0, 0.0]);
        assert_eq!([vectors.has_direction(Ordinal::new(0)), vectors.has_direction(Ordinal::new(1))], [true, false]);
        assert!((vectors.similarity(&[0.6, 0.8], Ordinal::new(0)) - 1.0).abs() < 1e-6);
        assert!((vectors.similarity(vectors.row(Ordinal::new(2)), Ordinal::new(2)) - 1.0).abs() < 1e-6);
        Ok(())
    }

    #[test]
    fn codes_reproduce_a_row_to_half_a_step() -> Result<()> {
        let vectors = Vectors::from_rows(3, vec![0.1, -0.7, 0.4])?;
        assert_eq!(vectors.codes().len(), CODE_LANES);
        for (value, code) in vectors.row(Ordinal::new(0)).iter().zip(vectors.codes()) {
            assert!((value - f32::from(*code) * vectors.scales()[0]).abs() <= vectors.scales()[0] / 2.0 + 1e-6);
        }
        assert!(vectors.codes()[3..].iter().all(|code| *code == 0));
        Ok(())
    }

    #[test]
    fn what_cannot_be_rows_is_refused_by_name() {
        assert!(Vectors::from_rows(0, vec![]).is_err());
        assert!(Vectors::from_rows(3, vec![1.0; 4]).is_err());
        let error = Vectors::from_rows(2, vec![1.0, 0.0, f32::NAN, 0.0]).map(|_| ()).map_err(|error| error.to_string());
        assert_eq!(error, Err("vectors[1]: holds a value that is not finite".to_owned()));
    }
}
