//! Features of the learned ranker that compare the words of a query with the fields of one product. A word's
//! weight is its inverse document frequency ([`ForwardIndex::idf`]); stop words weigh 0. Near words share
//! letter triples (Dice's coefficient), so a typo, a plural or a compound counts in part.

use std::collections::HashMap;

use super::analysis::PieceKind;
use super::{Analyzer, ForwardIndex, TermId, TextField};
use crate::id::Ordinal;

/// The most words of a query that are looked at.
const MAX_WORDS: usize = 16;

/// The value of a place in the title that does not exist.
const NOWHERE: f32 = 50.0;

/// The features of this file, name and meaning, in the order that [`QueryFeatures::describe`] appends them.
/// Models refer to the names.
pub const TEXT_FEATURES: [(&str, &str); 22] = [
    ("title_words_share", "share of the query's words in the title"),
    ("title_worth_share", "share of the query's weight in the title"),
    ("title_near_share", "the same, near words counting in part"),
    ("title_near_least", "how near the title comes to the word it matches worst"),
    ("title_length", "words in the title"),
    ("title_covered", "share of the title's weight that the query names"),
    ("first_at", "place of the first word found in the title"),
    ("head_at", "place in the title of the query's last word"),
    ("head_from_end", "words from that place to the title's end"),
    ("in_order", "share of neighbouring query words found in the same order"),
    ("adjacent", "share of neighbouring query words found side by side"),
    ("numbers", "words with a digit in the query"),
    ("numbers_missing", "words with a digit that are not in the title"),
    ("query_words", "words in the query"),
    ("worth_missing", "largest weight of a word not in the title"),
    ("gaps", "other words between the first and the last word found"),
    ("query_worth", "weight of all words of the query"),
    ("any_worth_share", "share of the weight found in any field"),
    ("brand_worth_share", "share of the weight found in the brand"),
    ("category_worth_share", "share of the weight found in the category"),
    ("attributes_worth_share", "share of the weight found in the attributes"),
    ("description_worth_share", "share of the weight found in the description"),
];

/// One word of a query.
#[derive(Debug)]
struct FeatureWord {
    term: Option<TermId>,
    idf: f32,
    has_digit: bool,
    triples: Vec<u32>,
}

/// The words of one query, ready to be compared with products.
#[derive(Debug)]
pub struct QueryFeatures<'a> {
    index: &'a ForwardIndex,
    words: Vec<FeatureWord>,
    idf: f32,
    /// The nearness of each query word to each title term seen so far.
    near: HashMap<TermId, Vec<f32>>,
}

impl<'a> QueryFeatures<'a> {
    /// Analyses a query; repeated words count once.
    pub fn new(index: &'a ForwardIndex, analyzer: &mut Analyzer, query: &str) -> Self {
        let mut seen: Vec<String> = Vec::new();
        let mut words: Vec<FeatureWord> = Vec::new();
        for token in analyzer.whole(query) {
            if seen.contains(&token.term) || words.len() >= MAX_WORDS {
                continue;
            }
            let number = index.term_id(&token.term);
            let stop = token.kind == PieceKind::Unit || analyzer.language().is_stop_word(&token.word);
            words.push(FeatureWord {
                term: number,
                idf: if stop { 0.0 } else { index.idf(number) },
                has_digit: token.term.bytes().any(|byte| byte.is_ascii_digit()),
                triples: triples(&token.term),
            });
            seen.push(token.term);
        }
        let idf = words.iter().map(|word| word.idf).sum::<f32>();
        Self { index, words, idf, near: HashMap::new() }
    }

    /// Appends the features of one product, in the order of [`TEXT_FEATURES`].
    pub fn describe(&mut self, ordinal: Ordinal, out: &mut Vec<f32>) {
        let title = self.index.field(ordinal, TextField::Title);
        let places: Vec<Option<usize>> = self.words.iter().map(|word| place(title, word.term)).collect();
        let (near_share, near_least) = self.nearness(title, &places);
        let found = places.iter().flatten().count();
        let first = places.iter().flatten().min().copied();
        let last = places.iter().flatten().max().copied();
        let head = places.last().copied().flatten();
        let (in_order, adjacent) = self.sequence(title, &places);
        let missing = self.words.iter().zip(&places).filter(|(_, place)| place.is_none());
        let heaviest_missing = missing.clone().map(|(word, _)| word.idf).fold(0.0, f32::max);
        let at = |place: Option<usize>| place.map_or(NOWHERE, |place| place as f32);
        out.extend([
            ratio(found as f32, self.words.len() as f32),
            self.share(|word| place(title, word.term).is_some()),
            near_share,
            near_least,
            title.len() as f32,
            self.covered(title),
            at(first),
            at(head),
            head.map_or(NOWHERE, |head| (title.len() - 1 - head) as f32),
            in_order,
            adjacent,
            self.words.iter().filter(|word| word.has_digit).count() as f32,
            missing.filter(|(word, _)| word.has_digit).count() as f32,
            self.words.len() as f32,
            heaviest_missing,
            first.zip(last).map_or(NOWHERE, |(first, last)| (last - first + 1).saturating_sub(found) as f32),
            self.idf,
        ]);
        let fields = [TextField::Brand, TextField::Category, TextField::Attributes, TextField::Description];
        let fields = fields.map(|field| self.index.field(ordinal, field));
        let in_any =
            |word: &FeatureWord| std::iter::once(title).chain(fields).any(|terms| place(terms, word.term).is_some());
        out.push(self.share(in_any));
        out.extend(fields.map(|terms| self.share(|word| place(terms, word.term).is_some())));
    }

