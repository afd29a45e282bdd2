//! The variant that stands for its group: of those that match, the ones with most of the query's words; of these one
//! that can be had; of these the one with most of what was understood besides words, such as a colour or a size. Among
//! variants that are equal in this the order of the answer decides.

use std::collections::HashMap;
use std::sync::Arc;

use super::retrieve::Matched;
use crate::bitmap::Bitmap;
use crate::column::Groups;
use crate::engine::Snapshot;
use crate::id::Ordinal;
use crate::rank::{Candidate, by_score};

/// The nearness of a variant to the query, the nearest the largest.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
struct Nearness {
    /// The share of the query's words that it has.
    held: f32,
    can_be_had: bool,
    /// The amount that the understood parts raise it by, whatever its words.
    raised: f32,
}

/// The choice among the variants of one answer.
pub(super) struct Standing<'a> {
    matched: &'a Matched,
    groups: &'a Groups,
    in_stock: Option<Arc<Bitmap>>,
    /// The scored variants, by ordinal.
    scored: HashMap<Ordinal, Candidate>,
}

impl<'a> Standing<'a> {
    /// The choice in an order by relevance, among the variants in the window.
    pub(super) fn by_relevance(snapshot: &Snapshot, matched: &'a Matched, groups: &'a Groups) -> Self {
        Self::among(matched.window.iter().copied(), snapshot, matched, groups)
    }

    /// The choice in an order by fields, among all matches.
    pub(super) fn by_fields(snapshot: &Snapshot, matched: &'a Matched, groups: &'a Groups) -> Self {
        Self::among(matched.scored(), snapshot, matched, groups)
    }

    fn among(
        candidates: impl Iterator<Item = Candidate>,
        snapshot: &Snapshot,
        matched: &'a Matched,
        groups: &'a Groups,
    ) -> Self {
        let variants = candidates.filter(|candidate| groups.members(candidate.ordinal).nth(1).is_some());
        let scored = variants.map(|candidate| (candidate.ordinal, candidate)).collect();
        Self { matched, groups, in_stock: snapshot.in_stock(), scored }
    }

    /// The variant that stands for the group of a candidate, in its place.
    pub(super) fn of(&self, first: Candidate) -> Candidate {
        // The product that the query names exactly is shown itself; most products have no variants.
        let mut members = self.groups.members(first.ordinal);
        if first.closeness.exact || members.nth(1).is_none() {
            return first;
        }
        let members = self.groups.members(first.ordinal).filter(|&member| self.matched.set.contains(member));
        members.map(|member| self.candidate(member)).fold(first, |best, other| {
            let nearer = self.nearness(&other).partial_cmp(&self.nearness(&best));
            match nearer {
                Some(std::cmp::Ordering::Greater) => other,
                Some(std::cmp::Ordering::Equal) if by_score(&other, &best).is_lt() => other,
                _ => best,
            }
        })
    }

    /// Leaves only those variants in a set that may stand for their groups.
    pub(super) fn narrow(&self, set: &mut Bitmap) {
        let mut best: HashMap<Ordinal, Nearness> = HashMap::new();
        let near: Vec<(Ordinal, Nearness)> =
            set.iter().map(|ordinal| (ordinal, self.nearness(&self.candidate(ordinal)))).collect();
        for &(ordinal, nearness) in &near {
            let group = best.entry(self.groups.first(ordinal)).or_insert(nearness);
            if nearness > *group {
                *group = nearness;
            }
        }
        let farther = near.iter().filter(|(ordinal, nearness)| best[&self.groups.first(*ordinal)] > *nearness);
        farther.for_each(|(ordinal, _)| set.remove(*ordinal));
    }

    fn candidate(&self, ordinal: Ordinal) -> Candidate {
        self.scored.get(&ordinal).copied().unwrap_or_else(|| self.matched.unscored(u32::MAX, ordinal))
    }

