//! The forward index: the terms of each product's fields in order. Text features of the learned ranker are
//! computed from it, one candidate at a time; postings map the other way, from terms to products. Terms come
//! from the [`Analyzer`] and are numbered in the order of their texts.

use std::collections::HashMap;
use std::path::Path;

use super::analysis::Analyzer;
use super::postings::idf;
use super::{AnalysisSettings, TextField};
use crate::error::{Error, Result};
use crate::flat::{FlatFile, FlatWriter, Section};
use crate::id::Ordinal;
use crate::product::Product;

/// The format that this release writes, and the newest it reads.
const VERSION: u32 = 1;

/// The fields stored and the most terms of each. The title stores repeated terms, other fields store each term
/// once.
const FIELDS: [(TextField, usize); 5] = [
    (TextField::Title, 48),
    (TextField::Brand, 8),
    (TextField::Category, 32),
    (TextField::Attributes, 96),
    (TextField::Description, 96),
];

/// The number of a term.
pub type TermId = u32;

/// Collects the terms of products, which come in ordinal order.
#[derive(Debug, Default)]
pub struct ForwardIndexWriter {
    analyzer: Analyzer,
    numbers: HashMap<String, TermId>,
    /// The document frequency of each term: products that have it in any field.
    frequencies: Vec<u32>,
    words: Vec<TermId>,
    ends: Vec<u32>,
}

impl ForwardIndexWriter {
    /// A writer without products.
    pub fn new(settings: &AnalysisSettings) -> Self {
        Self { analyzer: Analyzer::new(settings.language), ..Self::default() }
    }

    /// Adds the next product.
    ///
    /// # Errors
    /// [`Error::Refused`] for more than four billion terms.
    pub fn push(&mut self, product: &Product) -> Result<()> {
        let start = self.words.len();
        for (field, most) in FIELDS {
            let begin = self.words.len();
            for text in field.texts(product) {
                for token in self.analyzer.whole(&text) {
                    if self.words.len() - begin >= most {
                        break;
                    }
                    let next = self.frequencies.len() as TermId;
                    let number = *self.numbers.entry(token.term).or_insert(next);
                    if number == next {
                        self.frequencies.push(0);
                    }
                    if field == TextField::Title || !self.words[begin..].contains(&number) {
                        self.words.push(number);
                    }
                }
            }
            let end = u32::try_from(self.words.len());
            self.ends.push(end.map_err(|_| Error::Refused("the catalogue has more than 4 billion words".into()))?);
        }
        let mut terms = self.words[start..].to_vec();
        terms.sort_unstable();
        terms.dedup();
        terms.into_iter().for_each(|term| self.frequencies[term as usize] += 1);
        Ok(())
    }

    /// Writes the file. Terms are renumbered in the order of their texts.
    pub fn finish(self, path: &Path) -> Result<()> {
        let mut terms: Vec<(String, TermId)> = self.numbers.into_iter().collect();
        terms.sort_unstable();
        let mut renumbered = vec![0; terms.len()];
        let (mut bytes, mut ends, mut frequencies) = (Vec::new(), Vec::new(), Vec::new());
        for (number, (text, old)) in terms.iter().enumerate() {
            renumbered[*old as usize] = number as TermId;
            bytes.extend_from_slice(text.as_bytes());
            ends.push(bytes.len() as u64);
            frequencies.push(self.frequencies[*old as usize]);
        }
        let words: Vec<TermId> = self.words.iter().map(|&old| renumbered[old as usize]).collect();
        let mut file = FlatWriter::create(path)?;
        file.section("version", &[VERSION])?;
        file.section("terms", &bytes)?;
        file.section("term_ends", &ends)?;
        file.section("frequencies", &frequencies)?;
        file.section("ends", &self.ends)?;
        file.section("words", &words)?;
        file.finish()
    }
}

/// An open forward index.
#[derive(Debug, Clone)]
pub struct ForwardIndex {
    products: u32,
    terms: Section<u8>,
    term_ends: Section<u64>,
    frequencies: Section<u32>,
    ends: Section<u32>,
    words: Section<TermId>,
}

