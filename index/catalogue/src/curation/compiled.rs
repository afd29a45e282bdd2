//! Compiled rules: looked up by what was typed, so that a thousand rules cost a query as much as
//! the few it meets. Exact queries by hash, phrases by their first word, patterns in one set.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use jiff::tz::Offset;
use regex::{RegexSet, RegexSetBuilder};

use super::applied::Applied;
use super::check::MAX_PATTERN_BYTES;
use super::rows::AskedRow;
use super::rule::{Conditions, QueryCondition, Rule};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::product::is_within;
use crate::season::Season;

/// What all patterns together may take, in bytes.
const MAX_PATTERNS_BYTES: usize = 32 << 20;

/// A request as rules see it.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// What was typed.
    pub query: &'a str,
    /// Its words as the rules' own were made.
    pub words: &'a [String],
    /// The categories the request asks for or is understood to mean, whole paths.
    pub categories: &'a [String],
    /// The row of recommendations that is asked for; nothing for a search.
    pub row: Option<AskedRow<'a>>,
    /// Where the request comes from.
    pub context: &'a Context,
    /// The server's time.
    pub now: Timestamp,
}

/// Rules ready to be asked.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// By priority, then id: the order in which they count.
    pub(super) rules: Vec<Rule>,
    pub(super) clauses: Vec<Clause>,
    /// Clauses by their whole query, words joined by spaces.
    exact: HashMap<String, Vec<usize>>,
    /// Clauses by the first word of their phrase.
    phrases: HashMap<String, Vec<usize>>,
    patterns: RegexSet,
    /// The clause of each pattern.
    pattern_clauses: Vec<usize>,
    /// Clauses that ask for no words.
    others: Vec<usize>,
}

/// One set of conditions of one rule, in the form they are compared.
#[derive(Debug, Clone)]
pub(super) struct Clause {
    /// Which rule, by its place.
    pub(super) rule: usize,
    /// The words of an exact, contained or leading phrase.
    pub(super) words: Vec<String>,
    /// With texts in small letters.
    pub(super) conditions: Conditions,
}

impl Rules {
    /// Compiles rules that have passed [`Rule::check`]; those that are off are left out. `words`
    /// must be what makes [`Asked::words`].
    ///
    /// # Errors
    /// When all patterns together are too large.
    pub fn new<'a>(
        rules: impl IntoIterator<Item = &'a Rule>,
        words: &mut dyn FnMut(&str) -> Vec<String>,
    ) -> Result<Self> {
        let mut made = Self { rules: rules.into_iter().filter(|rule| !rule.off).cloned().collect(), ..Self::default() };
        made.rules.sort_by(|a, b| b.priority.cmp(&a.priority).then_with(|| a.id.cmp(&b.id)));
        let always = [Conditions::default()];
        let mut patterns = Vec::new();
        for (rule, said) in made.rules.iter().enumerate() {
            for conditions in if said.when.is_empty() { &always[..] } else { &said.when } {
                let at = made.clauses.len();
                let mut clause = Clause { rule, words: Vec::new(), conditions: lowered(conditions) };
                match &conditions.query {
                    Some(QueryCondition::Exact(phrase)) => {
                        clause.words = words(phrase);
                        made.exact.entry(clause.words.join(" ")).or_default().push(at);
                    }
                    Some(QueryCondition::Contains(phrase) | QueryCondition::StartsWith(phrase)) => {
                        clause.words = words(phrase);
                        let first = clause.words.first().cloned().unwrap_or_default();
                        made.phrases.entry(first).or_default().push(at);
                    }
                    Some(QueryCondition::Pattern(pattern)) => {
                        patterns.push(pattern);
                        made.pattern_clauses.push(at);
                    }
                    Some(QueryCondition::Empty(_)) | None => made.others.push(at),
                }
                made.clauses.push(clause);
            }
        }
        let set = RegexSetBuilder::new(&patterns).size_limit(MAX_PATTERNS_BYTES.max(MAX_PATTERN_BYTES)).build();
        made.patterns =
            set.map_err(|error| Error::invalid("rules", format!("the patterns together cannot be compiled: {error}")))?;
        Ok(made)
    }

    /// Whether there is no rule.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// What follows for a request, in one pass: what a rule changes is not asked about again.
    pub fn apply(&self, asked: &Asked<'_>) -> Applied {
        if self.is_empty() {
            return Applied::unchanged(asked.query);
        }
        let met = self.met(asked);
        Applied::of(met.into_iter().map(|rule| &self.rules[rule]), asked.query)
    }

    /// The rules whose conditions hold, in the order they count.
    fn met(&self, asked: &Asked<'_>) -> BTreeSet<usize> {
        let mut found = Vec::new();
        found.extend(self.exact.get(&asked.words.join(" ")).into_iter().flatten());
        for (start, word) in asked.words.iter().enumerate() {
            let rest = &asked.words[start..];
            let stands = |clause: &&usize| {
                let Clause { words, conditions, .. } = &self.clauses[**clause];
                rest.starts_with(words) && (start == 0 || matches!(conditions.query, Some(QueryCondition::Contains(_))))
            };
            found.extend(self.phrases.get(word).into_iter().flatten().filter(stands));
        }
        if !self.patterns.is_empty() {
            let text = typed(asked.query);
            found.extend(self.patterns.matches(&text).iter().map(|pattern| &self.pattern_clauses[pattern]));
        }
        let blank = asked.query.trim().is_empty();
        found.extend(self.others.iter().filter(|clause| match self.clauses[**clause].conditions.query {
            Some(QueryCondition::Empty(empty)) => empty == blank,
            _ => true,
        }));
        let categories: Vec<String> = asked.categories.iter().map(|path| path.to_lowercase()).collect();
        let holds = |clause: &&usize| self.clauses[**clause].conditions.hold(asked, &categories);
        found.into_iter().filter(holds).map(|clause| self.clauses[*clause].rule).collect()
    }

    /// Whether some rule holds for rows of recommendations.
    pub fn curate_rows(&self) -> bool {
        self.clauses.iter().any(|clause| !clause.conditions.placements.is_empty())
    }

    /// Whether a pattern is found in a text.
    pub(super) fn pattern_meets(&self, clause: usize, text: &str) -> bool {
        let at = self.pattern_clauses.iter().position(|other| *other == clause);
        at.is_some_and(|at| self.patterns.matches(&typed(text)).matched(at))
    }
}

