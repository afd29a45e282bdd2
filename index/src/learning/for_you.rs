//! Trains the reranker of for-you: LambdaMART over [`ForYouFeatures`] of the purchases that the training of the
//! history weights held out, with tables that have not seen them.
//!
//! Each third of the purchases is measured by a forest trained on the others. A forest trained on all of them
//! ships if its NDCG@10 is surely above that of the history's sum alone.

use crate::behaviour::{Behaviour, CatalogueView, HeldOutStep, HistoryHoldout};
use crate::eval::{GainInterval, ndcg_of_one, paired_interval};
use crate::id::Ordinal;
use crate::progress::Progress;
use crate::recommend::{FOR_YOU_FEATURES, ForYouFeatures};
use crate::trees::{BoostSettings, Examples, Forest, QuickForest, train as train_forest};

/// The cut of the metric.
const DEPTH: usize = 10;
/// The smallest number of held-out purchases among the candidates of their history that a forest is trained on.
const MIN_PURCHASES: usize = 500;
/// The largest number of purchases to train on, evenly spread over all: four trainings on 100 candidates of
/// each must not hold up a nightly reindex.
const MAX_PURCHASES: usize = 8000;
/// Parts that are held out in turn.
const FOLDS: usize = 3;
/// The seed of the draws that decide if the gain is sure.
const SEED: u64 = 1;

/// The candidates of one history, among them the held-out purchase.
struct RankedCandidates {
    /// The features of the candidates.
    rows: Vec<f32>,
    /// The scores of the candidates as shares of the highest.
    base: Vec<f32>,
    /// The position of the purchase, from 0.
    purchase: usize,
}

/// The trained reranker, if it is surely better.
pub fn train(
    holdout: &HistoryHoldout,
    behaviour: &Behaviour,
    catalogue: CatalogueView<'_>,
    progress: &dyn Progress,
) -> Option<Forest> {
    let Behaviour { content, blend, .. } = behaviour;
    let interaction_weights = &holdout.interaction_weights;
    let features = ForYouFeatures { next: &holdout.next, content, blend, interaction_weights, catalogue };
    let queries: Vec<RankedCandidates> =
        holdout.purchases.iter().filter_map(|step| ranked_candidates(&features, step)).collect();
    if queries.len() < MIN_PURCHASES {
        return None;
    }
    // A purchase that is no candidate gains nothing by any order, but counts in the means that are shown.
    let per_query = holdout.purchases.len() as f64 / queries.len() as f64;
    let every = queries.len().div_ceil(MAX_PURCHASES);
    let queries: Vec<RankedCandidates> = queries.into_iter().step_by(every).collect();
    let gain = cross_validate(&queries)?;
    let ships = gain.is_sure_gain();
    let verdict = if ships { "it ships" } else { "no sure gain: it does not ship" };
    progress.note(&format!(
        "reranker of for-you: NDCG@{DEPTH} {:+.4} ({:+.4} to {:+.4}) on purchases held out, {verdict}",
        gain.mean / per_query,
        gain.low / per_query,
        gain.high / per_query
    ));
    ships.then(|| fit(queries.iter()))
}

/// The interval of the gain in NDCG, each fold reranked by a forest that has not seen it.
fn cross_validate(queries: &[RankedCandidates]) -> Option<GainInterval> {
    let (mut before, mut after) = (Vec::with_capacity(queries.len()), Vec::with_capacity(queries.len()));
    for fold in 0..FOLDS {
        let known = queries.iter().enumerate().filter(|(at, _)| at % FOLDS != fold);
        let forest = QuickForest::new(&fit(known.map(|(_, query)| query)))?;
        for query in queries.iter().skip(fold).step_by(FOLDS) {
            before.push(ndcg_of_one(Some(query.purchase), DEPTH));
            after.push(ndcg_of_one(Some(query.reranked(&forest)), DEPTH));
        }
    }
    paired_interval(&before, &after, SEED).ok()
}

fn fit<'a>(queries: impl Iterator<Item = &'a RankedCandidates>) -> Forest {
    let mut examples = Examples::new(FOR_YOU_FEATURES);
    for query in queries {
        let mut gains = vec![0.0; query.base.len()];
        gains[query.purchase] = 1.0;
        examples.push(&query.rows, &query.base, &gains, 1.0);
    }
    let settings = BoostSettings { trees: 300, leaves: 7, rate: 0.05, ..BoostSettings::default() };
    train_forest(&examples, &[0; FOR_YOU_FEATURES], &settings)
}

