//! A newly published generation takes over while the server answers.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::support::client::{Client, ids};
use super::support::server::Demo;
use super::support::{Done, empty_folder, fixture, reindex};

/// Settings that look for new generations often, so that tests do not wait.
const SETTINGS: &str = "[server]\nwatch_ms = 20\n";

/// The demo catalogue with one more product.
fn catalogue_with(folder: &Path, id: &str) -> Done<std::path::PathBuf> {
    let mut text = fs::read_to_string(fixture("products.jsonl"))?;
    if !text.ends_with('\n') {
        text.push('\n');
    }
    let product = json!({"id": id, "title": "Quixotic zeppelin", "price": 100, "currency": "EUR"});
    text.push_str(&format!("{product}\n"));
    let path = folder.join(format!("{id}.jsonl"));
    fs::write(&path, text)?;
    Ok(path)
}

fn finds(shop: &Client, id: &str) -> Done<bool> {
    Ok(ids(&shop.search(&json!({"query": "quixotic zeppelin"}))?["hits"]).contains(&id.to_owned()))
}

pub(super) fn wait_until(what: &str, mut holds: impl FnMut() -> Done<bool>) -> Done {
    let start = Instant::now();
    while !holds()? {
        if start.elapsed() > Duration::from_secs(20) {
            return Err(format!("waited in vain: {what}").into());
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}

#[test]
fn it_switches_without_dropping_a_request() -> Done {
    let shop = Demo::start_with(SETTINGS)?;
    let client: &Client = &shop;
    let catalogues = empty_folder()?;
    let stop = AtomicBool::new(false);
    let hammer = |query: &'static str| -> Done<usize> {
        let mut answers = 0;
        while !stop.load(Ordering::Relaxed) {
            let answer = client.search(&json!({"query": query, "facets": ["brand"]}))?;
            if answer["total"] == 0 {
                return Err(format!("nothing found for {query}: {answer}").into());
            }
            answers += 1;
        }
        Ok(answers)
    };
    std::thread::scope(|scope| -> Done {
        let hammers = ["boots", "coffee"].map(|query| scope.spawn(move || hammer(query)));
        let published = (|| -> Done {
            for id in ["zeppelin-1", "zeppelin-2", "zeppelin-3"] {
                assert!(!finds(client, id)?);
                reindex(shop.data(), Some(&catalogue_with(catalogues.path(), id)?), None)?.done()?;
                wait_until(id, || finds(client, id))?;
            }
            Ok(())
        })();
        stop.store(true, Ordering::Relaxed);
        for hammer in hammers {
            let answers = hammer.join().map_err(|_| "a hammer panicked")??;
            assert!(answers > 20, "{answers}");
        }
        published
    })
}

/// Checks that the server answers from the generation it had, and says that the published one is damaged.
fn stays(shop: &Demo, before: &Value) -> Done {
    let ready = shop.get("/readyz", &[])?.ok()?;
    assert_eq!((&ready["generation"], &ready["products"]), (&before["generation"], &before["products"]));
    assert_eq!((&ready["status"], &ready["problems"][0]["code"]), (&json!("degraded"), &json!("generation_damaged")));
    Ok(())
}

#[test]
fn it_stays_with_the_old_one_when_the_pointer_is_damaged() -> Done {
    let shop = Demo::start_with(SETTINGS)?;
    let before = shop.get("/readyz", &[])?.ok()?;
    let current = shop.data().join("generations/CURRENT");
    let whole = fs::read(&current)?;
    for damage in [&b"{\"generation\":\"../../elsewhere\",\"manifest_xxh3\":\"0\"}"[..], b"{", b""] {
        fs::write(&current, damage)?;
        wait_until("the damage is noticed", || Ok(shop.log()?.contains("the previous one stays")))?;
        stays(&shop, &before)?;
        assert!(shop.search(&json!({"query": "boots"}))?["total"].as_u64() > Some(0));
    }
    fs::write(&current, whole)?;
    let catalogues = empty_folder()?;
    reindex(shop.data(), Some(&catalogue_with(catalogues.path(), "zeppelin")?), None)?.done()?;
    wait_until("a good one is taken again", || finds(&shop, "zeppelin"))
}

#[test]
fn it_stays_with_the_old_one_when_the_new_one_is_damaged() -> Done {
    let shop = Demo::start_with(SETTINGS)?;
    let before = shop.get("/readyz", &[])?.ok()?;
    let generations = shop.data().join("generations");
    let current = fs::read_to_string(generations.join("CURRENT"))?;
    let pointing = current.replace(before["generation"].as_str().ok_or("no name")?, "20990101T000000-000");
    fs::write(generations.join("CURRENT"), pointing)?;
    wait_until("the damage is noticed", || Ok(shop.log()?.contains("the previous one stays")))?;
    stays(&shop, &before)?;
    assert!(shop.search(&json!({"query": "boots"}))?["total"].as_u64() > Some(0));
    Ok(())
}
