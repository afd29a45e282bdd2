//! The features of the learned order, computed for each candidate of a window besides its linear score. [`names`]
//! documents them. Their order is part of the format of a stored model.

use super::{Candidate, signal};
use crate::column::NumericView;
use crate::id::{CategoryNumber, Ordinal};
use crate::text::features::{QueryFeatures, TEXT_FEATURES};
use crate::vector::VectorIndex;

/// Name and meaning of the features of this file, which follow those of [`TEXT_FEATURES`] in a row.
pub const WINDOW_FEATURES: [(&str, &str); 17] = [
    ("words", "score of the words, before normalising"),
    ("words_of_best", "the same as a share of the window's best"),
    ("cosine", "cosine of query and product"),
    ("cosine_to_best", "the same less the window's largest"),
    ("centred_cosine", "cosine after taking the catalogue's mean from the product"),
    ("linear_to_best", "linear score less the window's best"),
    ("linear_place", "place by linear score"),
    ("complete", "candidates with every word in the title"),
    ("near_to_best", "title_near_share less the window's largest"),
    ("best_words", "the window's best score of words"),
    ("popularity", "how popular the product is, 0 to 1"),
    ("price_of_median", "logarithm of the price over the window's median price"),
    ("like_first", "cosine with the mean of the first ten"),
    ("like_window", "cosine with the mean of the window weighed by linear score"),
    ("category_share", "share of the first twenty in a category of the product"),
    ("title_length_of_median", "title_length over the window's median"),
    ("any_to_best", "any_worth_share less the window's largest"),
];

const POPULARITY: usize = signal::slot("popularity");

/// The number of features in a row.
pub const FEATURES: usize = TEXT_FEATURES.len() + WINDOW_FEATURES.len();

/// Name and meaning of every feature, in the order of a row.
pub fn names() -> impl Iterator<Item = (&'static str, &'static str)> {
    TEXT_FEATURES.into_iter().chain(WINDOW_FEATURES)
}

/// Features that may only raise a score: more of the same words or more popularity is never worse.
const RISING: [&str; 4] = ["title_worth_share", "any_worth_share", "words_of_best", "popularity"];

/// The direction in which each feature may move a score: 1 only up, 0 either way.
pub fn directions() -> Vec<i8> {
    names().map(|(name, _)| i8::from(RISING.contains(&name))).collect()
}

/// The inputs of features besides the query and the candidates.
pub struct FeatureInputs<'a> {
    /// The products' vectors.
    pub vectors: &'a VectorIndex,
    /// The mean of all vectors.
    pub mean: &'a [f32],
    /// The query's direction, where it has one.
    pub direction: Option<&'a [f32]>,
    /// The prices, where the catalogue has any.
    pub prices: Option<NumericView<'a>>,
    /// The leaf categories of a product.
    pub leaves: &'a dyn Fn(Ordinal) -> &'a [CategoryNumber],
}

/// The features of a window in linear order, row after row.
pub fn rows(inputs: &FeatureInputs<'_>, query: &mut QueryFeatures<'_>, window: &[Candidate]) -> Vec<f32> {
    let text_width = TEXT_FEATURES.len();
    let mut text = Vec::with_capacity(window.len() * text_width);
    window.iter().for_each(|candidate| query.describe(candidate.ordinal, &mut text));
    let column = |at: usize| text.chunks_exact(text_width).map(move |row| row[at]);
    let largest = |values: &mut dyn Iterator<Item = f32>| values.fold(f32::MIN, f32::max);
    let [weight_share, near, length, any] =
        ["title_worth_share", "title_near_share", "title_length", "any_worth_share"]
            .map(|name| TEXT_FEATURES.iter().position(|(other, _)| *other == name).unwrap_or_default());
    let best_words = largest(&mut window.iter().map(|candidate| candidate.text));
    let best_cosine = largest(&mut window.iter().map(|candidate| candidate.cosine));
    let best_linear = largest(&mut window.iter().map(|candidate| candidate.score));
    let (best_near, best_any) = (largest(&mut column(near)), largest(&mut column(any)));
    let complete = column(weight_share).filter(|&share| share > 0.999).count() as f32;
    let median_length = median(column(length).collect()).max(1.0);
    let price = |ordinal| inputs.prices.as_ref().and_then(|prices| prices.first(ordinal)).filter(|&price| price > 0.0);
    let median_price =
        median(window.iter().filter_map(|candidate| price(candidate.ordinal)).map(|p| p as f32).collect());
    let first = mean(inputs, window.iter().take(10).map(|candidate| (candidate.ordinal, 1.0)));
    let weight = |candidate: &Candidate| ((candidate.score - best_linear) * 10.0).exp();
    let middle = mean(inputs, window.iter().take(50).map(|candidate| (candidate.ordinal, weight(candidate))));
    let top = &window[..window.len().min(20)];
    let mut rows = Vec::with_capacity(window.len() * FEATURES);
    for (place, (candidate, text)) in window.iter().zip(text.chunks_exact(text_width)).enumerate() {
        let leaves = (inputs.leaves)(candidate.ordinal);
        let shares = |other: &&Candidate| (inputs.leaves)(other.ordinal).iter().any(|leaf| leaves.contains(leaf));
        let priced = price(candidate.ordinal).filter(|_| median_price > 0.0);
        rows.extend_from_slice(text);
        rows.extend([
            candidate.text,
            if best_words > 0.0 { candidate.text / best_words } else { 0.0 },
            candidate.cosine,
            candidate.cosine - best_cosine,
            inputs.direction.map_or(0.0, |direction| centred(inputs, candidate.ordinal, direction)),
            candidate.score - best_linear,
            place as f32,
            complete,
            text[near] - best_near,
            best_words,
            candidate.values[POPULARITY],
            priced.map_or(0.0, |price| (price as f32 / median_price).ln()),
            centred(inputs, candidate.ordinal, &first),
            centred(inputs, candidate.ordinal, &middle),
            top.iter().filter(shares).count() as f32 / top.len() as f32,
            text[length] / median_length,
            text[any] - best_any,
        ]);
    }
    rows
}

/// The cosine of a vector with a product's vector minus the catalogue's mean.
fn centred(inputs: &FeatureInputs<'_>, ordinal: Ordinal, vector: &[f32]) -> f32 {
    let row = inputs.vectors.row(ordinal);
    let (mut dot, mut own, mut other) = (0f32, 0f32, 0f32);
    for ((&x, &mean), &y) in row.iter().zip(inputs.mean).zip(vector) {
        let x = x - mean;
        dot += x * y;
        own += x * x;
        other += y * y;
    }
    if own > 0.0 && other > 0.0 { dot / (own * other).sqrt() } else { 0.0 }
}

/// The weighted sum of products' vectors, each minus the catalogue's mean.
fn mean(inputs: &FeatureInputs<'_>, products: impl Iterator<Item = (Ordinal, f32)>) -> Vec<f32> {
    let mut sum = vec![0f32; inputs.mean.len()];
    for (ordinal, weight) in products {
        let row = inputs.vectors.row(ordinal).iter().zip(inputs.mean);
        sum.iter_mut().zip(row).for_each(|(sum, (x, mean))| *sum += weight * (x - mean));
    }
    sum
}

fn median(mut values: Vec<f32>) -> f32 {
    values.sort_unstable_by(f32::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_feature_has_a_name_of_its_own() {
        let mut all: Vec<&str> = names().map(|(name, _)| name).collect();
        assert_eq!(all.len(), FEATURES);
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), FEATURES);
        assert_eq!(directions().iter().filter(|&&direction| direction == 1).count(), RISING.len());
    }
}
