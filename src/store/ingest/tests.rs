//! The promises of the intake to its callers.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;

use tastemaker_index::event::EventKind;

use super::*;
use crate::store::faulty::FaultyDisk;
use crate::store::journal::JournalSettings;
use crate::store::{DataFolder, ProblemKind};

type Done<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

fn event(id: &str) -> Event {
    let text = format!(r#"{{"message_id":"{id}","type":"view","user_id":"u1","products":[{{"id":"p1"}}]}}"#);
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}"))
}

fn accepted(id: &str) -> EventOutcome {
    EventOutcome::Accepted { message_id: id.to_owned() }
}

fn duplicate(id: &str) -> EventOutcome {
    EventOutcome::Duplicate { message_id: id.to_owned() }
}

/// A profile store made of a closure.
struct By<F>(F);

impl<F: FnMut(&[JournalEntry]) -> Result<()> + Send> Apply for By<F> {
    fn declines(&self, event: &Event) -> bool {
        event.user_id.as_deref() == Some("refuses")
    }

    fn apply(&mut self, entries: &[JournalEntry]) -> Result<()> {
        (self.0)(entries)
    }

    fn idle(&mut self) -> Result<()> {
        Ok(())
    }
}

fn by(apply: impl FnMut(&[JournalEntry]) -> Result<()> + Send + 'static) -> Box<dyn Apply> {
    Box::new(By(apply))
}

/// Number of applications of each message.
#[derive(Debug, Clone, Default)]
struct AppliedCounts(Arc<Mutex<BTreeMap<String, usize>>>);

impl AppliedCounts {
    fn apply(&self) -> Box<dyn Apply> {
        let counts = self.0.clone();
        by(move |entries| {
            let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
            let ids = entries.iter().map(|entry| entry.event.message_id.clone().unwrap_or_default());
            ids.for_each(|id| *counts.entry(id).or_default() += 1);
            Ok(())
        })
    }

    fn counts(&self) -> Vec<(String, usize)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone().into_iter().collect()
    }
}

fn dependencies(profiles: Box<dyn Apply>) -> IngestDependencies {
    let next = AtomicU64::new(1);
    let new_id = Box::new(move || format!("assigned-{}", next.fetch_add(1, Ordering::Relaxed)));
    IngestDependencies { new_id, clock: Box::new(|| Timestamp::UNIX_EPOCH), profiles, problems: Problems::default() }
}

fn start(folder: &DataFolder, settings: IngestSettings, apply: Box<dyn Apply>) -> Result<Ingest> {
    let journal = Journal::open(&folder.journal(), JournalSettings::default())?;
    Ingest::start(journal, Position::START, settings, dependencies(apply))
}

#[test]
fn an_event_is_accepted_once_however_often_it_is_sent() -> Done {
    let root = tempfile::tempdir()?;
    let folder = DataFolder::open(root.path())?;
    let applied = AppliedCounts::default();
    let ingest = start(&folder, IngestSettings::default(), applied.apply())?;
    let outcomes = ingest.accept(vec![event("a"), event("b"), event("a")])?.wait()?;
    assert_eq!(outcomes, [accepted("a"), accepted("b"), duplicate("a")]);
    assert_eq!(ingest.accept(vec![event("b")])?.wait()?, [duplicate("b")]);
    assert_eq!(applied.counts(), [("a".to_owned(), 1), ("b".to_owned(), 1)], "profiles are updated before the answer");
    drop(ingest);
    let ingest = start(&folder, IngestSettings::default(), AppliedCounts::default().apply())?;
    let outcomes = ingest.accept(vec![event("b"), event("c")])?.wait()?;
    assert_eq!(outcomes, [duplicate("b"), accepted("c")], "a restart forgets nothing");
    Ok(())
}

#[test]
fn a_message_beyond_the_window_is_forgotten() -> Done {
    let root = tempfile::tempdir()?;
    let folder = DataFolder::open(root.path())?;
    let settings = IngestSettings { window_events: 2, ..IngestSettings::default() };
    let ingest = start(&folder, settings, AppliedCounts::default().apply())?;
    ingest.accept(vec![event("a"), event("b"), event("c")])?.wait()?;
    assert_eq!(ingest.accept(vec![event("c"), event("a")])?.wait()?, [duplicate("c"), accepted("a")]);
    Ok(())
}

