//! A rule as a merchant says it: when it holds, and what follows.

use jiff::Timestamp;
use jiff::civil::Weekday;
use serde::{Deserialize, Serialize};

use crate::event::Channel;
use crate::season::Season;

/// What a boost multiplies a score by when it does not say.
pub const DEFAULT_BOOST: f32 = 2.0;
/// What a burying multiplies a score by when it does not say.
pub const DEFAULT_BURY: f32 = 0.2;

/// A rule.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The merchant's name for it, unique; what answers name it by.
    #[serde(default)]
    pub id: String,
    /// What it is for, for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Which of two rules goes first: the higher, then the one whose id comes first.
    #[serde(default)]
    pub priority: i32,
    /// Whether it is switched off.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub off: bool,
    /// It holds when one of these holds; always when there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub when: Vec<Conditions>,
    /// What follows.
    pub then: Consequences,
}

/// Conditions that hold together. What is not given does not matter, but for `placements`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Conditions {
    /// Rows of recommendations: the name of a kind of placement, `home` for every shelf of the home
    /// page, `any` for every row. Conditions that name some hold for recommendations
    /// only, those that name none for searches only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub placements: Vec<String>,
    /// One of these products is what the row is about.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub products: Vec<String>,
    /// What was typed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query: Option<QueryCondition>,
    /// One of these categories, or one below it, is what the request's filter asks for, what the
    /// query is understood to mean, or where a product lies that the row is about.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<String>,
    /// The request comes by one of these channels.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<Channel>,
    /// The request says that the shopper is in one of these segments.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub segments: Vec<String>,
    /// It is one of these seasons where the request comes from.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub seasons: Vec<Season>,
    /// The request comes from one of these countries.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub countries: Vec<String>,
    /// The request comes from one of these regions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<String>,
    /// The request comes from one of these kinds of device.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub devices: Vec<String>,
    /// From this moment on, by the server's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Until just before this moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// On these days of the week.
    #[serde(skip_serializing_if = "Vec::is_empty", with = "days")]
    pub days: Vec<Weekday>,
    /// How far the days' clock is ahead of UTC, in minutes, −840 to 840.
    #[serde(skip_serializing_if = "is_zero")]
    pub utc_offset_minutes: i32,
}

/// What a query must be. Words are compared as the shop's products are analysed, without stemming:
/// case and accents do not matter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QueryCondition {
    /// Exactly these words.
    Exact(String),
    /// These words, side by side, among others.
    Contains(String),
    /// These words first.
    StartsWith(String),
    /// A regular expression found in the query in small letters with single spaces.
    Pattern(String),
    /// Whether nothing was typed: a category page, or a wish for everything.
    Empty(bool),
}

/// What follows when a rule holds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Consequences {
    /// Products at places of the answer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pin: Vec<Pin>,
    /// Products that are not shown, counted or found.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hide: Vec<String>,
    /// Products that go up.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub boost: Vec<Weighing>,
    /// Products that go down.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub bury: Vec<Weighing>,
    /// What products must also pass.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// Products that do not stand on one page with others.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub never_beside: Vec<Apart>,
    /// What is searched for instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replace_query: Option<String>,
    /// Words left out of the search.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remove_words: Vec<String>,
    /// Something to show beside the products.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub banners: Vec<Banner>,
    /// Where the storefront should go instead of showing products.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redirect: Option<String>,
    /// The order where the request asks for none: `price:asc`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sort: Option<String>,
    /// Facets in the order the storefront should show them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub facet_order: Vec<String>,
}

/// A product at a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pin {
    /// The product.
    pub id: String,
    /// Its place, from 1.
    pub position: usize,
}

/// Two sets of products of which no page recommends both, nor one beside a product of the other that
/// the page is about.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Apart {
    /// These.
    pub products: Chosen,
    /// Never beside those.
    pub beside: Chosen,
}

/// Products named in one of two ways.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Chosen {
    /// Those that pass this filter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// These.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ids: Vec<String>,
}

/// Products whose score is multiplied.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Weighing {
    /// Those that pass this filter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// These.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ids: Vec<String>,
    /// By this: above 1 to 100 up, 0 to below 1 down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub factor: Option<f32>,
}

/// Something to show beside the products; the server only carries it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Banner {
    /// Address of a picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Where it leads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// Anything else the storefront wants.
    #[serde(skip_serializing_if = "serde_json::Value::is_null")]
    pub data: serde_json::Value,
}

impl Consequences {
    /// Every weighing with its factor filled in.
    pub(super) fn weighings(&self) -> impl Iterator<Item = Weighing> {
        let with = |list: &[Weighing], default| {
            let filled = |one: &Weighing| Weighing { factor: Some(one.factor.unwrap_or(default)), ..one.clone() };
            list.iter().map(filled).collect::<Vec<_>>()
        };
        with(&self.boost, DEFAULT_BOOST).into_iter().chain(with(&self.bury, DEFAULT_BURY))
    }

    /// Every filter with the field it stands in.
    pub(super) fn filters(&self) -> impl Iterator<Item = (String, &str)> {
        let weighings = [("boost", &self.boost), ("bury", &self.bury)].into_iter().flat_map(|(field, list)| {
            let filters = list.iter().enumerate().filter_map(|(at, one)| Some((at, one.filter.as_deref()?)));
            filters.map(move |(at, filter)| (format!("then.{field}[{at}].filter"), filter))
        });
        let apart = self.never_beside.iter().enumerate().flat_map(|(at, apart)| {
            let sides = [("products", &apart.products), ("beside", &apart.beside)].into_iter();
            let said = sides.filter_map(|(side, chosen)| Some((side, chosen.filter.as_deref()?)));
            said.map(move |(side, filter)| (format!("then.never_beside[{at}].{side}.filter"), filter))
        });
        self.filter.iter().map(|filter| ("then.filter".to_owned(), &**filter)).chain(weighings).chain(apart)
    }
}

fn is_zero(number: &i32) -> bool {
    *number == 0
}

/// Days of the week as `mon`, `tue`, …
mod days {
    use jiff::civil::Weekday;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    const NAMES: [(&str, Weekday); 7] = [
        ("mon", Weekday::Monday),
        ("tue", Weekday::Tuesday),
        ("wed", Weekday::Wednesday),
        ("thu", Weekday::Thursday),
        ("fri", Weekday::Friday),
        ("sat", Weekday::Saturday),
        ("sun", Weekday::Sunday),
    ];

    pub(super) fn serialize<S: Serializer>(days: &[Weekday], out: S) -> Result<S::Ok, S::Error> {
        out.collect_seq(
            days.iter().filter_map(|day| NAMES.iter().find(|(_, known)| known == day)).map(|(name, _)| name),
        )
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<Weekday>, D::Error> {
        let named = |name: String| {
            let found = NAMES.iter().find(|(known, _)| *known == name).map(|(_, day)| *day);
            found
                .ok_or_else(|| D::Error::custom(format!("`{name}` is no day; write mon, tue, wed, thu, fri, sat, sun")))
        };
        Vec::<String>::deserialize(input)?.into_iter().map(named).collect()
    }
}
