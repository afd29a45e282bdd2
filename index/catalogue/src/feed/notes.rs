//! The parts of a feed that were dropped: whole columns, and values that could not be read although
//! their product is valid without them. `import --check` reports them to the merchant.

use std::collections::BTreeMap;

/// The most different columns, and the most different reasons, that are listed; others are summed up.
const MAX_KINDS: usize = 500;

/// The key under which kinds beyond [`MAX_KINDS`] are counted.
const OTHERS: &str = "(others)";

/// The occurrences of one reason for dropping a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dropped {
    /// The number of values.
    pub count: u64,
    /// The line of the first one.
    pub line: u64,
    /// The first one.
    pub example: String,
}

/// The columns and values that were dropped.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FeedNotes {
    /// Columns without a counterpart, with the number of rows that fill them.
    pub ignored: BTreeMap<String, u64>,
    /// Dropped values, by field and reason.
    pub dropped: BTreeMap<(String, String), Dropped>,
}

impl FeedNotes {
    /// Counts a filled column without a counterpart.
    pub(super) fn ignore(&mut self, column: &str) {
        if let Some(count) = self.ignored.get_mut(column) {
            *count += 1;
            return;
        }
        let name = if self.ignored.len() < MAX_KINDS { short(column) } else { OTHERS.to_owned() };
        *self.ignored.entry(name).or_default() += 1;
    }

    /// Counts a dropped value.
    pub(super) fn drop(&mut self, line: u64, field: &str, reason: &str, value: &str) {
        let full = self.dropped.len() >= MAX_KINDS;
        let key = (short(field), reason.to_owned());
        let key = if full && !self.dropped.contains_key(&key) { (OTHERS.to_owned(), String::new()) } else { key };
        self.dropped.entry(key).or_insert_with(|| Dropped { count: 0, line, example: short(value) }).count += 1;
    }
}

/// The text, truncated to 60 characters.
pub(super) fn short(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