#[test]
fn one_bad_event_rejects_itself_only() -> Done {
    let root = tempfile::tempdir()?;
    let folder = DataFolder::open(root.path())?;
    let ingest = start(&folder, IngestSettings::default(), AppliedCounts::default().apply())?;
    let nobody = Event { user_id: None, ..event("x") };
    let outcomes = ingest.accept(vec![nobody, event("a")])?.wait()?;
    assert!(
        matches!(&outcomes[0], EventOutcome::Rejected { reason } if reason.contains("anonymous_id")),
        "{outcomes:?}"
    );
    assert_eq!(outcomes[1], accepted("a"));
    Ok(())
}

#[test]
fn what_the_sender_left_out_is_filled_in_before_it_is_kept() -> Done {
    let root = tempfile::tempdir()?;
    let folder = DataFolder::open(root.path())?;
    let ingest = start(&folder, IngestSettings::default(), AppliedCounts::default().apply())?;
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
    let apply = by(move |_| {
        let _ = entered.send(());
        let _ = gate.recv();
        Ok(())
    });
    let ingest = Ingest::start(journal, Position::START, IngestSettings::default(), dependencies(apply))?;
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
    let apply = by(move |_| {
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
fn a_failed_sync_fails_every_request_of_its_group_and_later_ones_until_a_new_segment_is_written() -> Done {
    let root = tempfile::tempdir()?;
    let folder = DataFolder::open(root.path())?;
    let disk = FaultyDisk::default();
    let journal = Journal::open_on(Box::new(disk.clone()), &folder.journal(), JournalSettings::default())?;
    let applied = AppliedCounts::default();
    let settings = IngestSettings { retry_ms: 0, ..IngestSettings::default() };
    let (dependencies, problems) = (dependencies(applied.apply()), Problems::default());
    let dependencies = IngestDependencies { problems: problems.clone(), ..dependencies };
    let ingest = Ingest::start(journal, Position::START, settings, dependencies)?;
    ingest.accept(vec![event("a")])?.wait()?;
    disk.faults().sync = true;
    assert!(matches!(ingest.accept(vec![event("b")])?.wait(), Err(StoreError::Io { .. })));
    assert!(matches!(ingest.accept(vec![event("c")])?.wait(), Err(StoreError::Poisoned { .. })));
    assert_eq!(problems.list(), [ProblemKind::EventsUnavailable]);
    assert_eq!(ingest.accept(vec![event("a")])?.wait()?, [duplicate("a")], "what is on disk may be said to be");
    disk.faults().sync = false;
    assert_eq!(ingest.accept(vec![event("c")])?.wait()?, [accepted("c")], "it goes on by itself");
    assert_eq!(problems.list(), []);
    drop(ingest);
    let counts = [("a".to_owned(), 1), ("c".to_owned(), 1)];
    assert_eq!(applied.counts(), counts, "profiles hold nothing that was not acknowledged");
    let ingest = start(&folder, IngestSettings::default(), AppliedCounts::default().apply())?;
    let again = ingest.accept(vec![event("a"), event("b"), event("c")])?.wait()?;
    assert_eq!(again, [duplicate("a"), accepted("b"), duplicate("c")]);
    Ok(())
}

#[test]
fn profiles_that_cannot_be_updated_stop_further_events_and_catch_up_at_the_next_start() -> Done {
    let root = tempfile::tempdir()?;
    let folder = DataFolder::open(root.path())?;
    let ingest = start(&folder, IngestSettings::default(), by(|_| Err(StoreError::Busy)))?;
    assert_eq!(ingest.accept(vec![event("a")])?.wait()?, [accepted("a")], "it is on disk");
    assert!(matches!(ingest.accept(vec![event("b")])?.wait(), Err(StoreError::Poisoned { .. })));
    drop(ingest);
    let applied = AppliedCounts::default();
    start(&folder, IngestSettings::default(), applied.apply())?;
    assert_eq!(applied.counts(), [("a".to_owned(), 1)]);
    Ok(())
}

#[test]
fn an_event_from_the_future_is_dated_by_receipt_or_rejected_and_one_too_old_is_rejected() -> Done {
    let root = tempfile::tempdir()?;
    let folder = DataFolder::open(root.path())?;
    let settings = IngestSettings {
        future_ms: MINUTE_MS,
        oldest_ms: Some(tastemaker_index::time::DAY_MS),
        ..IngestSettings::default()
    };
    let ingest = start(&folder, settings, AppliedCounts::default().apply())?;
    let at = |id: &str, second: i64| Event { time: Timestamp::from_second(second).ok(), ..event(id) };
    let sent = vec![at("late", -3600), at("ahead", 60), at("too-far", 61), at("too-old", -86_401)];
    let outcomes = ingest.accept(sent)?.wait()?;
    assert_eq!(outcomes[..2], [accepted("late"), accepted("ahead")]);
    for (outcome, told) in outcomes[2..].iter().zip(["in the future", "older than the 1 days"]) {
        assert!(matches!(outcome, EventOutcome::Rejected { reason } if reason.contains(told)), "{outcome:?}");
    }
    let times: Vec<i64> = read_from(&folder.journal(), Position::START)?
        .map(|entry| entry.map(|entry| entry.event.time_ms()))
        .collect::<Result<_>>()?;
    assert_eq!(times, [-3_600_000, 0], "the late one keeps its time, the other gets that of receipt");
    Ok(())
}

#[test]
fn what_a_shopper_does_not_want_kept_is_not_kept() -> Done {
    let root = tempfile::tempdir()?;
    let folder = DataFolder::open(root.path())?;
    let ingest = start(&folder, IngestSettings::default(), AppliedCounts::default().apply())?;
    let refused = Event { user_id: Some("refuses".to_owned()), ..event("a") };
    let declined = EventOutcome::Declined { message_id: "a".to_owned() };
    assert_eq!(ingest.accept(vec![refused, event("b")])?.wait()?, [declined, accepted("b")]);
    assert_eq!(read_from(&folder.journal(), Position::START)?.count(), 1);
    Ok(())
}

#[test]
fn impressions_wait_for_nobody_and_the_first_to_be_dropped_are_counted() -> Done {
    let root = tempfile::tempdir()?;
    let folder = DataFolder::open(root.path())?;
    let (entered, first_is_in) = mpsc::channel();
    let (open, gate) = mpsc::channel::<()>();
    let apply = by(move |_| {
        let _ = entered.send(());
        let _ = gate.recv();
        Ok(())
    });
    let settings = IngestSettings { queue_impressions: 2, ..IngestSettings::default() };
    let ingest = start(&folder, settings, apply)?;
    let first = ingest.accept(vec![event("a")])?;
    first_is_in.recv_timeout(Duration::from_secs(30))?;
    for _ in 0..5 {
        ingest.offer(Event { message_id: None, ..Event::new(EventKind::Impression) });
    }
    assert_eq!(ingest.dropped_impressions(), 3);
    drop(open);
    first.wait()?;
    drop(ingest);
    let kinds: Vec<EventKind> = read_from(&folder.journal(), Position::START)?
        .map(|entry| entry.map(|entry| entry.event.kind))
        .collect::<Result<_>>()?;
    assert_eq!(kinds, [EventKind::View, EventKind::Impression, EventKind::Impression]);
    Ok(())
}

#[test]
fn the_segment_is_closed_once_somebody_is_to_be_forgotten() -> Done {
    let root = tempfile::tempdir()?;
    let folder = DataFolder::open(root.path())?;
    let ingest = start(&folder, IngestSettings::default(), AppliedCounts::default().apply())?;
    ingest.accept(vec![event("a")])?.wait()?;
    let erase = Event { message_id: None, user_id: Some("u1".to_owned()), ..Event::new(EventKind::Erase) };
    ingest.accept_own(vec![erase])?.wait()?;
    ingest.accept(vec![event("b")])?.wait()?;
    let segments: Vec<u64> = read_from(&folder.journal(), Position::START)?
        .map(|entry| entry.map(|entry| entry.position.segment))
        .collect::<Result<_>>()?;
    assert_eq!(segments, [1, 1, 2]);
    Ok(())
}
