//! Curation: the merchant's rules, synonyms and stop words. A [`Rule`] has conditions and
//! consequences: it pins, hides, boosts, filters, rewrites the query or redirects. A [`Document`]
//! is all of it, checked as a whole; [`Curation`] is its compiled form, which searches and
//! recommendations evaluate. Nothing here reads a clock or an index: text analysis, the filter
//! language and the time are passed in.

mod applied;
mod check;
mod compiled;
mod conflicts;
mod document;
mod rows;
mod rule;

#[cfg(test)]
mod tests;

pub use applied::Applied;
pub use check::{MAX_FACTOR, MAX_IDS, MAX_PATTERN_CHARS, MAX_PIN_POSITION, MAX_PINS, MAX_RULE_ID_CHARS, MAX_RULES};
pub use compiled::{RuleRequest, Rules};
pub use conflicts::{Conflict, ConflictKind, MAX_CONFLICTS};
pub use document::{ALL_LANGUAGES, Curation, Document, DocumentPart, LanguageWords, PartChange, PartChangeKind};
pub use rows::RuleRow;
pub use rule::{
    Banner, Conditions, Consequences, DEFAULT_BOOST, DEFAULT_BURY, NeverBeside, Pin, ProductSelection, QueryCondition,
    Rule, Weighing,
};