    fn nearness(&self, candidate: &Candidate) -> Nearness {
        let in_stock = self.in_stock.as_ref().is_none_or(|in_stock| in_stock.contains(candidate.ordinal));
        let can_be_had = in_stock || candidate.closeness.exact;
        Nearness { held: candidate.held, can_be_had, raised: self.matched.meant.raise(candidate.ordinal, 0.0) }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crate::engine::{Engine, EngineSettings, RequestContext, SoldOut, testing};
    use crate::product::{AttributeValue, Availability, Product};
    use crate::query::SearchQuery;

    type Done<T = ()> = Result<T, Box<dyn std::error::Error>>;

    /// A shirt in three colours, the red one sold out and the cheapest, and a coat.
    fn shop(sold_out: SoldOut) -> Done<Engine> {
        let shirt = |id: &str, colour: &str, price, stock| Product {
            id: id.into(),
            title: "Linen shirt".into(),
            group_id: Some("shirt".into()),
            price: Some(price),
            stock: Some(stock),
            attributes: BTreeMap::from([("color".into(), AttributeValue::Text(colour.into()))]),
            ..Product::default()
        };
        let coat = Product { id: "coat".into(), title: "Wool coat".into(), price: Some(1500), ..Product::default() };
        let shirts = [shirt("s1", "Red", 1000, 0), shirt("s2", "Blue", 2000, 4), shirt("s3", "Green", 3000, 4)];
        let products: Vec<Product> = shirts.into_iter().chain([coat]).collect();
        testing::engine(&products, EngineSettings { sold_out, ..EngineSettings::default() })
    }

    fn hits(engine: &Engine, query: SearchQuery) -> Done<Vec<String>> {
        let answer = engine.search(&SearchQuery { group: true, ..query }, &RequestContext::default())?;
        Ok(answer.hits.into_iter().map(|hit| hit.id).collect())
    }

    #[test]
    fn a_variant_that_can_be_had_stands_for_its_group_in_every_order() -> Done {
        for sold_out in [SoldOut::Bury, SoldOut::Hide, SoldOut::Mark] {
            let engine = shop(sold_out)?;
            let of = |query: &str, sort: Option<&str>, filter: Option<&str>| {
                let (query, sort, filter) = (query.to_owned(), sort.map(str::to_owned), filter.map(str::to_owned));
                hits(&engine, SearchQuery { query, sort, filter, ..SearchQuery::default() })
            };
            assert_eq!(of("shirt", None, None)?, ["s2"], "{sold_out:?}");
            assert_eq!(of("green shirt", None, None)?.first().map(String::as_str), Some("s3"), "{sold_out:?}");
            assert_eq!(of("shirt", Some("price:asc"), None)?, ["s2"], "{sold_out:?}");
            let by_price = of("", Some("price:asc"), None)?;
            assert_eq!(by_price, ["coat", "s2"], "placed by the price of what can be had: {sold_out:?}");
            assert_eq!(of("", None, None)?, ["s2", "coat"], "{sold_out:?}");
            assert_eq!(of("shirt", None, Some("color = \"Red\""))?.len(), usize::from(sold_out != SoldOut::Hide));
            assert_eq!(of("shirt", None, Some("in_stock = false"))?, ["s1"], "{sold_out:?}");
        }
        Ok(())
    }

    #[test]
    fn a_product_that_is_unavailable_whatever_its_stock_stands_for_none() -> Done {
        let of = |id: &str, availability, stock| Product {
            id: id.into(),
            title: "Linen shirt".into(),
            group_id: Some("shirt".into()),
            availability,
            stock,
            ..Product::default()
        };
        let products = [of("a", Availability::OutOfStock, Some(5)), of("b", Availability::Backorder, Some(0))];
        let engine = testing::engine(&products, EngineSettings::default())?;
        let query = SearchQuery { query: "shirt".into(), ..SearchQuery::default() };
        assert_eq!(hits(&engine, query)?, ["b"]);
        Ok(())
    }
}
