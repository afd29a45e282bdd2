//! Queries that name a category: all their words are those of its name, or of the end or the whole of its path. Its
//! products are what was asked for, however their titles put it. A name alone may also be a word for things that the
//! shop files elsewhere, so the category must hold most of the products whose titles have the words; otherwise the
//! search is an ordinary one.

use rustc_hash::FxHashMap;

use super::matching::MatchSet;
use super::ranked::{Scored, bring_forward};
use super::retrieve::Remainder;
use crate::bitmap::Bitmap;
use crate::column::CATEGORY;
use crate::engine::Snapshot;
use crate::error::Result;
use crate::id::Ordinal;
use crate::rank::signal::{Group, Scales, named_value};
use crate::rank::{Boosts, Bury, Candidate};
use crate::text::{KindSets, MatchLevel, TextSettings, Understood};

/// The least share of the products whose titles have the words that the category must hold.
const LEAST_SHARE: f32 = 0.6;

/// The least share of a category that must be of the kind that its name names, if any of it is.
const LEAST_OF_KIND: f32 = 0.5;

/// The category that a query names.
pub(super) struct NamedCategory {
    /// Its products, those of the request's filters only.
    pub(super) products: Bitmap,
    /// The paths of the categories of that name.
    pub(super) paths: Vec<String>,
    /// True if nothing else matches: the query spells several levels of the path, and no title elsewhere has the words.
    pub(super) alone: bool,
}

impl NamedCategory {
    /// The same category, its products narrowed to those of the kind that the query names, if it has any: shoe wax among
    /// the shoes is no shoe. `None` where most of the category is of other kinds: coffee machines are no coffee, so the
    /// name is a word like any other.
    pub(super) fn of_kind(mut self, kinds: Option<&KindSets>) -> Option<Self> {
        let Some(kinds) = kinds.filter(|_| !self.alone) else { return Some(self) };
        match kinds.either.count_and(&self.products) {
            0 => Some(self),
            of_kind if (of_kind as f32) < LEAST_OF_KIND * self.products.count() as f32 => None,
            _ => {
                self.products.and(&kinds.either);
                Some(self)
            }
        }
    }
}

/// Finds the categories that queries name.
#[derive(Clone, Copy)]
pub(super) struct CategoryReader<'a> {
    pub(super) snapshot: &'a Snapshot,
}

impl CategoryReader<'_> {
    /// The category that the query names, narrowed to the kind that it names.
    pub(super) fn named_of_kind(
        self,
        understood: &Understood,
        kinds: Option<&KindSets>,
        allowed: Option<&Bitmap>,
    ) -> Result<Option<NamedCategory>> {
        Ok(self.named_category(understood, allowed)?.and_then(|named| named.of_kind(kinds)))
    }

    /// The category that the query names; of several with the same name, all of them together, or those of which it
    /// spells the most.
    pub(super) fn named_category(
        self,
        understood: &Understood,
        allowed: Option<&Bitmap>,
    ) -> Result<Option<NamedCategory>> {
        let generation = &self.snapshot.generation;
        let is_plain = understood.excluded.is_empty() && !understood.slots.iter().any(|slot| slot.quoted);
        if self.snapshot.settings.rank.named == 0.0 || !is_plain || understood.part_number {
            return Ok(None);
        }
        let names = &self.snapshot.derived.category_names;
        let named = names.named(&understood.wanted, &mut generation.text.analyzer());
        let Some(column) = generation.columns.keyword(CATEGORY).map(|column| column.view()) else { return Ok(None) };
        let Some(levels) = named.iter().map(|name| name.levels).max() else { return Ok(None) };
        // The longer part of a path is the more specific name.
        let paths = named.iter().filter(|name| name.levels == levels);
        let members = paths.clone().flat_map(|name| column.products_of(column.equal_to(&name.path)).iter().copied());
        let mut products = Bitmap::from_ordinals(generation.products.len(), members);
        allowed.into_iter().for_each(|allowed| products.and(allowed));
        if products.is_empty() || products.count() == 0 {
            return Ok(None);
        }
        let titled = self.titled(understood, allowed)?;
        let inside = titled.count_and(&products);
        let outside = titled.count() - inside;
        // Several levels of a path are hardly anything but the category; one name may be a common word.
        let is_meant = match levels {
            1 => inside as f32 >= LEAST_SHARE * (inside + outside) as f32,
            _ => outside as f32 <= (1.0 - LEAST_SHARE) * products.count() as f32,
        };
        let paths = paths.map(|name| name.path.clone()).collect();
        Ok(is_meant.then_some(NamedCategory { products, paths, alone: outside == 0 && levels > 1 }))
    }

    /// The products whose titles have all words.
    fn titled(self, understood: &Understood, allowed: Option<&Bitmap>) -> Result<Bitmap> {
        let (text, settings) = (&self.snapshot.generation.text, &self.snapshot.settings.text);
        let settings = TextSettings {
            title: 1.0,
            brand: 0.0,
            category: 0.0,
            description: 0.0,
            attributes: 0.0,
            code: 0.0,
            relaxed_share: 1.0,
            ..settings.clone()
        };
        let found = text.matches(understood, &settings, allowed)?;
        Ok(match found.level {
            MatchLevel::AllWords => found.products,
            _ => Bitmap::new(self.snapshot.generation.products.len()),
        })
    }

    /// The window of a query that names a category: its most popular products, those that the shopper's history leads
    /// to, and what else matches best by words or by vector.
    pub(super) fn window_of_named(
        self,
        matches: &mut MatchSet,
        scales: Scales,
        boosts: &Boosts,
        follows: &FxHashMap<Ordinal, f32>,
        bury: Option<&Bury>,
    ) -> (Vec<Candidate>, Remainder) {
        let (settings, popularity) = (&self.snapshot.settings.rank, &self.snapshot.derived.popularity);
        let MatchSet { set, by_words, by_vector, best_text, named, .. } = matches;
        let named = named.as_ref().map(|named| &named.products);
        by_words.retain(|scored| set.contains(scored.ordinal));
        let found = Bitmap::from_ordinals(set.len(), by_words.iter().map(|scored| scored.ordinal));
        let unnamed = named.into_iter().flat_map(Bitmap::iter);
        let unnamed = unnamed.filter(|&ordinal| set.contains(ordinal) && !found.contains(ordinal));
        by_words.extend(unnamed.map(|ordinal| Scored { key: 0.0, ordinal, text: 0.0, held: 1.0, place: 0 }));
        let words = if *best_text > 0.0 { scales.of(Group::Words) / *best_text } else { 0.0 };
        for scored in by_words.iter_mut() {
            let score = words * scored.text + settings.named * named_value(named, popularity, scored.ordinal);
            let lowered = bury.is_some_and(|bury| bury.lowers(scored.ordinal, scored.held));
            let loss = if lowered { scales.of(Group::Availability) * settings.sold_out } else { 0.0 };
            scored.key = boosts.weighed(scored.ordinal, score) - loss;
        }
        bring_forward(by_words, settings.window);
        let mut rest = by_words.split_off(by_words.len().min(settings.window));
        by_words.extend(rest.extract_if(.., |scored| follows.contains_key(&scored.ordinal)));
        let candidate =
            |&Scored { ordinal, text, held, .. }: &Scored| Candidate { ordinal, text, held, ..Candidate::default() };
        let is_new = |ordinal: &Ordinal| set.contains(*ordinal) && named.is_none_or(|named| !named.contains(*ordinal));
        let by_vector = by_vector.iter().map(|&(ordinal, _)| ordinal).filter(is_new);
        let by_vector = by_vector.map(|ordinal| Candidate { ordinal, ..Candidate::default() });
        (by_words.iter().map(candidate).chain(by_vector).collect(), Remainder::Scored(rest))
    }
}

