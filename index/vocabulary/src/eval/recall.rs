//! Recall: the share of the relevant products that a ranking found (Manning, Raghavan and
//! Schütze, "Introduction to information retrieval", 2008, 8.3).

/// Relevant products among the first `k` as a share of all `relevant_total`; `None` if there are none.
/// The ranking must not name a product twice.
pub fn recall(relevant: impl IntoIterator<Item = bool>, relevant_total: usize, k: usize) -> Option<f64> {
    let found = relevant.into_iter().take(k).filter(|&relevant| relevant).count();
    (relevant_total > 0).then(|| found as f64 / relevant_total as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recall_is_over_all_relevant_products_found_or_not() {
        assert_eq!(recall([true, false, true, true], 4, 3), Some(0.5));
        assert_eq!(recall([false], 2, 10), Some(0.0));
        assert_eq!(recall([false], 0, 10), None);
    }
}
