//! How likely a product is to lie in the same basket as some others, where single pairs are too few
//! to speak for themselves:
//!
//! `P(j | cart) = p(j) · mean over i of (c(i, j) + k) / (e(i, j) + k)`
//!
//! with p the share of all baskets that hold j, c the lists that hold both, e = n(i) · n(j) / lists
//! what chance alone would bring, and k lists in which a pair is as frequent as by chance: the mean of
//! a gamma-Poisson model of the lift (DuMouchel, The American Statistician 53(3), 1999, with one gamma
//! of mean 1). Without evidence it is popularity, with much of it the share of the baskets with i.
//! Of each product the pairs are kept that differ most from chance; any other is as frequent as that.
//! Lists are baskets, or all that a shopper bought.

use super::lists::{Lists, SparseCounter};
use super::table::{Neighbour, NeighbourTable, PairEvidence, keep_best};
use crate::error::{Error, Result};
use crate::flat::{FlatFile, FlatWriter, Section};
use crate::id::Ordinal;

/// Products in most baskets, which may be companions of anything.
const HEAD: usize = 200;
/// Partners kept of a product.
const PER_ROW: usize = 20;
/// The prior by which partners are kept.
const KEPT_BY: f32 = 10.0;
/// Products of a cart that are read, the first first.
const MOST_SEEDS: usize = 50;

/// The tables behind the formula.
#[derive(Debug, Clone)]
pub struct Companions {
    pairs: NeighbourTable,
    /// Lists that hold each product.
    alone: Section<u32>,
    /// Share of all baskets that hold each product.
    share: Section<f32>,
    head: Section<u32>,
    /// Lists, and k.
    total: f32,
    prior: f32,
}

/// What speaks for one companion of a cart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Companion {
    /// The product.
    pub ordinal: Ordinal,
    /// The share of baskets with such a cart that it is expected in, above 0.
    pub chance: f32,
    /// The product of the cart with which it shares most lists, if any.
    pub with: Option<Ordinal>,
}

impl Companions {
    /// Counts pairs in `lists` and shares in `baskets`, both of products below `products`.
    pub fn count(lists: &Lists, baskets: &Lists, products: usize, prior: f32) -> Self {
        let lies_in = lists.transpose(products);
        let alone: Vec<u32> = lies_in.iter().map(|list| list.len() as u32).collect();
        let all = baskets.len().max(1) as f32;
        let share: Vec<f32> = baskets.transpose(products).iter().map(|list| list.len() as f32 / all).collect();
        let total = lists.len().max(1) as f32;
        let row = |tally: &mut SparseCounter, product: usize| {
            for &list in lies_in.get(product) {
                lists.get(list as usize).iter().for_each(|&other| tally.add(other, 1.0));
            }
            let others = tally.drain_unsorted().filter(|&(other, _)| other as usize != product);
            let weighed = others.map(|(ordinal, together)| {
                let expected = alone[product] as f32 * alone[ordinal as usize] as f32 / total;
                let lift = (together + KEPT_BY) / (expected + KEPT_BY);
                let score = share[ordinal as usize] * (lift - 1.0).abs();
                let evidence = PairEvidence { together: together as u32, lift: together / expected, llr: 0.0 };
                Neighbour { ordinal, score, evidence: Some(evidence) }
            });
            let mut row: Vec<Neighbour> = weighed.collect();
            keep_best(&mut row, PER_ROW);
            row
        };
        let pairs = NeighbourTable::build(products, || SparseCounter::new(products), row);
        let mut head: Vec<u32> = (0..products as u32).filter(|&product| share[product as usize] > 0.0).collect();
        head.sort_by(|&a, &b| share[b as usize].total_cmp(&share[a as usize]).then(a.cmp(&b)));
        head.truncate(HEAD);
        Self { pairs, alone: alone.into(), share: share.into(), head: head.into(), total, prior }
    }

    /// The same with another k.
    pub fn with_prior(self, prior: f32) -> Self {
        Self { prior, ..self }
    }

    /// The products in most baskets, the first in most.
    pub fn head(&self) -> &[Ordinal] {
        &self.head
    }

    /// The likely companions of a cart, in no order; none of an empty cart. A product that was never bought
    /// says nothing, so that beside it everything is as likely as anywhere.
    pub fn of(&self, cart: &[Ordinal]) -> Vec<Companion> {
        let Some(&first) = cart.first() else { return Vec::new() };
        let cart = &cart[..cart.len().min(MOST_SEEDS)];
        let mut met: Vec<(Ordinal, Ordinal, f32)> = self.head.iter().map(|&one| (one, first, 0.0)).collect();
        for &seed in cart {
            let partners = self.pairs.neighbours(seed).filter_map(|one| Some((one.ordinal, one.evidence?.together)));
            met.extend(partners.map(|(other, together)| (other, seed, together as f32)));
        }
        met.sort_by(|a, b| a.0.cmp(&b.0).then(b.2.total_cmp(&a.2)).then(a.1.cmp(&b.1)));
        let one = |same: &[(Ordinal, Ordinal, f32)]| {
            let other = same[0].0;
            let counted = same.iter().filter(|pair| pair.2 > 0.0).map(|&(_, seed, together)| {
                let expected = self.alone[seed as usize] as f32 * self.alone[other as usize] as f32 / self.total;
                (together + self.prior) / (expected + self.prior) - 1.0
            });
            let chance = self.share[other as usize] * (1.0 + counted.sum::<f32>() / cart.len() as f32);
            Companion { ordinal: other, chance, with: (same[0].2 > 0.0).then_some(same[0].1) }
        };
        met.chunk_by(|a, b| a.0 == b.0).map(one).filter(|one| one.chance > 0.0).collect()
    }

