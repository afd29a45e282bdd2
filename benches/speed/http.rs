//! The real server as a process of its own, and connections to it.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use serde_json::{Value, json};

use crate::process::ServerProcess;

/// A running server; it ends with this value.
pub(crate) struct Server {
    running: ServerProcess,
    /// `http://address`.
    pub(crate) url: String,
    /// From the start of the process until it took requests.
    pub(crate) ready: Duration,
}

impl Server {
    /// Starts the server on a data folder and a free port.
    pub(crate) fn start(data: &Path) -> anyhow::Result<Self> {
        let began = Instant::now();
        let running = ServerProcess::start(env!("CARGO_BIN_EXE_tastemaker").as_ref(), data)?;
        Ok(Self { url: running.url.clone(), ready: began.elapsed(), running })
    }

    /// Memory it holds now, in bytes.
    pub(crate) fn resident(&self) -> Option<u64> {
        self.running.memory("VmRSS")
    }

    /// The same without the files it has mapped, which are the system's to take back.
    pub(crate) fn anonymous(&self) -> Option<u64> {
        self.running.memory("RssAnon")
    }

    /// Processor time it took so far, in seconds; nothing where the system does not tell.
    pub(crate) fn processor_seconds(&self) -> Option<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.running.process.id())).ok()?;
        let (_, after_name) = stat.rsplit_once(')')?;
        let ticks = |nth: usize| after_name.split_whitespace().nth(nth)?.parse::<f64>().ok();
        // User and system, in the hundredths of a second that Linux promises.
        Some((ticks(11)? + ticks(12)?) / 100.0)
    }

    /// Asks it to finish what is under way, and waits until it has ended.
    pub(crate) fn stop(mut self) -> anyhow::Result<()> {
        let asked = Command::new("kill").args(["-s", "TERM", &self.running.process.id().to_string()]).status()?;
        let ended = self.running.process.wait()?;
        ensure!(asked.success() && ended.success(), "the server did not stop by itself: {ended}");
        Ok(())
    }

    /// A client with one connection, kept alive.
    pub(crate) fn connect(&self) -> Connection {
        let config = ureq::Agent::config_builder()
            .max_idle_connections(1)
            .max_idle_connections_per_host(1)
            .timeout_global(Some(Duration::from_secs(30)))
            .build();
        Connection { agent: config.into(), url: self.url.clone() }
    }
}

/// A request: an address, or an address and a JSON body.
#[derive(Debug, Clone)]
pub(crate) enum Request {
    Get(String),
    Post(&'static str, String),
}

/// One kept-alive connection.
pub(crate) struct Connection {
    agent: ureq::Agent,
    url: String,
}

impl Connection {
    /// The body of the answer, read to its end; any status but 2xx is an error.
    pub(crate) fn ask(&self, request: &Request) -> anyhow::Result<Vec<u8>> {
        let mut answer = match request {
            Request::Get(path) => self.agent.get(format!("{}{path}", self.url)).call(),
            Request::Post(path, body) => {
                let post = self.agent.post(format!("{}{path}", self.url)).header("content-type", "application/json");
                post.send(body)
            }
        }
        .with_context(|| format!("{request:?}"))?;
        Ok(answer.body_mut().read_to_vec()?)
    }

    /// Hands events in; all of them must be taken.
    pub(crate) fn tell(&self, events: &[Value]) -> anyhow::Result<()> {
        let answer = self.ask(&Request::Post("/v1/events", json!({"events": events}).to_string()))?;
        let answer: Value = serde_json::from_slice(&answer)?;
        ensure!(answer["accepted"] == events.len(), "not all events were taken: {answer}");
        Ok(())
    }
}

impl Request {
    /// The placements of a product's page.
    pub(crate) fn placements(user: &str, seen: &str) -> Self {
        let body = json!({"user_id": user, "placements": [
            {"kind": "complementary", "product_id": seen, "limit": 10},
            {"kind": "similar", "product_id": seen, "limit": 10},
            {"kind": "for-you", "limit": 10},
        ]});
        Self::Post("/v1/recommend", body.to_string())
    }
}

/// A text as a part of an address.
pub(crate) fn escaped(text: &str) -> String {
    let escape = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(escape).collect()
}
