//! Categories and products to go on with: the categories of the products nearest in meaning, else those with the most
//! products, and what is popular. All of them pass what the request and the shop's rules allow.

use super::EmptyPage;
use crate::bitmap::Bitmap;
use crate::column::{CATEGORY, FacetContext, FacetValue, KeywordView, count_facet};
use crate::engine::search::related::one_of_each_group;
use crate::error::Result;
use crate::hit::{OfferedBy, OfferedCategory, OfferedProduct};
use crate::query::FacetRequest;

/// The most categories of a response.
const MAX_CATEGORIES: usize = 5;
/// The most popular products of a response.
const MAX_POPULAR: usize = 6;
/// The deepest level at which categories are offered by their size.
const DEEPEST: usize = 4;

impl EmptyPage<'_> {
    /// The categories of the related products, the nearest first; else the largest.
    pub(super) fn categories(&self) -> Result<Vec<OfferedCategory>> {
        let generation = &self.search.snapshot.generation;
        let column = generation.columns.keyword(CATEGORY).filter(|_| self.allowed.count() > 0);
        let Some(column) = column else { return Ok(Vec::new()) };
        let mut near: Vec<(&str, f32)> = Vec::new();
        let related = self.related.unrefined().into_iter();
        for (ordinal, cosine) in related.filter(|(ordinal, _)| self.allowed.contains(*ordinal)) {
            for path in generation.products.leaves(ordinal).iter().map(|&leaf| generation.products.category(leaf)) {
                match near.iter_mut().find(|(other, _)| *other == path) {
                    Some((_, sum)) => *sum += cosine,
                    None => near.push((path, cosine)),
                }
            }
        }
        near.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
        near.truncate(MAX_CATEGORIES);
        if near.is_empty() {
            return self.largest();
        }
        let offered = |(path, _): (&str, f32)| {
            let total = self.count_under(column.view(), path);
            OfferedCategory { category: path.to_owned(), total, by: OfferedBy::Meaning }
        };
        Ok(near.into_iter().map(offered).collect())
    }

    /// The number of allowed products of a category, whose column holds every level of every path.
    fn count_under(&self, column: KeywordView<'_>, path: &str) -> usize {
        let within = column.products_of(column.equal_to(path)).iter().copied();
        let within = Bitmap::from_ordinals(self.allowed.len(), within.filter(|&one| self.allowed.contains(one)));
        self.related.groups.map_or_else(|| within.count(), |groups| groups.count(&within))
    }

    /// The categories with the most products, at the first level that leaves a choice.
    fn largest(&self) -> Result<Vec<OfferedCategory>> {
        let facet = FacetRequest { depth: Some(DEEPEST), ..CATEGORY.into() };
        let context = FacetContext { groups: self.related.groups, ..FacetContext::default() };
        let counted =
            count_facet(&self.search.snapshot.generation.columns, &facet, &self.allowed, MAX_CATEGORIES, &context)?;
        let mut level = counted.values;
        while let [only] = &mut level[..]
            && !only.children.is_empty()
        {
            level = std::mem::take(&mut only.children);
        }
        let offered = |FacetValue { value, count, .. }: FacetValue| OfferedCategory {
            category: value,
            total: count as usize,
            by: OfferedBy::Size,
        };
        Ok(level.into_iter().take(MAX_CATEGORIES).map(offered).collect())
    }

    /// The most popular products that can be had; none without events.
    pub(super) fn popular(&self) -> Result<Vec<OfferedProduct>> {
        let snapshot = self.search.snapshot;
        let (popularity, in_stock) = (&snapshot.generation.behaviour.popularity, snapshot.in_stock());
        let scores = popularity.scores();
        let wanted = popularity.best_first().iter().copied();
        let wanted = wanted.take_while(|ordinal| scores.get(ordinal.index()).is_some_and(|&score| score > 0.0));
        let fitting = wanted.filter(|&ordinal| {
            self.allowed.contains(ordinal) && in_stock.as_ref().is_none_or(|in_stock| in_stock.contains(ordinal))
        });
        let firsts = one_of_each_group(fitting.map(|ordinal| (ordinal, ())), self.related.groups);
        firsts.take(MAX_POPULAR).map(|(ordinal, ())| self.related.offered(ordinal, None)).collect()
    }
}
