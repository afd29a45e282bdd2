//! Settings: one TOML file, checked as a whole when it is read.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tastemaker_index::engine::EngineSettings;
use tastemaker_index::feed::Currency;
use tastemaker_index::generation::BuildSettings;
use tastemaker_index::identity::LinkLimits;
use tastemaker_index::learning::search_order::LearnSettings;

use crate::store::ingest::IngestSettings;
use crate::store::profiles::ProfileSettings;

/// The settings file looked for in the data folder.
pub const FILE_NAME: &str = "tastemaker.toml";

/// The most origins that may call from a browser.
const MAX_CORS_ORIGINS: usize = 100;

/// Everything an operator may set.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The server.
    pub server: ServerConfig,
    /// What shoppers do, and how long it is kept.
    pub events: EventsConfig,
    /// The nightly reindex.
    pub reindex: ReindexConfig,
    /// How questions are answered.
    pub search: EngineSettings,
}

/// The server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServerConfig {
    /// Address and port; port 0 takes a free one.
    pub listen: String,
    /// Threads that answer requests; 0 for one a core.
    pub workers: usize,
    /// Bytes a request body may have.
    pub max_body_bytes: usize,
    /// Events a request may carry.
    pub max_batch_events: usize,
    /// Changes of products a request may carry.
    pub max_batch_changes: usize,
    /// How often a newly published generation is looked for, in milliseconds.
    pub watch_ms: u64,
    /// True serves the demo shop's pages beside the API, at `/`, over the catalogue there is.
    pub storefront: bool,
    /// Origins whose pages may call from a browser, such as `https://shop.example`; `*` alone for all.
    pub cors_origins: Vec<String>,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8108".to_owned(),
            workers: 0,
            max_body_bytes: 2 << 20,
            max_batch_events: 1000,
            max_batch_changes: 1000,
            watch_ms: 500,
            storefront: false,
            cors_origins: Vec::new(),
        }
    }
}

/// What shoppers do, and how long it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EventsConfig {
    /// Events whose message ids are remembered, so that one sent again counts once; about 50 bytes
    /// of memory each, 1,000 to 100,000,000.
    pub dedup_events: usize,
    /// An event dated at most so far ahead gets the time of receipt, in seconds; one dated further
    /// ahead is rejected.
    pub future_seconds: u32,
    /// Days that what a shopper did is kept; 0 keeps it for good.
    pub retention_days: u32,
    /// Impressions that may wait to be written; more are dropped and counted.
    pub queue_impressions: usize,
    /// Answers remembered, so that a click finds its query or placement.
    pub served_answers: usize,
    /// A user with more devices is joined with none of them, 1 to 100.
    pub devices_per_user: usize,
    /// A device with more users belongs to nobody, 1 to 100.
    pub users_per_device: usize,
    /// Changed profiles kept in memory, about 3 KB each.
    pub cached_profiles: usize,
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
        }
    }
}

impl EventsConfig {
    /// How long what a shopper did is kept, in milliseconds; absent for good.
    pub fn retention_ms(&self) -> Option<i64> {
        (self.retention_days > 0).then(|| i64::from(self.retention_days) * 86_400_000)
    }

    /// The way in for events.
    pub fn ingest(&self) -> IngestSettings {
        IngestSettings {
            window_events: self.dedup_events,
            queue_impressions: self.queue_impressions,
            future_ms: i64::from(self.future_seconds) * 1000,
            oldest_ms: self.retention_ms(),
            ..IngestSettings::default()
        }
    }

    /// The profiles.
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
        ];
        let wrong = ranges.into_iter().find(|(_, value, least, most)| !(least..=most).contains(&value));
        wrong.map_or(Ok(()), |(name, value, least, most)| {
            Err(format!("events.{name}: {value} must lie between {least} and {most}"))
        })
    }
}

/// The nightly reindex.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReindexConfig {
    /// A feed with more than this share of bad rows is refused, 0 to 1.
    pub max_bad_share: f64,
    /// A feed that leaves out more than this share of the stored products is refused, 0 to 1.
    pub max_deleted_share: f64,
    /// The shop's currency, of prices in feeds that name none, such as `EUR`.
    pub currency: Option<String>,
    /// Generations kept, the live one included, at least 1.
    pub keep: usize,
    /// Folder of an embedding table in the Model2Vec layout; the built-in one when absent.
    pub model: Option<PathBuf>,
    /// How the generation is built.
    pub build: BuildSettings,
    /// How a ranking is learned from judged queries.
    pub learn: LearnSettings,
}

impl Default for ReindexConfig {
    fn default() -> Self {
        let (max_bad_share, max_deleted_share) = (0.05, 0.2);
        let (build, learn) = (BuildSettings::default(), LearnSettings::default());
        Self { max_bad_share, max_deleted_share, currency: None, keep: 3, model: None, build, learn }
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
        if self.keep == 0 {
            return Err("reindex.keep: must be at least 1, the live generation".to_owned());
        }
        self.learn.check()
    }

    /// The shop's currency, when it is set.
    pub fn own_currency(&self) -> Option<Currency> {
        self.currency.as_deref().and_then(Currency::of_code)
    }
}

/// Why settings were not taken.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read settings {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The file says something that cannot be.
    #[error("settings {}: {message}", path.display())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// Where and what.
        message: String,
    },
}

impl Config {
    /// Reads `file`, or [`FILE_NAME`] in the data folder when there is one, or takes the defaults.
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
        let config = toml::from_str::<Self>(&text).map_err(|error| error.to_string()).and_then(Self::checked);
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

impl ServerConfig {
    fn check(&self) -> Result<(), String> {
        let origins = &self.cors_origins;
        if origins.len() > MAX_CORS_ORIGINS {
            return Err(format!("server.cors_origins: has {}, at most {MAX_CORS_ORIGINS} are allowed", origins.len()));
        }
        if origins.len() > 1 && origins.iter().any(|origin| origin == "*") {
            return Err("server.cors_origins: `*` stands alone".to_owned());
        }
        match origins.iter().find(|origin| *origin != "*" && !is_origin(origin)) {
            Some(wrong) => Err(format!(
                "server.cors_origins: `{wrong}` is no origin; write it as a browser does, like https://shop.example"
            )),
            None => Ok(()),
        }
    }
}

/// Scheme, host and, if unusual, port, in small letters; nothing after them.
fn is_origin(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or_default();
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-:[]".contains(&byte);
    !host.is_empty() && host.bytes().all(fits)
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
        assert!(load("[reindex.build]\nmemory_mb = 1").is_err_and(|error| error.contains("build.memory_mb")));
        assert!(load("[reindex]\nkeep = 0").is_err_and(|error| error.contains("keep")));
        assert!(load("[reindex]\ncurrency = \"euro\"").is_err_and(|error| error.contains("reindex.currency")));
        assert!(load("[reindex]\nmax_deleted_share = 2").is_err_and(|error| error.contains("max_deleted_share")));
    }
}
