//! What was asked for on the command line.

use std::path::PathBuf;

use serde_json::Value;
use tastemaker::config::Config;

use crate::suite::Failure;

const USAGE: &str = "usage: [SUITE ...] [--check | --save] [--split test|valid] [--sample N] [--set PATH=VALUE ...] [--vary GROUP] [--html FILE]";

/// Which purchases are to be foreseen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Split {
    /// The last; for reports.
    #[default]
    Test,
    /// The second last; for choosing settings.
    Valid,
}

impl Split {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Valid => "valid",
        }
    }
}

/// The command line, checked.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Options {
    suites: Vec<String>,
    /// Fail below the baseline.
    pub(crate) check: bool,
    /// Write the baseline.
    pub(crate) save: bool,
    pub(crate) split: Split,
    /// Every how many-th row is taken.
    pub(crate) sample: usize,
    /// The file into which the suite `shoppers` writes its page.
    pub(crate) html: Option<PathBuf>,
    /// The group of settings whose numbers are halved and doubled.
    pub(crate) vary: Option<String>,
    /// Settings changed, by dotted path.
    pub(crate) overrides: Vec<(String, String)>,
}

impl Options {
    pub(crate) fn parse(arguments: impl Iterator<Item = String>) -> Result<Self, Failure> {
        let mut options = Self { sample: 1, ..Self::default() };
        let mut arguments = arguments;
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or_else(|| format!("{argument} needs a value; {USAGE}"));
            match argument.as_str() {
                // Given by `cargo bench`.
                "--bench" => {}
                "--check" => options.check = true,
                "--save" => options.save = true,
                "--split" => {
                    options.split = match value()?.as_str() {
                        "test" => Split::Test,
                        "valid" => Split::Valid,
                        other => return Err(format!("--split {other}: is test or valid").into()),
                    }
                }
                "--sample" => {
                    let text = value()?;
                    let every = text.parse().ok().filter(|&every| every > 0);
                    options.sample = every.ok_or_else(|| format!("--sample {text}: is a whole number above 0"))?;
                }
                "--vary" => options.vary = Some(value()?),
                "--html" => options.html = Some(value()?.into()),
                "--set" => {
                    let text = value()?;
                    let (path, value) = text.split_once('=').ok_or_else(|| format!("--set {text}: is PATH=VALUE"))?;
                    options.overrides.push((path.trim().to_owned(), value.trim().to_owned()));
                }
                flag if flag.starts_with('-') => return Err(format!("{flag} is not known; {USAGE}").into()),
                suite => options.suites.push(suite.to_owned()),
            }
        }
        if (options.check || options.save) && !options.is_standard() {
            return Err("--check and --save measure all rows with the product's own settings: leave out --sample, --set and --split valid".into());
        }
        Ok(options)
    }

    /// Whether all rows of the usual split are measured with the product's own settings.
    pub(crate) fn is_standard(&self) -> bool {
        self.sample == 1 && self.overrides.is_empty() && self.split == Split::Test
    }

    /// Whether a suite was asked for; without names, all are.
    pub(crate) fn wants(&self, suite: &str) -> bool {
        let group = suite.split('/').next();
        self.suites.is_empty() || self.suites.iter().any(|asked| asked == suite || Some(asked.as_str()) == group)
    }

    /// The product's settings with the overrides.
    pub(crate) fn config(&self) -> Result<Config, Failure> {
        let mut json = serde_json::to_value(Config::default())?;
        for (path, value) in &self.overrides {
            let pointer = format!("/{}", path.replace('.', "/"));
            let place = json.pointer_mut(&pointer).ok_or_else(|| format!("--set {path}: there is no such setting"))?;
            *place = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.clone()));
        }
        let config: Config = serde_json::from_value(json).map_err(|error| format!("--set: {error}"))?;
        config.search.check()?;
        Ok(config)
    }
}
