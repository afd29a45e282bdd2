//! Progress for people: bars on a terminal, plain lines otherwise.

use std::io::IsTerminal;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};
use tastemaker_index::progress::Progress;

/// Shows stages on standard error.
#[derive(Debug)]
pub struct Shown {
    terminal: bool,
    stage: Mutex<Option<Stage>>,
}

#[derive(Debug)]
struct Stage {
    name: &'static str,
    bar: ProgressBar,
    started: Instant,
}

impl Default for Shown {
    fn default() -> Self {
        Self { terminal: std::io::stderr().is_terminal(), stage: Mutex::new(None) }
    }
}

impl Shown {
    /// Ends the last stage.
    pub fn finish(&self) {
        if let Some(stage) = self.stage().take() {
            self.end(&stage);
        }
    }

    fn stage(&self) -> MutexGuard<'_, Option<Stage>> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn end(&self, stage: &Stage) {
        stage.bar.finish_and_clear();
        eprintln!(
            "{:<10} {:>9} done in {:.1} s",
            stage.name,
            stage.bar.position(),
            stage.started.elapsed().as_secs_f64()
        );
    }

    fn bar(&self, total: Option<u64>) -> ProgressBar {
        if !self.terminal {
            return ProgressBar::hidden();
        }
        let (bar, template) = match total {
            Some(total) => (ProgressBar::new(total), "{prefix:<10} {bar:30} {pos}/{len} {per_sec}, {eta} left"),
            None => (ProgressBar::new_spinner(), "{prefix:<10} {spinner} {pos} {per_sec}"),
        };
        match ProgressStyle::with_template(template) {
            Ok(style) => bar.with_style(style),
            Err(_) => bar,
        }
    }
}

impl Progress for Shown {
    fn stage(&self, name: &'static str, total: Option<u64>) {
        self.finish();
        let bar = self.bar(total).with_prefix(name);
        *self.stage() = Some(Stage { name, bar, started: Instant::now() });
    }

    fn advance(&self, done: u64) {
        if let Some(stage) = &*self.stage() {
            stage.bar.inc(done);
        }
    }

    fn note(&self, message: &str) {
        match &*self.stage() {
            Some(stage) => stage.bar.suspend(|| eprintln!("{message}")),
            None => eprintln!("{message}"),
        }
    }
}
