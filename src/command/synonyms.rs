//! `tastemaker synonyms`: reads sets of synonyms from files and writes them to files. A running server uses a
//! change within a second.

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

use super::print;
use crate::shop::curation::{Refused, check};
use crate::store::DataFolder;
use crate::store::curation::{Author, CurationFiles, MAX_DOCUMENT_BYTES};

/// Arguments of `tastemaker synonyms`.
#[derive(Debug, clap::Args)]
pub struct SynonymsArguments {
    #[command(subcommand)]
    action: SynonymsAction,
}

#[derive(Debug, clap::Subcommand)]
enum SynonymsAction {
    /// Reads sets of synonyms from a file; a set replaces the stored one of the same name.
    Import(Import),
    /// Writes all sets of synonyms to standard output.
    Export {
        /// The data folder.
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
        /// The format; solr has no placeholders, languages and weights.
        #[arg(long, value_enum, default_value = "csv")]
        format: SynonymOutput,
    },
}

#[derive(Debug, clap::Args)]
struct Import {
    /// The data folder.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// The file to read.
    file: PathBuf,
    /// The format of the file; auto recognises it by its name and content.
    #[arg(long, value_enum, default_value = "auto")]
    format: SynonymInput,
    /// Only check the file and report what is in it.
    #[arg(long)]
    check: bool,
    /// Remove all sets that are not in the file.
    #[arg(long)]
    replace: bool,
    /// The language of sets that name none, such as de.
    #[arg(long, value_name = "LANG")]
    lang: Option<String>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum SynonymInput {
    Auto,
    Csv,
    Solr,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum SynonymOutput {
    Csv,
    Solr,
}

/// Runs the command.
pub fn run(arguments: &SynonymsArguments, _: Option<&Path>) -> anyhow::Result<()> {
    match &arguments.action {
        SynonymsAction::Import(import) => self::import(import),
        SynonymsAction::Export { data, format } => {
            let document = files(data)?.read()?.document;
            let format = match format {
                SynonymOutput::Csv => SynonymFormat::Csv,
                SynonymOutput::Solr => SynonymFormat::Solr,
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
        print::line(&format!("{count} sets read, nothing changed"));
        document
    } else {
        let note = format!("imported {}", import.file.file_name().unwrap_or_default().to_string_lossy());
        let author = Author { by: Some("command line".to_owned()), note, now: Timestamp::now() };
        let version = files.change(None, &author, put).map_err(|error| place(&error))?;
        let total = version.document.synonyms.len();
        print::line(&format!("{count} sets read; {total} sets are in force with version {}", version.about.version));
        version.document
    };
    warnings(document.synonyms.values()).iter().for_each(|doubt| print::line(&format!("doubtful: {}", doubt.message)));
    Ok(())
}

/// The sets of the file, by name.
fn sets(import: &Import) -> anyhow::Result<BTreeMap<String, SynonymSet>> {
    let place = || import.file.display().to_string();
    let bytes = fs::metadata(&import.file).with_context(|| format!("cannot read {}", place()))?.len();
    if bytes > MAX_DOCUMENT_BYTES as u64 {
        bail!("{} has {bytes} bytes, at most {MAX_DOCUMENT_BYTES} are read", place());
    }
    let bytes = fs::read(&import.file).with_context(|| format!("cannot read {}", place()))?;
    let Ok(text) = String::from_utf8(bytes) else { bail!("{} is not text in UTF-8; save it as UTF-8", place()) };
    let by_name = import.file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv"));
    let format = match import.format {
        SynonymInput::Csv => SynonymFormat::Csv,
        SynonymInput::Solr => SynonymFormat::Solr,
        SynonymInput::Auto if by_name => SynonymFormat::Csv,
        SynonymInput::Auto => read::detect(&text),
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

/// The curation files of an existing data folder. A mistyped name is an error: a new folder would get synonyms that
/// no server reads.
fn files(data: &Path) -> anyhow::Result<CurationFiles> {
    if !data.is_dir() {
        bail!("{} does not exist: name the data folder, or create it first", data.display());
    }
    Ok(CurationFiles::of(&DataFolder::open(data)?))
}
