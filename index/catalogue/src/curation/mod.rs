//! Curation: what a merchant says about search. A [`Rule`] holds under conditions and pins, hides,
//! boosts, filters, rewrites or leads elsewhere; synonyms and stop words say what words mean here.
//! A [`Document`] is everything said, checked as a whole; [`Curation`] is its compiled form, which a
//! search asks. Pure: analysis, the filter language and the time are passed in.

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
pub use compiled::{Asked, Rules};
pub use conflicts::{Conflict, ConflictKind, MAX_CONFLICTS};
pub use document::{ALL_LANGUAGES, Change, Changed, Curation, Document, Part};
pub use rows::AskedRow;
pub use rule::{
    Apart, Banner, Chosen, Conditions, Consequences, DEFAULT_BOOST, DEFAULT_BURY, Pin, QueryCondition, Rule, Weighing,
};
