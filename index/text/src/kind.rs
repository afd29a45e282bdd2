//! Heads: the words that name the kind of a product. The heads of a title are the last words of its segments up to
//! the first function word (`27-inch monitor, black` → `monitor`; `Monitor arm for two screens` → `arm`), in Romance
//! languages the first words; the head of a category is that of its leaf. Index fields hold them, so that the products whose kind a word
//! names are one posting list, and a third what descriptions begin with. The query's head is found by the same rules.

use std::ops::Range;

use super::TextField;
use super::analysis::{Analyzer, Language, PieceKind, Token};
use super::index::{FieldIndex, TextIndex};
use super::meant::{names_colour, names_people, names_purpose};
use super::title_segments::{is_function_word, parts, segments};
use super::understand::{Alternative, QuerySlot, QueryWord};
use crate::bitmap::Bitmap;
use crate::error::{Error, Result};
use crate::id::Ordinal;
use crate::product::{AttributeValue, Product, last_level};

/// The names of the fields of heads: those of titles, of leaf categories, of what descriptions begin with, and the words of
/// what a title says the thing is for. Indexes of earlier releases lack the last two, or all.
pub(super) const HEAD_FIELDS: [&str; 4] = ["title_head", "category_head", "description_head", "title_use"];

/// Attributes whose values may follow the head of a title, in the languages of Snowball's stemmers: colours, sizes,
/// materials and patterns.
#[rustfmt::skip]
const DESCRIBING: [&str; 30] = [
    "color", "colour", "farbe", "couleur", "colore", "cor", "kleur", "farve", "farge", "färg", "väri", "size", "größe", "groesse", "taille",
    "talla", "taglia", "tamanho", "maat", "størrelse", "storlek", "material", "matière", "materiale", "materiaal", "pattern", "muster", "finish", "style", "flavour",
];

/// The products whose kind the query's head names.
#[derive(Debug, Clone)]
pub struct KindSets {
    /// Those whose title has it as its head.
    pub by_title: Bitmap,
    /// Those whose leaf category has it as its head, and whose title does not name it to describe something else.
    pub by_category: Bitmap,
    /// Those whose description begins with it (`Gamepad with haptic feedback`), and whose title does not name it.
    pub by_description: Bitmap,
    /// Those whose title or leaf category has it as its head, whatever else the title says.
    pub either: Bitmap,
    /// Those whose title says that they are for it: `Case for a phone`.
    pub made_for: Bitmap,
    /// Those whose title has it anywhere.
    pub titled: Bitmap,
    /// Those whose title has a synonym of it, but to describe something else.
    pub described: Bitmap,
    /// True if a product is of the kind by its title in the very word that was typed.
    pub typed: bool,
}

/// The kind of a product whose title has a synonym of the query's head, but to describe something else. A word that was
/// typed is forgiven: titles end in many ways, and it cost .006 nDCG@10 on the suite `search/chorus`.
const DESCRIBED: f32 = -1.0;

impl KindSets {
    /// All that are of the kind, by their titles, categories or descriptions.
    pub fn all(&self) -> Bitmap {
        let mut all = self.by_title.clone();
        all.or(&self.by_category);
        all.or(&self.by_description);
        all
    }

    /// 1 for a product of the kind by its title, 0.5 by its category or description only, −1 for one whose title has a synonym of
    /// it to describe something else, 0 for any other.
    pub fn of(&self, ordinal: Ordinal) -> f32 {
        let besides = self.by_category.contains(ordinal) || self.by_description.contains(ordinal);
        match (self.by_title.contains(ordinal), besides) {
            (true, _) => 1.0,
            (false, true) => 0.5,
            (false, false) if self.described.contains(ordinal) => DESCRIBED,
            (false, false) => 0.0,
        }
    }
}

/// The heads of a product.
#[derive(Debug, Default)]
pub(super) struct ProductHeads {
    /// The heads of the title, one a segment.
    pub(super) title: Vec<Token>,
    /// The heads of the leaf categories that have one.
    pub(super) categories: Vec<Token>,
    /// The head of what the description begins with.
    pub(super) description: Vec<Token>,
    /// The words of what the title says the thing is for.
    pub(super) used_for: Vec<Token>,
}

