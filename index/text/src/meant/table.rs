//! The tables of phrases: one file a language in `assets/phrases`, readable and extensible by a merchant.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::analysis::Language;

/// Phrases of one sort, in lower case.
pub type PhraseList = Vec<String>;

/// The phrases of one language.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PhraseTable {
    /// Phrases about a price.
    pub price: PricePhrases,
    /// Names and signs of currencies, by code (ISO 4217).
    pub money: BTreeMap<String, PhraseList>,
    /// Phrases that say what is not wanted.
    pub negation: NegationPhrases,
    /// Words for those who wear or use a product, by kind: `women`, `men`, `female`, `male`, `girls`, `boys`, `kids`,
    /// `baby`, `teens`, `seniors`, `adults`, `unisex`.
    pub people: BTreeMap<String, PhraseList>,
    /// Words that name somebody only after a word of `gift.for`, by the same kinds.
    pub recipients: BTreeMap<String, PhraseList>,
    /// Phrases about gifts.
    pub gift: GiftPhrases,
    /// Phrases for occasions of gifts, by a name of the occasion's own.
    pub occasions: BTreeMap<String, PhraseList>,
    /// Words in texts of products that speak of an occasion besides its own phrases.
    pub occasion_signs: BTreeMap<String, PhraseList>,
    /// Words for one colour, by a name of its own.
    pub colours: BTreeMap<String, PhraseList>,
    /// Names of fields whose values are recognised in queries.
    pub fields: FieldNames,
}

/// Phrases about a price.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PricePhrases {
    /// Before the highest price: `under`.
    pub at_most: PhraseList,
    /// Before the lowest price: `over`.
    pub at_least: PhraseList,
    /// As `at_most`, only where the number has a currency.
    pub at_most_with_currency: PhraseList,
    /// As `at_least`, only where the number has a currency.
    pub at_least_with_currency: PhraseList,
    /// Pairs around two prices: `between`, `and`.
    pub between: Vec<[String; 2]>,
    /// Between two prices: `20 to 40 euros`.
    pub to: PhraseList,
    /// After the highest price: `or less`.
    pub at_most_after: PhraseList,
    /// After the lowest price: `or more`.
    pub at_least_after: PhraseList,
    /// Before a price that is nearly meant.
    pub about: PhraseList,
    /// Says that the price should be low.
    pub low: PhraseList,
    /// Says that the price should be the lowest.
    pub lowest: PhraseList,
    /// Says that the price should be the highest.
    pub highest: PhraseList,
    /// Says that the price should be below the usual one: `on sale`.
    pub reduced: PhraseList,
    /// Words after which a number counts or measures something and is no price.
    pub measures: PhraseList,
}

/// Phrases that say what is not wanted.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NegationPhrases {
    /// Before what is not wanted: `not`, `without`.
    pub words: PhraseList,
    /// After what is not wanted.
    pub after: PhraseList,
    /// As `words`, but a quality where titles have both words beside each other: `non stick`.
    pub prefixes: PhraseList,
    /// Words between the negation and what is not wanted.
    pub skipped: PhraseList,
    /// Words that a negation does not negate: `not only`.
    pub never_before: PhraseList,
    /// Between two things that are not wanted: `or`.
    pub or: PhraseList,
    /// Ways to say that something is free of a thing, `{}` in its place.
    pub free_of: PhraseList,
    /// Words for products free of a thing, by the thing: `sugar`: `unsweetened`.
    pub opposites: BTreeMap<String, PhraseList>,
}

/// Phrases about gifts.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GiftPhrases {
    /// Words for a gift.
    pub words: PhraseList,
    /// Words that make a word for a gift a thing: `gift card`.
    pub not_before: PhraseList,
    /// Before the person who gets it: `for`. The first of them stands before the use of a thing too.
    #[serde(rename = "for")]
    pub before_person: PhraseList,
    /// Words that may stand between.
    pub between: PhraseList,
    /// After a number that is an age: `3 year old`.
    pub years: PhraseList,
}

/// Names of attributes, and words before their values.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FieldNames {
    /// Attributes that hold a colour.
    pub colour: PhraseList,
    /// Attributes that hold a size.
    pub size: PhraseList,
    /// Attributes that hold a material.
    pub material: PhraseList,
    /// Words before a size: `size 42`.
    pub size_words: PhraseList,
}

macro_rules! builtin {
    ($($language:ident $file:literal),* $(,)?) => {
        /// The table of a language as it ships.
        pub(super) fn builtin(language: Language) -> &'static PhraseTable {
            static TABLES: LazyLock<BTreeMap<Language, PhraseTable>> = LazyLock::new(|| {
                let texts = [$((Language::$language, include_str!(concat!("../../assets/phrases/", $file)))),*];
                texts.into_iter().map(|(language, text)| (language, toml::from_str(text).unwrap_or_default())).collect()
            });
            static EMPTY: LazyLock<PhraseTable> = LazyLock::new(PhraseTable::default);
            TABLES.get(&language).unwrap_or(&EMPTY)
        }

        #[cfg(test)]
        const TEXTS: &[(Language, &str)] =
            &[$((Language::$language, include_str!(concat!("../../assets/phrases/", $file)))),*];
    };
}

builtin![
    Any "any.toml", Ar "ar.toml", Da "da.toml", De "de.toml", El "el.toml", En "en.toml", Es "es.toml", Fi "fi.toml",
    Fr "fr.toml", Hu "hu.toml", It "it.toml", Nl "nl.toml", No "no.toml", Pt "pt.toml", Ro "ro.toml", Ru "ru.toml",
    Sv "sv.toml", Ta "ta.toml", Tr "tr.toml",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_that_is_analysed_has_a_table_with_price_negation_and_gender() {
        for (language, text) in TEXTS {
            let table: Result<PhraseTable, _> = toml::from_str(text);
            assert!(table.is_ok(), "{language:?}: {:?}", table.err());
            let table = builtin(*language);
            assert!(!table.money.is_empty(), "{language:?}");
            if *language != Language::Any {
                let PricePhrases { at_most, at_most_after, low, .. } = &table.price;
                assert!(!at_most.is_empty() || !at_most_after.is_empty(), "{language:?}");
                assert!(!low.is_empty(), "{language:?}");
                let negates = !table.negation.words.is_empty() || !table.negation.after.is_empty();
                assert!(negates && !table.negation.free_of.is_empty(), "{language:?}");
                assert!(["women", "men", "kids"].iter().all(|kind| table.people.contains_key(*kind)), "{language:?}");
            }
        }
        assert_eq!(TEXTS.len(), 19);
    }
}
