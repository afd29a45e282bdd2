//! The cart model: the expected share of baskets with a given cart that hold product j as well, for shops where
//! single pairs are too few to rank by:
//!
//! `P(j | cart) = p(j) · mean over i of (c(i, j) + k) / (e(i, j) + k)`
//!
//! with p the share of all baskets that hold j, c the number of lists that hold both i and j,
//! e = n(i) · n(j) / lists the number expected by chance, and k the prior: the number of lists in which a pair is
//! assumed to be as frequent as by chance. It is the mean of a gamma-Poisson model of the lift (DuMouchel, The
//! American Statistician 53(3), 1999, with one gamma of mean 1): popularity for pairs without evidence, the share
//! of baskets with i for pairs with much of it. Only the partners of a product that differ most from chance are
//! stored; any other counts as frequent as by chance. Lists are baskets, or all purchases of a shopper.

use super::lists::{Lists, SparseCounter};
use super::table::{Neighbour, NeighbourTable, PairEvidence, keep_best};
use crate::error::{Error, Result};
use crate::flat::{FlatFile, FlatWriter, Section};
use crate::id::Ordinal;

/// The number of products in most baskets, which are candidates for every cart.
const HEAD: usize = 200;
/// The largest number of partners of a product.
const PER_ROW: usize = 20;
/// The prior by which partners are selected; [`CartModel::with_prior`] does not select anew.
const SELECTION_PRIOR: f32 = 10.0;
/// The number of products of a cart that are read, from the first on.
const MAX_SEEDS: usize = 50;

/// The tables behind the formula.
#[derive(Debug, Clone)]
pub struct CartModel {
    /// The partners of each product, with the number of lists that hold both.
    pairs: NeighbourTable,
    /// The number of lists that hold each product.
    alone: Section<u32>,
    /// Share of all baskets that hold each product.
    share: Section<f32>,
    /// The products in most baskets, best first.
    head: Section<Ordinal>,
    /// The number of lists.
    total: f32,
    /// k.
    prior: f32,
}

/// A product with its probability to lie in the same cart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CartCandidate {
    /// The product.
    pub ordinal: Ordinal,
    /// The expected share of baskets with such a cart that hold it, above 0.
    pub probability: f32,
    /// The product of the cart with which it shares most lists; `None` if it shares none.
    pub with: Option<Ordinal>,
}

impl CartModel {
    /// Counts pairs in `lists` and shares in `baskets`, both of products below `products`.
    pub fn count(lists: &Lists, baskets: &Lists, products: usize, prior: f32) -> Self {
        let lies_in: Lists<u32> = lists.transpose(products);
        let alone: Vec<u32> = lies_in.iter().map(|list| list.len() as u32).collect();
        let all = baskets.len().max(1) as f32;
        let held_in: Lists<u32> = baskets.transpose(products);
        let share: Vec<f32> = held_in.iter().map(|list| list.len() as f32 / all).collect();
        let total = lists.len().max(1) as f32;
        let row = |tally: &mut SparseCounter, product: Ordinal| {
            for &list in lies_in.get(product.index()) {
                lists.get(list as usize).iter().for_each(|&other| tally.add(other, 1.0));
            }
            let others = tally.drain_unsorted().filter(|&(other, _)| other != product);
            let weighed = others.map(|(ordinal, together)| {
                let expected = alone[product.index()] as f32 * alone[ordinal.index()] as f32 / total;
                let lift = (together + SELECTION_PRIOR) / (expected + SELECTION_PRIOR);
                let score = share[ordinal.index()] * (lift - 1.0).abs();
                let evidence = PairEvidence { together: together as u32, lift: together / expected, llr: 0.0 };
                Neighbour { ordinal, score, evidence: Some(evidence) }
            });
            let mut row: Vec<Neighbour> = weighed.collect();
            keep_best(&mut row, PER_ROW);
            row
        };
        let pairs = NeighbourTable::build(products, || SparseCounter::new(products), row);
        let mut head: Vec<Ordinal> = Ordinal::all(products).filter(|&product| share[product.index()] > 0.0).collect();
        head.sort_by(|&a, &b| share[b.index()].total_cmp(&share[a.index()]).then(a.cmp(&b)));
        head.truncate(HEAD);
        Self { pairs, alone: alone.into(), share: share.into(), head: head.into(), total, prior }
    }

    /// The same tables with another prior.
    pub fn with_prior(self, prior: f32) -> Self {
        Self { prior, ..self }
    }

    /// The products in most baskets, best first, at most 200.
    pub fn head(&self) -> &[Ordinal] {
        &self.head
    }

    /// The candidates for a cart in no particular order; none for an empty cart. A product of the cart that was
    /// never bought counts as a product without partners.
    pub fn candidates(&self, cart: &[Ordinal]) -> Vec<CartCandidate> {
        let Some(&first) = cart.first() else { return Vec::new() };
        let cart = &cart[..cart.len().min(MAX_SEEDS)];
        // (candidate, product of the cart, lists that hold both)
        let mut pairs: Vec<(Ordinal, Ordinal, f32)> = self.head.iter().map(|&one| (one, first, 0.0)).collect();
        for &seed in cart {
            let partners = self.pairs.neighbours(seed).filter_map(|one| Some((one.ordinal, one.evidence?.together)));
            pairs.extend(partners.map(|(other, together)| (other, seed, together as f32)));
        }
        pairs.sort_by(|a, b| a.0.cmp(&b.0).then(b.2.total_cmp(&a.2)).then(a.1.cmp(&b.1)));
        let one = |same: &[(Ordinal, Ordinal, f32)]| {
            let other = same[0].0;
            let counted = same.iter().filter(|pair| pair.2 > 0.0).map(|&(_, seed, together)| {
                let expected = self.alone[seed.index()] as f32 * self.alone[other.index()] as f32 / self.total;
                (together + self.prior) / (expected + self.prior) - 1.0
            });
            let probability = self.share[other.index()] * (1.0 + counted.sum::<f32>() / cart.len() as f32);
            CartCandidate { ordinal: other, probability, with: (same[0].2 > 0.0).then_some(same[0].1) }
        };
        pairs.chunk_by(|a, b| a.0 == b.0).map(one).filter(|one| one.probability > 0.0).collect()
    }

