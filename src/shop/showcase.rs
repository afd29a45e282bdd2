//! Single products changed, from the log to the engine in force: each group of changes makes the next
//! engine. A newly published generation takes over with every change since it was built on top, and
//! none comes between that and the switch. Where more products are new or rewritten than the engine
//! takes, that is said once a generation.

use std::collections::HashSet;

use tastemaker_index::engine::Engine;
use tastemaker_index::product::{FieldError, Product};

use super::{Live, ShopError};
use crate::store::DataFolder;
use crate::store::catalogue::log::{self, Changes};
use crate::store::catalogue::{Changed, Editor, Serve};

/// Puts changed products into the engine in force.
pub(super) struct Showcase {
    live: Live,
    /// The generation of which was said that it is time for a reindex.
    warned: Option<String>,
}

impl Showcase {
    pub(super) fn new(live: Live) -> Self {
        Self { live, warned: None }
    }
}

impl Serve for Showcase {
    fn check(&self, product: &Product) -> Result<(), FieldError> {
        self.live.0.load().as_ref().map_or(Ok(()), |engine| engine.check_product(product))
    }

    fn serve(&mut self, changed: &[(String, Option<Product>)]) -> HashSet<String> {
        let Some(engine) = self.live.0.load_full() else {
            return changed.iter().filter(|(_, product)| product.is_some()).map(|(id, _)| id.clone()).collect();
        };
        match engine.changed(changed) {
            Ok((engine, unseen)) => {
                if !unseen.is_empty() && self.warned.as_ref() != Some(&engine.generation().manifest.id) {
                    self.warned = Some(engine.generation().manifest.id.clone());
                    warn_of_the_limit(&engine);
                }
                self.live.0.store(Some(engine.into()));
                unseen
            }
            Err(error) => {
                tracing::error!(%error, "changed products are shown after the next reindex only");
                changed.iter().map(|(id, _)| id.clone()).collect()
            }
        }
    }
}

/// An engine over a generation with every change since on top, and where to read on.
pub(super) fn caught_up(folder: &DataFolder, engine: Engine) -> Result<(Engine, Changes), ShopError> {
    let mut changes = Changes::since(&log::folder(folder)?, engine.generation().manifest.catalogue_version)?;
    let engine = with_changes(engine, &mut changes)?;
    Ok((engine, changes))
}

/// An engine with every change since its generation was built on top.
///
/// # Errors
/// Damage in the log of changes, or what the system said.
pub fn with_changes_since(folder: &DataFolder, engine: Engine) -> Result<Engine, ShopError> {
    Ok(caught_up(folder, engine)?.0)
}

/// Puts an engine over a newer generation in force.
pub(super) fn switch(folder: &DataFolder, live: &Live, editor: &Editor, engine: Engine) -> Result<(), ShopError> {
    let (engine, changes) = caught_up(folder, engine)?;
    let still = editor.still();
    let engine = with_changes(engine, &mut changes.more()?)?;
    live.0.store(Some(engine.into()));
    drop(still);
    Ok(())
}

fn with_changes(engine: Engine, changes: &mut Changes) -> Result<Engine, ShopError> {
    let mut before = |id: &str| Ok(engine.product(id));
    let mut changed = Changed::default();
    for change in changes {
        changed.note(change?, &mut before)?;
    }
    let products = changed.ids().iter().map(|id| changed.product(id, &mut before).map(|product| (id.clone(), product)));
    let products = products.collect::<Result<Vec<_>, _>>()?;
    if products.is_empty() {
        return Ok(engine);
    }
    let (engine, unseen) = engine.changed(&products)?;
    if !unseen.is_empty() {
        warn_of_the_limit(&engine);
    }
    Ok(engine)
}

fn warn_of_the_limit(engine: &Engine) {
    let limit = engine.settings().live_products;
    tracing::warn!(limit, "more products are new or rewritten than are searched live; run `reindex`, then all are");
}
