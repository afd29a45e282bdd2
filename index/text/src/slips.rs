//! The cost of slips: how likely a word is typed as another, and which differences are no slips but forms of one
//! word.

/// Endings by which forms of one word differ, in English and German.
const ENDINGS: [&str; 20] =
    ["", "s", "es", "ed", "er", "ers", "ing", "y", "ly", "e", "en", "n", "em", "d", "nd", "end", "t", "te", "ce", "cy"];
/// The shortest beginning that forms of one word have in common, in letters.
const MIN_STEM: usize = 4;

/// True if two words differ by such an ending only: `threader` and `threaded`.
pub(super) fn is_other_form(one: &str, other: &str) -> bool {
    let common = one.char_indices().zip(other.chars()).take_while(|((_, a), b)| a == b).count();
    // An ending may begin with letters that both have: `threade` + `r`, `thread` + `er`.
    (common.saturating_sub(1)..=common).any(|stem| {
        let rest = |word: &str| word.char_indices().nth(stem).map_or("", |(at, _)| &word[at..]).to_owned();
        stem >= MIN_STEM && ENDINGS.contains(&rest(one).as_str()) && ENDINGS.contains(&rest(other).as_str())
    })
}

/// The rows of common keyboards: keys next to each other in a row, or in adjacent rows, are near.
const ROWS: [&str; 3] = ["qwertyuiop", "asdfghjkl", "zxcvbnm"];

fn is_near(a: char, b: char) -> bool {
    let place = |c: char| ROWS.iter().enumerate().find_map(|(row, keys)| Some((row as i32, keys.find(c)? as i32)));
    match (place(a), place(b)) {
        (Some((row_a, key_a)), Some((row_b, key_b))) => (row_a - row_b).abs() <= 1 && (key_a - key_b).abs() <= 1,
        _ => false,
    }
}

fn is_vowel(c: char) -> bool {
    matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'y')
}

/// The cost of the cheapest edits from `meant` to `typed`, in slips (Damerau 1964). The commoner slips cost
/// less: doubled letters, neighbours on the keyboard, swapped letters, and a vowel for another.
pub(super) fn slip_cost(typed: &str, meant: &str, first_letter: f32) -> f32 {
    let (typed, meant): (Vec<char>, Vec<char>) = (typed.chars().collect(), meant.chars().collect());
    let extra = |letters: &[char], at: usize| {
        let doubled = (at > 0 && letters[at - 1] == letters[at]) || letters.get(at + 1) == Some(&letters[at]);
        let first = if at == 0 { first_letter } else { 0.0 };
        first + if doubled { 0.5 } else { 1.0 }
    };
    let replaced = |i: usize, j: usize| {
        let (a, b) = (typed[i], meant[j]);
        let first = if i == 0 { first_letter } else { 0.0 };
        match a == b {
            true => 0.0,
            false if is_near(a, b) || (is_vowel(a) && is_vowel(b)) => 0.8 + first,
            false => 1.0 + first,
        }
    };
    let mut before: Vec<f32> = Vec::new();
    let mut row: Vec<f32> = std::iter::once(0.0)
        .chain((0..meant.len()).scan(0.0, |sum, at| {
            *sum += extra(&meant, at);
            Some(*sum)
        }))
        .collect();
    for i in 0..typed.len() {
        let mut next = vec![row[0] + extra(&typed, i); meant.len() + 1];
        for j in 0..meant.len() {
            let mut least =
                (row[j] + replaced(i, j)).min(row[j + 1] + extra(&typed, i)).min(next[j] + extra(&meant, j));
            if i > 0 && j > 0 && typed[i] == meant[j - 1] && typed[i - 1] == meant[j] {
                least = least.min(before[j - 1] + 0.7 + if i == 1 { first_letter } else { 0.0 });
            }
            next[j + 1] = least;
        }
        before = std::mem::replace(&mut row, next);
    }
    row[meant.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_slips_cost_less() {
        let cost = |typed: &str, meant: &str| slip_cost(typed, meant, 0.5);
        assert_eq!(cost("tent", "tent"), 0.0);
        assert!(cost("puty", "putty") < cost("puty", "purity"), "a letter left single");
        assert!(cost("tebt", "tent") < cost("tept", "tent"), "b lies beside n");
        assert!(cost("tnet", "tent") < cost("teat", "tent"), "two letters swapped");
        assert!(cost("lent", "tent") > cost("teat", "tent"), "the first letter is seldom wrong");
    }

    #[test]
    fn another_ending_is_another_form() {
        assert!(is_other_form("threader", "threaded") && is_other_form("trellises", "trellis"));
        assert!(!is_other_form("theader", "threader") && !is_other_form("paint", "pants"));
    }
}
