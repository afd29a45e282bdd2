//! Rules of each language: stemming, stop words, the word that negates the next one, and whether it writes
//! compounds. Stemmers and stop words are Snowball's.

use std::cell::RefCell;
use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use tantivy::tokenizer::{Language as Stemming, RawTokenizer, Stemmer, StopWordFilter, TextAnalyzer, TokenStream};

use super::number::Decimal;

/// The language of a text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Arabic.
    Ar,
    /// Danish.
    Da,
    /// German.
    De,
    /// Greek.
    El,
    /// English.
    #[default]
    En,
    /// Spanish.
    Es,
    /// Finnish.
    Fi,
    /// French.
    Fr,
    /// Hungarian.
    Hu,
    /// Italian.
    It,
    /// Dutch.
    Nl,
    /// Norwegian.
    No,
    /// Portuguese.
    Pt,
    /// Romanian.
    Ro,
    /// Russian.
    Ru,
    /// Swedish.
    Sv,
    /// Tamil.
    Ta,
    /// Turkish.
    Tr,
    /// Any other language, Chinese, Japanese and Korean included. Words are not stemmed.
    Any,
}

impl Language {
    /// The language with a code (ISO 639-1, a region after it is ignored); [`Language::Any`] for any other
    /// code.
    pub fn of(code: &str) -> Self {
        let code = code.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
        let code = if code == "nb" || code == "nn" { "no" } else { &code };
        serde_json::from_value(serde_json::Value::String(code.to_owned())).unwrap_or(Self::Any)
    }

    /// The language's code (ISO 639-1), or `any`.
    pub fn code(self) -> String {
        format!("{self:?}").to_lowercase()
    }

    fn stemming(self) -> Option<Stemming> {
        Some(match self {
            Self::Ar => Stemming::Arabic,
            Self::Da => Stemming::Danish,
            Self::De => Stemming::German,
            Self::El => Stemming::Greek,
            Self::En => Stemming::English,
            Self::Es => Stemming::Spanish,
            Self::Fi => Stemming::Finnish,
            Self::Fr => Stemming::French,
            Self::Hu => Stemming::Hungarian,
            Self::It => Stemming::Italian,
            Self::Nl => Stemming::Dutch,
            Self::No => Stemming::Norwegian,
            Self::Pt => Stemming::Portuguese,
            Self::Ro => Stemming::Romanian,
            Self::Ru => Stemming::Russian,
            Self::Sv => Stemming::Swedish,
            Self::Ta => Stemming::Tamil,
            Self::Tr => Stemming::Turkish,
            Self::Any => return None,
        })
    }

    /// The stemmer of one word in lower case; `None` for [`Language::Any`].
    pub(super) fn stemmer(self) -> Option<TextAnalyzer> {
        self.stemming()
            .map(|stemming| TextAnalyzer::builder(RawTokenizer::default()).filter(Stemmer::new(stemming)).build())
    }

    /// True if nouns are written with a capital letter.
    pub fn capitalises_nouns(self) -> bool {
        self == Self::De
    }

    /// True if a word in lower case is a stop word: too common to be required of a product.
    pub fn is_stop_word(self, word: &str) -> bool {
        if self == Self::En {
            return ENGLISH_STOP_WORDS.contains(&word);
        }
        if self == Self::De && GERMAN_FOLDED.contains(&word) {
            return true;
        }
        let Some(filter) = self.stemming().and_then(StopWordFilter::new) else { return false };
        let mut analyzer = TextAnalyzer::builder(RawTokenizer::default()).filter(filter).build();
        !analyzer.token_stream(word).advance()
    }

