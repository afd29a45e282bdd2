//! Validation of synonym sets: limits, empty or contradictory fields, and placeholders that no set defines.

use std::collections::{BTreeMap, BTreeSet};

use super::placeholder::{self, PlaceholderValues, is_placeholder};
use super::set::{SynonymKind, SynonymSet, folded};
use crate::product::FieldError;

/// The most sets of a shop.
pub const MAX_SETS: usize = 10_000;
/// The most phrases on one side of a set.
pub const MAX_PHRASES: usize = 100;
/// The most values of a placeholder.
pub const MAX_VALUES: usize = 500;
/// The longest phrase, in characters.
pub const MAX_PHRASE_CHARS: usize = 100;
/// The longest phrase, in words.
pub const MAX_PHRASE_WORDS: usize = 8;
/// The longest id of a set, in characters.
pub const MAX_SET_ID_CHARS: usize = 64;
/// The most pairs of a phrase and an alternative over all sets, after placeholders are filled in.
pub const MAX_PAIRS: usize = 500_000;
/// The longest language code, in characters.
const MAX_LANG_CHARS: usize = 20;

/// Checks each set and all sets together. Fields of errors start with the set's id: `trainers.words[2]`.
///
/// # Errors
/// The first fault found.
pub fn check<'a>(sets: impl IntoIterator<Item = &'a SynonymSet> + Clone) -> Result<(), FieldError> {
    let placeholders = placeholder::values(sets.clone());
    let (mut ids, mut owners, mut pairs) = (BTreeSet::new(), BTreeMap::new(), 0usize);
    for (at, set) in sets.into_iter().enumerate() {
        if at == MAX_SETS {
            return Err(FieldError::new("synonyms", format!("more than the limit of {MAX_SETS} sets")));
        }
        check_name(&set.id)?;
        if !ids.insert(set.id.as_str()) {
            return Err(FieldError::new(&set.id, "is the name of two sets; names are unique"));
        }
        let in_set = |error: FieldError| FieldError::new(format!("{}.{}", set.id, error.field), error.message);
        check_set(set, &placeholders).map_err(in_set)?;
        if set.kind == SynonymKind::Placeholder
            && let Some(other) = owners.insert(folded(&set.from[0]), &set.id)
        {
            let message = format!("is defined by `{other}` already; put the values of both into one set");
            return Err(FieldError::new(format!("{}.from[0]", set.id), message));
        }
        let filled = placeholder::of_set(set).and_then(|name| placeholders.get(name)).map_or(1, |values| values.len());
        pairs += filled * own_pairs(set);
        if pairs > MAX_PAIRS {
            let message = format!("the sets up to this one give more than {MAX_PAIRS} pairs of phrase and alternative");
            return Err(in_set(FieldError::new("words", message)));
        }
    }
    Ok(())
}

/// The number of pairs of a phrase and an alternative of one set, before placeholders are filled in.
fn own_pairs(set: &SynonymSet) -> usize {
    match set.kind {
        SynonymKind::TwoWay => set.words.len() * (set.words.len() - 1),
        SynonymKind::OneWay | SynonymKind::Placeholder => set.from.len() * set.words.len(),
        SynonymKind::Refuse => set.from.len().max(1) * set.words.len(),
    }
}

fn check_name(id: &str) -> Result<(), FieldError> {
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    let chars = id.chars().count();
    if chars == 0 || chars > MAX_SET_ID_CHARS || !id.chars().all(fits) {
        let message = format!("a set's name has 1 to {MAX_SET_ID_CHARS} letters, digits, `-`, `_` or `.`");
        return Err(FieldError::new("id", message));
    }
    Ok(())
}

