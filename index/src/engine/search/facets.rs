//! Facets of a search: each field is counted over the products that match under every refinement but its own.
//! Values may be ordered by the shopper's interest.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::retrieve::Matched;
use super::{Search, Shopper};
use crate::column::{FacetAnswer, FacetContext, Groups, Refinements, count_facet};
use crate::deadline::Deadline;
use crate::error::Result;
use crate::event::Leaning;
use crate::profile::affinity::{AffinityFacts, affinities};
use crate::query::{FacetOrder, SearchQuery};

impl Search<'_> {
    pub(super) fn facets(
        &self,
        query: &SearchQuery,
        matched: &Matched,
        (refinements, groups): (&Refinements<'_>, Option<&Groups>),
        shopper: Option<&Shopper>,
        deadline: Deadline<'_>,
    ) -> Result<BTreeMap<String, FacetAnswer>> {
        let columns = &self.snapshot.generation.columns;
        let analyzer = RefCell::new(self.snapshot.generation.text.analyzer());
        let words = |text: &str| analyzer.borrow_mut().whole(text).into_iter().map(|token| token.word).collect();
        let by_interest = query.facets.iter().filter(|facet| facet.order == FacetOrder::Interest);
        let fields: Vec<&str> = by_interest.map(|facet| facet.field.as_str()).collect();
        let interest = shopper.map(|shopper| self.interest_in_values(shopper, &fields)).unwrap_or_default();
        let mut answers = BTreeMap::new();
        for facet in &query.facets {
            deadline.check()?;
            let others = matched.unrefined.as_ref().and_then(|found| refinements.others(&facet.field, found));
            let context = FacetContext {
                groups,
                chosen: refinements.chosen(&facet.field),
                interest: interest.get(&facet.field).map_or(&[], Vec::as_slice),
                words: Some(&words),
            };
            let matches = others.as_ref().unwrap_or(&matched.set);
            let answer = count_facet(columns, facet, matches, self.snapshot.settings.limits.facet_values, &context)?;
            answers.insert(facet.field.clone(), answer);
        }
        Ok(answers)
    }

    /// The shopper's interest in values of these fields: their share of the recent interactions, 0 to 1; 2 for values
    /// that the shopper stated to like, −1 for those to avoid.
    fn interest_in_values(&self, shopper: &Shopper, fields: &[&str]) -> BTreeMap<String, Vec<(String, f32)>> {
        let profile = &*shopper.profile;
        if fields.is_empty() || !profile.stated.may_personalize() {
            return BTreeMap::new();
        }
        let columns =
            fields.iter().filter_map(|&field| Some((field, self.snapshot.generation.columns.keyword(field)?.view())));
        let columns: Vec<_> = columns.collect();
        let facts = |id: &str| {
            let ordinal = self.snapshot.generation.products.ordinal(id)?;
            let texts = columns.iter().flat_map(|(field, view)| {
                view.values(ordinal).iter().map(|&id| ((*field).to_owned(), view.text(id).to_owned()))
            });
            Some(AffinityFacts { attributes: texts.collect(), ..AffinityFacts::default() })
        };
        let inferred = affinities(profile, &self.snapshot.settings.interest, shopper.now_ms, facts).attributes;
        let mut interest: BTreeMap<String, Vec<(String, f32)>> = BTreeMap::new();
        for (field, values) in inferred {
            interest.insert(field, values.into_iter().map(|value| (value.name, value.share)).collect());
        }
        // A later entry of the list replaces an earlier one, so stated interests go after inferred ones.
        let mut state = |field: &str, value: &str, weight| {
            if fields.contains(&field) {
                interest.entry(field.to_owned()).or_default().push((value.to_owned(), weight));
            }
        };
        let weight = |leaning| if leaning == Leaning::Avoid { -1.0 } else { 2.0 };
        profile.stated.brands().for_each(|(brand, leaning)| state("brand", brand, weight(leaning)));
        profile.stated.categories().for_each(|(path, leaning)| state(crate::column::CATEGORY, path, weight(leaning)));
        for (field, values) in profile.stated.attributes() {
            values.iter().for_each(|value| state(field, value, 2.0));
        }
        interest
    }
}
