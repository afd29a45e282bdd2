//! Codes: the numbers that name one product, which are its id, its part and article numbers and its barcode. Feeds
//! write them with blanks, hyphens, slashes and dots, and people type them with others or none, so both sides are
//! folded to letters and digits. A run of words of a query that spells a whole code is that code.

use std::ops::Range;

use super::TextField;
use super::analysis::{self, Analyzer, PieceKind, Token};
use super::parse::QueryPart;
use super::understand::QueryReader;
use crate::error::Result;
use crate::product::{AttributeValue, Product};

/// The most different codes of one product.
const MAX_CODES: usize = 64;
/// The fewest digits of a code without letters: `12` is a size.
const MIN_DIGITS: usize = 6;
/// The fewest letters of a code without digits, which must be written in several parts: `VQ-HK-YEL`.
const MIN_LETTERS: usize = 4;
/// The fewest digits of a barcode. Only their leading zeros mean nothing: a UPC-A is an EAN-13 after one.
const MIN_BARCODE: usize = 8;
/// The most parts that a code is written in.
const MAX_PARTS: usize = 5;
/// The fewest characters of a code that a query writes in several words, or writes the beginning of.
const MIN_RUN: usize = 4;
/// The most longer codes that the beginning of one stands for.
const MAX_LONGER: usize = 8;
/// The attributes that hold codes.
const NAMED: [&str; 12] = [
    "sku",
    "mpn",
    "gtin",
    "ean",
    "upc",
    "isbn",
    "asin",
    "part_number",
    "model_number",
    "item_number",
    "article_number",
    "artikelnummer",
];

/// The codes of a product. Its own numbers come twice, so that a product stands before others that only mention
/// its number.
pub(super) fn of_product(product: &Product) -> Vec<String> {
    let named = [Some(product.id.as_str()), product.mpn.as_deref(), product.gtin.as_deref()];
    let mut numbers: Vec<String> = named.into_iter().flatten().map(str::to_owned).collect();
    let mut texts = vec![product.title.as_str()];
    for (name, value) in &product.attributes {
        let is_code = NAMED.contains(&name.to_lowercase().as_str());
        value.for_each(&mut |value| match value {
            AttributeValue::Text(text) if is_code => numbers.push(text.clone()),
            AttributeValue::Whole(number) if is_code => numbers.push(number.to_string()),
            AttributeValue::Number(number) if is_code => numbers.push(number.to_string()),
            AttributeValue::Text(text) => texts.push(text),
            _ => {}
        });
    }
    let mut codes: Vec<String> = Vec::new();
    for code in numbers.iter().flat_map(|number| spellings(number)) {
        keep(&mut codes, code);
    }
    let own = codes.clone();
    numbers.iter().flat_map(|number| ends(number)).for_each(|code| keep(&mut codes, code));
    let words = texts.iter().copied().flat_map(str::split_whitespace);
    words.filter_map(analysis::part_number).for_each(|code| keep(&mut codes, code));
    texts.into_iter().flat_map(printed).for_each(|code| keep(&mut codes, code));
    codes.extend(own);
    codes
}

fn keep(codes: &mut Vec<String>, code: String) {
    if codes.len() < MAX_CODES && !codes.contains(&code) {
        codes.push(code);
    }
}

/// The folded spellings of a number of a feed; none if it does not tell one product from others.
fn spellings(number: &str) -> Vec<String> {
    let Some(code) = analysis::folded_code(number) else { return Vec::new() };
    let digits = code.bytes().any(|byte| byte.is_ascii_digit());
    let letters = code.chars().any(char::is_alphabetic);
    let apart = number.trim().contains(|c: char| !c.is_alphanumeric());
    let telling = match (digits, letters) {
        (true, true) => true,
        (true, false) => code.len() >= MIN_DIGITS,
        (false, _) => apart && code.chars().count() >= MIN_LETTERS,
    };
    let short = without_zeros(&code).map(str::to_owned);
    if telling { std::iter::once(code).chain(short).collect() } else { Vec::new() }
}

