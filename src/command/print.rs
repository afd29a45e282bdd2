//! Lines on standard output. Only what a command was asked for goes there; progress, warnings and the log go
//! to standard error.

use std::io::Write;

/// Prints one line and flushes it. A closed pipe (`| head`) is ignored: the work goes on.
pub fn line(text: &str) {
    let mut out = std::io::stdout().lock();
    drop(writeln!(out, "{text}").and_then(|()| out.flush()));
}
