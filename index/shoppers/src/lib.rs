//! The shoppers' side: the behaviour tables that a reindex counts ([`behaviour`]) and the profile of one shopper
//! ([`profile`]).

pub mod behaviour;
pub mod profile;

// The vocabulary under its own names: `crate::id` here is `tastemaker_vocabulary::id`.
use tastemaker_vocabulary::{context, error, eval, event, flat, id, identity, progress, time};
