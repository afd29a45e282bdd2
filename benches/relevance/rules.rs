//! Association rules over till receipts: the number of rules at several
//! thresholds, and the rules of highest lift, must equal the published and
//! recomputed figures exactly. Equality is the whole test; there is nothing to
//! tune here. Without the data the suite is not run, which is not a pass.

use std::collections::HashMap;
use std::path::Path;

use flate2::read::GzDecoder;
use tastemaker_index::behaviour::Lists;
use tastemaker_index::behaviour::association::{AssociationRule, RuleSettings, rules};
use tastemaker_index::id::Ordinal;

use crate::suite::{Failure, Outcome};

/// Smallest support, smallest confidence, number of rules. The left side has at least one item.
const COUNTS: [(f64, f64, usize); 5] =
    [(0.005, 0.5, 120), (0.01, 0.5, 15), (0.001, 0.5, 5_668), (0.001, 0.8, 410), (0.006, 0.25, 463)];

/// The rule of highest lift at some thresholds.
struct Best {
    min_support: f64,
    min_confidence: f64,
    left: [&'static str; 2],
    right: &'static str,
    /// Support, confidence and lift as published.
    figures: [f64; 3],
}

const BEST: [Best; 2] = [
    Best {
        min_support: 0.001,
        min_confidence: 0.5,
        left: ["Instant food products", "soda"],
        right: "hamburger meat",
        figures: [0.00122, 0.6316, 18.996],
    },
    Best {
        min_support: 0.001,
        min_confidence: 0.8,
        left: ["liquor", "red/blush wine"],
        right: "bottled beer",
        figures: [0.00193, 0.9048, 11.235],
    },
];

/// Runs the suite on `data/groceries` and prints expected beside found.
///
/// # Errors
/// When the data is there but cannot be read, or the miner refuses.
pub(crate) fn run(data: &Path) -> Result<Outcome, Failure> {
    let path = data.join("groceries").join("baskets.csv.gz");
    if !path.exists() {
        println!("suite rules: not run, DATA is not at {}", path.display());
        return Ok(Outcome::NotRun);
    }
    let (baskets, names) = read(&path)?;
    println!("suite rules: {} baskets, {} items", baskets.len(), names.len());
    let mut passed = true;
    println!("{:>10} {:>11} {:>9} {:>9}", "support", "confidence", "expected", "found");
    for (min_support, min_confidence, expected) in COUNTS {
        let found = mine(&baskets, min_support, min_confidence)?.len();
        passed &= found == expected;
        let mark = if found == expected { "" } else { "  WRONG" };
        println!("{min_support:>10} {min_confidence:>11} {expected:>9} {found:>9}{mark}");
    }
    for Best { min_support, min_confidence, left, right, figures } in BEST {
        let rules = mine(&baskets, min_support, min_confidence)?;
        let Some(best) = rules.first() else { return Ok(Outcome::Failed) };
        let same = says(best, &names, &left, right) && close(best, figures);
        passed &= same;
        let item = |item: &Ordinal| names[item.index()].as_str();
        let left: Vec<&str> = best.left.iter().map(item).collect();
        let mark = if same { "" } else { "  WRONG" };
        println!(
            "best at ({min_support}, {min_confidence}): {left:?} => {:?}, support {:.5}, confidence {:.4}, lift {:.3}{mark}",
            item(&best.right),
            best.support,
            best.confidence,
            best.lift
        );
    }
    Ok(if passed { Outcome::Passed } else { Outcome::Failed })
}

fn mine(
    baskets: &Lists,
    min_support: f64,
    min_confidence: f64,
) -> tastemaker_index::error::Result<Vec<AssociationRule>> {
    rules(baskets, &RuleSettings { min_support, min_confidence, ..RuleSettings::default() })
}

fn says(rule: &AssociationRule, names: &[String], left: &[&str], right: &str) -> bool {
    let mut found: Vec<&str> = rule.left.iter().map(|&item| names[item.index()].as_str()).collect();
    found.sort_unstable();
    found == left && names[rule.right.index()] == right
}

/// The published figures are rounded to 5, 4 and 3 places.
fn close(rule: &AssociationRule, [support, confidence, lift]: [f64; 3]) -> bool {
    (rule.support - support).abs() <= 5e-6
        && (rule.confidence - confidence).abs() <= 5e-5
        && (rule.lift - lift).abs() <= 5e-4
}

fn read(path: &Path) -> Result<(Lists, Vec<String>), Failure> {
    let mut lines = csv::Reader::from_reader(GzDecoder::new(std::fs::File::open(path)?));
    let (mut names, mut numbers) = (Vec::new(), HashMap::new());
    let mut baskets: Vec<Vec<Ordinal>> = Vec::new();
    let mut open = None;
    for line in lines.deserialize() {
        let (basket, item): (u32, String) = line?;
        let number = *numbers.entry(item.clone()).or_insert_with(|| {
            names.push(item);
            Ordinal::from_index(names.len() - 1)
        });
        if open.replace(basket) != Some(basket) {
            baskets.push(Vec::new());
        }
        baskets.last_mut().into_iter().for_each(|basket| basket.push(number));
    }
    Ok((baskets.iter().map(Vec::as_slice).collect(), names))
}
