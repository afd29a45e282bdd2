//! Reciprocal rank (Voorhees, "The TREC-8 question answering track report", 1999). Its mean over queries is
//! the MRR.

/// `1 / rank` of the first relevant product among the first `k`, else 0.
pub fn reciprocal_rank(relevant: impl IntoIterator<Item = bool>, k: usize) -> f64 {
    relevant.into_iter().take(k).position(|relevant| relevant).map_or(0.0, |at| 1.0 / (at + 1) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_relevant_product_within_the_cut_counts() {
        assert_eq!(reciprocal_rank([false, true, true], 10), 0.5);
        assert_eq!(reciprocal_rank([false, false, false, true], 4), 0.25);
        assert_eq!(reciprocal_rank([false, false, false, true], 3), 0.0);
        assert_eq!(reciprocal_rank([], 3), 0.0);
    }
}
