//! The parts of a query that are more than words, put into play over one snapshot: certain ones narrow the products
//! that may match, likely ones raise products, and the least certain is given up before a page would be empty.

mod audience;
mod book;
mod part;
mod people;
mod price;
mod values;
mod wishes;

use std::sync::Arc;

pub(in crate::engine) use self::audience::Audiences;
pub(in crate::engine) use self::book::{PhraseBook, TellingLeaves};
use self::part::PartInPlay;
use crate::bitmap::Bitmap;
use crate::engine::Snapshot;
use crate::error::Result;
use crate::hit::UnderstoodPart;
use crate::id::Ordinal;
use crate::query::SearchQuery;
use crate::text::TextField;
use crate::text::meant::{Meaning, MeantExclusion, MeantPart, Phrases, Reading};

/// The amount that a product sold as free of something unwanted is raised by.
const FREE_OF: f32 = 0.5;

/// A query's parts in play.
#[derive(Debug, Clone, Default)]
pub(super) struct Meant {
    parts: Vec<PartInPlay>,
    /// True if words to search for remain besides the parts.
    pub(super) has_words: bool,
    /// The words of parts that say nothing yet, since the shopper is still typing them.
    pending: Vec<std::ops::Range<usize>>,
    /// The products sold as free of what is unwanted, once the query is understood.
    free_of: Option<Arc<Bitmap>>,
    /// The rank of each product by a low price in its category, 0 to 1; present where a part asks for low prices.
    cheapness: Option<Arc<[f32]>>,
}

impl Meant {
    /// The reading of the query that the understand step follows.
    pub(super) fn reading(&self) -> Reading {
        let mut reading = Reading { hidden: self.pending.clone(), ..Reading::default() };
        self.parts.iter().for_each(|part| part.read(&mut reading));
        reading
    }

    /// Of the allowed products, those that the parts leave; `None` if all are allowed and all are left.
    pub(super) fn narrowed(&self, allowed: Option<&Bitmap>, products: usize) -> Option<Bitmap> {
        let mut left: Option<Bitmap> = None;
        for part in self.parts.iter().filter(|part| !part.shown.relaxed) {
            let all = || allowed.cloned().unwrap_or_else(|| Bitmap::full(products));
            if let Some(keeps) = &part.keeps {
                left.get_or_insert_with(all).and(keeps);
            }
            if let Some(drops) = &part.drops {
                left.get_or_insert_with(all).and_not(drops);
            }
        }
        left
    }

    /// True if a part keeps to a range of prices, or to what is reduced.
    pub(super) fn limits_price(&self) -> bool {
        let limits = |part: &&PartInPlay| part.keeps.is_some() && matches!(part.shown.kind, "price" | "reduced");
        self.parts.iter().filter(limits).any(|part| !part.shown.relaxed)
    }

    /// The text of the part that leaves a product out.
    pub(super) fn leaves_out(&self, ordinal: Ordinal) -> Option<&str> {
        let part = self.parts.iter().filter(|part| !part.shown.relaxed).find(|part| {
            part.keeps.as_ref().is_some_and(|keeps| !keeps.contains(ordinal))
                || part.drops.as_ref().is_some_and(|drops| drops.contains(ordinal))
        });
        part.map(|part| &*part.shown.text)
    }

    /// Gives up the least certain part that narrows the search; false if none is left.
    pub(super) fn relax(&mut self) -> bool {
        let narrowing = self.parts.iter_mut().filter(|part| !part.shown.relaxed && part.narrows());
        let least = narrowing.min_by_key(|part| part.certainty);
        least.map(|part| part.shown.relaxed = true).is_some()
    }

    /// The order that is asked for: the request's, else that of a part.
    pub(super) fn asked_order<'a>(&'a self, query: &'a SearchQuery) -> Option<&'a str> {
        query.sort.as_deref().or_else(|| self.parts.iter().find_map(|part| part.shown.sort.as_deref()))
    }

    /// True if no part raises any product.
    pub(super) fn raises_none(&self) -> bool {
        self.free_of.is_none() && self.parts.iter().all(|part| part.raises.is_empty() && part.low_price == 0.0)
    }

