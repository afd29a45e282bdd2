//! One file per command. Only here errors are `anyhow`: each ends as one sentence on standard error.

pub mod demo;
pub mod evaluate;
pub mod explain;
pub mod forget;
pub mod generations;
pub mod import;
pub mod input;
pub mod journal;
pub mod keys;
pub mod print;
pub mod reindex;
pub mod replay;
pub mod rules;
pub mod serve;
pub mod settings;
pub mod synonyms;
pub mod tables;
pub mod tune;

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use tastemaker_index::vector::embed::StaticTable;

/// The part of a command's help about its log.
const LOG_HELP: &str = "Log lines go to standard error. The environment variable RUST_LOG sets the lowest level that is \
    logged: error, warn, info (the default) or debug; for example RUST_LOG=warn.";

/// The embedding table in the folder `model`, or the built-in one.
fn embedder(model: Option<&Path>) -> anyhow::Result<Arc<StaticTable>> {
    let table = match model {
        Some(folder) => StaticTable::open(folder),
        None => StaticTable::builtin(),
    };
    Ok(Arc::new(table.context("loading the embedding table")?))
}

/// An error and its causes in one sentence. A cause that the sentence already contains is not repeated: many errors
/// name theirs.
pub fn sentence(error: &anyhow::Error) -> String {
    let mut sentence = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !sentence.contains(&cause) {
            sentence = format!("{sentence}: {cause}");
        }
    }
    sentence
}
