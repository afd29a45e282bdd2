//! Requirements that every format must meet, tested on all formats with the same products.

use std::io::{self, Cursor, Read};

use super::{BadRow, FeedContext, FeedFormat, MAX_RECORD_BYTES, open};
use crate::product::Product;

/// A product to be written in each format; `price` is in major units with two decimals.
struct SampleProduct<'a> {
    id: &'a str,
    title: &'a str,
    price: &'a str,
    group: &'a str,
}

const PLAIN: SampleProduct<'_> = SampleProduct { id: "a-1", title: "Plain mug", price: "12.50", group: "" };

fn head(format: FeedFormat) -> &'static str {
    match format {
        FeedFormat::Native | FeedFormat::JsonLd => "",
        FeedFormat::MerchantTsv => "id\ttitle\tprice\titem_group_id\tdescription\n",
        FeedFormat::MerchantXml => {
            "<?xml version=\"1.0\"?>\n<rss xmlns:g=\"http://base.google.com/ns/1.0\"><channel>\n"
        }
        FeedFormat::Shopify => "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price,Body (HTML)\n",
    }
}

/// One row, on one line; `padding` extends the description.
fn row(format: FeedFormat, sample: &SampleProduct<'_>, padding: &str) -> String {
    let SampleProduct { id, title, price, group } = sample;
    let minor =
        price.replace('.', "").parse::<i64>().map_or_else(|_| format!("\"{price}\""), |minor| minor.to_string());
    match format {
        FeedFormat::Native if group.is_empty() => {
            format!(
                "{{\"id\":\"{id}\",\"title\":\"{title}\",\"price\":{minor},\"currency\":\"EUR\",\"description\":\"{padding}\"}}\n"
            )
        }
        FeedFormat::Native => format!(
            "{{\"id\":\"{id}\",\"title\":\"{title}\",\"price\":{minor},\"currency\":\"EUR\",\"group_id\":\"{group}\"}}\n"
        ),
        FeedFormat::MerchantTsv => format!("{id}\t{title}\t{price} EUR\t{group}\t{padding}\n"),
        FeedFormat::MerchantXml => format!(
            "<item><g:id>{id}</g:id><title>{title}</title><g:price>EUR {price}</g:price>\
             <g:item_group_id>{group}</g:item_group_id><description><![CDATA[{padding}]]></description></item>\n"
        ),
        FeedFormat::Shopify => {
            let handle = if group.is_empty() { id } else { group };
            format!("{handle},{title},Size,{id},{id},{price},{padding}\n")
        }
        FeedFormat::JsonLd => format!(
            "{{\"@context\":\"https://schema.org\",\"@type\":\"Product\",\"sku\":\"{id}\",\"name\":\"{title}\",\
             \"inProductGroupWithID\":\"{group}\",\"description\":\"{padding}\",\
             \"offers\":{{\"price\":\"{price}\",\"priceCurrency\":\"EUR\"}}}}\n"
        ),
    }
}

