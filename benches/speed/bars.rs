//! Figures that must be reached, and the count of those that were.

use std::process::ExitCode;

/// What became of the bars so far.
#[derive(Debug, Default)]
pub(crate) struct Bars {
    passed: usize,
    failed: usize,
    skipped: usize,
}

impl Bars {
    /// The figure must stay under the limit.
    pub(crate) fn under(&mut self, name: &str, figure: f64, limit: f64, unit: &str) {
        self.judge(figure < limit, &format!("bar {name}: {figure:.2} {unit} (must be under {limit} {unit})"));
    }

    /// The figure must come to the limit or more.
    pub(crate) fn at_least(&mut self, name: &str, figure: f64, limit: f64, unit: &str) {
        self.judge(figure >= limit, &format!("bar {name}: {figure:.2} {unit} (must be at least {limit:.1} {unit})"));
    }

    /// The bar cannot be judged here.
    pub(crate) fn skip(&mut self, name: &str, reason: &str) {
        self.skipped += 1;
        println!("bar {name}: skipped, {reason}");
    }

    /// A suite that could not run to its end counts as a bar missed.
    pub(crate) fn broken(&mut self, error: &anyhow::Error) {
        self.failed += 1;
        println!("a suite stopped: {error:#}");
    }

    /// Prints the count; the exit status follows from it.
    pub(crate) fn finish(self) -> ExitCode {
        println!("\n{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped);
        if self.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }

    fn judge(&mut self, reached: bool, line: &str) {
        if reached {
            self.passed += 1;
        } else {
            self.failed += 1;
        }
        println!("{line}: {}", if reached { "reached" } else { "NOT reached" });
    }
}
