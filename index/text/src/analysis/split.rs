//! Splits a text in normal form into pieces: words, numbers, units, and pairs of characters for scripts without blanks
//! (as Lucene's CJK analysis does). Everything else separates pieces.

use std::borrow::Cow;
use std::ops::Range;

use super::number::{Decimal, number};
use super::script::{is_dictionary_script, is_mark, is_pair_script, word_ends};
use super::unit;

/// The widest range of sizes whose numbers are indexed.
const MAX_RANGE: u32 = 12;

/// The kind of a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PieceKind {
    /// Letters.
    Word,
    /// A number, in its one spelling.
    Number,
    /// A unit after a number, in its one spelling.
    Unit,
    /// Letters and digits in one run: a model or part number.
    Mixed,
    /// One side of a mixed piece: `rtx` of `rtx2060`.
    Part,
    /// A pair of characters of a script without blanks, or one that stands alone.
    Pair,
    /// One character of such a pair, by which a product is found that a query names with one character.
    Character,
    /// A whole number inside a range of sizes: the 42 of `41-43`.
    Between,
}

impl PieceKind {
    /// True for characters of a run without blanks.
    pub fn is_of_run(self) -> bool {
        matches!(self, Self::Pair | Self::Character)
    }

    /// True for pieces by which products are found, but which queries do not have.
    pub(super) fn is_of_products(self) -> bool {
        matches!(self, Self::Character | Self::Between)
    }
}

/// A piece of text. Words are not yet in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) kind: PieceKind,
    pub(super) range: Range<usize>,
    /// The position among the words. The sides of a mixed piece share positions with the whole.
    pub(super) position: u32,
}

/// The pieces of a text, in order.
pub(super) fn split(text: &str, decimal: Decimal) -> Vec<Piece<'_>> {
    let mut splitter = Splitter { text, decimal, at: 0, position: 0, measure_end: None, pieces: Vec::new() };
    while splitter.step() {}
    splitter.pieces
}

struct Splitter<'a> {
    text: &'a str,
    decimal: Decimal,
    at: usize,
    position: u32,
    /// The end of the number or unit just read, after which a unit may follow.
    measure_end: Option<usize>,
    pieces: Vec<Piece<'a>>,
}

impl<'a> Splitter<'a> {
    fn step(&mut self) -> bool {
        let rest = &self.text[self.at..];
        let Some(c) = rest.chars().next() else { return false };
        if let Some(length) = entity(rest) {
            self.at += length;
        } else if c.is_ascii_digit() {
            self.number_or_mixed(rest);
        } else if is_pair_script(c) {
            self.pairs(rest);
        } else if is_dictionary_script(c) {
            self.words(rest);
        } else if c.is_alphabetic() {
            self.word(rest);
        } else {
            let sign = unit::sign(c).filter(|_| self.measure_end == Some(self.at));
            if let Some(unit) = sign {
                self.push(unit, PieceKind::Unit, c.len_utf8());
                self.measure_end = None;
            }
            self.at += c.len_utf8();
        }
        true
    }

    /// Adds a piece at the current place and takes a position. Does not move on in the text.
    fn push(&mut self, text: impl Into<Cow<'a, str>>, kind: PieceKind, length: usize) {
        self.pieces.push(Piece { text: text.into(), kind, range: self.at..self.at + length, position: self.position });
        self.position += 1;
    }

    fn number_or_mixed(&mut self, rest: &'a str) {
        let (value, length) = number(rest, self.decimal);
        let letters = run(&rest[length..], |c| is_word_character(c) && !c.is_ascii_digit());
        let tail = rest[length..length + letters].to_lowercase();
        let after = rest[length + letters..].chars().next();
        let sized = (tail == "x" || tail == "×") && after.is_some_and(|c| c.is_ascii_digit());
        let unit = unit::unit(&tail, true).filter(|_| after.is_none_or(|c| !c.is_alphanumeric()));
        if letters > 0 && !sized && unit.is_none() && rest[..length].bytes().all(|byte| byte.is_ascii_digit()) {
            return self.mixed(rest);
        }
        let range = range_of_sizes(&rest[..length], &rest[length..]).filter(|_| self.starts_a_number());
        self.push(value, PieceKind::Number, length);
        if let Some((inside, whole)) = range {
            for number in inside {
                let range = self.at..self.at + length + whole;
                let text = number.to_string().into();
                self.pieces.push(Piece { text, kind: PieceKind::Between, range, position: self.position });
            }
        }
        self.at += length;
        self.measure_end = Some(self.at);
        if sized {
            self.at += letters;
        } else if let Some(unit) = unit.filter(|_| letters > 0) {
            self.push(unit, PieceKind::Unit, letters);
            self.at += letters;
            self.measure_end = Some(self.at);
        }
    }

