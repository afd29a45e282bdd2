//! A merchandising rule: its conditions and its consequences.

use jiff::Timestamp;
use jiff::civil::Weekday;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

use crate::event::Channel;
use crate::product::{as_typed, date};
use crate::season::Season;

/// The factor of a boost without one.
pub const DEFAULT_BOOST: f32 = 2.0;
/// The factor of a bury without one.
pub const DEFAULT_BURY: f32 = 0.2;

/// A merchandising rule.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// A unique name, chosen by the merchant; responses refer to the rule by it.
    #[serde(default)]
    pub id: String,
    /// A remark for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// The precedence: the higher priority first, then the smaller id.
    #[serde(default)]
    pub priority: i32,
    /// True if the rule is switched off.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub off: bool,
    /// The rule applies if any of these conditions holds, or always if there are none.
    #[serde(default, deserialize_with = "some_conditions", skip_serializing_if = "Vec::is_empty")]
    pub when: Vec<Conditions>,
    /// The consequences of the rule.
    pub then: Consequences,
}

/// Reads conditions; an empty list says as little as none, but is mostly one that a program failed to fill.
fn some_conditions<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Conditions>, D::Error> {
    let conditions = Vec::deserialize(deserializer)?;
    match conditions.is_empty() {
        true => Err(D::Error::custom("is an empty list; leave `when` out for a rule that always holds")),
        false => Ok(conditions),
    }
}

/// Conditions that must hold together. An absent condition always holds, with the exception of `placements`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Conditions {
    /// Rows of recommendations: the name of a kind of placement, `home` for every shelf of the home page, `any` for
    /// every row. Conditions with placements hold for recommendations only, those without for searches only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub placements: Vec<String>,
    /// The row is based on one of these products.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub products: Vec<String>,
    /// The query matches this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query: Option<QueryCondition>,
    /// One of these categories, or one below it, is required by the filter of the search or, for a row of
    /// recommendations, is the row's own category or that of a product that the row is based on. A category that is
    /// only recognised in the words of the query does not count.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<String>,
    /// The request has one of these channels.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<Channel>,
    /// The request names one of these segments of the shopper.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub segments: Vec<String>,
    /// It is one of these seasons at the location of the request.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub seasons: Vec<Season>,
    /// The request has one of these countries.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub countries: Vec<String>,
    /// The request has one of these regions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<String>,
    /// The request has one of these kinds of device.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub devices: Vec<String>,
    /// Start of the period by the server's clock, included.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "date")]
    pub from: Option<Timestamp>,
    /// End of the period, excluded.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "date")]
    pub until: Option<Timestamp>,
    /// Days of the week.
    #[serde(skip_serializing_if = "Vec::is_empty", with = "days")]
    pub days: Vec<Weekday>,
    /// The offset from UTC of the clock that `days` refers to, in minutes, −840 to 840.
    #[serde(skip_serializing_if = "is_zero")]
    pub utc_offset_minutes: i32,
}

/// A condition on the query. Words are compared as searches compare them: case, accents and endings are ignored, so
/// `boot` is `Boots`. A pattern compares them as they are written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QueryCondition {
    /// The query consists of exactly these words.
    Exact(String),
    /// The query contains these words, adjacent and in this order.
    Contains(String),
    /// The query starts with these words.
    StartsWith(String),
    /// A regular expression that matches within the query, lower-cased and with single spaces.
    Pattern(String),
    /// True for requests without words, such as a category page; false for requests with words.
    Empty(bool),
}

/// The consequences of a rule.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Consequences {
    /// Products at fixed positions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pin: Vec<Pin>,
    /// Products that are excluded from hits, counts and facets.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hide: Vec<String>,
    /// Products whose score is raised.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub boost: Vec<Weighing>,
    /// Products whose score is lowered.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub bury: Vec<Weighing>,
    /// A filter that products must pass in addition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// Products that must not appear on one page with others.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub never_beside: Vec<NeverBeside>,
    /// The query to search for instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replace_query: Option<String>,
    /// Words removed from the query.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remove_words: Vec<String>,
    /// Banners to show with the products.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub banners: Vec<Banner>,
    /// The address that the storefront should open instead of showing products.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redirect: Option<String>,
    /// The sort order for requests without one: `price:asc`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sort: Option<String>,
    /// Facets in the order in which the storefront should show them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub facet_order: Vec<String>,
}

/// A product at a fixed position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pin {
    /// The id of the product.
    pub id: String,
    /// Its position, from 1.
    pub position: usize,
}

/// Two sets of products that must not be recommended on one page, nor one of them on the page about a product of the
/// other.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NeverBeside {
    /// The products of one set.
    pub products: ProductSelection,
    /// The products of the other set.
    pub beside: ProductSelection,
}

/// Products given by a filter or by ids.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProductSelection {
    /// The products that pass this filter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// The products with these ids.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ids: Vec<String>,
}

/// Products whose score is multiplied.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Weighing {
    /// The products that pass this filter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// The products with these ids.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ids: Vec<String>,
    /// The factor: above 1 up to 100 raises, 0 to below 1 lowers.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_typed")]
    pub factor: Option<f32>,
}

/// Content to show with the products; the server only passes it on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Banner {
    /// Address of an image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Address that the banner links to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// Any other data for the storefront.
    #[serde(skip_serializing_if = "serde_json::Value::is_null")]
    pub data: serde_json::Value,
}

impl Consequences {
    /// All boosts and buries, with default factors filled in.
    pub(super) fn weighings(&self) -> impl Iterator<Item = Weighing> {
        let with = |list: &[Weighing], default| {
            let filled = |one: &Weighing| Weighing { factor: Some(one.factor.unwrap_or(default)), ..one.clone() };
            list.iter().map(filled).collect::<Vec<_>>()
        };
        with(&self.boost, DEFAULT_BOOST).into_iter().chain(with(&self.bury, DEFAULT_BURY))
    }

    /// Every filter, with the path of its field.
    pub(super) fn filters(&self) -> impl Iterator<Item = (String, &str)> {
        let weighings = [("boost", &self.boost), ("bury", &self.bury)].into_iter().flat_map(|(field, list)| {
            let filters = list.iter().enumerate().filter_map(|(at, one)| Some((at, one.filter.as_deref()?)));
            filters.map(move |(at, filter)| (format!("then.{field}[{at}].filter"), filter))
        });
        let apart = self.never_beside.iter().enumerate().flat_map(|(at, apart)| {
            let sides = [("products", &apart.products), ("beside", &apart.beside)].into_iter();
            let with_filter = sides.filter_map(|(side, chosen)| Some((side, chosen.filter.as_deref()?)));
            with_filter.map(move |(side, filter)| (format!("then.never_beside[{at}].{side}.filter"), filter))
        });
        self.filter.iter().map(|filter| ("then.filter".to_owned(), &**filter)).chain(weighings).chain(apart)
    }
}

fn is_zero(number: &i32) -> bool {
    *number == 0
}

/// Serializes days of the week as `mon`, `tue`, …
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
