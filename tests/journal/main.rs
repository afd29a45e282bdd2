//! The journal seen from outside: read by other tools, checked, compacted,
//! carried over, and made to forget.

mod commands;
mod damage;
mod forgetting;
mod other_tools;
#[path = "../support/mod.rs"]
mod support;

use std::path::Path;

use support::{Done, fixture, tastemaker};

/// `tastemaker journal ACTION --data DIR`, with more arguments.
fn journal(data: &Path, action: &str, more: &[&str]) -> Done<support::Ran> {
    let data = data.to_string_lossy();
    tastemaker(["journal", action, "--data", &data].iter().chain(more))
}

/// Feeds the demo shop's events into the journal.
fn feed(data: &Path) -> Done {
    let (data, events) = (data.to_string_lossy(), fixture("events.ndjson"));
    tastemaker(["replay", "--data", &data, "--events", &events.to_string_lossy()])?.done()?;
    Ok(())
}
