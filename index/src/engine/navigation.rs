//! Navigation for one shopper: the category tree and the values of other fields,
//! each level in the order of this shopper's shares. The share of a value among
//! the products that have the field is `(own + 20 · site) / (n + 20)`: own counts
//! the shopper's meetings with products of the value, `.95^p` each with p = 0 the
//! latest, n those with any value; site is the value's part of what the shop's
//! shoppers met. Ties stand in the shop's own order. Only what was met before the
//! visit under way counts, so that nothing moves between two clicks.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;

use quick_cache::sync::Cache;
use serde::Serialize;

use super::{RequestContext, Shopper, Snapshot};
use crate::bitmap::Bitmap;
use crate::column::{CATEGORY, FacetContext, FacetValue, KeywordView, ValueId, count_facet};
use crate::error::{Error, Result};
use crate::event::Leaning;
use crate::id::Ordinal;
use crate::product::last_level;
use crate::profile::{PAUSE_MS, Profile, distinct};
use crate::query::{FacetRequest, MAX_TREE_DEPTH, SearchQuery};

/// What a step back in the history leaves.
const DECAY: f32 = 0.95;
/// Meetings of the site added to the shopper's own.
const PRIOR: f32 = 20.0;
/// Fields whose shares of the site are kept, and counts over all products.
const KEPT: usize = 64;

/// What navigation is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NavigationQuery {
    /// What products must pass to be counted.
    pub filter: Option<String>,
    /// The category whose tree is shown; all of it where absent.
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
    /// What stands on the page: of a category the last part of the path.
    pub title: String,
    /// Products that have it, variants of one together once.
    pub count: u32,
    /// The shopper's share of it, 0 to 1.
    pub share: f32,
    /// What lies below it, in the same order.
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
pub struct Navigation {
    /// The category tree.
    pub categories: Vec<NavigationEntry>,
    /// The other fields, in the order asked for.
    pub facets: Vec<NavigationFacet>,
}

/// What the whole shop says of one field, by value.
#[derive(Debug)]
struct Site {
    shares: Vec<f32>,
    /// How many products the shop lists before the first with the value.
    ranks: Vec<u32>,
    /// The first spelling of each value.
    spelling: Vec<ValueId>,
}

/// By field, parent and depth.
type Counts = Cache<(String, Option<String>, Option<usize>), Arc<[FacetValue]>>;

/// What the shop says of fields that were asked for, kept.
#[derive(Debug)]
pub(super) struct Sites {
    sites: Cache<String, Arc<Site>>,
    /// Over all products.
    counted: Counts,
}

impl Default for Sites {
    fn default() -> Self {
        Self { sites: Cache::new(KEPT), counted: Cache::new(KEPT) }
    }
}

impl Snapshot {
    /// The category tree and the values of fields in this shopper's order.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a field there is not, or past a limit; [`Error::Filter`] when the filter does
    /// not parse.
    pub fn navigation(&self, query: &NavigationQuery, request_context: &RequestContext<'_>) -> Result<Navigation> {
        let limits = &self.settings.limits;
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
        let matches = self.may_match(&search, request_context)?;
        let past = request_context.shopper.map(|shopper| self.before_this_visit(shopper)).unwrap_or_default();
        let profile = request_context.shopper.map(|shopper| &*shopper.profile);
        let ordered = |facet: FacetRequest| -> Result<Vec<NavigationEntry>> {
            let context = FacetContext { groups: self.groups.as_deref(), ..FacetContext::default() };
            let count = |matches: &Bitmap| {
                let counted = count_facet(&self.generation.columns, &facet, matches, usize::MAX, &context)?;
                Ok::<_, Error>(counted.values)
            };
            let counted = match &matches {
                Some(matches) => count(matches)?.into(),
                None => {
                    let key = (facet.field.clone(), facet.under.clone(), facet.depth);
                    let all = || count(&Bitmap::full(self.generation.products.len()));
                    self.sites.counted.get_or_insert_with(&key, || all().map(Arc::from))?
                }
            };
            let Some(column) = self.generation.columns.keyword(&facet.field) else {
                return Err(Error::invalid("facets", format!("`{}` has no values to choose from", facet.field)));
            };
            let shares = self.shares(&facet.field, column.view(), &past, profile);
            Ok(shares.entries(&counted, query.limit))
        };
        // A shop without categories has no such column.
        let categories = match self.generation.columns.keyword(CATEGORY) {
            Some(_) => {
                ordered(FacetRequest { under: query.under.clone(), depth: Some(query.depth), ..CATEGORY.into() })?
            }
            None => Vec::new(),
        };
        let facet =
            |field: &String| Ok(NavigationFacet { field: field.clone(), values: ordered(field.as_str().into())? });
        Ok(Navigation { categories, facets: query.facets.iter().map(facet).collect::<Result<_>>()? })
    }

    /// Products met before the visit under way, the latest first, each once.
    fn before_this_visit(&self, shopper: &Shopper) -> Vec<Ordinal> {
        let profile = &*shopper.profile;
        if !profile.stated.may_personalize() {
            return Vec::new();
        }
        let under_way = profile.visits.iter().filter(|visit| shopper.now_ms <= visit.end_ms.saturating_add(PAUSE_MS));
        let before_ms = under_way.map(|visit| visit.start_ms).min().unwrap_or(i64::MAX);
        let mut meetings = profile.interactions();
        meetings.retain(|met| met.time_ms < before_ms);
        let recent = distinct(&meetings, self.settings.rank.personal.history);
        recent.iter().filter_map(|met| self.generation.products.ordinal(met.product_id)).collect()
    }

