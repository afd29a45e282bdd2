//! Fuzz targets, each a function over bytes. cargo-fuzz runs one target for long (`fuzz_targets/`);
//! `cargo test` replays the corpora and seeded mutations of them (`index/tests/fuzz.rs`).
//!
//! To add a target: a function here and its line in [`TARGETS`], a file in `fuzz_targets/` with its `[[bin]]`,
//! and a few small files in `fixtures/fuzz/NAME/`.

mod columns;
mod curation;
mod generation;
mod journal;
mod words;

use std::io::Cursor;

use tastemaker_index::feed::{self, FeedContext, FeedFormat};

pub use columns::{columns, filter};
pub use curation::{rules, synonyms};
pub use generation::{behaviour, corrections, manifest, products, query, suggestions, vectors};
pub use journal::journal;
pub use words::words;

/// A target's name, which is also its corpus folder's, and what it does.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: [Target; 19] = [
    ("native", native),
    ("merchant-tsv", merchant_tsv),
    ("merchant-xml", merchant_xml),
    ("shopify", shopify),
    ("json-ld", json_ld),
    ("price", price),
    ("words", words),
    ("synonyms", synonyms),
    ("rules", rules),
    ("filter", filter),
    ("columns", columns),
    ("query", query),
    ("manifest", manifest),
    ("products", products),
    ("vectors", vectors),
    ("behaviour", behaviour),
    ("suggestions", suggestions),
    ("corrections", corrections),
    ("journal", journal),
];

/// Reads a feed to its end; every product must pass its own check.
fn drain(data: &[u8], format: Option<FeedFormat>) {
    let Ok((_, mut feed)) = feed::open(Cursor::new(data.to_vec()), format, FeedContext::default()) else { return };
    let mut rows = 0;
    while let Ok(Some(row)) = feed.next_row() {
        if let Ok(product) = row {
            assert_eq!(product.check(), Ok(()));
        }
        rows += 1;
        assert!(rows <= data.len() + 1, "more rows than bytes");
    }
}

/// The native feed.
pub fn native(data: &[u8]) {
    drain(data, Some(FeedFormat::Native));
}

/// The Merchant Center feed as a table.
pub fn merchant_tsv(data: &[u8]) {
    drain(data, Some(FeedFormat::MerchantTsv));
}

/// The Merchant Center feed as RSS or Atom.
pub fn merchant_xml(data: &[u8]) {
    drain(data, Some(FeedFormat::MerchantXml));
}

/// The Shopify export, or whichever format the bytes are recognised as.
pub fn shopify(data: &[u8]) {
    drain(data, Some(FeedFormat::Shopify));
    drain(data, None);
}

/// Products of schema.org as JSON-LD, alone or in HTML pages.
pub fn json_ld(data: &[u8]) {
    drain(data, Some(FeedFormat::JsonLd));
}

/// Prices and HTML.
pub fn price(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for own in [None, "JPY".parse().ok(), "KWD".parse().ok()] {
        if let Ok(price) = feed::parse_price(&text, own) {
            assert!(price.minor >= 0, "{text}");
        }
    }
    let plain = feed::plain_text(&text);
    assert!(plain.len() <= text.len() * 2, "{text}");
}
