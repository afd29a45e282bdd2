//! A server's store killed at arbitrary points under load: every event that
//! was acknowledged is there once, none is there twice, and the profiles count
//! exactly what the journal holds. The victim is this test binary again.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use tastemaker::store::folder::{DataFolder, LockKind};
use tastemaker::store::ingest::{Apply, Ingest, IngestSettings, Outcome, Surroundings};
use tastemaker::store::journal::{Journal, JournalSettings, Position, read_from};
use tastemaker::store::state::{State, StateSettings};
use tastemaker_index::event::Event;

type Done<T = ()> = Result<T, Box<dyn Error>>;

const ROUNDS: usize = 5;
const SENDERS: usize = 4;
const FOLDER: &str = "CRASH_EVENTS_FOLDER";
const ROUND: &str = "CRASH_EVENTS_ROUND";
const ACKNOWLEDGED: &str = "acknowledged ";

fn event(message_id: &str, user: usize) -> Done<Event> {
    let text =
        format!(r#"{{"message_id":"{message_id}","type":"view","user_id":"{user}","products":[{{"id":"p1"}}]}}"#);
    Ok(serde_json::from_str(&text)?)
}

fn count(state: &State, key: &str) -> tastemaker::store::Result<u64> {
    let bytes = state.get_profile(key)?.unwrap_or_default();
    Ok(bytes.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes)))
}

/// Keeps how many events each shopper has as the profile.
fn counting(state: Arc<State>) -> Apply {
    Box::new(move |position, events| {
        let mut counts = BTreeMap::new();
        for shopper in events.iter().filter_map(Event::shopper) {
            let key = shopper.key();
            let before = counts.get(&key).copied().map_or_else(|| count(&state, &key), Ok)?;
            counts.insert(key, before + 1);
        }
        let profiles: Vec<_> = counts.into_iter().map(|(key, count)| (key, count.to_le_bytes().to_vec())).collect();
        state.apply(position, &profiles)
    })
}

fn open(folder: &DataFolder) -> Done<(Arc<State>, Ingest)> {
    // Small segments and rare durable profiles, so that kills hit rotations
    // and there is something to replay.
    let journal = Journal::open(&folder.journal(), JournalSettings { segment_bytes: 8 << 10 })?;
    let state = Arc::new(State::open(folder, StateSettings { durable_profiles: 64, ..StateSettings::default() })?);
    let surroundings = Surroundings {
        new_id: Box::new(String::new),
        clock: Box::new(jiff::Timestamp::now),
        apply: counting(state.clone()),
    };
    let ingest = Ingest::start(journal, state.applied_position()?, IngestSettings::default(), surroundings)?;
    Ok((state, ingest))
}

#[test]
#[ignore = "the victim of the other test, which starts it"]
fn victim() -> Done {
    let folder = DataFolder::open(std::env::var(FOLDER)?)?;
    let round = std::env::var(ROUND)?;
    let _lock = folder.lock(LockKind::Serve)?;
    let (_state, ingest) = open(&folder)?;
    let send = |sender: usize| -> Done {
        for n in 0.. {
            let events = (0..=n % 3).map(|part| event(&format!("{round}-{sender}-{n}-{part}"), (n + part) % 10));
            let events: Vec<Event> = events.collect::<Done<_>>()?;
            for outcome in ingest.accept(events)?.wait()? {
                let Outcome::Accepted { message_id } = outcome else { return Err(format!("{outcome:?}").into()) };
                std::io::stdout().write_all(format!("{ACKNOWLEDGED}{message_id}\n").as_bytes())?;
            }
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        for sender in 0..SENDERS {
            scope.spawn(move || {
                if let Err(error) = send(sender) {
                    panic!("{error}")
                }
            });
        }
    });
    Ok(())
}

/// Starts a victim, kills it once it acknowledged `enough` events, and returns
/// all it acknowledged.
fn acknowledged_before_kill(folder: &Path, round: usize, enough: usize) -> Done<Vec<String>> {
    let mut child = Command::new(std::env::current_exe()?)
        .args(["--exact", "crash_events::victim", "--ignored", "--nocapture"])
        .env(FOLDER, folder)
        .env(ROUND, round.to_string())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut lines = BufReader::new(child.stdout.take().ok_or("the victim has no output")?);
    let mut found = Vec::new();
    let mut line = String::new();
    while lines.read_line(&mut line)? > 0 {
        if let Some(id) = line.strip_prefix(ACKNOWLEDGED).and_then(|rest| rest.strip_suffix('\n')) {
            found.push(id.to_owned());
            if found.len() == enough {
                child.kill()?;
            }
        }
        line.clear();
    }
    child.wait()?;
    if found.len() < enough {
        Err(format!("the victim stopped after {} events", found.len()).into())
    } else {
        Ok(found)
    }
}

#[test]
fn killed_at_any_point_every_acknowledged_event_is_there_once() -> Done {
    let root = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let folder = DataFolder::open(root.path())?;
    let mut acknowledged = Vec::new();
    for round in 0..ROUNDS {
        acknowledged.extend(acknowledged_before_kill(root.path(), round, 150 + 97 * round)?);
        let lock = folder.lock(LockKind::Serve)?;
        let (state, ingest) = open(&folder)?;
        let mut ids = BTreeSet::new();
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        for entry in read_from(&folder.journal(), Position::START)? {
            let event = entry?.event;
            *counts.entry(event.shopper().ok_or("an event of nobody")?.key()).or_default() += 1;
            let id = event.message_id.ok_or("an event without id")?;
            assert!(ids.insert(id.clone()), "round {round}: {id} is there twice");
        }
        let lost: Vec<&String> = acknowledged.iter().filter(|id| !ids.contains(*id)).collect();
        assert!(lost.is_empty(), "round {round}: acknowledged and lost: {lost:?}");
        for (key, expected) in counts {
            assert_eq!(count(&state, &key)?, expected, "round {round}: events counted for {key}");
        }
        drop((ingest, state, lock));
    }
    Ok(())
}
