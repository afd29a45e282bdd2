//! Queries that led to something, and corrections of misspelt words, learned from searches. A search
//! succeeds if a click, an addition to the cart or wish list, or a purchase names its query or response, or
//! follows it without naming anything else. Only what enough different persons searched for leaves this
//! file: the text of one person is never shown to another. Settings: [`QuerySettings`].

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use super::interaction::ShopperNumber;
use super::reformulations::{corrected_words, reworded};
use crate::error::{Error, Result};
use crate::event::{Event, EventKind};
use crate::time::{DAY_MS, MINUTE_MS};

/// The longest query taken, in characters; longer ones make no suggestions.
const MAX_QUERY_CHARS: usize = 80;
/// The most different queries; after that only the queries seen so far are counted.
const MAX_QUERIES: usize = 1_000_000;
/// The most different corrections.
const MAX_CORRECTIONS: usize = 200_000;
/// The least share of those who reworded a text that chose the same words: less is chance.
const REWORDING_SHARE: f32 = 0.5;
/// The window in which an action without a query or response id counts for the last search, and in which
/// the same query again is the same search.
const VISIT_MS: i64 = 30 * MINUTE_MS;
/// The most searches looked back at from a successful one.
const MAX_LOOKED_BACK: usize = 12;

/// Thresholds and limits for learning from searches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct QuerySettings {
    /// The half-life of a successful search in days, above 0 to 10,000.
    pub half_life_days: f64,
    /// The fewest different persons, 2 to 10,000: as many must have succeeded with a query before it is
    /// suggested to others, and corrected a word before it is corrected for others.
    pub min_shoppers: u32,
    /// The most queries, the most successful first, at most 100,000. Each is searched for in the reindex.
    pub kept: usize,
    /// The longest time from a failed search to the one that corrects it, in minutes, 0 to 60.
    pub mended_within_minutes: u32,
}

impl Default for QuerySettings {
    fn default() -> Self {
        Self { half_life_days: 21.0, min_shoppers: 3, kept: 10_000, mended_within_minutes: 5 }
    }
}

impl QuerySettings {
    /// Checks every value against its range.
    pub fn check(&self) -> Result<()> {
        let ranges = [
            ("half_life_days", self.half_life_days, 0.01, 10_000.0),
            ("min_shoppers", f64::from(self.min_shoppers), 2.0, 10_000.0),
            ("kept", self.kept as f64, 0.0, 100_000.0),
            ("mended_within_minutes", f64::from(self.mended_within_minutes), 0.0, 60.0),
        ];
        match ranges.into_iter().find(|(_, value, least, most)| !(least..=most).contains(&value)) {
            None => Ok(()),
            Some((name, value, least, most)) => {
                Err(Error::invalid(format!("queries.{name}"), format!("{value} must lie between {least} and {most}")))
            }
        }
    }
}

/// A query that led to something.
#[derive(Debug, Clone, PartialEq)]
pub struct SuccessfulQuery {
    /// The query in lower case with single blanks.
    pub text: String,
    /// The number of successful searches, decayed by age.
    pub successes: f32,
}

/// A correction; either side may be two words.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Correction {
    /// The misspelt text, in lower case.
    pub typed: String,
    /// The corrected text, in lower case.
    pub meant: String,
}

/// Queries and corrections learned from the searches of all shoppers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Queries {
    /// Successful queries, the most successful first.
    pub successful: Vec<SuccessfulQuery>,
    /// Corrections, by the misspelt text, each once.
    pub corrections: Vec<Correction>,
    /// Other words that shoppers went on to when a search led to nothing, by the words typed first, each once: those
    /// that most persons went on to.
    pub rewordings: Vec<Correction>,
}

/// A search, or an action that may be its success.
#[derive(Debug, Clone, Copy)]
struct SearchLogEntry {
    shopper: ShopperNumber,
    time_ms: i64,
    /// The number of the query, if the event names one.
    query: Option<u32>,
    /// A hash of the response id, if the event names one.
    response: Option<u64>,
    search: bool,
}

/// Searches and the actions after them, in journal order.
#[derive(Debug, Default)]
pub(super) struct SearchLog {
    numbers: HashMap<String, u32>,
    texts: Vec<String>,
    entries: Vec<SearchLogEntry>,
}

/// One search of a person.
#[derive(Debug, Clone, Copy)]
struct PersonSearch {
    query: u32,
    response: Option<u64>,
    time_ms: i64,
    success: bool,
}

