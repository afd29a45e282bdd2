//! Settings of the server, the event log, the reindex and the search: one TOML file, validated as a whole
//! when it is read. Unknown fields and values out of range are errors that name the field.

mod registry;
mod server;

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tastemaker_index::engine::EngineSettings;
use tastemaker_index::feed::Currency;
use tastemaker_index::generation::BuildSettings;
use tastemaker_index::identity::LinkLimits;
use tastemaker_index::in_plain_words;
use tastemaker_index::learning::search_order::LearnSettings;
use tastemaker_index::placeholder::PLACEHOLDERS;
use tastemaker_index::time::DAY_MS;

pub use self::registry::{SETTINGS, SettingEntry};
pub use self::server::ServerConfig;
use crate::store::ingest::IngestSettings;
use crate::store::profiles::ProfileSettings;

/// Name of the settings file in the data folder; read when no other file is named.
pub const FILE_NAME: &str = "tastemaker.toml";

/// The most texts that a settings file may say to be no ids.
const MAX_PLACEHOLDERS: usize = 1000;

/// All settings an operator can change; every field has a default.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The HTTP server.
    pub server: ServerConfig,
    /// Events: deduplication, retention, queues and identity limits.
    pub events: EventsConfig,
    /// The nightly reindex.
    pub reindex: ReindexConfig,
    /// Search and recommendations.
    pub search: EngineSettings,
}

/// Settings of events: deduplication, retention, queues and identity limits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EventsConfig {
    /// Message ids remembered for deduplication, 1,000 to 100,000,000; about 50 bytes of memory each.
    pub dedup_events: usize,
    /// The furthest a client's clock may be ahead, in seconds: such an event gets the time of receipt, one
    /// dated further ahead is rejected.
    pub future_seconds: u32,
    /// Retention of a shopper's events, in days; 0 keeps them for good.
    pub retention_days: u32,
    /// The most impressions waiting to be written; more are dropped and counted.
    pub queue_impressions: usize,
    /// Responses remembered, so that a click can be completed with the query or placement it came from.
    pub served_answers: usize,
    /// The most devices of one user, 1 to 100: a user with more is linked to none of them.
    pub devices_per_user: usize,
    /// The most users of one device, 1 to 100: a device with more belongs to none of them.
    pub users_per_device: usize,
    /// Profiles held in memory, about 3 KB each.
    pub cached_profiles: usize,
    /// Texts that are no ids of a shopper, at most [`MAX_PLACEHOLDERS`].
    pub placeholder_ids: Vec<String>,
}

impl Default for EventsConfig {
    fn default() -> Self {
        let links = LinkLimits::default();
        Self {
            dedup_events: 2_000_000,
            future_seconds: 600,
            retention_days: 0,
            queue_impressions: 4096,
            served_answers: 20_000,
            devices_per_user: links.devices_per_user,
            users_per_device: links.users_per_device,
            cached_profiles: 50_000,
            placeholder_ids: PLACEHOLDERS.iter().map(|&text| text.to_owned()).collect(),
        }
    }
}

impl EventsConfig {
    /// Retention of a shopper's events, in milliseconds; absent if they are kept for good.
    pub fn retention_ms(&self) -> Option<i64> {
        (self.retention_days > 0).then(|| i64::from(self.retention_days) * DAY_MS)
    }

    /// Unix time in milliseconds before which events are expired at `now`; absent if they are kept for good.
    pub fn expired_before(&self, now: Timestamp) -> Option<i64> {
        self.retention_ms().map(|retention_ms| now.as_millisecond() - retention_ms)
    }

    /// The settings of the event intake.
    pub fn ingest(&self) -> IngestSettings {
        IngestSettings {
            window_events: self.dedup_events,
            queue_impressions: self.queue_impressions,
            future_ms: i64::from(self.future_seconds) * 1000,
            oldest_ms: self.retention_ms(),
            ..IngestSettings::default()
        }
    }

    /// The settings of the profile store.
    pub fn profiles(&self) -> ProfileSettings {
        let (devices_per_user, users_per_device) = (self.devices_per_user, self.users_per_device);
        ProfileSettings {
            cached: self.cached_profiles,
            links: LinkLimits { devices_per_user, users_per_device },
            retention_ms: self.retention_ms(),
            ..ProfileSettings::default()
        }
    }

    fn check(&self) -> Result<(), String> {
        let ranges = [
            ("dedup_events", self.dedup_events, 1000, 100_000_000),
            ("queue_impressions", self.queue_impressions, 1, 1_000_000),
            ("served_answers", self.served_answers, 1, 1_000_000),
            ("devices_per_user", self.devices_per_user, 1, 100),
            ("users_per_device", self.users_per_device, 1, 100),
            ("cached_profiles", self.cached_profiles, 1000, 10_000_000),
            ("placeholder_ids", self.placeholder_ids.len(), 0, MAX_PLACEHOLDERS),
        ];
        let wrong = ranges.into_iter().find(|(_, value, least, most)| !(least..=most).contains(&value));
        wrong.map_or(Ok(()), |(name, value, least, most)| {
            Err(format!("events.{name}: {value} must lie between {least} and {most}"))
        })
    }
}

/// Settings of the nightly reindex.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReindexConfig {
    /// The largest share of bad rows in a feed, 0 to 1; a feed with more is refused.
    pub max_bad_share: f64,
    /// The largest share of stored products a feed may leave out, 0 to 1; a feed that leaves out more is
    /// refused.
    pub max_deleted_share: f64,
    /// The longest time since the newest event after which events are still removed by their age, in days.
    pub max_quiet_days: u32,
    /// The shop's currency as an ISO 4217 code such as `EUR`; used for prices in feeds that name none.
    pub currency: Option<String>,
    /// Generations to retain, the live one included, at least 1.
    pub keep: usize,
    /// Folder of an embedding table in the Model2Vec layout; the built-in table when absent.
    pub model: Option<PathBuf>,
    /// Build of a generation.
    pub build: BuildSettings,
    /// Learning of a ranking from judged queries.
    pub learn: LearnSettings,
}

