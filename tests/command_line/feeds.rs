//! Feeds in the usual formats: checked without writing, imported as a whole, and refused if they would delete too many
//! products.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::support::server::Server;
use super::support::{Done, Ran, binary, demo_folder, empty_folder, fixture, reindex, run, walk};

fn feed(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/feeds").join(name)
}

fn import(data: &Path, file: &Path, options: &[&str]) -> Done<Ran> {
    run(binary().arg("import").arg("--data").arg(data).arg(file).args(options))
}

fn check(file: &Path, options: &[&str]) -> Done<Ran> {
    run(binary().args(["import", "--check", "--max-bad-share", "1"]).arg(file).args(options))
}

/// The first products of the demo shop, some with another price.
fn demo_feed(folder: &Path, products: usize, dearer: usize) -> Done<PathBuf> {
    let text = fs::read_to_string(fixture("products.jsonl"))?;
    let lines = text.lines().take(products).enumerate().map(|(at, line)| match at < dearer {
        true => line.replacen("\"price\":", "\"price\":1", 1),
        false => line.to_owned(),
    });
    let path = folder.join("feed.jsonl");
    fs::write(&path, lines.collect::<Vec<_>>().join("\n"))?;
    Ok(path)
}

fn stored(data: &Path) -> Done<String> {
    Ok(fs::read_to_string(data.join("catalogue/products.jsonl"))?)
}

#[test]
fn a_check_tells_what_was_understood_and_what_was_dropped() -> Done {
    let told = check(&feed("merchant.tsv"), &[])?.done()?.out;
    for part in [
        "merchant-tsv (recognised)",
        "windows-1252",
        "5, and 5 bad rows",
        "1 with 2 variants",
        "159.00 to 189.00 EUR",
        "4980 to 4980 JPY",
        "Shoes > Boots > Hiking boots",
        "attributes.shipping_weight_g",
        "loyalty_points: filled in 1 rows",
        "gtin is no GTIN with a right check digit: 1, first on line 3: 2588956822765",
        "price: `10-20 EUR` is more than a number and a currency, such as 12.50 EUR (1 on line 6)",
        "has a quote that is never closed (1 on line 9)",
    ] {
        assert!(told.contains(part), "`{part}` is missing: {told}");
    }
    Ok(())
}

#[test]
fn every_format_is_found_out() -> Done {
    for (name, format) in [
        ("merchant.xml", "merchant-xml"),
        ("merchant-atom.xml", "merchant-xml"),
        ("shopify-old.csv", "shopify"),
        ("shopify-new.csv", "shopify"),
        ("json-ld.jsonl", "json-ld"),
        ("page.html", "json-ld"),
    ] {
        let told = check(&feed(name), &[])?.done()?.out;
        assert!(told.contains(&format!("{format} (recognised)")), "{name}: {told}");
    }
    let told = check(&fixture("products.jsonl"), &["--format", "native"])?.done()?.out;
    assert!(told.contains("native\n") && told.contains("403, and 0 bad rows"), "{told}");
    check(&feed("merchant.tsv"), &["--format", "shopify"])?.failed(1, &["merchant.tsv", "shopify", "no column"])?;
    check(&feed("../shop/README.md"), &[])?.failed(1, &["cannot tell the format", "--format", "merchant-tsv"])?;
    Ok(())
}

#[test]
fn a_currency_the_file_does_not_name_can_be_said() -> Done {
    let told = check(&feed("shopify-new.csv"), &[])?.done()?.out;
    assert!(told.contains("without a currency (name it with --currency)"), "{told}");
    let told = check(&feed("shopify-new.csv"), &["--currency", "SEK"])?.done()?.out;
    assert!(told.contains("25.00 to 189.00 SEK"), "{told}");
    Ok(())
}

#[test]
fn a_check_writes_nothing_and_tells_what_would_change() -> Done {
    let folder = demo_folder()?;
    let before = walk(folder.path())?;
    let catalogue = stored(folder.path())?;
    let file = demo_feed(folder.path(), 400, 7)?;
    let told = run(binary().args(["import", "--check", "--data"]).arg(folder.path()).arg(&file))?.done()?.out;
    assert!(told.contains("0 added, 7 changed, 393 unchanged, 3 deleted; changed most: price 7"), "{told}");
    fs::remove_file(&file)?;
    assert_eq!((walk(folder.path())?, stored(folder.path())?), (before, catalogue));
    Ok(())
}

#[test]
fn an_import_replaces_the_catalogue_and_a_reindex_searches_it() -> Done {
    let folder = empty_folder()?;
    let zipped = folder.path().join("feed.gz");
    let mut packed = flate2::write::GzEncoder::new(fs::File::create(&zipped)?, flate2::Compression::fast());
    packed.write_all(&fs::read(feed("shopify-old.csv"))?)?;
    packed.finish()?;
    import(folder.path(), &zipped, &[])?.failed(1, &["3 of 8 rows are bad", "nothing was changed"])?;
    let taken = import(folder.path(), &zipped, &["--max-bad-share", "0.6", "--currency", "EUR"])?.done()?;
    assert!(taken.out.contains("5 products now: 5 added"), "{taken:?}");
    reindex(folder.path(), None, None)?.done()?;
    let server = Server::start(folder.path())?;
    let found = server.search(&serde_json::json!({"query": "ridgeway boots", "filter": "color = \"brown\""}))?;
    assert_eq!((&found["total"], &found["hits"][0]["variants"]["count"]), (&1.into(), &2.into()), "{found}");
    assert_eq!(found["hits"][0]["product"]["group_id"], "ridgeway-mid", "{found}");
    Ok(())
}

#[test]
fn a_feed_that_leaves_out_too_much_is_refused_until_told() -> Done {
    let folder = demo_folder()?;
    let before = stored(folder.path())?;
    let file = demo_feed(folder.path(), 300, 0)?;
    let parts = ["103 of 403 stored products are not in the feed (25.6 %)", "20.0 %", "--max-deleted-share"];
    import(folder.path(), &file, &[])?.failed(1, &parts)?;
    reindex(folder.path(), Some(&file), None)?.failed(1, &parts)?;
    assert!(stored(folder.path())? == before, "something changed");
    fs::write(folder.path().join("tastemaker.toml"), "[reindex]\nmax_deleted_share = 0.3\n")?;
    import(folder.path(), &file, &["--max-deleted-share", "0.1"])?.failed(1, &["10.0 %"])?;
    let taken = import(folder.path(), &file, &[])?.done()?;
    assert!(taken.out.contains("0 added, 0 changed, 300 unchanged, 103 deleted"), "{taken:?}");
    import(folder.path(), &file, &["--max-deleted-share", "2"])?.failed(1, &["between 0 and 1"])?;
    Ok(())
}

#[test]
fn an_import_does_not_run_beside_a_reindex() -> Done {
    let folder = demo_folder()?;
    let held = fs::OpenOptions::new().write(true).open(folder.path().join("reindex.lock"))?;
    held.lock()?;
    import(folder.path(), &fixture("products.jsonl"), &[])?.failed(1, &["stop that one first"])?;
    Ok(())
}
