//! Related products: those that stand out from chance less than a hit by meaning must, and those that only mention what
//! was asked for. They fill up a first page that is
//! not full, in a list of their own, and no total, page or facet knows of them.

use super::retrieve::Matched;
use crate::column::{Groups, Refinements};
use crate::engine::Snapshot;
use crate::error::Result;
use crate::hit::OfferedProduct;
use crate::id::Ordinal;
use crate::query::SearchQuery;

/// The most related products of a response.
const MAX_RELATED: usize = 6;

/// Reads the related products of a search.
#[derive(Clone, Copy)]
pub(super) struct RelatedReader<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) matched: &'a Matched,
    /// Variant groups that count as one; `None` if every product counts.
    pub(super) groups: Option<&'a Groups>,
}

impl RelatedReader<'_> {
    /// The related products beside so many hits in all: in stock first, then the nearest.
    pub(super) fn related(
        self,
        query: &SearchQuery,
        refinements: &Refinements<'_>,
        total: usize,
    ) -> Result<Vec<OfferedProduct>> {
        let Self { snapshot, matched, groups } = self;
        if !query.help || query.page != 1 || total >= query.per_page {
            return Ok(Vec::new());
        }
        let is_match = |ordinal: Ordinal| match groups {
            Some(groups) => groups.members(ordinal).any(|member| matched.set.contains(member)),
            None => matched.set.contains(ordinal),
        };
        let in_stock = snapshot.in_stock();
        let sold_out = |ordinal| in_stock.as_ref().is_some_and(|in_stock| !in_stock.contains(ordinal));
        let related = self.unrefined().into_iter();
        let related = related.filter(|&(ordinal, _)| refinements.passes(ordinal) && !is_match(ordinal));
        let mut related: Vec<(bool, Ordinal, f32)> =
            related.map(|(ordinal, cosine)| (sold_out(ordinal), ordinal, cosine)).collect();
        related.sort_by(|a, b| a.0.cmp(&b.0).then(b.2.total_cmp(&a.2)).then(a.1.cmp(&b.1)));
        let firsts = one_of_each_group(related.into_iter().map(|(_, ordinal, cosine)| (ordinal, cosine)), groups);
        firsts.take(MAX_RELATED).map(|(ordinal, cosine)| self.offered(ordinal, Some(cosine))).collect()
    }

    /// The related products of the search, unrefined, with their cosines: those that mention what was asked for, and those
    /// that are near enough to it.
    pub(super) fn unrefined(self) -> Vec<(Ordinal, f32)> {
        let matched = self.matched;
        let vectors = &self.snapshot.generation.vectors;
        let cosine = |ordinal| matched.direction.as_deref().map_or(0.0, |to| vectors.similarity(to, ordinal));
        let mut related: Vec<(Ordinal, f32)> =
            matched.mentioning.iter().map(|&ordinal| (ordinal, cosine(ordinal))).collect();
        let floor = matched.floor.zip(matched.direction.as_deref());
        let least = floor.and_then(|(floor, direction)| {
            self.snapshot.related_floor(&matched.understood.wanted, direction, floor.best)
        });
        let is_near = |&(ordinal, cosine): &(Ordinal, f32)| {
            least.is_some_and(|least| cosine >= least) && !matched.mentioning.contains(&ordinal)
        };
        related.extend(matched.below.iter().copied().filter(is_near));
        related
    }

    /// A product beside the hits.
    pub(super) fn offered(self, ordinal: Ordinal, cosine: Option<f32>) -> Result<OfferedProduct> {
        let id = self.snapshot.generation.products.id(ordinal).to_owned();
        Ok(OfferedProduct { id, cosine, product: self.snapshot.card(ordinal)?.product.clone() })
    }
}

/// The first product of each group of variants.
pub(super) fn one_of_each_group<'a, T: 'a>(
    products: impl Iterator<Item = (Ordinal, T)> + 'a,
    groups: Option<&'a Groups>,
) -> impl Iterator<Item = (Ordinal, T)> + 'a {
    let mut seen: Vec<Ordinal> = Vec::new();
    products.filter(move |&(ordinal, _)| {
        let group = groups.map_or(ordinal, |groups| groups.first(ordinal));
        let is_new = !seen.contains(&group);
        seen.push(group);
        is_new
    })
}
