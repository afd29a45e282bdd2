//! Tastemaker, the server and the command line around the engine of
//! [`tastemaker_index`].
//!
//! Dependencies go one way: [`access`], [`store`] ← [`config`], [`report`] ← [`shop`] ← [`http`];
//! [`command`] sits on top, and nothing but [`cli`] imports it.

pub mod access;
pub mod cli;
pub mod command;
pub mod config;
pub mod evaluate;
pub mod http;
pub mod progress;
pub mod report;
pub mod shop;
pub mod store;
pub mod tune;
