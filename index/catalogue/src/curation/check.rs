//! The validation of a rule; errors name the field. Filters and sort orders are checked by
//! functions that the caller passes in.

use std::collections::BTreeSet;

use regex::RegexBuilder;

use super::rule::{Banner, Conditions, Consequences, ProductSelection, QueryCondition, Rule, Weighing};
use crate::context::Channel;
use crate::product::{CATEGORY_SEPARATOR, FieldError, check_id};

/// The most rules in force, and the most drafts.
pub const MAX_RULES: usize = 5_000;
/// The longest id of a rule, in characters.
pub const MAX_RULE_ID_CHARS: usize = 64;
/// The last position that a product can be pinned to.
pub const MAX_PIN_POSITION: usize = 200;
/// The most products that a rule can pin.
pub const MAX_PINS: usize = 50;
/// The most products that a rule can hide, and that one weighing can name.
pub const MAX_IDS: usize = 500;
/// The longest pattern, in characters.
pub const MAX_PATTERN_CHARS: usize = 200;
/// The memory limit of one compiled pattern, in bytes.
pub(super) const MAX_PATTERN_BYTES: usize = 1 << 18;
/// The largest factor of a boost.
pub const MAX_FACTOR: f32 = 100.0;

const MAX_CONDITIONS: usize = 20;
const MAX_VALUES: usize = 100;
const MAX_WEIGHINGS: usize = 20;
const MAX_BANNERS: usize = 10;
const MAX_DATA_BYTES: usize = 8192;
const MAX_TEXT_CHARS: usize = 500;
const MAX_ADDRESS_CHARS: usize = 2048;
const MAX_PRIORITY: i32 = 1000;
const MAX_OFFSET_MINUTES: i32 = 840;

type Check = Result<(), FieldError>;

impl Rule {
    /// Checks a rule by itself. `filter` and `sort` return an error message for an invalid filter or sort order.
    ///
    /// # Errors
    /// The first invalid field: `then.pin[2].position`.
    pub fn check(
        &self,
        filter: &dyn Fn(&str) -> Result<(), String>,
        sort: &dyn Fn(&str) -> Result<(), String>,
    ) -> Check {
        let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
        let chars = self.id.chars().count();
        if chars == 0 || chars > MAX_RULE_ID_CHARS || !self.id.chars().all(fits) {
            let message = format!("must have 1 to {MAX_RULE_ID_CHARS} letters, digits, `-`, `_` or `.`");
            return Err(FieldError::new("id", message));
        }
        text("note", &self.note, MAX_TEXT_CHARS)?;
        within("priority", self.priority, MAX_PRIORITY)?;
        at_most("when", self.when.len(), MAX_CONDITIONS)?;
        for (at, conditions) in self.when.iter().enumerate() {
            conditions.check().map_err(|error| inside(&format!("when[{at}]"), error))?;
        }
        self.then.check().map_err(|error| inside("then", error))?;
        self.check_rows()?;
        for (field, text) in self.then.filters() {
            filter(text).map_err(|message| FieldError::new(field, message))?;
        }
        match &self.then.sort {
            Some(order) => sort(order).map_err(|message| FieldError::new("then.sort", message)),
            None => Ok(()),
        }
    }
}

impl Conditions {
    fn check(&self) -> Check {
        if let Some(query) = &self.query {
            query.check().map_err(|error| inside("query", error))?;
        }
        let lists = [
            ("categories", &self.categories),
            ("segments", &self.segments),
            ("countries", &self.countries),
            ("regions", &self.regions),
            ("devices", &self.devices),
            ("placements", &self.placements),
            ("products", &self.products),
        ];
        for (field, list) in lists {
            at_most(field, list.len(), MAX_VALUES)?;
            for (at, value) in list.iter().enumerate() {
                filled(&format!("{field}[{at}]"), value, MAX_TEXT_CHARS)?;
            }
        }
        for (at, path) in self.categories.iter().enumerate() {
            if path.split(CATEGORY_SEPARATOR).any(|level| level.trim().is_empty()) {
                return Err(FieldError::new(format!("categories[{at}]"), format!("`{path}` has an empty level")));
            }
        }
        if self.channels.contains(&Channel::Other) {
            let known = Channel::ALL.map(Channel::name).join(", ");
            return Err(FieldError::new("channels", format!("has one that is not known; known are {known}")));
        }
        if let (Some(from), Some(until)) = (self.from, self.until)
            && from >= until
        {
            return Err(FieldError::new("until", "must be later than `from`"));
        }
        within("utc_offset_minutes", self.utc_offset_minutes, MAX_OFFSET_MINUTES)
    }
}

