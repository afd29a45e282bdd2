//! Rounds of killing a server's store under load. After each: every event that
//! was acknowledged is in the journal once, none is there twice, all are known
//! when sent again, and the profiles are, record by record, those that the
//! journal gives when it is read into an empty store.

mod told;
mod victim;

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tastemaker::store::folder::{DataFolder, LockKind};
use tastemaker::store::ingest::{Apply, EventOutcome, Ingest};
use tastemaker::store::journal::{JournalEntry, Position, read_from};
use tastemaker::store::profiles::{ProfileSettings, Profiles};
use tastemaker::store::state::{State, StateSettings};
use tastemaker_index::event::Event;
use tastemaker_index::id::ShopperId;
use tastemaker_index::profile::Profile;
use tastemaker_index::random::SplitMix64;

use self::told::event;
pub(crate) use self::victim::run as be_the_victim;

/// What everything here returns.
pub(crate) type Done<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// Where a victim works; set for a process that is one.
pub(crate) const FOLDER: &str = "CRASH_EVENTS_FOLDER";
const ROUND: &str = "CRASH_EVENTS_ROUND";
const ACKNOWLEDGED: &str = "acknowledged ";
/// Kills before a new folder, because every round reads the whole journal.
const ROUNDS_PER_FOLDER: u64 = 10;
/// Acknowledged events before a kill, at most.
const MOST_EVENTS: usize = 1500;
/// From the last of them to the kill, at most.
const MOST_DELAY_US: usize = 5000;
/// Events sent again after a kill.
const SENT_AGAIN: usize = 500;

/// What the rounds saw.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) rounds: u64,
    pub(crate) acknowledged: usize,
    /// Events in the journals, those included that nobody was told of.
    pub(crate) journal: usize,
    pub(crate) profiles: usize,
}

/// Kills so many victims; `victim` starts a process that calls [`be_the_victim`].
pub(crate) fn run(rounds: u64, seed: u64, victim: impl Fn() -> Done<Command>) -> Done<Seen> {
    let mut numbers = SplitMix64::new(seed);
    let mut seen = Seen::default();
    while seen.rounds < rounds {
        let root = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
        let folder = DataFolder::open(root.path())?;
        let mut acknowledged = BTreeSet::new();
        let mut last = (0, 0);
        for _ in 0..ROUNDS_PER_FOLDER.min(rounds - seen.rounds) {
            let found = kill_one(victim()?, root.path(), seen.rounds, &mut numbers)?;
            acknowledged.extend(found.iter().cloned());
            let lock = folder.lock(LockKind::Serve)?;
            last = check(&folder, &acknowledged, &found)
                .map_err(|error| format!("seed {seed}, round {}: {error}", seen.rounds))?;
            drop(lock);
            seen.rounds += 1;
        }
        seen.acknowledged += acknowledged.len();
        (seen.journal, seen.profiles) = (seen.journal + last.0, seen.profiles + last.1);
    }
    Ok(seen)
}

/// Starts a victim, kills it a moment after it acknowledged a number of events, both drawn; returns
/// all it acknowledged.
fn kill_one(mut victim: Command, folder: &Path, round: u64, numbers: &mut SplitMix64) -> Done<Vec<String>> {
    let enough = 1 + numbers.below(MOST_EVENTS);
    let delay = Duration::from_micros(numbers.below(MOST_DELAY_US) as u64);
    let mut child = victim.env(FOLDER, folder).env(ROUND, round.to_string()).stdout(Stdio::piped()).spawn()?;
    let mut lines = BufReader::new(child.stdout.take().ok_or("the victim has no output")?);
    let (mut found, mut line, mut killed) = (Vec::new(), String::new(), false);
    while lines.read_line(&mut line)? > 0 {
        // What is cut off in the middle was not said.
        if let Some(id) = line.strip_prefix(ACKNOWLEDGED).and_then(|rest| rest.strip_suffix('\n')) {
            found.push(id.to_owned());
        }
        if found.len() >= enough && !killed {
            std::thread::sleep(delay);
            child.kill()?;
            killed = true;
        }
        line.clear();
    }
    child.wait()?;
    if killed { Ok(found) } else { Err(format!("the victim stopped after {} events", found.len()).into()) }
}

/// Opens what a victim left and compares; how many events and profiles there are.
fn check(folder: &DataFolder, acknowledged: &BTreeSet<String>, latest: &[String]) -> Done<(usize, usize)> {
    let (profiles, ingest) = victim::open(folder)?;
    let entries: Vec<JournalEntry> = read_from(&folder.journal(), Position::START)?.collect::<Result<_, _>>()?;
    let mut ids = BTreeSet::new();
    for entry in &entries {
        let id = entry.event.message_id.clone().ok_or("an event without id")?;
        ensure(ids.insert(id.clone()), || format!("{id} is in the journal twice"))?;
    }
    let lost: Vec<&String> = acknowledged.difference(&ids).collect();
    ensure(lost.is_empty(), || format!("acknowledged and lost: {lost:?}"))?;

    let rebuilt = rebuilt(&entries)?;
    same(&all(&profiles)?, &rebuilt, "caught up")?;
    send_again(&ingest, latest)?;
    drop((ingest, profiles));
    let after = read_from(&folder.journal(), Position::START)?.count();
    ensure(after == entries.len(), || format!("{after} events after sending again, before {}", entries.len()))?;
    let stored = Profiles::open(State::open(folder, StateSettings::default())?, ProfileSettings::default())?;
    same(&all(&stored)?, &rebuilt, "written")?;
    Ok((entries.len(), rebuilt.len()))
}

/// What was acknowledged is known.
fn send_again(ingest: &Ingest, ids: &[String]) -> Done {
    let ids = ids.iter().rev().filter(|id| !id.ends_with("erase")).take(SENT_AGAIN);
    let events: Vec<Event> = ids.map(|id| event(id)).collect::<Done<_>>()?;
    for outcome in ingest.accept(events)?.wait()? {
        ensure(matches!(outcome, EventOutcome::Duplicate { .. }), || format!("sent again: {outcome:?}"))?;
    }
    Ok(())
}

type All = BTreeMap<ShopperId, Arc<Profile>>;

fn all(profiles: &Profiles) -> Done<All> {
    let mut found = All::new();
    profiles.for_each(|id, profile| {
        found.insert(id, profile);
        Ok(())
    })?;
    Ok(found)
}

/// The profiles that the journal gives in an empty store.
fn rebuilt(entries: &[JournalEntry]) -> Done<All> {
    let root = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let folder = DataFolder::open(root.path())?;
    let profiles = Profiles::open(State::open(&folder, StateSettings::default())?, ProfileSettings::default())?;
    profiles.writer(Arc::new(Timestamp::now))?.apply(entries)?;
    all(&profiles)
}

fn same(found: &All, expected: &All, what: &str) -> Done {
    for id in found.keys().chain(expected.keys()) {
        let (found, expected) = (found.get(id), expected.get(id));
        ensure(found == expected, || format!("{what}, {id:?} is {found:#?}\nrebuilt it is {expected:#?}"))?;
    }
    Ok(())
}

fn ensure(holds: bool, message: impl FnOnce() -> String) -> Done {
    if holds { Ok(()) } else { Err(message().into()) }
}
