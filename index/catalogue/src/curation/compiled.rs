//! Compiled rules, indexed by their condition on the query, so that a query costs as much as the
//! rules that match it, not as all rules: exact queries by hash, phrases by their first word,
//! patterns in one regex set.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use jiff::tz::Offset;
use regex::{RegexSet, RegexSetBuilder};

use super::applied::Applied;
use super::check::MAX_PATTERN_BYTES;
use super::rows::RuleRow;
use super::rule::{Conditions, QueryCondition, Rule};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::product::{is_within, standard_path};
use crate::season::Season;

/// The size limit of all compiled patterns together, in bytes.
const MAX_PATTERNS_BYTES: usize = 32 << 20;

/// The parts of a request that rules depend on.
#[derive(Debug, Clone, Copy)]
pub struct RuleRequest<'a> {
    /// The query of the request.
    pub query: &'a str,
    /// The words of the query, split as those of the rules were.
    pub words: &'a [String],
    /// Categories, as whole paths: those that the search's filter requires; for a row of recommendations its own and
    /// those of the products that it is based on.
    pub categories: &'a [String],
    /// The requested row of recommendations; `None` for a search.
    pub row: Option<RuleRow<'a>>,
    /// The context of the request.
    pub context: &'a Context,
    /// The server's time.
    pub now: Timestamp,
}

/// Rules compiled for evaluation.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// In order of precedence: by priority, then by id.
    pub(super) rules: Vec<Rule>,
    pub(super) clauses: Vec<Clause>,
    /// Clauses by their whole query, its words joined by spaces.
    exact: HashMap<String, Vec<usize>>,
    /// Clauses by the first word of their phrase.
    phrases: HashMap<String, Vec<usize>>,
    patterns: RegexSet,
    /// The clause of each pattern.
    pattern_clauses: Vec<usize>,
    /// Clauses without a condition on words.
    others: Vec<usize>,
}

/// One of a rule's sets of conditions, prepared for comparison.
#[derive(Debug, Clone)]
pub(super) struct Clause {
    /// The index of the rule.
    pub(super) rule: usize,
    /// The words of an exact, contained or leading phrase.
    pub(super) words: Vec<String>,
    /// The conditions, lower-cased.
    pub(super) conditions: Conditions,
}

impl Rules {
    /// Compiles rules that have passed [`Rule::check`]; rules that are switched off are dropped. `words` must split
    /// texts as for [`RuleRequest::words`].
    ///
    /// # Errors
    /// If all patterns together are too large.
    pub fn new<'a>(
        rules: impl IntoIterator<Item = &'a Rule>,
        words: &mut dyn FnMut(&str) -> Vec<String>,
    ) -> Result<Self> {
        let mut made = Self { rules: rules.into_iter().filter(|rule| !rule.off).cloned().collect(), ..Self::default() };
        made.rules.sort_by(|a, b| b.priority.cmp(&a.priority).then_with(|| a.id.cmp(&b.id)));
        let always = [Conditions::default()];
        let mut patterns = Vec::new();
        for (rule, definition) in made.rules.iter().enumerate() {
            for conditions in if definition.when.is_empty() { &always[..] } else { &definition.when } {
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

    /// True if there is no rule.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The consequences for a request. One pass: a rewritten query does not trigger further rules.
    pub fn apply(&self, request: &RuleRequest<'_>) -> Applied {
        if self.is_empty() {
            return Applied::unchanged(request.query);
        }
        let applicable = self.applicable(request);
        Applied::of(applicable.into_iter().map(|rule| &self.rules[rule]), request.query)
    }

    /// The indices of the rules whose conditions hold, in order of precedence.
    fn applicable(&self, request: &RuleRequest<'_>) -> BTreeSet<usize> {
        let mut found = Vec::new();
        found.extend(self.exact.get(&request.words.join(" ")).into_iter().flatten());
        for (start, word) in request.words.iter().enumerate() {
            let rest = &request.words[start..];
            let matches = |clause: &&usize| {
                let Clause { words, conditions, .. } = &self.clauses[**clause];
                rest.starts_with(words) && (start == 0 || matches!(conditions.query, Some(QueryCondition::Contains(_))))
            };
            found.extend(self.phrases.get(word).into_iter().flatten().filter(matches));
        }
        if !self.patterns.is_empty() {
            let text = typed(request.query);
            found.extend(self.patterns.matches(&text).iter().map(|pattern| &self.pattern_clauses[pattern]));
        }
        let blank = request.query.trim().is_empty();
        found.extend(self.others.iter().filter(|clause| match self.clauses[**clause].conditions.query {
            Some(QueryCondition::Empty(empty)) => empty == blank,
            _ => true,
        }));
        let categories: Vec<String> = request.categories.iter().map(|path| path.to_lowercase()).collect();
        let holds = |clause: &&usize| self.clauses[**clause].conditions.hold(request, &categories);
        found.into_iter().filter(holds).map(|clause| self.clauses[*clause].rule).collect()
    }

    /// True if some rule applies to rows of recommendations.
    pub fn curate_rows(&self) -> bool {
        self.clauses.iter().any(|clause| !clause.conditions.placements.is_empty())
    }

    /// True if the pattern of a clause matches within a text.
    pub(super) fn pattern_matches(&self, clause: usize, text: &str) -> bool {
        let at = self.pattern_clauses.iter().position(|other| *other == clause);
        at.is_some_and(|at| self.patterns.matches(&typed(text)).matched(at))
    }
}

/// A query in the form that patterns match: lower-cased, single spaces.
fn typed(query: &str) -> String {
    query.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}

fn lowered(conditions: &Conditions) -> Conditions {
    let lower = |list: &[String]| list.iter().map(|text| text.to_lowercase()).collect();
    Conditions {
        categories: conditions.categories.iter().map(|path| standard_path(&path.to_lowercase())).collect(),
        segments: lower(&conditions.segments),
        countries: lower(&conditions.countries),
        regions: lower(&conditions.regions),
        devices: lower(&conditions.devices),
        ..conditions.clone()
    }
}

impl Conditions {
    /// True if everything but the condition on the query holds. `categories` must be lower-cased.
    fn hold(&self, request: &RuleRequest<'_>, categories: &[String]) -> bool {
        let context = request.context;
        let one_of = |list: &[String], value: Option<&str>| {
            list.is_empty() || value.is_some_and(|value| list.contains(&value.to_lowercase()))
        };
        let in_category = |wanted: &String| categories.iter().any(|path| is_within(path, wanted));
        let in_segment = |wanted: &String| context.segments.iter().any(|own| own.to_lowercase() == *wanted);
        self.apply_to(request.row.as_ref())
            && (self.categories.is_empty() || self.categories.iter().any(in_category))
            && (self.channels.is_empty() || context.channel.is_some_and(|channel| self.channels.contains(&channel)))
            && (self.segments.is_empty() || self.segments.iter().any(in_segment))
            && one_of(&self.countries, context.country.as_deref())
            && one_of(&self.regions, context.region.as_deref())
            && one_of(&self.devices, context.device.as_deref())
            && (self.seasons.is_empty() || self.seasons.contains(&Season::at(request.now, context)))
            && self.from.is_none_or(|from| from <= request.now)
            && self.until.is_none_or(|until| request.now < until)
            && self.on_day(request.now)
    }

    fn on_day(&self, now: Timestamp) -> bool {
        let offset = Offset::from_seconds(self.utc_offset_minutes * 60).unwrap_or(Offset::UTC);
        self.days.is_empty() || self.days.contains(&offset.to_datetime(now).weekday())
    }
}
