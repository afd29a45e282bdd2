//! The live catalogue: changes of single products applied to the live engine. Each group of changes makes a
//! new engine, which replaces the old one as a whole. A newly published generation goes live with every
//! change since its build on top, and no change is applied between reading the last of them and the switch.
//! The engine takes a limited number of new or rewritten products; the log warns once per generation when
//! there are more.

use std::collections::HashSet;

use tastemaker_index::engine::Engine;
use tastemaker_index::product::{FieldError, Product};

use super::{Live, ShopError};
use crate::store::DataFolder;
use crate::store::catalogue::log::{self, Changes};
use crate::store::catalogue::{ChangedProducts, Editor, Serve};

/// Applies changed products to the live engine.
pub(super) struct LiveCatalogue {
    live: Live,
    /// The generation for which the limit was already logged.
    warned: Option<String>,
}

impl LiveCatalogue {
    pub(super) fn new(live: Live) -> Self {
        Self { live, warned: None }
    }
}

impl Serve for LiveCatalogue {
    fn check(&self, product: &Product) -> Result<(), FieldError> {
        self.live.0.load().as_ref().map_or(Ok(()), |engine| engine.check_product(product))
    }

    fn serve(&mut self, changed: &[(String, Option<Product>)]) -> HashSet<String> {
        let Some(engine) = self.live.0.load_full() else {
            // Without a generation nothing is searched yet; deletions have nothing left to hide.
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
                tracing::error!(%error, "changed products become visible only after the next reindex");
                changed.iter().map(|(id, _)| id.clone()).collect()
            }
        }
    }
}

/// The engine with every change since its generation's build on top, and the log's reader behind the last of
/// them.
pub(super) fn caught_up(folder: &DataFolder, engine: Engine) -> Result<(Engine, Changes), ShopError> {
    let mut changes = Changes::since(&log::folder(folder)?, engine.generation().manifest.catalogue_version)?;
    let engine = with_changes(engine, &mut changes)?;
    Ok((engine, changes))
}

/// The engine with every change since its generation's build on top.
///
/// # Errors
/// Damage in the change log, or a system error.
pub fn with_changes_since(folder: &DataFolder, engine: Engine) -> Result<Engine, ShopError> {
    Ok(caught_up(folder, engine)?.0)
}

/// Makes an engine over a newer generation live. Most changes are applied before the editor is paused; the
/// last ones are read while it is, so that none is lost between them and the switch.
pub(super) fn switch(folder: &DataFolder, live: &Live, editor: &Editor, engine: Engine) -> Result<(), ShopError> {
    let (engine, changes) = caught_up(folder, engine)?;
    let pause = editor.pause();
    let engine = with_changes(engine, &mut changes.more()?)?;
    live.0.store(Some(engine.into()));
    drop(pause);
    Ok(())
}

fn with_changes(engine: Engine, changes: &mut Changes) -> Result<Engine, ShopError> {
    let mut before = |id: &str| Ok(engine.product(id));
    let mut changed = ChangedProducts::default();
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
    tracing::warn!(
        limit,
        "more products are new or rewritten than can be searched live; run `reindex` to include them all"
    );
}
