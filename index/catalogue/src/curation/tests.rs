//! The conditions under which rules apply, their combined consequences, and their conflicts.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Applied, Conflict, ConflictKind, Document, PartChange, PartChangeKind, Rule, RuleRequest, Rules};
use crate::context::Context;
use crate::event::Channel;

type Done = Result<(), Box<dyn std::error::Error>>;

fn words(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

fn rules(list: Value) -> Result<Rules, Box<dyn std::error::Error>> {
    let rules: Vec<Rule> = serde_json::from_value(list)?;
    for rule in &rules {
        rule.check(&|_| Ok(()), &|_| Ok(()))?;
    }
    Ok(Rules::new(&rules, &mut words)?)
}

/// A rule that only hides a product that does not exist, so that its id is its only effect.
fn rule(id: &str, when: &Value) -> Value {
    json!({"id": id, "when": [when], "then": {"hide": ["nothing"]}})
}

struct SampleRequest {
    context: Context,
    categories: Vec<String>,
    now: Timestamp,
}

impl Default for SampleRequest {
    fn default() -> Self {
        Self { context: Context::default(), categories: Vec::new(), now: Timestamp::UNIX_EPOCH }
    }
}

impl SampleRequest {
    fn apply(&self, rules: &Rules, query: &str) -> Applied {
        let words = words(query);
        let (context, categories, now) = (&self.context, &self.categories, self.now);
        rules.apply(&RuleRequest { query, words: &words, categories, row: None, context, now })
    }
}

fn applied_ids(rules: &Rules, query: &str) -> Vec<String> {
    SampleRequest::default().apply(rules, query).rules
}

#[test]
fn a_query_matches_exactly_inside_at_the_start_by_pattern_or_by_being_empty() -> Done {
    let rules = rules(json!([
        rule("contains", &json!({"query": {"contains": "Hiking Boots"}})),
        rule("empty", &json!({"query": {"empty": true}})),
        rule("exact", &json!({"query": {"exact": "hiking boots"}})),
        rule("filled", &json!({"query": {"empty": false}})),
        rule("pattern", &json!({"query": {"pattern": "^boots? (in )?size \\d+$"}})),
        rule("starts", &json!({"query": {"starts_with": "hiking"}})),
    ]))?;
    assert_eq!(applied_ids(&rules, "Hiking  boots!"), ["contains", "exact", "filled", "starts"]);
    assert_eq!(applied_ids(&rules, "red hiking boots"), ["contains", "filled"]);
    assert_eq!(applied_ids(&rules, "hiking in boots"), ["filled", "starts"]);
    assert_eq!(applied_ids(&rules, "hikingboots"), ["filled"]);
    assert_eq!(applied_ids(&rules, " BOOT  size 42"), ["filled", "pattern"]);
    assert_eq!(applied_ids(&rules, " "), ["empty"]);
    Ok(())
}

#[test]
fn all_conditions_of_one_set_hold_together_and_one_set_is_enough() -> Done {
    let one = json!({"id": "r", "when": [
        {"query": {"exact": "boots"}, "channels": ["app", "email"], "countries": ["SE"]},
        {"segments": ["vip"]},
    ], "then": {"hide": ["nothing"]}});
    let rules = rules(json!([one]))?;
    let mut sample = SampleRequest::default();
    assert!(sample.apply(&rules, "boots").rules.is_empty());
    sample.context.country = Some("se".to_owned());
    assert!(sample.apply(&rules, "boots").rules.is_empty());
    sample.context.channel = Some(Channel::App);
    assert_eq!(sample.apply(&rules, "boots").rules, ["r"]);
    assert!(sample.apply(&rules, "tent").rules.is_empty());
    sample.context.segments = vec!["VIP".to_owned()];
    assert_eq!(sample.apply(&rules, "tent").rules, ["r"]);
    Ok(())
}

#[test]
fn a_category_holds_for_those_below_it_only() -> Done {
    let rules = rules(json!([rule("r", &json!({"categories": ["Shoes > Boots"]}))]))?;
    for (category, holds) in
        [("shoes > boots", true), ("Shoes > Boots > Winter", true), ("Shoes", false), ("Shoes > Bootstraps", false)]
    {
        let sample = SampleRequest { categories: vec![category.to_owned()], ..SampleRequest::default() };
        assert_eq!(sample.apply(&rules, "").rules.len(), usize::from(holds), "{category}");
    }
    Ok(())
}

#[test]
fn a_schedule_begins_ends_and_knows_the_days_of_a_place() -> Done {
    let rules = rules(json!([
        rule("sale", &json!({"from": "2026-11-27T00:00:00Z", "until": "2026-11-28T00:00:00Z"})),
        rule("weekend", &json!({"days": ["sat", "sun"], "utc_offset_minutes": 60})),
        rule("winter", &json!({"seasons": ["winter"]})),
    ]))?;
    let at = |time: &str| -> Result<Vec<String>, jiff::Error> {
        Ok(SampleRequest { now: time.parse()?, ..SampleRequest::default() }.apply(&rules, "").rules)
    };
    assert!(at("2026-11-26T23:59:59Z")?.is_empty());
    assert_eq!(at("2026-11-27T00:00:00Z")?, ["sale"]);
    assert_eq!(at("2026-11-27T23:30:00Z")?, ["sale", "weekend"], "half past midnight on Saturday an hour east");
    assert_eq!(at("2026-11-28T00:00:00Z")?, ["weekend"]);
    assert_eq!(at("2026-12-01T00:00:00Z")?, ["winter"]);
    Ok(())
}

#[test]
fn consequences_add_up_and_priority_decides_where_only_one_can_be() -> Done {
    let rules = rules(json!([
        {"id": "a", "then": {"pin": [{"id": "p1", "position": 1}, {"id": "p2", "position": 2}], "redirect": "/a",
            "filter": "brand = \"A\"", "banners": [{"data": "a"}], "replace_query": "cheap tent"}},
        {"id": "b", "priority": 5, "then": {"pin": [{"id": "p3", "position": 1}, {"id": "p2", "position": 7}],
            "redirect": "/b", "filter": "price < 5", "banners": [{"data": "b"}], "remove_words": ["Cheap"]}},
        {"id": "c", "then": {"hide": ["p3"], "boost": [{"ids": ["x"]}], "bury": [{"ids": ["y"], "factor": 0.0}]}},
        {"id": "d", "off": true, "then": {"hide": ["p1"]}},
    ]))?;
    let applied = SampleRequest::default().apply(&rules, "anything");
    assert_eq!(applied.rules, ["b", "a", "c"]);
    assert_eq!(applied.redirect.as_deref(), Some("/b"));
    assert_eq!(applied.filters, ["price < 5", "brand = \"A\""]);
    assert_eq!((&*applied.query, applied.rewritten), ("tent", true));
    let pins: Vec<_> = applied.pins.iter().map(|pin| (&*pin.id, pin.position)).collect();
    assert_eq!(pins, [("p1", 1), ("p2", 7)], "the hidden one is not pinned, the first place of p2 counts");
    let factors: Vec<_> = applied.weighings.iter().map(|one| one.factor).collect();
    assert_eq!(factors, [Some(2.0), Some(0.0)]);
    assert_eq!(applied.banners.len(), 2);
    Ok(())
}

#[test]
fn a_pin_whose_place_is_taken_goes_to_the_next_free_one() -> Done {
    let rules = rules(json!([
        {"id": "a", "then": {"pin": [{"id": "p1", "position": 1}, {"id": "p2", "position": 2}]}},
        {"id": "b", "then": {"pin": [{"id": "p3", "position": 1}]}},
    ]))?;
    let pins: Vec<_> =
        SampleRequest::default().apply(&rules, "").pins.iter().map(|pin| (pin.id.clone(), pin.position)).collect();
    assert_eq!(pins, [("p1".to_owned(), 1), ("p2".to_owned(), 2), ("p3".to_owned(), 3)]);
    Ok(())
}

#[test]
fn removing_words_never_leaves_nothing() -> Done {
    let rules = rules(json!([{"id": "a", "then": {"remove_words": ["cheap"]}}]))?;
    let apply = |query| SampleRequest::default().apply(&rules, query).query;
    assert_eq!(apply("cheap, red tent"), "red tent");
    assert_eq!(apply("Cheap"), "Cheap");
    Ok(())
}

/// The kinds of conflict between two rules with these conditions and consequences.
fn kinds(a: &Value, b: &Value) -> Result<Vec<ConflictKind>, Box<dyn std::error::Error>> {
    let both = rules(json!([
        {"id": "a", "when": [a["when"]], "then": a["then"]},
        {"id": "b", "when": [b["when"]], "then": b["then"]},
    ]))?;
    Ok(both.conflicts(None, Timestamp::UNIX_EPOCH).into_iter().map(|conflict| conflict.kind).collect())
}

#[test]
fn every_kind_of_conflict_is_reported() -> Done {
    use ConflictKind::{
        PinnedAndHidden, PinnedTwice, RedirectAndPin, SamePosition, TwoQueries, TwoRedirects, TwoSorts,
    };
    let pin = |id: &str, position: usize| json!({"pin": [{"id": id, "position": position}]});
    let cases = [
        (pin("x", 1), pin("y", 1), vec![SamePosition]),
        (pin("x", 1), pin("x", 1), vec![]),
        (pin("x", 1), pin("x", 2), vec![PinnedTwice]),
        (json!({"hide": ["x"]}), pin("x", 1), vec![PinnedAndHidden]),
        (json!({"redirect": "/a"}), json!({"redirect": "/b"}), vec![TwoRedirects]),
        (json!({"redirect": "/a"}), json!({"redirect": "/a"}), vec![]),
        (pin("x", 1), json!({"redirect": "/b"}), vec![RedirectAndPin]),
        (json!({"replace_query": "a"}), json!({"replace_query": "b"}), vec![TwoQueries]),
        (json!({"sort": "price:asc"}), json!({"sort": "price:desc"}), vec![TwoSorts]),
    ];
    for (one, other, expected) in cases {
        let when = json!({"query": {"exact": "boots"}});
        let found = kinds(&json!({"when": when, "then": one}), &json!({"when": when, "then": other}))?;
        assert_eq!(found, expected, "{one} {other}");
    }
    Ok(())
}

#[test]
fn rules_conflict_only_where_one_request_matches_both() -> Done {
    let cases = [
        (json!({"query": {"exact": "boots"}}), json!({"query": {"exact": "Boots"}}), true),
        (json!({"query": {"exact": "boots"}}), json!({"query": {"exact": "tent"}}), false),
        (json!({"query": {"exact": "red boots"}}), json!({"query": {"contains": "boots"}}), true),
        (json!({"query": {"contains": "boots"}}), json!({"query": {"exact": "red boots"}}), true),
        (json!({"query": {"contains": "boots"}}), json!({"query": {"contains": "red"}}), false),
        (json!({"query": {"starts_with": "red boots"}}), json!({"query": {"starts_with": "red"}}), true),
        (json!({"query": {"pattern": "boots?$"}}), json!({"query": {"exact": "red boot"}}), true),
        (json!({"query": {"exact": "boots"}}), json!({}), true),
        (json!({"query": {"empty": true}}), json!({"query": {"exact": "boots"}}), false),
        (json!({"channels": ["app"]}), json!({"channels": ["web"]}), false),
        (json!({"channels": ["app"]}), json!({"countries": ["SE"]}), true),
        (json!({"categories": ["Shoes"]}), json!({"categories": ["Shoes > Boots"]}), true),
        (json!({"categories": ["Shoes > Boots"]}), json!({"categories": ["Shoes > Sandals"]}), false),
        (json!({"until": "2026-01-01T00:00:00Z"}), json!({"from": "2026-01-01T00:00:00Z"}), false),
        (json!({"days": ["mon"]}), json!({"days": ["tue"]}), false),
    ];
    for (one, other, expected) in cases {
        let then = |id: &str| json!({"pin": [{"id": id, "position": 1}]});
        let found = kinds(&json!({"when": one, "then": then("x")}), &json!({"when": other, "then": then("y")}))?;
        assert_eq!(!found.is_empty(), expected, "{one} {other}");
    }
    Ok(())
}

#[test]
fn conflicts_of_one_rule_name_the_one_that_has_its_way_first() -> Done {
    let pin = |id: &str, priority: i32, product: &str| json!({"id": id, "priority": priority, "then": {"pin": [{"id": product, "position": 1}]}});
    let rules = rules(json!([pin("a", 0, "x"), pin("b", 9, "y"), pin("c", 0, "z")]))?;
    assert_eq!(rules.conflicts(None, Timestamp::UNIX_EPOCH).len(), 3);
    let of_a: Vec<Conflict> = rules.conflicts(Some("a"), Timestamp::UNIX_EPOCH);
    assert_eq!(of_a.iter().map(|found| &found.rules).collect::<Vec<_>>(), [&["a", "c"], &["b", "a"]]);
    assert!(of_a[1].message.contains("`y` gets it"), "{of_a:?}");
    Ok(())
}

#[test]
fn a_document_says_what_differs_and_publishing_moves_a_draft() -> Done {
    let document: Document = serde_json::from_value(json!({
        "rules": {"a": {"id": "a", "then": {"hide": ["x"]}}},
        "drafts": {"a": {"id": "a", "then": {"hide": ["y"]}}, "b": {"id": "b", "then": {"hide": ["z"]}}},
    }))?;
    document.check(&|_| Ok(()), &|_| Ok(()))?;
    let after = document.published("a").ok_or("there is a draft")?;
    let found: Vec<_> =
        document.changes(&after).into_iter().map(|PartChange { id, change, .. }| (id, change)).collect();
    assert_eq!(found, [("a".to_owned(), PartChangeKind::Changed), ("a".to_owned(), PartChangeKind::Removed)]);
    assert_eq!(document.published("c"), None);
    let misnamed: Document = serde_json::from_value(json!({"rules": {"a": {"id": "b", "then": {"hide": ["x"]}}}}))?;
    assert!(misnamed.check(&|_| Ok(()), &|_| Ok(())).is_err_and(|error| error.field == "rules.a.id"));
    Ok(())
}
