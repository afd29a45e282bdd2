//! The neighbour table: for each row (a product or a category) its best partners with their scores, best
//! first, as flat arrays read through a memory map. A table may carry the evidence of each pair, from
//! which a recommendation is explained. Sections, after the table's name: `.starts` (`u64`, rows + 1),
//! `.ordinals` (`u32`), `.scores` (`f32`), and with evidence `.together` (`u32`), `.lift` and `.llr`
//! (`f32`). Opening checks every number once, so reading needs no checks.

use std::marker::PhantomData;

use rayon::prelude::*;

use crate::error::{Error, Result};
use crate::flat::{FlatFile, FlatWriter, Section};
use crate::id::{Number, Ordinal};

/// Rows made in parallel before they are laid one after another: separate rows take several times the memory.
const CHUNK: usize = 8192;

/// The counts that a pair of products rests on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairEvidence {
    /// Baskets with both products.
    pub together: u32,
    /// The lift `together · baskets / (first · second)`: 1 is chance.
    pub lift: f32,
    /// Signed log-likelihood ratio of the pair.
    pub llr: f32,
}

impl PairEvidence {
    /// The number of baskets with both that chance alone would give.
    pub fn expected(&self) -> f32 {
        if self.lift > 0.0 { self.together as f32 / self.lift } else { 0.0 }
    }

    /// The confidence that the pair is no chance, 0 to 1, where a row chooses among `tried` partners: `1 − tried · p`
    /// with `p ≤ ½ · exp(−llr / 2)`, the tail of the normal distribution at the root of the ratio (Bonferroni, so that
    /// a large catalogue does not find a partner by luck for every product).
    pub fn confidence(&self, tried: usize) -> f32 {
        if self.llr <= 0.0 {
            return 0.0;
        }
        let chance = 0.5 * (-f64::from(self.llr) / 2.0).exp();
        (1.0 - tried.max(1) as f64 * chance).max(0.0) as f32
    }

    /// The evidence of several pairs taken as one, such as those of all variants of a product: counts and expected counts
    /// are added, and the ratio is that of a Poisson count.
    pub fn sum(pairs: impl Iterator<Item = Self>) -> Option<Self> {
        let (mut count, mut together, mut expected, mut first) = (0, 0u32, 0f32, None);
        for pair in pairs {
            count += 1;
            together += pair.together;
            expected += pair.expected();
            first.get_or_insert(pair);
        }
        if count < 2 {
            return first;
        }
        let (observed, expected) = (f64::from(together), f64::from(expected.max(f32::MIN_POSITIVE)));
        let llr = 2.0 * (observed * (observed / expected).ln() - (observed - expected)).max(0.0);
        let signed = if observed < expected { -llr } else { llr };
        Some(Self { together, lift: (observed / expected) as f32, llr: signed as f32 })
    }
}

/// One partner of a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Neighbour<P = Ordinal> {
    /// The partner: a product's ordinal, or a category's number.
    pub ordinal: P,
    /// The score that rows are sorted by, descending; finite.
    pub score: f32,
    /// The evidence, in tables that carry it.
    pub evidence: Option<PairEvidence>,
}

/// Rows of partners, each best first. Rows and partners are products unless it says otherwise.
#[derive(Debug, Clone)]
pub struct NeighbourTable<R = Ordinal, P = Ordinal> {
    starts: Section<u64>,
    ordinals: Section<P>,
    scores: Section<f32>,
    evidence: Option<EvidenceColumns>,
    row: PhantomData<R>,
}

#[derive(Debug, Clone)]
struct EvidenceColumns {
    together: Section<u32>,
    lift: Section<f32>,
    llr: Section<f32>,
}

impl<R: Number, P: Number> NeighbourTable<R, P> {
    /// A table of rows, each already best first. Evidence is stored only if every pair has it.
    pub fn from_rows(rows: impl IntoIterator<Item = Vec<Neighbour<P>>>) -> Self {
        let (mut starts, mut ordinals, mut scores) = (vec![0u64], Vec::new(), Vec::new());
        let (mut together, mut lift, mut llr) = (Vec::new(), Vec::new(), Vec::new());
        for row in rows {
            for neighbour in row {
                ordinals.push(neighbour.ordinal);
                scores.push(neighbour.score);
                if let Some(evidence) = neighbour.evidence {
                    together.push(evidence.together);
                    lift.push(evidence.lift);
                    llr.push(evidence.llr);
                }
            }
            starts.push(ordinals.len() as u64);
        }
        let evidence = (together.len() == ordinals.len()).then(|| EvidenceColumns {
            together: together.into(),
            lift: lift.into(),
            llr: llr.into(),
        });
        Self { starts: starts.into(), ordinals: ordinals.into(), scores: scores.into(), evidence, row: PhantomData }
    }

