//! Frequent item sets and association rules, exact: Eclat (M. Zaki, "Scalable algorithms for association
//! mining", TKDE 12(3), 2000), depth first over the sorted lists of baskets with each set. Rules have one
//! item on the right and at least one on the left (Agrawal et al., SIGMOD 1993). Everything has a limit,
//! because the number of sets can exceed any memory.

use std::collections::HashMap;

use super::lists::Lists;
use crate::error::{Error, Result};
use crate::id::Ordinal;

/// Thresholds and limits of sets and rules.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleSettings {
    /// The smallest share of all baskets that hold the whole rule, above 0 to 1, inclusive.
    pub min_support: f64,
    /// The smallest share of the baskets with the left side that hold the right side, 0 to 1, inclusive.
    pub min_confidence: f64,
    /// The most items of a rule, both sides together.
    pub max_items: usize,
    /// The most frequent sets; more of them is an error, not a silent cut.
    pub max_sets: usize,
}

impl Default for RuleSettings {
    fn default() -> Self {
        Self { min_support: 0.01, min_confidence: 0.5, max_items: 10, max_sets: 2_000_000 }
    }
}

/// A rule `left ⇒ right`.
#[derive(Debug, Clone, PartialEq)]
pub struct AssociationRule {
    /// The items on the left, ascending; at least one.
    pub left: Vec<Ordinal>,
    /// The item on the right.
    pub right: Ordinal,
    /// The number of baskets with all items.
    pub count: u32,
    /// The share of all baskets with all items.
    pub support: f64,
    /// The share of the baskets with the left side that hold the right side.
    pub confidence: f64,
    /// The confidence over the share of all baskets with the right side.
    pub lift: f64,
}

/// All sets of items in at least `min_count` (1 or more) baskets, with the number of baskets: items
/// ascending, sets in lexicographic order. Each basket names an item once.
///
/// # Errors
/// [`Error::Refused`] for more than `max_sets` sets.
pub fn frequent_sets(
    baskets: &Lists,
    min_count: u32,
    max_items: usize,
    max_sets: usize,
) -> Result<Vec<(Vec<Ordinal>, u32)>> {
    let items = baskets.iter().flatten().max().map_or(0, |&item| item.index() + 1);
    let lies_in: Lists<u32> = baskets.transpose(items);
    let single = |(item, list): (Ordinal, &[u32])| (item, list.to_vec());
    let frequent = |list: &[u32]| list.len() >= min_count.max(1) as usize;
    let singles: Vec<_> = Ordinal::enumerate(lies_in.iter()).filter(|(_, list)| frequent(list)).map(single).collect();
    let mut search = SetSearch { min_count: min_count.max(1) as usize, max_items, max_sets, found: Vec::new() };
    search.extend(&mut Vec::new(), &singles)?;
    Ok(search.found)
}

struct SetSearch {
    min_count: usize,
    max_items: usize,
    max_sets: usize,
    found: Vec<(Vec<Ordinal>, u32)>,
}

impl SetSearch {
    /// Extends `prefix` by each of `candidates`, the later items with the baskets that hold both.
    fn extend(&mut self, prefix: &mut Vec<Ordinal>, candidates: &[(Ordinal, Vec<u32>)]) -> Result<()> {
        if prefix.len() >= self.max_items {
            return Ok(());
        }
        for (at, (item, baskets)) in candidates.iter().enumerate() {
            if self.found.len() >= self.max_sets {
                let limit = self.max_sets;
                return Err(Error::Refused(format!("more than {limit} frequent sets: raise the support or the limit")));
            }
            prefix.push(*item);
            self.found.push((prefix.clone(), baskets.len() as u32));
            let next: Vec<_> = candidates[at + 1..]
                .iter()
                .map(|(other, others)| (*other, shared(baskets, others)))
                .filter(|(_, shared)| shared.len() >= self.min_count)
                .collect();
            self.extend(prefix, &next)?;
            prefix.pop();
        }
        Ok(())
    }
}

/// The numbers in both of two ascending lists.
fn shared(mut a: &[u32], mut b: &[u32]) -> Vec<u32> {
    let mut both = Vec::with_capacity(a.len().min(b.len()));
    while let (Some((x, a_rest)), Some((y, b_rest))) = (a.split_first(), b.split_first()) {
        match x.cmp(y) {
            std::cmp::Ordering::Less => a = a_rest,
            std::cmp::Ordering::Greater => b = b_rest,
            std::cmp::Ordering::Equal => {
                both.push(*x);
                (a, b) = (a_rest, b_rest);
            }
        }
    }
    both
}

