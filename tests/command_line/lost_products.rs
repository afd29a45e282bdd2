//! A catalogue that lost products is never published in silence: its seal names a file that is emptied, cut or gone,
//! and whatever the cause, too many lost products are refused.

use std::fs;
use std::path::Path;

use serde_json::json;

use super::support::server::Server;
use super::support::{Done, Ran, binary, demo_folder, fixture, reindex, run, tastemaker};

fn publishes_nothing(data: &Path, parts: &[&str]) -> Done {
    let pointer = data.join("generations/CURRENT");
    let before = fs::read(&pointer)?;
    let ran = reindex(data, None, None)?.failed(1, parts)?;
    assert_eq!(fs::read(&pointer)?, before, "{ran:?}");
    Ok(())
}

fn with_share(data: &Path, share: &str) -> Done<Ran> {
    run(binary().arg("reindex").arg("--data").arg(data).args(["--max-deleted-share", share]))
}

#[test]
fn an_emptied_cut_or_deleted_catalogue_is_named_and_the_feed_mends_it() -> Done {
    let folder = demo_folder()?;
    let data = folder.path();
    let file = data.join("catalogue/products.jsonl");
    let whole = fs::read(&file)?;
    let half = whole.iter().enumerate().filter(|(_, byte)| **byte == b'\n').nth(201).map(|(at, _)| at + 1);
    for damaged in [&b""[..], &whole[..half.ok_or("no lines")?], &whole[..whole.len() / 2]] {
        fs::write(&file, damaged)?;
        publishes_nothing(data, &["products.jsonl", "403 products", "were written", "backup", "tastemaker import"])?;
    }
    fs::remove_file(&file)?;
    publishes_nothing(data, &["products.jsonl", "missing", "tastemaker import"])?;
    // The whole feed is the remedy, and a part of it is not.
    let feed = fixture("products.jsonl");
    let part = data.join("part.jsonl");
    fs::write(&part, fs::read_to_string(&feed)?.lines().take(100).collect::<Vec<_>>().join("\n"))?;
    reindex(data, Some(&part), None)?.failed(1, &["303 of 403 products of generation", "--max-deleted-share"])?;
    let mended = reindex(data, Some(&feed), None)?.done()?;
    assert!(mended.out.contains("403 products"), "{mended:?}");
    reindex(data, None, None)?.done()?;
    Ok(())
}

#[test]
fn without_a_seal_the_generation_in_force_tells_how_many_are_gone() -> Done {
    let folder = demo_folder()?;
    let data = folder.path();
    fs::remove_file(data.join("catalogue/products.seal"))?;
    let file = data.join("catalogue/products.jsonl");
    let whole = fs::read_to_string(&file)?;
    let lines: Vec<&str> = whole.lines().collect();
    fs::write(&file, format!("{}\n", lines[..200].join("\n")))?;
    publishes_nothing(data, &["203 of 403 products of generation", "50.4 %", "--max-deleted-share"])?;
    let ran = with_share(data, "0.6")?.done()?;
    assert!(ran.out.contains("200 products"), "{ran:?}");
    Ok(())
}

#[test]
fn products_deleted_one_by_one_are_counted_too() -> Done {
    let folder = demo_folder()?;
    let data = folder.path();
    let server = Server::start(data)?;
    let feed = fs::read_to_string(fixture("products.jsonl"))?;
    for line in feed.lines().take(90) {
        let product: serde_json::Value = serde_json::from_str(line)?;
        let id = product["id"].as_str().ok_or("no id")?;
        server.delete(&format!("/v1/products/{id}"))?.ok()?;
    }
    assert!(server.search(&json!({"query": ""}))?["total"].as_u64().is_some());
    publishes_nothing(data, &["90 of 403 products", "--max-deleted-share"])?;
    with_share(data, "2")?.failed(1, &["--max-deleted-share", "between 0 and 1"])?;
    with_share(data, "0.5")?.done()?;
    Ok(())
}

#[test]
fn a_catalogue_of_an_earlier_release_is_sealed_and_says_so() -> Done {
    let folder = demo_folder()?;
    let data = folder.path();
    let seal = data.join("catalogue/products.seal");
    fs::remove_file(&seal)?;
    let ran = reindex(data, None, None)?.done()?;
    assert!(ran.err.contains("products.seal") && seal.exists(), "{ran:?}");
    tastemaker(["generations", "list", "--data", &data.to_string_lossy()])?.done()?;
    Ok(())
}
