//! schema.org products in JSON-LD: a single document, an array, an `@graph`, one document on each
//! line, or the script tags of one or more HTML pages. Variants (`hasVariant`) inherit the
//! properties of their `ProductGroup`
//! (developers.google.com/search/docs/appearance/structured-data/product-variants). References by
//! `@id` are resolved within one document.

mod node;
mod offer;
mod product;

use std::collections::VecDeque;
use std::io;

use serde_json::Value;

use self::node::ProductNode;
use super::documents::{self, Documents, MAX_DOCUMENT_BYTES};
use super::elements::MarkupElements;
use super::json_lines::without_place;
use super::{BadRow, Feed, FeedContext, FeedNotes, FeedRow, FeedSource};
use tastemaker_vocabulary::in_plain_words;

/// Streams products from JSON-LD.
#[derive(Debug)]
pub struct JsonLd {
    documents: DocumentSource,
    reading: FeedContext,
    ready: VecDeque<(usize, ProductNode)>,
    line: u64,
    notes: FeedNotes,
}

/// The places where documents are looked for.
#[derive(Debug)]
enum DocumentSource {
    Json(Documents),
    Pages(MarkupElements),
}

impl JsonLd {
    /// Reads from `source`: HTML pages if it begins with `<`, else JSON.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn new(mut source: FeedSource, reading: FeedContext) -> io::Result<Self> {
        let start = source.peek(1024)?.iter().find(|byte| !byte.is_ascii_whitespace());
        let documents = match start {
            Some(b'<') => DocumentSource::Pages(MarkupElements::new(source, &["script"], true, MAX_DOCUMENT_BYTES)),
            _ => DocumentSource::Json(Documents::new(source)),
        };
        Ok(Self { documents, reading, ready: VecDeque::new(), line: 0, notes: FeedNotes::default() })
    }

    /// The text of the next document and the line where it starts.
    fn document(&mut self) -> io::Result<Option<documents::DocumentText>> {
        let elements = match &mut self.documents {
            DocumentSource::Json(documents) => return documents.next(),
            DocumentSource::Pages(elements) => elements,
        };
        while let Some(element) = elements.next()? {
            let Some(text) = script(&element.bytes) else { continue };
            let bad = |message: &str| BadRow { line: element.line, field: None, message: message.to_owned() };
            return Ok(Some(match element.broken {
                Some(broken) => Err(bad(broken)),
                None => Ok((element.line, text.to_vec())),
            }));
        }
        Ok(None)
    }

    /// Queues the products of a document.
    fn read(&mut self, text: &[u8]) -> Result<(), BadRow> {
        let bad = |message: String| BadRow { line: self.line, field: None, message };
        let document = serde_json::from_slice::<Value>(text)
            .map_err(|error| bad(in_plain_words(&without_place(&error.to_string()), None)))?;
        let found: Vec<ProductNode> = node::products(&document, self.line, &mut self.notes).into_iter().collect();
        // The only product of a document is found by its line.
        let first = usize::from(found.len() > 1);
        self.ready.extend(found.into_iter().enumerate().map(|(at, found)| ((at + 1) * first, found)));
        Ok(())
    }

    /// The product of a node, and its place in the document, from 1; 0 for the only one.
    fn made(&mut self, (place, found): (usize, ProductNode)) -> FeedRow {
        let made = product::product(&found.with_inherited(), self.reading, self.line, &mut self.notes);
        made.map_err(|error| {
            let bad = BadRow::of(self.line, error);
            match place {
                0 => bad,
                place => BadRow { message: format!("{} (product {place} of the document)", bad.message), ..bad },
            }
        })
    }
}

/// The content of a script tag with JSON-LD.
fn script(element: &[u8]) -> Option<&[u8]> {
    let start = element.iter().position(|&byte| byte == b'>')?;
    let tag = String::from_utf8_lossy(&element[..start]).to_ascii_lowercase();
    if !tag.contains("ld+json") {
        return None;
    }
    let end = element.windows(2).rposition(|pair| pair == b"</").unwrap_or(element.len());
    let content = element.get(start + 1..end)?;
    // Pages wrap scripts in comments or CDATA for old browsers and XML; those brackets are not part of the JSON.
    let mark = b"<![CDATA[";
    let content = match content.windows(mark.len()).position(|window| window == mark) {
        Some(at) if !content[..at].contains(&b'{') => {
            let end = content.windows(3).rposition(|window| window == b"]]>").unwrap_or(content.len());
            content.get(at + mark.len()..end)?
        }
        _ => content,
    };
    let first = content.iter().position(|byte| matches!(byte, b'{' | b'['))?;
    let last = content.iter().rposition(|byte| matches!(byte, b'}' | b']'))?;
    content.get(first..=last)
}

impl Feed for JsonLd {
    fn next_row(&mut self) -> io::Result<Option<FeedRow>> {
        loop {
            if let Some(found) = self.ready.pop_front() {
                return Ok(Some(self.made(found)));
            }
            match self.document()? {
                None => return Ok(None),
                Some(Err(bad)) => {
                    self.line = bad.line;
                    return Ok(Some(Err(bad)));
                }
                Some(Ok((line, text))) => {
                    self.line = line;
                    if let Err(bad) = self.read(&text) {
                        return Ok(Some(Err(bad)));
                    }
                }
            }
        }
    }

    fn line(&self) -> u64 {
        self.line
    }

    fn encoding(&self) -> &'static str {
        match &self.documents {
            DocumentSource::Json(documents) => documents.source().encoding(),
            DocumentSource::Pages(elements) => elements.source().encoding(),
        }
    }

    fn notes(&self) -> &FeedNotes {
        &self.notes
    }
}