impl ProductHeads {
    /// The heads of a product, by the rules of its language.
    pub(super) fn of(product: &Product, analyzer: &mut Analyzer) -> Self {
        let mut categories: Vec<Token> = Vec::new();
        for path in product.categories.iter().map(String::as_str).chain(other_categories(product)) {
            // A category of several kinds, such as `Printers & ink`, does not say of which kind a product is.
            if let [name] = &segments(analyzer, last_level(path))[..]
                && !last_level(path).contains(['&', ','])
                && !is_for_one_of(analyzer, &product.title, name)
            {
                categories.extend(head(analyzer.language(), name));
            }
        }
        let describing = describing_terms(product, analyzer);
        let language = analyzer.language();
        let titled = segments(analyzer, &product.title);
        let written = |token: &Token| product.title.get(token.range.clone()).unwrap_or_default();
        let is_noun = |token: &Token| written(token).starts_with(char::is_uppercase);
        // What follows the last noun describes it: `Bratpfanne beschichtet`.
        let shows_nouns = language.capitalises_nouns() && titled.iter().flatten().any(is_noun);
        let named = |segment: &Vec<Token>| {
            let names = |token: &Token| {
                !describing.contains(&token.term)
                    && (!shows_nouns || is_noun(token))
                    && !names_people(language, &written(token).to_lowercase())
            };
            let kept = segment.iter().rposition(names).map_or(0, |last| last + 1);
            let segment = &segment[..kept];
            // A colour may be the thing itself, such as `Navel orange`, so the word before it is a head beside it.
            let before = match segment {
                [before @ .., colour] if names_colour(language, &written(colour).to_lowercase()) => before,
                _ => &[],
            };
            [head(language, segment), head(language, before)]
        };
        let plural = titled.first().and_then(|first| plural_head(language, first, &product.title));
        let mut title: Vec<Token> = titled.iter().flat_map(named).flatten().collect();
        let plural = plural.filter(|plural| title.iter().all(|head| head.term != plural.term));
        title.extend(plural);
        let beginning = product.description.split(['.', '!', '?', '\n']).next().unwrap_or_default();
        let description = segments(analyzer, beginning).first().and_then(|segment| head(language, segment));
        let used_for = purpose(analyzer, &product.title);
        Self { title, categories, description: description.into_iter().collect(), used_for }
    }

    /// The heads by the fields they are indexed in.
    pub(super) fn by_field(self) -> [Vec<Token>; HEAD_FIELDS.len()] {
        [self.title, self.categories, self.description, self.used_for]
    }
}

/// The categories that a product has in attributes, such as those of an advertising network.
fn other_categories(product: &Product) -> impl Iterator<Item = &str> {
    let named = product.attributes.iter().filter(|(name, _)| name.to_lowercase().ends_with("category"));
    named.filter_map(|(_, value)| match value {
        AttributeValue::Text(path) => Some(path.as_str()),
        _ => None,
    })
}

/// True for a title that says to be for what a category holds: filter bags for vacuum cleaners.
fn is_for_one_of(analyzer: &mut Analyzer, title: &str, category: &[Token]) -> bool {
    purpose(analyzer, title).iter().any(|token| category.iter().any(|held| held.term == token.term))
}

/// The words of a title after `for` and before a comma, but those that the thing itself is called before it.
fn purpose(analyzer: &mut Analyzer, title: &str) -> Vec<Token> {
    let mut tokens = analyzer.whole(title);
    let language = analyzer.language();
    let Some(at) = tokens.iter().position(|token| names_purpose(language, &token.word)) else { return Vec::new() };
    let after = tokens.split_off(at + 1);
    let mut end = after.first().map_or(0, |token| token.range.start);
    let follows = |token: &Token| {
        let gap = title.get(end..token.range.start).unwrap_or_default();
        end = token.range.end;
        !parts(gap)
    };
    let said = after.into_iter().take_while(follows).filter(|token| matches!(token.kind, PieceKind::Word));
    said.filter(|token| tokens.iter().all(|own| own.term != token.term)).collect()
}

/// The terms that describe a product and do not name its kind: those of its brand and of [`DESCRIBING`] attributes.
fn describing_terms(product: &Product, analyzer: &mut Analyzer) -> Vec<String> {
    let mut terms: Vec<String> = Vec::new();
    let mut add = |text: &str| terms.extend(analyzer.whole(text).into_iter().map(|token| token.term));
    product.brand.as_deref().into_iter().for_each(&mut add);
    for (name, value) in &product.attributes {
        let name = name.to_lowercase();
        if DESCRIBING.iter().any(|describing| name.contains(describing)) {
            value.for_each(&mut |value| {
                if let AttributeValue::Text(text) = value {
                    add(text);
                }
            });
        }
    }
    terms
}

