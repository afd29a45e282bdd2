//! Queries whose answers are known, and what they were: judged by people or by
//! clicks. A new query is told by the answers of those that resemble it, as a
//! product found by the queries that led to it (document expansion by clicked
//! queries; Craswell and Szummer, SIGIR 2007). Resemblance is the mean of two
//! cosines: of the embeddings, and of the words by their worth.

use std::collections::HashMap;

use crate::error::{Error, Result};
use crate::flat::{FlatFile, FlatWriter};
use crate::id::Ordinal;
use crate::text::TermId;

/// The most queries kept; those after are left out.
pub const MAX_ANSWERED: usize = 20_000;

/// How many resembling queries are asked.
const ASKED: usize = 50;

/// A query as it is compared: its terms with their worth, and its direction.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Asked {
    /// Terms by number, and weights whose squares add up to 1 at most.
    pub terms: Vec<(TermId, f32)>,
    /// A vector of unit length, or zeros.
    pub direction: Vec<f32>,
}

impl Asked {
    /// Weights are brought to unit length.
    pub fn new(terms: impl Iterator<Item = (TermId, f32)>, direction: Vec<f32>) -> Self {
        let mut terms: Vec<(TermId, f32)> = terms.collect();
        let length = terms.iter().map(|(_, worth)| worth * worth).sum::<f32>().sqrt();
        if length > 0.0 {
            terms.iter_mut().for_each(|(_, worth)| *worth /= length);
        }
        Self { terms, direction }
    }
}

/// What resembling queries say of a product.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Recalled {
    /// `Σ resemblance² · gain`.
    pub sum: f32,
    /// Resemblance of the nearest query that was answered by it, however well.
    pub nearest: f32,
    /// The gain it had there, as a share of the largest known.
    pub gain: f32,
}

/// All answered queries.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answered {
    dimensions: usize,
    directions: Vec<f32>,
    term_ends: Vec<u32>,
    terms: Vec<TermId>,
    weights: Vec<f32>,
    answer_ends: Vec<u32>,
    products: Vec<Ordinal>,
    gains: Vec<f32>,
    by_term: HashMap<TermId, Vec<(u32, f32)>>,
}

impl Answered {
    /// None yet; directions have that many dimensions.
    pub fn new(dimensions: usize) -> Self {
        Self { dimensions, ..Self::default() }
    }

    /// How many queries are known.
    pub fn len(&self) -> usize {
        self.answer_ends.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.answer_ends.is_empty()
    }

    /// Adds a query with its products and their gains, 0 to 1. Past [`MAX_ANSWERED`] nothing is added.
    pub fn push(&mut self, asked: &Asked, answers: &[(Ordinal, f32)]) {
        if self.len() >= MAX_ANSWERED {
            return;
        }
        let number = self.len() as u32;
        self.directions.extend_from_slice(&asked.direction);
        for &(term, weight) in &asked.terms {
            self.terms.push(term);
            self.weights.push(weight);
            self.by_term.entry(term).or_default().push((number, weight));
        }
        self.term_ends.push(self.terms.len() as u32);
        for &(product, gain) in answers {
            self.products.push(product);
            self.gains.push(gain);
        }
        self.answer_ends.push(self.products.len() as u32);
    }

    /// What the queries that resemble `asked` say of their products, and how near the nearest comes.
    /// `but` is left out: a query must not be told by itself what it is asked.
    pub fn recall(&self, asked: &Asked, but: Option<usize>) -> (HashMap<Ordinal, Recalled>, f32) {
        let mut like: Vec<f32> = match asked.direction.len() == self.dimensions && self.dimensions > 0 {
            true => self.directions.chunks_exact(self.dimensions).map(|row| dot(row, &asked.direction) / 2.0).collect(),
            false => vec![0.0; self.len()],
        };
        for (term, weight) in &asked.terms {
            for &(number, other) in self.by_term.get(term).map_or(&[][..], Vec::as_slice) {
                like[number as usize] += weight * other / 2.0;
            }
        }
        let mut nearest: Vec<(f32, usize)> =
            like.into_iter().zip(0..).filter(|&(like, at)| like > 0.0 && Some(at) != but).collect();
        let order = |a: &(f32, usize), b: &(f32, usize)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
        if nearest.len() > ASKED {
            nearest.select_nth_unstable_by(ASKED - 1, order);
            nearest.truncate(ASKED);
        }
        nearest.sort_unstable_by(order);
        let mut recalled: HashMap<Ordinal, Recalled> = HashMap::new();
        for &(like, query) in &nearest {
            let start = if query == 0 { 0 } else { self.answer_ends[query - 1] as usize };
            let answers = start..self.answer_ends[query] as usize;
            for (&product, &gain) in self.products[answers.clone()].iter().zip(&self.gains[answers]) {
                let known = recalled.entry(product).or_insert(Recalled { nearest: like, gain, sum: 0.0 });
                known.sum += like * like * gain;
            }
        }
        (recalled, nearest.first().map_or(0.0, |(like, _)| *like))
    }

