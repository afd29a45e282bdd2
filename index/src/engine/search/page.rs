//! The hits of one page: in the requested order, the first only of each group of variants, with pinned products at
//! their positions. The first hit of a page depends on its number and size alone, so pages neither overlap nor leave
//! a gap.

use std::collections::HashMap;

use super::Search;
use super::curate::Curated;
use super::meant::Meant;
use super::pins::Pins;
use super::retrieve::{Matched, Remainder};
use super::standing::Standing;
use crate::bitmap::Bitmap;
use crate::column::{Groups, Sort, top};
use crate::error::Result;
use crate::id::Ordinal;
use crate::query::SearchQuery;
use crate::rank::{Candidate, by_score};

impl Search<'_> {
    /// The order of an answer: the request's, else that which the query's words ask for, else that of a rule if this
    /// catalogue has its fields.
    pub(super) fn sort(&self, query: &SearchQuery, curated: &Curated, meant: &Meant) -> Result<Sort> {
        let columns = &self.snapshot.generation.columns;
        match (meant.asked_order(query), &curated.applied.sort) {
            (Some(asked), _) => Sort::parse(asked, columns, query.location),
            (None, Some(by_rule)) => Ok(Sort::parse(by_rule, columns, query.location).unwrap_or_default()),
            (None, None) => Ok(Sort::default()),
        }
    }

    /// The candidates of the requested page. If the shopper chose a field to sort by, that order holds for pinned
    /// products too.
    pub(super) fn page(
        &self,
        query: &SearchQuery,
        matched: &Matched,
        sort: &Sort,
        pins: &Pins,
        groups: Option<&Groups>,
    ) -> Vec<Candidate> {
        let unpinned = Pins::default();
        let pins = if query.sort.is_some() && !sort.is_relevance() { &unpinned } else { pins };
        let mut others = matched.set.clone();
        for pinned in pins.ordinals() {
            others.remove(pinned);
            groups.into_iter().flat_map(|groups| groups.members(pinned)).for_each(|ordinal| others.remove(ordinal));
        }
        if let Some(groups) = groups.filter(|_| !sort.is_relevance()) {
            Standing::by_fields(self.snapshot, matched, groups).narrow(&mut others);
        }
        let others = |offset, limit| match sort.is_relevance() {
            true => {
                let firsts = self.by_relevance(matched, &others, groups, offset, limit);
                let Some(groups) = groups else { return firsts };
                let standing = Standing::by_relevance(self.snapshot, matched, groups);
                firsts.into_iter().map(|first| standing.of(first)).collect()
            }
            false => self.by_fields(matched, &others, sort, groups, offset, limit),
        };
        let pinned = |ordinal| matched.candidate(ordinal);
        pins.page(matched.total(groups), query.offset(), query.per_page, pinned, others)
    }

    /// The products of `set` by the keys of a sort, then by relevance.
    fn by_fields(
        &self,
        matched: &Matched,
        set: &Bitmap,
        sort: &Sort,
        groups: Option<&Groups>,
        offset: usize,
        limit: usize,
    ) -> Vec<Candidate> {
        let columns = &self.snapshot.generation.columns;
        let mut relevance = vec![0f32; columns.len()];
        match &matched.rest {
            Remainder::Scored(_) => matched.scored().for_each(|at| relevance[at.ordinal.index()] = at.score),
            // Without scores the places are the relevance.
            Remainder::Popular(_) => {
                let ordered = matched.window.iter().map(|at| at.ordinal);
                let ordered = ordered.chain(self.rest(matched).map(|at| at.ordinal));
                (0i32..).zip(ordered).for_each(|(place, ordinal)| relevance[ordinal.index()] = -place as f32);
            }
        }
        let page = top(set, sort, columns, &relevance, groups, offset, limit);
        let mut candidates: HashMap<Ordinal, Candidate> =
            page.iter().map(|&ordinal| (ordinal, Candidate { ordinal, ..Candidate::default() })).collect();
        for candidate in matched.scored() {
            candidates.entry(candidate.ordinal).and_modify(|unscored| *unscored = candidate);
        }
        page.iter().filter_map(|ordinal| candidates.remove(ordinal)).collect()
    }

    /// The products of `set` by relevance: the window and the rest, merged by score.
    fn by_relevance(
        &self,
        matched: &Matched,
        set: &Bitmap,
        groups: Option<&Groups>,
        offset: usize,
        limit: usize,
    ) -> Vec<Candidate> {
        let mut window = matched.window.iter().copied().peekable();
        let mut rest = self.rest(matched).peekable();
        let merged = std::iter::from_fn(|| match (window.peek(), rest.peek()) {
            (Some(inside), Some(outside)) if by_score(outside, inside).is_lt() => rest.next(),
            (Some(_), _) => window.next(),
            (None, _) => rest.next(),
        });
        let merged = merged.filter(|candidate| set.contains(candidate.ordinal));
        let Some(groups) = groups else { return merged.skip(offset).take(limit).collect() };
        let mut seen = Bitmap::new(set.len());
        let firsts = merged.filter(|candidate| {
            let group = groups.first(candidate.ordinal);
            let new = !seen.contains(group);
            seen.insert(group);
            new
        });
        firsts.skip(offset).take(limit).collect()
    }
}
