//! The words of rows: their headings and reasons, by language. English and German ship as tables; a merchant changes
//! single texts or adds a language under `search.texts`. A text names the fields of its reason in braces.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use serde::Deserialize;

use super::RowBasis;
use crate::error::{Error, Result};
use crate::placement::PlacementKind;

/// The tables that ship, by language code.
const SHIPPED: [(&str, &str); 2] =
    [("en", include_str!("../../assets/rows/en.toml")), ("de", include_str!("../../assets/rows/de.toml"))];
/// The most characters of a text.
const MAX_CHARS: usize = 300;

/// A merchant's texts: sections by language code, texts by key.
pub type OwnTexts = BTreeMap<String, BTreeMap<String, BTreeMap<String, String>>>;

static TABLES: LazyLock<BTreeMap<&str, Arc<RowTexts>>> = LazyLock::new(|| {
    let read = |(code, toml): (&'static str, &str)| Some((code, Arc::new(toml::from_str(toml).ok()?)));
    SHIPPED.into_iter().filter_map(read).collect()
});

/// The texts of one language.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct RowTexts {
    /// The sign before the decimals of a number.
    decimal: String,
    #[serde(flatten)]
    sections: BTreeMap<String, BTreeMap<String, String>>,
}

impl RowTexts {
    /// The texts in English.
    pub fn english() -> Arc<Self> {
        TABLES.get("en").cloned().unwrap_or_default()
    }

    /// The heading of a row.
    pub fn title(&self, kind: PlacementKind, basis: RowBasis) -> &str {
        self.of_basis("title", kind, basis)
    }

    /// The reason of a row about products with these names.
    pub fn because(&self, kind: PlacementKind, basis: RowBasis, names: &str) -> String {
        self.filled(self.of_basis("because", kind, basis), &[("names", names.to_owned())])
    }

    /// A text by its section and key, with the values of its fields.
    pub fn text(&self, section: &str, key: &str, fields: &[(&str, String)]) -> String {
        self.filled(self.get(section, key).unwrap_or(key), fields)
    }

    fn of_basis(&self, section: &str, kind: PlacementKind, basis: RowBasis) -> &str {
        let exact = format!("{}.{}", kind.name(), basis.name());
        self.get(section, &exact).or_else(|| self.get(section, kind.name())).unwrap_or(kind.name())
    }

    fn get(&self, section: &str, key: &str) -> Option<&str> {
        self.sections.get(section)?.get(key).map(String::as_str)
    }

    /// The text with its fields; a number with decimals is written as the language does.
    fn filled(&self, text: &str, fields: &[(&str, String)]) -> String {
        let mut out = String::with_capacity(text.len() + 32);
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let Some((name, next)) = after.split_once('}') else { break };
            out.push_str(before);
            if let Some((_, value)) = fields.iter().find(|(field, _)| *field == name) {
                match value.parse::<f64>() {
                    Ok(_) => out.push_str(&value.replace('.', &self.decimal)),
                    Err(_) => out.push_str(value),
                }
            }
            rest = next;
        }
        out + rest
    }
}

/// The texts of a shop in every language that there are some in.
#[derive(Debug, Clone, PartialEq)]
pub struct ShopTexts {
    languages: BTreeMap<String, Arc<RowTexts>>,
}

impl ShopTexts {
    /// The texts that ship, with a merchant's own in their place.
    pub fn new(own: &OwnTexts) -> Self {
        let mut languages: BTreeMap<String, Arc<RowTexts>> =
            TABLES.iter().map(|(code, table)| ((*code).to_owned(), Arc::clone(table))).collect();
        for (code, sections) in own {
            // A language that does not ship says in English what the merchant left out.
            let mut table = RowTexts::clone(languages.get(code).unwrap_or(&RowTexts::english()));
            for (section, texts) in sections {
                table.sections.entry(section.clone()).or_default().extend(texts.clone());
            }
            languages.insert(code.clone(), table.into());
        }
        Self { languages }
    }

    /// The texts of a language, given as `de` or `de-AT`; those of the shop's language or in English if there are none.
    pub fn of(&self, lang: Option<&str>, shop: &str) -> Arc<RowTexts> {
        let code = |lang: &str| lang.split(['-', '_']).next().unwrap_or_default().to_lowercase();
        let known = |lang: &str| self.languages.get(&code(lang)).cloned();
        lang.and_then(known).or_else(|| known(shop)).unwrap_or_else(RowTexts::english)
    }
}