    /// A table of `rows` rows, made in parallel; `scratch` makes the working memory of each thread.
    pub(super) fn build<S>(
        rows: usize,
        scratch: impl Fn() -> S + Sync,
        row: impl Fn(&mut S, R) -> Vec<Neighbour<P>> + Sync,
    ) -> Self {
        let chunk = |start: usize| {
            let chunk = start..rows.min(start + CHUNK);
            chunk.into_par_iter().map_init(&scratch, |scratch, at| row(scratch, R::from_index(at))).collect::<Vec<_>>()
        };
        Self::from_rows((0..rows).step_by(CHUNK).flat_map(chunk))
    }

    /// Writes the sections, with names that start with `name`.
    pub fn write(&self, file: &mut FlatWriter, name: &str) -> Result<()> {
        file.section::<u64>(&format!("{name}.starts"), &self.starts)?;
        file.section::<P>(&format!("{name}.ordinals"), &self.ordinals)?;
        file.section::<f32>(&format!("{name}.scores"), &self.scores)?;
        if let Some(evidence) = &self.evidence {
            file.section::<u32>(&format!("{name}.together"), &evidence.together)?;
            file.section::<f32>(&format!("{name}.lift"), &evidence.lift)?;
            file.section::<f32>(&format!("{name}.llr"), &evidence.llr)?;
        }
        Ok(())
    }

    /// Opens the table `name` of `rows` rows whose partners are numbers below `targets`.
    ///
    /// # Errors
    /// [`Error::Corrupt`] if the sections do not fit each other, a partner is not below `targets`, or a score
    /// is not finite.
    pub fn open(file: &FlatFile, name: &str, rows: usize, targets: usize) -> Result<Self> {
        let wrong = |detail: &str| Error::corrupt(file.path(), format!("table {name}: {detail}"));
        let starts = file.section_of::<u64>(&format!("{name}.starts"), rows + 1)?;
        let ordinals = file.section::<P>(&format!("{name}.ordinals"))?;
        let count = ordinals.len();
        let scores = file.section_of::<f32>(&format!("{name}.scores"), count)?;
        if starts[0] != 0 || starts[rows] != count as u64 || starts.windows(2).any(|pair| pair[0] > pair[1]) {
            return Err(wrong("its rows do not follow each other"));
        }
        if ordinals.iter().any(|ordinal| ordinal.index() >= targets) {
            return Err(wrong("a partner lies outside the catalogue"));
        }
        if scores.iter().any(|score| !score.is_finite()) {
            return Err(wrong("a score is not a finite number"));
        }
        let evidence = if file.has(&format!("{name}.together")) {
            Some(EvidenceColumns {
                together: file.section_of(&format!("{name}.together"), count)?,
                lift: file.section_of(&format!("{name}.lift"), count)?,
                llr: file.section_of(&format!("{name}.llr"), count)?,
            })
        } else {
            None
        };
        Ok(Self { starts, ordinals, scores, evidence, row: PhantomData })
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.starts.len() - 1
    }

    /// The number of pairs over all rows.
    pub fn pairs(&self) -> usize {
        self.ordinals.len()
    }

    /// The partners of a row with their scores, best first; empty for a row out of range.
    pub fn row(&self, row: R) -> impl Iterator<Item = (P, f32)> + '_ {
        let range = self.range(row);
        self.ordinals[range.clone()].iter().copied().zip(self.scores[range].iter().copied())
    }

    /// The partners of a row with scores and evidence, best first; empty for a row out of range.
    pub fn neighbours(&self, row: R) -> impl Iterator<Item = Neighbour<P>> + '_ {
        self.range(row).map(|at| Neighbour {
            ordinal: self.ordinals[at],
            score: self.scores[at],
            evidence: self.evidence.as_ref().map(|columns| PairEvidence {
                together: columns.together[at],
                lift: columns.lift[at],
                llr: columns.llr[at],
            }),
        })
    }

    /// A row as bare numbers.
    #[cfg(test)]
    pub(super) fn bare(&self, row: u32) -> Vec<(u32, f32)> {
        self.row(R::from_index(row.index())).map(|(partner, score)| (partner.index() as u32, score)).collect()
    }

    fn range(&self, row: R) -> std::ops::Range<usize> {
        let at = row.index();
        if at >= self.rows() { 0..0 } else { self.starts[at] as usize..self.starts[at + 1] as usize }
    }
}