    /// True if nothing stands directly before the current place.
    fn starts_a_number(&self) -> bool {
        self.text[..self.at].chars().next_back().is_none_or(|c| c.is_whitespace() || matches!(c, '(' | '[' | ':' | ','))
    }

    fn word(&mut self, rest: &'a str) {
        let letters = run(rest, |c| is_word_character(c) && !c.is_ascii_digit());
        if rest[letters..].starts_with(|c: char| c.is_ascii_digit()) {
            return self.mixed(rest);
        }
        let word = &rest[..letters];
        let near = self.measure_end.is_some_and(|end| is_gap(&self.text[end..self.at]));
        self.measure_end = None;
        let unit = if near { unit::unit(&word.to_lowercase(), false) } else { None };
        match unit {
            Some(unit) => {
                self.push(unit, PieceKind::Unit, letters);
                self.measure_end = Some(self.at + letters);
            }
            // In `10 x 12` the x only separates two sizes.
            None if word.eq_ignore_ascii_case("x") && near => {}
            None => self.push(word, PieceKind::Word, letters),
        }
        self.at += letters;
        let rest = &self.text[self.at..];
        let possessive = ["'s", "’s", "'S"].into_iter().find(|ending| rest.starts_with(ending));
        if let Some(ending) = possessive
            && !rest[ending.len()..].starts_with(is_word_character)
        {
            self.at += ending.len();
        }
    }

    /// Reads a run of letters and digits: the whole, and its two sides if each is long enough to be searched
    /// alone.
    fn mixed(&mut self, rest: &'a str) {
        self.measure_end = None;
        let length = run(rest, is_word_character);
        let whole = &rest[..length];
        let first = whole.chars().next().is_some_and(|c| c.is_ascii_digit());
        let turn = run(whole, |c| c.is_ascii_digit() == first);
        let sides = [(0, turn), (turn, length)];
        let telling = |&(start, end): &(usize, usize)| {
            let side = &whole[start..end];
            let digits = side.bytes().all(|byte| byte.is_ascii_digit());
            digits || (side.chars().count() > 1 && !side.bytes().any(|byte| byte.is_ascii_digit()))
        };
        let position = self.position;
        self.push(whole, PieceKind::Mixed, length);
        if sides.iter().all(telling) {
            self.position = position;
            for (start, end) in sides {
                let range = self.at + start..self.at + end;
                let text = whole[start..end].into();
                self.pieces.push(Piece { text, kind: PieceKind::Part, range, position: self.position });
                self.position += 1;
            }
        }
        self.at += length;
    }

    /// Reads a run of a script whose words a dictionary tells apart.
    fn words(&mut self, rest: &'a str) {
        self.measure_end = None;
        let length = run(rest, is_dictionary_script);
        let (mut start, begin) = (0, self.at);
        for end in word_ends(&rest[..length]) {
            let word = &rest[start..end];
            self.at = begin + start;
            if word.chars().any(char::is_alphanumeric) {
                self.push(word, PieceKind::Word, word.len());
            }
            start = end;
        }
        self.at = begin + length;
    }

    fn pairs(&mut self, rest: &'a str) {
        self.measure_end = None;
        let length = run(rest, is_pair_script);
        let starts: Vec<usize> = rest[..length].char_indices().map(|(at, _)| at).chain([length]).collect();
        let width = if starts.len() > 2 { 2 } else { 1 };
        for (at, window) in starts.windows(2).enumerate() {
            let piece = |width: usize| {
                let range = self.at + window[0]..self.at + starts.get(at + width).copied()?;
                Some((self.text[range.clone()].into(), range))
            };
            let position = self.position + at as u32;
            if let Some((text, range)) = piece(width) {
                self.pieces.push(Piece { text, kind: PieceKind::Pair, range, position });
            }
            if let Some((text, range)) = piece(1).filter(|_| width > 1) {
                self.pieces.push(Piece { text, kind: PieceKind::Character, range, position });
            }
        }
        self.position += starts.len() as u32 - width as u32;
        self.at += length;
    }
}

/// The numbers inside a range of sizes, and the length of what follows its first number: `36` to `37`, and 3, of
/// `35` and `-38 EU`. A range of years or of a part number is none.
fn range_of_sizes(first: &str, after: &str) -> Option<(Range<u32>, usize)> {
    let dash = after.trim_start_matches(' ').chars().next().filter(|c| matches!(c, '-' | '–' | '—'))?;
    let spaced = run(after, |c| c == ' ' || c == dash);
    if after[..spaced].matches(dash).count() != 1 {
        return None;
    }
    let digits = run(&after[spaced..], |c| c.is_ascii_digit());
    let last = &after[spaced..spaced + digits];
    let ends = after[spaced + digits..].chars().next();
    let alone =
        ends.is_none_or(|c| !matches!(c, '.' | '-' | '–' | '/') || c == '.' && digits > 0 && after.ends_with('.'));
    if first.starts_with('0') || last.starts_with('0') || !alone {
        return None;
    }
    let (first, last) = (first.parse::<u32>().ok()?, last.parse::<u32>().ok()?);
    (first < last && last - first <= MAX_RANGE).then_some((first + 1..last, spaced + digits))
}

