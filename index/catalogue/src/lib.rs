//! The merchant's input: feeds that become products ([`feed`]), their fields as columns to filter, count and sort
//! by ([`column`]), and rules, synonyms and stop words ([`curation`]).

pub mod column;
pub mod curation;
pub mod feed;

// The vocabulary under its own names: `crate::id` here is `tastemaker_vocabulary::id`.
use tastemaker_vocabulary::{
    bitmap, characters, context, error, event, flat, id, in_plain_words, placement, product, query, season, synonyms,
    time,
};
