//! The segments of a title, each of which may end with a noun that names the thing: what stands between punctuation and
//! numbers, up to the first function word.

use super::analysis::{Analyzer, Language, PieceKind, Token};

/// The segments of a title up to the first function word: its tokens, cut at punctuation and numbers.
pub(super) fn segments(analyzer: &mut Analyzer, text: &str) -> Vec<Vec<Token>> {
    let language = analyzer.language();
    let mut segments = TitleSegments::default();
    let mut end = 0;
    for token in analyzer.whole(text) {
        // Pairs of characters overlap.
        let gap = text.get(end..token.range.start).unwrap_or_default();
        end = token.range.end;
        let is_word = matches!(token.kind, PieceKind::Word | PieceKind::Pair);
        if !is_word {
            segments.end_before_number(gap, text);
        } else if parts(gap) {
            segments.end();
        }
        let is_conjunction = token.word == language.and();
        if gap.contains(['&', '+']) || is_conjunction {
            segments.join();
        }
        if is_function_word(language, &token.word) && !is_conjunction {
            // An article before the first word says nothing.
            if !segments.is_empty() {
                break;
            }
        } else if is_word && !is_conjunction {
            segments.open.push(token);
        }
    }
    segments.end();
    segments.done
}

/// The segments of a title on the way.
#[derive(Default)]
struct TitleSegments {
    done: Vec<Vec<Token>>,
    /// The words before the last `and`, where one joins them to the open segment.
    joined: Option<Vec<Token>>,
    open: Vec<Token>,
}

impl TitleSegments {
    fn is_empty(&self) -> bool {
        self.done.is_empty() && self.joined.is_none() && self.open.is_empty()
    }

    /// Ends the open segment. Of two nouns that are joined each ends one (`Rain jacket and trousers`), but not the first of
    /// two words before a noun (`Wet and dry vacuum cleaner`).
    fn end(&mut self) {
        let joined = self.joined.take().filter(|_| self.open.len() <= 1);
        let open = std::mem::take(&mut self.open);
        self.done.extend(joined.into_iter().chain([open]).filter(|segment| !segment.is_empty()));
    }

    /// Joins the open segment to the words that follow.
    fn join(&mut self) {
        let open = std::mem::take(&mut self.open);
        if !open.is_empty() {
            self.done.extend(self.joined.replace(open));
        }
    }

    /// Ends the open segment before a number. The letters of a model number, such as `ET-2850`, name nothing; capitals
    /// before a number name a thing (`SSD 870`) or are part of a model (`Headphones DT 770`).
    fn end_before_number(&mut self, gap: &str, text: &str) {
        if gap == "-" {
            self.open.pop();
        }
        let before = match &self.open[..] {
            [before @ .., last] if is_short_capitals(text.get(last.range.clone()).unwrap_or_default()) => {
                before.to_vec()
            }
            _ => Vec::new(),
        };
        self.end();
        self.done.extend(Some(before).filter(|before| !before.is_empty()));
    }
}

/// True if the text between two words ends a segment: a comma, bracket or bar, or a dash between blanks.
pub(super) fn parts(gap: &str) -> bool {
    let dash =
        gap.contains(['-', '–', '—']) && gap.starts_with(char::is_whitespace) && gap.ends_with(char::is_whitespace);
    dash || gap.contains([',', ';', ':', '(', ')', '[', ']', '|', '•'])
}

/// True for up to four capital letters.
fn is_short_capitals(written: &str) -> bool {
    written.len() <= 4 && written.chars().all(char::is_uppercase)
}

pub(super) fn is_function_word(language: Language, word: &str) -> bool {
    language.is_stop_word(word) || word == language.without()
}
