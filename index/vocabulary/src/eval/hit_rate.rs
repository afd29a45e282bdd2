//! Hit rate: 1 if the product that a shopper chose is among the first k, else 0 (Deshpande and Karypis,
//! "Item-based top-N recommendation algorithms", TOIS 22(1), 2004). Its mean over shoppers is HR@k.

/// 1 if any of the first `k` is relevant, else 0.
pub fn hit_rate(relevant: impl IntoIterator<Item = bool>, k: usize) -> f64 {
    if relevant.into_iter().take(k).any(|relevant| relevant) { 1.0 } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hit_must_lie_within_the_cut() {
        assert_eq!(hit_rate([false, true], 2), 1.0);
        assert_eq!(hit_rate([false, true], 1), 0.0);
        assert_eq!(hit_rate([], 5), 0.0);
    }
}
