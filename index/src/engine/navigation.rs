//! Navigation for one shopper: the category tree and the values of other fields, each level ordered by this shopper's
//! shares. The share of a value among the products that have the field is `(own + 20 · site) / (n + 20)`: own counts
//! the shopper's interactions with products of the value, `.95^p` each with p = 0 the latest, n those with any value;
//! site is the value's share of all shoppers' interactions. Ties stand in the order of the shop's list. Interactions of
//! the visit under way do not count, so that nothing moves between two clicks.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use super::search::Curator;
use super::site::{CountKey, SiteShares};
use super::{Engine, RequestContext, Shopper, Snapshot};
use crate::bitmap::Bitmap;
use crate::column::{CATEGORY, FacetContext, FacetValue, KeywordView, ValueId, count_facet};
use crate::deadline::Deadline;
use crate::error::{Error, Result};
use crate::event::Leaning;
use crate::id::Ordinal;
use crate::product::last_level;
use crate::profile::{PAUSE_MS, Profile, distinct};
use crate::query::{FacetRequest, MAX_TREE_DEPTH, SearchQuery};

/// The weight of an interaction relative to the one after it.
const DECAY: f32 = 0.95;
/// The weight of the site's shares, in interactions of the shopper.
const PRIOR: f32 = 20.0;

/// A request for navigation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NavigationQuery {
    /// A filter on the products that are counted.
    pub filter: Option<String>,
    /// The category whose tree is shown; the whole tree if absent.
    pub under: Option<String>,
    /// Levels of the tree.
    pub depth: usize,
    /// Entries of one level, at most.
    pub limit: usize,
    /// Other fields whose values are shown.
    pub facets: Vec<String>,
}

/// One entry: a category, or a value of a field.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NavigationEntry {
    /// The value; of a category the whole path.
    pub value: String,
    /// The label for the page: of a category the last part of the path.
    pub title: String,
    /// The number of products that have it, variants of one counted once.
    pub count: u32,
    /// The shopper's share of it, 0 to 1.
    pub share: f32,
    /// The entries below it, in the same order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<NavigationEntry>,
}

/// A field's values.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NavigationFacet {
    /// The field.
    pub field: String,
    /// Its values.
    pub values: Vec<NavigationEntry>,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NavigationAnswer {
    /// The category tree.
    pub categories: Vec<NavigationEntry>,
    /// The other fields, in the order of the request.
    pub facets: Vec<NavigationFacet>,
}

impl Engine {
    /// The category tree and the values of fields in this shopper's order.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an unknown field, or past a limit; [`Error::Filter`] when the filter does not parse.
    pub fn navigation(
        &self,
        query: &NavigationQuery,
        request_context: &RequestContext<'_>,
    ) -> Result<NavigationAnswer> {
        Navigation::new(&self.0, query, request_context)?.answer()
    }
}

/// One request for navigation over a snapshot.
struct Navigation<'a> {
    snapshot: &'a Snapshot,
    query: &'a NavigationQuery,
    /// The products that are counted; all if none.
    matches: Option<Arc<Bitmap>>,
    /// The shopper's profile, if it may be used.
    profile: Option<&'a Profile>,
    /// Products of interactions before the visit under way, the latest first, each once.
    past: Vec<Ordinal>,
    deadline: Deadline<'a>,
}

impl<'a> Navigation<'a> {
    /// Checks the request against the limits.
    fn new(
        snapshot: &'a Snapshot,
        query: &'a NavigationQuery,
        request_context: &'a RequestContext<'a>,
    ) -> Result<Self> {
        let limits = &snapshot.settings.limits;
        if !(1..=MAX_TREE_DEPTH).contains(&query.depth) {
            return Err(Error::invalid("depth", format!("lies between 1 and {MAX_TREE_DEPTH}")));
        }
        for (field, asked, limit) in
            [("limit", query.limit, limits.facet_values), ("facets", query.facets.len(), limits.facets)]
        {
            if asked > limit {
                return Err(Error::invalid(field, format!("{asked} is more than the limit of {limit}")));
            }
        }
        let search = SearchQuery { filter: query.filter.clone(), ..SearchQuery::default() };
        let matches = Curator { snapshot }.may_match(&search, request_context)?;
        let shopper = request_context.shopper.filter(|shopper| shopper.profile.stated.may_personalize());
        let past = shopper.map(|shopper| before_this_visit(snapshot, shopper)).unwrap_or_default();
        let (profile, deadline) = (shopper.map(|shopper| &*shopper.profile), request_context.deadline);
        Ok(Self { snapshot, query, matches, profile, past, deadline })
    }

    fn answer(&self) -> Result<NavigationAnswer> {
        // A shop without categories has no such column.
        let categories = match self.snapshot.generation.columns.keyword(CATEGORY) {
            Some(_) => {
                let (under, depth) = (self.query.under.clone(), Some(self.query.depth));
                self.entries(&FacetRequest { under, depth, ..CATEGORY.into() })?
            }
            None => Vec::new(),
        };
        let facet = |field: &String| {
            self.deadline.check()?;
            Ok(NavigationFacet { field: field.clone(), values: self.entries(&field.as_str().into())? })
        };
        Ok(NavigationAnswer { categories, facets: self.query.facets.iter().map(facet).collect::<Result<_>>()? })
    }

