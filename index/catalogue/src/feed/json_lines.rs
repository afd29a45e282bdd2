//! The native feed: one product as JSON on each line; blank lines are skipped.

use std::io;

use super::lines::{FeedLine, Lines};
use super::{BadRow, Feed, FeedNotes, FeedRow, FeedSource, MAX_RECORD_BYTES};
use crate::in_plain_words;
use crate::product::Product;

/// Streams products from JSON Lines.
#[derive(Debug)]
pub struct JsonLines {
    lines: Lines,
    line: u64,
    notes: FeedNotes,
}

impl JsonLines {
    /// Reads from `source`.
    pub fn new(source: FeedSource) -> Self {
        Self { lines: Lines::new(source), line: 0, notes: FeedNotes::default() }
    }
}

impl Feed for JsonLines {
    fn next_row(&mut self) -> io::Result<Option<FeedRow>> {
        while let Some(line) = self.lines.next()? {
            self.line = line.number;
            if !line.is_blank() {
                return Ok(Some(parse(&line)));
            }
        }
        Ok(None)
    }

    fn line(&self) -> u64 {
        self.line
    }

    fn encoding(&self) -> &'static str {
        self.lines.source().encoding()
    }

    fn notes(&self) -> &FeedNotes {
        &self.notes
    }
}

fn parse(line: &FeedLine) -> FeedRow {
    let bad = |field, message| BadRow { line: line.number, field, message };
    if line.is_too_long() {
        return Err(bad(None, format!("is longer than {MAX_RECORD_BYTES} bytes")));
    }
    read_product(&line.bytes).map_err(|(field, message)| bad(field, message))
}

/// Parses one product of the native feed; constraints beyond the types are not checked.
///
/// # Errors
/// The invalid field, if known, and the reason.
pub fn read_product(json: &[u8]) -> Result<Product, (Option<String>, String)> {
    // serde would read a list as the fields of an object in their order.
    if json.trim_ascii_start().first() == Some(&b'[') {
        return Err((None, "is a list; a product is a JSON object, one a line".into()));
    }
    let mut json = serde_json::Deserializer::from_slice(json);
    let product: Product = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        let message = inner.to_string();
        // The position of a syntax error does not identify a field.
        let path = Some(path).filter(|path| path != ".");
        let field = if inner.is_data() { path.or_else(|| named_field(&message)) } else { None };
        let plain = in_plain_words(&without_place(&message), field.as_deref());
        (field, plain)
    })?;
    json.end().map_err(|_| (None, "has something after the object".into()))?;
    Ok(product)
}

/// The field named in a message such as "missing field `title`".
fn named_field(message: &str) -> Option<String> {
    let (_, rest) = message.split_once("field `")?;
    rest.split_once('`').map(|(field, _)| field.to_owned())
}

/// The message with " at line 1 column 7" shortened to the character, because a row is always a single line.
pub(super) fn without_place(message: &str) -> String {
    match message.rfind(" at line 1 column ") {
        Some(at) => format!("{} (at character {})", &message[..at], &message[at + " at line 1 column ".len()..]),
        None => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{FeedContext, FeedFormat, open};
    use super::*;

    fn bad(text: &str) -> (u64, String) {
        let opened = open(io::Cursor::new(text.to_owned()), Some(FeedFormat::Native), FeedContext::default());
        let mut feed = opened.map(|(_, feed)| feed).ok();
        let mut rows = std::iter::from_fn(|| feed.as_mut().and_then(|feed| feed.next_row().ok().flatten()));
        rows.find_map(Result::err).map_or((0, "no bad row".into()), |row| (row.line, row.field.unwrap_or_default()))
    }

    #[test]
    fn each_problem_names_line_and_field() {
        let good = "{\"id\":\"a\",\"title\":\"A\",\"vector\":[1,0]}\n";
        let problem = |row: &str| bad(&format!("{good}{row}"));
        assert_eq!(problem("{\"id\":\"b\"}"), (2, "title".into()));
        assert_eq!(problem("{\"id\":\"b\",\"title\":\"B\",\"colour\":1}"), (2, "colour".into()));
        assert_eq!(problem("{\"id\":\"b\",\"title\":\"B\",\"price\":-1}"), (2, "price".into()));
        assert_eq!(problem("{\"id\":\"b\",\"title\":\"B\",\"price\":\"9\"}"), (2, "price".into()));
        assert_eq!(problem("{\"id\":\"b\",\"title\":\"B\",\"vector\":[1]}"), (2, "vector".into()));
        assert_eq!(problem("{\"id\":\"a\",\"title\":\"again\"}"), (2, "id".into()));
        assert_eq!(problem("{oops"), (2, String::new()));
    }
}
