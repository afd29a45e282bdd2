//! How long work tells what it is doing. The engine reports; whoever started
//! it decides whether that becomes a bar, a line, or nothing.

/// Receives progress. Called from several threads.
pub trait Progress: Sync {
    /// A stage begins; `total` units of work when known.
    fn stage(&self, name: &'static str, total: Option<u64>);
    /// `done` units of the current stage are complete.
    fn advance(&self, done: u64);
    /// Something a person should read.
    fn note(&self, message: &str);
}

/// Reports nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn stage(&self, _: &'static str, _: Option<u64>) {}
    fn advance(&self, _: u64) {}
    fn note(&self, _: &str) {}
}
