//! The simplest thing that can be learnt from baskets, the line that what the
//! product learns is held against: `score(j) = Σ_i c(i, j) / √(n(i) · n(j))` over
//! the products i one has, with c the baskets that hold both and n those that
//! hold one (cosine of the baskets; Deshpande and Karypis, TOIS 22(1), 2004).
//! Ties go by popularity.

use tastemaker_index::behaviour::Lists;
use tastemaker_index::id::Ordinal;

/// Baskets, and for each product those that hold it.
pub(crate) struct Together {
    baskets: Lists,
    baskets_of: Lists<u32>,
    /// Every product, the one in most baskets first.
    by_popularity: Vec<Ordinal>,
}

impl Together {
    /// Of baskets of a catalogue of so many products; a product named twice in one counts once.
    pub(crate) fn new(products: usize, baskets: impl Iterator<Item = Vec<Ordinal>>) -> Self {
        let mut lists = Lists::default();
        for mut basket in baskets {
            basket.sort_unstable();
            basket.dedup();
            lists.push(&basket);
        }
        let baskets_of = lists.transpose(products);
        let mut by_popularity: Vec<Ordinal> = Ordinal::all(products).collect();
        by_popularity.sort_by_key(|&product| std::cmp::Reverse(baskets_of.get(product.index()).len()));
        Self { baskets: lists, baskets_of, by_popularity }
    }

    /// Baskets with a product.
    pub(crate) fn count(&self, product: Ordinal) -> usize {
        self.baskets_of.get(product.index()).len()
    }

    /// What goes best with what one has by the cosine, of what one does not have.
    pub(crate) fn cosine(&self, has: &[Ordinal], limit: usize) -> Vec<Ordinal> {
        let root = |product| (self.count(product).max(1) as f64).sqrt();
        self.best(has, limit, |one| 1.0 / root(one), |other| 1.0 / root(other))
    }

    /// The same by nothing but `Σ_i c(i, j)`, how often they lie together.
    pub(crate) fn counts(&self, has: &[Ordinal], limit: usize) -> Vec<Ordinal> {
        self.best(has, limit, |_| 1.0, |_| 1.0)
    }

    fn best(
        &self,
        has: &[Ordinal],
        limit: usize,
        of_one: impl Fn(Ordinal) -> f64,
        of_other: impl Fn(Ordinal) -> f64,
    ) -> Vec<Ordinal> {
        let mut scores = vec![0.0_f64; self.by_popularity.len()];
        let mut met: Vec<Ordinal> = Vec::new();
        for &one in has {
            let weight = of_one(one);
            for &basket in self.baskets_of.get(one.index()) {
                for &other in self.baskets.get(basket as usize) {
                    if scores[other.index()] == 0.0 {
                        met.push(other);
                    }
                    scores[other.index()] += weight;
                }
            }
        }
        met.iter().for_each(|&other| scores[other.index()] *= of_other(other));
        let score = |product: Ordinal| scores[product.index()];
        met.retain(|product| !has.contains(product));
        met.sort_by(|&a, &b| score(b).total_cmp(&score(a)).then(self.count(b).cmp(&self.count(a))).then(a.cmp(&b)));
        met.truncate(limit);
        met
    }

    /// What is in most baskets, of what one does not have.
    pub(crate) fn popular(&self, has: &[Ordinal], limit: usize) -> Vec<Ordinal> {
        self.by_popularity.iter().filter(|product| !has.contains(product)).take(limit).copied().collect()
    }
}
