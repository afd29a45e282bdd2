//! Affinities of a shopper: `Σ w(interaction)·½^(age/half-life)` by category at each level, brand, attribute
//! value, channel and hour, and the weighted mean price position within the categories. They are computed
//! on request from the bounded history and the catalogue of the day, so they are never out of date.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{InterestSettings, Profile};
use crate::event::Channel;
use crate::time::{DAY_MS, HOUR_MS};

/// The half-life of an interaction's weight: 30 days, in milliseconds.
pub const HALF_LIFE_MS: f64 = (30 * DAY_MS) as f64;
/// The most names of each kind, the strongest first.
pub const MAX_AFFINITIES: usize = 20;

/// The catalogue facts of one product.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AffinityFacts {
    /// The brand.
    pub brand: Option<String>,
    /// Category paths, root first: `Shoes > Boots`.
    pub categories: Vec<String>,
    /// Attribute names and values.
    pub attributes: Vec<(String, String)>,
    /// The share of the products of its category that are cheaper, 0 to 1.
    pub price_position: Option<f32>,
}

/// The affinity for one category, brand, attribute value, channel or hour.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Affinity {
    /// The name of the category, brand, value, channel or hour.
    pub name: String,
    /// The decayed weight of the interactions; a purchase today weighs 1.
    pub weight: f32,
    /// The share of the weight of all interactions with such a name, 0 to 1.
    pub share: f32,
}

/// All affinities of a shopper, the strongest first.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Affinities {
    /// By category path, every level.
    pub categories: Vec<Affinity>,
    /// By brand.
    pub brands: Vec<Affinity>,
    /// By attribute, then value.
    pub attributes: BTreeMap<String, Vec<Affinity>>,
    /// By channel.
    pub channels: Vec<Affinity>,
    /// By hour of the day, UTC.
    pub hours: Vec<Affinity>,
    /// The weighted mean of price positions within categories: 0 the cheapest, 1 the most expensive.
    pub price_position: Option<f32>,
}

/// Summed weights by name.
#[derive(Debug, Default)]
struct AffinitySums {
    weights: BTreeMap<String, f32>,
    all: f32,
}

impl AffinitySums {
    /// Adds the weight of an interaction with these names.
    fn add(&mut self, names: impl IntoIterator<Item = String>, weight: f32) {
        let mut any = false;
        for name in names {
            *self.weights.entry(name).or_default() += weight;
            any = true;
        }
        self.all += if any { weight } else { 0.0 };
    }

    fn strongest(self) -> Vec<Affinity> {
        let all = self.all.max(f32::MIN_POSITIVE);
        let affinity = |(name, weight)| Affinity { name, weight, share: weight / all };
        let mut found: Vec<Affinity> = self.weights.into_iter().map(affinity).collect();
        found.sort_by(|a, b| b.weight.total_cmp(&a.weight).then_with(|| a.name.cmp(&b.name)));
        found.truncate(MAX_AFFINITIES);
        found
    }
}

/// The affinities of a shopper at `now_ms`; `facts` returns the catalogue facts of a product id.
pub fn affinities(
    profile: &Profile,
    settings: &InterestSettings,
    now_ms: i64,
    facts: impl Fn(&str) -> Option<AffinityFacts>,
) -> Affinities {
    let decay = |time_ms: i64| 0.5f64.powf((now_ms - time_ms).max(0) as f64 / HALF_LIFE_MS) as f32;
    let (mut categories, mut brands, mut hours) =
        (AffinitySums::default(), AffinitySums::default(), AffinitySums::default());
    let mut attributes: BTreeMap<String, AffinitySums> = BTreeMap::new();
    let (mut position_sum, mut priced_weight) = (0f32, 0f32);
    for interaction in profile.interactions() {
        let weight = settings.weight(interaction.kind) * decay(interaction.time_ms);
        hours.add([format!("{:02}", interaction.time_ms.rem_euclid(DAY_MS) / HOUR_MS)], weight);
        let Some(facts) = facts(interaction.product_id) else { continue };
        categories.add(levels(&facts.categories), weight);
        brands.add(facts.brand, weight);
        let mut named: BTreeMap<String, Vec<String>> = BTreeMap::new();
        facts.attributes.into_iter().for_each(|(name, value)| named.entry(name).or_default().push(value));
        named.into_iter().for_each(|(name, values)| attributes.entry(name).or_default().add(values, weight));
        if let Some(price_position) = facts.price_position {
            position_sum += weight * price_position;
            priced_weight += weight;
        }
    }
    let mut channels = AffinitySums::default();
    for visit in profile.visits.iter() {
        channels.add(visit.channel.map(Channel::name).map(str::to_owned), decay(visit.end_ms));
    }
    Affinities {
        categories: categories.strongest(),
        brands: brands.strongest(),
        attributes: attributes.into_iter().map(|(name, sums)| (name, sums.strongest())).collect(),
        channels: channels.strongest(),
        hours: hours.strongest(),
        price_position: (priced_weight > 0.0).then(|| position_sum / priced_weight),
    }
}

/// Every level of every category path, each once: `Shoes`, `Shoes > Boots`.
fn levels(paths: &[String]) -> Vec<String> {
    let mut levels = Vec::new();
    for path in paths {
        let mut level = String::new();
        for part in path.split('>').map(str::trim) {
            if !level.is_empty() {
                level.push_str(" > ");
            }
            level.push_str(part);
            if !levels.contains(&level) {
                levels.push(level.clone());
            }
        }
    }
    levels
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Event;
    use crate::id::ShopperId;

    #[test]
    fn every_level_of_a_category_counts_and_what_is_old_fades() {
        let mut profile = Profile::default();
        let day = DAY_MS;
        for (n, (product, days)) in [("boot", 0), ("tent", 30)].into_iter().enumerate() {
            let time = jiff::Timestamp::from_millisecond(100 * day - days * day).unwrap_or_default();
            let text = format!(
                r#"{{"message_id":"{n}","type":"view","user_id":"u","channel":"app","time":"{time}","products":[{{"id":"{product}"}}]}}"#
            );
            let event: Event = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}"));
            profile.record(&ShopperId::User("u".into()), &event);
        }
        let facts = |id: &str| {
            let category = if id == "boot" { "Shoes > Boots" } else { "Camping" };
            Some(AffinityFacts {
                categories: vec![category.to_owned()],
                attributes: vec![("color".to_owned(), "red".to_owned())],
                price_position: Some(if id == "boot" { 0.9 } else { 0.0 }),
                ..AffinityFacts::default()
            })
        };
        let found = affinities(&profile, &InterestSettings::default(), 100 * day, facts);
        let names: Vec<&str> = found.categories.iter().map(|affinity| affinity.name.as_str()).collect();
        assert_eq!(names, ["Shoes", "Shoes > Boots", "Camping"]);
        assert!((found.categories[2].weight / found.categories[0].weight - 0.5).abs() < 1e-3);
        assert!((found.price_position.unwrap_or(0.0) - 0.6).abs() < 1e-3);
        assert_eq!(found.attributes["color"][0].share, 1.0);
        assert_eq!((found.channels[0].name.as_str(), found.hours[0].name.as_str()), ("app", "00"));
    }
}
