//! Sets of synonyms from files, as shops have them. **Solr**: `a, b, c` (two-way) or
//! `a, b => c, d` (one-way) a line, `#` comments, `\` before a comma, `=`, `>`, `#` or `\` that is
//! meant. In Solr `a => c` takes `a` away; here a search for `a` still finds `a`. **CSV**: a row is
//! a set, its cells the phrases, `=>` between two of them starts the other side; or, with a header,
//! columns `id,kind,from,words,lang,weight`, lists separated by `|`, as [`super::write`] writes.

use std::collections::BTreeSet;

use super::check::{MAX_SET_ID_CHARS, MAX_SETS};
use super::set::{SynonymKind, SynonymSet};

/// How a file says synonyms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SynonymFormat {
    /// Comma-separated values.
    Csv,
    /// Solr's and Elasticsearch's `synonyms.txt`.
    Solr,
}

/// What is wrong with a file of synonyms, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct ReadError {
    /// The line, from 1.
    pub line: u64,
    /// What is wrong and what would be right.
    pub message: String,
}

/// Reads all sets of a file. Sets without a name get one made of their first phrases, the same
/// whenever the file is read; a line that says what an earlier one said is left out.
///
/// # Errors
/// The first line that cannot be read: half a file is never taken.
pub fn read(text: &str, format: SynonymFormat) -> Result<Vec<SynonymSet>, ReadError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let sets = match format {
        SynonymFormat::Csv => csv(text)?,
        SynonymFormat::Solr => solr(text)?,
    };
    Ok(named(sets))
}

/// The format a file most likely has, by what is in it: a comment or `=>` outside quotes is Solr's.
pub fn detect(text: &str) -> SynonymFormat {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let solr =
        |line: &str| line.starts_with('#') || (line.contains("=>") && !line.contains(",=>") && !line.contains('"'));
    if lines.take(100).any(solr) { SynonymFormat::Solr } else { SynonymFormat::Csv }
}

/// A set of the phrases on both sides of an arrow, or of one side without an arrow.
fn set(sides: Vec<Vec<String>>, line: u64) -> Result<Option<SynonymSet>, ReadError> {
    let wrong = |message: &str| Err(ReadError { line, message: message.to_owned() });
    let sides = sides.into_iter().map(|side| {
        let phrases = side.iter().map(|phrase| phrase.trim().to_owned()).filter(|phrase| !phrase.is_empty());
        phrases.collect::<Vec<_>>()
    });
    let mut sides: Vec<Vec<String>> = sides.collect();
    match (sides.pop(), sides.pop(), sides.pop()) {
        (Some(words), None, _) if words.is_empty() => Ok(None),
        (Some(words), None, _) if words.len() == 1 => wrong("one phrase alone is no synonym; write `a, b` or `a => b`"),
        (Some(words), None, _) => Ok(Some(SynonymSet::new("", SynonymKind::TwoWay, Vec::new(), words))),
        (Some(words), Some(from), None) if words.is_empty() || from.is_empty() => {
            wrong("`=>` needs a phrase on both sides")
        }
        (Some(words), Some(from), None) => Ok(Some(SynonymSet::new("", SynonymKind::OneWay, from, words))),
        _ => wrong("has more than one `=>`"),
    }
}

fn solr(text: &str) -> Result<Vec<SynonymSet>, ReadError> {
    let mut sets = Vec::new();
    for (line, text) in (1..).zip(text.lines()) {
        if text.trim_start().starts_with('#') {
            continue;
        }
        sets.extend(set(split_solr(text, line)?, line)?);
        limit(&sets, line)?;
    }
    Ok(sets)
}

/// The phrases of a line, by side of the arrow.
fn split_solr(text: &str, line: u64) -> Result<Vec<Vec<String>>, ReadError> {
    let mut sides = vec![vec![String::new()]];
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        let phrases = sides.last_mut().into_iter().next_back();
        let Some(phrases) = phrases else { break };
        match c {
            '\\' => match rest.next() {
                Some(meant) => push(phrases, meant),
                None => return Err(ReadError { line, message: "ends with a `\\` that escapes nothing".to_owned() }),
            },
            ',' => phrases.push(String::new()),
            '=' if rest.as_str().starts_with('>') => {
                rest.next();
                sides.push(vec![String::new()]);
            }
            c => push(phrases, c),
        }
    }
    Ok(sides)
}

fn push(phrases: &mut [String], c: char) {
    if let Some(phrase) = phrases.last_mut() {
        phrase.push(c);
    }
}

fn csv(text: &str) -> Result<Vec<SynonymSet>, ReadError> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let (mut sets, mut header, mut first) = (Vec::new(), None, true);
    for record in reader.records() {
        let record = record.map_err(|error| ReadError {
            line: error.position().map_or(0, csv::Position::line),
            message: format!("is no row of CSV: {error}"),
        })?;
        let line = record.position().map_or(0, csv::Position::line);
        if std::mem::take(&mut first) {
            header = Header::of(&record, line)?;
            if header.is_some() {
                continue;
            }
        }
        match &header {
            Some(header) => sets.push(header.set(&record, line)?),
            None => sets.extend(set(split_row(&record), line)?),
        }
        limit(&sets, line)?;
    }
    Ok(sets)
}