    /// The word that excludes the next one from a query.
    pub fn without(self) -> &'static str {
        match self {
            Self::Da => "uden",
            Self::De => "ohne",
            Self::Es => "sin",
            Self::Fr => "sans",
            Self::It => "senza",
            Self::Nl => "zonder",
            Self::No => "uten",
            Self::Pt => "sem",
            Self::Sv => "utan",
            _ => "without",
        }
    }

    /// The word that joins two nouns.
    pub fn and(self) -> &'static str {
        match self {
            Self::Da | Self::No => "og",
            Self::De => "und",
            Self::Es => "y",
            Self::Fi => "ja",
            Self::Fr => "et",
            Self::It | Self::Pt => "e",
            Self::Nl => "en",
            Self::Sv => "och",
            _ => "and",
        }
    }

    /// The sign before the decimals of a number.
    pub(super) fn decimal(self) -> Decimal {
        match self {
            Self::Any | Self::Ar | Self::En | Self::Ta => Decimal::Point,
            _ => Decimal::Comma,
        }
    }

    /// True if a noun precedes what describes it: `lampe de bureau`.
    pub fn head_first(self) -> bool {
        matches!(self, Self::Es | Self::Fr | Self::It | Self::Pt | Self::Ro)
    }

    /// True if the language writes compounds as one word: `winterjacke`.
    pub fn compounds(self) -> bool {
        matches!(self, Self::Da | Self::De | Self::Fi | Self::Nl | Self::No | Self::Sv)
    }
}

const ENGLISH_STOP_WORDS: &[&str] = &[
    "a", "an", "and", "are", "as", "at", "be", "by", "for", "from", "in", "is", "it", "of", "on", "or", "that", "the",
    "this", "to", "with",
];

/// German stop words whose accents are folded, as those of all words are.
const GERMAN_FOLDED: &[&str] = &["dafur", "fur", "konnen", "konnte", "uber", "wahrend", "wurde", "wurden", "zuruck"];

/// The most stems of a language that a thread caches; a full cache is emptied.
const REMEMBERED: usize = 1 << 15;

thread_local! {
    /// A cache of stems by language. Few words make up most of all texts, and a look-up is much faster than
    /// stemming.
    static STEMS: RefCell<HashMap<Language, HashMap<String, String>>> = RefCell::default();
}

/// The stem of a word by the stemmer of its language ([`Language::stemmer`]), through the thread's cache.
pub(super) fn stem(language: Language, stemmer: &mut TextAnalyzer, word: &str) -> String {
    STEMS.with_borrow_mut(|languages| {
        let stems = languages.entry(language).or_default();
        if stems.len() >= REMEMBERED {
            stems.clear();
        }
        if let Some(stem) = stems.get(word) {
            return stem.clone();
        }
        let mut stream = stemmer.token_stream(word);
        let stem = if stream.advance() { std::mem::take(&mut stream.token_mut().text) } else { word.to_owned() };
        let stem = if language == Language::De && is_no_plural(word, &stem) { word.to_owned() } else { stem };
        stems.insert(word.to_owned(), stem.clone());
        stem
    })
}

/// The shortest stem of a German plural in `er` whose vowel stays, in letters: `Bild`, `Kind`.
const MIN_STEM_OF_PLURAL: usize = 4;

/// True for a German word that Snowball takes for a plural in `er` and is none: `Leder` is no `LED`. A plural with so
/// short a stem has an umlaut: `Räder`, `Bäder`.
fn is_no_plural(word: &str, stem: &str) -> bool {
    word.is_ascii() && stem.len() < MIN_STEM_OF_PLURAL && word.strip_suffix("er") == Some(stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_german_words_in_er_are_no_plurals() {
        let stem = |word: &str| Language::De.stemmer().map(|mut stemmer| stem(Language::De, &mut stemmer, word));
        assert_eq!(stem("leder").as_deref(), Some("leder"));
        assert_eq!(stem("räder").as_deref(), Some("rad"));
        assert_eq!((stem("kinder").as_deref(), stem("bilder").as_deref()), (Some("kind"), Some("bild")));
    }

    #[test]
    fn codes_name_languages_whatever_the_region() {
        assert_eq!(Language::of("en"), Language::En);
        assert_eq!(Language::of("de-AT"), Language::De);
        assert_eq!(Language::of("nb_NO"), Language::No);
        assert_eq!(Language::of("ja"), Language::Any);
    }

    #[test]
    fn stop_words_and_negations_are_the_languages_own() {
        assert!(Language::De.is_stop_word("und") && !Language::De.is_stop_word("hund"));
        assert!(Language::En.is_stop_word("with") && !Language::Any.is_stop_word("with"));
        assert_eq!((Language::De.without(), Language::En.without()), ("ohne", "without"));
    }
}
