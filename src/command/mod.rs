//! One file per command. Only here are errors `anyhow`: they end as a sentence
//! on a terminal.

pub mod demo;
pub mod evaluate;
pub mod explain;
pub mod forget;
pub mod import;
pub mod journal;
pub mod keys;
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

/// The embedder the settings name.
fn embedder(model: Option<&Path>) -> anyhow::Result<Arc<StaticTable>> {
    let table = match model {
        Some(folder) => StaticTable::open(folder),
        None => StaticTable::builtin(),
    };
    Ok(Arc::new(table.context("loading the embedding table")?))
}

/// An error and its causes, each said once: many errors name their cause already.
pub fn sentence(error: &anyhow::Error) -> String {
    let mut sentence = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !sentence.contains(&cause) {
            sentence = format!("{sentence}: {cause}");
        }
    }
    sentence
}