/// A barcode without leading zeros; `None` for other codes.
fn without_zeros(code: &str) -> Option<&str> {
    let barcode = code.len() >= MIN_BARCODE && code.bytes().all(|byte| byte.is_ascii_digit());
    let short = code.trim_start_matches('0');
    (barcode && short.len() < code.len() && short.len() >= MIN_DIGITS).then_some(short)
}

/// The codes inside a number of several words, without its first, which mostly names the maker: `WD-20` of
/// `BH WD-20`.
fn ends(number: &str) -> Vec<String> {
    let words: Vec<&str> = number.split_whitespace().take(MAX_PARTS).collect();
    let runs = (1..words.len()).flat_map(|start| (start + 1..=words.len()).map(move |end| start..end));
    runs.filter_map(|run| analysis::part_number(&words[run].join(" "))).collect()
}

/// The codes of digits that a text prints in groups, with what letters stand in capitals beside them: `0012345678` for
/// `Ring 0012 345 678`, `5j0601171qx` and `5j0601171` for `Cap 5J0 601 171 QX`.
fn printed(text: &str) -> Vec<String> {
    let mut codes = Vec::new();
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut at = 0;
    while at < words.len() {
        codes.extend(lettered(words[at]));
        let end = at + words[at..].iter().take_while(|word| is_group(word)).count();
        let has_digits = |word: &&str| word.contains(|c: char| c.is_ascii_digit());
        let first = (at..end).find(|&place| has_digits(&words[place]));
        let last = (at..end).rev().find(|&place| has_digits(&words[place]));
        if let (Some(first), Some(last)) = (first, last) {
            let run = words[first..=last].join(" ");
            let groups = run.split(|c: char| !c.is_alphanumeric()).filter(|group| !group.is_empty()).count();
            let digits = run.bytes().filter(u8::is_ascii_digit).count();
            if (2..=MAX_PARTS).contains(&groups) && digits >= MIN_DIGITS {
                codes.extend(analysis::folded_code(&run));
                if last + 1 < end && groups < MAX_PARTS {
                    codes.extend(analysis::folded_code(&format!("{run} {}", words[last + 1])));
                }
            }
        }
        at = end.max(at + 1);
    }
    codes
}

/// The code of capitals in three or more groups: `vqhkyel` for `VQ-HK-YEL`.
fn lettered(word: &str) -> Option<String> {
    let groups: Vec<&str> = word.split(['-', '/', '.']).collect();
    let fits = |group: &&str| (2..=4).contains(&group.len()) && group.bytes().all(|byte| byte.is_ascii_uppercase());
    let is_code = (3..=MAX_PARTS).contains(&groups.len()) && groups.iter().all(fits);
    is_code.then(|| analysis::folded_code(word)).flatten()
}

/// True for a word that may be a group of a printed code: digits, alone or with letters and signs, but no measure; or up
/// to three capitals.
fn is_group(word: &str) -> bool {
    let capitals = word.len() <= 3 && word.bytes().all(|byte| byte.is_ascii_uppercase());
    let signs = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '/' | '.');
    capitals || (word.chars().all(signs) && word.contains(|c: char| c.is_ascii_digit()) && !analysis::is_measure(word))
}

/// A code of the catalogue in a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CodeRun {
    /// The parts of the query that spell it.
    pub(super) parts: Range<usize>,
    /// The code.
    pub(super) code: String,
    /// The codes that begin with it, if the catalogue has no such code.
    pub(super) longer: Vec<String>,
}

