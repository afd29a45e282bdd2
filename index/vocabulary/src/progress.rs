//! Progress of long work. The engine reports stages and counts; the caller decides whether they become a bar, a line,
//! or nothing.

/// Receives progress. Called from several threads.
pub trait Progress: Sync {
    /// A stage begins, with the number of units of work if that is known.
    fn stage(&self, name: &'static str, total: Option<u64>);
    /// `done` units of the current stage are complete.
    fn advance(&self, done: u64);
    /// A message for a person.
    fn note(&self, message: &str);
}

/// Discards all reports.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn stage(&self, _: &'static str, _: Option<u64>) {}
    fn advance(&self, _: u64) {}
    fn note(&self, _: &str) {}
}
