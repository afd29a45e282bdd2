//! Reads synonym sets from the files that shops have. **Solr**: one set a line, `a, b, c` (two-way) or `a, b =>
//! c, d` (one-way), comments after `#`, and `\` before a literal comma, `=`, `>`, `#` or `\`. In Solr `a => c`
//! replaces `a`; here a search for `a` still finds `a`. **CSV**: one set a row with a phrase in each cell, and
//! `=>` before the other side; or, with a header, the columns `id,kind,from,words,lang,weight` with lists
//! separated by `|`, as [`super::write`] writes them.

use std::collections::BTreeSet;

use super::check::{MAX_SET_ID_CHARS, MAX_SETS};
use super::set::{SynonymKind, SynonymSet};

/// The format of a file of synonyms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SynonymFormat {
    /// Comma-separated values.
    Csv,
    /// Solr's and Elasticsearch's `synonyms.txt`.
    Solr,
}

/// A fault in a file of synonyms.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct ReadError {
    /// The line, from 1.
    pub line: u64,
    /// The fault, and a correct form.
    pub message: String,
}

/// Reads all sets of a file. Sets without an id get one made from their first phrases, the same each time the
/// file is read. Of repeated sets without an id, only the first is read.
///
/// # Errors
/// The first line that cannot be read: no file is read in part.
pub fn read(text: &str, format: SynonymFormat) -> Result<Vec<SynonymSet>, ReadError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let sets = match format {
        SynonymFormat::Csv => csv(text)?,
        SynonymFormat::Solr => solr(text)?,
    };
    Ok(named(sets))
}

/// The likely format of a file: a comment or `=>` outside quotes makes it Solr's.
pub fn detect(text: &str) -> SynonymFormat {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let solr =
        |line: &str| line.starts_with('#') || (line.contains("=>") && !line.contains(",=>") && !line.contains('"'));
    if lines.take(100).any(solr) { SynonymFormat::Solr } else { SynonymFormat::Csv }
}

/// A set of the phrases on both sides of an arrow, or on one side without an arrow; `None` for an empty line.
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

/// The names of the columns, in order.
struct Header(Vec<&'static str>);

impl Header {
    const COLUMNS: [&'static str; 6] = ["id", "kind", "from", "words", "lang", "weight"];

    /// The header, if the first row is one: it has a column `words`, and only known names.
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

/// Gives an id to sets without one, and drops repeats of these.
fn named(sets: Vec<SynonymSet>) -> Vec<SynonymSet> {
    let mut names: BTreeSet<String> = sets.iter().map(|set| set.id.clone()).collect();
    let mut seen = BTreeSet::new();
    let mut all = Vec::with_capacity(sets.len());
    for mut set in sets {
        if !set.id.is_empty() {
            all.push(set);
            continue;
        }
        if !seen.insert((set.kind, set.from.clone(), set.words.clone())) {
            continue;
        }
        let base = name(&set);
        let numbered = (2u32..).map(|number| format!("{base}-{number}"));
        set.id = std::iter::once(base.clone()).chain(numbered).find(|name| !names.contains(name)).unwrap_or(base);
        names.insert(set.id.clone());
        all.push(set);
    }
    all
}

/// An id made from phrases: `sneaker-trainer`, `notebook-to-laptop`.
fn name(set: &SynonymSet) -> String {
    // Leaves room for the longest number that makes an id unique.
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
        SynonymKind::Refuse if set.from.is_empty() => (first(&set.words, 0), "-not-", first(&set.words, 1)),
        SynonymKind::Refuse => (first(&set.from, 0), "-not-", first(&set.words, 0)),
        SynonymKind::OneWay | SynonymKind::Placeholder => (first(&set.from, 0), "-to-", first(&set.words, 0)),
    };
    match (a, b) {
        (Some(a), Some(b)) => format!("{a}{between}{b}"),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => "set".to_owned(),
    }
}
