//! The alphabetical order of texts in a language: accents beside their letters or after the alphabet, as the language
//! has it, and numbers in texts by their value. Rules: the Unicode Collation Algorithm with CLDR's tailorings.

use std::cmp::Ordering;
use std::sync::{Arc, OnceLock};

use icu_collator::options::CollatorOptions;
use icu_collator::preferences::CollationNumericOrdering;
use icu_collator::{Collator, CollatorBorrowed, CollatorPreferences};
use icu_locale_core::Locale;

use super::keyword::KeywordView;
use crate::id::ValueId;

/// The place of each text of a column in the alphabet, by id; made when it is first asked for.
#[derive(Debug, Clone, Default)]
pub(super) struct Alphabet(Arc<OnceLock<Box<[u32]>>>);

impl Alphabet {
    /// The places of the texts of `view` in the order of a language.
    pub(super) fn places(&self, view: KeywordView<'_>, language: &str) -> &[u32] {
        self.0.get_or_init(|| {
            let collator = collator(language);
            let compare = |a: &str, b: &str| collator.as_ref().map_or(Ordering::Equal, |known| known.compare(a, b));
            let mut ids: Vec<ValueId> = ValueId::all(view.distinct()).collect();
            ids.sort_by(|&a, &b| compare(view.text(a), view.text(b)).then(a.cmp(&b)));
            let mut places = vec![0; ids.len()];
            (0..).zip(ids).for_each(|(place, id)| places[id.index()] = place);
            // Spellings that differ in case only are one value, as in filters and facets.
            view.respelled().iter().for_each(|id| places[id.index()] = places[id.index() - 1]);
            places.into()
        })
    }
}

/// The rules of a language, those of all languages if it has none of its own.
fn collator(language: &str) -> Option<CollatorBorrowed<'static>> {
    let mut wanted = CollatorPreferences::from(&language.parse::<Locale>().unwrap_or(Locale::UNKNOWN));
    wanted.numeric_ordering = Some(CollationNumericOrdering::True);
    Collator::try_new(wanted, CollatorOptions::default()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ordered(language: &str, mut texts: Vec<&str>) -> String {
        let collator = collator(language);
        texts.sort_by(|a, b| collator.as_ref().map_or(Ordering::Equal, |known| known.compare(a, b)));
        texts.join(" ")
    }

    #[test]
    fn accents_stand_where_the_language_has_them() {
        let brands = || vec!["Zeta", "Oz", "Ölwerk", "Éclair", "Eclipse", "acme", "Äpfel", "Bauer"];
        assert_eq!(ordered("de", brands()), "acme Äpfel Bauer Éclair Eclipse Ölwerk Oz Zeta");
        assert_eq!(ordered("sv", brands()), "acme Bauer Éclair Eclipse Oz Zeta Äpfel Ölwerk");
        assert_eq!(ordered("any", vec!["Pack 10", "Pack 9", "pack 1"]), "pack 1 Pack 9 Pack 10");
    }
}
