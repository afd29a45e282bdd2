//! Facets of a search: each field is counted over what matches under every
//! refinement but its own, ordered by what the shopper is drawn to where asked.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::retrieve::Matched;
use super::{Shopper, Snapshot};
use crate::column::{FacetAnswer, FacetContext, Groups, Refinements, count_facet};
use crate::error::Result;
use crate::event::Leaning;
use crate::profile::affinity::{ProductFacts, affinities};
use crate::query::{FacetOrder, SearchQuery};

impl Snapshot {
    pub(super) fn facets(
        &self,
        query: &SearchQuery,
        matched: &Matched,
        refinements: &Refinements<'_>,
        groups: Option<&Groups>,
        shopper: Option<&Shopper>,
    ) -> Result<BTreeMap<String, FacetAnswer>> {
        let columns = &self.generation.columns;
        let analyzer = RefCell::new(self.generation.text.analyzer());
        let words = |text: &str| analyzer.borrow_mut().whole(text).into_iter().map(|token| token.word).collect();
        let by_interest = query.facets.iter().filter(|facet| facet.order == FacetOrder::Interest);
        let fields: Vec<&str> = by_interest.map(|facet| facet.field.as_str()).collect();
        let interest = shopper.map(|shopper| self.drawn_to(shopper, &fields)).unwrap_or_default();
        let mut answers = BTreeMap::new();
        for facet in &query.facets {
            let others = matched.unrefined.as_ref().and_then(|found| refinements.others(&facet.field, found));
            let context = FacetContext {
                groups,
                chosen: refinements.chosen(&facet.field),
                interest: interest.get(&facet.field).map_or(&[], Vec::as_slice),
                words: Some(&words),
            };
            let matches = others.as_ref().unwrap_or(&matched.set);
            let answer = count_facet(columns, facet, matches, self.settings.limits.facet_values, &context)?;
            answers.insert(facet.field.clone(), answer);
        }
        Ok(answers)
    }

    /// How far a shopper is drawn to values of these fields: the share of what was met lately, and
    /// more than any share for what was said to be liked, below 0 for what is to be avoided.
    fn drawn_to(&self, shopper: &Shopper, fields: &[&str]) -> BTreeMap<String, Vec<(String, f32)>> {
        let profile = &*shopper.profile;
        if fields.is_empty() || !profile.stated.may_personalize() {
            return BTreeMap::new();
        }
        let columns = fields.iter().filter_map(|&field| Some((field, self.generation.columns.keyword(field)?.view())));
        let columns: Vec<_> = columns.collect();
        let facts = |id: &str| {
            let ordinal = self.generation.products.ordinal(id)?;
            let texts = columns.iter().flat_map(|(field, view)| {
                view.values(ordinal).iter().map(|&id| ((*field).to_owned(), view.text(id).to_owned()))
            });
            Some(ProductFacts { attributes: texts.collect(), ..ProductFacts::default() })
        };
        let met = affinities(profile, &self.settings.interest, shopper.now_ms, facts).attributes;
        let mut drawn: BTreeMap<String, Vec<(String, f32)>> = BTreeMap::new();
        for (field, values) in met {
            drawn.insert(field, values.into_iter().map(|value| (value.name, value.share)).collect());
        }
        // Said later in the list, so that it replaces what was inferred.
        let mut say = |field: &str, value: &str, weight| {
            if fields.contains(&field) {
                drawn.entry(field.to_owned()).or_default().push((value.to_owned(), weight));
            }
        };
        let weight = |leaning| if leaning == Leaning::Avoid { -1.0 } else { 2.0 };
        profile.stated.brands().for_each(|(brand, leaning)| say("brand", brand, weight(leaning)));
        profile.stated.categories().for_each(|(path, leaning)| say(crate::column::CATEGORY, path, weight(leaning)));
        for (field, values) in profile.stated.attributes() {
            values.iter().for_each(|value| say(field, value, 2.0));
        }
        drawn
    }
}
