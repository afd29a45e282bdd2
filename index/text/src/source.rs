//! The sources of alternatives: the reason for which something besides the typed word satisfies a slot.

use serde::Serialize;

/// The source of an alternative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AlternativeSource {
    /// The word or phrase as typed.
    Typed,
    /// A part of the word, or its parts apart.
    Part,
    /// Two neighbours written as one word.
    Joined,
    /// A compound whose head, its last word, was typed.
    Head,
    /// A compound that begins with the typed word.
    Modifier,
    /// A likely correction, searched in addition.
    Correction,
    /// A completion of the word being typed.
    Completion,
    /// A synonym of the merchant.
    Synonym,
    /// A synonym that is shipped with the program.
    ShippedSynonym,
    /// A word of the catalogue with nearly the same meaning.
    NearestWord,
    /// A wording that other shoppers went on to.
    Reformulation,
    /// The same measure in another unit.
    Measure,
}

impl AlternativeSource {
    /// True for another word of the same meaning that nobody entered for this shop.
    pub fn is_meant(self) -> bool {
        matches!(self, Self::ShippedSynonym | Self::NearestWord | Self::Reformulation)
    }

    /// True for another word in place of the typed one: compounds of it, and words of the same meaning.
    pub fn is_substitute(self) -> bool {
        matches!(self, Self::Head | Self::Modifier) || self.is_meant()
    }

    /// The source in a sentence, after the words it stands for; empty for what was typed.
    pub fn words(self) -> &'static str {
        match self {
            Self::Typed => "",
            Self::Part => "a part of the word",
            Self::Joined => "written as one word",
            Self::Head => "a compound of the word",
            Self::Modifier => "a compound that begins with the word",
            Self::Correction => "a likely correction",
            Self::Completion => "a completion",
            Self::Synonym => "a synonym of the shop",
            Self::ShippedSynonym => "a common synonym",
            Self::NearestWord => "a word of nearly the same meaning",
            Self::Reformulation => "what other shoppers searched for next",
            Self::Measure => "the same measure in another unit",
        }
    }
}
