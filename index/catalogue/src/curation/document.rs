//! The curation document, as it is stored and sent, and its compiled form.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::check::MAX_RULES;
use super::compiled::Rules;
use super::rule::Rule;
use crate::error::Result;
use crate::product::FieldError;
use crate::synonyms::{self, StopWordEdits, StopWords, SynonymSet, Synonyms};

/// The key of stop words that apply to every language.
pub const ALL_LANGUAGES: &str = "all";
/// The most languages with stop words.
const MAX_LANGUAGES: usize = 50;

/// All of a shop's curation, by name.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Document {
    /// Rules in force.
    pub rules: BTreeMap<String, Rule>,
    /// Rules being edited: a new one, or the next version of one in force.
    pub drafts: BTreeMap<String, Rule>,
    /// Sets of synonyms.
    pub synonyms: BTreeMap<String, SynonymSet>,
    /// Stop words by language; [`ALL_LANGUAGES`] applies to every one.
    pub stop_words: BTreeMap<String, StopWordEdits>,
}

/// The kinds of part of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentPart {
    /// A rule in force.
    Rule,
    /// A draft.
    Draft,
    /// A set of synonyms.
    Synonyms,
    /// Stop words of a language.
    StopWords,
}

/// The kind of a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartChangeKind {
    /// It is new.
    Added,
    /// It has another content.
    Changed,
    /// It was deleted.
    Removed,
}

/// One difference between two documents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartChange {
    /// The kind of the part.
    pub part: DocumentPart,
    /// The name of the part.
    pub id: String,
    /// The kind of the difference.
    pub change: PartChangeKind,
}

impl Document {
    /// Reads a document from JSON.
    ///
    /// # Errors
    /// If the bytes are not JSON, or contain an unknown field.
    pub fn from_json(bytes: &[u8]) -> serde_json::Result<Self> {
        serde_json::from_slice(bytes)
    }

    /// Checks every part by itself and all of them together. `filter` and `sort` return an error message for an
    /// invalid filter or sort order.
    ///
    /// # Errors
    /// The first invalid field, as a path: `rules.boots.then.pin[0].id`.
    pub fn check(
        &self,
        filter: &dyn Fn(&str) -> Result<(), String>,
        sort: &dyn Fn(&str) -> Result<(), String>,
    ) -> Result<(), FieldError> {
        for (part, rules) in [("rules", &self.rules), ("drafts", &self.drafts)] {
            if rules.len() > MAX_RULES {
                let message = format!("has {} rules, at most {MAX_RULES} are allowed", rules.len());
                return Err(FieldError::new(part, message));
            }
            for (id, rule) in rules {
                let at = |error: FieldError| FieldError::new(format!("{part}.{id}.{}", error.field), error.message);
                named(id, &rule.id).and_then(|()| rule.check(filter, sort)).map_err(at)?;
            }
        }
        let in_synonyms = |error: FieldError| FieldError::new(format!("synonyms.{}", error.field), error.message);
        for (id, set) in &self.synonyms {
            named(id, &set.id).map_err(in_synonyms)?;
        }
        synonyms::check(self.synonyms.values()).map_err(in_synonyms)?;
        if self.stop_words.len() > MAX_LANGUAGES {
            return Err(FieldError::new("stop_words", format!("has more than {MAX_LANGUAGES} languages")));
        }
        for (lang, words) in &self.stop_words {
            let at = |error: FieldError| FieldError::new(format!("stop_words.{lang}.{}", error.field), error.message);
            if lang.is_empty() || lang.len() > 20 || !lang.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-') {
                return Err(FieldError::new(
                    "stop_words",
                    format!("`{lang}` is no language; write `en`, `pt-BR` or `all`"),
                ));
            }
            words.check().map_err(at)?;
        }
        Ok(())
    }

    /// Compiles the document for a shop whose language is `lang`. `words` splits a text into words without stemming,
    /// `terms` splits a text of a language, given first, into the terms of the text index.
    ///
    /// # Errors
    /// If the rules are too large to be compiled together.
    pub fn compile(
        &self,
        lang: &str,
        words: &mut dyn FnMut(&str) -> Vec<String>,
        terms: &mut dyn FnMut(&str, &str) -> Vec<String>,
    ) -> Result<Curation> {
        let own = lang.to_ascii_lowercase();
        let named = self
            .synonyms
            .values()
            .filter_map(|set| set.lang.as_deref())
            .chain(self.stop_words.keys().map(|key| &**key));
        let named: BTreeSet<String> = named.map(str::to_ascii_lowercase).filter(|name| name != ALL_LANGUAGES).collect();
        let mut of_language = |name: &str, analysis: &str| self.words_of(name, &mut |text| terms(analysis, text));
        let mut others = BTreeMap::new();
        if !named.is_empty() {
            others.insert(String::new(), of_language("", &own));
        }
        for name in named.into_iter().filter(|name| *name != own) {
            let words = of_language(&name, &name);
            others.insert(name, words);
        }
        let shop = of_language(&own, &own);
        Ok(Curation { rules: Rules::new(self.rules.values(), words)?, lang: own, shop, others })
    }

    /// The synonyms and stop words that apply to queries in `lang`.
    fn words_of(&self, lang: &str, terms: &mut dyn FnMut(&str) -> Vec<String>) -> LanguageWords {
        let holding = self.synonyms.values().filter(|set| set.holds_for(lang));
        let applies = |name: &&String| name.eq_ignore_ascii_case(lang) || name.eq_ignore_ascii_case(primary(lang));
        let own = self.stop_words.keys().filter(applies).filter_map(|name| self.stop_words.get(name));
        let lists = self.stop_words.get(ALL_LANGUAGES).into_iter().chain(own);
        LanguageWords { synonyms: Synonyms::new(holding, terms), stop_words: StopWords::new(lists, terms) }
    }

    /// The document after publishing a draft; `None` if there is no such draft.
    pub fn published(&self, id: &str) -> Option<Self> {
        let mut next = self.clone();
        let draft = next.drafts.remove(id)?;
        next.rules.insert(id.to_owned(), draft);
        Some(next)
    }

    /// The differences from this document to `after`, by kind of part, then by name.
    pub fn changes(&self, after: &Self) -> Vec<PartChange> {
        let mut found = Vec::new();
        differ(DocumentPart::Rule, &self.rules, &after.rules, &mut found);
        differ(DocumentPart::Draft, &self.drafts, &after.drafts, &mut found);
        differ(DocumentPart::Synonyms, &self.synonyms, &after.synonyms, &mut found);
        differ(DocumentPart::StopWords, &self.stop_words, &after.stop_words, &mut found);
        found
    }
}