/// Sorts best first, ties by ordinal, and truncates to `limit`.
pub(super) fn keep_best<P: Number>(row: &mut Vec<Neighbour<P>>, limit: usize) {
    let better = |a: &Neighbour<P>, b: &Neighbour<P>| b.score.total_cmp(&a.score).then(a.ordinal.cmp(&b.ordinal));
    // Selecting first leaves only the best to be sorted.
    if 0 < limit && limit < row.len() {
        row.select_nth_unstable_by(limit - 1, better);
    }
    row.truncate(limit);
    row.sort_unstable_by(better);
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn confidence_falls_with_the_partners_tried_and_grows_with_the_counts() {
        let pair = |together: u32, llr: f32| PairEvidence { together, lift: 20.0, llr };
        assert!(pair(2, 11.0).confidence(1) > 0.99 && pair(2, 11.0).confidence(1000) == 0.0);
        assert!(pair(5, 30.0).confidence(1000) > 0.99);
        assert_eq!(pair(5, -30.0).confidence(1), 0.0, "fewer than by chance");
        let both = PairEvidence::sum([pair(2, 9.0), pair(2, 9.0)].into_iter());
        assert!(both.is_some_and(|both| both.together == 4 && both.lift == 20.0 && both.llr > 15.0), "{both:?}");
        assert_eq!(PairEvidence::sum([pair(2, 9.0)].into_iter()), Some(pair(2, 9.0)));
        assert_eq!(PairEvidence::sum(std::iter::empty()), None);
    }

    fn neighbour(ordinal: u32, score: f32) -> Neighbour {
        Neighbour {
            ordinal: Ordinal::new(ordinal),
            score,
            evidence: Some(PairEvidence { together: ordinal + 1, lift: 2.0, llr: 11.0 }),
        }
    }

    fn written(table: &NeighbourTable, path: &Path) -> Result<FlatFile> {
        let mut file = FlatWriter::create(path)?;
        table.write(&mut file, "t")?;
        file.finish()?;
        FlatFile::open(path)
    }

    #[test]
    fn a_table_comes_back_with_its_evidence() -> Result<()> {
        let folder = tempfile::tempdir().map_err(Error::io("create", Path::new("temp")))?;
        let table = NeighbourTable::<Ordinal>::from_rows([
            vec![neighbour(2, 0.5), neighbour(1, 0.25)],
            vec![],
            vec![neighbour(0, 1.0)],
        ]);
        let file = written(&table, &folder.path().join("t"))?;
        let table: NeighbourTable = NeighbourTable::open(&file, "t", 3, 3)?;
        assert_eq!(table.bare(0), [(2, 0.5), (1, 0.25)]);
        assert_eq!(table.bare(1).len() + table.bare(99).len(), 0);
        assert_eq!(table.neighbours(Ordinal::new(2)).collect::<Vec<_>>(), [neighbour(0, 1.0)]);
        assert_eq!((table.rows(), table.pairs()), (3, 3));
        Ok(())
    }

    #[test]
    fn a_table_that_does_not_fit_the_catalogue_is_refused() -> Result<()> {
        let folder = tempfile::tempdir().map_err(Error::io("create", Path::new("temp")))?;
        let file = written(&NeighbourTable::<Ordinal>::from_rows([vec![neighbour(2, 0.5)]]), &folder.path().join("a"))?;
        assert!(NeighbourTable::<Ordinal>::open(&file, "t", 1, 3).is_ok());
        assert!(NeighbourTable::<Ordinal>::open(&file, "t", 1, 2).is_err(), "partner 2 of 2 products");
        assert!(NeighbourTable::<Ordinal>::open(&file, "t", 2, 3).is_err(), "a row is missing");
        let file =
            written(&NeighbourTable::<Ordinal>::from_rows([vec![neighbour(2, f32::NAN)]]), &folder.path().join("b"))?;
        assert!(NeighbourTable::<Ordinal>::open(&file, "t", 1, 3).is_err(), "a score is no number");
        Ok(())
    }
}
