//! Processes under measurement: the real server, and the memory that a process holds.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::{Context, bail};

/// A server that listens; it ends with this value.
pub(crate) struct ServerProcess {
    pub(crate) process: Child,
    /// Stays open, because a write of the server to a closed pipe would fail.
    _out: BufReader<ChildStdout>,
    /// `http://address`.
    pub(crate) url: String,
}

impl ServerProcess {
    /// Starts a binary's server on a data folder and a free port, and waits until it listens.
    pub(crate) fn start(binary: &OsStr, data: &Path) -> anyhow::Result<Self> {
        let mut process = Command::new(binary)
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .env("RUST_LOG", "warn")
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start the server")?;
        let out = BufReader::new(process.stdout.take().context("the server has no output")?);
        let mut server = Self { process, _out: out, url: String::new() };
        let mut line = String::new();
        while server._out.read_line(&mut line)? > 0 {
            if let Some(url) = line.trim_end().strip_prefix("listening on ") {
                url.clone_into(&mut server.url);
                return Ok(server);
            }
            line.clear();
        }
        bail!("the server ended before it listened")
    }

    /// A figure of its memory, in bytes; `key` is a line of `/proc/PID/status`.
    pub(crate) fn memory(&self, key: &str) -> Option<u64> {
        status_bytes(&self.process.id().to_string(), key)
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// A figure of a process's memory, in bytes, as `/proc/PROCESS/status` has it; `None` where the system has no such file.
pub(crate) fn status_bytes(process: &str, key: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}