impl QueryReader<'_> {
    /// The codes of the catalogue in a query, the longest run of words first. `unfinished` is true if the last part
    /// may be the beginning of a word.
    pub(super) fn code_runs(
        &self,
        analyzer: &mut Analyzer,
        parts: &[QueryPart<'_>],
        unfinished: bool,
    ) -> Result<Vec<CodeRun>> {
        let (mut runs, mut at) = (Vec::new(), 0);
        'parts: while at < parts.len() {
            for end in (at + 1..=parts.len().min(at + MAX_PARTS)).rev() {
                let own = &parts[at..end];
                let alike = |part: &QueryPart<'_>| !part.phrase && part.excluded == own[0].excluded;
                if !own.iter().all(alike) {
                    continue;
                }
                let words =
                    TypedCode { own, whole: own.len() == parts.len(), unfinished: unfinished && end == parts.len() };
                if let Some((code, longer)) = self.code_of(analyzer, &words)? {
                    runs.push(CodeRun { parts: at..end, code, longer });
                    at = end;
                    continue 'parts;
                }
            }
            at += 1;
        }
        Ok(runs)
    }

    /// The code that words of a query spell, and the longer codes that it stands for.
    fn code_of(&self, analyzer: &mut Analyzer, typed: &TypedCode<'_>) -> Result<Option<(String, Vec<String>)>> {
        let text = typed.own.iter().map(|part| part.text).collect::<Vec<_>>().join(" ");
        let Some(code) = analysis::folded_code(&text) else { return Ok(None) };
        let digits = code.bytes().any(|byte| byte.is_ascii_digit());
        let letters = code.chars().any(char::is_alphabetic);
        let single = typed.own.len() == 1;
        let possible = match (single, digits) {
            (true, true) => true,
            (true, false) => text.contains(|c: char| !c.is_alphanumeric()) || code.len() >= MIN_LETTERS,
            (false, true) => code.len() >= MIN_RUN && (letters || typed.whole || code.len() >= MIN_BARCODE),
            (false, false) => typed.whole && code.len() >= MIN_LETTERS,
        };
        if !possible {
            return Ok(None);
        }
        for code in std::iter::once(code.as_str()).chain(without_zeros(&code)) {
            let products = self.code_frequency(code)?;
            if products > 0 && ((single && digits) || self.is_no_name(analyzer, &text, code, products)?) {
                return Ok(Some((code.to_owned(), Vec::new())));
            }
        }
        if single && digits && typed.unfinished && !self.code_completions(&code, 1)?.is_empty() {
            return Ok(Some((code, Vec::new())));
        }
        if !(digits && letters && (single || typed.whole)) || code.len() < MIN_RUN || self.word_frequency(&code)? > 0 {
            return Ok(None);
        }
        let longer = self.code_completions(&code, MAX_LONGER + 1)?;
        let few = !longer.is_empty() && longer.len() <= MAX_LONGER;
        Ok((few && self.is_no_name(analyzer, &text, &code, 0)?).then_some((code, longer)))
    }

    /// False for words that are a size, that are all words of the catalogue without a digit, or that follow each
    /// other in more titles than have the code: the name of a product line rather than of one product.
    fn is_no_name(&self, analyzer: &mut Analyzer, text: &str, code: &str, products: u32) -> Result<bool> {
        let tokens = analyzer.whole(text);
        let number = code.bytes().all(|byte| byte.is_ascii_digit());
        if !number && tokens.iter().all(|token| matches!(token.kind, PieceKind::Number | PieceKind::Unit)) {
            return Ok(false);
        }
        if !code.bytes().any(|byte| byte.is_ascii_digit()) {
            let mut all = true;
            for token in &tokens {
                all = all && self.is_of_texts(&token.word, &token.term)?;
            }
            return Ok(!all);
        }
        let mut together = u32::MAX;
        for pair in tokens.windows(2) {
            together = together.min(self.together_in_titles(&pair[0].term, &pair[1].term)?);
        }
        Ok(tokens.len() < 2 || together <= products)
    }

    /// True if a text of a product, other than a code, has the word as it is written or by its stem.
    pub(super) fn is_of_texts(&self, word: &str, term: &str) -> Result<bool> {
        let mut found = self.word_frequency(word)? > 0;
        for index in self.fields.iter().take(TextField::Code as usize) {
            found = found || index.term_frequency(term)? > 0;
        }
        Ok(found)
    }

    /// The number of products with a code.
    pub(super) fn code_frequency(&self, code: &str) -> Result<u32> {
        self.fields.get(TextField::Code as usize).map_or(Ok(0), |index| index.term_frequency(code))
    }
}

