//! Writes synonym sets to files: CSV with a header is complete, Solr's format is not.

use super::read::SynonymFormat;
use super::set::{SynonymKind, SynonymSet};

/// Writes sets in a format that [`super::read::read`] reads. Solr's format has no placeholders, languages,
/// weights and ids: sets with a placeholder or a language become comments, weights and ids are lost.
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

/// A cell, in quotes if it has a comma, a quote, a line break, or a space at an end.
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
        SynonymKind::Refuse => format!("{} not {}", list(&set.from), list(&set.words)),
        SynonymKind::Placeholder => format!("{} stands for {}", list(&set.from), list(&set.words)),
    };
    let beyond = match (&set.lang, set.kind) {
        (_, SynonymKind::Placeholder) => Some("a placeholder".to_owned()),
        (_, SynonymKind::Refuse) => Some("a refusal".to_owned()),
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
