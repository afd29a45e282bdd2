//! The promises of the command line: exit statuses, messages that name the remedy, and no change after a refusal.

mod catalogues;
mod damage;
mod feeds;
mod generations;
mod learned;
mod lost_products;
#[path = "../support/mod.rs"]
mod support;
mod tables;
mod usage;
mod wrong_commands;