/// Neighbouring parts of a query that may spell a code.
struct TypedCode<'a> {
    own: &'a [QueryPart<'a>],
    /// True if they are the whole query.
    whole: bool,
    /// True if the last of them may be the beginning of a word.
    unfinished: bool,
}

/// The terms of the words that a code was typed in.
pub(super) fn typed_terms(tokens: Vec<Token>) -> Vec<String> {
    tokens.into_iter().filter(|token| token.kind != PieceKind::Part).map(|token| token.term).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Ordinal;
    use crate::tests::{product, shop_in};
    use crate::{QueryOptions, TextSettings, analysis::Language};

    #[test]
    fn a_number_counts_only_if_it_tells_products_apart() {
        assert_eq!(spellings("TX-410/B"), ["tx410b"]);
        assert_eq!(spellings("0 12345 67890 5"), ["012345678905", "12345678905"]);
        assert_eq!(spellings("VQ-HK-YEL"), ["vqhkyel"]);
        assert!(spellings("lamp").is_empty() && spellings("12").is_empty());
        assert_eq!(ends("AB WD-20 FB"), ["wd20", "wd20fb"]);
        assert!(ends("AB 4.0x40").is_empty(), "a size is no code");
    }

    #[test]
    fn a_code_that_a_text_prints_in_groups_is_one() {
        assert_eq!(printed("Ring 0012 345 678"), ["0012345678"]);
        assert_eq!(printed("Cap 5J0 601 171 QX, grey"), ["5j0601171"]);
        assert_eq!(printed("Cap 5J0 601 171 QX"), ["5j0601171", "5j0601171qx"]);
        assert_eq!(printed("Motor 99.140.7"), ["991407"]);
        assert_eq!(printed("Bracket VQ-HK-YEL"), ["vqhkyel"]);
        for text in ["Puzzle 1000 pieces", "Screw 4.0 x 40 mm", "Set 500 ml 750 ml", "Lamp 12 V 5 W", "24-105 lens"] {
            assert!(printed(text).is_empty(), "{text}: {:?}", printed(text));
        }
    }

    #[test]
    fn a_code_is_found_however_it_is_written() -> Result<()> {
        let numbered = |id: &str, title: &str, mpn: &str, gtin: &str| Product {
            mpn: Some(mpn.into()),
            gtin: Some(gtin.into()),
            ..product(id, title, "")
        };
        let shop = shop_in(
            Language::En,
            &[
                numbered("p-1", "Gasket", "0012 345 678", "0220782946817"),
                numbered("p-2", "Pump", "AB WD-20", "2900047110824"),
                numbered("p-3", "Bag for the pump", "AB WD-20 FB", "2900047110831"),
                numbered("p-4", "Hook", "VQ-HK-YEL", "2900047110848"),
            ],
        )?;
        let found = |query: &str| -> Result<(bool, Vec<u32>)> {
            let settings = TextSettings::default();
            let read = shop.index.understand(query, QueryOptions::default(), &settings)?;
            let found = shop.index.matches(&read, &settings, None)?.products;
            Ok((read.part_number, found.iter().map(Ordinal::get).collect()))
        };
        for (query, products) in [
            ("0012 345 678", vec![0]),
            ("0012345678", vec![0]),
            ("2 900047 110824", vec![1]),
            ("00220782946817", vec![0]),
            ("220782946817", vec![0]),
            ("ab wd 20", vec![1]),
            ("wd20", vec![1, 2]),
            ("AB/WD20.FB", vec![2]),
            ("vq hk yel", vec![3]),
            ("vqhkyel", vec![3]),
        ] {
            assert_eq!(found(query)?, (true, products), "{query}");
        }
        for query in ["gasket", "pump 20", "bag for the pump"] {
            assert!(!found(query)?.0, "{query}");
        }
        Ok(())
    }
}