fn feed_of(format: FeedFormat, rows: &[SampleProduct<'_>]) -> String {
    let rows = rows.iter().map(|sample| row(format, sample, ""));
    std::iter::once(head(format).to_owned()).chain(rows).collect()
}

fn reading() -> FeedContext {
    FeedContext { currency: "EUR".parse().ok(), ..FeedContext::default() }
}

fn read(format: Option<FeedFormat>, input: impl Read + 'static) -> (Vec<Product>, Vec<BadRow>) {
    let (mut products, mut bad) = (Vec::new(), Vec::new());
    let opened = open(input, format, reading());
    let Ok((_, mut feed)) = opened else { return (products, bad) };
    while let Ok(Some(row)) = feed.next_row() {
        match row {
            Ok(product) => products.push(product),
            Err(row) => bad.push(row),
        }
    }
    (products, bad)
}

fn read_text(format: FeedFormat, text: impl Into<Vec<u8>>) -> (Vec<Product>, Vec<BadRow>) {
    read(Some(format), Cursor::new(text.into()))
}

fn ids(products: &[Product]) -> Vec<&str> {
    products.iter().map(|product| product.id.as_str()).collect()
}

#[test]
fn the_same_product_is_read_from_every_format_and_the_format_is_found_out() {
    for format in FeedFormat::ALL {
        let text = feed_of(format, &[PLAIN]);
        let (products, bad) = read(None, Cursor::new(text.clone()));
        assert_eq!((products.len(), bad), (1, Vec::new()), "{format}: {text}");
        let found = &products[0];
        assert_eq!((&*found.id, &*found.title, found.price), ("a-1", "Plain mug", Some(1250)), "{format}");
        assert_eq!(found.currency.as_deref(), Some("EUR"), "{format}");
    }
}

#[test]
fn a_bad_row_is_named_by_line_and_field_and_the_next_is_read() {
    for format in FeedFormat::ALL {
        let bad_price = SampleProduct { id: "bad", price: "12 or so", ..PLAIN };
        let rows = [SampleProduct { id: "a", ..PLAIN }, bad_price, SampleProduct { id: "c", ..PLAIN }];
        let (products, bad) = read_text(format, feed_of(format, &rows));
        assert_eq!(ids(&products), ["a", "c"], "{format}");
        let line = head(format).lines().count() as u64 + 2;
        let reported: Vec<_> = bad.iter().map(|row| (row.line, row.field.as_deref().unwrap_or_default())).collect();
        assert_eq!(reported.len(), 1, "{format}: {bad:?}");
        assert_eq!(reported[0].0, line, "{format}: {bad:?}");
        assert!(reported[0].1.to_lowercase().contains("price"), "{format}: {bad:?}");
    }
}

#[test]
fn an_id_counts_once_and_what_is_needed_is_asked_for() {
    for format in FeedFormat::ALL {
        let rows = [
            PLAIN,
            SampleProduct { id: "b", ..PLAIN },
            SampleProduct { price: "13.00", ..PLAIN },
            SampleProduct { id: "c", title: "", ..PLAIN },
        ];
        let (products, bad) = read_text(format, feed_of(format, &rows));
        assert_eq!(ids(&products), ["a-1", "b"], "{format}");
        let first = head(format).lines().count() as u64 + 1;
        assert!(bad[0].message.contains(&format!("already the product of line {first}")), "{format}: {bad:?}");
        assert_eq!(bad[1].field.as_deref(), Some("title"), "{format}: {bad:?}");
    }
}

#[test]
fn variants_share_a_group() {
    for format in FeedFormat::ALL {
        let variant = |id| SampleProduct { id, group: "mugs", ..PLAIN };
        let (products, bad) = read_text(format, feed_of(format, &[variant("m-1"), variant("m-2"), PLAIN]));
        let groups: Vec<_> = products.iter().map(|product| product.group_id.as_deref()).collect();
        // The handle of Shopify is a group also where it has one variant.
        let alone = (format == FeedFormat::Shopify).then_some("a-1");
        assert_eq!(groups, [Some("mugs"), Some("mugs"), alone], "{format}: {bad:?}");
    }
}

#[test]
fn line_ends_and_encodings_do_not_matter() {
    for format in FeedFormat::ALL {
        let rows = [SampleProduct { title: "Rosé, 2 für 1", ..PLAIN }, SampleProduct { id: "b", ..PLAIN }];
        let quoted = [SampleProduct { title: "\"Rosé, 2 für 1\"", ..PLAIN }, SampleProduct { id: "b", ..PLAIN }];
        let text = feed_of(format, if format == FeedFormat::Shopify { &quoted } else { &rows });
        let expected = read_text(format, text.clone()).0;
        assert_eq!(expected[0].title, "Rosé, 2 für 1", "{format}");
        let utf16 = |bytes: fn(u16) -> [u8; 2]| format!("\u{feff}{text}").encode_utf16().flat_map(bytes).collect();
        let mut variants: Vec<Vec<u8>> = vec![
            text.replace('\n', "\r\n").into(),
            format!("\u{feff}{text}").into(),
            utf16(u16::to_le_bytes),
            utf16(u16::to_be_bytes),
        ];
        if !matches!(format, FeedFormat::Native | FeedFormat::JsonLd) {
            // In Latin-1, each character is the byte with its number.
            variants.push(text.chars().map(|character| character as u8).collect());
        }
        for variant in variants {
            let (products, bad) = read(None, Cursor::new(variant.clone()));
            assert_eq!((&products, &*bad), (&expected, &[][..]), "{format}: {:?}", String::from_utf8_lossy(&variant));
        }
    }
}

#[test]
fn a_feed_may_end_anywhere() {
    for format in FeedFormat::ALL {
        let text = feed_of(
            format,
            &[PLAIN, SampleProduct { id: "b", group: "g", ..PLAIN }, SampleProduct { id: "c", group: "g", ..PLAIN }],
        );
        let (whole, _) = read_text(format, text.clone());
        for end in 0..text.len() {
            let (products, _) = read_text(format, &text.as_bytes()[..end]);
            let same = products.iter().zip(&whole).take_while(|(found, known)| found.id == known.id).count();
            assert!(products.len() <= same + 1, "{format} cut at {end}: {products:?}");
        }
    }
}

#[test]
fn a_record_that_is_too_long_is_left_out_and_the_next_is_read() {
    for format in FeedFormat::ALL {
        let most = if format == FeedFormat::JsonLd { super::documents::MAX_DOCUMENT_BYTES } else { MAX_RECORD_BYTES };
        let long = row(format, &SampleProduct { id: "long", ..PLAIN }, &"x".repeat(most + 10));
        let text = [head(format), &long, &row(format, &PLAIN, "")].concat();
        let (products, bad) = read_text(format, text);
        assert_eq!(ids(&products), ["a-1"], "{format}");
        assert_eq!(bad.len(), 1, "{format}: {bad:?}");
        assert!(bad[0].message.contains("long"), "{format}: {bad:?}");
    }
}

/// Yields a header, then endless rows in which `#` is replaced by a running number.
struct Endless {
    text: Vec<u8>,
    row: String,
    number: u64,
}

impl Read for Endless {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.text.len() < out.len() {
            self.number += 1;
            self.text.extend(self.row.replace('#', &self.number.to_string()).bytes());
        }
        out.copy_from_slice(&self.text[..out.len()]);
        self.text.drain(..out.len());
        Ok(out.len())
    }
}

#[test]
fn products_come_before_the_feed_ends() {
    for format in FeedFormat::ALL {
        let row = row(format, &SampleProduct { id: "p#", ..PLAIN }, "");
        let endless = Endless { text: head(format).into(), row, number: 0 };
        let opened = open(endless, Some(format), reading());
        let Ok((_, mut feed)) = opened else { panic!("{format} cannot be opened: {:?}", opened.err()) };
        let rows = std::iter::from_fn(|| feed.next_row().ok().flatten()).take(1000);
        assert_eq!(rows.flatten().count(), 1000, "{format}");
    }
}