/// The plural noun of an English segment that ends in another word: what describes a noun before it is singular, so in
/// `Potatoes waxy` and `Apples Braeburn` the plural is the head.
fn plural_head(language: Language, segment: &[Token], title: &str) -> Option<Token> {
    let is_plural = |token: &&Token| {
        let written = title.get(token.range.clone()).unwrap_or_default().to_lowercase();
        let ending = token.word.ends_with('s') && !token.word.ends_with("ss") && token.term.len() < token.word.len();
        ending && !written.contains('\'') && !names_people(language, &written)
    };
    let (last, before) = segment.split_last()?;
    if language != Language::En || is_plural(&last) {
        return None;
    }
    before.iter().rev().find(is_plural).cloned()
}

/// The head of a segment.
fn head(language: Language, segment: &[Token]) -> Option<Token> {
    if language.head_first() { segment.first().cloned() } else { segment.last().cloned() }
}

/// The slots of a query that may be its head, likeliest first: the words before `for`, `with` and the like, the last
/// of them first. `slots` are as many as `words` and in their order.
pub(super) fn head_candidates(language: Language, words: &[QueryWord], query: &str) -> Vec<usize> {
    let mut found: Vec<usize> = Vec::new();
    let mut end = 0;
    for (at, word) in words.iter().enumerate() {
        let Range { start, end: word_end } = word.range;
        let gap = query.get(end..start).unwrap_or_default();
        end = word_end;
        if word.excluded {
            continue;
        }
        if !found.is_empty() && (is_function_word(language, &word.token.word) || parts(gap)) {
            break;
        }
        if matches!(word.token.kind, PieceKind::Word | PieceKind::Pair) && !is_function_word(language, &word.token.word)
        {
            found.push(at);
        }
    }
    if !language.head_first() {
        found.reverse();
    }
    found
}

/// The slots of a query that may be what the thing is for, likeliest first: the words after `for`.
pub(super) fn purpose_candidates(language: Language, words: &[QueryWord], query: &str) -> Vec<usize> {
    let preposition = words.iter().position(|word| names_purpose(language, &word.token.word));
    let Some(after) = preposition.filter(|&at| at > 0).map(|at| at + 1) else { return Vec::new() };
    head_candidates(language, &words[after..], query).into_iter().map(|at| at + after).collect()
}

