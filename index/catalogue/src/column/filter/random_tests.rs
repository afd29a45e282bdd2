//! Random filters over small random catalogues: evaluation on columns, evaluation on single
//! products and a second implementation of the language, written here, all agree.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::Filter;
use crate::column::GeoPoint;
use crate::column::tests::{columns_of, text, with_attributes};
use crate::id::Ordinal;
use crate::product::{AttributeValue, Availability, Product, StoreLocation};

const WORDS: [&str; 7] = ["red", "Red", "Ärm", "äRM", "a > b", "a", "7"];
const TEXT_FIELDS: [&str; 6] = ["brand", "category", "tags", "color", "attributes.color", "mixed"];
const NUMBER_FIELDS: [&str; 5] = ["price", "final_price", "stock", "weight", "mixed"];

const PLACES: [(f64, f64); 5] = [(55.68, 12.57), (55.6, 13.0), (0.0, 179.9), (0.1, -179.9), (-90.0, 0.0)];

impl From<(f64, f64)> for GeoPoint {
    fn from((lat, lon): (f64, f64)) -> Self {
        Self::new(lat, lon)
    }
}

fn places(product: &Product) -> impl Iterator<Item = GeoPoint> + '_ {
    product.locations.iter().map(|place| (place.lat, place.lon).into())
}