    /// Writes the sections `companions*`.
    pub(super) fn write(&self, file: &mut FlatWriter) -> Result<()> {
        self.pairs.write(file, "companions")?;
        file.section::<u32>("companions.alone", &self.alone)?;
        file.section::<f32>("companions.share", &self.share)?;
        file.section::<Ordinal>("companions.head", &self.head)?;
        file.section::<f32>("companions.prior", &[self.total, self.prior])
    }

    /// Opens the sections of `products` ordinals; `None` if the file has none.
    ///
    /// # Errors
    /// [`Error::Corrupt`] if they do not fit each other or the catalogue.
    pub(super) fn open(file: &FlatFile, products: usize) -> Result<Option<Self>> {
        if !file.has("companions.prior") {
            return Ok(None);
        }
        let wrong = |what: &str| Error::corrupt(file.path(), format!("companions: {what}"));
        let [total, prior] = file.section_of::<f32>("companions.prior", 2)?[..] else {
            return Err(wrong("not two numbers"));
        };
        let share = file.section_of::<f32>("companions.share", products)?;
        let head: Section<Ordinal> = file.section("companions.head")?;
        if ![total, prior].iter().all(|number| number.is_finite() && *number > 0.0) {
            return Err(wrong("a number is not above 0"));
        }
        if share.iter().any(|share| !(0.0..=1.0).contains(share)) {
            return Err(wrong("a share is not between 0 and 1"));
        }
        if head.iter().any(|&product| product.index() >= products) {
            return Err(wrong("the head names a product outside the catalogue"));
        }
        let alone = file.section_of("companions.alone", products)?;
        let pairs = NeighbourTable::open(file, "companions", products, products)?;
        Ok(Some(Self { pairs, alone, share, head, total, prior }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten baskets: two hold 0 and 1, six hold only 2, two hold only 3.
    fn lists() -> Lists {
        let lists: [&[u32]; 10] = [&[0, 1], &[0, 1], &[2], &[2], &[2], &[2], &[2], &[2], &[3], &[3]];
        lists.into_iter().map(Ordinal::slice).collect()
    }

    fn probability(model: &CartModel, cart: &[u32], other: u32) -> f32 {
        let candidates = model.candidates(Ordinal::slice(cart));
        candidates.iter().find(|one| one.ordinal.get() == other).map_or(0.0, |one| one.probability)
    }

    #[test]
    fn the_weight_of_a_pair_grows_with_its_evidence() {
        let model = CartModel::count(&lists(), &lists(), 5, 1.0);
        // p = .2, c = 2, e = 2 · 2 / 10.
        assert!((probability(&model, &[0], 1) - 0.2 * 3.0 / 1.4).abs() < 1e-6);
        // p = .6, and no list holds both.
        assert!((probability(&model, &[0], 2) - 0.6).abs() < 1e-6);
        let cart = Ordinal::slice(&[0]);
        let with = |other| model.candidates(cart).iter().find(|one| one.ordinal.get() == other).map(|one| one.with);
        assert_eq!((with(1), with(2)), (Some(Some(cart[0])), Some(None)));
        let popular = model.with_prior(1e6);
        assert!(
            (probability(&popular, &[0], 1) - 0.2).abs() < 1e-3 && (probability(&popular, &[0], 2) - 0.6).abs() < 1e-3
        );
    }

    #[test]
    fn a_model_survives_the_disk_and_may_be_absent() -> Result<()> {
        let folder = tempfile::tempdir().map_err(Error::io("create", std::path::Path::new("temp")))?;
        let write = |name: &str, model: Option<&CartModel>| {
            let path = folder.path().join(name);
            let mut file = FlatWriter::create(&path)?;
            model.into_iter().try_for_each(|model| model.write(&mut file))?;
            file.section::<u32>("other", &[1])?;
            file.finish()?;
            FlatFile::open(&path)
        };
        let model = CartModel::count(&lists(), &lists(), 5, 1.0);
        let with = write("with", Some(&model))?;
        let read = CartModel::open(&with, 5)?;
        let cart = Ordinal::slice(&[0]);
        assert_eq!(read.map(|read| read.candidates(cart)), Some(model.candidates(cart)));
        assert!(CartModel::open(&with, 4).is_err(), "another catalogue");
        assert!(CartModel::open(&write("without", None)?, 5)?.is_none());
        Ok(())
    }

    #[test]
    fn a_cart_is_the_mean_of_its_products() {
        let model = CartModel::count(&lists(), &lists(), 5, 1.0);
        let mean = (probability(&model, &[0], 1) + probability(&model, &[3], 1)) / 2.0;
        assert!((probability(&model, &[0, 3], 1) - mean).abs() < 1e-6);
        assert!((probability(&model, &[4, 99], 2) - 0.6).abs() < 1e-6, "in no basket");
        assert_eq!(model.candidates(&[]), []);
    }
}
