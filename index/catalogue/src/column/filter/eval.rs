//! Evaluates a filter against columns. Fields and types are checked for every condition, whatever
//! the others match, so a wrong filter is an error on every catalogue. A text condition costs as
//! much as it matches; a comparison costs one pass over the column.

use super::lex::{error, quote};
use super::{Centre, Comparison, Condition, Filter, FilterNode, FilterValue, Literal, Test};
use crate::column::{Bitmap, CATEGORY, Columns, FieldColumns, KeywordView, NumericView, fields};
use crate::error::{Error, Result};
use crate::id::Ordinal;

impl Filter {
    /// The products that pass the filter.
    ///
    /// # Errors
    /// [`Error::Filter`] at a field that does not exist or a value of the wrong type.
    pub fn eval(&self, columns: &Columns) -> Result<Bitmap> {
        node(&self.root, columns)
    }
}

fn node(tree: &FilterNode, columns: &Columns) -> Result<Bitmap> {
    match tree {
        FilterNode::All(children) => children.iter().try_fold(Bitmap::full(columns.len()), |mut all, child| {
            match child {
                FilterNode::Not(inner) => all.and_not(&node(inner, columns)?),
                child => all.and(&node(child, columns)?),
            }
            Ok(all)
        }),
        FilterNode::Any(children) => children.iter().try_fold(Bitmap::new(columns.len()), |mut any, child| {
            any.or(&node(child, columns)?);
            Ok(any)
        }),
        FilterNode::Not(child) => {
            let mut complement = node(child, columns)?;
            complement.not();
            Ok(complement)
        }
        FilterNode::Condition(condition) => test(condition, columns),
    }
}

fn test(condition: &Condition, columns: &Columns) -> Result<Bitmap> {
    if let Test::Distance(..) | Test::Within(_) = &condition.test {
        return place(condition, columns);
    }
    let Some(column) = columns.column(&condition.field) else {
        let near = columns.near_names(&condition.field);
        let expected = if near.is_empty() { "a field of the catalogue".to_owned() } else { near };
        return Err(error(condition.position, format!("unknown field `{}`", condition.field), expected));
    };
    let mut passing = Bitmap::new(columns.len());
    match &condition.test {
        Test::OneOf(literals) => one_of(condition, column, literals, &mut passing)?,
        Test::Compare(comparison, literal) => {
            let (view, limit) = number(condition, column, literal)?;
            // One loop for each comparison keeps the branch outside of the loop.
            passing = match comparison {
                Comparison::Less => view.matching(|value| value < limit),
                Comparison::LessOrEqual => view.matching(|value| value <= limit),
                Comparison::Greater => view.matching(|value| value > limit),
                Comparison::GreaterOrEqual => view.matching(|value| value >= limit),
            };
        }
        Test::Between(low, high) => {
            let ((view, low), (_, high)) = (number(condition, column, low)?, number(condition, column, high)?);
            passing = view.matching(|value| low <= value && value <= high);
        }
        Test::Under(literal) => {
            let (Some(keyword), FilterValue::Text(path)) = (&column.keyword, &literal.value) else {
                return Err(mismatch(condition, column, literal));
            };
            add_text(keyword.view(), path, &mut passing);
            // The category column already holds every level of every path.
            if condition.field != CATEGORY {
                add(keyword.view().products_of(keyword.view().below(path)), &mut passing);
            }
        }
        Test::Exists => {
            column.keyword.iter().for_each(|keyword| passing.or(&keyword.view().present()));
            column.numeric.iter().for_each(|numeric| passing.or(&numeric.view().present()));
            column.geo.iter().for_each(|geo| passing.or(&geo.view().present()));
        }
        Test::Distance(..) | Test::Within(_) => {}
    }
    Ok(passing)
}

/// Evaluates a condition on locations; nothing passes if no product has a location.
fn place(condition: &Condition, columns: &Columns) -> Result<Bitmap> {
    let mut passing = Bitmap::new(columns.len());
    let Some(geo) = columns.geo() else { return Ok(passing) };
    match &condition.test {
        Test::Within(bounds) => geo.inside(bounds, &mut passing),
        Test::Distance(Centre::Here, ..) => return Err(location_missing(condition.position)),
        &Test::Distance(Centre::At(centre), comparison, metres) => match comparison {
            Comparison::Less => geo.nearer(centre, metres, &mut passing),
            Comparison::LessOrEqual => geo.within(centre, metres, &mut passing),
            Comparison::Greater | Comparison::GreaterOrEqual => {
                let mut near = Bitmap::new(columns.len());
                match comparison {
                    Comparison::Greater => geo.within(centre, metres, &mut near),
                    _ => geo.nearer(centre, metres, &mut near),
                }
                passing = geo.present();
                passing.and_not(&near);
            }
        },
        _ => {}
    }
    Ok(passing)
}

