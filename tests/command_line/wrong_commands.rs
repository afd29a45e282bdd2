//! Command lines that are wrong in one thing: each message says what is wrong and what to do.

use std::fs;

use super::support::binary;
use super::support::{Done, demo_folder, empty_folder, run, tastemaker};

/// Words of the program, which no message has.
const OF_THE_PROGRAM: [&str; 7] =
    ["usize", "f32", "stream did not contain", "untagged", "missing field", "panicked", "EOF"];

#[test]
fn a_wrong_command_line_says_what_would_be_right() -> Done {
    let shop = demo_folder()?;
    let other = empty_folder()?;
    let folder = other.path();
    for (name, text) in [
        ("noid.csv", "name,price\nA,1\n"),
        ("bad.csv", "id,title,price\na,A,ten\n"),
        ("bad.jsonl", "{\"id\":\"a\"\n{\"title\":5}\n"),
        ("empty.jsonl", ""),
        ("syn.csv", "a,b\nlonely\n"),
        ("syn.txt", "a, b =>\n"),
        ("events.ndjson", "{\"type\":\"view\"}\n"),
        ("judged.csv", "query,product\nx\n"),
        ("cut.xml", "<rss><channel><item><id>a</id><title>A</title></item>\n"),
        ("cut.json", "[{\"@context\":\"https://schema.org\",\"@type\":\"Product\",\"sku\":\"a\",\"name\":\"A\"},\n"),
        ("port.toml", "[server]\nport = 80\n"),
        ("word.toml", "[search.text]\nsynonyms = \"high\"\n"),
        ("section.toml", "[serch]\n"),
        ("a-file", "x"),
    ] {
        fs::write(folder.join(name), text)?;
    }
    fs::write(folder.join("binary.csv"), [0xff_u8, 0xfe, 0x00, 0xd8, 0x01])?;
    let data = shop.path().to_string_lossy().into_owned();
    let cases = [
        ("serve shopT", 2, "--data shopT"),
        ("serve --port 80 --data DATA", 2, "--listen 127.0.0.1:8080"),
        ("serve --host 0.0.0.0 --data DATA", 2, "--listen 127.0.0.1:8080"),
        ("demo --port 80", 2, "--listen 127.0.0.1:8080"),
        ("serve --data", 2, "--data <DIR>"),
        ("serve --data a-file", 1, "is a file, not a data folder"),
        ("serve --data nowhere", 1, "tastemaker reindex"),
        ("serve --data DATA --listen 99999", 1, "such as 127.0.0.1:8080"),
        ("serve --data DATA --config nowhere.toml", 1, "nowhere.toml"),
        ("reindex shop.jsonl", 2, "--catalog shop.jsonl"),
        ("reindex --data new --catalog nowhere.jsonl", 1, "cannot open nowhere.jsonl"),
        ("reindex --data new --catalog bad.jsonl", 1, "import --check"),
        ("reindex --data new --catalog empty.jsonl", 1, "the feed has no rows"),
        ("reindex --data new2", 1, "--catalog FILE"),
        ("import noid.csv --data new", 1, "no column `id`"),
        ("import --check noid.csv", 1, "`name`, `price`"),
        ("import --check bad.jsonl", 1, "an import would refuse this feed"),
        ("import --check empty.jsonl", 1, "the feed has no rows"),
        ("import --check cut.xml", 1, "the file ends before `</rss>`"),
        ("import --check cut.json", 1, "before the `]` that ends its array"),
        ("import --data new --max-bad-share 1 cut.xml", 1, "so it was cut off"),
        ("import --check noid.csv --format csv", 2, "merchant-tsv, merchant-xml"),
        ("import --check noid.csv --format shopify", 1, "no column `Title`"),
        ("import --check bad.csv --currency euros", 2, "ISO 4217, such as EUR"),
        ("import --check bad.csv --max-bad-share 5", 1, "between 0 and 1"),
        ("import products.jsonl", 2, "--data <DIR>"),
        ("explain --data DATA boots --product nope", 1, "is not in the catalogue"),
        ("explain --data DATA boots", 2, "--product <ID>"),
        ("evaluate --data DATA --judgments judged.csv", 1, "column `product_id` is missing"),
        ("evaluate --data DATA --judgments nowhere", 1, "cannot open nowhere"),
        ("tune --data DATA", 2, "--judgments <FILE>"),
        ("settings --data nowhere", 1, "is no folder"),
        ("settings --data DATA --config port.toml", 1, "expected one of `listen`"),
        ("settings --data DATA --config word.toml", 1, "expected a number"),
        ("settings --data DATA --config section.toml", 1, "expected one of `server`"),
        ("synonyms import syn.csv --data DATA", 1, "line 2: one phrase alone"),
        ("synonyms import syn.txt --data DATA", 1, "line 1: `=>` needs"),
        ("synonyms import binary.csv --data DATA", 1, "save it as UTF-8"),
        ("synonyms --data DATA", 2, "write --data after"),
        ("keys create --data DATA --name a --scopes nope", 2, "known are search"),
        ("keys revoke nope --data DATA", 1, "no key with this id"),
        ("journal verify --data nowhere", 1, "name the data folder"),
        ("replay --data DATA --events events.ndjson", 1, "line 1: user_id"),
        ("rules --data new3", 1, "tastemaker reindex"),
        ("tables --data DATA", 2, "--out <DIR>"),
        ("search boots", 2, "serve"),
    ];
    for (line, status, says) in cases {
        let arguments = line.split(' ').map(|part| if part == "DATA" { &*data } else { part });
        let ran = run(binary().current_dir(folder).args(arguments))?;
        let told = ran.failed(status, &[says]).map_err(|error| format!("{line}: {error}"))?;
        let stray = OF_THE_PROGRAM.iter().find(|word| told.err.contains(*word));
        assert_eq!(stray, None, "{line}: {}", told.err);
    }
    Ok(())
}

#[test]
fn the_report_of_a_feed_tells_several_currencies_spellings_and_the_first_bad_rows() -> Done {
    let folder = empty_folder()?;
    let file = folder.path().join("feed.csv");
    let rows = [
        "id,title,price,sale_price,product_type",
        "a,A,1.00 EUR,,Shoes > Boots",
        "b,B,2.00 USD,,shoes > boots",
        "c,C,3.00 EUR,4.00 EUR,Shoes  >  Boots",
        "d,D,ten,,Shoes",
        "e,E,eleven,,Shoes",
        "f,F,twelve,,Shoes",
        "g,G,thirteen,,Shoes",
    ];
    fs::write(&file, rows.join("\n"))?;
    let report = tastemaker(["import", "--check", "--max-bad-share", "1", &file.to_string_lossy()])?.done()?.out;
    for line in [
        "warning: prices in 2 currencies (EUR 2, USD 1)",
        "warning: one category in several spellings: `Shoes > Boots` (2), `shoes > boots` (1)",
        "sale_price is above the price: 1, first on line 4",
        "price: `ten` has no number (4 on line 5, 6, 7, 8)",
        "    on line 6: `eleven` has no number",
        "    on line 7: `twelve` has no number",
    ] {
        assert!(report.contains(line), "{line} is missing:\n{report}");
    }
    assert!(!report.contains("thirteen"), "{report}");
    Ok(())
}
