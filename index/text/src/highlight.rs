//! The highlight step: marks the matched words in a product's text. The text is analysed like the index, so
//! exactly the words that matched are marked. Everything else is HTML-escaped, so the result can be put on a
//! page as it is.

use std::ops::Range;

use super::analysis::{Analyzer, PieceKind, Token};

/// The tag before a marked word.
pub const OPEN: &str = "<em>";
/// The tag after a marked word.
pub const CLOSE: &str = "</em>";

/// The approximate length of a snippet, in bytes.
const SNIPPET_BYTES: usize = 200;

/// The whole text with matched words marked; `None` if no word matches.
pub fn highlight(analyzer: &mut Analyzer, text: &str, terms: &[String]) -> Option<String> {
    let marked = matched(analyzer, text, terms);
    (!marked.is_empty()).then(|| mark(text, 0, text.len(), &marked))
}

/// The stretch of the text with the most distinct matched words, marked and cut at word boundaries, with `…`
/// where text was left out; `None` if no word matches.
pub fn snippet(analyzer: &mut Analyzer, text: &str, terms: &[String]) -> Option<String> {
    let marked = matched(analyzer, text, terms);
    let richest = (0..marked.len()).max_by_key(|&first| (distinct_within(&marked, first), std::cmp::Reverse(first)))?;
    let start = word_start(text, marked[richest].range.start.saturating_sub(SNIPPET_BYTES / 4));
    let end = word_end(text, start + SNIPPET_BYTES);
    let body = mark(text, start, end, &marked);
    let (before, after) = (if start > 0 { "…" } else { "" }, if end < text.len() { "…" } else { "" });
    Some(format!("{before}{body}{after}"))
}

fn matched(analyzer: &mut Analyzer, text: &str, terms: &[String]) -> Vec<Token> {
    let mut tokens = analyzer.tokens_among(text, terms);
    // A model number and its sides overlap: the earliest and longest token is marked. Pairs of characters overlap or
    // touch where they are one word, and so do the words of scripts without blanks: the whole of it is marked.
    let mut marked: Vec<Token> = Vec::with_capacity(tokens.len());
    for token in tokens.drain(..).filter(|token| !token.range.is_empty()) {
        match marked.last_mut() {
            Some(last) if joins(&last.range, &token) && (token.kind.is_of_run() == last.kind.is_of_run()) => {
                last.range.end = last.range.end.max(token.range.end);
            }
            Some(last) if token.range.start < last.range.end => {}
            _ => marked.push(token),
        }
    }
    marked
}

/// True if a token continues the marked range before it.
fn joins(before: &Range<usize>, token: &Token) -> bool {
    match token.kind.is_of_run() {
        true => token.range.start <= before.end,
        false => token.kind == PieceKind::Word && token.range.start == before.end,
    }
}

fn distinct_within(marked: &[Token], first: usize) -> usize {
    let end = marked[first].range.start + SNIPPET_BYTES * 3 / 4;
    let mut terms: Vec<&str> =
        marked[first..].iter().take_while(|token| token.range.end <= end).map(|token| token.term.as_str()).collect();
    terms.sort_unstable();
    terms.dedup();
    terms.len()
}

/// The start of the word that contains `at`.
fn word_start(text: &str, at: usize) -> usize {
    let at = text.floor_char_boundary(at);
    text[..at].rfind(char::is_whitespace).map_or(0, |space| text.ceil_char_boundary(space + 1))
}

/// The end of the last whole word before `at`; the end of the text if `at` is past it.
fn word_end(text: &str, at: usize) -> usize {
    if at >= text.len() {
        return text.len();
    }
    let at = text.floor_char_boundary(at);
    text[..at].rfind(char::is_whitespace).filter(|&space| space > 0).unwrap_or(at)
}

fn mark(text: &str, start: usize, end: usize, marked: &[Token]) -> String {
    let mut out = String::with_capacity(end - start + marked.len() * (OPEN.len() + CLOSE.len()));
    let mut at = start;
    for token in marked.iter().filter(|token| token.range.start >= start && token.range.end <= end) {
        escape_into(&mut out, &text[at..token.range.start]);
        out.push_str(OPEN);
        escape_into(&mut out, &text[token.range.clone()]);
        out.push_str(CLOSE);
        at = token.range.end;
    }
    escape_into(&mut out, &text[at..end.max(at)]);
    out
}

fn escape_into(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(query: &str) -> Vec<String> {
        Analyzer::default().tokens(query).into_iter().map(|token| token.term).collect()
    }

    #[test]
    fn marks_stemmed_words_and_escapes_the_rest() {
        let marked = highlight(&mut Analyzer::default(), "Boots <b> & boot-bags", &terms("boot"));
        assert_eq!(marked.as_deref(), Some("<em>Boots</em> &lt;b&gt; &amp; <em>boot</em>-bags"));
        assert_eq!(highlight(&mut Analyzer::default(), "Tent", &terms("boot")), None);
    }

    #[test]
    fn a_snippet_shows_the_richest_stretch_cut_at_words() {
        let filler = "filler words go here ".repeat(30);
        let text = format!("{filler}a warm tent for winter {filler}");
        let snippet = snippet(&mut Analyzer::default(), &text, &terms("winter tent")).unwrap_or_default();
        assert!(snippet.starts_with('…') && snippet.ends_with('…'), "{snippet}");
        assert!(snippet.contains("<em>tent</em> for <em>winter</em>"), "{snippet}");
        assert!(snippet.len() < 2 * SNIPPET_BYTES, "{snippet}");
    }

    #[test]
    fn text_of_any_alphabet_is_cut_at_character_boundaries() {
        let text = "żółta łódź ".repeat(60) + "namiot";
        assert!(snippet(&mut Analyzer::default(), &text, &terms("namiot")).is_some());
    }
}