impl QueryCondition {
    fn check(&self) -> Check {
        match self {
            Self::Exact(phrase) => has_words("exact", phrase),
            Self::Contains(phrase) => has_words("contains", phrase),
            Self::StartsWith(phrase) => has_words("starts_with", phrase),
            Self::Pattern(pattern) => {
                filled("pattern", pattern, MAX_PATTERN_CHARS)?;
                let built = RegexBuilder::new(pattern).size_limit(MAX_PATTERN_BYTES).build();
                // The regex crate draws the position over several lines; the last one has the reason.
                let reason =
                    |error: regex::Error| error.to_string().lines().last().unwrap_or_default().trim().to_owned();
                built.map(drop).map_err(|error| FieldError::new("pattern", format!("is no pattern: {}", reason(error))))
            }
            Self::Empty(_) => Ok(()),
        }
    }
}

impl Consequences {
    fn check(&self) -> Check {
        if *self == Self::default() {
            return Err(FieldError::new(
                "pin",
                "nothing follows; say at least one of pin, hide, boost, bury, filter, \
                never_beside, replace_query, remove_words, banners, redirect, sort, facet_order",
            ));
        }
        self.check_products()?;
        for (field, list, ends) in [("boost", &self.boost, (1.0, MAX_FACTOR)), ("bury", &self.bury, (0.0, 1.0))] {
            at_most(field, list.len(), MAX_WEIGHINGS)?;
            for (at, weighing) in list.iter().enumerate() {
                weighing.check(ends).map_err(|error| inside(&format!("{field}[{at}]"), error))?;
            }
        }
        at_most("never_beside", self.never_beside.len(), MAX_WEIGHINGS)?;
        for (at, apart) in self.never_beside.iter().enumerate() {
            for (side, chosen) in [("products", &apart.products), ("beside", &apart.beside)] {
                chosen.check().map_err(|error| inside(&format!("never_beside[{at}].{side}"), error))?;
            }
        }
        if let Some(query) = &self.replace_query {
            text("replace_query", query, MAX_TEXT_CHARS)?;
        }
        at_most("remove_words", self.remove_words.len(), MAX_VALUES)?;
        for (at, word) in self.remove_words.iter().enumerate() {
            if word.split_whitespace().count() != 1 {
                return Err(FieldError::new(format!("remove_words[{at}]"), "must be one word"));
            }
        }
        at_most("banners", self.banners.len(), MAX_BANNERS)?;
        for (at, banner) in self.banners.iter().enumerate() {
            banner.check().map_err(|error| inside(&format!("banners[{at}]"), error))?;
        }
        if let Some(target) = &self.redirect {
            address("redirect", target)?;
        }
        at_most("facet_order", self.facet_order.len(), MAX_VALUES)?;
        let mut names = self.facet_order.iter().enumerate();
        names.try_for_each(|(at, name)| filled(&format!("facet_order[{at}]"), name, MAX_TEXT_CHARS))
    }

