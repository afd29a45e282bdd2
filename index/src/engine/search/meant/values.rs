//! Words that are values of the shop's columns: brands and materials. Their products are raised a little; the words
//! stay words, so that they never outdo the kind of thing that is asked for.

use std::ops::Range;

use super::MeaningReader;
use super::part::PartInPlay;
use crate::error::Result;
use crate::hit::UnderstoodPart;
use crate::query::SearchQuery;
use crate::text::meant::Phrases;

/// The most words of a value.
const MAX_WORDS: usize = 3;
/// The most words of a query that are looked up.
const MAX_LOOKED_UP: usize = 16;
/// The amount that products with the value are raised by.
const VALUE: f32 = 0.05;

impl MeaningReader<'_> {
    /// Adds a part for each brand or material that the query names and no other part has.
    pub(super) fn add_values(
        self,
        query: &SearchQuery,
        searched: &str,
        phrases: &Phrases,
        parts: &mut Vec<PartInPlay>,
    ) -> Result<()> {
        let columns = &self.snapshot.generation.columns;
        let taken: Vec<String> = parts.iter().map(|part| part.shown.text.to_lowercase()).collect();
        let materials = phrases.fields().material.iter().map(|field| ("material", &**field));
        let fields = std::iter::once(("brand", "brand")).chain(materials);
        let fields: Vec<_> =
            fields.filter_map(|(kind, field)| Some((kind, field, columns.keyword(field)?.view()))).collect();
        let words = words(searched);
        let mut at = 0;
        while at < words.len() {
            let lengths = (1..=MAX_WORDS.min(words.len() - at)).rev();
            let found = lengths.into_iter().find_map(|length| {
                let text = &searched[words[at].start..words[at + length - 1].end];
                let known = fields.iter().find(|(_, _, values)| !values.equal_to(text).is_empty());
                known.map(|(kind, field, _)| (*kind, *field, text, length))
            });
            at += found.map_or(1, |(.., length)| length);
            let Some((kind, field, text, _)) = found else { continue };
            let refused =
                query.ignore.iter().any(|it| it.eq_ignore_ascii_case(kind) || it.to_lowercase() == text.to_lowercase());
            if refused || taken.iter().any(|taken| taken.contains(&text.to_lowercase())) {
                continue;
            }
            let expression = format!("{field} = {}", serde_json::Value::from(text));
            if let Some(products) = self.snapshot.allowed(Some(&expression), None)? {
                let shown = UnderstoodPart { boost: Some(expression), ..UnderstoodPart::new(kind, text) };
                parts.push(PartInPlay { shown, raises: vec![(products, VALUE)], ..PartInPlay::default() });
            }
        }
        Ok(())
    }
}

/// The places of a query's words, without punctuation around them.
fn words(searched: &str) -> Vec<Range<usize>> {
    let base = searched.as_ptr() as usize;
    let words = searched.split_whitespace().map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()));
    let place = |word: &str| (word.as_ptr() as usize - base)..(word.as_ptr() as usize - base + word.len());
    words.filter(|word| word.chars().any(char::is_alphabetic)).map(place).take(MAX_LOOKED_UP).collect()
}
