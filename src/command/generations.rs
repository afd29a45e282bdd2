//! `tastemaker generations`: lists the generations on disk, and puts one of them in force by its name. A running
//! server follows by itself; a reindex builds, but publishes nothing, until `use --latest`.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use tastemaker_index::generation::{Manifest, StoredGeneration, choose, choose_latest, chosen, stored};

use super::print;
use crate::store::DataFolder;

/// Arguments of `tastemaker generations`.
#[derive(Debug, clap::Args)]
pub struct GenerationsArguments {
    #[command(subcommand)]
    action: GenerationsAction,
}

#[derive(Debug, clap::Subcommand)]
enum GenerationsAction {
    /// Lists the generations, the newest first; each is read and verified as a whole.
    List(GenerationsFolder),
    /// Puts a generation in force; a running server follows, and later reindexes publish nothing until
    /// `use --latest`.
    Use {
        #[command(flatten)]
        folder: GenerationsFolder,
        /// The generation, as `generations list` names it.
        #[arg(value_name = "ID", required_unless_present = "latest")]
        id: Option<String>,
        /// The newest whole generation; later reindexes publish again.
        #[arg(long, conflicts_with = "id")]
        latest: bool,
    },
}

#[derive(Debug, clap::Args)]
struct GenerationsFolder {
    /// The data folder.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
}

impl GenerationsFolder {
    /// The folder of the generations. A mistyped name is an error.
    fn open(&self) -> anyhow::Result<PathBuf> {
        if !self.data.is_dir() {
            bail!("{} does not exist: name the data folder", self.data.display());
        }
        Ok(DataFolder::open(&self.data)?.generations())
    }
}

/// Runs the command.
pub fn run(arguments: &GenerationsArguments) -> anyhow::Result<()> {
    match &arguments.action {
        GenerationsAction::List(folder) => list(&folder.open()?),
        GenerationsAction::Use { folder, id: Some(id), .. } => {
            let manifest = choose(&folder.open()?, id)
                .with_context(|| format!("generation {id} was not put in force, the one before stays"))?;
            in_force(&manifest);
            print::line(
                "a reindex builds a generation but leaves this one in force, until `tastemaker generations use --latest`",
            );
            Ok(())
        }
        GenerationsAction::Use { folder, .. } => {
            let manifest =
                choose_latest(&folder.open()?).context("no generation is whole; run `tastemaker reindex`")?;
            in_force(&manifest);
            Ok(())
        }
    }
}

fn in_force(manifest: &Manifest) {
    print::line(&format!("generation {} is in force: {} products", manifest.id, manifest.products));
}

fn list(generations: &Path) -> anyhow::Result<()> {
    let found = stored(generations)?;
    if found.is_empty() {
        bail!("there is no generation yet: run `tastemaker reindex`");
    }
    print::line(&format!(
        "{:<20}  {:<20}  {:>10}  {:>12}  {:>9}  state",
        "generation", "built", "products", "events", "MB"
    ));
    found.iter().for_each(line);
    if let Some(chosen) = chosen(generations)? {
        print::line(&format!(
            "generation {chosen} was chosen by name: a reindex publishes nothing until `tastemaker generations use --latest`"
        ));
    }
    match found.iter().filter(|generation| generation.damage.is_some()).count() {
        0 => Ok(()),
        count => bail!("{count} of {} generations are damaged", found.len()),
    }
}

/// Prints one generation.
fn line(generation: &StoredGeneration) {
    let StoredGeneration { id, manifest, bytes, current, damage } = generation;
    let built =
        manifest.as_ref().map_or_else(|| "-".to_owned(), |known| known.created_at.strftime("%FT%TZ").to_string());
    let count = |count: Option<u64>| count.map_or_else(|| "-".to_owned(), |count| count.to_string());
    let products = count(manifest.as_ref().map(|known| u64::from(known.products)));
    let events = count(manifest.as_ref().map(|known| known.events));
    let megabytes = *bytes as f64 / 1e6;
    let place = if *current { "in force, " } else { "" };
    let state = damage.as_ref().map_or_else(|| "whole".to_owned(), |damage| format!("NOT WHOLE: {damage}"));
    print::line(&format!("{id:<20}  {built:<20}  {products:>10}  {events:>12}  {megabytes:>9.1}  {place}{state}"));
}
