//! What the way in promises its callers.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;

use super::*;
use crate::store::DataFolder;
use crate::store::faulty::{FaultyDisk, copy_folder};
use crate::store::journal::JournalSettings;
use crate::store::state::{State, StateSettings};

type Done<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

fn event(id: &str) -> Event {
    let text = format!(r#"{{"message_id":"{id}","type":"view","user_id":"u1","products":[{{"id":"p1"}}]}}"#);
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}"))
}

fn accepted(id: &str) -> Outcome {
    Outcome::Accepted { message_id: id.to_owned() }
}

fn duplicate(id: &str) -> Outcome {
    Outcome::Duplicate { message_id: id.to_owned() }
}

/// How often each message was applied.
#[derive(Debug, Clone, Default)]
struct Applied(Arc<Mutex<BTreeMap<String, usize>>>);

impl Applied {
    fn apply(&self) -> Apply {
        let counts = self.0.clone();
        Box::new(move |_, events| {
            let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
            events
                .iter()
                .for_each(|event| *counts.entry(event.message_id.clone().unwrap_or_default()).or_default() += 1);
            Ok(())
        })
    }

    fn counts(&self) -> Vec<(String, usize)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone().into_iter().collect()
    }
}

fn surroundings(apply: Apply) -> Surroundings {
    let mut next = 0;
    let new_id = Box::new(move || {
        next += 1;
        format!("assigned-{next}")
    });
    Surroundings { new_id, clock: Box::new(|| Timestamp::UNIX_EPOCH), apply }
}

fn start(folder: &DataFolder, settings: IngestSettings, apply: Apply) -> Result<Ingest> {
    let journal = Journal::open(&folder.journal(), JournalSettings::default())?;
    Ingest::start(journal, Position::START, settings, surroundings(apply))
}

#[test]
fn an_event_is_accepted_once_however_often_it_is_sent() -> Done {
    let root = tempfile::tempdir()?;
    let folder = DataFolder::open(root.path())?;
    let applied = Applied::default();
    let ingest = start(&folder, IngestSettings::default(), applied.apply())?;
    let outcomes = ingest.accept(vec![event("a"), event("b"), event("a")])?.wait()?;
    assert_eq!(outcomes, [accepted("a"), accepted("b"), duplicate("a")]);
    assert_eq!(ingest.accept(vec![event("b")])?.wait()?, [duplicate("b")]);
    assert_eq!(applied.counts(), [("a".to_owned(), 1), ("b".to_owned(), 1)], "profiles are updated before the answer");
    drop(ingest);
    let ingest = start(&folder, IngestSettings::default(), Applied::default().apply())?;
    let outcomes = ingest.accept(vec![event("b"), event("c")])?.wait()?;
    assert_eq!(outcomes, [duplicate("b"), accepted("c")], "a restart forgets nothing");
    Ok(())
}

#[test]
fn a_message_beyond_the_window_is_forgotten() -> Done {
    let root = tempfile::tempdir()?;
    let folder = DataFolder::open(root.path())?;
    let settings = IngestSettings { window_events: 2, ..IngestSettings::default() };
    let ingest = start(&folder, settings, Applied::default().apply())?;
    ingest.accept(vec![event("a"), event("b"), event("c")])?.wait()?;
    assert_eq!(ingest.accept(vec![event("c"), event("a")])?.wait()?, [duplicate("c"), accepted("a")]);
    Ok(())
}

#[test]
fn one_bad_event_rejects_itself_only() -> Done {
    let root = tempfile::tempdir()?;
    let folder = DataFolder::open(root.path())?;
    let ingest = start(&folder, IngestSettings::default(), Applied::default().apply())?;
    let nobody = Event { user_id: None, ..event("x") };
    let outcomes = ingest.accept(vec![nobody, event("a")])?.wait()?;
    assert!(matches!(&outcomes[0], Outcome::Rejected { reason } if reason.contains("anonymous_id")), "{outcomes:?}");
    assert_eq!(outcomes[1], accepted("a"));
    Ok(())
}

#[test]
fn what_the_sender_left_out_is_filled_in_before_it_is_kept() -> Done {
    let root = tempfile::tempdir()?;
    let folder = DataFolder::open(root.path())?;
    let ingest = start(&folder, IngestSettings::default(), Applied::default().apply())?;
    let unnamed = Event { message_id: None, ..event("x") };
    assert_eq!(
        ingest.accept(vec![unnamed.clone(), unnamed])?.wait()?,
        [accepted("assigned-1"), accepted("assigned-2")]
    );
    for entry in read_from(&folder.journal(), Position::START)? {
        let event = entry?.event;
        assert!(event.message_id.is_some() && event.time == Some(Timestamp::UNIX_EPOCH), "{event:?}");
    }
    Ok(())
}

#[test]
fn requests_that_wait_share_a_sync_and_each_gets_its_own_answer() -> Done {
    let root = tempfile::tempdir()?;
    let folder = DataFolder::open(root.path())?;
    let disk = FaultyDisk::default();
    let journal = Journal::open_on(Box::new(disk.clone()), &folder.journal(), JournalSettings::default())?;
    let (entered, first_is_in) = mpsc::channel();
    let (open, gate) = mpsc::channel::<()>();
    let apply: Apply = Box::new(move |_, _| {
        let _ = entered.send(());
        let _ = gate.recv();
        Ok(())
    });
    let ingest = Ingest::start(journal, Position::START, IngestSettings::default(), surroundings(apply))?;
    let mut answers = vec![ingest.accept(vec![event("0")])?];
    first_is_in.recv_timeout(Duration::from_secs(30))?;
    let before = disk.faults().syncs;
    for n in 1..100 {
        answers.push(ingest.accept(vec![event(&n.to_string())])?);
    }
    drop(open);
    for (n, answer) in answers.into_iter().enumerate() {
        assert_eq!(answer.wait()?, [accepted(&n.to_string())]);
    }
    assert_eq!(disk.faults().syncs - before, 1, "99 requests, one sync");
    Ok(())
}

