//! Merchant Center's product data as RSS 2.0, RSS 1.0 or Atom. Attributes are identified by the
//! local name of their element: feeds write `g:`, other prefixes or none. If an attribute occurs
//! both with and without a prefix, the prefixed one is used.

use std::io;

use quick_xml::escape::resolve_html5_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::reader::Reader;

use super::super::elements::{MarkupElement, MarkupElements};
use super::super::{BadRow, Feed, FeedContext, FeedNotes, FeedRow, FeedSource, MAX_RECORD_BYTES, cut_off};
use super::{Attributes, column_name};

/// The most elements of one product.
const MAX_VALUES: usize = 5000;

/// Streams products from RSS or Atom.
#[derive(Debug)]
pub struct MerchantXml {
    elements: MarkupElements,
    reading: FeedContext,
    line: u64,
    notes: FeedNotes,
}

impl MerchantXml {
    /// Reads from `source`.
    pub fn new(source: FeedSource, reading: FeedContext) -> Self {
        let elements = MarkupElements::new(source, &["item", "entry"], false, MAX_RECORD_BYTES);
        Self { elements, reading, line: 0, notes: FeedNotes::default() }
    }

    fn product(&mut self, element: &MarkupElement) -> FeedRow {
        let bad = |message: String| BadRow { line: self.line, field: None, message };
        if let Some(broken) = element.broken {
            return Err(bad(broken.to_owned()));
        }
        let text = std::str::from_utf8(&element.bytes).map_err(|error| bad(format!("is not valid UTF-8: {error}")))?;
        let mut values = values(text).map_err(|message| bad(format!("is broken XML: {message}")))?;
        // Most attributes use their first value, so prefixed elements go first; the sort is stable.
        values.sort_by_key(|value| !value.prefixed);
        let mut attributes = Attributes::new(self.reading, self.line, &mut self.notes);
        for value in &values {
            attributes.take(&value.name, &value.text).map_err(|error| BadRow::of(self.line, error))?;
        }
        Ok(attributes.finish())
    }
}

impl Feed for MerchantXml {
    fn next_row(&mut self) -> io::Result<Option<FeedRow>> {
        let Some(element) = self.elements.next()? else {
            let cut = self.elements.open_root().map(|root| cut_off(&format!("`</{root}>`")));
            return cut.map_or(Ok(None), Err);
        };
        self.line = element.line;
        Ok(Some(self.product(&element)))
    }

    fn line(&self) -> u64 {
        self.line
    }

    fn encoding(&self) -> &'static str {
        self.elements.source().encoding()
    }

    fn notes(&self) -> &FeedNotes {
        &self.notes
    }
}

/// The name and text of one element below the item.
#[derive(Debug, Default)]
struct ElementValue {
    name: String,
    prefixed: bool,
    text: String,
}

/// The values of one item. Nested elements are part of a value's text; those of `product_detail` are its parts.
fn values(item: &str) -> Result<Vec<ElementValue>, String> {
    let mut reader = Reader::from_str(item);
    reader.config_mut().allow_dangling_amp = true;
    let mut values: Vec<ElementValue> = Vec::new();
    let mut depth = 0usize;
    loop {
        match reader.read_event().map_err(|error| error.to_string())? {
            Event::Start(start) => {
                depth += 1;
                open(&mut values, &start, depth);
            }
            Event::Empty(start) => open(&mut values, &start, depth + 1),
            Event::End(_) => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Ok(values);
                }
            }
            Event::Text(text) => add(&mut values, depth, &text),
            Event::CData(text) => add(&mut values, depth, &text),
            Event::GeneralRef(reference) => add(&mut values, depth, &resolved(&reference)),
            Event::Eof => return Ok(values),
            _ => {}
        }
        if values.len() > MAX_VALUES {
            return Err(format!("more than {MAX_VALUES} elements"));
        }
    }
}

fn open(values: &mut Vec<ElementValue>, start: &BytesStart<'_>, depth: usize) {
    let name = start.name();
    let name: &str = name.as_ref();
    if depth == 2 {
        let mut value = ElementValue { name: column_name(name), prefixed: name.contains(':'), text: String::new() };
        if value.name == "link" {
            value.text = address(start);
        }
        values.push(value);
    } else if depth > 2
        && let Some(value) = values.last_mut()
    {
        match (&*value.name, &*column_name(name)) {
            ("product_detail", "attribute_name" | "attribute_value") => value.text.push(':'),
            ("product_detail", _) => {}
            _ => value.text.push('\n'),
        }
    }
}

/// The address of an Atom link, unless it links to something other than the product's page.
fn address(link: &BytesStart<'_>) -> String {
    let attribute = |name: &str| {
        let found = link.try_get_attribute(name).ok().flatten()?;
        let text = String::from(&*found.value);
        Some(quick_xml::escape::unescape(&text).map(|text| text.into_owned()).unwrap_or_default())
    };
    let alternate = attribute("rel").is_none_or(|rel| rel == "alternate");
    attribute("href").filter(|_| alternate).unwrap_or_default()
}

fn add(values: &mut [ElementValue], depth: usize, text: &str) {
    if depth >= 2
        && let Some(value) = values.last_mut()
    {
        // Indentation between the parts of a `product_detail` is not content.
        let text = if value.name == "product_detail" { text.trim() } else { text };
        value.text.push_str(text);
    }
}

fn resolved(reference: &BytesRef<'_>) -> String {
    if let Ok(Some(character)) = reference.resolve_char_ref() {
        return character.to_string();
    }
    let name: &str = reference;
    resolve_html5_entity(name).map_or_else(|| format!("&{name};"), str::to_owned)
}