    /// Writes the sections.
    pub(super) fn write(&self, file: &mut FlatWriter) -> Result<()> {
        self.pairs.write(file, "companions")?;
        file.section::<u32>("companions.alone", &self.alone)?;
        file.section::<f32>("companions.share", &self.share)?;
        file.section::<u32>("companions.head", &self.head)?;
        file.section::<f32>("companions.prior", &[self.total, self.prior])
    }

    /// Opens the sections of that many products, where there are any.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when they do not fit.
    pub(super) fn open(file: &FlatFile, products: usize) -> Result<Option<Self>> {
        if !file.has("companions.prior") {
            return Ok(None);
        }
        let wrong = |what: &str| Error::corrupt(file.path(), format!("companions: {what}"));
        let [total, prior] = file.section_of::<f32>("companions.prior", 2)?[..] else {
            return Err(wrong("not two numbers"));
        };
        let share = file.section_of::<f32>("companions.share", products)?;
        let head: Section<u32> = file.section("companions.head")?;
        if ![total, prior].iter().all(|number| number.is_finite() && *number > 0.0) {
            return Err(wrong("a number is not above 0"));
        }
        if share.iter().any(|share| !(0.0..=1.0).contains(share)) {
            return Err(wrong("a share is not between 0 and 1"));
        }
        if head.iter().any(|&product| product as usize >= products) {
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

    /// Ten baskets: 0 and 1 lie together in two of them, 2 in six others, 3 alone in two.
    fn lists() -> Lists {
        let lists: [&[u32]; 10] = [&[0, 1], &[0, 1], &[2], &[2], &[2], &[2], &[2], &[2], &[3], &[3]];
        lists.into_iter().collect()
    }

    fn chance(companions: &Companions, cart: &[Ordinal], other: Ordinal) -> f32 {
        companions.of(cart).iter().find(|one| one.ordinal == other).map_or(0.0, |one| one.chance)
    }

    #[test]
    fn a_pair_counts_as_far_as_there_is_evidence() {
        let companions = Companions::count(&lists(), &lists(), 5, 1.0);
        // p = .2, c = 2, e = 2 · 2 / 10.
        assert!((chance(&companions, &[0], 1) - 0.2 * 3.0 / 1.4).abs() < 1e-6);
        // p = .6, and not a pair.
        assert!((chance(&companions, &[0], 2) - 0.6).abs() < 1e-6);
        let with = |other| companions.of(&[0]).into_iter().find(|one| one.ordinal == other).map(|one| one.with);
        assert_eq!((with(1), with(2)), (Some(Some(0)), Some(None)));
        let popular = companions.with_prior(1e6);
        assert!((chance(&popular, &[0], 1) - 0.2).abs() < 1e-3 && (chance(&popular, &[0], 2) - 0.6).abs() < 1e-3);
    }

    #[test]
    fn companions_survive_the_disk_and_need_not_be_there() -> Result<()> {
        let folder = tempfile::tempdir().map_err(Error::io("create", std::path::Path::new("temp")))?;
        let write = |name: &str, companions: Option<&Companions>| {
            let path = folder.path().join(name);
            let mut file = FlatWriter::create(&path)?;
            companions.into_iter().try_for_each(|companions| companions.write(&mut file))?;
            file.section::<u32>("other", &[1])?;
            file.finish()?;
            FlatFile::open(&path)
        };
        let companions = Companions::count(&lists(), &lists(), 5, 1.0);
        let with = write("with", Some(&companions))?;
        let read = Companions::open(&with, 5)?;
        assert_eq!(read.map(|read| read.of(&[0])), Some(companions.of(&[0])));
        assert!(Companions::open(&with, 4).is_err(), "another catalogue");
        assert!(Companions::open(&write("without", None)?, 5)?.is_none());
        Ok(())
    }

    #[test]
    fn a_cart_is_the_mean_of_what_it_holds() {
        let companions = Companions::count(&lists(), &lists(), 5, 1.0);
        let mean = (chance(&companions, &[0], 1) + chance(&companions, &[3], 1)) / 2.0;
        assert!((chance(&companions, &[0, 3], 1) - mean).abs() < 1e-6);
        assert!((chance(&companions, &[4, 99], 2) - 0.6).abs() < 1e-6, "in no basket");
        assert_eq!(companions.of(&[]), []);
    }
}
