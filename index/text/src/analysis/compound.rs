//! Compound splitting: `winterjacke` → `winter`, `jacke`, if both are words of the catalogue. The split with
//! the fewest parts is taken; among these, the one with the longest first part.

/// The shortest part, in characters.
const MIN_PART: usize = 4;
/// The most parts.
const MAX_PARTS: usize = 3;
/// Linking elements that may stand between two parts.
const LINKS: [&str; 5] = ["", "s", "es", "n", "en"];

/// The parts of a compound in lower case; `None` if it cannot be split. `known` is true for words that may be
/// parts.
pub fn compound(word: &str, known: &mut dyn FnMut(&str) -> bool) -> Option<Vec<String>> {
    (2..=MAX_PARTS).find_map(|parts| take_apart(word, parts, known))
}

fn take_apart(word: &str, parts: usize, known: &mut dyn FnMut(&str) -> bool) -> Option<Vec<String>> {
    if parts == 1 {
        return (word.chars().count() >= MIN_PART && known(word)).then(|| vec![word.to_owned()]);
    }
    let ends: Vec<usize> = word.char_indices().map(|(at, _)| at).skip(MIN_PART).collect();
    for &end in ends.iter().rev() {
        let (head, rest) = word.split_at(end);
        if rest.chars().count() < MIN_PART || !known(head) {
            continue;
        }
        for link in LINKS {
            if let Some(tail) = rest.strip_prefix(link)
                && let Some(mut found) = take_apart(tail, parts - 1, known)
            {
                found.insert(0, head.to_owned());
                return Some(found);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(word: &str) -> Option<Vec<String>> {
        let words = ["winter", "jacke", "arbeit", "schuhe", "kinder", "wagen", "kinderwagen", "regen"];
        compound(word, &mut |word| words.contains(&word))
    }

    #[test]
    fn known_words_are_found_inside_others() {
        assert_eq!(parts("winterjacke"), Some(vec!["winter".into(), "jacke".into()]));
        assert_eq!(parts("arbeitsschuhe"), Some(vec!["arbeit".into(), "schuhe".into()]));
        assert_eq!(parts("regenkinderwagen"), Some(vec!["regen".into(), "kinderwagen".into()]), "the fewest parts");
        assert_eq!(parts("winterreifen"), None, "every part must be a word");
        assert_eq!(parts("jacke"), None);
    }
}