#[cfg(test)]
mod tests {
    use crate::engine::{Engine, EngineSettings, RequestContext, testing};
    use crate::product::Product;
    use crate::query::SearchQuery;

    type Done<T = ()> = Result<T, Box<dyn std::error::Error>>;

    /// Lamps that are filed as lamps but for one; of ten gloves that say so most are filed elsewhere.
    fn shop() -> Done<Engine> {
        let of = |id: String, title: &str, category: &str| Product {
            id,
            title: title.into(),
            categories: vec![category.into()],
            ..Product::default()
        };
        let mut products = vec![
            of("desk".into(), "Desk lamp with clamp", "Home > Lamps"),
            of("floor".into(), "Floor lamp", "Home > Lamps"),
            of("sconce".into(), "Brass sconce", "Home > Lamps"),
            of("oil".into(), "Oil for a lamp", "Garden > Fuel"),
            of("glove".into(), "Silk glove", "Clothes > Gloves"),
        ];
        products.extend((0..9).map(|n| of(format!("knit{n}"), "Knitted glove", "Clothes > Winter")));
        testing::engine(&products, EngineSettings::default())
    }

    fn found(engine: &Engine, query: &str) -> Done<Vec<String>> {
        let query = SearchQuery { query: query.into(), per_page: 20, ..SearchQuery::default() };
        let answer = engine.search(&query, &RequestContext::default())?;
        Ok(answer.hits.into_iter().map(|hit| hit.id).collect())
    }

    #[test]
    fn a_path_is_its_category_and_a_name_puts_its_category_first() -> Done {
        let engine = shop()?;
        let mut path = found(&engine, "home lamps")?;
        path.sort();
        assert_eq!(path, ["desk", "floor", "sconce"]);
        let name = found(&engine, "lamp")?;
        assert_eq!(name.iter().position(|id| id == "oil"), Some(3), "{name:?}");
        assert_eq!(name[2], "sconce", "without events the text still orders: {name:?}");
        Ok(())
    }

    #[test]
    fn a_name_that_is_a_word_for_things_elsewhere_is_an_ordinary_search() -> Done {
        let hits = found(&shop()?, "gloves")?;
        assert!(hits.len() >= 10 && hits.contains(&"knit0".to_owned()), "{hits:?}");
        let mut off = EngineSettings::default();
        off.rank.named = 0.0;
        assert_eq!(hits, found(&shop()?.with_settings(off)?, "gloves")?, "as if no category had the name");
        Ok(())
    }
}
