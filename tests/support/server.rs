//! The real server on a folder, killed when dropped.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tempfile::{NamedTempFile, TempDir};

use super::client::Client;
use super::{Done, binary, binary_with_room, demo_folder};

/// A running server.
pub(crate) struct Server {
    process: Child,
    /// Stays open, because a write of the server to a closed pipe would fail.
    _out: BufReader<ChildStdout>,
    log: NamedTempFile,
    client: Client,
    _folder: Option<TempDir>,
}

impl Server {
    /// Serves a data folder.
    pub(crate) fn start(data: &Path) -> Done<Self> {
        Self::start_by(binary(), data)
    }

    /// Serves a data folder with a limit on the size of its files, in KiB: a write beyond it fails as on a full disk.
    #[cfg(unix)]
    pub(crate) fn start_with_room(data: &Path, kib: usize) -> Done<Self> {
        Self::start_by(binary_with_room(kib), data)
    }

    /// Serves a data folder, its log going to a pipe whose reader goes away.
    #[cfg(unix)]
    pub(crate) fn start_without_log_reader(data: &Path) -> Done<Self> {
        let mut shell = Command::new("bash");
        shell.arg("-c").arg("exec \"$0\" \"$@\" 2> >(exit 0)").arg(env!("CARGO_BIN_EXE_tastemaker"));
        shell.stdin(Stdio::null()).env_remove("RUST_LOG");
        Self::start_by(shell, data)
    }

    fn start_by(mut binary: Command, data: &Path) -> Done<Self> {
        let log = NamedTempFile::new()?;
        let mut process = binary
            .arg("serve")
            .arg("--data")
            .arg(data)
            .args(["--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::from(log.reopen()?))
            .spawn()?;
        let mut out = BufReader::new(process.stdout.take().ok_or("the server has no output")?);
        let mut line = String::new();
        while out.read_line(&mut line)? > 0 {
            if let Some(address) = line.trim_end().strip_prefix("listening on ") {
                let client = Client::new(address);
                return Ok(Self { process, _out: out, log, client, _folder: None });
            }
            line.clear();
        }
        let status = process.wait()?;
        Err(format!("the server stopped, {status}: {}", fs::read_to_string(log.path())?).into())
    }

    /// The server's log so far.
    pub(crate) fn log(&self) -> Done<String> {
        Ok(fs::read_to_string(self.log.path())?)
    }

    /// Ends the server as a power cut would: SIGKILL on Unix.
    pub(crate) fn kill(mut self) -> Done {
        self.process.kill()?;
        self.process.wait()?;
        Ok(())
    }

    /// Sends the server a signal by name and waits for its exit status.
    #[cfg(unix)]
    pub(crate) fn stop(mut self, signal: &str) -> Done<Option<i32>> {
        let process = self.process.id().to_string();
        Command::new("kill").args(["-s", signal, &process]).status()?;
        Ok(self.process.wait()?.code())
    }
}

impl std::ops::Deref for Server {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The server may have ended already.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// A server on a new copy of the demo shop.
pub(crate) struct Demo {
    server: Server,
    folder: TempDir,
}

impl Demo {
    /// Serves a new copy of the demo shop.
    pub(crate) fn start() -> Done<Self> {
        Self::start_with("")
    }

    /// The same with settings, as TOML.
    pub(crate) fn start_with(settings: &str) -> Done<Self> {
        let folder = demo_folder()?;
        fs::write(folder.path().join("tastemaker.toml"), settings)?;
        Ok(Self { server: Server::start(folder.path())?, folder })
    }

    /// Ends the server as a power cut would; the folder stays.
    pub(crate) fn kill(self) -> Done<TempDir> {
        self.server.kill()?;
        Ok(self.folder)
    }

    /// The data folder.
    pub(crate) fn data(&self) -> &Path {
        self.folder.path()
    }
}

impl std::ops::Deref for Demo {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.server
    }
}

/// The demo shop for tests that do not affect each other: they only read, or send events of shoppers with names of
/// their own. It starts with the first test and stops with the last that uses it.
pub(crate) fn shared() -> Done<Arc<Demo>> {
    static SHARED: Mutex<Weak<Demo>> = Mutex::new(Weak::new());
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(running) = shared.upgrade() {
        return Ok(running);
    }
    let started = Arc::new(Demo::start()?);
    *shared = Arc::downgrade(&started);
    Ok(started)
}