    /// The amount that the parts raise a product by, 0 without a reason. `words` is the share that its words have of the
    /// best product's score: a low price counts for what is asked for, not for whatever is like it.
    pub(super) fn raise(&self, ordinal: Ordinal, words: f32) -> f32 {
        let asked_for = if self.has_words { (2.0 * words).min(1.0) } else { 1.0 };
        let free_of = self.free_of.as_ref().is_some_and(|free_of| free_of.contains(ordinal));
        let cheapness = self.cheapness.as_ref().and_then(|all| all.get(ordinal.index())).copied().unwrap_or(0.0);
        let parts = self.parts.iter().map(|part| part.raise(ordinal, cheapness * asked_for));
        parts.sum::<f32>() + if free_of { FREE_OF } else { 0.0 }
    }

    /// Takes note of the products sold as free of what is unwanted.
    pub(super) fn set_free_of(&mut self, products: Option<Bitmap>) {
        self.free_of = products.filter(|products| products.count() > 0).map(Arc::new);
    }

    /// The parts as answers list them.
    pub(super) fn shown(&self) -> Vec<UnderstoodPart> {
        self.parts.iter().map(|part| part.shown.clone()).collect()
    }
}

/// Reads the parts of a query that are more than words, and turns them into sets of one snapshot's products.
#[derive(Clone, Copy)]
pub(super) struct MeaningReader<'a> {
    pub(super) snapshot: &'a Snapshot,
}

