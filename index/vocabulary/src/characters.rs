//! Characters: what nobody sees of a text, and the one form of letters with accents.

use std::borrow::Cow;

use icu_normalizer::ComposingNormalizerBorrowed;

/// True for characters that change nothing a reader sees: soft hyphens, joiners, marks of direction, selectors of
/// variants.
pub fn is_unseen(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

/// The text with its accents composed (NFC): the same text to every reader, and equal to the same text from elsewhere.
pub fn composed(text: &str) -> Cow<'_, str> {
    if text.is_ascii() { Cow::Borrowed(text) } else { ComposingNormalizerBorrowed::new_nfc().normalize(text) }
}

/// The composed text without what nobody sees.
pub fn visible(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || !text.contains(is_unseen) {
        return composed(text);
    }
    let seen: String = text.chars().filter(|&c| !is_unseen(c)).collect();
    Cow::Owned(composed(&seen).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_are_composed_and_nothing_unseen_stays() {
        assert_eq!(composed("cafe\u{301}"), "café");
        assert_eq!(visible("cafe\u{301}\u{ad}\u{200b}"), "café");
        assert!(matches!(visible("plain"), Cow::Borrowed("plain")));
    }
}
