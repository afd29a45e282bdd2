//! Usage: every command has help; the exit status is 0 after success, 1 after a failure, 2 for a wrong command line.

use std::fs;
use std::process::Stdio;

use super::support::server::{Demo, Server};
use super::support::{Done, binary, demo_folder, empty_folder, fixture, reindex, run, tastemaker};

const COMMANDS: [&str; 14] = [
    "import", "reindex", "serve", "demo", "journal", "replay", "explain", "evaluate", "tune", "settings", "rules",
    "tables", "synonyms", "keys",
];

#[test]
fn help_is_everywhere() -> Done {
    let whole = tastemaker(["--help"])?.done()?.out;
    for command in COMMANDS {
        assert!(whole.contains(command), "{whole}");
        let help = tastemaker([command, "--help"])?.done()?.out;
        assert!(help.contains("Usage: tastemaker") && help.contains("--config"), "{help}");
    }
    assert!(tastemaker(["--version"])?.done()?.out.starts_with("tastemaker "));
    Ok(())
}

#[test]
fn a_wrong_command_line_is_status_2() -> Done {
    tastemaker::<&str>([])?.failed(2, &["Usage"])?;
    tastemaker(["reindexx"])?.failed(2, &["reindex"])?;
    tastemaker(["serve"])?.failed(2, &["--data"])?;
    tastemaker(["import", "feed.csv"])?.failed(2, &["--data"])?;
    tastemaker(["import", "--check", "feed.csv", "--format", "xls"])?.failed(2, &["xls", "merchant-tsv", "shopify"])?;
    tastemaker(["import", "--check", "feed.csv", "--currency", "euro"])?.failed(2, &["euro", "EUR"])?;
    tastemaker(["reindex", "--data", "x", "--catalogue", "y"])?.failed(2, &["--catalog"])?;
    tastemaker(["evaluate", "--judgments", "x"])?.failed(2, &["--data"])?;
    Ok(())
}

#[test]
fn serve_says_what_is_missing() -> Done {
    let folder = empty_folder()?;
    let missing = folder.path().join("nowhere");
    let missing = missing.to_string_lossy();
    tastemaker(["serve", "--data", &missing])?.failed(1, &[&missing, "does not exist", "tastemaker reindex"])?;
    assert!(!folder.path().join("nowhere").exists(), "asking created it");
    let empty = folder.path().to_string_lossy();
    tastemaker(["serve", "--data", &empty])?.failed(1, &["no whole generation", "tastemaker reindex"])?;
    Ok(())
}

#[test]
fn serve_says_when_it_cannot_listen() -> Done {
    let shop = Demo::start()?;
    let folder = demo_folder()?;
    let address = shop.address().trim_start_matches("http://").to_owned();
    let data = folder.path().to_string_lossy();
    tastemaker(["serve", "--data", &data, "--listen", &address])?.failed(1, &[&address, "--listen"])?;
    tastemaker(["serve", "--data", &data, "--listen", "here"])?.failed(1, &["here", "--listen"])?;
    Ok(())
}

#[test]
fn the_demo_leaves_a_shop_alone_and_asks_for_its_address_first() -> Done {
    let folder = demo_folder()?;
    let data = folder.path().to_string_lossy().into_owned();
    let journal = fs::read_dir(folder.path().join("journal"))?.count();
    let port = ["--listen", "127.0.0.1:0"];
    tastemaker(["demo", "--data", &data].iter().chain(&port))?.failed(1, &["holds another shop", "--data"])?;
    assert_eq!(fs::read_dir(folder.path().join("journal"))?.count(), journal);
    let empty = empty_folder()?;
    let unused = empty.path().join("demo");
    let taken = std::net::TcpListener::bind("127.0.0.1:0")?;
    let address = taken.local_addr()?.to_string();
    let data = unused.to_string_lossy().into_owned();
    tastemaker(["demo", "--data", &data, "--listen", &address])?.failed(1, &[&address, "--listen"])?;
    assert!(!unused.exists(), "nothing is built for an address that is taken");
    Ok(())
}

#[test]
fn two_of_a_kind_do_not_share_a_folder() -> Done {
    let shop = Demo::start()?;
    let data = shop.data().to_string_lossy().into_owned();
    tastemaker(["serve", "--data", &data, "--listen", "127.0.0.1:0"])?
        .failed(1, &["serve", &data, "stop that one first"])?;
    let events = fixture("events.ndjson");
    tastemaker(["replay", "--data", &data, "--events", &events.to_string_lossy()])?
        .failed(1, &["stop that one first"])?;
    assert_eq!(shop.get("/healthz", &[])?.status, 200, "the first one goes on");
    let held = fs::OpenOptions::new().write(true).open(shop.data().join("reindex.lock"))?;
    held.lock()?;
    reindex(shop.data(), None, None)?.failed(1, &["reindex", "stop that one first"])?;
    drop(held);
    reindex(shop.data(), None, None)?.done()?;
    Ok(())
}