impl Default for ReindexConfig {
    fn default() -> Self {
        let (max_bad_share, max_deleted_share) = (0.05, 0.2);
        let (build, learn) = (BuildSettings::default(), LearnSettings::default());
        let max_quiet_days = 30;
        Self { max_bad_share, max_deleted_share, max_quiet_days, currency: None, keep: 3, model: None, build, learn }
    }
}

impl ReindexConfig {
    fn check(&self) -> Result<(), String> {
        for (name, share) in [("max_bad_share", self.max_bad_share), ("max_deleted_share", self.max_deleted_share)] {
            if !(0.0..=1.0).contains(&share) {
                return Err(format!("reindex.{name}: {share} must lie between 0 and 1"));
            }
        }
        if let Some(code) = self.currency.as_deref().filter(|code| Currency::of_code(code).is_none()) {
            return Err(format!("reindex.currency: `{code}` is no currency code of ISO 4217, such as EUR"));
        }
        self.build.behaviour.queries.check().map_err(|error| format!("reindex.build.behaviour.{error}"))?;
        let memory_mb = self.build.memory_mb;
        if !(16..=1_048_576).contains(&memory_mb) {
            return Err(format!("reindex.build.memory_mb: {memory_mb} must lie between 16 and 1048576"));
        }
        if self.max_quiet_days == 0 {
            return Err("reindex.max_quiet_days: must be at least 1".to_owned());
        }
        if self.keep == 0 {
            return Err("reindex.keep: must be at least 1, the live generation".to_owned());
        }
        self.learn.check()
    }

    /// The shop's currency, if one is set.
    pub fn own_currency(&self) -> Option<Currency> {
        self.currency.as_deref().and_then(Currency::of_code)
    }
}

/// An error while reading the settings.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read settings {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The operating system's error.
        source: std::io::Error,
    },
    /// A field is unknown, has the wrong type or is out of range.
    #[error("settings {}: {message}", path.display())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// The field, and the values it accepts.
        message: String,
    },
}

impl Config {
    /// Reads `file`; without one, [`FILE_NAME`] in the data folder; without that, takes the defaults.
    pub fn load(file: Option<&Path>, data: Option<&Path>) -> Result<Self, ConfigError> {
        let path = match (file, data.map(|data| data.join(FILE_NAME))) {
            (Some(file), _) => file.to_path_buf(),
            (None, Some(default)) if default.exists() => default,
            _ => return Ok(Self::default()),
        };
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(source) => return Err(ConfigError::Unreadable { path, source }),
        };
        let config = toml::from_str::<Self>(&text)
            .map_err(|error| in_plain_words(&error.to_string(), None))
            .and_then(Self::checked);
        config.map_err(|message| ConfigError::Wrong { path, message })
    }

    fn checked(self) -> Result<Self, String> {
        self.search.check().map_err(|error| error.to_string())?;
        self.events.check()?;
        self.reindex.check()?;
        self.server.check()?;
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str) -> Result<Config, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let path = folder.path().join("settings.toml");
        std::fs::write(&path, text).map_err(|error| error.to_string())?;
        Config::load(Some(&path), None).map_err(|error| error.to_string())
    }

    #[test]
    fn the_defaults_written_out_read_back_as_themselves() {
        let text = toml::to_string(&Config::default()).unwrap_or_default();
        assert_eq!(load(&text), Ok(Config::default()));
    }

    #[test]
    fn a_typo_or_a_value_out_of_range_is_named() {
        assert!(load("[search.rank]\nvektor_weight = 0.1").is_err_and(|error| error.contains("vektor_weight")));
        assert!(load("[search.rank]\nvector_weight = 3.0").is_err_and(|error| error.contains("rank.vector_weight")));
        for wrong in ["shop.example", "https://shop.example/", "https://Shop.example", "https://", "null"] {
            let settings = format!("[server]\ncors_origins = [\"{wrong}\"]");
            assert!(load(&settings).is_err_and(|error| error.contains("cors_origins") && error.contains(wrong)));
        }
        assert!(load("[server]\ncors_origins = [\"*\", \"https://a.example\"]").is_err());
        assert!(load("[server]\ncors_origins = [\"https://a.example:8443\", \"http://[::1]:3000\"]").is_ok());
        let alone = "[reindex.build.behaviour.queries]\nmin_shoppers = 1";
        assert!(load(alone).is_err_and(|error| error.contains("queries.min_shoppers")));
        assert!(
            load("[server]\ntrusted_proxies = [\"10.0.0.0/40\"]").is_err_and(|error| error.contains("trusted_proxies"))
        );
        assert!(load("[server]\nvisitor_percent = 0").is_err_and(|error| error.contains("visitor_percent")));
        assert!(load("[reindex.build]\nmemory_mb = 1").is_err_and(|error| error.contains("build.memory_mb")));
        assert!(load("[reindex]\nkeep = 0").is_err_and(|error| error.contains("keep")));
        assert!(load("[reindex]\ncurrency = \"euro\"").is_err_and(|error| error.contains("reindex.currency")));
        assert!(load("[reindex]\nmax_deleted_share = 2").is_err_and(|error| error.contains("max_deleted_share")));
    }
}