fn check_set(set: &SynonymSet, placeholders: &PlaceholderValues<'_>) -> Result<(), FieldError> {
    let most = if set.kind == SynonymKind::Placeholder { MAX_VALUES } else { MAX_PHRASES };
    for (field, list) in [("from", &set.from), ("words", &set.words)] {
        if list.len() > most {
            let message = format!("has {} phrases, at most {most} are allowed", list.len());
            return Err(FieldError::new(field, message));
        }
    }
    if set.words.is_empty() {
        return Err(FieldError::new("words", "is empty"));
    }
    check_kind(set)?;
    for (field, at, phrase) in set.phrases() {
        check_phrase(phrase).map_err(|message| FieldError::new(format!("{field}[{at}]"), message))?;
    }
    check_placeholders(set, placeholders)?;
    if let Some(lang) = &set.lang
        && (lang.is_empty()
            || lang.len() > MAX_LANG_CHARS
            || !lang.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-'))
    {
        return Err(FieldError::new("lang", "is no language; write it as `en` or `pt-BR`"));
    }
    if set.weight.is_some_and(|weight| !(weight > 0.0 && weight <= 1.0)) {
        return Err(FieldError::new("weight", "must lie above 0 and be at most 1"));
    }
    Ok(())
}

fn check_kind(set: &SynonymSet) -> Result<(), FieldError> {
    match set.kind {
        SynonymKind::Refuse if !set.from.is_empty() => Ok(()),
        SynonymKind::TwoWay if !set.from.is_empty() => {
            Err(FieldError::new("from", "a two-way set has no start; all phrases go into `words`"))
        }
        SynonymKind::TwoWay | SynonymKind::Refuse => {
            let first = folded(&set.words[0]);
            match set.words.iter().any(|phrase| folded(phrase) != first) {
                true => Ok(()),
                false => Err(FieldError::new("words", "a two-way set needs two different phrases")),
            }
        }
        SynonymKind::OneWay if set.from.is_empty() => Err(FieldError::new("from", "is empty; where does it start?")),
        SynonymKind::OneWay => Ok(()),
        SynonymKind::Placeholder => match set.from.as_slice() {
            [name] if is_placeholder(name.trim()) => Ok(()),
            _ => {
                Err(FieldError::new("from", "must be one placeholder: letters and digits in brackets, as `<shoesize>`"))
            }
        },
    }
}

fn check_phrase(phrase: &str) -> Result<(), String> {
    if !phrase.chars().any(char::is_alphanumeric) {
        return Err("has no letter and no digit".to_owned());
    }
    if phrase.chars().any(|c| c.is_control() || c == '|') {
        return Err("has a control character or `|`, which separates phrases in files".to_owned());
    }
    if phrase.chars().count() > MAX_PHRASE_CHARS {
        return Err(format!("has more than {MAX_PHRASE_CHARS} characters"));
    }
    if phrase.split_whitespace().count() > MAX_PHRASE_WORDS {
        return Err(format!("has more than {MAX_PHRASE_WORDS} words"));
    }
    Ok(())
}

/// Checks that used placeholders are defined, at most one a set, and never used among the values of one.
fn check_placeholders(set: &SynonymSet, placeholders: &PlaceholderValues<'_>) -> Result<(), FieldError> {
    let mut used = None;
    for (field, at, phrase) in set.phrases() {
        if set.kind == SynonymKind::Placeholder && field == "from" {
            continue;
        }
        for name in placeholder::in_phrase(phrase) {
            let wrong = |message: String| Err(FieldError::new(format!("{field}[{at}]"), message));
            if set.kind == SynonymKind::Placeholder {
                return wrong(format!("the values of a placeholder are plain words, not `{name}`"));
            }
            if !placeholders.contains_key(name) {
                return wrong(format!("there is no set of kind placeholder from `{name}`"));
            }
            if used.is_some_and(|other| other != name) {
                return wrong("a set speaks of one placeholder at most".to_owned());
            }
            used = Some(name);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(kind: SynonymKind, from: &[&str], words: &[&str]) -> SynonymSet {
        let owned = |list: &[&str]| list.iter().map(|&word| word.to_owned()).collect();
        SynonymSet::new("s", kind, owned(from), owned(words))
    }

    #[test]
    fn a_fault_is_reported_with_its_place_and_a_correct_form() {
        use SynonymKind::{OneWay, Placeholder, TwoWay};
        let long = "word ".repeat(MAX_PHRASE_WORDS + 1);
        let wrong = [
            (set(TwoWay, &[], &["boot"]), "s.words: a two-way set needs two"),
            (set(TwoWay, &[], &["boot", " BOOT "]), "s.words: a two-way set needs two"),
            (set(TwoWay, &["a"], &["b", "c"]), "s.from: a two-way set has no start"),
            (set(TwoWay, &[], &["boot", "--"]), "s.words[1]: has no letter"),
            (set(TwoWay, &[], &["boot", &long]), "s.words[1]: has more than 8 words"),
            (set(OneWay, &[], &["laptop"]), "s.from: is empty"),
            (set(OneWay, &["notebook"], &[]), "s.words: is empty"),
            (set(Placeholder, &["size"], &["m"]), "s.from: must be one placeholder"),
            (set(Placeholder, &["<size>"], &["<size>"]), "s.words[0]: the values of a placeholder are plain"),
            (set(OneWay, &["<size> boot"], &["boot"]), "s.from[0]: there is no set of kind placeholder"),
            (SynonymSet { lang: Some("english!".to_owned()), ..set(TwoWay, &[], &["a", "b"]) }, "s.lang: is no"),
            (SynonymSet { weight: Some(0.0), ..set(TwoWay, &[], &["a", "b"]) }, "s.weight: must lie above 0"),
            (SynonymSet { id: "a b".to_owned(), ..set(TwoWay, &[], &["a", "b"]) }, "id: a set's name"),
        ];
        for (set, expected) in wrong {
            let found = check([&set]).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(found.starts_with(expected), "{set:?}: {found}");
        }
        assert_eq!(check([&set(OneWay, &["notebook"], &["laptop", "portable computer"])]), Ok(()));
    }

    #[test]
    fn names_are_unique_and_a_placeholder_has_one_owner() {
        let pair = set(SynonymKind::TwoWay, &[], &["a", "b"]);
        assert!(check([&pair, &pair]).is_err_and(|error| error.message.contains("two sets")));
        let size = set(SynonymKind::Placeholder, &["<size>"], &["s", "m"]);
        let again = SynonymSet { id: "t".to_owned(), ..size.clone() };
        assert!(check([&size, &again]).is_err_and(|error| error.field == "t.from[0]"));
    }

    #[test]
    fn filled_in_placeholders_count_against_the_limit() {
        let values: Vec<String> = (0..MAX_VALUES).map(|value| format!("v{value}")).collect();
        let sizes = SynonymSet::new("sizes", SynonymKind::Placeholder, vec!["<n>".to_owned()], values);
        let phrases = (0..MAX_PHRASES).map(|phrase| format!("p{phrase} <n>")).collect();
        let large = SynonymSet::new("large", SynonymKind::TwoWay, Vec::new(), phrases);
        assert!(check([&sizes, &large]).is_err_and(|error| error.field == "large.words"));
    }
}
