//! The Tastemaker server and command line around the engine in [`tastemaker_index`].
//!
//! Dependencies go one way: [`access`], [`load`], [`store`] ← [`config`], [`report`] ← [`shop`] ← [`http`]. [`command`]
//! uses all of them, and only [`cli`] imports it.

pub mod access;
pub mod cli;
pub mod command;
pub mod config;
pub mod evaluate;
pub mod http;
pub mod load;
pub mod progress;
pub mod report;
pub mod shop;
pub mod store;
pub mod tune;
