//! Progress for people, on standard error: one bar on a terminal; elsewhere one plain line for each stage that
//! takes long. The engine names its stages in short; [`TITLES`] gives the title a shop owner reads.

use std::io::IsTerminal;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use tastemaker_index::progress::Progress;

/// The title of each stage. Several stages may share one: they are one piece of work to a reader.
const TITLES: [(&str, &str); 23] = [
    ("catalogue", "reading the feed"),
    ("journal", "removing expired and erased events"),
    ("read", "reading the catalogue"),
    ("index", "indexing products for search"),
    ("behaviour", "reading shoppers' events"),
    ("history", "sorting shoppers' events"),
    ("popularity", "product popularity"),
    ("alike", "content similarity of products"),
    ("replay", "checking recommendations against past shoppers"),
    ("next", "what shoppers look at next"),
    ("co_viewed", "viewed together"),
    ("bought", "bought together"),
    ("baskets", "bought together"),
    ("rehearsal", "checking cart recommendations against past orders"),
    ("visits", "what was bought after a view"),
    ("rest", "habits of customer groups and repeat purchases"),
    ("carts", "cart recommendations"),
    ("write", "writing recommendations"),
    ("order", "personal recommendations"),
    ("graph", "linking products of similar meaning"),
    ("learn", "learning the order of search results"),
    ("suggestions", "search suggestions"),
    ("publish", "publishing the new generation"),
];

/// Without a terminal, stages that take less are not mentioned.
const WORTH_A_LINE: Duration = Duration::from_secs(1);

/// The time between two moves of the spinner.
const TICK: Duration = Duration::from_millis(100);

/// Shows the stages of one long piece of work.
#[derive(Debug)]
pub struct ProgressDisplay {
    bar: ProgressBar,
    stage: Mutex<Option<RunningStage>>,
}

#[derive(Debug)]
struct RunningStage {
    title: &'static str,
    started: Instant,
}

impl Default for ProgressDisplay {
    fn default() -> Self {
        let terminal = std::io::stderr().is_terminal();
        let bar = if terminal { ProgressBar::no_length() } else { ProgressBar::hidden() };
        Self { bar, stage: Mutex::new(None) }
    }
}

impl ProgressDisplay {
    /// Ends the last stage and removes the bar.
    pub fn finish(&self) {
        self.end_stage();
        self.bar.disable_steady_tick();
        self.bar.finish_and_clear();
    }

    /// Prints a line above the bar.
    pub fn line(&self, text: &str) {
        self.bar.suspend(|| eprintln!("{text}"));
    }

    fn current(&self) -> MutexGuard<'_, Option<RunningStage>> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn end_stage(&self) {
        let Some(stage) = self.current().take() else { return };
        let elapsed = stage.started.elapsed();
        if self.bar.is_hidden() && elapsed >= WORTH_A_LINE {
            eprintln!("{}: {:.1} s", stage.title, elapsed.as_secs_f64());
        }
    }

    fn show(&self, title: &'static str, total: Option<u64>) {
        if self.bar.is_hidden() {
            return;
        }
        let template = if total.is_some() { "{spinner} {msg} {bar:30} {percent}%" } else { "{spinner} {msg}" };
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style);
        }
        self.bar.reset();
        match total {
            Some(total) => self.bar.set_length(total),
            None => self.bar.unset_length(),
        }
        self.bar.set_message(title);
        self.bar.enable_steady_tick(TICK);
    }
}

impl Progress for ProgressDisplay {
    fn stage(&self, name: &'static str, total: Option<u64>) {
        let title = title(name);
        let same = self.current().as_ref().is_some_and(|stage| stage.title == title);
        if !same {
            self.end_stage();
            *self.current() = Some(RunningStage { title, started: Instant::now() });
        }
        self.show(title, total);
    }

    fn advance(&self, done: u64) {
        self.bar.inc(done);
    }

    /// Details such as the settings that were compared go to the log: `--verbose` prints them.
    fn note(&self, message: &str) {
        self.bar.suspend(|| tracing::debug!("{message}"));
    }
}

/// The title of a stage; a stage without one is shown by its name.
fn title(name: &'static str) -> &'static str {
    TITLES.iter().find(|(stage, _)| *stage == name).map_or(name, |(_, title)| title)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stage_has_one_title_and_an_unknown_one_keeps_its_name() {
        for (at, (name, _)) in TITLES.iter().enumerate() {
            assert!(TITLES[..at].iter().all(|(other, _)| other != name), "{name} stands twice");
        }
        assert_eq!(title("alike"), "content similarity of products");
        assert_eq!(title("something_new"), "something_new");
    }
}
