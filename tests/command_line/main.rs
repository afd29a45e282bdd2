//! The promises of the command line: exit statuses, messages that name the remedy, and no change after a refusal.

mod catalogues;
mod damage;
mod feeds;
mod learned;
#[path = "../support/mod.rs"]
mod support;
mod tables;
mod usage;
