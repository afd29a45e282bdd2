//! Settings: one TOML file, checked as a whole when it is read.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tastemaker_index::engine::EngineSettings;
use tastemaker_index::generation::BuildSettings;

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
    /// How often a newly published generation is looked for, in milliseconds.
    pub watch_ms: u64,
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
            watch_ms: 500,
            cors_origins: Vec::new(),
        }
    }
}

/// The nightly reindex.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReindexConfig {
    /// A feed with more than this share of bad rows is refused, 0 to 1.
    pub max_bad_share: f64,
    /// Generations kept, the live one included, at least 1.
    pub keep: usize,
    /// Folder of an embedding table in the Model2Vec layout; the built-in one when absent.
    pub model: Option<PathBuf>,
    /// How the generation is built.
    pub build: BuildSettings,
}

impl Default for ReindexConfig {
    fn default() -> Self {
        Self { max_bad_share: 0.05, keep: 3, model: None, build: BuildSettings::default() }
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
        if !(0.0..=1.0).contains(&self.reindex.max_bad_share) {
            return Err(format!("reindex.max_bad_share: {} must lie between 0 and 1", self.reindex.max_bad_share));
        }
        if self.reindex.keep == 0 {
            return Err("reindex.keep: must be at least 1, the live generation".to_owned());
        }
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
        assert!(load("[reindex]\nkeep = 0").is_err_and(|error| error.contains("keep")));
    }
}
