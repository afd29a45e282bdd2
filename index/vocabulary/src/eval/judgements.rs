//! Judged queries: a CSV file with the header `query,product_id,rating`, one judgement a line. Ratings are
//! numbers from 0 (irrelevant) to 10. A person wrote the file, so errors name the line and the field.

use std::collections::HashMap;
use std::io::Read;

use crate::error::{Error, Result};

/// The highest rating. The exponential gain is 2^rating - 1, so higher ratings would outweigh all others.
pub const MAX_RATING: f64 = 10.0;

const COLUMNS: [&str; 3] = ["query", "product_id", "rating"];

/// The judgements of one query.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct JudgedQuery {
    /// The text of the query.
    pub query: String,
    ratings: HashMap<String, f64>,
}

impl JudgedQuery {
    /// Creates a judged query from ratings by product id.
    pub fn new(query: impl Into<String>, ratings: impl IntoIterator<Item = (String, f64)>) -> Self {
        Self { query: query.into(), ratings: ratings.into_iter().collect() }
    }

    /// The rating of a product; `None` without a judgement.
    pub fn rating(&self, product_id: &str) -> Option<f64> {
        self.ratings.get(product_id).copied()
    }

    /// All ratings, in no particular order.
    pub fn ratings(&self) -> Vec<f64> {
        self.ratings.values().copied().collect()
    }

    /// The judged product ids, in no particular order.
    pub fn products(&self) -> impl Iterator<Item = &str> {
        self.ratings.keys().map(String::as_str)
    }
}

/// Judged queries in the order of their first line.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Judgements {
    /// The queries.
    pub queries: Vec<JudgedQuery>,
}

impl Judgements {
    /// Reads the CSV. Columns may come in any order; others are ignored.
    ///
    /// # Errors
    /// [`Error::Invalid`] with the line (the header is line 1) and the field, for a missing
    /// column, an empty query or id, a rating that is not a number from 0 to [`MAX_RATING`], or a
    /// product judged twice for one query.
    pub fn read(input: impl Read) -> Result<Self> {
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(input);
        let header = reader.headers().map_err(|error| unreadable(&error))?;
        let mut positions = [0; 3];
        for (position, column) in positions.iter_mut().zip(COLUMNS) {
            let found = header.iter().position(|name| name.trim_start_matches('\u{feff}') == column);
            *position = found.ok_or_else(|| Error::invalid("line 1", format!("column `{column}` is missing")))?;
        }
        let mut known: HashMap<String, usize> = HashMap::new();
        let mut queries: Vec<JudgedQuery> = Vec::new();
        for record in reader.records() {
            let record = record.map_err(|error| unreadable(&error))?;
            let line = record.position().map_or(0, csv::Position::line);
            let wrong = |field: &str, message: String| Error::invalid(format!("line {line}, {field}"), message);
            let [query, product, rating] = positions.map(|at| record.get(at).unwrap_or_default());
            for (field, text) in [("query", query), ("product_id", product)] {
                if text.is_empty() {
                    return Err(wrong(field, "is empty".to_owned()));
                }
            }
            let value = rating.parse::<f64>().ok().filter(|value| (0.0..=MAX_RATING).contains(value));
            let value =
                value.ok_or_else(|| wrong("rating", format!("`{rating}` is not a number from 0 to {MAX_RATING}")))?;
            let at = *known.entry(query.to_owned()).or_insert_with(|| {
                queries.push(JudgedQuery::new(query, []));
                queries.len() - 1
            });
            if queries[at].ratings.insert(product.to_owned(), value).is_some() {
                return Err(wrong("product_id", format!("`{product}` is judged twice for `{query}`")));
            }
        }
        Ok(Self { queries })
    }
}

fn unreadable(error: &csv::Error) -> Error {
    let line = error.position().map_or(1, csv::Position::line);
    let message = match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("has {len} fields, expected {expected_len}; quote fields that hold a comma")
        }
        _ => error.to_string(),
    };
    Error::invalid(format!("line {line}"), message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> String {
        Judgements::read(text.as_bytes()).map_or_else(|error| error.to_string(), |read| format!("accepted: {read:?}"))
    }

    #[test]
    fn judgements_are_grouped_by_query_in_the_order_of_the_file() -> Result<()> {
        let text = "query,product_id,rating\nred boots,a,3\n\"bag, small\",b,0.5\nred boots,c,0\n";
        let queries = Judgements::read(text.as_bytes())?.queries;
        assert_eq!(queries.iter().map(|q| q.query.as_str()).collect::<Vec<_>>(), ["red boots", "bag, small"]);
        assert_eq!(
            (queries[0].rating("a"), queries[0].rating("c"), queries[0].rating("b")),
            (Some(3.0), Some(0.0), None)
        );
        assert_eq!(queries[1].ratings(), [0.5]);
        Ok(())
    }

    #[test]
    fn columns_may_come_in_any_order_after_a_byte_order_mark() -> Result<()> {
        let queries = Judgements::read("\u{feff}rating,note,query,product_id\n2,x,boots,a\n".as_bytes())?.queries;
        assert_eq!(queries, [JudgedQuery::new("boots", [("a".to_owned(), 2.0)])]);
        Ok(())
    }

    #[test]
    fn errors_name_line_and_field() {
        assert_eq!(problem("query,rating\n"), "line 1: column `product_id` is missing");
        let head = "query,product_id,rating\n";
        assert_eq!(problem(&format!("{head}a,b,1\na,c,good\n")), "line 3, rating: `good` is not a number from 0 to 10");
        assert_eq!(problem(&format!("{head}a,b,-1\n")), "line 2, rating: `-1` is not a number from 0 to 10");
        assert_eq!(problem(&format!("{head}a,b,NaN\n")), "line 2, rating: `NaN` is not a number from 0 to 10");
        assert_eq!(problem(&format!("{head}a, ,1\n")), "line 2, product_id: is empty");
        assert_eq!(problem(&format!("{head}a,b,1\na,b,2\n")), "line 3, product_id: `b` is judged twice for `a`");
        assert_eq!(
            problem(&format!("{head}a,b\n")),
            "line 2: has 2 fields, expected 3; quote fields that hold a comma"
        );
    }
}
