//! What a feed says that is not taken: whole columns, and values that could not be read although their product
//! is good without them. Told to the merchant by `import --check`.

use std::collections::BTreeMap;

/// Different columns and reasons kept; more are only counted together.
const MAX_KINDS: usize = 500;

/// What the kinds past [`MAX_KINDS`] are counted under.
const OTHERS: &str = "(others)";

/// A reason for which values were left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dropped {
    /// How often.
    pub count: u64,
    /// The line of the first.
    pub line: u64,
    /// The first value.
    pub example: String,
}

/// What was not taken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notes {
    /// Columns nothing is made of, with how many rows fill them.
    pub ignored: BTreeMap<String, u64>,
    /// Values left out, by field and reason.
    pub dropped: BTreeMap<(String, String), Dropped>,
}

impl Notes {
    /// A filled column that nothing is made of.
    pub(super) fn ignore(&mut self, column: &str) {
        if let Some(count) = self.ignored.get_mut(column) {
            *count += 1;
            return;
        }
        let name = if self.ignored.len() < MAX_KINDS { short(column) } else { OTHERS.to_owned() };
        *self.ignored.entry(name).or_default() += 1;
    }

    /// A value left out.
    pub(super) fn drop(&mut self, line: u64, field: &str, reason: &str, value: &str) {
        let full = self.dropped.len() >= MAX_KINDS;
        let key = (short(field), reason.to_owned());
        let key = if full && !self.dropped.contains_key(&key) { (OTHERS.to_owned(), String::new()) } else { key };
        self.dropped.entry(key).or_insert_with(|| Dropped { count: 0, line, example: short(value) }).count += 1;
    }
}

/// The text, cut to what fits on a line.
pub(super) fn short(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
