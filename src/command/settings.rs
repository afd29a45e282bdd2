//! `tastemaker settings`: prints every constant of search with its value, its range and its effect.

use std::io::Write;
use std::path::{Path, PathBuf};

use tastemaker_index::engine::{CONSTANTS, EngineSettings};

use crate::config::Config;

/// Arguments of `tastemaker settings`.
#[derive(Debug, clap::Args)]
pub struct SettingsArguments {
    /// Take the values from the settings file of this data folder.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
}

/// Runs the command.
pub fn run(arguments: &SettingsArguments, config: Option<&Path>) -> anyhow::Result<()> {
    if let Some(data) = arguments.data.as_deref().filter(|data| !data.is_dir()) {
        anyhow::bail!("{} is no folder: name the data folder, or leave --data out", data.display());
    }
    let config = Config::load(config, arguments.data.as_deref())?;
    Ok(std::io::stdout().write_all(table(&config.search).as_bytes())?)
}

/// A line a constant; an asterisk marks a value that is not the default.
fn table(settings: &EngineSettings) -> String {
    let defaults = EngineSettings::default();
    let mut out = format!("{:<34}{:>8}  {:<14}{:<14}does\n", "search.", "value", "range", "tuned within");
    for constant in CONSTANTS {
        let value = constant.get(settings);
        let changed = if value == constant.get(&defaults) { " " } else { "*" };
        let range = format!("{} to {}", constant.least, constant.most);
        let tried = constant.tried.map_or_else(|| "-".to_owned(), |tried| format!("{} to {}", tried.least, tried.most));
        out.push_str(&format!("{:<34}{value:>8}{changed} {range:<14}{tried:<14}{}\n", constant.name, constant.meaning));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_value_is_marked() {
        let mut settings = EngineSettings::default();
        settings.rank.vector_weight = 0.5;
        let table = table(&settings);
        let line = |name: &str| table.lines().find(|line| line.starts_with(name)).unwrap_or_default().to_owned();
        assert!(line("rank.vector_weight").contains("0.5*") && line("rank.vector_weight").contains("0 to 1"));
        assert!(!line("rank.popularity").contains('*'));
    }
}