#[test]
fn a_full_queue_answers_busy_and_what_waits_is_finished_when_stopping() -> Done {
    let root = tempfile::tempdir()?;
    let folder = DataFolder::open(root.path())?;
    let (entered, first_is_in) = mpsc::channel();
    let (open, gate) = mpsc::channel::<()>();
    let apply: Apply = Box::new(move |_, _| {
        let _ = entered.send(());
        let _ = gate.recv();
        Ok(())
    });
    let ingest = start(&folder, IngestSettings { queue_requests: 1, ..IngestSettings::default() }, apply)?;
    let first = ingest.accept(vec![event("a")])?;
    first_is_in.recv_timeout(Duration::from_secs(30))?;
    let second = ingest.accept(vec![event("b")])?;
    assert!(matches!(ingest.accept(vec![event("c")]), Err(StoreError::Busy)));
    drop(open);
    drop(ingest);
    assert_eq!((first.wait()?, second.wait()?), (vec![accepted("a")], vec![accepted("b")]));
    Ok(())
}

#[test]
fn a_failed_sync_fails_every_request_of_its_group_and_all_later_ones() -> Done {
    let root = tempfile::tempdir()?;
    let folder = DataFolder::open(root.path())?;
    let disk = FaultyDisk::default();
    let journal = Journal::open_on(Box::new(disk.clone()), &folder.journal(), JournalSettings::default())?;
    let applied = Applied::default();
    let ingest = Ingest::start(journal, Position::START, IngestSettings::default(), surroundings(applied.apply()))?;
    ingest.accept(vec![event("a")])?.wait()?;
    disk.faults().sync = true;
    assert!(matches!(ingest.accept(vec![event("b")])?.wait(), Err(StoreError::Io { .. })));
    disk.faults().sync = false;
    assert!(matches!(ingest.accept(vec![event("c")])?.wait(), Err(StoreError::Poisoned { .. })));
    assert_eq!(ingest.accept(vec![event("a")])?.wait()?, [duplicate("a")], "what is on disk may be said to be");
    drop(ingest);
    assert_eq!(applied.counts(), [("a".to_owned(), 1)], "profiles hold nothing that was not acknowledged");
    let ingest = start(&folder, IngestSettings::default(), Applied::default().apply())?;
    assert_eq!(ingest.accept(vec![event("a"), event("b")])?.wait()?, [duplicate("a"), accepted("b")]);
    Ok(())
}

#[test]
fn profiles_that_cannot_be_updated_stop_further_events_and_catch_up_at_the_next_start() -> Done {
    let root = tempfile::tempdir()?;
    let folder = DataFolder::open(root.path())?;
    let ingest = start(&folder, IngestSettings::default(), Box::new(|_, _| Err(StoreError::Busy)))?;
    assert_eq!(ingest.accept(vec![event("a")])?.wait()?, [accepted("a")], "it is on disk");
    assert!(matches!(ingest.accept(vec![event("b")])?.wait(), Err(StoreError::Poisoned { .. })));
    drop(ingest);
    let applied = Applied::default();
    start(&folder, IngestSettings::default(), applied.apply())?;
    assert_eq!(applied.counts(), [("a".to_owned(), 1)]);
    Ok(())
}

/// Counts each shopper's events in the state, as profiles are.
fn count_in(state: &Arc<State>) -> Apply {
    let state = state.clone();
    Box::new(move |position, events| {
        let before = state.get_profile("u:u1")?.unwrap_or_default();
        let counted = [before, vec![b'x'; events.len()]].concat();
        state.apply(position, &[("u:u1".to_owned(), counted)])
    })
}

#[test]
fn events_are_counted_exactly_once_in_a_state_that_a_crash_set_back() -> Done {
    let root = tempfile::tempdir()?;
    let folder = DataFolder::open(root.path())?;
    let lazy =
        StateSettings { durable_after: Duration::from_secs(3600), durable_profiles: usize::MAX, ..Default::default() };
    let crashed_root = tempfile::tempdir()?;
    let crashed = DataFolder::open(crashed_root.path())?;
    {
        let state = Arc::new(State::open(&folder, lazy)?);
        let ingest = start(&folder, IngestSettings::default(), count_in(&state))?;
        ingest.accept(vec![event("a"), event("b")])?.wait()?;
        state.flush()?;
        ingest.accept(vec![event("c")])?.wait()?;
        ingest.accept(vec![event("d"), event("e")])?.wait()?;
        assert_eq!(state.get_profile("u:u1")?.map(|bytes| bytes.len()), Some(5));
        // A power cut now: the synced journal, and of the state what is durable.
        copy_folder(&folder.journal(), &crashed.journal())?;
        copy_folder(&folder.state(), &crashed.state())?;
    }
    for _ in 0..2 {
        let state = Arc::new(State::open(&crashed, lazy)?);
        let journal = Journal::open(&crashed.journal(), JournalSettings::default())?;
        let applied = state.applied_position()?;
        let ingest = Ingest::start(journal, applied, IngestSettings::default(), surroundings(count_in(&state)))?;
        assert_eq!(state.get_profile("u:u1")?.map(|bytes| bytes.len()), Some(5), "and again after a clean stop");
        drop(ingest);
    }
    Ok(())
}
