//! Shared by the tests of the whole binary: the demo shop, indexed once; the binary, run or started on a folder; and a
//! small client.

#![allow(dead_code, reason = "each test binary uses its part of this")]

pub(crate) mod client;
pub(crate) mod server;

use std::error::Error;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use tempfile::TempDir;

/// The result of a test.
pub(crate) type Done<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// A file of the demo shop.
pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/shop").join(name)
}

/// The outcome of a command.
#[derive(Debug)]
pub(crate) struct Ran {
    /// The exit status; absent if a signal ended the command.
    pub(crate) status: Option<i32>,
    /// Standard output.
    pub(crate) out: String,
    /// Standard error.
    pub(crate) err: String,
}

impl Ran {
    /// Checks that the command succeeded.
    pub(crate) fn done(self) -> Done<Self> {
        if self.status == Some(0) { Ok(self) } else { Err(format!("{self:#?}").into()) }
    }

    /// Checks that the command failed with this status, and that every part is in its message.
    pub(crate) fn failed(self, status: i32, parts: &[&str]) -> Done<Self> {
        let missing = parts.iter().find(|part| !self.err.contains(**part));
        match missing {
            None if self.status == Some(status) => Ok(self),
            None => Err(format!("expected status {status}: {self:#?}").into()),
            Some(part) => Err(format!("the message lacks `{part}`: {self:#?}").into()),
        }
    }
}

/// The binary under test.
pub(crate) fn binary() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tastemaker"));
    command.stdin(Stdio::null()).env_remove("RUST_LOG");
    command
}

/// The binary under test, with a limit on the size of its files, in KiB: a write beyond it fails as on a full disk.
#[cfg(unix)]
pub(crate) fn binary_with_room(kib: usize) -> Command {
    let mut shell = Command::new("bash");
    // `ulimit -f` counts blocks of 1,024 bytes in bash.
    shell.arg("-c").arg(format!("trap '' XFSZ; ulimit -f {kib}; exec \"$0\" \"$@\""));
    shell.arg(env!("CARGO_BIN_EXE_tastemaker")).stdin(Stdio::null()).env_remove("RUST_LOG");
    shell
}

/// Runs a command to its end.
pub(crate) fn run(command: &mut Command) -> Done<Ran> {
    let output = command.output()?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok(Ran { status: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) })
}

/// Runs `tastemaker` with these arguments.
pub(crate) fn tastemaker<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Done<Ran> {
    run(binary().args(arguments))
}

/// `tastemaker reindex`.
pub(crate) fn reindex(data: &Path, catalog: Option<&Path>, events: Option<&Path>) -> Done<Ran> {
    let mut command = binary();
    command.arg("reindex").arg("--data").arg(data);
    for (name, file) in [("--catalog", catalog), ("--events", events)] {
        if let Some(file) = file {
            command.arg(name).arg(file);
        }
    }
    run(&mut command)
}

/// An empty folder, removed when dropped.
pub(crate) fn empty_folder() -> Done<TempDir> {
    Ok(tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?)
}

/// A new data folder with the demo shop indexed and without shoppers.
pub(crate) fn demo_folder() -> Done<TempDir> {
    static BUILT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let built = BUILT.get_or_init(|| build_demo().map_err(|error| error.to_string())).clone()?;
    let folder = empty_folder()?;
    copy(&built, folder.path())?;
    Ok(folder)
}

fn build_demo() -> Done<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(concat!("demo-of-", env!("CARGO_CRATE_NAME")));
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    reindex(&folder, Some(&fixture("products.jsonl")), Some(&fixture("events.ndjson")))?.done()?;
    Ok(folder)
}

/// Copies the content of a folder into another.
pub(crate) fn copy(from: &Path, to: &Path) -> Done {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            fs::create_dir_all(&target)?;
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Every file and folder below `folder`.
pub(crate) fn walk(folder: &Path) -> Done<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(walk(&path)?);
        }
        found.push(path);
    }
    found.sort();
    Ok(found)
}

/// The folder of the current generation.
pub(crate) fn current_generation(data: &Path) -> Done<PathBuf> {
    let generations = data.join("generations");
    let current: serde_json::Value = serde_json::from_slice(&fs::read(generations.join("CURRENT"))?)?;
    let name = current["generation"].as_str().ok_or("CURRENT names no generation")?;
    Ok(generations.join(name))
}
