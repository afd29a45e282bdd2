//! Clicks as judgements: what attracts, its place taken out, is worth a rating.

use std::collections::HashSet;

use tastemaker_index::behaviour::{ClickLimits, Clicks};
use tastemaker_index::eval::{JudgedQuery, Judgements};

/// The rating of what attracts most in its query.
const BEST_RATING: f64 = 3.0;

/// The judgements given, and what clicks say of queries that nobody judged.
pub fn with_clicks(mut judged: Judgements, clicks: &Clicks) -> Judgements {
    let known: HashSet<String> = judged.queries.iter().map(|judged| judged.query.to_lowercase()).collect();
    let (clicked, _) = clicks.estimate(ClickLimits::default());
    for query in clicked.into_iter().filter(|query| !known.contains(&query.query)) {
        let most = query.products.iter().map(|(_, attraction)| *attraction).fold(0.0, f64::max);
        if most > 0.0 {
            let rated = query.products.into_iter().map(|(id, attraction)| (id, BEST_RATING * attraction / most));
            judged.queries.push(JudgedQuery::new(query.query, rated));
        }
    }
    judged
}