/// The candidates of the history of a held-out step; `None` if the purchase is not among them.
fn ranked_candidates(features: &ForYouFeatures<'_>, step: &HeldOutStep) -> Option<RankedCandidates> {
    let candidates = features.candidates(&step.history);
    let purchase = candidates.iter().position(|one| one.0 == step.product)?;
    let products: Vec<Ordinal> = candidates.iter().map(|one| one.0).collect();
    let highest = candidates[0].1.max(f32::MIN_POSITIVE);
    let base = candidates.iter().map(|one| one.1 / highest).collect();
    Some(RankedCandidates { rows: features.rows(&step.history, &products), base, purchase })
}

impl RankedCandidates {
    /// The position of the purchase in the order of a forest, from 0.
    fn reranked(&self, forest: &QuickForest) -> usize {
        let scores = forest.scores(&self.base, &self.rows);
        let own = scores[self.purchase];
        let above = |(at, score): (usize, &f32)| *score > own || (*score == own && at < self.purchase);
        scores.iter().enumerate().filter(|&one| above(one)).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::behaviour::{Blend, NO_GROUP, Neighbour, NeighbourTable};
    use crate::id::CategoryNumber;
    use crate::progress::Silent;

    const PRODUCTS: usize = 40;

    /// Every product follows every other, popular ones most often. With `within`, shoppers buy within one of four
    /// categories; without, anything.
    fn holdout(within: bool) -> (HistoryHoldout, Vec<u32>, Vec<CategoryNumber>) {
        let row = |from: usize| -> Vec<Neighbour> {
            let others = (0..PRODUCTS).filter(|&other| other != from);
            let neighbour = |other| {
                let ordinal = Ordinal::from_index(other);
                Neighbour { ordinal, score: 1.0 - 0.01 * other as f32, evidence: None }
            };
            others.map(neighbour).collect()
        };
        let next = NeighbourTable::from_rows((0..PRODUCTS).map(row));
        let purchase = |shopper: usize| {
            let (seen, turn) = (shopper * 7 % PRODUCTS, shopper / PRODUCTS * 4 + 4);
            let product = if within { (seen + turn) % PRODUCTS } else { (seen + 1 + shopper * 13 % 38) % PRODUCTS };
            HeldOutStep { history: vec![Ordinal::from_index(seen)], product: Ordinal::from_index(product) }
        };
        let purchases = (0..900).map(purchase).filter(|step| step.history[0] != step.product).collect();
        let interaction_weights = (0..PRODUCTS).map(|product| (PRODUCTS - product) as f32).collect();
        let starts = (0..=PRODUCTS as u32).collect();
        let leaves = (0..PRODUCTS).map(|product| CategoryNumber::from_index(product % 4)).collect();
        (HistoryHoldout { purchases, next, interaction_weights }, starts, leaves)
    }

    fn trained(within: bool) -> Option<Forest> {
        let (holdout, starts, leaves) = holdout(within);
        let groups = [NO_GROUP; PRODUCTS];
        let catalogue = CatalogueView::checked_before(&groups, &starts, &leaves, 4);
        let content = NeighbourTable::from_rows((0..PRODUCTS).map(|_| Vec::new()));
        let behaviour = Behaviour { content, blend: Blend::default(), ..Behaviour::empty(&catalogue) };
        let forest = train(&holdout, &behaviour, catalogue, &Silent)?;
        let features = ForYouFeatures {
            next: &holdout.next,
            content: &behaviour.content,
            blend: &behaviour.blend,
            interaction_weights: &holdout.interaction_weights,
            catalogue,
        };
        let history = Ordinal::slice(&[9]);
        let products: Vec<Ordinal> = features.candidates(history).into_iter().map(|one| one.0).collect();
        let rows = features.rows(history, &products);
        let mut scored: Vec<(f32, Ordinal)> = rows
            .chunks_exact(FOR_YOU_FEATURES)
            .zip(&products)
            .map(|(row, &product)| (forest.score(0.0, row), product))
            .collect();
        scored.sort_by(|a, b| b.0.total_cmp(&a.0));
        assert!(scored[..5].iter().all(|one| one.1.get() % 4 == 1), "of the category of 9: {scored:?}");
        Some(forest)
    }

    #[test]
    fn a_reranker_ships_only_if_it_is_surely_better() {
        let forest = trained(true);
        assert!(forest.is_some());
        assert_eq!(forest, trained(true), "the same again");
        assert_eq!(trained(false), None, "purchases cannot be predicted");
    }
}
