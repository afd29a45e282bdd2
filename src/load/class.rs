//! The classes of work by urgency. A class is taken from the queue only while nothing more urgent waits.

use std::time::Duration;

/// The kind of work of a request, the most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WorkClass {
    /// Reading and checking of large batches of events.
    Events,
    /// Searches and suggestions.
    Search,
    /// Recommendations, home pages and navigation.
    Recommend,
    /// Reports over all shoppers.
    Reports,
    /// Reads of administrators: profiles, exports, explanations, previews.
    Admin,
}

impl WorkClass {
    /// Every class, the most urgent first.
    pub const ALL: [Self; 5] = [Self::Events, Self::Search, Self::Recommend, Self::Reports, Self::Admin];

    /// The name in logs and in `/readyz`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Search => "search",
            Self::Recommend => "recommend",
            Self::Reports => "reports",
            Self::Admin => "admin",
        }
    }

    /// True for the classes that shoppers wait for; the others have threads of their own.
    pub const fn is_for_shoppers(self) -> bool {
        matches!(self, Self::Events | Self::Search | Self::Recommend)
    }

    /// The time that one piece of work is taken to need until the first was measured.
    pub(super) const fn first_guess(self) -> Duration {
        match self {
            Self::Events | Self::Search | Self::Recommend => Duration::from_millis(1),
            Self::Reports | Self::Admin => Duration::from_millis(20),
        }
    }

    /// The most pieces of work that run at a time, of so many threads: a report reads every profile, so a second one at
    /// the same time would only slow both down.
    pub(super) const fn most_running(self, threads: usize) -> usize {
        match self {
            Self::Reports => 1,
            _ => threads,
        }
    }

    pub(super) const fn place(self) -> usize {
        self as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_stand_in_the_order_of_their_urgency() {
        assert!(WorkClass::ALL.is_sorted());
        assert!(WorkClass::ALL.iter().enumerate().all(|(place, class)| class.place() == place));
    }
}
