//! The engine: one open generation, its settings, and the questions it answers.
//! Cheap to share and to clone; nothing in it changes but caches. Changed products
//! make another engine (`live`).

mod caches;
mod cards;
mod constants;
mod derived;
mod home;
mod learned;
mod live;
mod navigation;
mod recommend;
mod search;
mod shopper;
mod site;
mod snapshot;
mod suggest;
mod taste;
#[cfg(test)]
mod testing;

pub use constants::{CONSTANTS, Constant, Scale, Tried};
pub use home::{HomeQuery, Shelf, ShelfReason};
pub use learned::Window;
pub use navigation::{NavigationAnswer, NavigationEntry, NavigationFacet, NavigationQuery};
pub use recommend::{Placement, PlacementAnswer, RecommendSettings, RecommendedCategory, RecommendedItem, RowReason};
pub use search::{Compared, Verdict, Why};
pub use shopper::Shopper;
pub use snapshot::Snapshot;
pub use suggest::{SuggestAnswer, SuggestQuery, Suggested, pages};
pub use taste::{InterestTold, TasteSummary};

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::context::Context;
use crate::curation::Curation;
use crate::error::Result;
use crate::generation::Generation;
use crate::product::Product;
use crate::profile::InterestSettings;
use crate::query::QueryLimits;
use crate::rank::RankSettings;
use crate::text::TextSettings;
use crate::vector::embed::StaticTable;

/// Everything about answering that can be tuned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EngineSettings {
    /// Whether variants of one product are one hit where a request does not say.
    pub group: bool,
    /// How many products that are new or read otherwise since the reindex are searched before the next,
    /// 0 to 100,000.
    pub live_products: usize,
    /// What may be asked for at most.
    pub limits: QueryLimits,
    /// How words match.
    pub text: TextSettings,
    /// How candidates are ordered.
    pub rank: RankSettings,
    /// How a profile becomes an interest vector.
    pub interest: InterestSettings,
    /// What is never recommended.
    pub recommend: RecommendSettings,
}

impl Default for EngineSettings {
    fn default() -> Self {
        Self {
            group: true,
            live_products: 10_000,
            limits: QueryLimits::default(),
            text: TextSettings::default(),
            rank: RankSettings::default(),
            interest: InterestSettings::default(),
            recommend: RecommendSettings::default(),
        }
    }
}

impl EngineSettings {
    /// Checks every constant against its range in [`CONSTANTS`].
    ///
    /// # Errors
    /// [`Error::Invalid`] for the first that lies outside.
    pub fn check(&self) -> Result<()> {
        constants::check(self)
    }
}

/// Under which circumstances something is asked, beside what the question itself says. By default
/// nobody asks, from nowhere, and no merchant said anything.
#[derive(Debug, Clone, Copy, Default)]
pub struct Circumstances<'a> {
    /// Who asks.
    pub shopper: Option<&'a Shopper>,
    /// Where the request comes from, as it says itself.
    pub context: Option<&'a Context>,
    /// The server's time.
    pub now: Timestamp,
    /// What the merchant says about search.
    pub curation: Option<&'a Curation>,
}

/// One snapshot of a shop, ready to answer. Cheap to share and to clone.
#[derive(Debug, Clone)]
pub struct Engine(Arc<Snapshot>);

impl Engine {
    /// Opens the generation that is current in the folder `generations`.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] when a setting is out of range; those of opening a generation.
    pub fn open(generations: &Path, embedder: Arc<StaticTable>, settings: EngineSettings) -> Result<Self> {
        settings.check()?;
        Self::new(Generation::open_current(generations)?, embedder, settings)
    }

    /// An engine over an open generation.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] when a setting is out of range.
    pub fn new(generation: Generation, embedder: Arc<StaticTable>, settings: EngineSettings) -> Result<Self> {
        settings.check()?;
        Ok(Self(Snapshot::new(generation, embedder, settings).into()))
    }

    /// The same generation under other settings.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] when a value is out of range.
    pub fn with_settings(&self, settings: EngineSettings) -> Result<Self> {
        settings.check()?;
        Ok(Self(Snapshot { settings, ..(*self.0).clone() }.into()))
    }

    /// This engine with changed products: of each its id and what it is now, nothing for one that was deleted. Also
    /// gives the ids of those that wait for the reindex to be searched by what they say now.
    ///
    /// # Errors
    /// Those of indexing a product.
    pub fn changed(&self, changes: &[(String, Option<Product>)]) -> Result<(Self, HashSet<String>)> {
        let (snapshot, waiting) = self.0.with_changes(changes)?;
        Ok((Self(snapshot.into()), waiting))
    }
}

impl std::ops::Deref for Engine {
    type Target = Snapshot;

    fn deref(&self) -> &Snapshot {
        &self.0
    }
}