    /// Checks pins and hidden products: no duplicates, no two in one position, none both pinned and hidden.
    fn check_products(&self) -> Check {
        at_most("pin", self.pin.len(), MAX_PINS)?;
        at_most("hide", self.hide.len(), MAX_IDS)?;
        let (mut places, mut pinned) = (BTreeSet::new(), BTreeSet::new());
        for (at, pin) in self.pin.iter().enumerate() {
            let wrong = |part: &str, message: String| Err(FieldError::new(format!("pin[{at}].{part}"), message));
            check_id("id", &pin.id).map_err(|error| inside(&format!("pin[{at}]"), error))?;
            if !(1..=MAX_PIN_POSITION).contains(&pin.position) {
                return wrong("position", format!("must lie between 1 and {MAX_PIN_POSITION}"));
            }
            if !places.insert(pin.position) {
                return wrong("position", format!("place {} is taken by an earlier pin", pin.position));
            }
            if !pinned.insert(&pin.id) {
                return wrong("id", format!("`{}` is pinned already", pin.id));
            }
        }
        for (at, id) in self.hide.iter().enumerate() {
            let field = format!("hide[{at}]");
            check_id(&field, id)?;
            if pinned.contains(id) {
                return Err(FieldError::new(field, format!("`{id}` is pinned by the same rule")));
            }
        }
        Ok(())
    }
}

/// Checks that products are given by a filter or by ids, not both.
fn named(filter: Option<&String>, ids: &[String]) -> Check {
    if filter.is_none() == ids.is_empty() {
        return Err(FieldError::new("filter", "name the products by a filter or by ids, not both"));
    }
    at_most("ids", ids.len(), MAX_IDS)?;
    ids.iter().enumerate().try_for_each(|(at, id)| check_id(&format!("ids[{at}]"), id))
}

impl ProductSelection {
    fn check(&self) -> Check {
        named(self.filter.as_ref(), &self.ids)
    }
}

impl Weighing {
    fn check(&self, (least, most): (f32, f32)) -> Check {
        named(self.filter.as_ref(), &self.ids)?;
        match self.factor {
            Some(factor) if !(least..=most).contains(&factor) || factor == 1.0 => {
                Err(FieldError::new("factor", format!("must lie between {least} and {most}, and 1 changes nothing")))
            }
            _ => Ok(()),
        }
    }
}

impl Banner {
    fn check(&self) -> Check {
        for (field, target) in [("image", &self.image), ("link", &self.link)] {
            if let Some(target) = target {
                address(field, target)?;
            }
        }
        if self.image.is_none() && self.data.is_null() {
            return Err(FieldError::new("data", "a banner needs an image or data"));
        }
        if self.data.to_string().len() > MAX_DATA_BYTES {
            return Err(FieldError::new("data", format!("has more than {MAX_DATA_BYTES} bytes of JSON")));
        }
        Ok(())
    }
}

fn inside(outer: &str, error: FieldError) -> FieldError {
    FieldError::new(format!("{outer}.{}", error.field), error.message)
}

fn at_most(field: &str, found: usize, most: usize) -> Check {
    match found <= most {
        true => Ok(()),
        false => Err(FieldError::new(field, format!("has {found} entries, at most {most} are allowed"))),
    }
}

fn within(field: &str, found: i32, most: i32) -> Check {
    match (-most..=most).contains(&found) {
        true => Ok(()),
        false => Err(FieldError::new(field, format!("{found} must lie between -{most} and {most}"))),
    }
}

fn text(field: &str, text: &str, most: usize) -> Check {
    match text.chars().count() <= most {
        true => Ok(()),
        false => Err(FieldError::new(field, format!("has more than {most} characters"))),
    }
}

fn filled(field: &str, value: &str, most: usize) -> Check {
    if value.trim().is_empty() {
        return Err(FieldError::new(field, "is empty"));
    }
    text(field, value, most)
}

fn has_words(field: &str, phrase: &str) -> Check {
    if !phrase.chars().any(char::is_alphanumeric) {
        let message = "has no words; a rule for the empty query says {\"empty\": true}";
        return Err(FieldError::new(field, message));
    }
    text(field, phrase, MAX_TEXT_CHARS)
}