    /// The entries of one field in the shopper's order.
    fn entries(&self, facet: &FacetRequest) -> Result<Vec<NavigationEntry>> {
        let Snapshot { generation, derived, caches, .. } = self.snapshot;
        let context = FacetContext { groups: derived.groups.as_deref(), ..FacetContext::default() };
        let count = |matches: &Bitmap| {
            let counted = count_facet(&generation.columns, facet, matches, usize::MAX, &context)?;
            Ok::<_, Error>(counted.values)
        };
        let counted = match &self.matches {
            Some(matches) => count(matches)?.into(),
            None => {
                let key: CountKey = (facet.field.clone(), facet.under.clone(), facet.depth);
                let all = || count(&Bitmap::full(generation.products.len()));
                caches.sites.counts(&key, || all().map(Arc::from))?
            }
        };
        let Some(column) = generation.columns.keyword(&facet.field) else {
            return Err(Error::invalid("facets", format!("`{}` has no values to choose from", facet.field)));
        };
        let shares = self.shares(&facet.field, column.view());
        Ok(shares.entries(&counted, self.query.limit))
    }

    /// The shopper's shares of a field's values.
    fn shares(&self, field: &str, view: KeywordView<'a>) -> ShopperShares<'a> {
        let site = self.snapshot.site_shares(field, view);
        let (mut own, mut n, mut weight) = (BTreeMap::<ValueId, f32>::new(), 0.0, 1.0);
        for values in self.past.iter().map(|&product| view.values(product)).filter(|values| !values.is_empty()) {
            let mut once: Vec<ValueId> = values.iter().map(|&value| site.spelling[value.index()]).collect();
            once.dedup();
            once.into_iter().for_each(|value| *own.entry(value).or_default() += weight);
            n += weight;
            weight *= DECAY;
        }
        let mut stated = BTreeMap::new();
        if let Some(profile) = self.profile {
            let sign = |leaning| if leaning == Leaning::Avoid { -1i8 } else { 1 };
            let mut state = |value: &str, sign| {
                stated.insert(view.equal_to(value).start, sign);
            };
            match field {
                "brand" => profile.stated.brands().for_each(|(name, leaning)| state(name, sign(leaning))),
                CATEGORY => profile.stated.categories().for_each(|(name, leaning)| state(name, sign(leaning))),
                field => {
                    let wanted = profile.stated.attributes().filter(|(name, _)| *name == field);
                    wanted.flat_map(|(_, values)| values).for_each(|value| state(value, 1));
                }
            }
        }
        ShopperShares { view, site, own, n, stated }
    }
}

/// Products of interactions before the visit under way, the latest first, each once.
fn before_this_visit(snapshot: &Snapshot, shopper: &Shopper) -> Vec<Ordinal> {
    let profile = &*shopper.profile;
    let under_way = profile.visits.iter().filter(|visit| shopper.now_ms <= visit.end_ms.saturating_add(PAUSE_MS));
    let before_ms = under_way.map(|visit| visit.start_ms).min().unwrap_or(i64::MAX);
    let mut meetings = profile.interactions();
    meetings.retain(|one| one.time_ms < before_ms);
    let recent = distinct(&meetings, snapshot.settings.rank.personal.history);
    recent.iter().filter_map(|one| snapshot.generation.products.ordinal(one.product_id)).collect()
}

/// One shopper's shares of a field's values.
struct ShopperShares<'a> {
    view: KeywordView<'a>,
    site: Arc<SiteShares>,
    /// The weighted number of the shopper's interactions by value.
    own: BTreeMap<ValueId, f32>,
    /// The weighted number of the shopper's interactions with any value.
    n: f32,
    /// Stated preferences: 1 stands above, −1 below all other values.
    stated: BTreeMap<ValueId, i8>,
}