fn named(key: &str, id: &str) -> Result<(), FieldError> {
    match key == id {
        true => Ok(()),
        false => Err(FieldError::new("id", format!("is `{id}`, but it is stored as `{key}`"))),
    }
}

fn differ<T: PartialEq>(
    part: DocumentPart,
    before: &BTreeMap<String, T>,
    after: &BTreeMap<String, T>,
    found: &mut Vec<PartChange>,
) {
    let mut add = |id: &String, change| found.push(PartChange { part, id: id.clone(), change });
    for (id, value) in after {
        match before.get(id) {
            None => add(id, PartChangeKind::Added),
            Some(old) if old != value => add(id, PartChangeKind::Changed),
            Some(_) => {}
        }
    }
    before.keys().filter(|id| !after.contains_key(*id)).for_each(|id| add(id, PartChangeKind::Removed));
}

/// Synonyms and stop words that apply to queries in one language.
#[derive(Debug, Clone, Default)]
pub struct LanguageWords {
    /// Equivalent wordings of queries.
    pub synonyms: Synonyms,
    /// Words that carry little meaning.
    pub stop_words: StopWords,
}

/// A compiled document. By default it is empty and changes nothing.
#[derive(Debug, Clone, Default)]
pub struct Curation {
    /// The rules in force.
    pub rules: Rules,
    /// The shop's language, by its code in lower case.
    lang: String,
    /// The words of queries in the shop's language.
    shop: LanguageWords,
    /// The words of other languages that the document names, by code in lower case; under the empty code those of every
    /// further language.
    others: BTreeMap<String, LanguageWords>,
}

impl Curation {
    /// The synonyms and stop words that apply to a query; `lang` is the language of the request, if it names one.
    pub fn words(&self, lang: Option<&str>) -> &LanguageWords {
        let Some(lang) = lang.map(|lang| lang.replace('_', "-").to_ascii_lowercase()) else { return &self.shop };
        let known = self.others.get(&lang).or_else(|| self.others.get(primary(&lang)));
        match known {
            Some(words) => words,
            None if primary(&lang) == primary(&self.lang) => &self.shop,
            None => self.others.get("").unwrap_or(&self.shop),
        }
    }
}

/// The language of a code without its region.
fn primary(lang: &str) -> &str {
    lang.split('-').next().unwrap_or_default()
}
