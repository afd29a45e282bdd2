//! Feed formats, their names, and their detection from the first bytes of a file.

use std::fmt;
use std::str::FromStr;

use super::FeedError;
use super::merchant::column_name;
use super::table::separator;

/// Bytes examined for detection.
pub(super) const PEEK_BYTES: usize = 16 << 10;

/// The format of a catalogue file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FeedFormat {
    /// Our own format: one product as JSON on each line.
    Native,
    /// Google Merchant Center's product data as a table.
    MerchantTsv,
    /// Google Merchant Center's product data as RSS or Atom.
    MerchantXml,
    /// Shopify's product export.
    Shopify,
    /// schema.org products in JSON-LD, as JSON or inside of HTML pages.
    JsonLd,
}

impl FeedFormat {
    /// Every format.
    pub const ALL: [Self; 5] = [Self::Native, Self::MerchantTsv, Self::MerchantXml, Self::Shopify, Self::JsonLd];

    /// The names of [`Self::ALL`] on the command line.
    pub const NAMES: [&'static str; 5] = ["native", "merchant-tsv", "merchant-xml", "shopify", "json-ld"];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }
}

impl fmt::Display for FeedFormat {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

impl FromStr for FeedFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|format| format.name() == text);
        found.ok_or_else(|| format!("`{text}` is no format; one of {}", Self::NAMES.join(", ")))
    }
}

/// Detects the format of a file from its start.
pub(super) fn detect(start: &[u8]) -> Result<FeedFormat, FeedError> {
    let text = String::from_utf8_lossy(start);
    let text = text.trim_start();
    let found = match text.chars().next() {
        Some('<') => markup(&text.to_ascii_lowercase()),
        // The native feed also begins with a brace, but has none of the keys of JSON-LD.
        Some('{') if !["\"@context\"", "\"@type\"", "\"@graph\""].iter().any(|key| text.contains(key)) => {
            Some(FeedFormat::Native)
        }
        Some('{' | '[') => Some(FeedFormat::JsonLd),
        // An empty file is an empty catalogue in any format.
        None => Some(FeedFormat::Native),
        _ => table(text.lines().next().unwrap_or_default()),
    };
    let start = || match nameless(text.lines().next().unwrap_or_default()) {
        Some(columns) => format!("the columns {columns}, and has no column `id` and `title`"),
        None => format!("`{}`", text.chars().take(60).collect::<String>().escape_default()),
    };
    found.ok_or_else(|| FeedError::Unknown { start: start() })
}

fn markup(text: &str) -> Option<FeedFormat> {
    let place = |tags: &[&str]| tags.iter().filter_map(|tag| text.find(tag)).min();
    let page = place(&["<!doctype html", "<html", "application/ld+json"]);
    let feed = place(&["<rss", "<feed", "<rdf:rdf", "<channel", "<item", "<entry"]);
    match (page, feed) {
        (Some(page), Some(feed)) if page < feed => Some(FeedFormat::JsonLd),
        (_, Some(_)) => Some(FeedFormat::MerchantXml),
        (Some(_), None) => Some(FeedFormat::JsonLd),
        (None, None) => None,
    }
}

fn table(header: &str) -> Option<FeedFormat> {
    let columns = header.split(char::from(separator(header.as_bytes())));
    let columns: Vec<String> = columns.map(|column| column_name(column.trim().trim_matches('"'))).collect();
    let has = |name: &str| columns.iter().any(|column| column == name);
    if has("title") && (has("handle") || has("url_handle")) {
        return Some(FeedFormat::Shopify);
    }
    (has("id") && has("title")).then_some(FeedFormat::MerchantTsv)
}

/// The columns of a header of a table, if the text is one.
fn nameless(header: &str) -> Option<String> {
    let columns: Vec<&str> =
        header.split(char::from(separator(header.as_bytes()))).map(|column| column.trim().trim_matches('"')).collect();
    let plain = |column: &&str| {
        !column.is_empty() && column.len() <= 60 && column.chars().all(|c| c.is_alphanumeric() || " _-:()/".contains(c))
    };
    let is_table = columns.len() > 1 && columns.iter().all(plain);
    is_table.then(|| columns.iter().map(|column| format!("`{column}`")).collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_show_the_format() {
        let cases = [
            ("{\"id\":\"a\",\"title\":\"A\"}\n", Some(FeedFormat::Native)),
            ("\n {\"@context\":\"https://schema.org\"}", Some(FeedFormat::JsonLd)),
            ("[{\"@type\":\"Product\"}]", Some(FeedFormat::JsonLd)),
            ("id\ttitle\tprice\n", Some(FeedFormat::MerchantTsv)),
            ("\"g:id\",\"Title\",\"image link\"\n", Some(FeedFormat::MerchantTsv)),
            ("Handle,Title,Body (HTML)\n", Some(FeedFormat::Shopify)),
            ("Title,URL handle,Description\n", Some(FeedFormat::Shopify)),
            ("<?xml version=\"1.0\"?>\n<rss version=\"2.0\">", Some(FeedFormat::MerchantXml)),
            ("<feed xmlns=\"http://www.w3.org/2005/Atom\">", Some(FeedFormat::MerchantXml)),
            ("<!DOCTYPE html><html><head><link rel=x><title>item</title>", Some(FeedFormat::JsonLd)),
            ("<html><script type=\"application/ld+json\">", Some(FeedFormat::JsonLd)),
            ("PK\u{3}\u{4}", None),
            ("sku;name;price\n", None),
            ("<catalog><thing/></catalog>", None),
        ];
        for (start, format) in cases {
            assert_eq!(detect(start.as_bytes()).ok(), format, "{start}");
        }
        assert_eq!(FeedFormat::ALL.map(|format| format.name().parse()), FeedFormat::ALL.map(Ok));
    }
}