/// A query as patterns see it: small letters, single spaces.
fn typed(query: &str) -> String {
    query.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}

fn lowered(conditions: &Conditions) -> Conditions {
    let lower = |list: &[String]| list.iter().map(|text| text.to_lowercase()).collect();
    Conditions {
        categories: lower(&conditions.categories),
        segments: lower(&conditions.segments),
        countries: lower(&conditions.countries),
        regions: lower(&conditions.regions),
        devices: lower(&conditions.devices),
        ..conditions.clone()
    }
}

impl Conditions {
    /// Whether everything but the query holds; `categories` in small letters.
    fn hold(&self, asked: &Asked<'_>, categories: &[String]) -> bool {
        let context = asked.context;
        let one_of = |list: &[String], value: Option<&str>| {
            list.is_empty() || value.is_some_and(|value| list.contains(&value.to_lowercase()))
        };
        let in_category = |wanted: &String| categories.iter().any(|path| is_within(path, wanted));
        let in_segment = |wanted: &String| context.segments.iter().any(|own| own.to_lowercase() == *wanted);
        self.mean(asked.row.as_ref())
            && (self.categories.is_empty() || self.categories.iter().any(in_category))
            && (self.channels.is_empty() || context.channel.is_some_and(|channel| self.channels.contains(&channel)))
            && (self.segments.is_empty() || self.segments.iter().any(in_segment))
            && one_of(&self.countries, context.country.as_deref())
            && one_of(&self.regions, context.region.as_deref())
            && one_of(&self.devices, context.device.as_deref())
            && (self.seasons.is_empty() || self.seasons.contains(&Season::at(asked.now, context)))
            && self.from.is_none_or(|from| from <= asked.now)
            && self.until.is_none_or(|until| asked.now < until)
            && self.on_day(asked.now)
    }

    fn on_day(&self, now: Timestamp) -> bool {
        let offset = Offset::from_seconds(self.utc_offset_minutes * 60).unwrap_or(Offset::UTC);
        self.days.is_empty() || self.days.contains(&offset.to_datetime(now).weekday())
    }
}
