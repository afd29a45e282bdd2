//! The parse step: a query is split into words, phrases in quotes, and excluded parts (`-word`, or the word
//! after one that negates, such as `without`).

use super::analysis::Language;
use super::meant::Reading;

/// One word or phrase of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct QueryPart<'a> {
    /// The text as typed, without quotes and sign.
    pub(super) text: &'a str,
    /// The start in the query, in bytes.
    pub(super) start: usize,
    /// True if it stood in quotes: its words must follow each other as typed.
    pub(super) phrase: bool,
    /// True if products that have it are excluded.
    pub(super) excluded: bool,
}

/// The parts of a query in order. A query that excludes everything excludes nothing: in `-5` alone the sign is
/// part of the text.
pub(super) fn parse(query: &str, language: Language) -> Vec<QueryPart<'_>> {
    let mut parts: Vec<QueryPart<'_>> = Vec::new();
    let (mut at, mut negated) = (0, false);
    while let Some(skipped) = query[at..].find(|c: char| !c.is_whitespace()) {
        at += skipped;
        let rest = &query[at..];
        let signed = rest.strip_prefix('-').filter(|after| after.starts_with(|c: char| c.is_alphabetic() || c == '"'));
        let body = signed.unwrap_or(rest);
        let start = at + (rest.len() - body.len());
        let quoted = body.strip_prefix('"').and_then(|inner| inner.find('"').map(|end| &inner[..end]));
        if let Some(text) = quoted.filter(|text| text.contains(char::is_alphanumeric)) {
            parts.push(QueryPart { text, start: start + 1, phrase: true, excluded: signed.is_some() || negated });
            at = start + text.len() + 2;
            negated = false;
            continue;
        }
        let end = body.find(char::is_whitespace).unwrap_or(body.len());
        let text = &body[..end];
        at = start + end;
        let negates = text.eq_ignore_ascii_case(language.without());
        if negates && !negated && query[at..].contains(char::is_alphanumeric) {
            negated = true;
            continue;
        }
        parts.push(QueryPart { text, start, phrase: false, excluded: signed.is_some() || negated });
        negated = false;
    }
    if parts.iter().all(|part| part.excluded) {
        parts.iter_mut().for_each(|part| part.excluded = false);
    }
    parts
}

/// The parts of a query whose meaning was read before: words and phrases in order. Signs and words that exclude are
/// the reading's.
pub(super) fn parse_read<'a>(query: &'a str, reading: &Reading) -> Vec<QueryPart<'a>> {
    let mut parts: Vec<QueryPart<'_>> = Vec::new();
    let mut at = 0;
    while let Some(skipped) = query[at..].find(|c: char| !c.is_whitespace()) {
        at += skipped;
        let rest = &query[at..];
        let signed = rest.strip_prefix('-').filter(|after| after.starts_with('"'));
        let body = signed.unwrap_or(rest);
        let start = at + (rest.len() - body.len());
        let quoted = body.strip_prefix('"').and_then(|inner| inner.find('"').map(|end| &inner[..end]));
        let (text, start, phrase) = match quoted.filter(|text| text.contains(char::is_alphanumeric)) {
            Some(text) => (text, start + 1, true),
            None => (&body[..body.find(char::is_whitespace).unwrap_or(body.len())], start, false),
        };
        at = start + text.len() + usize::from(phrase);
        let excluded = phrase && reading.exclusion(start).is_some();
        parts.push(QueryPart { text, start, phrase, excluded });
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(query: &str) -> Vec<(&str, bool, bool)> {
        let parts = parse(query, Language::En);
        assert!(parts.iter().all(|part| query[part.start..].starts_with(part.text)), "{query}");
        parts.into_iter().map(|part| (part.text, part.phrase, part.excluded)).collect()
    }

    #[test]
    fn phrases_and_exclusions_are_parsed() {
        assert_eq!(
            shown("red \"trail boot\" -wax"),
            [("red", false, false), ("trail boot", true, false), ("wax", false, true)]
        );
        assert_eq!(shown("headphones without microphone"), [("headphones", false, false), ("microphone", false, true)]);
        assert_eq!(shown("tent -\"two person\""), [("tent", false, false), ("two person", true, true)]);
    }

    #[test]
    fn what_only_looks_like_it_is_a_word() {
        assert_eq!(shown("6\" pipe"), [("6\"", false, false), ("pipe", false, false)]);
        assert_eq!(shown("tn-2110 -5"), [("tn-2110", false, false), ("-5", false, false)]);
        assert_eq!(shown("without"), [("without", false, false)]);
        assert_eq!(shown("-wax"), [("wax", false, false)], "everything but wax is no answer");
        assert_eq!(shown("\"\" x"), [("\"\"", false, false), ("x", false, false)]);
        assert!(shown("  ").is_empty());
    }
}