/// Checks a merchant's texts.
///
/// # Errors
/// The first key that no text has, text that is too long, or field in braces that no reason has.
pub fn check(own: &OwnTexts) -> Result<()> {
    let english = RowTexts::english();
    let wrong = |at: String, message: String| Err(Error::invalid(format!("texts.{at}"), message));
    for (lang, sections) in own {
        for (section, texts) in sections {
            let Some(known) = english.sections.get(section) else {
                let sections: Vec<&str> = english.sections.keys().map(String::as_str).collect();
                return wrong(format!("{lang}.{section}"), format!("is none of {}", sections.join(", ")));
            };
            for (key, text) in texts {
                let at = format!("{lang}.{section}.{key}");
                if !known.contains_key(key) {
                    let keys: Vec<&str> = known.keys().map(String::as_str).collect();
                    return wrong(at, format!("is no text; there are {}", keys.join(", ")));
                }
                if text.chars().count() > MAX_CHARS {
                    return wrong(at, format!("has more than {MAX_CHARS} characters"));
                }
                if let Some(field) = fields(text).find(|field| !english.has_field(section, field)) {
                    return wrong(at, format!("has `{{{field}}}`, which no text of this section has"));
                }
            }
        }
    }
    Ok(())
}

impl RowTexts {
    fn has_field(&self, section: &str, field: &str) -> bool {
        let texts = self.sections.get(section).into_iter().flat_map(BTreeMap::values);
        texts.flat_map(|text| fields(text)).any(|known| known == field)
    }
}

/// The names in braces.
fn fields(text: &str) -> impl Iterator<Item = &str> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recommend::Description;

    #[test]
    fn every_language_has_every_text_with_the_same_fields() {
        let english = RowTexts::english();
        assert_eq!(TABLES.len(), SHIPPED.len());
        for (code, table) in &*TABLES {
            for (section, texts) in &english.sections {
                let other = &table.sections[section];
                assert_eq!(texts.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>(), "{code} {section}");
                for (key, text) in texts {
                    let sorted = |text: &str| {
                        let mut names: Vec<String> = fields(text).map(str::to_owned).collect();
                        names.sort_unstable();
                        names
                    };
                    assert_eq!(sorted(text), sorted(&other[key]), "{code} {section} {key}");
                }
            }
        }
        for kind in PlacementKind::ALL {
            let basis = (Description::of(kind).basis)(&crate::recommend::RowInput { seeds: 1, visit: 1, history: 1 });
            assert_ne!(english.title(kind, basis), kind.name(), "{kind:?} has no title");
        }
    }

    #[test]
    fn a_merchant_changes_single_texts_and_adds_languages() -> Result<()> {
        let own: OwnTexts =
            toml::from_str("[de.title]\nsimilar = \"Auch schön\"\n[fr.title]\nsimilar = \"Articles similaires\"\n")
                .map_err(|error| Error::Refused(error.to_string()))?;
        check(&own)?;
        let texts = ShopTexts::new(&own);
        let title =
            |lang: &str| texts.of(Some(lang), "en").title(PlacementKind::Similar, RowBasis::Products).to_owned();
        assert_eq!(
            [title("de-AT"), title("fr"), title("en"), title("ja")],
            ["Auch schön", "Articles similaires", "Similar products", "Similar products"]
        );
        let wrong = |toml: &str| toml::from_str(toml).is_ok_and(|own| check(&own).is_err());
        assert!(wrong("[de.title]\nsimiliar = \"x\"") && wrong("[de.titel]\nsimilar = \"x\""));
        assert!(wrong("[de.because]\nsimilar = \"{nmaes}\"") && !wrong("[de.because]\nsimilar = \"wie {names}\""));
        Ok(())
    }

    #[test]
    fn numbers_are_written_as_the_language_does() -> Result<(), toml::de::Error> {
        let fields = [("together", "12".to_owned()), ("product", "Tee 2.0".to_owned()), ("lift", "3.5".to_owned())];
        let own = toml::from_str("[de.reason]\nbought_together = \"{together}-mal mit {product}, Faktor {lift}\"")?;
        let german = ShopTexts::new(&own).of(Some("de"), "en");
        assert_eq!(german.text("reason", "bought_together", &fields), "12-mal mit Tee 2.0, Faktor 3,5");
        Ok(())
    }
}