impl MeaningReader<'_> {
    /// The parts of a query that this shop can serve. None where the query is one exact title or code.
    pub(super) fn meant(self, query: &SearchQuery, searched: &str) -> Result<Meant> {
        let snapshot = self.snapshot;
        let lang = query.lang.as_deref();
        let phrases = snapshot.book.phrases(lang);
        if !snapshot.settings.meant.parts || searched.trim().is_empty() {
            return Ok(Meant { has_words: !searched.trim().is_empty(), ..Meant::default() });
        }
        let currency = self.currency();
        let read = phrases.read(searched, currency.as_deref());
        let mut meant = Meant::default();
        let named = !read.is_empty() && self.names_one_product(searched, lang)?;
        let mut gift = false;
        for part in read.into_iter().filter(|part| !named && !ignores(query, part, &searched[part.range.clone()])) {
            if query.typing && is_unfinished(&part, searched) {
                meant.pending.push(part.range);
                continue;
            }
            gift |= part.meaning == Meaning::Gift;
            meant.parts.extend(self.put_into_play(&part, searched, lang, &phrases)?);
        }
        if !named {
            self.add_values(query, searched, &phrases, &mut meant.parts)?;
        }
        meant.has_words = self.has_words(searched, lang, &meant.reading());
        if !meant.has_words {
            self.keep_to_free_of(&mut meant.parts, lang)?;
            meant.has_words = meant.parts.is_empty();
            if gift {
                self.keep_to_gifts(&phrases, &mut meant.parts)?;
            }
        }
        if meant.parts.iter().any(|part| part.low_price > 0.0) {
            meant.cheapness = Some(snapshot.book.cheapness(snapshot));
        }
        Ok(meant)
    }

    /// Keeps to products sold as free of something unwanted, for a query that has no other words; where none is, to those
    /// that do not say to have it. What no product has excludes nothing.
    fn keep_to_free_of(self, parts: &mut Vec<PartInPlay>, lang: Option<&str>) -> Result<()> {
        let text = &self.snapshot.generation.text;
        for part in parts.iter_mut() {
            let (Some(unwanted), Some(thing)) = (part.excludes.take(), part.shown.excluded.clone()) else { continue };
            let said = unwanted.free_of.iter().map(String::as_str);
            let free = text.holding(said, &book::EVERYWHERE, None)?;
            let having = text.holding([thing.as_str()], &book::SAID, lang)?;
            if free.count() > 0 {
                part.keeps = Some(Arc::new(free));
                part.certainty = 1;
            } else if having.count() > 0 {
                part.drops = Some(Arc::new(having));
            } else {
                part.shown.excluded = None;
            }
        }
        parts.retain(|part| part.shown.kind != "without" || part.shown.excluded.is_some());
        Ok(())
    }

    fn put_into_play(
        self,
        part: &MeantPart,
        searched: &str,
        lang: Option<&str>,
        phrases: &Phrases,
    ) -> Result<Option<PartInPlay>> {
        let text = &searched[part.range.clone()];
        match &part.meaning {
            Meaning::Price { .. } => self.price(part, text, lang),
            Meaning::PriceWish(wish) => self.price_wish(part, text, *wish, lang),
            Meaning::Without { first, whole, quality } => {
                let several = whole != first && self.in_titles(&searched[whole.clone()], lang)?;
                let range = if several { whole.clone() } else { first.clone() };
                let all = part.range.start..range.end;
                if *quality && self.in_titles(&searched[all.clone()], lang)? {
                    return Ok(None);
                }
                let thing = searched[range.clone()].trim_matches('"').to_owned();
                let free_of = phrases.free_of(&thing);
                let shown =
                    UnderstoodPart { excluded: Some(thing), ..UnderstoodPart::new("without", &searched[all.clone()]) };
                let excludes = Some(MeantExclusion { range, free_of });
                Ok(Some(PartInPlay { shown, hidden: vec![all], excludes, certainty: 4, ..PartInPlay::default() }))
            }
            Meaning::Person(person, is_word) => self.person(part, text, *person, *is_word, phrases),
            Meaning::Gift => self.gift(part, text, phrases),
            Meaning::Occasion(name) => self.occasion(part, text, name, phrases),
            Meaning::Colour(name) => self.colour(part, searched, name, phrases),
            Meaning::Size(value) => self.size(part, text, &searched[value.clone()], phrases),
            Meaning::Either(left, right) => Ok(Some(PartInPlay {
                shown: UnderstoodPart::new("either", text),
                hidden: vec![part.range.clone()],
                either: Some((left.clone(), right.clone())),
                ..PartInPlay::default()
            })),
            Meaning::Both => Ok(Some(PartInPlay {
                shown: UnderstoodPart::new("both", text),
                hidden: vec![part.range.clone()],
                ..PartInPlay::default()
            })),
        }
    }

    /// True if a text stands in a title as it is.
    fn in_titles(self, text: &str, lang: Option<&str>) -> Result<bool> {
        Ok(self.snapshot.generation.text.holding([text], &[TextField::Title], lang)?.count() > 0)
    }

    /// True if a query is the title of a product, or one code.
    fn names_one_product(self, searched: &str, lang: Option<&str>) -> Result<bool> {
        let generation = &self.snapshot.generation;
        let text = &generation.text;
        if !searched.trim().contains(char::is_whitespace) && text.is_code(searched)? {
            return Ok(true);
        }
        let mut analyzer = text.analyzer_of(lang);
        let mut terms = |text: &str| analyzer.whole(text).into_iter().map(|token| token.term).collect::<Vec<_>>();
        let typed = terms(searched);
        if typed.len() < 2 {
            return Ok(false);
        }
        let candidates = text.holding([searched], &[TextField::Title], lang)?;
        let titles = candidates.iter().filter_map(|ordinal| generation.products.product(ordinal));
        Ok(titles.take(MAX_TITLES).any(|product| terms(&product.title) == typed))
    }

    /// True if words remain that a product should have, besides the parts.
    fn has_words(self, searched: &str, lang: Option<&str>, reading: &Reading) -> bool {
        let mut analyzer = self.snapshot.generation.text.analyzer_of(lang);
        let tokens = analyzer.whole(searched);
        if !reading.leaves_out() {
            return true;
        }
        let language = analyzer.language();
        tokens.into_iter().any(|token| {
            let start = token.range.start;
            // The lists of stop words keep their accents, as in `für`.
            let typed = searched[token.range.clone()].to_lowercase();
            let stops = language.is_stop_word(&token.word) || language.is_stop_word(&typed);
            !reading.hides(start) && reading.exclusion(start).is_none() && !stops
        })
    }
}

/// The most titles that a query is compared with.
const MAX_TITLES: usize = 50;

/// True if the request refuses a part, by its kind or by its text.
fn ignores(query: &SearchQuery, part: &MeantPart, text: &str) -> bool {
    query.ignore.iter().any(|refused| {
        refused.eq_ignore_ascii_case(part::kind(&part.meaning))
            || refused.trim().to_lowercase() == text.trim().to_lowercase()
    })
}

/// True for a part at the end of a query that is still being typed and may mean something else when it is finished.
fn is_unfinished(part: &MeantPart, searched: &str) -> bool {
    part.range.end == searched.len() && matches!(part.meaning, Meaning::Price { .. } | Meaning::Without { .. })
}

#[cfg(test)]
mod tests;
