//! Corrections between two searches of one shopper: a word spelled differently, two words joined, or one
//! split; and other words for the same thing. Words with digits are never corrected: they are sizes and part
//! numbers.

/// The most edits between the two queries, over all words.
const MAX_EDITS: usize = 2;

/// The shortest word that can be a misspelling, in letters.
const MIN_LETTERS: usize = 3;

/// The words corrected from one query to the next, as pairs of typed and meant text; empty if the second
/// asks for something else, or continues or shortens the first.
pub(super) fn corrected_words<'a>(typed: &'a str, meant: &'a str) -> Vec<(&'a str, &'a str)> {
    if typed.starts_with(meant) || meant.starts_with(typed) {
        return Vec::new();
    }
    let (from, to): (Vec<&str>, Vec<&str>) = (typed.split(' ').collect(), meant.split(' ').collect());
    if from.len() != to.len() {
        return joined(typed, meant, &from, &to).into_iter().collect();
    }
    let differing: Vec<(&str, &str)> = from.into_iter().zip(to).filter(|(from, to)| from != to).collect();
    let edited: usize = differing.iter().map(|(from, to)| edits(from, to)).sum();
    let fits = |(from, to): &(&str, &str)| is_word(from) && is_word(to);
    if edited <= MAX_EDITS && differing.iter().all(fits) { differing } else { Vec::new() }
}

/// The most words of either side of a rewording.
const MAX_REWORDED: usize = 3;

/// The words that were replaced by quite others from one query to the next, the rest being the same; `None` if the
/// second is a correction, or continues or shortens the first.
pub(super) fn reworded<'a>(typed: &'a str, meant: &'a str) -> Option<(&'a str, &'a str)> {
    if typed.starts_with(meant) || meant.starts_with(typed) || !corrected_words(typed, meant).is_empty() {
        return None;
    }
    let (from, to): (Vec<&str>, Vec<&str>) = (typed.split(' ').collect(), meant.split(' ').collect());
    let same = |(one, other): &(&&str, &&str)| one == other;
    let before = from.iter().zip(&to).take_while(same).count();
    let after = from[before..].iter().rev().zip(to[before..].iter().rev()).take_while(same).count();
    let side = |text: &'a str, words: &[&str]| {
        let inner = words.get(before..words.len() - after)?;
        let fits = (1..=MAX_REWORDED).contains(&inner.len()) && inner.iter().all(|word| is_word(word));
        let length = |words: &[&str]| words.iter().map(|word| word.len() + 1).sum::<usize>();
        fits.then(|| &text[length(&words[..before])..length(&words[..before + inner.len()]) - 1])
    };
    let pair = (side(typed, &from)?, side(meant, &to)?);
    // A word of one side on the other is the same wish, narrower or wider.
    (!pair.0.split(' ').any(|word| pair.1.split(' ').any(|other| other == word))).then_some(pair)
}

fn is_word(word: &str) -> bool {
    word.chars().count() >= MIN_LETTERS && word.chars().all(char::is_alphabetic)
}

/// The single position where two words of one side are one word of the other.
fn joined<'a>(typed: &'a str, meant: &'a str, from: &[&str], to: &[&str]) -> Option<(&'a str, &'a str)> {
    let (longer, shorter) = if from.len() > to.len() { (from, to) } else { (to, from) };
    if longer.len() != shorter.len() + 1 {
        return None;
    }
    let at = longer.iter().zip(shorter).take_while(|(one, other)| one == other).count();
    let pair = longer.get(at..at + 2)?;
    let same = pair.concat() == *shorter.get(at)? && longer[at + 2..] == shorter[at + 1..];
    let letters = pair.iter().all(|word| word.chars().all(char::is_alphabetic));
    let part = |text: &'a str, words: &[&str], count: usize| {
        let start: usize = words[..at].iter().map(|word| word.len() + 1).sum();
        let length = words[at..at + count].iter().map(|word| word.len() + 1).sum::<usize>() - 1;
        &text[start..start + length]
    };
    let [of_typed, of_meant] = if from.len() > to.len() { [2, 1] } else { [1, 2] };
    (same && letters).then(|| (part(typed, from, of_typed), part(meant, to, of_meant)))
}

/// Edit distance with transpositions of neighbours (optimal string alignment; Damerau 1964).
fn edits(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=other.len()).collect()];
    for i in 1..=one.len() {
        let mut row = vec![i; other.len() + 1];
        for j in 1..=other.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(one[i - 1] != other[j - 1]);
            row[j] = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1] {
                row[j] = row[j].min(rows[i - 2][j - 2] + 1);
            }
        }
        rows.push(row);
    }
    rows[one.len()][other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn corrections_are_pairs_of_words() {
        assert_eq!(corrected_words("red bota", "red boots"), [("bota", "boots")]);
        assert_eq!(corrected_words("jcaket blu", "jacket blue"), [("jcaket", "jacket"), ("blu", "blue")]);
        assert_eq!(corrected_words("a head lamp x", "a headlamp x"), [("head lamp", "headlamp")]);
        assert_eq!(corrected_words("raincoat", "rain coat"), [("raincoat", "rain coat")]);
    }

    #[test]
    fn other_words_for_a_thing_are_a_rewording() {
        assert_eq!(reworded("torch", "flashlight"), Some(("torch", "flashlight")));
        assert_eq!(reworded("red box cutter", "red utility knife"), Some(("box cutter", "utility knife")));
        assert_eq!(reworded("torch for bikes", "lamp for bikes"), Some(("torch", "lamp")));
        for (typed, meant) in [
            ("torhc", "torch"),
            ("torch", "torch red"),
            ("red torch", "torch"),
            ("tx 410", "lamp"),
            ("a torch", "b torch"),
        ] {
            assert_eq!(reworded(typed, meant), None, "{typed} {meant}");
        }
    }

    #[test]
    fn another_query_is_no_correction() {
        for (typed, meant) in [
            ("boot", "boots"),
            ("boots red", "boots"),
            ("red boots", "red hats"),
            ("tx 410", "tx 411"),
            ("tx410", "tx411"),
            ("is", "it"),
            ("a b c", "ab d"),
            ("red", "red boots wax"),
        ] {
            assert_eq!(corrected_words(typed, meant), [], "{typed} {meant}");
        }
    }
}
