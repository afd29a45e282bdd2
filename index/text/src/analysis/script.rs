//! Scripts whose words are not told by blanks. Chinese, Japanese and Korean are read by pairs of characters; Thai, Lao,
//! Khmer and Burmese by words, which a dictionary tells apart.

use std::sync::LazyLock;

use icu_properties::CodePointMapData;
use icu_properties::props::{GeneralCategory, GeneralCategoryGroup};
use icu_segmenter::options::WordBreakInvariantOptions;
use icu_segmenter::{WordSegmenter, WordSegmenterBorrowed};

static DICTIONARY: LazyLock<WordSegmenterBorrowed<'static>> =
    LazyLock::new(|| WordSegmenter::new_dictionary(WordBreakInvariantOptions::default()));

/// True for Chinese, Japanese and Korean characters, whose words are not separated by blanks, or not only by
/// them.
pub(super) fn is_pair_script(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{ac00}'..='\u{d7af}' | '\u{20000}'..='\u{2fa1f}')
}

/// True for Thai, Lao, Khmer and Burmese characters.
pub(super) fn is_dictionary_script(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}')
}

/// True for a mark that belongs to the letter before it.
pub(super) fn is_mark(c: char) -> bool {
    c >= '\u{300}' && GeneralCategoryGroup::Mark.contains(CodePointMapData::<GeneralCategory>::new().get(c))
}

/// The ends of the words in a run of a script without blanks, in bytes, ascending.
pub(super) fn word_ends(run: &str) -> Vec<usize> {
    DICTIONARY.segment_str(run).filter(|&end| end > 0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dictionary_tells_words_apart() {
        let text = "รองเท้าวิ่ง";
        let mut start = 0;
        let words = word_ends(text).into_iter().map(|end| &text[std::mem::replace(&mut start, end)..end]);
        assert_eq!(words.collect::<Vec<_>>().concat(), text);
        assert!(word_ends(text).contains(&"รองเท้า".len()), "{:?}", word_ends(text));
    }

    #[test]
    fn vowel_signs_are_marks_and_letters_are_not() {
        assert!(['\u{93f}', '\u{94d}', '\u{301}', '\u{e49}'].into_iter().all(is_mark));
        assert!(!['क', 'a', 'é', 'ท'].into_iter().any(is_mark));
    }
}