#[test]
fn settings_are_checked_as_a_whole_before_anything_starts() -> Done {
    let folder = demo_folder()?;
    let data = folder.path().to_string_lossy().into_owned();
    let settings = folder.path().join("tastemaker.toml");
    for (text, named) in
        [("[server]\nlissten = \"x\"", "lissten"), ("[search.rank]\nwindow = 1", "window"), ("[server", "line 1")]
    {
        fs::write(&settings, text)?;
        tastemaker(["serve", "--data", &data])?.failed(1, &["tastemaker.toml", named])?;
    }
    fs::remove_file(&settings)?;
    tastemaker(["serve", "--data", &data, "--config", "nowhere.toml"])?.failed(1, &["nowhere.toml"])?;
    Ok(())
}

#[test]
fn replayed_events_are_counted_once_and_known_to_the_server() -> Done {
    let folder = demo_folder()?;
    let data = folder.path().to_string_lossy().into_owned();
    let events = fixture("events.ndjson").to_string_lossy().into_owned();
    let replay = || tastemaker(["replay", "--data", &data, "--events", &events])?.done();
    assert!(replay()?.out.starts_with("10912 events accepted, 0 known before"));
    assert!(replay()?.out.starts_with("0 events accepted, 10912 known before"));
    let server = Server::start(folder.path())?;
    let profile = server.get("/v1/profiles/shopper-brew", &[])?.ok()?;
    let liked = &profile["affinities"]["categories"][1]["name"];
    assert!(liked.as_str().is_some_and(|name| name.contains("Coffee")), "{profile}");
    Ok(())
}

#[cfg(unix)]
#[test]
fn a_server_goes_on_when_nobody_reads_its_log() -> Done {
    let folder = demo_folder()?;
    let server = Server::start_without_log_reader(folder.path())?;
    let generation =
        || Ok::<_, Box<dyn std::error::Error + Send + Sync>>(server.get("/readyz", &[])?.ok()?["generation"].clone());
    let before = generation()?;
    // Each switch to a new generation is a log line.
    for _ in 0..2 {
        reindex(folder.path(), None, None)?.done()?;
    }
    for _ in 0..100 {
        if generation()? != before {
            return Ok(());
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    Err("the server no longer looks for new generations".into())
}

#[test]
fn evaluate_and_rules_print_what_they_measured() -> Done {
    let folder = demo_folder()?;
    let judgments = fixture("judgments.csv");
    let measured = run(binary().arg("evaluate").arg("--data").arg(folder.path()).arg("--judgments").arg(&judgments))?;
    assert!(measured.done()?.out.contains("measured 72 queries"));
    let rules =
        run(binary().arg("rules").arg("--data").arg(folder.path()).arg("--events").arg(fixture("events.ndjson")))?;
    assert!(rules.done()?.out.contains("=>"));
    let missing = run(binary().arg("evaluate").arg("--data").arg(folder.path()).args(["--judgments", "nowhere.csv"]))?;
    missing.failed(1, &["nowhere.csv"])?;
    Ok(())
}

#[test]
fn a_reindex_ends_with_a_summary_and_serve_logs_its_start() -> Done {
    let folder = demo_folder()?;
    let again = reindex(folder.path(), None, None)?.done()?;
    let lines: Vec<&str> = again.out.lines().collect();
    assert!(lines[0].starts_with("published generation ") && lines[0].contains(": 403 products, "), "{again:#?}");
    assert!(lines[1].starts_with("since generation ") && lines[1].contains("as many products"), "{again:#?}");
    assert!(!again.err.contains("0.0 s") && !again.err.contains("NDCG"), "{again:#?}");
    let server = Server::start(folder.path())?;
    let log = server.log()?;
    assert!(log.contains("tastemaker ") && log.contains("generation ") && log.contains("403 products"), "{log}");
    Ok(())
}

#[test]
fn a_command_that_writes_files_outlives_a_closed_pipe() -> Done {
    let folder = demo_folder()?;
    let mut writing = binary();
    writing.arg("tables").arg("--data").arg(folder.path()).arg("--out").arg(folder.path().join("tables"));
    let mut running = writing.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    drop(running.stdout.take());
    let ended = running.wait_with_output()?;
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    assert!(folder.path().join("tables/popularity.parquet").exists());
    Ok(())
}

#[test]
fn what_only_prints_ends_quietly_where_nobody_reads_on() -> Done {
    let folder = empty_folder()?;
    let mut printing = binary();
    printing.arg("settings").arg("--data").arg(folder.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = printing.spawn()?;
    drop(running.stdout.take());
    let ended = running.wait_with_output()?;
    assert_eq!(String::from_utf8_lossy(&ended.stderr), "");
    Ok(())
}
