//! The reindex killed at every step of publishing: the old generation stays
//! live until the pointer names the new one, and the next reindex is clean. The
//! victim is this test binary again.

use std::path::Path;
use std::process::{Command, Stdio};

use tastemaker_index::engine::{Engine, EngineSettings, RequestContext};
use tastemaker_index::generation::{BuildInput, BuildSettings, Built, PublishStep, build};
use tastemaker_index::learning::trainers;
use tastemaker_index::progress::Silent;
use tastemaker_index::query::SearchQuery;
use tastemaker_index::vector::embed::StaticTable;

use super::support::{Done, empty_folder, walk};

const FOLDER: &str = "CRASH_PUBLISH_FOLDER";
const STEP: &str = "CRASH_PUBLISH_STEP";

/// Builds a generation of so many lamps.
fn build_lamps(folder: &Path, lamps: usize, observe: &mut dyn FnMut(PublishStep)) -> Done<Built> {
    let catalogue = folder.join("lamps.jsonl");
    let lines: String = (0..lamps).map(|n| format!("{{\"id\":\"lamp-{n}\",\"title\":\"Desk lamp {n}\"}}\n")).collect();
    std::fs::write(&catalogue, lines)?;
    let embedder = StaticTable::builtin()?;
    let mut input = BuildInput {
        catalogue: &catalogue,
        catalogue_version: 0,
        events: &mut std::iter::empty(),
        embedder: &embedder,
        now: jiff::Timestamp::now(),
        keep: 2,
        settings: &BuildSettings::default(),
        pages: None,
        tables: None,
        trainers: trainers(None),
    };
    Ok(build(&folder.join("generations"), &mut input, &Silent, observe)?)
}

/// How many lamps the live generation finds.
fn found(folder: &Path) -> Done<usize> {
    let embedder = std::sync::Arc::new(StaticTable::builtin()?);
    let engine = Engine::open(&folder.join("generations"), embedder, EngineSettings::default())?;
    Ok(engine
        .search(&SearchQuery { query: "lamp".into(), ..SearchQuery::default() }, &RequestContext::default())?
        .total)
}

#[test]
#[ignore = "the victim of the other test, which starts it"]
fn victim() -> Done {
    let last: usize = std::env::var(STEP)?.parse()?;
    build_lamps(Path::new(&std::env::var(FOLDER)?), 3, &mut |step| {
        if step == PublishStep::ALL[last] {
            std::process::abort();
        }
    })?;
    Ok(())
}

#[test]
fn killed_at_any_step_one_whole_generation_is_live_and_the_next_reindex_is_clean() -> Done {
    let replaced =
        PublishStep::ALL.iter().position(|step| *step == PublishStep::PointerReplaced).ok_or("no such step")?;
    for (at, step) in PublishStep::ALL.iter().enumerate() {
        let folder = empty_folder()?;
        let folder = folder.path();
        build_lamps(folder, 2, &mut |_| ())?;
        let ended = Command::new(std::env::current_exe()?)
            .args(["--exact", "crash_publish::victim", "--ignored"])
            .env(FOLDER, folder)
            .env(STEP, at.to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()?;
        assert_eq!(ended.code(), None, "{step:?}: the victim was not killed");
        let expected = if at < replaced { 2 } else { 3 };
        assert_eq!(found(folder)?, expected, "{step:?}");
        build_lamps(folder, 4, &mut |_| ())?;
        assert_eq!(found(folder)?, 4, "{step:?}: the next reindex");
        let left: Vec<_> = walk(folder)?.into_iter().filter(|path| path.to_string_lossy().ends_with(".tmp")).collect();
        assert!(left.is_empty(), "{step:?}: {left:?}");
        let kept = std::fs::read_dir(folder.join("generations"))?.flatten().filter(|entry| entry.path().is_dir());
        assert_eq!(kept.count(), 2, "{step:?}: generations kept");
    }
    Ok(())
}

#[test]
fn killed_before_the_first_generation_there_is_none_and_the_next_reindex_is_clean() -> Done {
    for at in 0..3 {
        let folder = empty_folder()?;
        let ended = Command::new(std::env::current_exe()?)
            .args(["--exact", "crash_publish::victim", "--ignored"])
            .env(FOLDER, folder.path())
            .env(STEP, at.to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()?;
        assert_eq!(ended.code(), None);
        let refused = found(folder.path()).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(refused.contains("no whole generation"), "{refused}");
        build_lamps(folder.path(), 4, &mut |_| ())?;
        assert_eq!(found(folder.path())?, 4);
    }
    Ok(())
}
