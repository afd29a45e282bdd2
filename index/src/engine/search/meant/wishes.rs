//! Gifts and their occasions, colours and sizes.

use std::sync::Arc;

use super::MeaningReader;
use super::Meant;
use super::part::PartInPlay;
use crate::column::Filter;
use crate::error::Result;
use crate::hit::UnderstoodPart;
use crate::text::meant::{MeantPart, Phrases, WidenedWord};

/// The amount that products are raised by which tags, categories or titles call gifts.
const GIFT: f32 = 0.15;
/// The amount that products are raised by which speak of the occasion.
const OCCASION: f32 = 0.25;
/// The amount that products of a colour are raised by.
const COLOUR: f32 = 0.1;
/// The amount that products of a size are raised by.
const SIZE: f32 = 0.3;
/// Weight of other words for a colour, against the word as typed.
const OTHER_WORDS: f32 = 0.8;

impl MeaningReader<'_> {
    /// A gift: products called gifts are raised.
    pub(super) fn gift(self, part: &MeantPart, text: &str, phrases: &Phrases) -> Result<Option<PartInPlay>> {
        let gifts = self.snapshot.book.gifts(self.snapshot, phrases)?;
        let boost = (gifts.count() > 0).then(|| "gifts".to_owned());
        let shown = UnderstoodPart { boost, ..UnderstoodPart::new("gift", text) };
        Ok(Some(PartInPlay {
            shown,
            hidden: vec![part.range.clone()],
            raises: vec![(gifts, GIFT)],
            ..PartInPlay::default()
        }))
    }

    /// The occasion of a gift: products that speak of it are raised.
    pub(super) fn occasion(
        self,
        part: &MeantPart,
        text: &str,
        name: &str,
        phrases: &Phrases,
    ) -> Result<Option<PartInPlay>> {
        let fitting = self.snapshot.book.occasion(self.snapshot, name, phrases)?;
        let boost = (fitting.count() > 0).then(|| format!("speaks of {}", name.replace('_', " ")));
        let shown = UnderstoodPart { boost, ..UnderstoodPart::new("occasion", text) };
        let raises = vec![(fitting, OCCASION)];
        Ok(Some(PartInPlay { shown, hidden: vec![part.range.clone()], raises, ..PartInPlay::default() }))
    }

    /// Keeps to gifts: for a query that asks for one and has no words besides, gifts and what fits the occasion or the person
    /// match; without any, all products do, the popular first.
    pub(super) fn keep_to_gifts(self, phrases: &Phrases, parts: &mut [PartInPlay]) -> Result<()> {
        let mut kept = (*self.snapshot.book.gifts(self.snapshot, phrases)?).clone();
        let fitting = parts.iter().filter(|part| matches!(part.shown.kind, "occasion" | "person"));
        if kept.count() == 0 && fitting.clone().all(|part| part.shown.kind == "person") {
            return Ok(());
        }
        // Of what is raised for a person the first set is theirs, later ones are for everybody.
        fitting.filter_map(|part| part.raises.first()).for_each(|(products, _)| kept.or(products));
        if kept.count() == 0 {
            return Ok(());
        }
        if let Some(gift) = parts.iter_mut().find(|part| part.shown.kind == "gift") {
            gift.keeps = Some(Arc::new(kept));
            gift.certainty = 1;
        }
        Ok(())
    }

    /// Falls back to gifts alone, for a query whose other words find nothing. False if it asks for no gift.
    pub(in crate::engine::search) fn fall_back_to_gifts(self, meant: &mut Meant, lang: Option<&str>) -> Result<bool> {
        if !meant.has_words || !meant.parts.iter().any(|part| part.shown.kind == "gift") {
            return Ok(false);
        }
        meant.has_words = false;
        self.keep_to_gifts(&self.snapshot.book.phrases(lang), &mut meant.parts)?;
        Ok(true)
    }

    /// A colour: its other words satisfy it too, and products of the colour are raised. `None` for a word that is part of a
    /// name, as in `olive oil`: no product has the colour as a value, and titles have the word beside the same neighbour.
    pub(super) fn colour(
        self,
        part: &MeantPart,
        searched: &str,
        name: &str,
        phrases: &Phrases,
    ) -> Result<Option<PartInPlay>> {
        let text = &searched[part.range.clone()];
        let columns = &self.snapshot.generation.columns;
        let has_value = |field: &String| {
            let values = columns.keyword(field).map(|column| column.view());
            values.is_some_and(|values| phrases.words_for_colour(name).any(|word| !values.equal_to(word).is_empty()))
        };
        if !phrases.fields().colour.iter().any(has_value) {
            let before = searched[..part.range.start].split_whitespace().next_back();
            let after = searched[part.range.end..].split_whitespace().next();
            let pairs = [before.map(|word| format!("{word} {text}")), after.map(|word| format!("{text} {word}"))];
            for pair in pairs.into_iter().flatten() {
                if self.in_titles(&pair, None)? {
                    return Ok(None);
                }
            }
        }
        let coloured = self.snapshot.book.colour(self.snapshot, name, phrases)?;
        if coloured.count() == 0 {
            return Ok(None);
        }
        let words: Vec<String> = phrases.words_for_colour(name).map(str::to_owned).collect();
        let shown = UnderstoodPart { boost: Some(format!("colour {text}")), ..UnderstoodPart::new("colour", text) };
        let widens = WidenedWord { range: part.range.clone(), words, weight: OTHER_WORDS, optional: false };
        Ok(Some(PartInPlay { shown, raises: vec![(coloured, COLOUR)], widens: Some(widens), ..PartInPlay::default() }))
    }

    /// A size after a word for one: products of the size are raised, and its number is no word elsewhere. Where no product
    /// has the size, its number is a word and the word for a size is none, unless a title has both.
    pub(super) fn size(
        self,
        part: &MeantPart,
        text: &str,
        value: &str,
        phrases: &Phrases,
    ) -> Result<Option<PartInPlay>> {
        let columns = &self.snapshot.generation.columns;
        let fields = phrases.fields().size.iter().filter(|field| columns.column(field).is_some());
        let number = value.parse::<f64>().ok();
        let tests = fields.flat_map(|field| {
            let as_number = number.map(|number| format!("{field} = {number}"));
            [Some(format!("{field} = {}", serde_json::Value::from(value))), as_number].into_iter().flatten()
        });
        for expression in tests.filter(|text| Filter::parse(text).is_ok()) {
            let Ok(Some(products)) = self.snapshot.allowed(Some(&expression), None) else { continue };
            if products.count() > 0 {
                let shown = UnderstoodPart { boost: Some(expression), ..UnderstoodPart::new("size", text) };
                let (hidden, raises) = (vec![part.range.clone()], vec![(products, SIZE)]);
                return Ok(Some(PartInPlay { shown, hidden, raises, ..PartInPlay::default() }));
            }
        }
        if self.in_titles(text, None)? {
            return Ok(None);
        }
        let shown = UnderstoodPart { relaxed: true, ..UnderstoodPart::new("size", text) };
        let word = part.range.start..part.range.end - value.len();
        Ok(Some(PartInPlay { shown, hidden: vec![word], ..PartInPlay::default() }))
    }
}
