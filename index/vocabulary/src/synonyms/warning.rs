//! Warnings about synonym sets that are valid but hardly intended, for the person who saves or imports them.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::set::{SynonymKind, SynonymSet, folded};

/// The most warnings returned.
const MAX_WARNINGS: usize = 100;

/// A warning about sets that are hardly intended.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct SynonymWarning {
    /// The ids of the sets involved.
    pub sets: Vec<String>,
    /// A sentence for a person.
    pub message: String,
}

/// Warnings about one-way sets that form a circle, and about one-way sets that a two-way set contradicts.
/// Sorted, at most a hundred.
pub fn warnings<'a>(sets: impl IntoIterator<Item = &'a SynonymSet>) -> Vec<SynonymWarning> {
    let mut targets: BTreeMap<String, Vec<(String, &str)>> = BTreeMap::new();
    let mut two_way_sets: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for set in sets {
        match set.kind {
            SynonymKind::OneWay => {
                for from in &set.from {
                    let to = set.words.iter().map(|word| (folded(word), &*set.id));
                    targets.entry(folded(from)).or_default().extend(to);
                }
            }
            SynonymKind::TwoWay => set.words.iter().for_each(|word| {
                two_way_sets.entry(folded(word)).or_default().insert(&set.id);
            }),
            SynonymKind::Placeholder | SynonymKind::Refuse => {}
        }
    }
    let mut warnings = BTreeSet::new();
    for (from, to) in &targets {
        for (word, set) in to.iter().filter(|(word, _)| word != from) {
            let both = two_way_sets.get(from).zip(two_way_sets.get(word)).and_then(|(a, b)| a.intersection(b).next());
            if let Some(two_way) = both {
                let message =
                    format!("`{set}` says that `{from}` finds `{word}` one way, `{two_way}` that both find each other");
                warnings.insert(SynonymWarning { sets: vec![(*set).to_owned(), (*two_way).to_owned()], message });
            }
        }
        if let Some(path) = path_back(from, &targets) {
            let names: BTreeSet<&str> = path.iter().map(|(_, set)| *set).collect();
            let words: Vec<&str> = path.iter().map(|(word, _)| &**word).collect();
            let message = format!(
                "one-way sets lead in a circle: {from} => {}; a two-way set says it in one",
                words.join(" => ")
            );
            // A circle is reported once, from its alphabetically first word.
            if words.iter().all(|word| *word >= &**from) {
                warnings.insert(SynonymWarning { sets: names.into_iter().map(str::to_owned).collect(), message });
            }
        }
    }
    warnings.into_iter().take(MAX_WARNINGS).collect()
}

/// The shortest path along one-way sets from a word back to itself: each word reached, and by which set.
fn path_back<'a>(start: &str, targets: &BTreeMap<String, Vec<(String, &'a str)>>) -> Option<Vec<(String, &'a str)>> {
    let mut reached_from: BTreeMap<&str, (&str, &'a str)> = BTreeMap::new();
    let mut reached = vec![start];
    while !reached.is_empty() {
        let mut next = Vec::new();
        for word in reached {
            for (to, set) in targets.get(word).into_iter().flatten().filter(|(to, _)| to != word) {
                if to == start {
                    let mut path = vec![(to.clone(), *set)];
                    let mut at = word;
                    while let Some((before, set)) = reached_from.get(at) {
                        path.push((at.to_owned(), set));
                        at = before;
                    }
                    path.reverse();
                    return Some(path);
                }
                if !reached_from.contains_key(&**to) {
                    reached_from.insert(to, (word, set));
                    next.push(&**to);
                }
            }
        }
        reached = next;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one_way(id: &str, from: &str, to: &str) -> SynonymSet {
        SynonymSet::new(id, SynonymKind::OneWay, vec![from.to_owned()], vec![to.to_owned()])
    }

    #[test]
    fn a_circle_of_one_way_sets_is_reported_once_with_its_path() {
        let sets = [one_way("1", "a", "b"), one_way("2", "b", "c"), one_way("3", "c", "a"), one_way("4", "c", "d")];
        let found = warnings(&sets);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].message.contains("a => b => c => a"), "{found:?}");
        assert_eq!(found[0].sets, ["1", "2", "3"]);
    }

    #[test]
    fn a_one_way_set_that_a_two_way_one_contradicts_is_reported() {
        let both = SynonymSet::new("both", SynonymKind::TwoWay, Vec::new(), vec!["Laptop".into(), "notebook".into()]);
        let found = warnings(&[one_way("one", "notebook", "laptop"), both]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].sets, ["one", "both"]);
        assert_eq!(warnings(&[one_way("1", "a", "b"), one_way("2", "b", "c"), one_way("3", "x", "x")]), []);
    }
}
