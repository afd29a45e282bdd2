//! The filter language: `category UNDER "Shoes > Boots" AND price <= 150 AND
//! brand IN ["Acme", "Zeta"] AND in_stock = true AND NOT color = "black"`.
//! Operators are `= != < <= > >=`, `BETWEEN low AND high`, `IN [..]`, `NOT IN [..]`, `UNDER`,
//! `EXISTS field`, and on locations `distance(lat, lon) < 20km`, `distance(here) < 5mi`,
//! `within(south, west, north, east)`. NOT binds tighter than AND, AND tighter than OR. Texts match
//! ignoring case; a product with several values matches by any of them, and by its nearest location.
//! Money is in minor units; a moment is a quoted RFC 3339 text. `!=` is also true for products
//! without the field, comparisons never are. The parser sorts and merges conditions without changing
//! the meaning, so that `Display` gives a cache key.

mod cache;
mod eval;
mod lex;
mod parse;
mod product;

#[cfg(test)]
mod random_tests;
#[cfg(test)]
mod tests;

use std::fmt;

use super::geo::{GeoBox, GeoPoint};
use crate::context::Location;
use crate::error::Result;
pub(super) use eval::moment;

pub use cache::FilterCache;

/// The longest filter, in characters.
pub const MAX_FILTER_CHARACTERS: usize = 4_096;
/// The deepest nesting of parentheses and NOT.
pub const MAX_FILTER_DEPTH: usize = 32;
/// The most conditions and operators AND, OR, NOT together.
pub const MAX_FILTER_NODES: usize = 256;
/// The most values in one IN list.
pub const MAX_IN_VALUES: usize = 500;

/// A parsed filter; the fields are looked up when it is evaluated against columns.
#[derive(Debug, Clone)]
pub struct Filter {
    root: FilterNode,
    canonical: String,
}

#[derive(Debug, Clone)]
enum FilterNode {
    All(Vec<FilterNode>),
    Any(Vec<FilterNode>),
    Not(Box<FilterNode>),
    Condition(Condition),
}

/// A field and the test that one of its values must pass.
#[derive(Debug, Clone)]
struct Condition {
    field: String,
    position: usize,
    test: Test,
}

#[derive(Debug, Clone)]
enum Test {
    /// Equal to one of these, never an empty list.
    OneOf(Vec<Literal>),
    Compare(Comparison, Literal),
    /// From the first to the second, both included.
    Between(Literal, Literal),
    Under(Literal),
    Exists,
    /// The distance of the nearest location from a centre, in metres.
    Distance(Centre, Comparison, f64),
    /// A location inside a box.
    Within(GeoBox),
}

/// The point that a distance is measured from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Centre {
    At(GeoPoint),
    /// The shopper's location, from the request.
    Here,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Debug, Clone)]
struct Literal {
    value: FilterValue,
    position: usize,
}

#[derive(Debug, Clone, PartialEq)]
enum FilterValue {
    Text(String),
    Number(f64),
    Truth(bool),
}

impl Test {
    /// The same test of texts in another form.
    fn with_texts(self, form: impl Fn(&str) -> String) -> Self {
        let formed = |literal: Literal| match literal.value {
            FilterValue::Text(text) => Literal { value: FilterValue::Text(form(&text)), ..literal },
            _ => literal,
        };
        match self {
            Self::OneOf(literals) => Self::OneOf(literals.into_iter().map(formed).collect()),
            Self::Under(literal) => Self::Under(formed(literal)),
            other => other,
        }
    }
}

impl Filter {
    /// The conjunction of two optional filters; `None` if both are. Combines a key's own filter with that of a
    /// request.
    pub fn both(a: Option<Self>, b: Option<Self>) -> Option<Self> {
        match (a, b) {
            (Some(a), Some(b)) => Some(Self::new(FilterNode::all(vec![a.root, b.root]))),
            (a, b) => a.or(b),
        }
    }

    /// The fields that the filter refers to.
    pub fn fields(&self) -> Vec<&str> {
        let mut fields = Vec::new();
        self.root.fields(&mut fields);
        fields
    }

    /// The texts of `field` of which every passing product must have one, or lie below one: those of a condition that
    /// stands alone or under AND. Used to find the subject of a request, such as its category.
    pub fn required(&self, field: &str) -> Vec<String> {
        let conditions: &[FilterNode] = match &self.root {
            FilterNode::All(children) => children,
            single => std::slice::from_ref(single),
        };
        let texts = conditions.iter().filter_map(|node| match node {
            FilterNode::Condition(condition) if condition.field == field => Some(&condition.test),
            _ => None,
        });
        let literals = texts.flat_map(|test| match test {
            Test::OneOf(values) => &values[..],
            Test::Under(path) => std::slice::from_ref(path),
            _ => &[],
        });
        let text = |literal: &Literal| match &literal.value {
            FilterValue::Text(text) => Some(text.clone()),
            _ => None,
        };
        literals.filter_map(text).collect()
    }

    /// Each condition that every passing product must satisfy, those under AND at the top, with the filter that
    /// remains without it.
    pub fn leaving_out_each(&self) -> Vec<(String, Option<Self>)> {
        let FilterNode::All(children) = &self.root else { return vec![(self.canonical.clone(), None)] };
        let without = |at: usize| {
            let mut rest = children.clone();
            let left_out = rest.remove(at).to_string();
            (left_out, Some(Self::new(FilterNode::all(rest))))
        };
        (0..children.len()).map(without).collect()
    }

