//! Counts behaviour from the events of a build, and trains the models over it.

use std::path::Path;

use super::build::BuildInput;
use super::open::{BEHAVIOUR, FOR_YOU};
use super::parts::Parts;
use super::terms::TermsBuilder;
use crate::behaviour::{BehaviourBuilder, Collected, HistoryLog, Queries};
use crate::error::Result;
use crate::flat::FlatWriter;
use crate::progress::Progress;

/// The results of counting that later parts of the build need.
pub(super) struct CountedBehaviour {
    pub(super) collected: Collected,
    pub(super) queries: Queries,
    /// The popularity of each product, by ordinal.
    pub(super) popularity: Vec<f32>,
}

/// Reads all events, counts the behaviour tables, trains the cart model and the reranker of for-you, and writes
/// them.
pub(super) fn count_behaviour(
    parts: &mut Parts,
    input: &mut BuildInput<'_>,
    folder: &Path,
    progress: &dyn Progress,
) -> Result<CountedBehaviour> {
    progress.stage("behaviour", None);
    let mut builder = BehaviourBuilder::bounded(folder, input.settings.interactions());
    builder.train_history_weights(input.trainers.history_weights);
    if let Some(tables) = input.tables {
        let history = HistoryLog::settled(folder, input.settings.interactions());
        builder.give(tables(&|id| parts.ids.get(id).copied(), history)?);
    }
    for event in &mut *input.events {
        builder.push(&event?, |id| parts.ids.get(id).copied());
        progress.advance(1);
    }
    let collected = builder.collected();
    let now_ms = input.now.as_millisecond();
    let queries = builder.queries(&input.settings.behaviour.queries, now_ms);
    let terms = parts.terms.take().map(TermsBuilder::finish).unwrap_or_default();
    let view = parts.products.view()?;
    let mut behaviour = builder.build(&input.settings.behaviour, &view, &terms, now_ms, progress)?;
    progress.stage("cart model", None);
    if let (Some(train), Some(holdout)) = (input.trainers.cart_model, behaviour.cart_holdout.take()) {
        behaviour.cart_model = train(&holdout, &behaviour, view, progress);
    }
    progress.stage("write", None);
    let mut file = FlatWriter::create(&folder.join(BEHAVIOUR))?;
    behaviour.write(&mut file)?;
    file.finish()?;
    progress.stage("for-you", None);
    if let (Some(train), Some(holdout)) = (input.trainers.for_you, behaviour.history_holdout.take())
        && let Some(forest) = train(&holdout, &behaviour, view, progress)
    {
        forest.save(&folder.join(FOR_YOU))?;
    }
    Ok(CountedBehaviour { collected, queries, popularity: behaviour.popularity.scores().to_vec() })
}
