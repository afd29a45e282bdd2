//! Words of English made from others: `threader`, `squeaky`, `unsanded`. No vocabulary lists them all, so a word that
//! is made by the rules from a known one counts as a word of the language and is not taken for a slip.

/// The shortest word that others are made from, in letters.
const MIN_BASE: usize = 4;
/// Beginnings that make a word from another.
const BEGINNINGS: [&str; 5] = ["un", "re", "non", "pre", "anti"];

/// A word, an ending it may have, and the bases that take this ending.
type Ending<'a> = (&'a str, &'a str, &'a dyn Fn(&str) -> bool);

/// True if `word`, in lower case, is made from a word that is `known`.
pub(super) fn is_derived(word: &str, known: &dyn Fn(&str) -> bool) -> bool {
    let base = |base: &str| base.len() >= MIN_BASE && known(base);
    let begun = BEGINNINGS.iter().filter_map(|beginning| word.strip_prefix(beginning)).any(base);
    begun || ends_by_rule(word, &base)
}

/// True if the word is a base with an ending as English writes it: `placer` of `place`, but no `placeer`, and
/// `trellises` of `trellis`, but no `nailes`.
fn ends_by_rule(word: &str, base: &dyn Fn(&str) -> bool) -> bool {
    let hisses = |stem: &str| ["s", "x", "z", "ch", "sh"].iter().any(|end| stem.ends_with(end));
    let plain = |stem: &str| !stem.ends_with('e');
    let plural = word.strip_suffix('s').unwrap_or(word);
    let endings: [Ending<'_>; 7] = [
        (word, "es", &hisses),
        (word, "s", &|stem| !hisses(stem)),
        (plural, "er", &plain),
        (plural, "ing", &plain),
        (word, "ed", &plain),
        (word, "y", &plain),
        (word, "ly", &|_| true),
    ];
    let ended = endings.iter().any(|(word, ending, fits)| {
        word.strip_suffix(ending).is_some_and(|stem| fits(stem) && (base(stem) || is_doubled(stem, base)))
    });
    // A base that ends in e loses it before a vowel: place, placer, placing.
    let silent = ["er", "ing", "ed"].iter().filter_map(|ending| plural.strip_suffix(ending));
    ended || silent.map(|stem| format!("{stem}e")).any(|stem| base(&stem))
}

/// True for a base whose last letter is doubled before an ending: `fitt` of `fit` in `fitter`.
fn is_doubled(stem: &str, base: &dyn Fn(&str) -> bool) -> bool {
    let mut letters = stem.chars().rev();
    let last = letters.next();
    last.is_some() && last == letters.next() && stem.get(..stem.len() - 1).is_some_and(base)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_made_by_the_rules_are_words() {
        let known =
            |word: &str| ["thread", "place", "trellis", "nail", "sanded", "squeak", "tube", "trim"].contains(&word);
        for word in ["threader", "threaders", "placer", "trellises", "unsanded", "squeaky", "nails"] {
            assert!(is_derived(word, &known), "{word}");
        }
        for word in ["nailes", "tubeing", "thredder", "tubs", "placeer"] {
            assert!(!is_derived(word, &known), "{word}");
        }
    }
}
