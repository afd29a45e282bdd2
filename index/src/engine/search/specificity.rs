//! The specificity of a query, computed from its matches: 1 for one that names a single product, 0 for one that leaves
//! the choice open. A shopper's taste fades with it: who types most of a title, a brand with a model or a word that
//! few products have does not ask for what others liked.

use crate::rank::Candidate;
use crate::text::Understood;

/// The number of products with all words from which on a query leaves the choice open.
const MANY: f32 = 20.0;

/// The specificity, 0 to 1, of a query with these candidates.
pub(super) fn specificity(understood: &Understood, window: &[Candidate]) -> f32 {
    let best = window.iter().map(|candidate| candidate.held).fold(0.0, f32::max);
    if best == 0.0 {
        return 0.0;
    }
    let full = || window.iter().filter(|candidate| candidate.held >= best);
    let narrow = 1.0 - ((full().count() as f32).ln_1p() / MANY.ln_1p()).min(1.0);
    let named = full().map(|candidate| candidate.closeness.coverage).fold(0.0, f32::max);
    // One word that is a whole title may still be the word for a kind of thing; of several it is unlikely.
    let words = understood.slots.len().max(1) as f32;
    let titled = named * named * (words - 1.0) / words;
    1.0 - (1.0 - narrow) * (1.0 - titled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Closeness, QuerySlot};

    #[test]
    fn a_title_is_specific_and_a_word_of_many_products_is_not() {
        let of = |words: usize, products: usize, coverage: f32| {
            let slot = QuerySlot { text: "word".into(), required: true, quoted: false, alternatives: Vec::new() };
            let mut understood = Understood::default();
            understood.slots = vec![slot; words];
            let closeness = Closeness { coverage, ..Closeness::default() };
            let one = Candidate { held: 1.0, closeness, ..Candidate::default() };
            specificity(&understood, &vec![one; products])
        };
        assert!(of(4, 1, 1.0) > 0.9);
        assert!(of(1, 40, 0.2) < 0.05);
        assert!(of(2, 3, 0.5) > of(2, 10, 0.5) && of(3, 10, 0.9) > of(3, 10, 0.3));
        let by_vector = vec![Candidate::default(); 9];
        assert_eq!(specificity(&Understood::default(), &by_vector), 0.0, "no words found");
    }
}