/// The query in lower case with single blanks, unless it is empty or too long.
fn normalized(query: &str) -> Option<String> {
    let text = query.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    (!text.is_empty() && text.chars().count() <= MAX_QUERY_CHARS).then_some(text)
}

impl SearchLog {
    /// Takes one event of a shopper; events other than searches and possible successes change nothing.
    pub(super) fn take(&mut self, event: &Event, shopper: ShopperNumber) {
        let search = matches!(event.kind, EventKind::Search | EventKind::Impression);
        // A view counts only if it names the search that led to it.
        let named = event.query.is_some() || event.query_id.is_some();
        let success = event.kind.interaction_kind().is_some() && (named || event.kind != EventKind::View);
        if !(search && event.query.is_some() || success && (named || event.placement.is_none())) {
            return;
        }
        let query = event.query.as_deref().and_then(normalized).and_then(|text| self.number(text));
        if search && query.is_none() {
            return;
        }
        let response = event.query_id.as_ref().map(|id| xxh3_64(id.as_bytes()));
        self.entries.push(SearchLogEntry { shopper, time_ms: event.time_ms(), query, response, search });
    }

    fn number(&mut self, text: String) -> Option<u32> {
        if let Some(&number) = self.numbers.get(&text) {
            return Some(number);
        }
        (self.texts.len() < MAX_QUERIES).then(|| {
            self.texts.push(text.clone());
            self.numbers.insert(text, self.texts.len() as u32 - 1);
            self.texts.len() as u32 - 1
        })
    }

    /// The queries and corrections at `now_ms`; `persons` has the person of each shopper, by shopper number.
    pub(super) fn settle(mut self, persons: &[ShopperNumber], settings: &QuerySettings, now_ms: i64) -> Queries {
        self.entries.iter_mut().for_each(|entry| entry.shopper = persons[entry.shopper.index()]);
        // Stable sort: within a person and a millisecond, the journal order remains.
        self.entries.sort_by_key(|entry| (entry.shopper, entry.time_ms));
        let half_life_ms = settings.half_life_days * DAY_MS as f64;
        let corrected_within_ms = i64::from(settings.mended_within_minutes) * MINUTE_MS;
        // By query: the decayed sum, the number of persons, the last person. By correction: the latter two.
        let mut successes: HashMap<u32, (f64, u32, Option<ShopperNumber>)> = HashMap::new();
        let [mut corrections, mut rewordings] = [PairPersons::new(), PairPersons::new()];
        for entries in self.entries.chunk_by(|one, other| one.shopper == other.shopper) {
            let person = entries[0].shopper;
            let searches = searches(entries);
            for (at, search) in searches.iter().enumerate().filter(|(_, search)| search.success) {
                let age_ms = (now_ms - search.time_ms).max(0) as f64;
                let (sum, count, last) = successes.entry(search.query).or_insert((0.0, 0, None));
                *sum += 0.5f64.powf(age_ms / half_life_ms);
                *count += u32::from(last.replace(person) != Some(person));
                let failed = searches[..at].iter().rev().take(MAX_LOOKED_BACK);
                let failed =
                    failed.take_while(|one| !one.success && search.time_ms - one.time_ms <= corrected_within_ms);
                for one in failed {
                    let (typed, meant) = (&*self.texts[one.query as usize], &*self.texts[search.query as usize]);
                    corrected_words(typed, meant)
                        .into_iter()
                        .for_each(|pair| count_person(&mut corrections, pair, person));
                    reworded(typed, meant).into_iter().for_each(|pair| count_person(&mut rewordings, pair, person));
                }
            }
        }
        let enough = |persons: u32| persons >= settings.min_shoppers.max(2);
        let shared = successes.into_iter().filter(|(_, (_, persons, _))| enough(*persons));
        let shared = shared.map(|(query, (sum, ..))| SuccessfulQuery {
            text: self.texts[query as usize].clone(),
            successes: sum as f32,
        });
        let mut successful: Vec<SuccessfulQuery> = shared.collect();
        successful.sort_by(|a, b| b.successes.total_cmp(&a.successes).then_with(|| a.text.cmp(&b.text)));
        successful.truncate(settings.kept);
        let corrections = most_frequent(&corrections, enough, 0.0);
        Queries { successful, corrections, rewordings: most_frequent(&rewordings, enough, REWORDING_SHARE) }
    }
}