    /// Writes the sections.
    pub fn write(&self, file: &mut FlatWriter) -> Result<()> {
        file.section("answered.directions", &self.directions)?;
        file.section("answered.term_ends", &self.term_ends)?;
        file.section("answered.terms", &self.terms)?;
        file.section("answered.weights", &self.weights)?;
        file.section("answered.answer_ends", &self.answer_ends)?;
        file.section("answered.products", &self.products)?;
        file.section("answered.gains", &self.gains)
    }

    /// Reads the sections, of a catalogue of so many products and directions of so many dimensions.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when they do not fit each other or the catalogue.
    pub fn open(file: &FlatFile, products: usize, dimensions: usize) -> Result<Self> {
        let term_ends = file.section::<u32>("answered.term_ends")?.to_vec();
        let terms = file.section::<u32>("answered.terms")?.to_vec();
        let answers = file.section::<u32>("answered.products")?.to_vec();
        let mut opened = Self {
            dimensions,
            directions: file.section_of::<f32>("answered.directions", term_ends.len() * dimensions)?.to_vec(),
            weights: file.section_of::<f32>("answered.weights", terms.len())?.to_vec(),
            answer_ends: file.section_of::<u32>("answered.answer_ends", term_ends.len())?.to_vec(),
            gains: file.section_of::<f32>("answered.gains", answers.len())?.to_vec(),
            products: answers,
            term_ends,
            terms,
            by_term: HashMap::new(),
        };
        let follows = |ends: &[u32], count: usize| {
            ends.is_sorted() && ends.last().copied().unwrap_or(0) as usize == count && ends.len() <= MAX_ANSWERED
        };
        let numbers = opened.directions.iter().chain(&opened.weights).chain(&opened.gains);
        if !follows(&opened.term_ends, opened.terms.len())
            || !follows(&opened.answer_ends, opened.products.len())
            || opened.products.iter().any(|&product| product as usize >= products)
            || numbers.into_iter().any(|value| !value.is_finite())
        {
            return Err(Error::corrupt(file.path(), "learned ranking: its answered queries cannot be followed"));
        }
        let mut at = 0;
        for (number, &end) in opened.term_ends.iter().enumerate() {
            for place in at..end as usize {
                let entry = opened.by_term.entry(opened.terms[place]).or_default();
                entry.push((number as u32, opened.weights[place]));
            }
            at = end as usize;
        }
        Ok(opened)
    }
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0f32; 8];
    let (a, b) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f32 = a.remainder().iter().zip(b.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in a.zip(b) {
        sums.iter_mut().zip(a.iter().zip(b)).for_each(|(sum, (a, b))| *sum += a * b);
    }
    sums.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(terms: &[TermId], direction: [f32; 2]) -> Asked {
        Asked::new(terms.iter().map(|&term| (term, 1.0)), direction.to_vec())
    }

    #[test]
    fn a_query_is_told_by_its_like_and_never_by_itself() {
        let mut known = Answered::new(2);
        known.push(&asked(&[1, 2], [1.0, 0.0]), &[(7, 1.0), (8, 0.0)]);
        known.push(&asked(&[1], [0.6, 0.8]), &[(7, 0.5)]);
        let (told, nearest) = known.recall(&asked(&[1, 2], [1.0, 0.0]), None);
        assert!((nearest - 1.0).abs() < 1e-6 && told[&7].gain == 1.0 && told[&8].sum == 0.0);
        let (told, nearest) = known.recall(&asked(&[1, 2], [1.0, 0.0]), Some(0));
        assert!(nearest < 0.7 && told[&7].gain == 0.5 && !told.contains_key(&8));
        assert!(known.recall(&asked(&[9], [-1.0, 0.0]), None).0.is_empty());
    }

    #[test]
    fn answers_read_back_and_those_of_another_catalogue_are_refused() -> Result<()> {
        let folder = tempfile::tempdir().map_err(Error::io("create", std::path::Path::new("temp")))?;
        let path = folder.path().join("answered.flat");
        let mut known = Answered::new(2);
        known.push(&asked(&[1, 2], [1.0, 0.0]), &[(7, 1.0)]);
        let mut file = FlatWriter::create(&path)?;
        known.write(&mut file)?;
        file.finish()?;
        let file = FlatFile::open(&path)?;
        assert_eq!(Answered::open(&file, 8, 2)?, known);
        assert!(matches!(Answered::open(&file, 7, 2), Err(Error::Corrupt { .. })));
        assert!(matches!(Answered::open(&file, 8, 3), Err(Error::Corrupt { .. })));
        Ok(())
    }
}
