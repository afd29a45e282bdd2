//! A small shop for the engine's tests.

use std::sync::Arc;

use crate::engine::{Engine, EngineSettings};
use crate::event::Event;
use crate::generation::{BuildInput, BuildSettings, Generation, Trainers, build};
use crate::product::Product;
use crate::progress::Silent;
use crate::rank::learned::SearchOrderModel;
use crate::vector::embed::StaticTable;

/// The outcome of training: a model, or none.
type Trained = crate::error::Result<Option<SearchOrderModel>>;

/// The engine of these products, without any events.
pub(super) fn engine(products: &[Product], settings: EngineSettings) -> Result<Engine, Box<dyn std::error::Error>> {
    engine_with_events(products, &[], settings)
}

/// The engine of these products after these events.
pub(super) fn engine_with_events(
    products: &[Product],
    events: &[Event],
    settings: EngineSettings,
) -> Result<Engine, Box<dyn std::error::Error>> {
    let embedder = StaticTable::builtin()?.into();
    built_engine(products, events, settings, embedder, None::<fn(Generation) -> Trained>)
}

/// The engine of these products, which has learned from events up to `now`.
pub(super) fn engine_after(
    products: &[Product],
    events: &[Event],
    now: jiff::Timestamp,
) -> Result<Engine, Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let catalogue = folder.path().join("products.jsonl");
    let lines = products.iter().map(serde_json::to_string).collect::<Result<Vec<_>, _>>()?;
    std::fs::write(&catalogue, lines.join("\n"))?;
    let embedder: Arc<StaticTable> = StaticTable::builtin()?.into();
    let mut input = BuildInput {
        catalogue: &catalogue,
        catalogue_version: 0,
        events: &mut events.iter().cloned().map(Ok),
        embedder: &embedder,
        now,
        keep: 1,
        settings: &BuildSettings::default(),
        pages: None,
        tables: None,
        trainers: Trainers::default(),
    };
    let built = build(&folder.path().join("generations"), &mut input, &Silent, &mut |_| {})?;
    Ok(Engine::new(built.generation, embedder, EngineSettings::default())?)
}

/// The engine of these products, with the search order that `train` makes in the build.
pub(super) fn trained_engine(
    products: &[Product],
    settings: EngineSettings,
    embedder: Arc<StaticTable>,
    train: Option<impl FnMut(Generation) -> Trained>,
) -> Result<Engine, Box<dyn std::error::Error>> {
    built_engine(products, &[], settings, embedder, train)
}

fn built_engine(
    products: &[Product],
    events: &[Event],
    settings: EngineSettings,
    embedder: Arc<StaticTable>,
    mut train: Option<impl FnMut(Generation) -> Trained>,
) -> Result<Engine, Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let catalogue = folder.path().join("products.jsonl");
    let lines = products.iter().map(serde_json::to_string).collect::<Result<Vec<_>, _>>()?;
    std::fs::write(&catalogue, lines.join("\n"))?;
    let mut input = BuildInput {
        catalogue: &catalogue,
        catalogue_version: 0,
        events: &mut events.iter().cloned().map(Ok),
        embedder: &embedder,
        now: jiff::Timestamp::UNIX_EPOCH,
        keep: 1,
        settings: &BuildSettings::default(),
        pages: None,
        tables: None,
        trainers: Trainers { search_order: train.as_mut().map(|train| train as _), ..Trainers::default() },
    };
    let built = build(&folder.path().join("generations"), &mut input, &Silent, &mut |_| {})?;
    Ok(Engine::new(built.generation, embedder, settings)?)
}