/// Checks an address that a storefront may open or load: on the web or on the shop's own site, but nothing that a
/// browser would execute.
fn address(field: &str, target: &str) -> Check {
    let follows = target.starts_with("https://")
        || target.starts_with("http://")
        || (target.starts_with('/') && !target.starts_with("//"));
    if !follows || target.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(FieldError::new(field, "must be an address: https://…, http://… or /…"));
    }
    text(field, target, MAX_ADDRESS_CHARS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(json: serde_json::Value) -> String {
        let rule: Rule = match serde_json::from_value(json) {
            Ok(rule) => rule,
            Err(error) => return error.to_string(),
        };
        let filter = |text: &str| if text.contains('=') { Ok(()) } else { Err("expected an operator".to_owned()) };
        let sort = |text: &str| if text.contains(':') { Ok(()) } else { Err("is no order".to_owned()) };
        rule.check(&filter, &sort).err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn a_rule_that_cannot_be_is_refused_by_field() {
        let then = |json: &str| format!(r#"{{"id": "r", "then": {json}}}"#);
        let when = |json: &str| format!(r#"{{"id": "r", "when": [{json}], "then": {{"hide": ["a"]}}}}"#);
        let wrong = [
            (r#"{"id": "", "then": {"hide": ["a"]}}"#.to_owned(), "id: must have 1 to 64"),
            (then("{}"), "then.pin: nothing follows"),
            (then(r#"{"pin": [{"id": "a", "position": 0}]}"#), "then.pin[0].position: must lie"),
            (
                then(r#"{"pin": [{"id": "a", "position": 1}, {"id": "b", "position": 1}]}"#),
                "then.pin[1].position: place 1",
            ),
            (
                then(r#"{"pin": [{"id": "a", "position": 1}, {"id": "a", "position": 2}]}"#),
                "then.pin[1].id: `a` is pinned",
            ),
            (then(r#"{"pin": [{"id": "a", "position": 1}], "hide": ["a"]}"#), "then.hide[0]: `a` is pinned"),
            (then(r#"{"boost": [{"factor": 2}]}"#), "then.boost[0].filter: name the products"),
            (then(r#"{"boost": [{"ids": ["a"], "factor": 0.5}]}"#), "then.boost[0].factor: must lie between 1"),
            (then(r#"{"bury": [{"ids": ["a"], "factor": 1}]}"#), "then.bury[0].factor: must lie between 0"),
            (then(r#"{"bury": [{"filter": "brand"}]}"#), "then.bury[0].filter: expected an operator"),
            (then(r#"{"filter": "brand"}"#), "then.filter: expected an operator"),
            (then(r#"{"sort": "price"}"#), "then.sort: is no order"),
            (then(r#"{"redirect": "javascript:alert(1)"}"#), "then.redirect: must be an address"),
            (then(r#"{"redirect": "//elsewhere"}"#), "then.redirect: must be an address"),
            (then(r#"{"banners": [{"link": "/sale"}]}"#), "then.banners[0].data: a banner needs"),
            (then(r#"{"remove_words": ["very cheap"]}"#), "then.remove_words[0]: must be one word"),
            (when(r#"{"query": {"exact": "!"}}"#), "when[0].query.exact: has no words"),
            (
                when(r#"{"query": {"pattern": "(boots"}}"#),
                "when[0].query.pattern: is no pattern: error: unclosed group",
            ),
            (when(r#"{"query": {"pattern": "(\\w{100}){100}"}}"#), "when[0].query.pattern: is no pattern: Compiled"),
            (
                when(r#"{"from": "2026-02-01T00:00:00Z", "until": "2026-01-01T00:00:00Z"}"#),
                "when[0].until: must be later",
            ),
            (when(r#"{"categories": ["Shoes >  > Boots"]}"#), "when[0].categories[0]: `Shoes >  > Boots` has an empty"),
            (when(r#"{"days": ["someday"]}"#), "`someday` is no day"),
            (when(r#"{"colour": "red"}"#), "unknown field `colour`"),
        ];
        for (rule, expected) in wrong {
            let found = serde_json::from_str(&rule).map(checked).unwrap_or_else(|error| error.to_string());
            assert!(found.starts_with(expected), "{rule}: {found}");
        }
        assert_eq!(checked(serde_json::json!({"id": "r", "then": {"redirect": "/sale"}})), "");
    }
}
