//! The process that is killed: a server's store with several senders, which
//! says of every event when it is answered.

use std::io::Write;
use std::sync::Arc;

use jiff::Timestamp;
use tastemaker::store::folder::{DataFolder, LockKind};
use tastemaker::store::ingest::{EventOutcome, Ingest, IngestDependencies, IngestSettings};
use tastemaker::store::journal::{Journal, JournalSettings};
use tastemaker::store::profiles::{ProfileSettings, Profiles};
use tastemaker::store::state::{State, StateSettings};
use tastemaker_index::event::{Event, EventKind};

use super::told::{event, numbers_of};
use super::{ACKNOWLEDGED, Done, FOLDER, ROUND};

const SENDERS: u64 = 4;

/// Small segments, little memory, and frequent writes behind in small transactions, so that kills
/// hit rotations, flushes and what lies between two transactions of one.
pub(crate) fn open(folder: &DataFolder) -> Done<(Profiles, Ingest)> {
    let state = State::open(folder, StateSettings { durable_records: 16, ..StateSettings::default() })?;
    let settings =
        ProfileSettings { cached: 4, flush_profiles: 8, transaction_records: 2, ..ProfileSettings::default() };
    let profiles = Profiles::open(state, settings)?;
    let journal = Journal::open(&folder.journal(), JournalSettings { segment_bytes: 32 << 10 })?;
    let dependencies = IngestDependencies {
        problems: tastemaker::store::Problems::default(),
        new_id: Box::new(String::new),
        clock: Box::new(Timestamp::now),
        profiles: Box::new(profiles.writer(Arc::new(Timestamp::now))?),
    };
    let ingest = Ingest::start(journal, profiles.applied_position()?, IngestSettings::default(), dependencies)?;
    Ok((profiles, ingest))
}

/// Sends until the process is killed.
pub(crate) fn run() -> Done {
    let folder = DataFolder::open(std::env::var(FOLDER)?)?;
    let round = std::env::var(ROUND)?;
    let _lock = folder.lock(LockKind::Serve)?;
    let (_profiles, ingest) = open(&folder)?;
    std::thread::scope(|scope| {
        for sender in 0..SENDERS {
            let name = format!("{round}-{sender}");
            let ingest = &ingest;
            scope.spawn(move || send(ingest, &name).unwrap_or_else(|error| panic!("{error}")));
        }
    });
    Ok(())
}

fn send(ingest: &Ingest, name: &str) -> Done {
    let mut numbers = numbers_of(name);
    for n in 0u64.. {
        let mut events: Vec<Event> =
            (0..=numbers.below(4)).map(|part| event(&format!("{name}-{n}-{part}"))).collect::<Done<_>>()?;
        if n > 0 && numbers.below(8) == 0 {
            events.push(event(&format!("{name}-{}-0", n - 1))?);
        }
        let answer = if numbers.below(60) == 0 {
            let user_id = Some(format!("u{}", numbers.below(12)));
            ingest.accept_own(vec![Event {
                message_id: Some(format!("{name}-{n}-erase")),
                user_id,
                ..Event::new(EventKind::Erase)
            }])?
        } else {
            ingest.accept(events)?
        };
        let mut lines = String::new();
        for outcome in answer.wait()? {
            match outcome {
                EventOutcome::Accepted { message_id } | EventOutcome::Duplicate { message_id } => {
                    lines += &format!("{ACKNOWLEDGED}{message_id}\n");
                }
                EventOutcome::Declined { .. } => {}
                EventOutcome::Rejected { reason } => return Err(reason.into()),
            }
        }
        std::io::stdout().write_all(lines.as_bytes())?;
    }
    Ok(())
}