/// The length in bytes of the run of characters at the start of `text`.
fn run(text: &str, within: impl Fn(char) -> bool) -> usize {
    text.char_indices().find(|(_, c)| !within(*c)).map_or(text.len(), |(at, _)| at)
}

/// True for letters, digits, and the marks of the letter before them.
fn is_word_character(c: char) -> bool {
    let blanks = !is_pair_script(c) && !is_dictionary_script(c);
    blanks && (c.is_alphanumeric() || is_mark(c))
}

/// True for text that may stand between a number and its unit.
fn is_gap(text: &str) -> bool {
    text.len() <= 2 && text.chars().all(|c| c == ' ' || c == '-' || c == '.')
}

/// The length of a character reference such as `&amp;`, which is skipped.
fn entity(text: &str) -> Option<usize> {
    let name = text.strip_prefix('&')?;
    let length = run(name, |c| c.is_ascii_alphanumeric() || c == '#');
    ((2..=8).contains(&length) && name[length..].starts_with(';')).then_some(length + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<(String, u32)> {
        let pieces = split(text, Decimal::Point).into_iter().filter(|piece| !piece.kind.is_of_products());
        pieces.map(|piece| (piece.text.into_owned(), piece.position)).collect()
    }

    fn texts(text: &str) -> Vec<String> {
        shown(text).into_iter().map(|(text, _)| text).collect()
    }

    #[test]
    fn sizes_are_the_same_however_they_are_written() {
        for size in ["2.5 in", "2-1/2 in.", "2 1/2\"", "2.50 inch", "2.5-inch", "2.5inches"] {
            assert_eq!(texts(size), ["2.5", "in"], "{size}");
        }
        for size in ["10x12", "10 x 12", "10X12"] {
            assert_eq!(texts(size), ["10", "12"], "{size}");
        }
        assert_eq!(texts("500gb"), texts("500 GB"));
        assert_eq!(texts("4 ft. x 8 ft."), ["4", "ft", "8", "ft"]);
        assert_eq!(texts("a box in red"), ["a", "box", "in", "red"]);
    }

    #[test]
    fn a_range_of_sizes_has_the_sizes_inside() {
        let inside = |text: &str| -> Vec<String> {
            let pieces = split(text, Decimal::Point).into_iter().filter(|piece| piece.kind == PieceKind::Between);
            pieces.map(|piece| piece.text.into_owned()).collect()
        };
        assert_eq!(inside("Socks 35-38"), ["36", "37"]);
        assert_eq!(inside("(41–43 EU)"), ["42"]);
        assert_eq!(inside("tent, 4 - 6 persons"), ["5"]);
        for text in ["1080-1440", "WX-12-14", "12-14-16", "38-35", "01-05", "2.5-4", "7-8", "5--7"] {
            assert!(inside(text).is_empty(), "{text}: {:?}", inside(text));
        }
    }

    #[test]
    fn a_model_number_is_found_whole_and_by_its_sides() {
        let expected = [("rtx2060", 0), ("rtx", 0), ("2060", 1), ("card", 2)];
        assert_eq!(shown("rtx2060 card"), expected.map(|(text, at)| (text.to_owned(), at)));
        assert_eq!(texts("m12"), ["m12"]);
        assert_eq!(texts("4k"), ["4k"]);
        assert_eq!(texts("TN-2110"), ["TN", "2110"]);
    }

    #[test]
    fn writing_without_blanks_goes_by_pairs() {
        assert_eq!(texts("東京都 tokyo"), ["東京", "京都", "tokyo"]);
        assert_eq!(texts("茶"), ["茶"]);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_split_at_characters(text in "\\PC{0,30}", numbers in "[0-9½,.–/x€\"' 靴กé-]{0,12}") {
            for text in [text, numbers] {
                for decimal in [Decimal::Point, Decimal::Comma] {
                    for piece in split(&text, decimal) {
                        proptest::prop_assert!(text.get(piece.range).is_some());
                    }
                }
            }
        }
    }

    #[test]
    fn possessives_and_character_references_say_nothing() {
        assert_eq!(texts("women's shoes"), ["women", "shoes"]);
        assert_eq!(texts("Black &amp; Decker"), ["Black", "Decker"]);
        assert_eq!(texts("at&t; a"), ["at", "t", "a"]);
    }
}
