//! A small shop for the engine's tests.

use crate::engine::{Engine, EngineSettings};
use crate::generation::{BuildInput, BuildSettings, Trainers, build};
use crate::product::Product;
use crate::progress::Silent;
use crate::vector::embed::StaticTable;

/// The engine of these products, without any events.
pub(super) fn engine(products: &[Product], settings: EngineSettings) -> Result<Engine, Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let catalogue = folder.path().join("products.jsonl");
    let lines = products.iter().map(serde_json::to_string).collect::<Result<Vec<_>, _>>()?;
    std::fs::write(&catalogue, lines.join("\n"))?;
    let embedder = StaticTable::builtin()?;
    let mut input = BuildInput {
        catalogue: &catalogue,
        catalogue_version: 0,
        events: &mut std::iter::empty(),
        embedder: &embedder,
        now: jiff::Timestamp::UNIX_EPOCH,
        keep: 1,
        settings: &BuildSettings::default(),
        pages: None,
        tables: None,
        trainers: Trainers::default(),
    };
    let built = build(&folder.path().join("generations"), &mut input, &Silent, &mut |_| {})?;
    Ok(Engine::new(built.generation, embedder.into(), settings)?)
}
