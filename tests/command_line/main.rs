//! What an operator may rely on at the terminal: exit status, messages that say
//! what to do, and nothing changed when something is refused.

mod catalogues;
mod damage;
mod feeds;
mod learned;
#[path = "../support/mod.rs"]
mod support;
mod tables;
mod usage;