impl ShopperShares<'_> {
    /// Counted values in this shopper's order, the first `limit` of each level.
    fn entries(&self, values: &[FacetValue], limit: usize) -> Vec<NavigationEntry> {
        let mut ordered: Vec<(ValueId, f32, &FacetValue)> = values
            .iter()
            .map(|value| {
                let id = self.view.equal_to(&value.value).start;
                (id, self.share(id), value)
            })
            .collect();
        ordered.sort_by(|a, b| self.compare((a.0, a.1), (b.0, b.1)));
        ordered.truncate(limit);
        let entry = |(_, share, value): (ValueId, f32, &FacetValue)| NavigationEntry {
            title: last_level(&value.value).to_owned(),
            count: value.count,
            share,
            children: self.entries(&value.children, limit),
            value: value.value.clone(),
        };
        ordered.into_iter().map(entry).collect()
    }

    fn share(&self, id: ValueId) -> f32 {
        let own = self.own.get(&id).copied().unwrap_or_default();
        let site = self.site.shares.get(id.index()).copied().unwrap_or_default();
        (own + PRIOR * site) / (self.n + PRIOR)
    }

    fn compare(&self, (a, share_a): (ValueId, f32), (b, share_b): (ValueId, f32)) -> Ordering {
        let stated = |id| self.stated.get(&id).copied().unwrap_or_default();
        let rank = |id: ValueId| self.site.ranks.get(id.index()).copied().unwrap_or(u32::MAX);
        stated(b).cmp(&stated(a)).then(share_b.total_cmp(&share_a)).then(rank(a).cmp(&rank(b))).then(a.cmp(&b))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Engine;
    use crate::engine::{EngineSettings, testing};
    use crate::event::Event;
    use crate::id::ShopperId;
    use crate::product::Product;
    use crate::time::{HOUR_MS, MINUTE_MS};

    type Done<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

    /// Lamps come first in the shop's list, then tables and chairs under one root.
    fn shop() -> Done<Engine> {
        let product = |(at, (id, category, brand)): (usize, &(&str, &str, &str))| Product {
            id: (*id).to_owned(),
            title: format!("thing {at}"),
            categories: vec![(*category).to_owned()],
            brand: Some((*brand).to_owned()),
            ..Product::default()
        };
        let listed = [
            ("z1", "Light > Lamps", "Nova"),
            ("a1", "Furniture > Tables", "Zeta"),
            ("a2", "Furniture > Chairs", "Nova"),
            ("a3", "Furniture > Chairs", "Zeta"),
            ("a4", "Furniture > Chairs", "zeta"),
        ];
        testing::engine(&listed.iter().enumerate().map(product).collect::<Vec<_>>(), EngineSettings::default())
    }

    fn shopper(engine: &Engine, views: &[(i64, &str)], now_ms: i64) -> Done<Shopper> {
        let mut profile = Profile::default();
        for (hour, id) in views {
            let time = jiff::Timestamp::from_millisecond(hour * HOUR_MS)?;
            let event = serde_json::json!({"type": "view", "user_id": "u", "time": time, "products": [{"id": id}],
                "message_id": format!("{hour} {id}")});
            profile.record(&ShopperId::User("u".to_owned()), &serde_json::from_value::<Event>(event)?);
        }
        Ok(engine.shopper(Arc::new(profile), now_ms))
    }

    fn ask(engine: &Engine, shopper: Option<&Shopper>) -> Done<NavigationAnswer> {
        let query =
            NavigationQuery { filter: None, under: None, depth: 3, limit: 10, facets: vec!["brand".to_owned()] };
        Ok(engine.navigation(&query, &RequestContext { shopper, ..RequestContext::default() })?)
    }

    fn values(entries: &[NavigationEntry]) -> Vec<&str> {
        entries.iter().map(|entry| &*entry.value).collect()
    }

    #[test]
    fn a_stranger_in_a_new_shop_finds_the_shop_s_own_order() -> Done {
        let found = ask(&shop()?, None)?;
        assert_eq!(values(&found.categories), ["Light", "Furniture"]);
        assert_eq!(values(&found.categories[1].children), ["Furniture > Tables", "Furniture > Chairs"]);
        assert_eq!((&*found.categories[1].children[1].title, found.categories[1].children[1].count), ("Chairs", 3));
        assert_eq!(values(&found.facets[0].values), ["Nova", "Zeta"]);
        assert_eq!(found.facets[0].values[1].count, 3, "spellings are one value");
        Ok(())
    }

    #[test]
    fn what_was_met_comes_up_and_stays_while_the_visit_lasts() -> Done {
        let engine = shop()?;
        let before = shopper(&engine, &[(1, "a3")], 20 * HOUR_MS)?;
        let found = ask(&engine, Some(&before))?;
        assert_eq!(values(&found.categories), ["Furniture", "Light"]);
        assert_eq!(values(&found.categories[0].children), ["Furniture > Chairs", "Furniture > Tables"]);
        assert!((found.categories[0].share - 1.0 / 21.0).abs() < 1e-6);
        assert_eq!(values(&found.facets[0].values), ["Zeta", "Nova"]);
        // Two lamps in the visit under way move nothing.
        let within = shopper(&engine, &[(1, "a3"), (20, "z1"), (20, "a1")], 20 * HOUR_MS + MINUTE_MS)?;
        assert_eq!(ask(&engine, Some(&within))?, found);
        // The next day they count.
        let after = shopper(&engine, &[(1, "a3"), (20, "z1"), (20, "a1")], 44 * HOUR_MS)?;
        assert_ne!(ask(&engine, Some(&after))?, found);
        Ok(())
    }

    #[test]
    fn what_there_is_not_is_said_by_name() -> Done {
        let engine = shop()?;
        let query =
            NavigationQuery { filter: None, under: None, depth: 1, limit: 9, facets: vec!["colour".to_owned()] };
        let wrong = |query: &NavigationQuery| {
            engine
                .navigation(query, &RequestContext::default())
                .err()
                .map(|error| error.to_string())
                .unwrap_or_default()
        };
        assert!(wrong(&query).contains("colour"), "{}", wrong(&query));
        assert!(wrong(&NavigationQuery { depth: 99, ..query.clone() }).contains("depth"));
        assert!(wrong(&NavigationQuery { limit: 9999, ..query }).contains("limit"));
        Ok(())
    }
}