/// The error for `here` in a request without a location.
pub(super) fn location_missing(position: usize) -> Error {
    error(position, "`distance(here)` without `context.location`", "the location in the request, or degrees")
}

/// A column's numbers, and the number or moment that a literal denotes.
fn number<'a>(condition: &Condition, column: &'a FieldColumns, literal: &Literal) -> Result<(NumericView<'a>, f64)> {
    let wrong = || mismatch(condition, column, literal);
    let Some(numeric) = &column.numeric else {
        if column.keyword.is_none() {
            return Err(wrong());
        }
        let expected = format!("=, !=, IN or UNDER, because `{}` holds texts", condition.field);
        return Err(error(literal.position, format!("a comparison with {}", literal.value), expected));
    };
    match &literal.value {
        FilterValue::Number(number) if is_money(&condition.field) && number.fract() != 0.0 => {
            Err(mismatch(condition, column, literal))
        }
        FilterValue::Number(number) => Ok((numeric.view(), *number)),
        FilterValue::Text(text) if column.is_date => Ok((numeric.view(), moment(text).ok_or_else(wrong)?)),
        _ => Err(wrong()),
    }
}

fn one_of(condition: &Condition, column: &FieldColumns, literals: &[Literal], passing: &mut Bitmap) -> Result<()> {
    let mut numbers = Vec::new();
    for literal in literals {
        match (&literal.value, &column.keyword) {
            (FilterValue::Text(text), Some(keyword)) => add_text(keyword.view(), text, passing),
            (FilterValue::Truth(value), Some(keyword)) => add_text(keyword.view(), fields::truth(*value), passing),
            (FilterValue::Number(number), _)
                if column.numeric.is_some() && !(is_money(&condition.field) && number.fract() != 0.0) =>
            {
                numbers.push(*number);
            }
            (FilterValue::Text(text), None) if column.is_date => {
                numbers.push(moment(text).ok_or_else(|| mismatch(condition, column, literal))?);
            }
            _ => return Err(mismatch(condition, column, literal)),
        }
    }
    if let Some(numeric) = &column.numeric {
        match numbers.as_mut_slice() {
            [] => {}
            [number] => passing.or(&numeric.view().matching(|value| value == *number)),
            numbers => {
                numbers.sort_unstable_by(f64::total_cmp);
                let listed = |value: f64| numbers.binary_search_by(|number| number.total_cmp(&value)).is_ok();
                passing.or(&numeric.view().matching(listed));
            }
        }
    }
    Ok(())
}

fn add_text(view: KeywordView<'_>, text: &str, passing: &mut Bitmap) {
    add(view.products_of(view.equal_to(text)), passing);
}

fn add(ordinals: &[Ordinal], passing: &mut Bitmap) {
    ordinals.iter().for_each(|&ordinal| passing.insert(ordinal));
}

/// True for fields of money, which is a whole number of minor units.
fn is_money(field: &str) -> bool {
    matches!(field, "price" | "sale_price")
}

fn mismatch(condition: &Condition, column: &FieldColumns, literal: &Literal) -> Error {
    let found = match &literal.value {
        FilterValue::Text(text) => format!("the text {}", quote(&text.chars().take(40).collect::<String>())),
        FilterValue::Number(number) => format!("the number {number}"),
        FilterValue::Truth(value) => value.to_string(),
    };
    let field = &condition.field;
    let expected = match (&condition.test, &column.keyword, &column.numeric) {
        _ if column.geo.is_some() => format!("EXISTS, `distance` or `within`, because `{field}` holds places"),
        _ if is_money(field) && matches!(literal.value, FilterValue::Number(_)) => {
            format!("a whole number, because `{field}` holds minor units: 1250 for 12.50")
        }
        _ if column.is_date => format!("a date such as \"2026-03-01T00:00:00Z\", because `{field}` holds dates"),
        (Test::Under(_), None, _) => format!("a field with texts before UNDER; `{field}` holds numbers"),
        (Test::Under(_), ..) => "a category path in quotes, such as \"Shoes > Boots\"".to_owned(),
        (Test::Compare(..) | Test::Between(..), ..) | (_, None, _) => {
            format!("a number, because `{field}` holds numbers")
        }
        (_, Some(_), None) => format!("a text in quotes, true or false, because `{field}` holds texts"),
        (_, Some(_), Some(_)) => "a text in quotes, a number, true or false".to_owned(),
    };
    error(literal.position, found, expected)
}

/// Parses an RFC 3339 moment, or a date as its midnight in UTC, to seconds since 1970.
pub(in crate::column) fn moment(text: &str) -> Option<f64> {
    let day = || text.parse::<jiff::civil::Date>().ok().filter(|_| text.len() == "2026-03-01".len());
    let start = |day: jiff::civil::Date| jiff::tz::TimeZone::UTC.to_timestamp(day.at(0, 0, 0, 0)).ok();
    text.parse::<jiff::Timestamp>().ok().or_else(|| day().and_then(start)).map(fields::seconds)
}