    /// The filter with `here` replaced by this location.
    ///
    /// # Errors
    /// [`crate::error::Error::Filter`] if it contains `here` and there is no location.
    pub fn at(mut self, here: Option<Location>) -> Result<Self> {
        let here = here.map(|here| GeoPoint::new(here.lat, here.lon));
        if self.root.resolve_here(here)? {
            self.canonical = self.root.to_string();
        }
        Ok(self)
    }

    /// The canonical text: equal for filters that differ only in order, repetition, spaces and parentheses.
    pub fn canonical(&self) -> &str {
        &self.canonical
    }

    fn new(root: FilterNode) -> Self {
        Self { canonical: root.to_string(), root }
    }
}

impl PartialEq for Filter {
    fn eq(&self, other: &Self) -> bool {
        self.canonical == other.canonical
    }
}

impl Eq for Filter {}

impl std::hash::Hash for Filter {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.canonical.hash(state);
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.canonical)
    }
}

impl FilterNode {
    fn fields<'a>(&'a self, found: &mut Vec<&'a str>) {
        match self {
            Self::All(children) | Self::Any(children) => children.iter().for_each(|child| child.fields(found)),
            Self::Not(child) => child.fields(found),
            Self::Condition(condition) => found.push(&condition.field),
        }
    }

    fn all(children: Vec<Self>) -> Self {
        let flat = children.into_iter().flat_map(|child| match child {
            Self::All(inner) => inner,
            other => vec![other],
        });
        Self::ordered(flat.collect(), Self::All)
    }

    fn any(children: Vec<Self>) -> Self {
        let flat = children.into_iter().flat_map(|child| match child {
            Self::Any(inner) => inner,
            other => vec![other],
        });
        Self::ordered(flat.collect(), Self::Any)
    }

    fn not(child: Self) -> Self {
        match child {
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }

    /// Replaces `here` by a location; true if it occurred.
    fn resolve_here(&mut self, here: Option<GeoPoint>) -> Result<bool> {
        match self {
            Self::All(children) | Self::Any(children) => {
                children.iter_mut().try_fold(false, |replaced, child| Ok(child.resolve_here(here)? || replaced))
            }
            Self::Not(child) => child.resolve_here(here),
            Self::Condition(Condition { test: Test::Distance(centre @ Centre::Here, ..), position, .. }) => {
                *centre = Centre::At(here.ok_or_else(|| eval::location_missing(*position))?);
                Ok(true)
            }
            Self::Condition(_) => Ok(false),
        }
    }

    fn ordered(mut children: Vec<Self>, combine: fn(Vec<Self>) -> Self) -> Self {
        children.sort_by_cached_key(ToString::to_string);
        children.dedup_by_key(|child| child.to_string());
        match children.len() {
            1 => children.remove(0),
            _ => combine(children),
        }
    }
}

impl fmt::Display for FilterNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let join = |f: &mut fmt::Formatter<'_>, children: &[Self], word: &str| {
            children.iter().enumerate().try_for_each(|(at, child)| {
                f.write_str(if at == 0 { "" } else { word })?;
                match child {
                    Self::All(_) | Self::Any(_) => write!(f, "({child})"),
                    other => write!(f, "{other}"),
                }
            })
        };
        match self {
            Self::All(children) => join(f, children, " AND "),
            Self::Any(children) => join(f, children, " OR "),
            Self::Not(child) if matches!(**child, Self::Condition(_)) => write!(f, "NOT {child}"),
            Self::Not(child) => write!(f, "NOT ({child})"),
            Self::Condition(condition) => write!(f, "{condition}"),
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let field = lex::spell_field(&self.field);
        match &self.test {
            Test::OneOf(values) => match values.as_slice() {
                [value] => write!(f, "{field} = {}", value.value),
                values => {
                    let values: Vec<String> = values.iter().map(|literal| literal.value.to_string()).collect();
                    write!(f, "{field} IN [{}]", values.join(", "))
                }
            },
            Test::Compare(comparison, value) => write!(f, "{field} {comparison} {}", value.value),
            Test::Between(low, high) => write!(f, "{field} BETWEEN {} AND {}", low.value, high.value),
            Test::Under(path) => write!(f, "{field} UNDER {}", path.value),
            Test::Distance(Centre::Here, comparison, metres) => write!(f, "distance(here) {comparison} {metres}m"),
            Test::Distance(Centre::At(place), comparison, metres) => {
                let (lat, lon) = place.degrees();
                write!(f, "distance({lat}, {lon}) {comparison} {metres}m")
            }
            Test::Within(bounds) => {
                let ((south, west), (north, east)) = (bounds.south_west.degrees(), bounds.north_east.degrees());
                write!(f, "within({south}, {west}, {north}, {east})")
            }
            Test::Exists => write!(f, "EXISTS {field}"),
        }
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        })
    }
}

impl Comparison {
    /// True if `value` compares to `limit` in this way; never for NaN.
    fn holds(self, value: f64, limit: f64) -> bool {
        match self {
            Self::Less => value < limit,
            Self::LessOrEqual => value <= limit,
            Self::Greater => value > limit,
            Self::GreaterOrEqual => value >= limit,
        }
    }
}

impl fmt::Display for FilterValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(&lex::quote(text)),
            Self::Number(number) if number.abs() < 1e15 => write!(f, "{number}"),
            Self::Number(number) => write!(f, "{number:e}"),
            Self::Truth(value) => write!(f, "{value}"),
        }
    }
}