impl TextIndex {
    /// True if a product has the slot as the head of its title or of a leaf category.
    pub(super) fn names_a_kind(&self, slot: &QuerySlot) -> Result<bool> {
        for field in &self.heads {
            for term in head_terms(self.analyzer.language(), slot) {
                if field.term_frequency(term)? > 0 {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// The products whose kind a slot names. A category does not make a product one of its kind if the title names
    /// the kind to describe something else: a monitor arm among the monitors. `live` are the products that there are.
    pub fn kinds(&self, slot: &QuerySlot, live: Option<&Bitmap>) -> Result<KindSets> {
        let with_head = |field: &FieldIndex, slot: &QuerySlot| {
            let mut products = self.with_head(field, slot)?;
            live.into_iter().for_each(|live| products.and(live));
            Ok::<_, Error>(products)
        };
        let [title_heads, category_heads, description_heads, uses] = &self.heads;
        let by_title = with_head(title_heads, slot)?;
        let mut by_category = with_head(category_heads, slot)?;
        let mut by_description = with_head(description_heads, slot)?;
        let mut either = by_category.clone();
        either.or(&by_title);
        let mut made_for = with_head(uses, slot)?;
        made_for.and_not(&by_title);
        let mut titled = Bitmap::new(self.products as usize);
        let mut described = titled.clone();
        if let Some(titles) = self.fields.get(TextField::Title as usize) {
            titled = with_head(titles, slot)?;
            let mut any = titled.clone();
            any.and_not(&by_title);
            by_category.and_not(&any);
            by_description.and_not(&any);
            described = with_head(titles, &part(slot, true))?;
            described.and_not(&with_head(titles, &part(slot, false))?);
            described.and_not(&by_title);
        }
        let typed = with_head(title_heads, &part(slot, false))?.count() > 0;
        Ok(KindSets { by_title, by_category, by_description, either, made_for, titled, described, typed })
    }

    fn with_head(&self, field: &FieldIndex, slot: &QuerySlot) -> Result<Bitmap> {
        let mut products = Bitmap::new(self.products as usize);
        for term in head_terms(self.analyzer.language(), slot) {
            field.add_to(&mut products, &Alternative::term(term.to_owned(), 1.0), None)?;
        }
        Ok(products)
    }
}

/// A slot with those of its alternatives that only mean the same as what was typed, or with the others.
fn part(slot: &QuerySlot, meant: bool) -> QuerySlot {
    let mut part = slot.clone();
    part.alternatives.retain(|one| one.source.is_meant() == meant);
    part
}

/// The head of each alternative of a slot.
fn head_terms(language: Language, slot: &QuerySlot) -> impl Iterator<Item = &str> {
    let words = slot.alternatives.iter().filter(|one| !one.code);
    words
        .filter_map(move |one| if language.head_first() { one.terms.first() } else { one.terms.last() })
        .map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heads(language: Language, title: &str, category: &str) -> (String, Vec<String>) {
        let product = Product {
            title: title.to_owned(),
            brand: Some("Acme".to_owned()),
            categories: vec![category.to_owned()],
            attributes: [("color".to_owned(), AttributeValue::Text("black".to_owned()))].into_iter().collect(),
            ..Product::default()
        };
        let heads = ProductHeads::of(&product, &mut Analyzer::new(language));
        let text = |token: Token| token.word;
        (
            heads.title.into_iter().map(text).collect::<Vec<_>>().join(" "),
            heads.categories.into_iter().map(text).collect(),
        )
    }

    #[test]
    fn the_heads_of_a_title_are_the_last_words_of_its_segments_before_a_function_word() {
        for (title, head) in [
            ("27-inch Full HD monitor", "monitor"),
            ("Monitor arm for two screens", "arm"),
            ("Silicone case for Pomelo Phone 15", "case"),
            ("Acme – rain jacket black", "jacket"),
            ("Acme V Line 243 computer monitor", "line monitor"),
            ("Rain cover for backpacks, 20 l", "cover"),
            ("Boot laces 150 cm", "laces"),
            ("Paint brush, 50 mm", "brush"),
            ("Set of kitchen knives", "set"),
            ("Pomelo Phone 15 128 GB", "phone"),
            ("Headphones DT 770, 250 ohm", "dt headphones ohm"),
            ("Pomelo SSD 870 with case", "ssd pomelo"),
            ("V-neck T-shirt women", "shirt"),
            ("Ankle boots teal", "teal boots"),
            ("Navel orange", "orange navel"),
            ("Tomato & Basil Pasta Sauce", "sauce"),
            ("Rain jacket and trousers", "jacket trousers"),
            ("Wet and dry vacuum cleaner 20 l", "cleaner"),
            ("Potatoes waxy 2 kg", "waxy potatoes"),
            ("Potato crisps salted", "salted crisps"),
            ("Men's shirt", "shirt"),
            ("Salt & pepper", "salt pepper"),
            ("Socks for men", "socks"),
        ] {
            assert_eq!(heads(Language::En, title, "").0, head, "{title}");
        }
        assert_eq!(heads(Language::De, "Staubsaugerbeutel für Handstaubsauger", "").0, "staubsaugerbeutel");
        assert_eq!(heads(Language::Fr, "Lampe de bureau noire", "").0, "lampe");
        assert_eq!(heads(Language::En, "InkTank printer ET-2850", "").0, "printer");
        for (title, head) in [("Bratpfanne beschichtet, 24 cm", "bratpfanne"), ("topfset gross", "gross")] {
            assert_eq!(heads(Language::De, title, "").0, head, "{title}");
        }
    }

    #[test]
    fn a_leaf_category_of_one_kind_has_a_head() {
        assert_eq!(heads(Language::En, "x", "Computers > Flat screen monitors").1, ["monitors"]);
        assert!(heads(Language::En, "x", "Kitchen > Pots & frying pans").1.is_empty());
        assert!(heads(Language::En, "Filter bags for wet and dry vacuum", "Home > Vacuum cleaners").1.is_empty());
        assert_eq!(heads(Language::En, "Tent for two", "Camping > Tents").1, ["tents"]);
    }
}
