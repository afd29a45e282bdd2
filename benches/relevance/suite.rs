//! What a suite is, how it ends, and what it is given: settings, data, and the
//! baseline its figures are held against.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tastemaker::config::Config;
use tastemaker_index::vector::embed::StaticTable;

use crate::baseline::Baseline;
use crate::figure::{Figure, judge, table};
use crate::options::Options;

/// Why a suite could not be run to its end.
pub(crate) type Failure = Box<dyn std::error::Error>;

/// How a suite ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Every figure is as it must be.
    Passed,
    /// At least one is not.
    Failed,
    /// The data is not there.
    NotRun,
}

/// One suite.
pub(crate) struct Suite {
    /// How it is asked for: the whole name, or what stands before the slash.
    pub(crate) name: &'static str,
    /// Runs it.
    pub(crate) run: fn(&mut Bench) -> Result<Outcome, Failure>,
}

/// What suites share.
pub(crate) struct Bench {
    pub(crate) options: Options,
    /// The product's settings, with what `--set` changed.
    pub(crate) config: Config,
    pub(crate) embedder: Arc<StaticTable>,
    /// Where the public data lies.
    pub(crate) data: PathBuf,
    /// The judged figures of the suites so far, by suite and name.
    pub(crate) judged: BTreeMap<(String, String), f64>,
    baseline: Baseline,
    found: Baseline,
    suite: &'static str,
}

impl Bench {
    pub(crate) fn new(options: Options) -> Result<Self, Failure> {
        let config = options.config()?;
        for (path, value) in &options.overrides {
            println!("with {path} = {value}");
        }
        let baseline = Baseline::read()?;
        if options.check && baseline.is_empty() {
            return Err("--check needs a saved baseline; write one with --save".into());
        }
        let embedder = Arc::new(StaticTable::builtin()?);
        let (found, judged) = (Baseline::default(), BTreeMap::new());
        Ok(Self { options, config, embedder, data: data(), judged, baseline, found, suite: "" })
    }

    /// Runs one suite; an error ends it as failed.
    pub(crate) fn run(&mut self, suite: &Suite) -> Outcome {
        self.suite = suite.name;
        (suite.run)(self).unwrap_or_else(|error| {
            println!("suite {}: failed, {error}", suite.name);
            Outcome::Failed
        })
    }

    /// A folder that lies beside the public data.
    pub(crate) fn shared(&self, name: &str) -> PathBuf {
        self.data.with_file_name(name)
    }

    /// The paths of files below the data folder; says which is missing.
    pub(crate) fn files<const N: usize>(&self, names: [&str; N]) -> Option<[PathBuf; N]> {
        let paths = names.map(|name| self.data.join(name));
        match paths.iter().find(|path| !path.exists()) {
            Some(missing) => {
                println!("suite {}: not run, DATA is not at {}", self.suite, missing.display());
                None
            }
            None => Some(paths),
        }
    }

    /// Prints the figures beside the baseline's and judges them.
    pub(crate) fn report(&mut self, figures: &[Figure]) -> Outcome {
        let none = BTreeMap::new();
        // A part of the data, or other settings, is another measurement.
        let comparable = self.options.is_standard();
        let saved = if comparable { self.baseline.suite(self.suite).unwrap_or(&none) } else { &none };
        print!("{}", table(figures, saved));
        let judged = figures.iter().filter(|figure| figure.tolerance.is_some() || figure.bar.is_some());
        self.judged.extend(judged.map(|figure| ((self.suite.to_owned(), figure.name.clone()), figure.mean)));
        let faults = judge(figures, self.options.check.then_some(saved));
        for fault in &faults {
            println!("FAILED: {fault}");
        }
        if comparable {
            self.found.record(self.suite, figures);
        }
        if faults.is_empty() { Outcome::Passed } else { Outcome::Failed }
    }

    /// Writes the baseline when asked to; suites that did not run keep theirs.
    pub(crate) fn save(self) -> Result<(), Failure> {
        if self.options.save {
            let path = self.baseline.merged(self.found).write()?;
            println!("saved {}", path.display());
        }
        Ok(())
    }
}

fn data() -> PathBuf {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    std::env::var_os("TASTEMAKER_DATA").map_or_else(default, PathBuf::from)
}
