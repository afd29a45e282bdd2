//! Evaluates a filter against a single product without a row in the columns. The result is the same
//! as that of [`Filter::eval`] once the product is indexed, except that a field unknown to the
//! catalogue is absent here and an error there.

use super::eval::moment;
use super::{Centre, Condition, Filter, FilterNode, FilterValue, Test};
use crate::column::fields::{LOCATIONS, Single, for_each_value, is_date, truth};
use crate::column::fold;
use crate::column::geo::GeoPoint;
use crate::product::{CATEGORY_SEPARATOR, Product};

impl Filter {
    /// True if the product passes. A field that no product has is treated as absent, not as an error.
    pub fn accepts(&self, product: &Product) -> bool {
        node(&self.root, product)
    }
}

fn node(tree: &FilterNode, product: &Product) -> bool {
    match tree {
        FilterNode::All(children) => children.iter().all(|child| node(child, product)),
        FilterNode::Any(children) => children.iter().any(|child| node(child, product)),
        FilterNode::Not(child) => !node(child, product),
        FilterNode::Condition(condition) if condition.field == LOCATIONS => place(condition, product),
        FilterNode::Condition(condition) => {
            let mut passes = false;
            for_each_value(product, &condition.field, |value| passes = passes || test(condition, &value));
            passes
        }
    }
}

/// Evaluates a condition on locations. `distance(here)` is false, because only a request has a location.
fn place(condition: &Condition, product: &Product) -> bool {
    match &condition.test {
        Test::Exists => !product.locations.is_empty(),
        Test::Within(bounds) => GeoPoint::of(product).any(|place| bounds.contains(place)),
        &Test::Distance(Centre::At(centre), comparison, metres) => {
            let nearest = GeoPoint::of(product).map(|place| place.metres_to(centre)).reduce(f64::min);
            nearest.is_some_and(|nearest| comparison.holds(nearest, metres))
        }
        _ => false,
    }
}

fn test(condition: &Condition, single: &Single<'_>) -> bool {
    match (&condition.test, single) {
        (Test::Exists, _) => true,
        (Test::OneOf(literals), _) => literals.iter().any(|literal| equal(condition, &literal.value, single)),
        (Test::Compare(comparison, literal), Single::Number(number)) => {
            limit(condition, &literal.value).is_some_and(|limit| comparison.holds(*number, limit))
        }
        (Test::Between(low, high), Single::Number(number)) => {
            let limits = limit(condition, &low.value).zip(limit(condition, &high.value));
            limits.is_some_and(|(low, high)| low <= *number && *number <= high)
        }
        (Test::Compare(..) | Test::Between(..), Single::Text(_)) => false,
        (Test::Distance(..) | Test::Within(_), _) => false,
        (Test::Under(literal), single) => match (&literal.value, single) {
            (FilterValue::Text(path), Single::Text(text)) => {
                fold::equal(text, path) || fold::starts_with(text, &format!("{path}{CATEGORY_SEPARATOR}"))
            }
            (path, single) => equal(condition, path, single),
        },
    }
}

fn equal(condition: &Condition, literal: &FilterValue, single: &Single<'_>) -> bool {
    match (literal, single) {
        (FilterValue::Text(wanted), Single::Text(text)) => fold::equal(text, wanted),
        (FilterValue::Truth(wanted), Single::Text(text)) => fold::equal(text, truth(*wanted)),
        (FilterValue::Text(wanted), Single::Number(number)) if !is_date(&condition.field) => {
            fold::equal(&number.to_string(), wanted)
        }
        (literal, Single::Number(number)) => limit(condition, literal) == Some(*number),
        (FilterValue::Number(_), Single::Text(_)) => false,
    }
}

/// The number that a literal denotes.
fn limit(condition: &Condition, literal: &FilterValue) -> Option<f64> {
    match literal {
        FilterValue::Number(number) => Some(*number),
        FilterValue::Text(text) if is_date(&condition.field) => moment(text),
        _ => None,
    }
}
