//! The server under load, as a process of its own.

use std::net::SocketAddr;
use std::path::Path;

use anyhow::Context;

use crate::process::ServerProcess;

/// Names another binary to serve with, such as that of an earlier release.
const BINARY_NAME: &str = "TASTEMAKER_BENCH_SERVER";
/// Files that a process may have open: every client that waits has a connection.
const OPEN_FILES: u64 = 65_536;

/// A running server; it ends with this value.
pub(crate) struct Server {
    running: ServerProcess,
    pub(crate) address: SocketAddr,
}

impl Server {
    /// Starts the server on a data folder and a free port.
    pub(crate) fn start(data: &Path) -> anyhow::Result<Self> {
        let binary = std::env::var_os(BINARY_NAME).unwrap_or_else(|| env!("CARGO_BIN_EXE_tastemaker").into());
        let running = ServerProcess::start(&binary, data)?;
        let address = running.url.strip_prefix("http://").context("the server listens without HTTP")?.parse()?;
        Ok(Self { running, address })
    }

    /// Memory it holds now, in bytes.
    pub(crate) fn resident(&self) -> anyhow::Result<u64> {
        self.running.memory("VmRSS").context("the system does not tell the memory of a process")
    }
}

/// Allows this process, and the server it starts, as many connections as clients can wait.
pub(crate) fn allow_many_connections() -> anyhow::Result<()> {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    let most = limit.maximum.map_or(OPEN_FILES, |most| most.min(OPEN_FILES));
    limit.current = Some(most);
    Ok(setrlimit(Resource::Nofile, limit)?)
}
