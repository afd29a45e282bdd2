//! What was accepted, counted again where it was kept: in the journal, and in
//! the profiles as the server left them, not as a start would rebuild them.

use std::collections::HashSet;
use std::path::Path;

use anyhow::{Context, ensure};
use tastemaker::store::DataFolder;
use tastemaker::store::journal::{Journal, JournalSettings, Position, read_from};
use tastemaker::store::profiles::{ProfileSettings, Profiles};
use tastemaker::store::state::{State, StateSettings};

use super::made::Kinds;
use crate::generation::bytes_in;

/// What is on disk after a run.
pub(crate) struct Kept {
    pub(crate) journal_bytes: u64,
    pub(crate) profiles: u64,
}

/// Fails unless the stopped server's journal has exactly these events, each once, and its profiles
/// count them all.
pub(crate) fn verify(data: &Path, told: &Kinds) -> anyhow::Result<Kept> {
    let folder = DataFolder::open(data)?;
    let (mut found, mut ids) = (Kinds::new(), HashSet::new());
    let mut events = 0;
    for entry in read_from(&folder.journal(), Position::START)? {
        let event = entry?.event;
        events += 1;
        *found.entry(event.kind.name()).or_default() += 1;
        ids.insert(event.message_id.context("an event without id")?);
    }
    ensure!(found == *told, "the journal has {found:?}, accepted were {told:?}");
    ensure!(ids.len() == events, "{} of {events} events have an id of their own", ids.len());

    let profiles = Profiles::open(State::open(&folder, StateSettings::default())?, ProfileSettings::default())?;
    let end = Journal::open(&folder.journal(), JournalSettings::default())?.end();
    let applied = profiles.applied_position()?;
    ensure!(applied == end, "the profiles stand for {applied:?}, the journal ends at {end:?}");
    let (mut counted, mut number) = (Kinds::new(), 0);
    profiles.for_each(|_, profile| {
        number += 1;
        for (_, _, kind, count) in profile.counts.iter() {
            *counted.entry(kind.name()).or_default() += count;
        }
        let orders = profile.orders.placed().len() as u64;
        if orders > 0 {
            *counted.entry("purchase").or_default() += orders;
        }
        Ok(())
    })?;
    ensure!(counted == *told, "the profiles count {counted:?}, accepted were {told:?}");
    Ok(Kept { journal_bytes: bytes_in(&folder.journal())?, profiles: number })
}
