//! Problems that the server lives with: something is damaged, left out or cannot be written, and requests are
//! answered all the same. Each is logged when it begins and when it ends, and `/readyz` lists those that last.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

/// One kind of problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProblemKind {
    /// The published generation cannot be opened; another one is in force.
    GenerationDamaged,
    /// An older generation than the newest is in force, and nobody chose it.
    GenerationBehind,
    /// Events cannot be written.
    EventsUnavailable,
    /// The keys cannot be read.
    KeysUnavailable,
    /// A part of the journal is damaged or missing.
    JournalDamaged,
    /// The profiles were rebuilt from the journal.
    ProfilesRebuilt,
    /// A file of erasures cannot be read.
    ErasureDamaged,
    /// The Parquet copy of the journal cannot be brought up to date.
    ArchiveBehind,
}

impl ProblemKind {
    /// Every kind, in the order of `/readyz`.
    pub const ALL: [Self; 8] = [
        Self::GenerationDamaged,
        Self::GenerationBehind,
        Self::EventsUnavailable,
        Self::KeysUnavailable,
        Self::JournalDamaged,
        Self::ProfilesRebuilt,
        Self::ErasureDamaged,
        Self::ArchiveBehind,
    ];

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::GenerationDamaged => "generation_damaged",
            Self::GenerationBehind => "generation_behind",
            Self::EventsUnavailable => "events_unavailable",
            Self::KeysUnavailable => "keys_unavailable",
            Self::JournalDamaged => "journal_damaged",
            Self::ProfilesRebuilt => "profiles_rebuilt",
            Self::ErasureDamaged => "erasure_damaged",
            Self::ArchiveBehind => "archive_behind",
        }
    }

    /// The meaning, in one sentence.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::GenerationDamaged => {
                "The published generation cannot be opened; the newest whole one, or the one before, answers."
            }
            Self::GenerationBehind => "An older generation than the newest on disk answers, and nobody chose it.",
            Self::EventsUnavailable => "Events cannot be written; they are answered with 503 and not recorded.",
            Self::KeysUnavailable => "The file of keys is missing or damaged; every request that needs one is refused.",
            Self::JournalDamaged => "A part of the journal is damaged or missing; the rest is used.",
            Self::ProfilesRebuilt => "The store of profiles was damaged, and was rebuilt from the journal.",
            Self::ErasureDamaged => "The file of an erasure cannot be read; it is left out.",
            Self::ArchiveBehind => "The Parquet copy of the journal cannot be brought up to date.",
        }
    }

    /// The action that helps, in one sentence.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::GenerationDamaged => "Run `tastemaker reindex`, or choose one with `tastemaker generations use`.",
            Self::GenerationBehind => "Run `tastemaker generations use --latest`, or `tastemaker reindex`.",
            Self::EventsUnavailable => {
                "Make room on the disk or repair it; the server goes on by itself, and the log says when."
            }
            Self::KeysUnavailable => {
                "Put `keys.json` back from a backup; without one, remove `keys.made` and create new keys."
            }
            Self::JournalDamaged => {
                "Put the file back from a backup; without one, `tastemaker reindex --salvage` learns from the rest."
            }
            Self::ProfilesRebuilt => "Nothing is lost; look at the disk.",
            Self::ErasureDamaged => "Put the file back from a backup, or erase the person again.",
            Self::ArchiveBehind => "Look for the cause in the log; `tastemaker journal export` tries again.",
        }
    }
}

/// The problems that last, shared by all parts of the server.
#[derive(Debug, Clone, Default)]
pub struct Problems(Arc<Mutex<BTreeSet<ProblemKind>>>);

impl Problems {
    /// Begins a problem; it is logged once, with its detail.
    pub fn begin(&self, kind: ProblemKind, detail: &dyn std::fmt::Display) {
        if self.kinds(|kinds| kinds.insert(kind)) {
            tracing::warn!(problem = kind.code(), "{detail}: {} {}", kind.meaning(), kind.remedy());
        }
    }

    /// Ends a problem.
    pub fn end(&self, kind: ProblemKind) {
        if self.kinds(|kinds| kinds.remove(&kind)) {
            tracing::info!(problem = kind.code(), "the problem is over");
        }
    }

    /// The problems that last.
    pub fn list(&self) -> Vec<ProblemKind> {
        self.kinds(|kinds| kinds.iter().copied().collect())
    }

    fn kinds<T>(&self, use_kinds: impl FnOnce(&mut BTreeSet<ProblemKind>) -> T) -> T {
        use_kinds(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_lasts_until_it_ends() {
        let problems = Problems::default();
        problems.begin(ProblemKind::EventsUnavailable, &"full");
        problems.begin(ProblemKind::GenerationDamaged, &"flipped");
        assert_eq!(problems.list(), [ProblemKind::GenerationDamaged, ProblemKind::EventsUnavailable]);
        problems.end(ProblemKind::EventsUnavailable);
        assert_eq!(problems.list(), [ProblemKind::GenerationDamaged]);
    }
}
