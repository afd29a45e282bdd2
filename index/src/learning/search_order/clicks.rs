//! Clicks as judgements: the attraction of a product in a query, estimated without the bias of its position,
//! becomes a rating.

use std::collections::HashSet;

use crate::behaviour::{ClickLimits, Clicks};
use crate::eval::{JudgedQuery, Judgements};

/// The rating of the product with the highest attraction of its query.
const BEST_RATING: f64 = 3.0;

/// The judgements, and those that clicks imply for queries without a judgement.
pub fn with_clicks(mut judged: Judgements, clicks: &Clicks) -> Judgements {
    let known: HashSet<String> = judged.queries.iter().map(|judged| judged.query.to_lowercase()).collect();
    let (clicked, _) = clicks.estimate(ClickLimits::default());
    for query in clicked.into_iter().filter(|query| !known.contains(&query.query)) {
        let highest = query.products.iter().map(|(_, attraction)| *attraction).fold(0.0, f64::max);
        if highest > 0.0 {
            let rated = query.products.into_iter().map(|(id, attraction)| (id, BEST_RATING * attraction / highest));
            judged.queries.push(JudgedQuery::new(query.query, rated));
        }
    }
    judged
}
