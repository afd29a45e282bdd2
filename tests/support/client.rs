//! A small client of the API.

use std::time::Duration;

use serde_json::{Value, json};
use ureq::http::Request;

use super::Done;

/// A client of one server.
#[derive(Clone)]
pub(crate) struct Client {
    address: String,
    agent: ureq::Agent,
    /// The headers of every request.
    headers: Vec<(&'static str, String)>,
}

/// A response.
#[derive(Debug)]
pub(crate) struct Reply {
    /// HTTP status.
    pub(crate) status: u16,
    /// The headers, in their order.
    pub(crate) headers: Vec<(String, String)>,
    /// The JSON of the body.
    pub(crate) body: Value,
}

impl Reply {
    /// The body of a response that is not an error.
    pub(crate) fn ok(self) -> Done<Value> {
        if matches!(self.status, 200 | 201) { Ok(self.body) } else { Err(format!("{self:?}").into()) }
    }

    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| &**value)
    }

    /// Checks that the response is an error with this status and code, that it has a message and a request id, and that
    /// it has no internals.
    pub(crate) fn refused(self, status: u16, code: &str) -> Done<Value> {
        if (self.status, self.body["code"].as_str()) != (status, Some(code)) {
            return Err(format!("expected {status} {code}: {self:?}").into());
        }
        let message = self.body["message"].as_str().unwrap_or_default();
        let telling = !message.is_empty() && self.body["request_id"].is_string() && self.body["status"] == status;
        let leaks = ["/tmp", "src/", ".rs", "generations", "panicked"].into_iter().find(|part| message.contains(part));
        match leaks {
            None if telling => Ok(self.body),
            None => Err(format!("says too little: {self:?}").into()),
            Some(part) => Err(format!("tells `{part}` of the inside: {self:?}").into()),
        }
    }
}

impl Client {
    /// A client of the server at `http://HOST:PORT`.
    pub(crate) fn new(address: &str) -> Self {
        let settings = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .allow_non_standard_methods(true)
            .timeout_global(Some(Duration::from_secs(60)));
        Self { address: address.to_owned(), agent: settings.build().into(), headers: Vec::new() }
    }

    /// The same client, sending a header with every request.
    pub(crate) fn with(&self, name: &'static str, value: &str) -> Self {
        let mut client = self.clone();
        client.headers.push((name, value.to_owned()));
        client
    }

    /// The address of the server: `http://HOST:PORT`.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// `GET` with parameters.
    pub(crate) fn get(&self, path: &str, parameters: &[(&str, &str)]) -> Done<Reply> {
        let mut request = self.agent.get(format!("{}{path}", self.address));
        for (name, value) in parameters {
            request = request.query(name, value);
        }
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        read(request.call()?)
    }

    /// Any method, with any body.
    pub(crate) fn send(&self, method: &str, path: &str, content_type: &str, body: &[u8]) -> Done<Reply> {
        let request = Request::builder().method(method).uri(format!("{}{path}", self.address));
        let request = request.header("content-type", content_type);
        let request = self.headers.iter().fold(request, |request, (name, value)| request.header(*name, value));
        if body.is_empty() {
            read(self.agent.run(request.body(())?)?)
        } else {
            read(self.agent.run(request.body(body)?)?)
        }
    }

    /// `POST` of JSON.
    pub(crate) fn post(&self, path: &str, body: &Value) -> Done<Reply> {
        self.send("POST", path, "application/json", body.to_string().as_bytes())
    }

    /// Sends one event, which must be accepted.
    pub(crate) fn tell(&self, event: &Value) -> Done<Value> {
        let told = self.post("/v1/events", event)?.ok()?;
        if told["accepted"] == 1 { Ok(told) } else { Err(told.to_string().into()) }
    }

    /// The profile of a shopper.
    pub(crate) fn profile(&self, id: &str, kind: &str) -> Done<Value> {
        self.get(&format!("/v1/profiles/{id}"), &[("kind", kind)])?.ok()
    }

    /// `PUT` of JSON.
    pub(crate) fn put(&self, path: &str, body: &Value) -> Done<Reply> {
        self.send("PUT", path, "application/json", body.to_string().as_bytes())
    }

    /// `DELETE`.
    pub(crate) fn delete(&self, path: &str) -> Done<Reply> {
        self.send("DELETE", path, "application/json", b"")
    }

    /// The response to a search.
    pub(crate) fn search(&self, body: &Value) -> Done<Value> {
        self.post("/v1/search", body)?.ok()
    }

    /// The response to the placements of one page.
    pub(crate) fn recommend(&self, body: &Value) -> Done<Value> {
        self.post("/v1/recommend", body)?.ok()
    }

    pub(crate) fn home(&self, body: &Value) -> Done<Value> {
        self.post("/v1/home", body)?.ok()
    }

    /// Sends views of products by a shopper.
    pub(crate) fn view(&self, shopper: &str, products: &[&str]) -> Done {
        let named = |id: &&str| json!({"type": "view", "user_id": shopper, "products": [{"id": id}]});
        let told = self.post("/v1/events", &Value::Array(products.iter().map(named).collect()))?.ok()?;
        if told["accepted"] == products.len() { Ok(()) } else { Err(told.to_string().into()) }
    }
}

fn read(mut response: ureq::http::Response<ureq::Body>) -> Done<Reply> {
    let text = response.body_mut().read_to_string()?;
    let status = response.status().as_u16();
    let told = response.headers().iter();
    let headers = told.map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
    let headers: Vec<_> = headers.collect();
    if text.is_empty() {
        return Ok(Reply { status, headers, body: Value::Null });
    }
    let reply = Reply { status, headers, body: Value::Null };
    // Everything but files and pages for browsers is JSON, errors included.
    let is_file = match reply.header("content-type") {
        Some("application/json") => false,
        Some(page) if page.starts_with("text/html") => true,
        _ => status == 200,
    };
    let body = match is_file {
        true => Value::String(text),
        false => serde_json::from_str(&text).map_err(|error| format!("{status} without JSON ({error}): {text}"))?,
    };
    Ok(Reply { body, ..reply })
}

/// The ids of hits or items, in order.
pub(crate) fn ids(list: &Value) -> Vec<String> {
    let entries = list.as_array().into_iter().flatten();
    entries.filter_map(|entry| entry["id"].as_str().map(str::to_owned)).collect()
}