/// The phrases of a row without a header, by side of the arrow.
fn split_row(record: &csv::StringRecord) -> Vec<Vec<String>> {
    let mut sides = vec![Vec::new()];
    for cell in record {
        for (at, part) in cell.split("=>").enumerate() {
            if at > 0 {
                sides.push(Vec::new());
            }
            if let Some(side) = sides.last_mut() {
                side.push(part.to_owned());
            }
        }
    }
    sides
}

/// Where the named columns stand.
struct Header(Vec<&'static str>);

impl Header {
    const COLUMNS: [&'static str; 6] = ["id", "kind", "from", "words", "lang", "weight"];

    /// The header, when the first row is one: it has `words` and nothing but names of columns.
    fn of(record: &csv::StringRecord, line: u64) -> Result<Option<Self>, ReadError> {
        let known = |cell: &str| Self::COLUMNS.into_iter().find(|name| name.eq_ignore_ascii_case(cell.trim()));
        if !record.iter().any(|cell| known(cell) == Some("words")) {
            return Ok(None);
        }
        let names: Option<Vec<&'static str>> = record.iter().map(known).collect();
        let message = || format!("the header names columns that are none of {}", Self::COLUMNS.join(", "));
        names.map(|names| Some(Self(names))).ok_or_else(|| ReadError { line, message: message() })
    }

    fn set(&self, record: &csv::StringRecord, line: u64) -> Result<SynonymSet, ReadError> {
        let cell = |name: &str| {
            let at = self.0.iter().position(|column| *column == name);
            at.and_then(|at| record.get(at)).map(str::trim).unwrap_or_default()
        };
        let list = |name: &str| -> Vec<String> {
            let values = cell(name).split('|').map(str::trim);
            values.filter(|value| !value.is_empty()).map(str::to_owned).collect()
        };
        let (from, words) = (list("from"), list("words"));
        let kind = match cell("kind") {
            "" if from.is_empty() => SynonymKind::TwoWay,
            "" => SynonymKind::OneWay,
            name => SynonymKind::ALL.into_iter().find(|kind| kind.name() == name).ok_or_else(|| {
                let known = SynonymKind::ALL.map(SynonymKind::name).join(", ");
                ReadError { line, message: format!("`{name}` is no kind; known are {known}") }
            })?,
        };
        let weight = match cell("weight") {
            "" => None,
            text => {
                Some(text.parse().map_err(|_| ReadError { line, message: format!("weight `{text}` is no number") })?)
            }
        };
        let lang = Some(cell("lang").to_owned()).filter(|lang| !lang.is_empty());
        Ok(SynonymSet { id: cell("id").to_owned(), kind, from, words, lang, weight })
    }
}

fn limit(sets: &[SynonymSet], line: u64) -> Result<(), ReadError> {
    match sets.len() > MAX_SETS {
        true => Err(ReadError { line, message: format!("more than the limit of {MAX_SETS} sets") }),
        false => Ok(()),
    }
}

/// Gives names to sets that have none, and drops repeats.
fn named(sets: Vec<SynonymSet>) -> Vec<SynonymSet> {
    let mut names: BTreeSet<String> = sets.iter().map(|set| set.id.clone()).collect();
    let mut said = BTreeSet::new();
    let mut kept = Vec::with_capacity(sets.len());
    for mut set in sets {
        if !set.id.is_empty() {
            kept.push(set);
            continue;
        }
        if !said.insert((set.kind, set.from.clone(), set.words.clone())) {
            continue;
        }
        let base = name(&set);
        let numbered = (2u32..).map(|number| format!("{base}-{number}"));
        set.id = std::iter::once(base.clone()).chain(numbered).find(|name| !names.contains(name)).unwrap_or(base);
        names.insert(set.id.clone());
        kept.push(set);
    }
    kept
}

/// `sneaker-trainer`, `notebook-to-laptop`.
fn name(set: &SynonymSet) -> String {
    // Room for the longest number behind it.
    let most = (MAX_SET_ID_CHARS - 10) / 2 - 2;
    let slug = |phrase: &String| -> String {
        let words = phrase.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        words
            .collect::<Vec<_>>()
            .join("-")
            .to_lowercase()
            .chars()
            .filter(|c| c.is_alphanumeric() || *c == '-')
            .take(most)
            .collect()
    };
    let first = |list: &[String], at: usize| list.get(at).map(slug).filter(|slug| !slug.is_empty());
    let (a, between, b) = match set.kind {
        SynonymKind::TwoWay => (first(&set.words, 0), "-", first(&set.words, 1)),
        SynonymKind::OneWay | SynonymKind::Placeholder => (first(&set.from, 0), "-to-", first(&set.words, 0)),
    };
    match (a, b) {
        (Some(a), Some(b)) => format!("{a}{between}{b}"),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => "set".to_owned(),
    }
}
