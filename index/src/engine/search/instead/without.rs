//! The rest of a search when one thing is left out: a part of the query that was understood, a refinement, a condition
//! of the filter, or a word; where none of these helps, all refinements, or the whole filter. The filter of the caller's key always holds.

use std::collections::BTreeMap;
use std::ops::Range;

use super::{EmptyPage, MAX_WITHOUT};
use crate::column::Filter;
use crate::error::Result;
use crate::hit::{LeftOut, LeftOutKind};
use crate::query::SearchQuery;

/// The most entries of a response.
const MAX_LEFT_OUT: usize = 3;

impl EmptyPage<'_> {
    /// The searches that find something without one thing, those that find the most first.
    pub(super) fn without(&self) -> Result<Vec<LeftOut>> {
        let parts = self.without_parts();
        let mut tried = self.without_refinements();
        tried.extend(self.without_conditions()?);
        tried.extend(parts.iter().map(|range| self.without_range(LeftOutKind::Part, range.clone())));
        let words = chunks(&self.query.query).into_iter();
        let words = words.filter(|word| !parts.iter().any(|part| part.start < word.end && word.start < part.end));
        let words = words.filter(|word| self.says_something(&self.query.query[word.clone()]));
        tried.extend(words.map(|range| self.without_range(LeftOutKind::Word, range)));
        self.allow(MAX_WITHOUT);
        let mut found = self.finding(tried)?;
        if found.is_empty() {
            found = self.finding(self.without_all())?;
        }
        found.sort_by_key(|left_out| std::cmp::Reverse(left_out.total));
        found.truncate(MAX_LEFT_OUT);
        Ok(found)
    }

    /// Those searches that find something.
    fn finding(&self, tried: Vec<(LeftOutKind, String, SearchQuery)>) -> Result<Vec<LeftOut>> {
        let mut found = Vec::new();
        for (kind, text, query) in tried.into_iter().filter(|(.., query)| self.asks_for_something(query)) {
            if let Some((total, _)) = self.found(&query)? {
                found.push(LeftOut { kind, text, query: query.query, filter: query.filter, total });
            }
        }
        Ok(found)
    }

    /// The places of the parts that were understood and hold.
    fn without_parts(&self) -> Vec<Range<usize>> {
        let parts = self.related.matched.meant.shown().into_iter().filter(|part| !part.relaxed);
        let place = |text: &str| self.query.query.find(text).map(|start| start..start + text.len());
        parts.filter_map(|part| place(&part.text)).collect()
    }

    fn without_refinements(&self) -> Vec<(LeftOutKind, String, SearchQuery)> {
        let refined = self.query.refinements.iter().filter(|(_, refinement)| !refinement.is_empty());
        let without = |field: &String| {
            let mut query = self.plain();
            query.refinements.remove(field);
            (LeftOutKind::Refinement, field.clone(), query)
        };
        refined.map(|(field, _)| without(field)).collect()
    }

    /// The search without any refinement, and that without the whole filter.
    fn without_all(&self) -> Vec<(LeftOutKind, String, SearchQuery)> {
        let fields: Vec<&str> = self.query.refinements.keys().map(String::as_str).collect();
        let unrefined = SearchQuery { refinements: BTreeMap::new(), ..self.plain() };
        let unrefined = (!fields.is_empty()).then(|| (LeftOutKind::Refinement, fields.join(", "), unrefined));
        let filter = self.query.filter.clone().filter(|text| !text.trim().is_empty());
        let unfiltered = |text| (LeftOutKind::Filter, text, SearchQuery { filter: None, ..self.plain() });
        unrefined.into_iter().chain(filter.map(unfiltered)).collect()
    }

    fn without_conditions(&self) -> Result<Vec<(LeftOutKind, String, SearchQuery)>> {
        let Some(text) = self.query.filter.as_deref().filter(|text| !text.trim().is_empty()) else {
            return Ok(Vec::new());
        };
        let without = |(left_out, rest): (String, Option<Filter>)| {
            let filter = rest.map(|rest| rest.to_string());
            (LeftOutKind::Filter, left_out, SearchQuery { filter, ..self.plain() })
        };
        Ok(Filter::parse(text)?.leaving_out_each().into_iter().map(without).collect())
    }

    /// The search without a range of the query.
    fn without_range(&self, kind: LeftOutKind, range: Range<usize>) -> (LeftOutKind, String, SearchQuery) {
        let typed = &self.query.query;
        let rest = [&typed[..range.start], &typed[range.end..]].map(str::trim);
        let query = rest.into_iter().filter(|side| !side.is_empty()).collect::<Vec<_>>().join(" ");
        (kind, typed[range].to_owned(), SearchQuery { query, ..self.plain() })
    }

    /// True if words, a filter or refinements remain: the whole shop is no answer.
    fn asks_for_something(&self, query: &SearchQuery) -> bool {
        let refined = query.refinements.values().any(|refinement| !refinement.is_empty());
        let blank = query.query.trim().is_empty();
        self.says_something(&query.query) || blank && (refined || query.filter.is_some())
    }

    /// True if a text has a word that is no stop word.
    fn says_something(&self, text: &str) -> bool {
        let mut analyzer = self.search.snapshot.generation.text.analyzer_of(self.query.lang.as_deref());
        let words = analyzer.whole(text);
        words.iter().any(|token| !analyzer.language().is_stop_word(&token.word))
    }
}

/// The places of a query's words; words in quotes are one, with their quotes.
fn chunks(query: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(blank) = query[at..].find(|c: char| !c.is_whitespace()) {
        let start = at + blank;
        let sign = usize::from(query[start..].starts_with('-'));
        let quoted = query[start + sign..].strip_prefix('"').and_then(|inner| inner.find('"'));
        let length = match quoted {
            Some(end) => sign + end + 2,
            None => query[start..].find(char::is_whitespace).unwrap_or(query.len() - start),
        };
        at = start + length;
        found.push(start..at);
    }
    found
}

#[cfg(test)]
mod tests {
    #[test]
    fn words_in_quotes_are_one() {
        let chunks =
            |query: &'static str| super::chunks(query).into_iter().map(|range| &query[range]).collect::<Vec<_>>();
        assert_eq!(
            chunks(" red  \"rain coat\" -\"for dogs\" -wool"),
            ["red", "\"rain coat\"", "-\"for dogs\"", "-wool"]
        );
        assert_eq!(chunks("\"open ende"), ["\"open", "ende"]);
        assert!(chunks("  ").is_empty());
    }
}
