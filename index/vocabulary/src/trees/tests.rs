//! Training on made-up examples whose best order is known, and opening damaged files.

use super::forest::TreeNode;
use super::*;
use crate::error::{Error, Result};
use crate::eval::{Gain, dcg};
use crate::flat::{FlatFile, FlatWriter};

/// 60 queries of 12 rows. The first feature decides the gain, the second is noise, the third is constant.
fn examples() -> Examples {
    let mut examples = Examples::new(3);
    for query in 0..60u64 {
        let noise = |at: u64| (xxhash_rust::xxh3::xxh3_64(&(query * 100 + at).to_le_bytes()) % 1000) as f32 / 1000.0;
        let rows: Vec<f32> = (0..12).flat_map(|at| [noise(at), noise(at + 50), 7.0]).collect();
        let gains: Vec<f32> = rows.chunks(3).map(|row| (row[0] * 4.0).floor()).collect();
        let mut best = gains.clone();
        best.sort_unstable_by(|a, b| b.total_cmp(a));
        let ideal = dcg(best.into_iter().map(f64::from), 10, Gain::Linear) as f32;
        examples.push(&rows, &[0.0; 12], &gains, ideal);
    }
    examples
}

fn settings() -> BoostSettings {
    BoostSettings { trees: 30, leaves: 6, min_rows: 10, rate: 0.2, feature_share: 1.0, ..BoostSettings::default() }
}

/// The number of pairs that the forest has in the wrong order.
fn misplaced(forest: &Forest, examples: &Examples) -> usize {
    let mut wrong = 0;
    for query in 0..examples.queries() {
        for a in examples.query(query) {
            for b in examples.query(query).filter(|&b| examples.gains[a] > examples.gains[b]) {
                wrong += usize::from(forest.score(0.0, examples.row(a)) <= forest.score(0.0, examples.row(b)));
            }
        }
    }
    wrong
}

#[test]
fn a_known_order_is_recovered_beside_noise_and_a_constant() {
    let examples = examples();
    let forest = train(&examples, &[0; 3], &settings());
    let pairs = (0..60).map(|query| examples.query(query).len().pow(2) / 3).sum::<usize>();
    assert!(misplaced(&forest, &examples) * 100 < pairs, "{} of {pairs}", misplaced(&forest, &examples));
}

#[test]
fn the_same_seed_gives_the_same_trees_on_any_number_of_threads() -> std::result::Result<(), Box<dyn std::error::Error>>
{
    let examples = examples();
    let settings = BoostSettings { feature_share: 0.7, query_share: 0.6, ..settings() };
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
    let alone = one.install(|| train(&examples, &[0; 3], &settings));
    assert_eq!(alone, train(&examples, &[0; 3], &settings));
    assert_ne!(alone, train(&examples, &[0; 3], &BoostSettings { seed: 2, ..settings }));
    Ok(())
}

#[test]
fn a_monotone_constraint_is_never_broken() {
    let examples = examples();
    let value = |forest: &Forest, x: f32| forest.score(0.0, &[x, 0.5, 7.0]);
    let steps: Vec<f32> = (0..=100).map(|at| at as f32 / 100.0).collect();
    let falling = train(&examples, &[-1, 0, 0], &settings());
    assert!(steps.windows(2).all(|pair| value(&falling, pair[0]) >= value(&falling, pair[1])));
    let rising = train(&examples, &[1, 0, 0], &settings());
    assert!(steps.windows(2).all(|pair| value(&rising, pair[0]) <= value(&rising, pair[1])));
    assert!(value(&rising, 0.9) > value(&rising, 0.1));
}

#[test]
fn without_gains_every_tree_adds_nothing() {
    let mut examples = Examples::new(1);
    examples.push(&[1.0, 2.0], &[0.5, 0.25], &[0.0, 0.0], 0.0);
    let forest = train(&examples, &[0], &settings());
    assert_eq!(forest.score(0.5, &[1.0]), 0.5 * settings().base_scale);
}

#[test]
fn a_stored_forest_reads_back_and_a_damaged_one_is_an_error() -> Result<()> {
    let folder = tempfile::tempdir().map_err(Error::io("create", std::path::Path::new("temp")))?;
    let forest = train(&examples(), &[0; 3], &settings());
    let path = folder.path().join("whole.flat");
    forest.save(&path)?;
    assert_eq!(Forest::open(&FlatFile::open(&path)?, 3)?, forest);
    assert!(matches!(Forest::open(&FlatFile::open(&path)?, 4), Err(Error::Corrupt { .. })));
    let damages: [fn(&mut forest::TreeNode); 4] =
        [|node| node.left = 0, |node| node.left = 9999, |node| node.feature = 3, |node| node.value = f32::NAN];
    for (at, damage) in damages.into_iter().enumerate() {
        let mut damaged = forest.clone();
        damage(&mut damaged.trees[1].nodes[0]);
        let path = folder.path().join(format!("{at}.flat"));
        damaged.save(&path)?;
        assert!(matches!(Forest::open(&FlatFile::open(&path)?, 3), Err(Error::Corrupt { .. })), "damage {at}");
    }
    let path = folder.path().join("empty.flat");
    FlatWriter::create(&path)?.finish()?;
    assert!(Forest::open(&FlatFile::open(&path)?, 3).is_err());
    Ok(())
}

#[test]
fn the_quick_layout_gives_the_same_scores_to_the_last_bit() {
    let examples = examples();
    let forest = train(&examples, &[0; 3], &settings());
    let quick = QuickForest::new(&forest).unwrap_or_else(|| panic!("has few leaves"));
    let mut rows: Vec<f32> = (0..examples.queries()).flat_map(|query| examples.row(query * 12).to_vec()).collect();
    // Values equal to a threshold, and missing values (NaN).
    rows.extend(forest.trees.iter().flat_map(|tree| [tree.nodes[0].value, f32::NAN, 7.0]));
    let bases: Vec<f32> = (0..rows.len() / 3).map(|at| at as f32 / 7.0).collect();
    let walked: Vec<f32> = rows.chunks(3).zip(&bases).map(|(row, &base)| forest.score(base, row)).collect();
    assert_eq!(quick.scores(&bases, &rows), walked);
    let pair = |at: u32| {
        let feature = if at < 64 { 0 } else { forest::LEAF };
        [feature, forest::LEAF].map(|feature| TreeNode { feature, value: 0.0, left: 2 * at + 3 })
    };
    let nodes = std::iter::once(TreeNode { feature: 0, value: 0.0, left: 1 }).chain((0..65).flat_map(pair)).collect();
    let tall = Forest { features: 1, base_scale: 1.0, trees: vec![Tree { nodes }] };
    assert_eq!(QuickForest::new(&tall), None, "66 leaves");
}
