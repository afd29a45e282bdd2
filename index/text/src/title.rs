//! The title of a product as rows of recommendations read it: the heads that name its kind, its words, and what it
//! says it is made for. `Ink cartridge for Acme Printer 3` has the head `cartridge` and is made for `acme`, `printer`
//! and the model `printer 3`, so it fits no `Acme Printer 4`.
//!
//! A model is a word directly before a number without a unit (`printer 3`), or letters and digits in one run
//! (`dcs55`). What follows a word such as `for` is what a product is made for; models count wherever they stand.

use super::analysis::{Analyzer, PieceKind, Token};
use super::kind::ProductHeads;
use crate::product::{AttributeValue, Product};

/// The words after which a title names what the product is made for, in the languages of Snowball's stemmers.
const MADE_FOR: [&str; 20] = [
    "for",
    "fits",
    "compatible",
    "fur",
    "passend",
    "kompatibel",
    "pour",
    "compatibles",
    "para",
    "per",
    "compatibile",
    "compativel",
    "voor",
    "geschikt",
    "til",
    "till",
    "passer",
    "passar",
    "sopii",
    "pentru",
];

/// Parts of the names of attributes that list what a product is made for.
const MADE_FOR_ATTRIBUTES: [&str; 5] = ["compatib", "kompatib", "fits", "passend", "suitable_for"];

/// The words of a product's title by their role.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TitleWords {
    /// The terms that name its kind.
    pub heads: Vec<String>,
    /// All its terms and models.
    pub names: Vec<String>,
    /// The terms and models that it says it is made for.
    pub made_for: Vec<String>,
    /// The terms after a word such as `for`.
    pub purposes: Vec<String>,
}

impl TitleWords {
    /// The words of a product's title, by the rules of the analyser's language.
    pub fn of(product: &Product, analyzer: &mut Analyzer) -> Self {
        let heads = ProductHeads::of(product, analyzer).title.into_iter().map(|token| token.term).collect();
        let mut words = Self { heads, ..Self::default() };
        let tokens = analyzer.whole(&product.title);
        let made_for = tokens.iter().position(|token| MADE_FOR.contains(&token.word.as_str()));
        let models = models(&tokens);
        words.names.extend(tokens.iter().filter(|token| is_name(token)).map(|token| token.term.clone()));
        words.names.extend(models.iter().cloned());
        words.made_for.extend(models);
        let after = made_for.map_or(&[][..], |at| &tokens[at + 1..]);
        words.purposes.extend(after.iter().filter(|token| is_name(token)).map(|token| token.term.clone()));
        words.made_for.extend(words.purposes.iter().cloned());
        for (name, value) in &product.attributes {
            let name = name.to_lowercase();
            if MADE_FOR_ATTRIBUTES.iter().any(|part| name.contains(part)) {
                value.for_each(&mut |value| {
                    if let AttributeValue::Text(text) = value {
                        let tokens = analyzer.whole(text);
                        words.made_for.extend(tokens.iter().filter(|one| is_name(one)).map(|one| one.term.clone()));
                        words.made_for.extend(self::models(&tokens));
                    }
                });
            }
        }
        for list in [&mut words.heads, &mut words.names, &mut words.made_for] {
            list.sort_unstable();
            list.dedup();
        }
        words
    }
}

/// True for a word that can name a product: no number, unit or function word of one or two letters.
fn is_name(token: &Token) -> bool {
    matches!(token.kind, PieceKind::Word | PieceKind::Pair | PieceKind::Mixed) && token.word.chars().count() > 2
}

/// The models that a title names.
fn models(tokens: &[Token]) -> Vec<String> {
    let mut models = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let unit_follows = tokens.get(at + 1).is_some_and(|next| next.kind == PieceKind::Unit);
        let before = at.checked_sub(1).map(|before| &tokens[before]);
        match token.kind {
            PieceKind::Mixed => models.push(format!("{} ", token.term)),
            PieceKind::Number if !unit_follows => {
                models.extend(
                    before
                        .filter(|word| word.kind == PieceKind::Word && is_name(word))
                        .map(|word| format!("{} {}", word.term, token.term)),
                );
            }
            _ => {}
        }
    }
    models
}

#[cfg(test)]
mod tests {
    use super::super::analysis::Language;
    use super::*;

    fn words(title: &str) -> TitleWords {
        let product = Product { title: title.to_owned(), ..Product::default() };
        TitleWords::of(&product, &mut Analyzer::new(Language::En))
    }

    #[test]
    fn a_model_is_a_word_with_a_number_and_a_size_is_none() {
        let ink = words("Ink cartridge for Acme Printer 3");
        assert_eq!(ink.heads, ["cartridg"]);
        assert_eq!(ink.made_for, ["acm", "printer", "printer 3"]);
        assert!(words("Acme Printer 3").names.contains(&"printer 3".to_owned()));
        assert!(words("Rain cover for backpacks, 20 l").made_for.iter().all(|word| !word.contains(' ')));
        assert_eq!(words("Carrots, 1 kg").made_for, [] as [&str; 0]);
        assert_eq!(words("Battery DCS55").made_for, ["dcs55 "]);
    }
}
