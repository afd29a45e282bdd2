//! A demo shop with an admin key, and clients that hold keys.

use serde_json::{Value, json};

use super::support::Done;
use super::support::client::Client;
use super::support::server::Demo;
use super::support::tastemaker;

/// A server that lets nobody in without a key.
pub(crate) struct Guarded {
    pub(crate) demo: Demo,
    /// The admin's key.
    pub(crate) admin_key: String,
}

impl Guarded {
    pub(crate) fn start() -> Done<Self> {
        Self::start_with("")
    }

    pub(crate) fn start_with(settings: &str) -> Done<Self> {
        let demo = Demo::start_with(settings)?;
        let made = demo.post("/v1/keys", &json!({"role": "admin"}))?.ok()?;
        let admin_key = made["key"].as_str().ok_or("no key")?.to_owned();
        Ok(Self { demo, admin_key })
    }

    pub(crate) fn admin(&self) -> Client {
        self.holding(&self.admin_key)
    }

    /// A client that sends this key with every request.
    pub(crate) fn holding(&self, key: &str) -> Client {
        self.demo.with("x-api-key", key)
    }

    /// Makes a key over HTTP.
    pub(crate) fn key(&self, asked: &Value) -> Done<String> {
        Ok(self.admin().post("/v1/keys", asked)?.ok()?["key"].as_str().ok_or("no key")?.to_owned())
    }
}

/// The id in a key.
pub(crate) fn id(key: &str) -> &str {
    key.split('_').nth(1).unwrap_or_default()
}

/// What a backend signs, by the command that needs no server.
pub(crate) fn signed(action: &str, key: &str, arguments: &[&str]) -> Done<String> {
    let ran = tastemaker(["keys", action, "--key", key].iter().chain(arguments))?.done()?;
    Ok(ran.out.trim().to_owned())
}
