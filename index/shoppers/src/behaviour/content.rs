//! Products with similar texts: the cosine of TF-IDF vectors, `w · ln(N / n)` for a term of weight w that
//! n of N products have (Salton and Buckley 1988). Terms in more than a share of the products, and in more
//! than [`FEW`], are ignored. The candidates of a row come from its rarest terms, as many postings as the
//! budget allows, so that the work per product is bounded in a catalogue of any size; the best candidates
//! are then compared on all their terms. Settings: [`ContentSettings`]. Section: the neighbour table
//! `content`.

use super::lists::{Lists, SparseCounter};
use super::settings::ContentSettings;
use super::table::{Neighbour, NeighbourTable, keep_best};
use super::titles::Titles;
use super::view::CatalogueView;
use crate::id::Ordinal;

/// Candidates compared on all their terms, per product of the row.
const COMPARED_PER_KEPT: usize = 4;

/// A term in at most this many products counts in a shop of any size.
const FEW: f32 = 20.0;

/// The terms of the product texts: numbered terms with weights, by ordinal.
#[derive(Debug, Default)]
pub struct Terms {
    numbers: Lists<u32>,
    weights: Vec<f32>,
    count: usize,
    /// The titles of the same products.
    pub titles: Titles,
}

impl Terms {
    /// Adds the next product's terms; of a term that comes twice the higher weight counts.
    pub fn push(&mut self, terms: &mut Vec<(u32, f32)>) {
        terms.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
        terms.dedup_by_key(|term| term.0);
        self.count = terms.last().map_or(self.count, |last| self.count.max(last.0 as usize + 1));
        self.numbers.push(&terms.iter().map(|term| term.0).collect::<Vec<_>>());
        self.weights.extend(terms.iter().map(|term| term.1));
    }

    /// TF-IDF vectors of unit length, each sorted by term number.
    fn vectors(&self, products_of: &Lists, settings: &ContentSettings) -> Vec<Vec<(u32, f32)>> {
        let products = self.numbers.len();
        let most = (settings.max_share * products as f32).max(FEW);
        let idf = |term: u32| {
            let frequency = products_of.get(term as usize).len() as f32;
            if frequency > most { 0.0 } else { (products as f32 / frequency).ln() }
        };
        let mut start = 0;
        let vector = |numbers: &[u32]| {
            let weights = &self.weights[start..start + numbers.len()];
            start += numbers.len();
            let weighed = numbers.iter().zip(weights).map(|(&term, weight)| (term, weight * idf(term)));
            let mut vector: Vec<(u32, f32)> = weighed.filter(|term| term.1 > 0.0).collect();
            let length = vector.iter().map(|term| term.1 * term.1).sum::<f32>().sqrt();
            vector.iter_mut().for_each(|term| term.1 /= length);
            vector
        };
        self.numbers.iter().map(vector).collect()
    }

    /// For each product those with the most similar texts, without itself and its variants.
    pub fn neighbours(&self, catalogue: &CatalogueView<'_>, settings: &ContentSettings) -> NeighbourTable {
        let products_of = self.numbers.transpose(self.count);
        let mut vectors = self.vectors(&products_of, settings);
        vectors.resize_with(catalogue.products(), Vec::new);
        // `own` is the dense vector of the row's product while others are compared with it.
        let row = |(tally, own): &mut (SparseCounter, Vec<f32>), product: Ordinal| {
            let vector = &vectors[product.index()];
            vector.iter().for_each(|&(term, weight)| own[term as usize] = weight);
            let mut rarest: Vec<(usize, u32, f32)> =
                vector.iter().map(|&(term, weight)| (products_of.get(term as usize).len(), term, weight)).collect();
            rarest.sort_unstable_by_key(|term| (term.0, term.1));
            let mut budget = settings.postings;
            for (frequency, term, weight) in rarest {
                let Some(left) = budget.checked_sub(frequency) else { break };
                budget = left;
                products_of.get(term as usize).iter().for_each(|&other| tally.add(other, weight * weight));
            }
            let other = |found: &(Ordinal, f32)| !catalogue.same_group(product, found.0);
            let mut found: Vec<Neighbour> = tally.drain_unsorted().filter(other).map(neighbour).collect();
            keep_best(&mut found, settings.per_row * COMPARED_PER_KEPT);
            for found in &mut found {
                let other = vectors[found.ordinal.index()].iter();
                found.score = other.map(|&(term, weight)| weight * own[term as usize]).sum();
            }
            vector.iter().for_each(|&(term, _)| own[term as usize] = 0.0);
            keep_best(&mut found, settings.per_row);
            found
        };
        NeighbourTable::build(vectors.len(), || (SparseCounter::new(vectors.len()), vec![0.0; self.count]), row)
    }
}

