//! `tastemaker journal verify`: prints one line for each segment and one of sums, and names every damaged file.

use anyhow::bail;
use jiff::Timestamp;

use crate::command::print;
use crate::store::journal::{Inspected, chain, inspect, segment};
use crate::store::{DataFolder, archive};

/// Runs the command.
pub(super) fn run(folder: &DataFolder) -> anyhow::Result<()> {
    let journal = folder.journal();
    let numbers = segment::list(&journal)?;
    let mut damage = Vec::new();
    let mut sum = Inspected::default();
    print::line(&format!(
        "{:>10}  {:>12}  {:>10}  {:>8}  first to last event",
        "segment", "bytes", "events", "removed"
    ));
    for &number in &numbers {
        match inspect(&journal, number, numbers.last() == Some(&number)) {
            Ok(found) => {
                line(&number.to_string(), &found);
                sum.bytes += found.bytes;
                sum.events += found.events;
                sum.redacted += found.redacted;
                sum.first = found.first.into_iter().chain(sum.first).min();
                sum.last = found.last.into_iter().chain(sum.last).max();
                if found.torn_bytes > 0 {
                    print::line(&format!("{:>10}  its last {} bytes are an incomplete event", "", found.torn_bytes));
                }
            }
            Err(error) => {
                print::line(&format!("{number:>10}  damaged"));
                damage.push(error.to_string());
            }
        }
    }
    line("all", &sum);
    for number in chain::unaccepted(&journal)? {
        damage.push(format!(
            "{}: a part was damaged or missing, and is left out",
            segment::path(&journal, number).display()
        ));
    }
    let checked = archive::verify(folder)?;
    print::line(&format!(
        "archive: {} segments in {} files with {} rows",
        checked.segments, checked.files, checked.rows
    ));
    if !checked.missing.is_empty() {
        print::line(&format!(
            "archive: {} closed segments are not copied yet; `tastemaker journal export` copies them",
            checked.missing.len()
        ));
    }
    damage.extend(checked.damage.iter().map(ToString::to_string));
    // The journal and the archive both report a damaged segment.
    damage.sort();
    damage.dedup();
    damage.iter().for_each(|line| eprintln!("{line}"));
    match damage.len() {
        0 => Ok(()),
        count => bail!("{count} files are damaged or missing"),
    }
}

/// Prints the counts of one segment, or of all.
fn line(name: &str, found: &Inspected) {
    let time = |time: Option<Timestamp>| time.map_or_else(|| "-".to_owned(), |time| time.to_string());
    print::line(&format!(
        "{name:>10}  {:>12}  {:>10}  {:>8}  {} to {}",
        found.bytes,
        found.events,
        found.redacted,
        time(found.first),
        time(found.last)
    ));
}
