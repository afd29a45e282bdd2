//! `tastemaker synonyms`: sets of synonyms from and to files, also while a server runs, which takes
//! note within a second.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use jiff::Timestamp;
use tastemaker_index::curation::Document;
use tastemaker_index::synonyms::read::{self, SynonymFormat};
use tastemaker_index::synonyms::write::write;
use tastemaker_index::synonyms::{SynonymSet, warnings};

use super::reindex::say;
use crate::shop::curation::{Refused, check};
use crate::store::DataFolder;
use crate::store::curation::{Author, CurationFiles, MAX_DOCUMENT_BYTES};

/// Arguments of `tastemaker synonyms`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Takes sets in; those with the name of one that is there replace it.
    Import(Import),
    /// Writes all sets to standard output.
    Export {
        /// The data folder.
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
        /// The format; Solr's cannot say placeholders, languages and weights.
        #[arg(long, value_enum, default_value = "csv")]
        format: Written,
    },
}

#[derive(Debug, clap::Args)]
struct Import {
    /// The data folder.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// The file.
    file: PathBuf,
    /// What the file is; by its name and content when auto.
    #[arg(long, value_enum, default_value = "auto")]
    format: Read,
    /// Only say what is in it.
    #[arg(long)]
    check: bool,
    /// Remove all sets that are not in the file.
    #[arg(long)]
    replace: bool,
    /// The language of sets that name none.
    #[arg(long, value_name = "LANG")]
    lang: Option<String>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Read {
    Auto,
    Csv,
    Solr,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Written {
    Csv,
    Solr,
}

/// Runs the command.
pub fn run(arguments: &Arguments, _: Option<&Path>) -> anyhow::Result<()> {
    match &arguments.action {
        Action::Import(import) => self::import(import),
        Action::Export { data, format } => {
            let document = files(data)?.read()?.document;
            let format = match format {
                Written::Csv => SynonymFormat::Csv,
                Written::Solr => SynonymFormat::Solr,
            };
            let mut out = std::io::stdout().lock();
            out.write_all(write(document.synonyms.values(), format).as_bytes())?;
            Ok(out.flush()?)
        }
    }
}

fn import(import: &Import) -> anyhow::Result<()> {
    let files = files(&import.data)?;
    let sets = sets(import)?;
    let count = sets.len();
    let put = |document: &mut Document| -> Result<(), Refused> {
        if import.replace {
            document.synonyms.clear();
        }
        document.synonyms.extend(sets);
        Ok(check(document)?)
    };
    let place = |error: &dyn std::fmt::Display| anyhow!("{}: {error}", import.file.display());
    let document = if import.check {
        let mut document = files.read()?.document;
        put(&mut document).map_err(|error| place(&error))?;
        say(&format!("{count} sets read, nothing changed"));
        document
    } else {
        let note = format!("imported {}", import.file.file_name().unwrap_or_default().to_string_lossy());
        let author = Author { by: Some("command line".to_owned()), note, now: Timestamp::now() };
        let version = files.change(None, &author, put).map_err(|error| place(&error))?;
        let total = version.document.synonyms.len();
        say(&format!("{count} sets read; {total} sets are in force with version {}", version.about.version));
        version.document
    };
    warnings(document.synonyms.values()).iter().for_each(|doubt| say(&format!("doubtful: {}", doubt.message)));
    Ok(())
}

/// The sets of the file by name.
fn sets(import: &Import) -> anyhow::Result<BTreeMap<String, SynonymSet>> {
    let place = || import.file.display().to_string();
    let bytes = fs::metadata(&import.file).with_context(|| format!("cannot read {}", place()))?.len();
    if bytes > MAX_DOCUMENT_BYTES as u64 {
        bail!("{} has {bytes} bytes, at most {MAX_DOCUMENT_BYTES} are read", place());
    }
    let text = fs::read_to_string(&import.file).with_context(|| format!("cannot read {}", place()))?;
    let by_name = import.file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv"));
    let format = match import.format {
        Read::Csv => SynonymFormat::Csv,
        Read::Solr => SynonymFormat::Solr,
        Read::Auto if by_name => SynonymFormat::Csv,
        Read::Auto => read::detect(&text),
    };
    let mut sets = BTreeMap::new();
    for mut set in read::read(&text, format).with_context(place)? {
        set.lang = set.lang.or_else(|| import.lang.clone());
        if let Some(twice) = sets.insert(set.id.clone(), set) {
            bail!("{}: `{}` is the name of two sets; names are unique", place(), twice.id);
        }
    }
    Ok(sets)
}

/// The files of a folder that is there: a mistyped one would get synonyms that nobody asks for.
fn files(data: &Path) -> anyhow::Result<CurationFiles> {
    if !data.is_dir() {
        bail!("{} does not exist: name the data folder, or make it first", data.display());
    }
    Ok(CurationFiles::of(&DataFolder::open(data)?))
}