/// The number of persons and the last of them, by pair of typed and meant text.
type PairPersons<'a> = HashMap<(&'a str, &'a str), (u32, Option<ShopperNumber>)>;

/// Counts a person for a pair, unless there are too many pairs.
fn count_person<'a>(pairs: &mut PairPersons<'a>, pair: (&'a str, &'a str), person: ShopperNumber) {
    if pairs.len() < MAX_CORRECTIONS || pairs.contains_key(&pair) {
        let (count, last) = pairs.entry(pair).or_insert((0, None));
        *count += u32::from(last.replace(person) != Some(person));
    }
}

/// A person's searches by time, each with its success.
fn searches(entries: &[SearchLogEntry]) -> Vec<PersonSearch> {
    let mut searches: Vec<PersonSearch> = Vec::new();
    for entry in entries {
        let recent = |search: &PersonSearch| entry.time_ms - search.time_ms <= VISIT_MS;
        if entry.search {
            let Some(query) = entry.query else { continue };
            match searches.last_mut().filter(|last| last.query == query && recent(last)) {
                Some(again) => (again.time_ms, again.response) = (entry.time_ms, entry.response.or(again.response)),
                None => searches.push(PersonSearch {
                    query,
                    response: entry.response,
                    time_ms: entry.time_ms,
                    success: false,
                }),
            }
            continue;
        }
        let found = match (entry.query, entry.response) {
            (Some(query), _) => searches.iter_mut().rev().find(|search| search.query == query && recent(search)),
            (None, Some(response)) => searches.iter_mut().rev().find(|search| search.response == Some(response)),
            (None, None) => searches.last_mut().filter(|last| recent(last)),
        };
        match (found, entry.query) {
            (Some(search), _) => search.success = true,
            // The action names its query, so it proves a search that was not reported.
            (None, Some(query)) => {
                searches.push(PersonSearch { query, response: entry.response, time_ms: entry.time_ms, success: true });
            }
            (None, None) => {}
        }
    }
    searches
}

