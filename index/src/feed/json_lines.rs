//! The native feed: one JSON object a line, blank lines skipped.
//!
//! Ids must be unique and all vectors equally long; the first row decides.

use std::collections::HashMap;
use std::io::{self, BufRead};

use xxhash_rust::xxh3::xxh3_128;

use super::BadRow;
use crate::product::Product;

/// The longest line read, in bytes; a longer one is a bad row.
pub const MAX_LINE_BYTES: usize = 4 << 20;

/// Streams products out of JSON Lines.
#[derive(Debug)]
pub struct JsonLines<R> {
    input: R,
    line: u64,
    buffer: Vec<u8>,
    seen: HashMap<u128, u64>,
    dimensions: Option<usize>,
}

impl<R: BufRead> JsonLines<R> {
    /// Reads from `input`.
    pub fn new(input: R) -> Self {
        Self { input, line: 0, buffer: Vec::new(), seen: HashMap::new(), dimensions: None }
    }

    /// The next product or bad row; `None` at the end.
    ///
    /// # Errors
    /// Only when the file itself cannot be read on.
    pub fn next_row(&mut self) -> io::Result<Option<Result<Product, BadRow>>> {
        loop {
            self.buffer.clear();
            self.line += 1;
            if !self.read_line()? {
                return Ok(None);
            }
            if self.buffer.len() > MAX_LINE_BYTES {
                return Ok(Some(Err(self.bad(None, format!("is longer than {MAX_LINE_BYTES} bytes")))));
            }
            if self.line == 1 && self.buffer.starts_with(b"\xef\xbb\xbf") {
                self.buffer.drain(..3);
            }
            if self.buffer.iter().any(|byte| !byte.is_ascii_whitespace()) {
                return Ok(Some(self.parse()));
            }
        }
    }

    /// Reads one line into the buffer, at most one byte over the limit; false at the end.
    fn read_line(&mut self) -> io::Result<bool> {
        let mut found = false;
        loop {
            let available = match self.input.fill_buf() {
                Ok(available) => available,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if available.is_empty() {
                return Ok(found);
            }
            found = true;
            let end = available.iter().position(|&byte| byte == b'\n');
            let line = &available[..end.unwrap_or(available.len())];
            let room = (MAX_LINE_BYTES + 1).saturating_sub(self.buffer.len());
            self.buffer.extend_from_slice(&line[..line.len().min(room)]);
            let used = line.len() + usize::from(end.is_some());
            self.input.consume(used);
            if end.is_some() {
                return Ok(true);
            }
        }
    }

    fn parse(&mut self) -> Result<Product, BadRow> {
        let mut json = serde_json::Deserializer::from_slice(&self.buffer);
        let product: Product = serde_path_to_error::deserialize(&mut json).map_err(|error| {
            let path = error.path().to_string();
            let inner = error.into_inner();
            let message = inner.to_string();
            // Where broken JSON breaks says nothing about a field.
            let path = Some(path).filter(|path| path != ".");
            let field = if inner.is_data() { path.or_else(|| named_field(&message)) } else { None };
            self.bad(field, without_place(&message))
        })?;
        json.end().map_err(|_| self.bad(None, "has something after the object".into()))?;
        product.check().map_err(|error| self.bad(Some(error.field), error.message))?;
        if let Some(vector) = &product.vector {
            let expected = *self.dimensions.get_or_insert(vector.len());
            if vector.len() != expected {
                let message = format!("has {} numbers, the vectors before it have {expected}", vector.len());
                return Err(self.bad(Some("vector".into()), message));
            }
        }
        let first = *self.seen.entry(xxh3_128(product.id.as_bytes())).or_insert(self.line);
        if first != self.line {
            let message = format!("`{}` is already the product of line {first}", product.id);
            return Err(self.bad(Some("id".into()), message));
        }
        Ok(product)
    }

    fn bad(&self, field: Option<String>, message: String) -> BadRow {
        BadRow { line: self.line, field, message }
    }
}

/// The field in messages such as "missing field `title`".
fn named_field(message: &str) -> Option<String> {
    let (_, rest) = message.split_once("field `")?;
    rest.split_once('`').map(|(field, _)| field.to_owned())
}

/// The message without " at line 1 column 7": the line is always 1 of its own row.
fn without_place(message: &str) -> String {
    match message.rfind(" at line 1 column ") {
        Some(at) => format!("{} (column {})", &message[..at], &message[at + " at line 1 column ".len()..]),
        None => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &[u8]) -> Vec<Result<Product, BadRow>> {
        let mut feed = JsonLines::new(text);
        std::iter::from_fn(|| feed.next_row().ok().flatten()).collect()
    }

    fn bad(text: &str) -> (u64, Option<String>, String) {
        match rows(text.as_bytes()).into_iter().find_map(Result::err) {
            Some(row) => (row.line, row.field, row.message),
            None => (0, None, "no bad row".into()),
        }
    }

    #[test]
    fn good_rows_go_on_after_bad_ones() {
        let found = rows(b"{\"id\":\"a\",\"title\":\"A\"}\n{oops\n\n{\"id\":\"b\",\"title\":\"B\"}");
        let ids: Vec<_> = found.iter().flatten().map(|product| product.id.as_str()).collect();
        assert_eq!(ids, ["a", "b"]);
        assert_eq!(found.len(), 3);
    }

    #[test]
    fn each_problem_names_line_and_field() {
        let good = "{\"id\":\"a\",\"title\":\"A\",\"vector\":[1,0]}\n";
        let problem = |row: &str| {
            let (line, field, _) = bad(&format!("{good}{row}"));
            (line, field.unwrap_or_default())
        };
        assert_eq!(problem("{\"id\":\"b\"}"), (2, "title".into()));
        assert_eq!(problem("{\"id\":\"b\",\"title\":\"B\",\"colour\":1}"), (2, "colour".into()));
        assert_eq!(problem("{\"id\":\"b\",\"title\":\"B\",\"price\":-1}"), (2, "price".into()));
        assert_eq!(problem("{\"id\":\"b\",\"title\":\"B\",\"price\":\"9\"}"), (2, "price".into()));
        assert_eq!(problem("{\"id\":\"b\",\"title\":\"B\",\"vector\":[1]}"), (2, "vector".into()));
        assert_eq!(problem("{\"id\":\"a\",\"title\":\"again\"}"), (2, "id".into()));
    }

    #[test]
    fn a_huge_line_is_skipped_without_being_held() {
        let text = format!("{}\n{{\"id\":\"a\",\"title\":\"A\"}}\n", "x".repeat(MAX_LINE_BYTES + 10));
        let found = rows(text.as_bytes());
        assert!(found[0].is_err() && found[1].is_ok());
    }
}
