//! The words of a query as phrases see them: words in lower case without accents and apostrophes, numbers with their
//! values, quoted parts, and signs that say something (`€`, `<`, a hyphen).

use std::ops::Range;

use crate::analysis::Analyzer;

/// The kind of a query's word.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum LexKind {
    /// Letters.
    Word,
    /// A number.
    Number(f64),
    /// Letters and digits in one run.
    Mixed,
    /// A part in quotes.
    Quoted,
    /// A sign: a currency's, `<`, `>`, a hyphen, or one that measures such as `%`.
    Sign,
}

/// One word, number or sign of a query with its place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct LexWord {
    pub(super) range: Range<usize>,
    /// The text in lower case, accents folded, apostrophes left out.
    pub(super) text: String,
    pub(super) kind: LexKind,
    /// True if nothing stands between this word and the one before.
    pub(super) joined: bool,
    /// True if it is in capitals, two letters at least.
    pub(super) capitals: bool,
}

/// The words of a query, in order.
pub(super) fn lex(query: &str, analyzer: &mut Analyzer) -> Vec<LexWord> {
    let mut words: Vec<LexWord> = Vec::new();
    let mut at = 0;
    while let Some(c) = query[at..].chars().next() {
        let rest = &query[at..];
        let Some((kind, length)) = piece(rest, c, query[..at].chars().next_back()) else {
            at += c.len_utf8();
            continue;
        };
        let typed = &rest[..length];
        let text: String = typed.chars().filter(|c| !is_apostrophe(*c)).flat_map(char::to_lowercase).collect();
        let joined = words.last().is_some_and(|before| before.range.end == at);
        let capitals = kind == LexKind::Word && typed.chars().count() > 1 && typed.chars().all(char::is_uppercase);
        words.push(LexWord { range: at..at + length, text: analyzer.folded(text), kind, joined, capitals });
        at += length;
    }
    words
}

/// The kind and length of the piece at the start of `rest`, which starts with `c` and follows `before`; `None` for a
/// blank or a sign that says nothing.
fn piece(rest: &str, c: char, before: Option<char>) -> Option<(LexKind, usize)> {
    let starts = before.is_none_or(|before| before.is_whitespace() || before == '-');
    if c == '"'
        && starts
        && let Some(end) = rest[1..].find('"')
    {
        return Some((LexKind::Quoted, end + 2));
    }
    if c.is_ascii_digit() {
        let (value, length) = number(rest);
        return Some((LexKind::Number(value), length));
    }
    if is_letter(c) {
        let length = run(rest, |c| is_letter(c) || is_apostrophe(c));
        if rest[length..].starts_with(|c: char| c.is_ascii_digit()) {
            return Some((LexKind::Mixed, run(rest, |c| is_letter(c) || c.is_ascii_digit())));
        }
        return Some((LexKind::Word, length));
    }
    let is_sign = matches!(c, '-' | '–' | '—' | '<' | '>' | '≤' | '≥' | '%' | '°' | '"' | '″' | '$' | '£' | '€' | '¥')
        || ('\u{20a0}'..='\u{20cf}').contains(&c);
    is_sign.then_some((LexKind::Sign, c.len_utf8()))
}

/// A number as people write it: a separator before exactly three digits parts thousands, any other one decimals.
fn number(text: &str) -> (f64, usize) {
    let mut length = run(text, |c| c.is_ascii_digit() || c == '.' || c == ',');
    while text[..length].ends_with(['.', ',']) {
        length -= 1;
    }
    let typed = &text[..length];
    let last = typed.rfind(['.', ',']);
    let is_decimal = |at: usize| {
        let (whole, decimals) = (&typed[..at], &typed[at + 1..]);
        // `1.000` and `1,299` are thousands, `0.500` is none.
        decimals.len() != 3 || whole.len() > 3 && !whole.contains(['.', ',']) || whole == "0"
    };
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let plain = match last.filter(|&at| is_decimal(at)) {
        Some(at) => format!("{}.{}", digits(&typed[..at]), digits(&typed[at + 1..])),
        None => digits(typed),
    };
    (plain.parse().unwrap_or(f64::MAX), length)
}

fn run(text: &str, within: impl Fn(char) -> bool) -> usize {
    text.char_indices().find(|(_, c)| !within(*c)).map_or(text.len(), |(at, _)| at)
}

/// True for letters and for marks that belong to the letter before them.
fn is_letter(c: char) -> bool {
    (c.is_alphabetic() || c == '\u{bcd}' || ('\u{300}'..='\u{36f}').contains(&c)) && !c.is_ascii_digit()
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’' | '‘' | 'ʼ')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lexed(query: &str) -> Vec<LexWord> {
        lex(query, &mut Analyzer::default())
    }

    #[test]
    fn numbers_have_the_values_people_mean() {
        for (text, value) in [
            ("50", 50.0),
            ("49,99", 49.99),
            ("1.299,50", 1299.5),
            ("1,000", 1000.0),
            ("1.000", 1000.0),
            ("0.500", 0.5),
            ("12.5", 12.5),
        ] {
            assert_eq!(number(text), (value, text.len()), "{text}");
        }
        assert_eq!(number("50, black"), (50.0, 2));
    }

    #[test]
    fn words_know_their_places_and_signs_stand_alone() {
        let words = lexed("Women's Größe -red €20-€40 \"trail boot\" rtx2060");
        let shown: Vec<(&str, bool)> = words.iter().map(|word| (&*word.text, word.joined)).collect();
        let expected = [
            ("womens", false),
            ("grosse", false),
            ("-", false),
            ("red", true),
            ("€", false),
            ("20", true),
            ("-", true),
            ("€", true),
            ("40", true),
            ("\"trail boot\"", false),
            ("rtx2060", false),
        ];
        assert_eq!(shown, expected);
        assert_eq!(words[10].kind, LexKind::Mixed);
        assert_eq!(words[9].kind, LexKind::Quoted);
    }
}