fn neighbour((ordinal, score): (Ordinal, f32)) -> Neighbour {
    Neighbour { ordinal, score, evidence: None }
}

#[cfg(test)]
mod tests {
    use super::super::view::NO_GROUP;
    use super::*;
    use crate::error::Result;
    use crate::id::GroupNumber;

    fn rows(
        products: &[&[(u32, f32)]],
        groups: &[GroupNumber],
        settings: &ContentSettings,
    ) -> Result<Vec<Vec<(u32, f32)>>> {
        let mut terms = Terms::default();
        products.iter().for_each(|product| terms.push(&mut product.to_vec()));
        let starts = vec![0; products.len() + 1];
        let table = terms.neighbours(&CatalogueView::new(groups, &starts, &[], 0)?, settings);
        Ok((0..products.len() as u32).map(|product| table.bare(product)).collect())
    }

    #[test]
    fn the_formula_by_hand() -> Result<()> {
        let settings = ContentSettings::default();
        let shop: [&[(u32, f32)]; 4] =
            [&[(0, 1.0), (1, 2.0), (3, 1.0)], &[(1, 1.0), (3, 1.0)], &[(2, 1.0), (3, 1.0)], &[]];
        let rows = rows(&shop, &[NO_GROUP; 4], &settings)?;
        // idf is ln 4 for term 0, ln 2 for term 1, ln 4/3 for term 3, which three of four products have.
        let (rare, half, most) = (4f32.ln(), 2f32.ln(), (4f32 / 3.0).ln());
        let length = |terms: &[f32]| terms.iter().map(|term| term * term).sum::<f32>().sqrt();
        let both = 2.0 * half * half + most * most;
        let expected = both / length(&[rare, 2.0 * half, most]) / length(&[half, most]);
        assert_eq!(rows[0].iter().map(|other| other.0).collect::<Vec<_>>(), [1, 2]);
        assert!((rows[0][0].1 - expected).abs() < 1e-6, "{rows:?}");
        assert!(rows[3].is_empty());
        Ok(())
    }

    #[test]
    fn variants_are_left_out_and_a_row_has_a_limit() -> Result<()> {
        let (product, group): (&[(u32, f32)], _) = (&[(0, 1.0), (1, 1.0)], GroupNumber::new(5));
        let settings = ContentSettings { max_share: 1.0, per_row: 1, ..ContentSettings::default() };
        let shop = [product, product, product, product, &[(2, 1.0)]];
        let rows = rows(&shop, &[group, group, NO_GROUP, NO_GROUP, NO_GROUP], &settings)?;
        assert_eq!(
            rows.iter().map(|row| row.first().map(|best| best.0)).collect::<Vec<_>>(),
            [Some(2), Some(2), Some(0), Some(0), None]
        );
        assert!(rows.iter().all(|row| row.len() <= 1));
        Ok(())
    }

    #[test]
    fn terms_past_the_budget_give_no_candidates_but_count_in_the_cosine() -> Result<()> {
        let shop: [&[(u32, f32)]; 5] =
            [&[(0, 1.0), (1, 1.0)], &[(0, 1.0), (1, 1.0)], &[(1, 1.0)], &[(1, 1.0)], &[(2, 1.0)]];
        let settings = ContentSettings { max_share: 1.0, postings: 3, ..ContentSettings::default() };
        let rows = rows(&shop, &[NO_GROUP; 5], &settings)?;
        assert_eq!(rows[0].iter().map(|other| other.0).collect::<Vec<_>>(), [1]);
        assert!((rows[0][0].1 - 1.0).abs() < 1e-6);
        Ok(())
    }
}
