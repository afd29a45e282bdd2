//! The engine: answers to searches, suggestions, recommendations and navigation over one snapshot of a shop. Each answer
//! is a struct in a file or folder of its own that borrows the snapshot; what several of them need stands in `snapshot`,
//! `derived` and `caches`. An engine never changes: other products or settings make another one.

mod caches;
mod cards;
mod category_names;
mod constants;
mod derived;
mod home;
mod learned;
mod live;
mod meaning;
mod navigation;
mod nearest;
mod recommend;
mod search;
mod shopper;
mod site;
mod snapshot;
mod suggest;
mod taste;
#[cfg(test)]
mod testing;

pub use crate::rank::{Scale, TunedRange};
pub use constants::{CONSTANTS, Constant};
pub use home::{HomeQuery, Shelf, ShelfReason};
pub use learned::FeatureWindow;
pub use navigation::{NavigationAnswer, NavigationEntry, NavigationFacet, NavigationQuery};
pub use recommend::{
    Placement, PlacementAnswer, RecommendSettings, RecommendedCategory, RecommendedItem, RowExplanation, RowOutcome,
    RowReason,
};
pub use search::{Compared, PageOutcome, Why};
pub use shopper::Shopper;
pub use suggest::{SuggestAnswer, SuggestQuery, Suggested, pages};
pub use taste::{InterestSummary, TasteSummary};

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use self::snapshot::Snapshot;
use crate::context::Context;
use crate::curation::Curation;
use crate::deadline::Deadline;
use crate::error::{Error, Result};
use crate::generation::Generation;
use crate::profile::InterestSettings;
use crate::query::QueryLimits;
use crate::rank::RankSettings;
use crate::recommend::OwnTexts;
use crate::text::TextSettings;
use crate::text::meant::PhraseTable;
use crate::vector::embed::StaticTable;

/// All settings of answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EngineSettings {
    /// True if variants of one product are one hit, unless a request states otherwise.
    pub group: bool,
    /// The number of products whose new words or vectors are searched before the next reindex, 0 to 100,000.
    pub live_products: usize,
    /// The treatment of sold-out products.
    pub sold_out: SoldOut,
    /// Limits of requests.
    pub limits: QueryLimits,
    /// Matching of words.
    pub text: TextSettings,
    /// Ranking of candidates.
    pub rank: RankSettings,
    /// Interest vectors of profiles.
    pub interest: InterestSettings,
    /// Recommendations.
    pub recommend: RecommendSettings,
    /// The parts of queries that are more than words.
    pub meant: MeantSettings,
    /// The shop's own headings and reasons of rows in place of those that ship: `texts.de.title.similar`.
    pub texts: OwnTexts,
}

/// The treatment of sold-out products in searches and categories. Rows of recommendations never have them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SoldOut {
    /// They come after what matches as well and can be had.
    #[default]
    Bury,
    /// They are neither found nor counted, unless a filter speaks of availability or the query names one exactly.
    Hide,
    /// They keep their place, and only the product's availability tells.
    Mark,
}

/// The settings of understanding queries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MeantSettings {
    /// True if prices, exclusions, people, gifts, colours and sizes in queries are understood; false leaves them words.
    pub parts: bool,
    /// The shop's own phrases by language code (ISO 639-1), in addition to those that ship.
    pub phrases: BTreeMap<String, PhraseTable>,
}

impl Default for MeantSettings {
    fn default() -> Self {
        Self { parts: true, phrases: BTreeMap::new() }
    }
}

impl Default for EngineSettings {
    fn default() -> Self {
        Self {
            group: true,
            live_products: 10_000,
            sold_out: SoldOut::default(),
            limits: QueryLimits::default(),
            text: TextSettings::default(),
            rank: RankSettings::default(),
            interest: InterestSettings::default(),
            recommend: RecommendSettings::default(),
            meant: MeantSettings::default(),
            texts: OwnTexts::new(),
        }
    }
}

impl EngineSettings {
    /// Checks every constant against its range in [`CONSTANTS`].
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] for the first that lies outside.
    pub fn check(&self) -> Result<()> {
        crate::recommend::check_texts(&self.texts)?;
        self.recommend.evidence.check()?;
        let QueryLimits { per_page, query_chars, .. } = self.limits;
        for (name, limit) in [("per_page", per_page), ("query_chars", query_chars)] {
            if limit == 0 {
                return Err(Error::invalid(format!("limits.{name}"), "must be at least 1"));
            }
        }
        if !(0.0..=1.0).contains(&self.recommend.diversity) {
            return Err(Error::invalid("recommend.diversity", "must lie between 0 and 1"));
        }
        constants::check(self)
    }
}

/// The context of a request, as the server assembles it: everything an answer depends on besides the
/// snapshot and the query. It holds one [`Context`], the part that the request reports of itself. By
/// default there is no shopper, no reported context and no merchandising rule.
#[derive(Debug, Clone, Copy, Default)]
pub struct RequestContext<'a> {
    /// The shopper, where the request names one and personalisation is allowed.
    pub shopper: Option<&'a Shopper>,
    /// The place, time and device that the request reports.
    pub context: Option<&'a Context>,
    /// The server's time.
    pub now: Timestamp,
    /// The merchant's rules, synonyms and stop words.
    pub curation: Option<&'a Curation>,
    /// The language of headings and reasons; the shop's if absent.
    pub lang: Option<&'a str>,
    /// The time at which nobody waits for the answer any more; heeded between the stages of an answer.
    pub deadline: Deadline<'a>,
}

/// One snapshot of a shop, ready to answer. A clone shares everything.
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

    /// The engine of an open generation, without changes.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] when a setting is out of range.
    pub fn new(generation: Generation, embedder: Arc<StaticTable>, settings: EngineSettings) -> Result<Self> {
        settings.check()?;
        Ok(Self(Snapshot::new(generation, embedder, settings)?.into()))
    }

    /// The same snapshot under other settings.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] when a value is out of range.
    pub fn with_settings(&self, settings: EngineSettings) -> Result<Self> {
        settings.check()?;
        Ok(Self(self.0.with_settings(settings).into()))
    }

    /// The generation behind the answers.
    pub fn generation(&self) -> &Generation {
        &self.0.generation
    }

    /// The settings in force.
    pub fn settings(&self) -> &EngineSettings {
        &self.0.settings
    }
}
