//! Learns in which order a history's products come: LambdaMART over the purchases
//! that the replay hid, from tables that have not seen them. Each third of them is
//! measured with what was learned from the others; only an order that is surely
//! better than the blend alone ships, learned from all.

use crate::behaviour::{Blend, CatalogueView, Hidden, NeighbourTable};
use crate::eval::{ndcg_of_one, paired_interval};
use crate::id::Ordinal;
use crate::progress::Progress;
use crate::recommend::{FEATURES, Foresight};
use crate::trees::{BoostSettings, Examples, Forest, QuickForest, train};

/// Places that count.
const PLACES: usize = 10;
/// Hidden purchases among what the history speaks for, below which nothing is learned.
const FEWEST: usize = 500;
/// Those learned from, evenly spread: four trainings on 100 products of each must not hold up a night.
const MOST: usize = 8000;
/// Parts held out in turn.
const FOLDS: usize = 3;
/// The seed of the draws that decide if the gain is sure.
const SEED: u64 = 1;

/// One hidden purchase: what the history spoke for, and where the purchase stood.
struct Question {
    rows: Vec<f32>,
    base: Vec<f32>,
    wanted: usize,
}

/// The learned order, where it is surely better.
pub(super) fn foresee(
    hidden: &Hidden,
    content: &NeighbourTable,
    blend: &Blend,
    catalogue: CatalogueView<'_>,
    progress: &dyn Progress,
) -> Option<Forest> {
    let foresight = Foresight { next: &hidden.next, content, blend, worth: &hidden.worth, catalogue };
    let questions: Vec<Question> =
        hidden.purchases.iter().filter_map(|(history, wanted)| question(&foresight, history, *wanted)).collect();
    if questions.len() < FEWEST {
        return None;
    }
    // A purchase that the history does not speak for gains nothing either way; it counts as such.
    let every = hidden.purchases.len() as f64 / questions.len() as f64;
    let apart = questions.len().div_ceil(MOST);
    let questions: Vec<Question> = questions.into_iter().step_by(apart).collect();
    let settings = BoostSettings { trees: 300, leaves: 7, rate: 0.05, ..BoostSettings::default() };
    let learn = |wanted: &dyn Fn(usize) -> bool| {
        let mut examples = Examples::new(FEATURES);
        for question in (0..questions.len()).filter(|&at| wanted(at)).map(|at| &questions[at]) {
            let mut gains = vec![0.0; question.base.len()];
            gains[question.wanted] = 1.0;
            examples.push(&question.rows, &question.base, &gains, 1.0);
        }
        train(&examples, &[0; FEATURES], &settings)
    };
    let (mut before, mut after) = (Vec::with_capacity(questions.len()), Vec::with_capacity(questions.len()));
    for fold in 0..FOLDS {
        let forest = QuickForest::new(&learn(&|at| at % FOLDS != fold))?;
        for question in questions.iter().skip(fold).step_by(FOLDS) {
            before.push(ndcg_of_one(Some(question.wanted), PLACES));
            after.push(ndcg_of_one(Some(place(question, &forest)), PLACES));
        }
    }
    let gain = paired_interval(&before, &after, SEED).ok()?;
    let ships = gain.is_sure_gain();
    let said = if ships { "learned" } else { "not surely better: it stays as it is" };
    progress.note(&format!(
        "order of what a history speaks for: NDCG@{PLACES} {:+.4} ({:+.4} to {:+.4}) on purchases held out, {said}",
        gain.mean / every,
        gain.low / every,
        gain.high / every
    ));
    ships.then(|| learn(&|_| true))
}

fn question(foresight: &Foresight<'_>, history: &[Ordinal], wanted: Ordinal) -> Option<Question> {
    let loudest = foresight.loudest(history);
    let wanted = loudest.iter().position(|one| one.0 == wanted)?;
    let products: Vec<Ordinal> = loudest.iter().map(|one| one.0).collect();
    let most = loudest[0].1.max(f32::MIN_POSITIVE);
    let base = loudest.iter().map(|one| one.1 / most).collect();
    Some(Question { rows: foresight.rows(history, &products), base, wanted })
}

/// The position of the purchase in the learned order, from 0.
fn place(question: &Question, forest: &QuickForest) -> usize {
    let scores = forest.scores(&question.base, &question.rows);
    let own = scores[question.wanted];
    let above = |(at, score): (usize, &f32)| *score > own || (*score == own && at < question.wanted);
    scores.iter().enumerate().filter(|&one| above(one)).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::behaviour::{NO_GROUP, Neighbour};
    use crate::progress::Silent;

    const PRODUCTS: usize = 40;

    /// Everything follows everything, and best of all what is most popular; but shoppers buy within one of
    /// four categories.
    fn scene(within: bool) -> (Hidden, Vec<u32>, Vec<u32>) {
        let row = |from: usize| -> Vec<Neighbour> {
            let others = (0..PRODUCTS).filter(|&other| other != from);
            let neighbour =
                |other| Neighbour { ordinal: other as u32, score: 1.0 - 0.01 * other as f32, evidence: None };
            others.map(neighbour).collect()
        };
        let next = NeighbourTable::from_rows((0..PRODUCTS).map(row));
        let purchase = |shopper: usize| {
            let (met, turn) = (shopper * 7 % PRODUCTS, shopper / PRODUCTS * 4 + 4);
            let wanted = if within { (met + turn) % PRODUCTS } else { (met + 1 + shopper * 13 % 38) % PRODUCTS };
            (vec![met as u32], wanted as u32)
        };
        let purchases = (0..900).map(purchase).filter(|(history, wanted)| history[0] != *wanted).collect();
        let worth = (0..PRODUCTS).map(|product| (PRODUCTS - product) as f32).collect();
        let (starts, leaves) =
            ((0..=PRODUCTS as u32).collect(), (0..PRODUCTS as u32).map(|product| product % 4).collect());
        (Hidden { purchases, next, worth }, starts, leaves)
    }

    fn learned(within: bool) -> Option<Forest> {
        let (hidden, starts, leaves) = scene(within);
        let groups = [NO_GROUP; PRODUCTS];
        let catalogue = CatalogueView::checked_before(&groups, &starts, &leaves, 4);
        let content = NeighbourTable::from_rows((0..PRODUCTS).map(|_| Vec::new()));
        let forest = foresee(&hidden, &content, &Blend::default(), catalogue, &Silent)?;
        let foresight = Foresight {
            next: &hidden.next,
            content: &content,
            blend: &Blend::default(),
            worth: &hidden.worth,
            catalogue,
        };
        let products: Vec<Ordinal> = foresight.loudest(&[9]).into_iter().map(|one| one.0).collect();
        let rows = foresight.rows(&[9], &products);
        let mut scored: Vec<(f32, Ordinal)> = rows
            .chunks_exact(FEATURES)
            .zip(&products)
            .map(|(row, &product)| (forest.score(0.0, row), product))
            .collect();
        scored.sort_by(|a, b| b.0.total_cmp(&a.0));
        assert!(scored[..5].iter().all(|one| one.1 % 4 == 1), "of the category of 9: {scored:?}");
        Some(forest)
    }

    #[test]
    fn an_order_ships_where_it_foresees_better_and_only_there() {
        let forest = learned(true);
        assert!(forest.is_some());
        assert_eq!(forest, learned(true), "the same again");
        assert_eq!(learned(false), None, "nothing says what comes");
    }
}
