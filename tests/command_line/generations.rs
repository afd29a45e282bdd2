//! Generations by name: an older one is put in force while the server answers, no reindex undoes it, and a damaged
//! one is replaced by the newest whole one.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use super::support::server::Server;
use super::support::{Done, Ran, current_generation, demo_folder, fixture, reindex, tastemaker};

fn generations(data: &Path, arguments: &[&str]) -> Done<Ran> {
    let data = data.to_string_lossy();
    tastemaker(["generations"].iter().chain(arguments).copied().chain(["--data", &*data]))
}

fn current(data: &Path) -> Done<String> {
    Ok(current_generation(data)?.file_name().unwrap_or_default().to_string_lossy().into_owned())
}

/// Publishes a second generation without the last products of the demo; returns the first and the second.
fn two_generations(data: &Path) -> Done<(String, String)> {
    let first = current(data)?;
    let feed = fs::read_to_string(fixture("products.jsonl"))?;
    let fewer = data.join("fewer.jsonl");
    let count = feed.lines().count();
    fs::write(&fewer, feed.lines().take(count - 5).collect::<Vec<_>>().join("\n"))?;
    reindex(data, Some(&fewer), None)?.done()?;
    Ok((first, current(data)?))
}

/// Waits until the server answers from a generation.
fn follows(server: &Server, id: &str) -> Done<Value> {
    for _ in 0..200 {
        let ready = server.get("/readyz", &[])?.ok()?;
        if ready["generation"] == id {
            return Ok(ready);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Err(format!("the server does not follow to {id}: {}", server.log()?).into())
}

fn flip(path: &Path) -> Done<Vec<u8>> {
    let whole = fs::read(path)?;
    let mut bytes = whole.clone();
    let at = bytes.len() / 2;
    bytes[at] ^= 0x10;
    fs::write(path, bytes)?;
    Ok(whole)
}

#[test]
fn an_older_generation_is_put_in_force_by_name_and_no_reindex_undoes_it() -> Done {
    let folder = demo_folder()?;
    let data = folder.path();
    let server = Server::start(data)?;
    let (first, second) = two_generations(data)?;
    assert_eq!(follows(&server, &second)?["chosen"], false);
    let done = AtomicBool::new(false);
    std::thread::scope(|threads| -> Done {
        // Not one request fails meanwhile.
        let searching = threads.spawn(|| -> Done<usize> {
            let mut answered = 0;
            while !done.load(Ordering::Relaxed) {
                server.search(&json!({"query": "boots"}))?;
                answered += 1;
            }
            Ok(answered)
        });
        let outcome = (|| -> Done {
            generations(data, &["use", &first])?.done()?;
            assert_eq!(follows(&server, &first)?["chosen"], true);
            Ok(())
        })();
        done.store(true, Ordering::Relaxed);
        let answered = searching.join().map_err(|_| "a client panicked")??;
        assert!(answered > 0);
        outcome
    })?;
    for _ in 0..3 {
        let ran = reindex(data, None, None)?.done()?;
        assert!(ran.out.contains(&format!("generation {first} stays in force")), "{ran:?}");
    }
    assert_eq!(current(data)?, first, "also when it is older than those that are retained");
    assert_eq!(server.get("/readyz", &[])?.ok()?["generation"], first);
    let listed = generations(data, &["list"])?.done()?;
    assert!(listed.out.contains("in force, whole") && listed.out.contains("was chosen by name"), "{listed:?}");
    generations(data, &["use", "--latest"])?.done()?;
    let latest = current(data)?;
    assert!(latest > second);
    assert_eq!(follows(&server, &latest)?["chosen"], false);
    reindex(data, None, None)?.done()?;
    assert!(current(data)? > latest, "published again");
    Ok(())
}

#[test]
fn an_unknown_or_damaged_generation_is_refused_and_the_one_in_force_stays() -> Done {
    let folder = demo_folder()?;
    let data = folder.path();
    let (first, second) = two_generations(data)?;
    generations(data, &["use", "20000101T000000-000"])?.failed(1, &["20000101T000000-000", &first, &second])?;
    generations(data, &["use", "../catalogue"])?.failed(1, &["there is no `../catalogue`"])?;
    for name in ["manifest.json", "products.flat", "manifest.xxh3"] {
        let file = data.join("generations").join(&first).join(name);
        let whole = flip(&file)?;
        generations(data, &["use", &first])?.failed(1, &["the one before stays", "damaged"])?;
        let listed = generations(data, &["list"])?.failed(1, &["1 of 2 generations are damaged"])?;
        assert!(listed.out.contains("NOT WHOLE"), "{listed:?}");
        fs::write(&file, whole)?;
    }
    assert_eq!(current(data)?, second);
    assert!(!data.join("generations/CHOSEN").exists());
    Ok(())
}

#[test]
fn a_damaged_generation_is_replaced_by_the_newest_whole_one_until_the_next_is_published() -> Done {
    let folder = demo_folder()?;
    let data = folder.path();
    let (first, second) = two_generations(data)?;
    flip(&data.join("generations").join(&second).join("products.flat"))?;
    let server = Server::start(data)?;
    let ready = server.get("/readyz", &[])?.ok()?;
    assert_eq!((&ready["generation"], &ready["status"]), (&json!(first), &json!("degraded")), "{ready}");
    assert_eq!(ready["problems"][0]["code"], "generation_damaged");
    assert!(server.log()?.contains("products.flat"), "{}", server.log()?);
    reindex(data, None, None)?.done()?;
    let third = current(data)?;
    let ready = follows(&server, &third)?;
    assert_eq!((&ready["status"], &ready["problems"]), (&json!("ready"), &json!([])), "{ready}");
    Ok(())
}

#[test]
fn a_pointer_that_is_damaged_or_gone_leads_to_the_newest_whole_generation() -> Done {
    let folder = demo_folder()?;
    let data = folder.path();
    let (_, second) = two_generations(data)?;
    let pointer = data.join("generations/CURRENT");
    for damage in [None, Some(""), Some("{}"), Some("{\"generation\":\"../catalogue\",\"manifest_xxh3\":\"0\"}")] {
        match damage {
            Some(text) => fs::write(&pointer, text)?,
            None => fs::remove_file(&pointer)?,
        }
        let server = Server::start(data)?;
        let ready = server.get("/readyz", &[])?.ok()?;
        assert_eq!((&ready["generation"], &ready["status"]), (&json!(second), &json!("degraded")), "{ready}");
    }
    reindex(data, None, None)?.done()?;
    current_generation(data)?;
    Ok(())
}