/// The correction made by most persons for each typed text, ties by the corrected text. At least `share` of those
/// who corrected the text chose it.
fn most_frequent(counts: &PairPersons<'_>, enough: impl Fn(u32) -> bool, share: f32) -> Vec<Correction> {
    let mut all: HashMap<&str, u32> = HashMap::new();
    counts.iter().for_each(|((typed, _), (persons, _))| *all.entry(*typed).or_default() += persons);
    let shared = counts.iter().filter(|(_, (persons, _))| enough(*persons));
    let mut ranked: Vec<(&str, u32, &str)> =
        shared.map(|((typed, meant), (persons, _))| (*typed, *persons, *meant)).collect();
    ranked.sort_by(|a, b| a.0.cmp(b.0).then(b.1.cmp(&a.1)).then(a.2.cmp(b.2)));
    ranked.dedup_by_key(|(typed, ..)| *typed);
    ranked.retain(|(typed, persons, _)| *persons as f32 >= share * all.get(typed).copied().unwrap_or_default() as f32);
    ranked
        .into_iter()
        .map(|(typed, _, meant)| Correction { typed: typed.to_owned(), meant: meant.to_owned() })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::behaviour::BehaviourBuilder;
    use crate::id::Ordinal;

    /// The queries learned from events, each given as `shopper minute type fields`, the fields as JSON.
    fn learned(lines: &[&str]) -> Queries {
        let mut builder = BehaviourBuilder::default();
        for line in lines {
            let mut parts = line.splitn(4, ' ');
            let mut part = || parts.next().unwrap_or_default().to_owned();
            let (who, minute, kind, more) = (part(), part(), part(), part());
            let minute: i64 = minute.parse().unwrap_or_else(|error| panic!("{line}: {error}"));
            let time = jiff::Timestamp::from_millisecond(minute * MINUTE_MS).unwrap_or_default();
            let text = format!(r#"{{"type":"{kind}","user_id":"{who}","time":"{time}",{more}}}"#);
            let event: Event = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
            builder.push(&event, |_| Some(Ordinal::new(0)));
        }
        let settings = QuerySettings { min_shoppers: 2, ..QuerySettings::default() };
        builder.queries(&settings, 60 * MINUTE_MS)
    }

    fn texts(queries: &Queries) -> Vec<&str> {
        queries.successful.iter().map(|query| query.text.as_str()).collect()
    }

    #[test]
    fn what_most_who_found_nothing_went_on_to_is_a_rewording() {
        let reworded = |who: &str, to: &str| {
            [
                format!(r#"{who} 1 search "query":"torch""#),
                format!(r#"{who} 2 search "query":"{to}""#),
                format!(r#"{who} 3 click "query":"{to}","products":[{{"id":"x"}}]"#),
            ]
        };
        let words = |persons: &[(&str, &str)]| {
            let lines: Vec<String> = persons.iter().flat_map(|(who, to)| reworded(who, to)).collect();
            let found = learned(&lines.iter().map(String::as_str).collect::<Vec<_>>()).rewordings;
            found.into_iter().map(|pair| format!("{} {}", pair.typed, pair.meant)).collect::<Vec<_>>()
        };
        assert_eq!(words(&[("a", "flashlight"), ("b", "flashlight"), ("c", "tent")]), ["torch flashlight"]);
        assert!(words(&[("a", "flashlight"), ("a", "flashlight")]).is_empty(), "one person");
        let scattered = [("a", "mugs"), ("b", "mugs"), ("c", "tent"), ("d", "boots"), ("e", "socks"), ("f", "hats")];
        assert!(words(&scattered).is_empty(), "a third is chance");
    }

    #[test]
    fn a_search_counts_if_it_succeeded() {
        let lines = ["a", "b"].map(|who| {
            [
                format!(r#"{who} 1 search "query":"Red  Boots""#),
                format!(r#"{who} 2 click "products":[{{"id":"x"}}]"#),
                format!(r#"{who} 3 impression "query":"hats","query_id":"{who}","products":[{{"id":"x"}}]"#),
                format!(r#"{who} 4 search "query":"nothing""#),
                format!(r#"{who} 5 add_to_cart "query_id":"{who}","products":[{{"id":"x"}}]"#),
                format!(r#"{who} 6 click "placement":"similar","products":[{{"id":"x"}}]"#),
                format!(r#"{who} 7 view "products":[{{"id":"x"}}]"#),
                format!(r#"{who} 8 purchase "query":"tents","products":[{{"id":"x"}}]"#),
            ]
        });
        let found = learned(&lines.iter().flatten().map(String::as_str).collect::<Vec<_>>());
        let mut texts = texts(&found);
        texts.sort_unstable();
        assert_eq!(texts, ["hats", "red boots", "tents"]);
        assert!(found.successful.iter().all(|query| (query.successes - 2.0).abs() < 0.01), "{found:?}");
    }

    #[test]
    fn queries_of_one_person_are_never_suggested() {
        let alone = r#"a 1 click "query":"my own name","products":[{"id":"x"}]"#;
        let again = r#"a 50 click "query":"my own name","products":[{"id":"x"}]"#;
        assert_eq!(texts(&learned(&[alone, again])), [""; 0]);
    }

    #[test]
    fn a_word_is_corrected_once_enough_shoppers_corrected_it() {
        let mend = |who: &str, typed: &str, minute: i64| {
            [
                format!(r#"{who} 1 search "query":"{typed}""#),
                format!(r#"{who} {minute} search "query":"red boots""#),
                format!(r#"{who} {minute} click "query":"red boots","products":[{{"id":"x"}}]"#),
            ]
        };
        let found = |lines: &[[String; 3]]| {
            learned(&lines.iter().flatten().map(String::as_str).collect::<Vec<_>>()).corrections
        };
        let expected = Correction { typed: "bota".into(), meant: "boots".into() };
        assert_eq!(found(&[mend("a", "red bota", 2), mend("b", "red bota", 3)]), [expected]);
        assert_eq!(found(&[mend("a", "red bota", 2)]), [], "one shopper");
        assert_eq!(found(&[mend("a", "red bota", 2), mend("b", "red bota", 20)]), [], "long after");
        assert_eq!(found(&[mend("a", "red boo", 2), mend("b", "red boo", 2)]), [], "still typing");
    }

    #[test]
    fn old_searches_count_less() {
        let log =
            |minute| ["a", "b"].map(|who| format!(r#"{who} {minute} click "query":"tent","products":[{{"id":"x"}}]"#));
        let successes = |minute| {
            let lines = log(minute);
            learned(&lines.iter().map(String::as_str).collect::<Vec<_>>()).successful[0].successes
        };
        let (now, before) = (successes(60), successes(60 - 21 * 24 * 60));
        assert!((now - 2.0).abs() < 1e-3 && (before - 1.0).abs() < 1e-3, "{now} {before}");
    }
}