/// A filter, as the second implementation represents it.
#[derive(Debug, Clone)]
enum Expression {
    Text(&'static str, &'static str, Vec<&'static str>),
    Number(&'static str, &'static str, Vec<i64>),
    Truth(&'static str, bool),
    Exists(&'static str),
    Between(&'static str, i64, i64),
    /// A distance from one of the test's locations, in hundreds of metres.
    Distance(usize, &'static str, u32),
    /// A box spanned by two of the test's locations.
    Within(usize, usize),
    Not(Box<Expression>),
    And(Box<Expression>, Box<Expression>),
    Or(Box<Expression>, Box<Expression>),
}
use Expression::*;

impl Expression {
    fn render(&self) -> String {
        let join = |values: Vec<String>| values.join(", ");
        match self {
            Text(field, operator, values) if operator.ends_with("IN") => {
                format!("{field} {operator} [{}]", join(values.iter().map(|value| format!("'{value}'")).collect()))
            }
            Text(field, operator, values) => format!("{field} {operator} \"{}\"", values[0]),
            Number(field, operator, values) if operator.ends_with("IN") => {
                format!("{field} {operator} [{}]", join(values.iter().map(ToString::to_string).collect()))
            }
            Number(field, operator, values) => format!("{field} {operator} {}", values[0]),
            Truth(field, value) => format!("{field} = {value}"),
            Exists(field) => format!("exists {field}"),
            Between(field, low, high) => format!("{field} Between {low} AND {high}"),
            Distance(from, operator, length) => {
                let (lat, lon) = PLACES[*from];
                format!(
                    "distance({lat}, {lon}) {operator} {}",
                    ["km", "00 M"].map(|unit| format!("{length}{unit}"))[*from % 2]
                )
            }
            Within(a, b) => {
                let ((a, west), (b, east)) = (PLACES[*a], PLACES[*b]);
                format!("within({}, {west}, {}, {east})", a.min(b), a.max(b))
            }
            Not(inner) => format!("not ({})", inner.render()),
            And(a, b) => format!("({}) AND ({})", a.render(), b.render()),
            Or(a, b) => format!("({}) Or ({})", a.render(), b.render()),
        }
    }

    fn holds(&self, product: &Product) -> bool {
        let same = |a: &str, b: &str| a.to_lowercase() == b.to_lowercase();
        match self {
            Text(field, operator, values) => {
                let has = texts(product, field).iter().any(|text| match *operator {
                    "UNDER" => {
                        same(text, values[0])
                            || text.to_lowercase().starts_with(&format!("{} > ", values[0].to_lowercase()))
                    }
                    "=" | "!=" => same(text, values[0]),
                    _ => values.iter().any(|value| same(text, value)),
                });
                has != matches!(*operator, "!=" | "NOT IN")
            }
            Number(field, operator, values) => {
                let first = values[0] as f64;
                let has = numbers(product, field).iter().any(|&number| match *operator {
                    "<" => number < first,
                    "<=" => number <= first,
                    ">" => number > first,
                    ">=" => number >= first,
                    "=" | "!=" => number == first,
                    _ => values.iter().any(|&value| number == value as f64),
                });
                has != matches!(*operator, "!=" | "NOT IN")
            }
            Truth("in_stock", value) => {
                let sold_out = product.availability == Availability::OutOfStock || product.stock == Some(0);
                sold_out != *value
            }
            Truth(_, value) => product.attributes.get("flag") == Some(&AttributeValue::Bool(*value)),
            Between(field, low, high) => {
                numbers(product, field).iter().any(|&number| *low as f64 <= number && number <= *high as f64)
            }
            Distance(from, operator, length) => {
                let limit = f64::from(*length) * [1_000.0, 100.0][*from % 2];
                let nearest = places(product).map(|place| place.metres_to(PLACES[*from].into())).reduce(f64::min);
                nearest.is_some_and(|nearest| match *operator {
                    "<" => nearest < limit,
                    "<=" => nearest <= limit,
                    ">" => nearest > limit,
                    _ => nearest >= limit,
                })
            }
            Within(a, b) => {
                let ((a, west), (b, east)) = (PLACES[*a], PLACES[*b]);
                product.locations.iter().any(|place| {
                    let in_longitude = if west <= east {
                        west <= place.lon && place.lon <= east
                    } else {
                        place.lon >= west || place.lon <= east
                    };
                    a.min(b) <= place.lat && place.lat <= a.max(b) && in_longitude
                })
            }
            Exists("locations") => !product.locations.is_empty(),
            Exists(field) => !texts(product, field).is_empty() || !numbers(product, field).is_empty(),
            Not(inner) => !inner.holds(product),
            And(a, b) => a.holds(product) && b.holds(product),
            Or(a, b) => a.holds(product) || b.holds(product),
        }
    }
}

fn attribute<'a>(product: &'a Product, name: &str) -> Vec<&'a AttributeValue> {
    match product.attributes.get(name) {
        Some(AttributeValue::List(values)) => values.iter().collect(),
        single => single.into_iter().collect(),
    }
}

fn texts(product: &Product, field: &str) -> Vec<String> {
    let of_attribute = |name| {
        let text = |value: &AttributeValue| match value {
            AttributeValue::Text(text) => text.clone(),
            AttributeValue::Number(number) => format!("{number}"),
            other => format!("{other:?}"),
        };
        attribute(product, name).into_iter().map(text).collect()
    };
    match field {
        "brand" => product.brand.iter().cloned().collect(),
        "category" => {
            let levels = |path: &String| {
                let parts: Vec<&str> = path.split(" > ").collect();
                (1..=parts.len()).map(|depth| parts[..depth].join(" > ")).collect::<Vec<_>>()
            };
            product.categories.iter().flat_map(levels).collect()
        }
        "tags" => product.tags.clone(),
        "mixed" => of_attribute("mixed"),
        "color" | "attributes.color" => of_attribute("color"),
        _ => Vec::new(),
    }
}

fn numbers(product: &Product, field: &str) -> Vec<f64> {
    let of_attribute = |name| {
        let values = attribute(product, name).into_iter();
        values
            .filter_map(|value| if let AttributeValue::Number(number) = value { Some(*number) } else { None })
            .collect()
    };
    match field {
        "price" => product.price.iter().map(|&price| price as f64).collect(),
        "final_price" => {
            [product.price, product.sale_price].into_iter().flatten().min().map(|p| p as f64).into_iter().collect()
        }
        // Pieces of what is not for sale count as none.
        "stock" if product.availability == Availability::OutOfStock => product.stock.iter().map(|_| 0.0).collect(),
        "stock" => product.stock.iter().map(|&stock| stock as f64).collect(),
        "weight" | "mixed" => of_attribute(field),
        _ => Vec::new(),
    }
}

fn word() -> impl Strategy<Value = &'static str> {
    select(&WORDS[..])
}

fn condition() -> impl Strategy<Value = Expression> {
    let text_operators = select(vec!["=", "!=", "IN", "NOT IN", "UNDER"]);
    let number_operators = select(vec!["=", "!=", "<", "<=", ">", ">=", "IN", "NOT IN"]);
    prop_oneof![
        4 => (select(&TEXT_FIELDS[..]), text_operators, vec(word(), 1..4)).prop_map(|(f, o, v)| Text(f, o, v)),
        4 => (select(&NUMBER_FIELDS[..]), number_operators, vec(-1i64..9, 1..4)).prop_map(|(f, o, v)| Number(f, o, v)),
        1 => (select(vec!["in_stock", "flag"]), any::<bool>()).prop_map(|(f, v)| Truth(f, v)),
        1 => (select(&NUMBER_FIELDS[..]), -1i64..9, -1i64..9).prop_map(|(f, a, b)| Between(f, a, b)),
        1 => (0..5usize, select(vec!["<", "<=", ">", ">="]), 0u32..400).prop_map(|(p, o, l)| Distance(p, o, l)),
        1 => (0..5usize, 0..5usize).prop_map(|(a, b)| Within(a, b)),
        1 => Just(Exists("locations")),
        1 => select([TEXT_FIELDS.as_slice(), NUMBER_FIELDS.as_slice()].concat()).prop_map(Exists),
    ]
}

fn expression() -> impl Strategy<Value = Expression> {
    condition().prop_recursive(4, 24, 2, |inner| {
        let pair = || (inner.clone().prop_map(Box::new), inner.clone().prop_map(Box::new));
        prop_oneof![
            inner.clone().prop_map(|inner| Not(Box::new(inner))),
            pair().prop_map(|(a, b)| And(a, b)),
            pair().prop_map(|(a, b)| Or(a, b)),
        ]
    })
}

fn product() -> impl Strategy<Value = Product> {
    let words = || vec(word().prop_map(str::to_owned), 0..3);
    let single = || prop_oneof![word().prop_map(text), (-1i64..9).prop_map(|n| AttributeValue::Number(n as f64))];
    let attributes = (
        option::of(vec(word().prop_map(text), 0..3).prop_map(AttributeValue::List)),
        option::of(vec((0i64..9).prop_map(|n| AttributeValue::Number(n as f64)), 0..3).prop_map(AttributeValue::List)),
        option::weighted(0.3, single()),
        option::of(any::<bool>().prop_map(AttributeValue::Bool)),
    );
    let money = || option::of(0i64..9);
    let basics = (option::of(word().prop_map(str::to_owned)), words(), words());
    let placed = vec(select(&PLACES[..]), 0..3);
    (basics, money(), money(), option::of(0u64..4), any::<bool>(), attributes, placed).prop_map(
        |((brand, categories, tags), price, sale_price, stock, available, (color, weight, mixed, flag), placed)| {
            let at = |(lat, lon)| StoreLocation { lat, lon, store_id: None };
            let locations = placed.into_iter().map(at).collect();
            let named = [("color", color), ("weight", weight), ("mixed", mixed), ("flag", flag)];
            let named: Vec<_> = named.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
            let availability = if available { Availability::InStock } else { Availability::OutOfStock };
            Product {
                brand,
                categories,
                tags,
                price,
                sale_price,
                stock,
                availability,
                locations,
                ..with_attributes(&named)
            }
        },
    )
}

/// A product with every attribute of every kind, so that each field exists.
fn anchor() -> Product {
    let both = AttributeValue::List(vec![text("z"), AttributeValue::Number(99.0)]);
    let number = AttributeValue::Number(99.0);
    with_attributes(&[("color", text("z")), ("weight", number), ("mixed", both), ("flag", AttributeValue::Bool(true))])
}

proptest! {
    #[test]
    fn columns_and_products_agree_with_the_plain_reading(
        mut products in vec(product(), 0..70),
        expressions in vec(expression(), 1..8),
    ) {
        products.push(anchor());
        let columns = columns_of(&products).map_err(|error| TestCaseError::fail(error.to_string()))?;
        for expression in expressions {
            let rendered = expression.render();
            let filter = Filter::parse(&rendered).map_err(|error| TestCaseError::fail(error.to_string()))?;
            let answer = filter.eval(&columns).map_err(|error| TestCaseError::fail(error.to_string()))?;
            let again = Filter::parse(filter.canonical()).map_err(|error| TestCaseError::fail(error.to_string()))?;
            prop_assert_eq!(&again, &filter, "the canonical form reads back as itself");
            prop_assert!(again.eval(&columns).is_ok_and(|again| again == answer));
            for (ordinal, product) in products.iter().enumerate() {
                let expected = expression.holds(product);
                prop_assert_eq!(answer.contains(Ordinal::from_index(ordinal)), expected, "{} of {:?}", rendered, product);
                prop_assert_eq!(filter.accepts(product), expected, "{} of {:?}", rendered, product);
            }
        }
    }

    #[test]
    fn the_parser_never_panics(text in ".{0,200}") {
        let _ = Filter::parse(&text);
    }

    #[test]
    fn neither_on_what_almost_is_a_filter(
        pieces in vec(select(vec!["a", "AND", "or", "NOT", "IN", "UNDER", "EXISTS", "(", ")", "[", "]", ",", "=", "!=",
            "<", "BETWEEN", "distance", "within", "here", "3km", "mi", "1", "'x'", "\"y\\\"\"", "\\", "-3.5", "é", "1e999", "true", "'", "!", "."]), 0..30),
    ) {
        let text = pieces.join(" ");
        if let Ok(filter) = Filter::parse(&text) {
            prop_assert_eq!(Filter::parse(filter.canonical()).ok(), Some(filter));
        }
        let _ = Filter::parse(&pieces.concat());
    }
}
