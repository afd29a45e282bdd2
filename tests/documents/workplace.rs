//! A working folder as a page assumes it: the demo shop runs, `tastemaker`, `cargo run` and `curl` are on the path.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::OnceLock;

use tempfile::TempDir;

use crate::support::{Done, Ran, binary, copy, empty_folder, run};

/// The address that documents print.
const PRINTED: &str = "localhost:8108";

/// The longest time for one block, in seconds: one that waits for ever is an error.
const BLOCK_SECONDS: &str = "60";

/// `tastemaker` on the path. A server takes a free port, which is noted under the port that the page prints. It goes
/// on in the background, unless the page itself put it there with `&`.
const TASTEMAKER: &str = r#"#!/usr/bin/env bash
case "${1:-}" in serve|demo) ;; *) exec "$TASTEMAKER" "$@";; esac
case " $* " in *" --help "*|*" 0.0.0.0:"*) exec "$TASTEMAKER" "$@";; esac # Such an address is refused.
case " $* " in
  " demo ") cat "$PLACE/listening"; exit 0;; # It runs already.
esac
port=8108
arguments=()
while [ $# -gt 0 ]; do
  if [ "$1" = --listen ]; then port=${2##*:}; shift 2; else arguments+=("$1"); shift; fi
done
out="$PLACE/server.$$"
"$TASTEMAKER" "${arguments[@]}" --listen 127.0.0.1:0 > "$out" 2> "$out.log" &
server=$!
echo $server >> "$PLACE/servers"
trap 'kill $server; wait $server; exit 0' TERM
for _ in $(seq 600); do
  address=$(grep -o '127\.0\.0\.1:[0-9]*' "$out" | head -n 1)
  if [ -n "$address" ]; then
    echo "$address" > "$PLACE/port-$port"
    cat "$out"
    if [ -n "$ATTACHED" ]; then wait $server; fi
    exit 0
  fi
  if ! kill -0 $server 2>/dev/null; then cat "$out"; cat "$out.log" >&2; exit 1; fi
  sleep .1
done
exit 1
"#;

/// `curl` on the path: a printed address becomes that of the server.
const CURL: &str = r#"#!/usr/bin/env bash
arguments=("$@")
for noted in "$PLACE"/port-*; do
  address=$(cat "$noted")
  arguments=("${arguments[@]//localhost:${noted##*-}/$address}")
done
exec "$REAL_CURL" "${arguments[@]}"
"#;

/// `cargo` on the path: only what runs the product.
const CARGO: &str = r#"#!/usr/bin/env bash
case "$*" in
  "run --release -- "*) shift 3; exec tastemaker "$@";;
  "build --release"*|"install --path ."*) exit 0;;
  *) echo "cargo $* is not run here: mark the block sh,ignore" >&2; exit 1;;
esac
"#;

/// True if a program is on the path.
pub(crate) fn has(program: &str) -> bool {
    run(Command::new("which").arg(program)).is_ok_and(|ran| ran.status == Some(0))
}

/// The folder, and the server of the demo shop in it.
pub(crate) struct Workplace {
    folder: TempDir,
    place: PathBuf,
    /// The program behind the `curl` of the folder.
    curl: String,
    demo: Child,
    /// Kept open: a server whose output nobody reads would be told so.
    _out: BufReader<ChildStdout>,
}

impl Workplace {
    /// A fresh folder with the demo shop running.
    pub(crate) fn new() -> Done<Self> {
        let folder = empty_folder()?;
        let place = folder.path().join(".place");
        fs::create_dir_all(place.join("bin"))?;
        for (name, script) in [("tastemaker", TASTEMAKER), ("curl", CURL), ("cargo", CARGO)] {
            let path = place.join("bin").join(name);
            fs::write(&path, script)?;
            #[cfg(unix)]
            fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
        }
        let data = folder.path().join("demo-data");
        fs::create_dir_all(&data)?;
        copy(demo_data()?, &data)?;
        let (demo, out, listening) = start_demo(&data)?;
        fs::write(place.join("port-8108"), address(&listening).ok_or("the demo says no address")?)?;
        fs::write(place.join("listening"), listening)?;
        let curl = run(Command::new("which").arg("curl"))?.done()?.out.trim().to_owned();
        Ok(Self { folder, place, curl, demo, _out: out })
    }

