//! Sets of synonyms as files: CSV with a header says everything, Solr's format what it can.

use super::read::SynonymFormat;
use super::set::{SynonymKind, SynonymSet};

/// Writes sets as [`super::read::read`] reads them. Solr's format has no placeholders, languages,
/// weights and names: sets with a placeholder or a language become comments, the rest is dropped.
pub fn write<'a>(sets: impl IntoIterator<Item = &'a SynonymSet>, format: SynonymFormat) -> String {
    match format {
        SynonymFormat::Csv => csv(sets),
        SynonymFormat::Solr => sets.into_iter().map(|set| format!("{}\n", solr(set))).collect(),
    }
}

fn csv<'a>(sets: impl IntoIterator<Item = &'a SynonymSet>) -> String {
    let rows = sets.into_iter().map(|set| {
        let weight = set.weight.map(|weight| weight.to_string()).unwrap_or_default();
        let lang = set.lang.clone().unwrap_or_default();
        [set.id.clone(), set.kind.name().to_owned(), set.from.join("|"), set.words.join("|"), lang, weight]
    });
    let header = ["id", "kind", "from", "words", "lang", "weight"].map(str::to_owned);
    std::iter::once(header).chain(rows).map(|row| format!("{}\n", row.map(|cell| quoted(&cell)).join(","))).collect()
}

/// A cell, in quotes where a comma, quote, line break or space at an end asks for them.
fn quoted(cell: &str) -> String {
    match cell.contains([',', '"', '\n', '\r']) || cell.trim() != cell {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => cell.to_owned(),
    }
}

fn solr(set: &SynonymSet) -> String {
    let list = |phrases: &[String]| phrases.iter().map(|phrase| escaped(phrase)).collect::<Vec<_>>().join(", ");
    let line = match set.kind {
        SynonymKind::TwoWay => list(&set.words),
        SynonymKind::OneWay => format!("{} => {}", list(&set.from), list(&set.words)),
        SynonymKind::Placeholder => format!("{} stands for {}", list(&set.from), list(&set.words)),
    };
    let beyond = match (&set.lang, set.kind) {
        (_, SynonymKind::Placeholder) => Some("a placeholder".to_owned()),
        (Some(lang), _) => Some(format!("for {lang} only")),
        (None, _) => None,
    };
    beyond.map_or(line.clone(), |why| format!("# {}, {why}: {line}", set.id))
}

fn escaped(phrase: &str) -> String {
    let mut written = String::with_capacity(phrase.len());
    for c in phrase.chars() {
        if matches!(c, ',' | '=' | '>' | '\\' | '#') {
            written.push('\\');
        }
        written.push(c);
    }
    written
}
