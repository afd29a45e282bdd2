//! What outlives a crash: accepted events, profiles, and the generation in force.

mod crash_changes;
mod crash_events;
mod crash_publish;
mod damage_matrix;
#[cfg(unix)]
mod full_disk;
mod restart;
#[path = "../support/mod.rs"]
mod support;