    fn command(&self, program: &str) -> Command {
        let path = std::env::var("PATH").unwrap_or_default();
        let mut command = Command::new(program);
        command
            .current_dir(self.folder.path())
            .env("PATH", format!("{}:{path}", self.place.join("bin").display()))
            .env("PLACE", &self.place)
            .env("TASTEMAKER", env!("CARGO_BIN_EXE_tastemaker"))
            .env("REAL_CURL", &self.curl)
            .env_remove("RUST_LOG")
            .stdin(Stdio::null());
        command
    }

    fn with_address(&self, text: &str) -> Done<String> {
        Ok(text.replace(PRINTED, fs::read_to_string(self.place.join("port-8108"))?.trim()))
    }

    /// Runs the commands of a block.
    ///
    /// # Errors
    /// Fails with everything printed when one of them fails.
    pub(crate) fn shell(&self, commands: &str) -> Done<String> {
        let script = self.place.join("block.sh");
        fs::write(&script, format!("set -eo pipefail\n{commands}"))?;
        let attached = commands.lines().any(|line| line.contains("tastemaker") && line.trim_end().ends_with('&'));
        let ran = run(self
            .command("timeout")
            .env("ATTACHED", if attached { "1" } else { "" })
            .args([BLOCK_SECONDS, "bash"])
            .arg(&script))?;
        Ok(ran.done()?.out)
    }

    /// Runs a program.
    ///
    /// # Errors
    /// Fails with everything printed when the program fails.
    pub(crate) fn python(&self, program: &str) -> Done {
        let script = self.place.join("block.py");
        fs::write(&script, self.with_address(program)?)?;
        run(self.command("python3").arg(&script))?.done()?;
        Ok(())
    }

    /// Runs a query with DuckDB, where the Python that reads the archive has it; `None` where it has not.
    ///
    /// # Errors
    /// Fails with everything printed when the query fails.
    pub(crate) fn sql(&self, query: &str) -> Done<Option<()>> {
        let python = std::env::var("TASTEMAKER_PYTHON").unwrap_or_else(|_| "python3".to_owned());
        if run(self.command(&python).args(["-c", "import duckdb"]))?.status != Some(0) {
            return Ok(None);
        }
        let script = self.place.join("block.sql");
        fs::write(&script, query)?;
        let program = "import duckdb, sys; print(duckdb.sql(open(sys.argv[1]).read()).fetchall())";
        run(self.command(&python).args(["-c", program]).arg(&script))?.done()?;
        Ok(Some(()))
    }

    /// Reads a settings file.
    ///
    /// # Errors
    /// Fails on an unknown key or a value out of range.
    pub(crate) fn settings(&self, text: &str) -> Done {
        let file = self.place.join("tastemaker.toml");
        fs::write(&file, text)?;
        tastemaker::config::Config::load(Some(&file), None)?;
        Ok(())
    }
}

impl Drop for Workplace {
    fn drop(&mut self) {
        let _ = self.demo.kill();
        let _ = self.demo.wait();
        for number in fs::read_to_string(self.place.join("servers")).unwrap_or_default().lines() {
            let _ = Command::new("kill").args(["-9", number]).status();
        }
    }
}

/// The first loopback address in a line.
fn address(line: &str) -> Option<&str> {
    let found = &line[line.find("127.0.0.1:")?..];
    let port = found["127.0.0.1:".len()..].find(|c: char| !c.is_ascii_digit());
    Some(port.map_or(found, |end| &found[.."127.0.0.1:".len() + end]))
}

fn start_demo(data: &Path) -> Done<(Child, BufReader<ChildStdout>, String)> {
    let mut process = binary()
        .args(["demo", "--listen", "127.0.0.1:0", "--data"])
        .arg(data)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let mut out = BufReader::new(process.stdout.take().ok_or("the demo has no output")?);
    let mut line = String::new();
    while out.read_line(&mut line)? > 0 {
        if address(&line).is_some() {
            return Ok((process, out, line));
        }
        line.clear();
    }
    let ended = Ran { status: process.wait()?.code(), out: String::new(), err: String::new() };
    Err(format!("the demo did not start: {ended:?}").into())
}

/// The demo's data folder, made once.
fn demo_data() -> Done<&'static Path> {
    static MADE: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        let make = || -> Done<PathBuf> {
            let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("demo-of-documents");
            if folder.exists() {
                fs::remove_dir_all(&folder)?;
            }
            fs::create_dir_all(&folder)?;
            let (mut demo, _out, _) = start_demo(&folder)?;
            demo.kill()?;
            demo.wait()?;
            Ok(folder)
        };
        make().map_err(|error| error.to_string())
    });
    made.as_deref().map_err(|error| error.clone().into())
}