    fn shares<'a>(
        &self,
        field: &str,
        view: KeywordView<'a>,
        past: &[Ordinal],
        profile: Option<&Profile>,
    ) -> Shares<'a> {
        let site = self.site(field, view);
        let (mut own, mut n, mut say) = (BTreeMap::<ValueId, f32>::new(), 0.0, 1.0);
        for values in past.iter().map(|&product| view.values(product)).filter(|values| !values.is_empty()) {
            let mut met: Vec<ValueId> = values.iter().map(|&value| site.spelling[value as usize]).collect();
            met.dedup();
            met.into_iter().for_each(|value| *own.entry(value).or_default() += say);
            n += say;
            say *= DECAY;
        }
        let mut stated = BTreeMap::new();
        if let Some(profile) = profile.filter(|profile| profile.stated.may_personalize()) {
            let sign = |leaning| if leaning == Leaning::Avoid { -1i8 } else { 1 };
            let mut say = |value: &str, sign| {
                stated.insert(view.equal_to(value).start, sign);
            };
            match field {
                "brand" => profile.stated.brands().for_each(|(name, leaning)| say(name, sign(leaning))),
                CATEGORY => profile.stated.categories().for_each(|(name, leaning)| say(name, sign(leaning))),
                field => {
                    let wanted = profile.stated.attributes().filter(|(name, _)| *name == field);
                    wanted.flat_map(|(_, values)| values).for_each(|value| say(value, 1));
                }
            }
        }
        Shares { view, site, own, n, stated }
    }

    /// What the whole shop says of a field; kept.
    fn site(&self, field: &str, view: KeywordView<'_>) -> Arc<Site> {
        let Ok(site) =
            self.sites.sites.get_or_insert_with(field, || Ok::<_, Infallible>(Arc::new(self.count_site(view))));
        site
    }

    fn count_site(&self, view: KeywordView<'_>) -> Site {
        let spelling: Vec<ValueId> =
            (0..view.distinct() as ValueId).map(|id| view.equal_to(view.text(id)).start).collect();
        let (mut met, mut ranks, mut all) = (vec![0f64; spelling.len()], vec![u32::MAX; spelling.len()], 0.0);
        let scores = self.generation.behaviour.popularity.scores();
        let products = &self.generation.products;
        for ordinal in 0..products.len() as Ordinal {
            let worth = scores.get(ordinal as usize).map_or(0.0, |&score| f64::from(score).exp_m1());
            let mut last = None;
            for value in view.values(ordinal).iter().map(|&value| spelling[value as usize]) {
                if last.replace(value) != Some(value) {
                    met[value as usize] += worth;
                    ranks[value as usize] = ranks[value as usize].min(products.rank(ordinal));
                }
            }
            all += if last.is_some() { worth } else { 0.0 };
        }
        let shares = met.into_iter().map(|met| if all > 0.0 { (met / all) as f32 } else { 0.0 }).collect();
        Site { shares, ranks, spelling }
    }
}

/// One shopper's shares of a field's values.
struct Shares<'a> {
    view: KeywordView<'a>,
    site: Arc<Site>,
    own: BTreeMap<ValueId, f32>,
    n: f32,
    /// What was said outright: liked above, avoided below everything.
    stated: BTreeMap<ValueId, i8>,
}

impl Shares<'_> {
    /// Counted values in this shopper's order, the first `limit` of each level.
    fn entries(&self, values: &[FacetValue], limit: usize) -> Vec<NavigationEntry> {
        let mut placed: Vec<(ValueId, f32, &FacetValue)> = values
            .iter()
            .map(|value| {
                let id = self.view.equal_to(&value.value).start;
                (id, self.share(id), value)
            })
            .collect();
        placed.sort_by(|a, b| self.compare((a.0, a.1), (b.0, b.1)));
        placed.truncate(limit);
        let entry = |(_, share, value): (ValueId, f32, &FacetValue)| NavigationEntry {
            title: last_level(&value.value).to_owned(),
            count: value.count,
            share,
            children: self.entries(&value.children, limit),
            value: value.value.clone(),
        };
        placed.into_iter().map(entry).collect()
    }

    fn share(&self, id: ValueId) -> f32 {
        let own = self.own.get(&id).copied().unwrap_or_default();
        let site = self.site.shares.get(id as usize).copied().unwrap_or_default();
        (own + PRIOR * site) / (self.n + PRIOR)
    }

    fn compare(&self, (a, share_a): (ValueId, f32), (b, share_b): (ValueId, f32)) -> Ordering {
        let stated = |id| self.stated.get(&id).copied().unwrap_or_default();
        let rank = |id: ValueId| self.site.ranks.get(id as usize).copied().unwrap_or(u32::MAX);
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

    type Done<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

    const HOUR_MS: i64 = 3_600_000;

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

    fn ask(engine: &Engine, shopper: Option<&Shopper>) -> Done<Navigation> {
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
        let within = shopper(&engine, &[(1, "a3"), (20, "z1"), (20, "a1")], 20 * HOUR_MS + 60_000)?;
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
