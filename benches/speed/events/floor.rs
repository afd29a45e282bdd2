//! The limit of taking events: the same bytes appended to a bare file and
//! synced, in the groups the server really formed, and request by request.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

use tastemaker::store::journal::segment::{self, Segment};

/// A group of events that was written with one sync.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Group {
    pub(crate) events: u64,
    pub(crate) bytes: u64,
}

/// The groups of a journal, oldest first: every frame names its own.
pub(crate) fn groups(journal: &Path) -> anyhow::Result<Vec<Group>> {
    let mut groups: Vec<Group> = Vec::new();
    let numbers = segment::list(journal)?;
    for &number in &numbers {
        let mut begun = None;
        Segment::load(journal, number, Some(&number) == numbers.last())?.for_each(|frame| {
            if begun.replace(frame.group) != Some(frame.group) {
                groups.push(Group { events: 0, bytes: 0 });
            }
            if let Some(group) = groups.last_mut() {
                group.events += 1;
                group.bytes += frame.bytes();
            }
        })?;
    }
    Ok(groups)
}

/// Events a second that a loop of one write and one sync a group comes to.
pub(crate) fn bare(folder: &Path, groups: &[Group]) -> anyhow::Result<f64> {
    let mut file = File::create(folder.join("bare"))?;
    let largest = groups.iter().map(|group| group.bytes).max().unwrap_or_default();
    // Nothing a disk could leave out.
    let bytes: Vec<u8> = (0..largest).map(|at| (at.wrapping_mul(0x9E37_79B9) >> 7) as u8).collect();
    let began = Instant::now();
    for group in groups {
        file.write_all(&bytes[..group.bytes as usize])?;
        file.sync_data()?;
    }
    let seconds = began.elapsed().as_secs_f64();
    Ok(groups.iter().map(|group| group.events).sum::<u64>() as f64 / seconds)
}
