//! The normal form in which texts are split into words: compatibility composition of Unicode (NFKC), so that composed
//! and decomposed accents, full-width digits, half-width kana and ligatures are what they stand for, without characters
//! that nobody sees. Products keep the text they came with: a place in the normal form leads back to its place there.

use std::borrow::Cow;
use std::ops::Range;

use icu_normalizer::ComposingNormalizerBorrowed;
use icu_segmenter::GraphemeClusterSegmenter;

use crate::characters::is_unseen;

/// A text in normal form.
#[derive(Debug)]
pub(super) struct NormalText<'a> {
    pub(super) text: Cow<'a, str>,
    /// The start of each cluster of characters in the normal form and in the original, ascending, with both ends;
    /// `None` if the texts are the same.
    places: Option<Vec<(usize, usize)>>,
}

/// The normal form of a text.
pub(super) fn normal(text: &str) -> NormalText<'_> {
    const NFKC: ComposingNormalizerBorrowed<'_> = ComposingNormalizerBorrowed::new_nfkc();
    if text.is_ascii() || (NFKC.is_normalized(text) && !text.contains(is_special)) {
        return NormalText { text: Cow::Borrowed(text), places: None };
    }
    let (mut out, mut places) = (String::with_capacity(text.len()), Vec::new());
    let ends = GraphemeClusterSegmenter::new().segment_str(text);
    let mut start = 0;
    for end in ends.filter(|&end| end > 0) {
        places.push((out.len(), start));
        add(&mut out, &text[start..end], &NFKC);
        start = end;
    }
    places.push((out.len(), text.len()));
    NormalText { text: Cow::Owned(out), places: Some(places) }
}

/// Adds one cluster of characters in normal form.
fn add(out: &mut String, cluster: &str, nfkc: &ComposingNormalizerBorrowed<'_>) {
    if cluster.is_ascii() {
        return out.push_str(cluster);
    }
    let seen: String = cluster.chars().filter(|&c| !is_unseen(c)).collect();
    match seen.chars().next() {
        // The composition of these says something else: a trade mark is no word, a square no number.
        Some('™' | '℠' | '²' | '³' | '¹') => out.push(' '),
        // Capital dotted I, whose lower case would keep its dot as a mark of its own.
        Some('İ') => out.push('i'),
        Some(c) if is_fraction(c) => {
            if out.ends_with(|before: char| before.is_ascii_digit()) {
                out.push(' ');
            }
            out.extend(nfkc.normalize(&seen).chars().map(|c| if c == '\u{2044}' { '/' } else { c }));
        }
        Some(_) => out.push_str(&nfkc.normalize(&seen)),
        None => {}
    }
}

/// True for a fraction that is one character, such as ½.
fn is_fraction(c: char) -> bool {
    matches!(c, '\u{bc}'..='\u{be}' | '\u{2150}'..='\u{215f}' | '\u{2189}')
}

/// True for characters that are normal and yet handled here.
fn is_special(c: char) -> bool {
    c == 'İ' || is_unseen(c)
}

impl NormalText<'_> {
    /// The range of the original text that a range of the normal form comes from, in whole clusters.
    pub(super) fn original(&self, range: &Range<usize>) -> Range<usize> {
        let Some(places) = &self.places else { return range.clone() };
        // Several clusters start at one place if all but the last of them left nothing.
        let first = places.partition_point(|&(normal, _)| normal <= range.start).saturating_sub(1);
        let end = places.partition_point(|&(normal, _)| normal < range.end);
        places[first].1..places.get(end).map_or(places[first].1, |place| place.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn form(text: &str) -> String {
        normal(text).text.into_owned()
    }

    #[test]
    fn one_text_has_one_form_however_it_is_encoded() {
        assert_eq!(form("cre\u{300}me bru\u{302}le\u{301}e"), "crème brûlée");
        assert_eq!(form("ﾃﾝﾄ ｶﾞ ＵＳＢ　１２"), "テント ガ USB 12");
        assert_eq!(form("head\u{ad}phones \u{200b}of\u{fb01}ce\u{202c}"), "headphones office");
        assert_eq!(form("42½ ¾ m²™"), "42 1/2 3/4 m  ");
        assert_eq!(form("İPEK"), "iPEK");
    }

    #[test]
    fn places_lead_back_to_the_original() {
        let text = "a cre\u{300}me \u{200b}ﾊﾟﾝ";
        let normal = normal(text);
        let at = |part: &str| {
            let start = normal.text.find(part).unwrap_or_default();
            &text[normal.original(&(start..start + part.len()))]
        };
        assert_eq!([at("crème"), at("a"), at("パン")], ["cre\u{300}me", "a", "ﾊﾟﾝ"]);
    }

    proptest! {
        #[test]
        fn every_place_leads_into_the_original_at_characters(text in "[a½ﾊﾟİe\u{301}\u{ad}\u{200b}ก็ 1²]{0,12}") {
            let normal = normal(&text);
            let ends: Vec<usize> =
                normal.text.char_indices().map(|(at, _)| at).chain([normal.text.len()]).collect();
            for pair in ends.windows(2) {
                let range = normal.original(&(pair[0]..pair[1]));
                prop_assert!(text.get(range).is_some());
            }
        }
    }
}
