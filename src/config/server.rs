//! Settings of the HTTP server.

use serde::{Deserialize, Serialize};

use crate::access::network::ProxyNetwork;
use crate::load::LoadSettings;

/// The most origins a settings file may allow to call from a browser.
const MAX_CORS_ORIGINS: usize = 100;
/// The most threads that answer requests; the framework starts no more.
const MAX_WORKERS: usize = 512;
/// The most fields that a settings file may keep from public keys.
const MAX_PRIVATE_FIELDS: usize = 100;
/// The most trusted proxies and networks that a settings file may name.
const MAX_PROXIES: usize = 100;

/// Settings of the HTTP server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServerConfig {
    /// Address and port to listen on; port 0 takes a free one.
    pub listen: String,
    /// Threads that handle requests; 0 for one per core.
    pub workers: usize,
    /// The largest request body, in bytes.
    pub max_body_bytes: usize,
    /// The most bytes of bodies that the server holds at a time, of all requests together; one of the largest always.
    pub max_bodies_bytes: usize,
    /// The longest time in which a body arrives, in seconds.
    pub body_seconds: u64,
    /// The least rate at which a body arrives after its first five seconds, in bytes a second.
    pub body_bytes_a_second: u32,
    /// The longest time for which a client takes nothing of its response, in seconds; its connection is closed then.
    pub stalled_seconds: u32,
    /// The largest response with JSON, in bytes.
    pub max_answer_bytes: usize,
    /// The largest product, or patch of one, in a change over the API, in bytes of JSON.
    pub max_product_bytes: usize,
    /// The most points that one request with a public key may cost; 0 for any.
    pub public_budget: usize,
    /// The part of a public key's rate that one visitor may use, in percent.
    pub visitor_percent: usize,
    /// Addresses and networks of proxies, whose `X-Forwarded-For` says who the visitor is.
    pub trusted_proxies: Vec<String>,
    /// Fields and attributes of products that public keys do not see.
    pub private_fields: Vec<String>,
    /// The most events in one request.
    pub max_batch_events: usize,
    /// The most product changes in one request.
    pub max_batch_changes: usize,
    /// Interval at which the server looks for a newly published generation, in milliseconds.
    pub watch_ms: u64,
    /// True if the demo shop's pages are served at `/`, beside the API.
    pub storefront: bool,
    /// Origins whose pages may call the API from a browser, such as `https://shop.example`; `*` alone allows
    /// all.
    pub cors_origins: Vec<String>,
    /// Work under load: threads, waits and deadlines.
    pub load: LoadSettings,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8108".to_owned(),
            workers: 0,
            max_body_bytes: 2 << 20,
            max_bodies_bytes: 64 << 20,
            body_seconds: 60,
            body_bytes_a_second: 1024,
            stalled_seconds: 30,
            max_answer_bytes: 16 << 20,
            max_product_bytes: 256 << 10,
            public_budget: 200,
            visitor_percent: 10,
            trusted_proxies: Vec::new(),
            private_fields: ["margin", "stock", "cost", "cost_of_goods_sold"].map(str::to_owned).to_vec(),
            max_batch_events: 1000,
            max_batch_changes: 1000,
            watch_ms: 500,
            storefront: false,
            cors_origins: Vec::new(),
            load: LoadSettings::default(),
        }
    }
}

impl ServerConfig {
    /// The networks of trusted proxies.
    ///
    /// # Errors
    /// A sentence that names the wrong one.
    pub fn proxies(&self) -> Result<Vec<ProxyNetwork>, String> {
        self.trusted_proxies.iter().map(|proxy| proxy.parse()).collect()
    }

    pub(super) fn check(&self) -> Result<(), String> {
        let ranges = [
            ("workers", self.workers, 0, MAX_WORKERS),
            ("max_body_bytes", self.max_body_bytes, 1024, 1 << 30),
            ("max_bodies_bytes", self.max_bodies_bytes, 1024, 1 << 40),
            ("body_seconds", self.body_seconds as usize, 1, 3600),
            ("body_bytes_a_second", self.body_bytes_a_second as usize, 1, 1 << 30),
            ("stalled_seconds", self.stalled_seconds as usize, 1, 3600),
            ("max_answer_bytes", self.max_answer_bytes, 1024, 1 << 30),
            ("max_product_bytes", self.max_product_bytes, 1024, 1 << 30),
            ("visitor_percent", self.visitor_percent, 1, 100),
            ("trusted_proxies", self.trusted_proxies.len(), 0, MAX_PROXIES),
            ("public_budget", self.public_budget, 0, 1_000_000),
            ("private_fields", self.private_fields.len(), 0, MAX_PRIVATE_FIELDS),
            ("max_batch_events", self.max_batch_events, 1, 1_000_000),
            ("max_batch_changes", self.max_batch_changes, 1, 1_000_000),
        ];
        if let Some((name, value, least, most)) =
            ranges.into_iter().find(|(_, value, least, most)| !(least..=most).contains(&value))
        {
            return Err(format!("server.{name}: {value} must lie between {least} and {most}"));
        }
        self.load.check("server.load")?;
        self.proxies().map_err(|error| format!("server.trusted_proxies: {error}"))?;
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

/// True if `text` is an origin in the form browsers send: scheme, host in small letters and an unusual port,
/// nothing after them.
fn is_origin(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or_default();
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-:[]".contains(&byte);
    !host.is_empty() && host.bytes().all(fits)
}
