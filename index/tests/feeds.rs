//! Whole feeds of the made-up shop, messy as real ones, whose import is frozen: `fixtures/feeds/` holds the
//! files, `fixtures/feeds/expected/` the products each gives and the rows it reports. `BLESS=1` writes what
//! today's code makes of them, to be read before it is kept.

use std::error::Error;
use std::fmt::Write;
use std::fs::{self, File};
use std::path::Path;

use tastemaker_index::feed::{FeedContext, FeedFormat, open};

type Done = Result<(), Box<dyn Error>>;

/// The files, in the formats they are to be taken for, and the currency of the shop.
const FEEDS: [(&str, FeedFormat, &str); 10] = [
    ("merchant.tsv", FeedFormat::MerchantTsv, ""),
    ("merchant-sales.csv", FeedFormat::MerchantTsv, ""),
    ("merchant.xml", FeedFormat::MerchantXml, "SEK"),
    ("merchant-atom.xml", FeedFormat::MerchantXml, ""),
    ("shopify-old.csv", FeedFormat::Shopify, "EUR"),
    ("shopify-new.csv", FeedFormat::Shopify, "EUR"),
    ("shopify-skus.csv", FeedFormat::Shopify, "EUR"),
    ("native-loose.jsonl", FeedFormat::Native, ""),
    ("json-ld.jsonl", FeedFormat::JsonLd, ""),
    ("page.html", FeedFormat::JsonLd, ""),
];

/// Products as JSON Lines, then what was not taken, a line each after `#`.
fn taken(path: &Path, expected: FeedFormat, currency: &str) -> Result<String, Box<dyn Error>> {
    let reading = FeedContext { currency: currency.parse().ok(), now: "2026-11-24T00:00:00Z".parse()? };
    let (format, mut feed) = open(File::open(path)?, None, reading)?;
    assert_eq!(format, expected, "{}", path.display());
    let (mut text, mut told) = (String::new(), String::new());
    while let Some(row) = feed.next_row()? {
        match row {
            Ok(product) => writeln!(text, "{}", serde_json::to_string(&product)?)?,
            Err(row) => writeln!(told, "# {row}")?,
        }
    }
    for ((field, reason), dropped) in &feed.notes().dropped {
        writeln!(told, "# {field} {reason}: {}, line {}: {}", dropped.count, dropped.line, dropped.example)?;
    }
    for (column, count) in &feed.notes().ignored {
        writeln!(told, "# {column} ignored: {count}")?;
    }
    Ok(format!("{text}{told}# {}\n", feed.encoding()))
}

#[test]
fn feeds_give_the_products_they_always_gave() -> Done {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/feeds");
    for (name, format, currency) in FEEDS {
        let taken = taken(&folder.join(name), format, currency)?;
        let frozen = folder.join("expected").join(format!("{name}.jsonl"));
        if std::env::var_os("BLESS").is_some() {
            fs::write(&frozen, &taken)?;
        }
        assert_eq!(taken, fs::read_to_string(&frozen)?, "{name}");
    }
    Ok(())
}