impl ForwardIndex {
    /// Maps a file, which must hold `products` products.
    ///
    /// # Errors
    /// [`Error::Corrupt`] if a reference leads outside the file, [`Error::NewerFormat`].
    pub fn open(path: &Path, products: usize) -> Result<Self> {
        let file = FlatFile::open(path)?;
        match file.section::<u32>("version")?[..] {
            [found] if found > VERSION => {
                return Err(Error::NewerFormat { path: path.into(), found, supported: VERSION });
            }
            [_] => {}
            _ => return Err(Error::corrupt(path, "has no version")),
        }
        let term_ends: Section<u64> = file.section("term_ends")?;
        let opened = Self {
            products: products as u32,
            terms: file.section("terms")?,
            frequencies: file.section_of("frequencies", term_ends.len())?,
            ends: file.section_of("ends", products * FIELDS.len())?,
            words: file.section("words")?,
            term_ends,
        };
        let text = std::str::from_utf8(&opened.terms).ok();
        let whole = |end: &u64| text.is_some_and(|text| text.is_char_boundary(*end as usize));
        let terms_follow = opened.term_ends.is_sorted() && opened.term_ends.iter().all(whole);
        let last = opened.ends.last().copied().unwrap_or(0) as usize;
        let words_follow = opened.ends.is_sorted() && last == opened.words.len();
        let known = opened.words.iter().all(|&term| (term as usize) < opened.term_ends.len());
        if terms_follow && words_follow && known {
            return Ok(opened);
        }
        Err(Error::corrupt(path, "its words cannot be followed"))
    }

    /// The terms of one field of a product, in order; empty for a field that is not stored.
    pub fn field(&self, ordinal: Ordinal, field: TextField) -> &[TermId] {
        let Some(place) = FIELDS.iter().position(|(stored, _)| *stored == field) else { return &[] };
        let ends: &[u32] = &self.ends;
        let at = ordinal.index() * FIELDS.len() + place;
        let start = if at == 0 { 0 } else { ends[at - 1] };
        &self.words[start as usize..ends[at] as usize]
    }

    /// The number of a term; `None` if no product has it.
    pub fn term_id(&self, term: &str) -> Option<TermId> {
        let (mut low, mut high) = (0, self.term_ends.len());
        while low < high {
            let middle = (low + high) / 2;
            match self.text(middle as TermId).cmp(term) {
                std::cmp::Ordering::Equal => return Some(middle as TermId),
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }

    /// The text of a term.
    pub fn text(&self, term: TermId) -> &str {
        let ends: &[u64] = &self.term_ends;
        let start = if term == 0 { 0 } else { ends[term as usize - 1] };
        std::str::from_utf8(&self.terms[start as usize..ends[term as usize] as usize]).unwrap_or_default()
    }

    /// The inverse document frequency of a term over all fields ([`idf`]).
    pub fn idf(&self, term: Option<TermId>) -> f32 {
        idf(self.products, term.map_or(0, |term| self.frequencies[term as usize]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn product(title: &str, brand: &str) -> Product {
        Product { id: title.into(), title: title.into(), brand: Some(brand.into()), ..Product::default() }
    }

    #[test]
    fn fields_read_back_in_order_and_rare_terms_are_worth_more() -> Result<()> {
        let folder = tempfile::tempdir().map_err(Error::io("create", Path::new("temp")))?;
        let path = folder.path().join("wording.flat");
        let mut writer = ForwardIndexWriter::default();
        writer.push(&product("Red boots, red laces", "Acme"))?;
        writer.push(&product("Blue boots", "Acme"))?;
        writer.finish(&path)?;
        let index = ForwardIndex::open(&path, 2)?;
        let texts = |ordinal, field| -> Vec<&str> {
            index.field(ordinal, field).iter().map(|&term| index.text(term)).collect()
        };
        assert_eq!(texts(Ordinal::new(0), TextField::Title), ["red", "boot", "red", "lace"]);
        assert_eq!(texts(Ordinal::new(1), TextField::Brand), ["acm"]);
        assert!(texts(Ordinal::new(1), TextField::Code).is_empty());
        let (red, boot) = (index.term_id("red"), index.term_id("boot"));
        assert!(red.is_some() && index.term_id("green").is_none());
        assert!(index.idf(red) > index.idf(boot) && index.idf(None) > index.idf(red));
        Ok(())
    }

    #[test]
    fn a_file_of_another_catalogue_is_refused() -> Result<()> {
        let folder = tempfile::tempdir().map_err(Error::io("create", Path::new("temp")))?;
        let path = folder.path().join("wording.flat");
        let mut writer = ForwardIndexWriter::default();
        writer.push(&product("Red boots", "Acme"))?;
        writer.finish(&path)?;
        assert!(matches!(ForwardIndex::open(&path, 2), Err(Error::Corrupt { .. })));
        Ok(())
    }
}