    /// The share of the query's weight in the words for which `holds` is true.
    fn share(&self, holds: impl Fn(&FeatureWord) -> bool) -> f32 {
        ratio(self.words.iter().filter(|word| holds(word)).map(|word| word.idf).sum(), self.idf)
    }

    /// The weighted mean nearness of each query word to its nearest word of the title, and the least nearness.
    fn nearness(&mut self, title: &[TermId], places: &[Option<usize>]) -> (f32, f32) {
        let mut best: Vec<f32> = places.iter().map(|place| if place.is_some() { 1.0 } else { 0.0 }).collect();
        // Letter triples are compared only if a word is missing, and once a query for each title term.
        if best.contains(&0.0) {
            let (words, index) = (&self.words, self.index);
            for &term in title {
                let near = self.near.entry(term).or_insert_with(|| {
                    let own = triples(index.text(term));
                    words.iter().map(|word| dice(&word.triples, &own)).collect()
                });
                best.iter_mut().zip(near).for_each(|(best, near)| *best = best.max(*near));
            }
        }
        let weighed = self.words.iter().zip(&best).filter(|(word, _)| word.idf > 0.0);
        let sum = weighed.clone().map(|(word, near)| word.idf * near).sum();
        (ratio(sum, self.idf), weighed.map(|(_, near)| *near).fold(1.0, f32::min))
    }

    /// The shares of neighbouring query words that the title has in the same order, and side by side.
    fn sequence(&self, title: &[TermId], places: &[Option<usize>]) -> (f32, f32) {
        let pairs = self.words.len().saturating_sub(1) as f32;
        let in_order = places.windows(2).filter(|pair| matches!(pair, [Some(a), Some(b)] if a < b)).count();
        let side_by_side = |pair: &[FeatureWord]| match (pair[0].term, pair[1].term) {
            (Some(first), Some(second)) => title.windows(2).any(|pair| pair == [first, second]),
            _ => false,
        };
        let adjacent = self.words.windows(2).filter(|pair| side_by_side(pair)).count();
        (ratio(in_order as f32, pairs), ratio(adjacent as f32, pairs))
    }

    fn covered(&self, title: &[TermId]) -> f32 {
        let (mut all, mut named) = (0.0, 0.0);
        for &term in title {
            let idf = self.index.idf(Some(term));
            all += idf;
            if self.words.iter().any(|word| word.term == Some(term)) {
                named += idf;
            }
        }
        ratio(named, all)
    }
}

fn place(terms: &[TermId], term: Option<TermId>) -> Option<usize> {
    term.and_then(|term| terms.iter().position(|&other| other == term))
}

/// `part / whole`; 0 if the whole is 0.
fn ratio(part: f32, whole: f32) -> f32 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

/// The letter triples of a word, with a mark at either end, sorted and without repeats.
fn triples(word: &str) -> Vec<u32> {
    let letters: Vec<u32> =
        std::iter::once(1).chain(word.chars().map(|letter| letter as u32 & 0x3FF)).chain([2]).collect();
    let mut triples: Vec<u32> = letters.windows(3).map(|three| three[0] << 20 | three[1] << 10 | three[2]).collect();
    triples.sort_unstable();
    triples.dedup();
    triples
}

/// `2·|a ∩ b| / (|a| + |b|)` of two sorted sets (Dice, 1945).
fn dice(a: &[u32], b: &[u32]) -> f32 {
    let (mut i, mut j, mut common) = (0, 0, 0);
    while i < a.len() && j < b.len() {
        match a[i].cmp(&b[j]) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => (i, j, common) = (i + 1, j + 1, common + 1),
        }
    }
    ratio(2.0 * common as f32, (a.len() + b.len()) as f32)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::ForwardIndexWriter;
    use crate::error::{Error, Result};
    use crate::product::Product;

    fn described(title: &str, query: &str) -> Result<HashMap<&'static str, f32>> {
        let folder = tempfile::tempdir().map_err(Error::io("create", Path::new("temp")))?;
        let path = folder.path().join("wording.flat");
        let mut writer = ForwardIndexWriter::default();
        for title in [title, "something else altogether"] {
            writer.push(&Product { id: title.into(), title: title.into(), ..Product::default() })?;
        }
        writer.finish(&path)?;
        let index = ForwardIndex::open(&path, 2)?;
        let mut out = Vec::new();
        QueryFeatures::new(&index, &mut Analyzer::default(), query).describe(Ordinal::new(0), &mut out);
        assert_eq!(out.len(), TEXT_FEATURES.len());
        Ok(TEXT_FEATURES.iter().map(|(name, _)| *name).zip(out).collect())
    }

    #[test]
    fn order_places_and_missing_words_are_counted() -> Result<()> {
        let features = described("Acme trail boots size 42 brown", "brown trail boot 43")?;
        assert_eq!((features["title_words_share"], features["query_words"]), (0.75, 4.0));
        assert_eq!((features["numbers"], features["numbers_missing"]), (1.0, 1.0));
        assert_eq!((features["adjacent"], features["in_order"]), (1.0 / 3.0, 1.0 / 3.0));
        assert_eq!((features["first_at"], features["head_at"], features["gaps"]), (1.0, NOWHERE, 2.0));
        Ok(())
    }

    #[test]
    fn a_typo_is_near_and_a_stranger_is_not() -> Result<()> {
        let near = described("trail boots", "trail bootss")?;
        let far = described("trail boots", "trail lamp")?;
        assert!(near["title_near_share"] > 0.7 && near["title_near_share"] < 1.0);
        assert!(far["title_near_share"] < 0.6 && far["title_near_least"] == 0.0);
        Ok(())
    }

    #[test]
    fn a_query_without_words_has_finite_features() -> Result<()> {
        assert!(described("trail boots", "!!")?.values().all(|value| value.is_finite()));
        Ok(())
    }
}