/// All rules, by lift descending, then support descending, then items.
///
/// # Errors
/// [`Error::Invalid`] for shares out of range, [`Error::Refused`] for more than `max_sets` sets.
pub fn rules(baskets: &Lists, settings: &RuleSettings) -> Result<Vec<AssociationRule>> {
    if !(settings.min_support > 0.0 && settings.min_support <= 1.0) {
        return Err(Error::invalid("min_support", "must lie above 0 and be at most 1"));
    }
    if !(0.0..=1.0).contains(&settings.min_confidence) {
        return Err(Error::invalid("min_confidence", "must lie between 0 and 1"));
    }
    let total = baskets.len() as f64;
    // A little less, so that a product that should be a whole number does not round up past it.
    let min_count = (settings.min_support * total - 1e-9).ceil() as u32;
    let sets = frequent_sets(baskets, min_count, settings.max_items, settings.max_sets)?;
    let counts: HashMap<&[Ordinal], u32> = sets.iter().map(|(set, count)| (set.as_slice(), *count)).collect();
    let mut rules = Vec::new();
    for (set, count) in sets.iter().filter(|(set, _)| set.len() > 1) {
        for (at, &right) in set.iter().enumerate() {
            let mut left = set.clone();
            left.remove(at);
            // Subsets of a frequent set are frequent, so both are found.
            let (Some(&with_left), Some(&with_right)) = (counts.get(left.as_slice()), counts.get([right].as_slice()))
            else {
                continue;
            };
            let confidence = f64::from(*count) / f64::from(with_left);
            if confidence >= settings.min_confidence - 1e-12 {
                let lift = confidence * total / f64::from(with_right);
                rules.push(AssociationRule {
                    left,
                    right,
                    count: *count,
                    support: f64::from(*count) / total,
                    confidence,
                    lift,
                });
            }
        }
    }
    let items = |rule: &AssociationRule| (rule.left.len(), rule.left.clone(), rule.right);
    rules.sort_by(|a, b| b.lift.total_cmp(&a.lift).then(b.count.cmp(&a.count)).then_with(|| items(a).cmp(&items(b))));
    Ok(rules)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The textbook's five baskets: bread 0, milk 1, nappies 2, beer 3, eggs 4, cola 5.
    fn textbook() -> Lists {
        let baskets: [&[u32]; 5] = [&[0, 1], &[0, 2, 3, 4], &[1, 2, 3, 5], &[0, 1, 2, 3], &[0, 1, 2, 5]];
        baskets.into_iter().map(Ordinal::slice).collect()
    }

    #[test]
    fn the_textbook_sets_are_found() -> Result<()> {
        let found: Vec<_> = frequent_sets(&textbook(), 3, 10, 100)?;
        let expect: [(&[u32], u32); 8] =
            [(&[0], 4), (&[0, 1], 3), (&[0, 2], 3), (&[1], 4), (&[1, 2], 3), (&[2], 4), (&[2, 3], 3), (&[3], 3)];
        assert_eq!(found, expect.map(|(set, count)| (Ordinal::slice(set).to_vec(), count)));
        Ok(())
    }

    #[test]
    fn the_textbook_rule_has_its_known_figures() -> Result<()> {
        let settings = RuleSettings { min_support: 0.4, min_confidence: 2.0 / 3.0, ..RuleSettings::default() };
        let rules = rules(&textbook(), &settings)?;
        let Some(rule) = rules.iter().find(|rule| rule.left == Ordinal::array([1, 2]) && rule.right == Ordinal::new(3))
        else {
            panic!("milk and nappies, therefore beer, has support .4 and confidence 2/3")
        };
        assert!((rule.support - 0.4).abs() < 1e-12 && (rule.confidence - 2.0 / 3.0).abs() < 1e-12);
        assert!((rule.lift - (2.0 / 3.0) / 0.6).abs() < 1e-12);
        Ok(())
    }

    #[test]
    fn the_search_agrees_with_an_exhaustive_one() -> Result<()> {
        let baskets = textbook();
        for min_count in 1..=4 {
            let found = frequent_sets(&baskets, min_count, 10, 100)?;
            let count = |set: u32| {
                baskets.iter().filter(|b| (0..6).all(|i| set >> i & 1 == 0 || b.contains(&Ordinal::new(i)))).count()
            };
            let all = (1u32..64).filter(|&set| count(set) >= min_count as usize).count();
            assert_eq!(found.len(), all, "at {min_count}");
        }
        Ok(())
    }

    #[test]
    fn exceeding_a_limit_is_an_error() {
        assert!(matches!(frequent_sets(&textbook(), 1, 10, 5), Err(Error::Refused(_))));
        let pairs = frequent_sets(&textbook(), 2, 2, 100).unwrap_or_default();
        assert!(pairs.iter().any(|(set, _)| set.len() == 2) && pairs.iter().all(|(set, _)| set.len() <= 2));
        let settings = RuleSettings { min_support: 0.0, ..RuleSettings::default() };
        assert!(matches!(rules(&textbook(), &settings), Err(Error::Invalid { .. })));
    }
}
