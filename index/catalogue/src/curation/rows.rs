//! Rules for rows of recommendations: the rows a rule applies to, and the consequences allowed
//! there.

use super::rule::{Conditions, Rule};
use crate::placement::PlacementKind;
use crate::product::FieldError;

/// The name that includes every row.
const ANY: &str = "any";
/// The home page, whose shelves are named below it.
const HOME: &str = "home";
/// The shelf of the home page that is not a kind of placement.
const CATEGORY_SHELF: &str = "category";

/// The parts of a row of recommendations that rules depend on.
#[derive(Debug, Clone, Copy)]
pub struct RuleRow<'a> {
    /// The placement: the name of a kind; for a shelf of the home page, prefixed with `home/`.
    pub placement: &'a str,
    /// The ids of the products that the row is based on.
    pub products: &'a [&'a str],
}

/// True if a name in a rule includes a placement.
fn includes(name: &str, placement: &str) -> bool {
    let of_a_page = || placement.strip_prefix(name).is_some_and(|rest| rest.starts_with('/'));
    name == ANY || name == placement || of_a_page()
}

impl Conditions {
    /// True if the conditions on placement and products hold for this row, or, for `None`, if they apply to searches.
    pub(super) fn apply_to(&self, row: Option<&RuleRow<'_>>) -> bool {
        let Some(row) = row else { return self.placements.is_empty() };
        let about = |id: &String| row.products.contains(&id.as_str());
        self.placements.iter().any(|name| includes(name, row.placement))
            && (self.products.is_empty() || self.products.iter().any(about))
    }

    /// True if some row matches both, or both apply to searches.
    pub(super) fn share_a_row(&self, other: &Self) -> bool {
        let (ours, theirs) = (&self.placements, &other.placements);
        let both = |a: &String| theirs.iter().any(|b| b == ANY || includes(a, b) || includes(b, a));
        ours.is_empty() && theirs.is_empty() || ours.iter().any(both)
    }
}

impl Rule {
    /// Rejects unknown placements, conditions and consequences that only make sense for searches in a rule for rows,
    /// and those that only make sense for rows in a rule for searches.
    pub(super) fn check_rows(&self) -> Result<(), FieldError> {
        let for_rows = |conditions: &Conditions| !conditions.placements.is_empty();
        for (at, conditions) in self.when.iter().enumerate() {
            let wrong = |field: &str, message: String| Err(FieldError::new(format!("when[{at}].{field}"), message));
            if let Some(place) = conditions.placements.iter().position(|name| !is_known(name)) {
                let kinds: Vec<&str> = PlacementKind::ALL.into_iter().map(PlacementKind::name).collect();
                let found = &conditions.placements[place];
                return wrong(
                    &format!("placements[{place}]"),
                    format!("`{found}` is not a placement; known are {ANY}, {HOME}, {}", kinds.join(", ")),
                );
            }
            if for_rows(conditions) && conditions.query.is_some() {
                let message = "nothing is typed for a row of recommendations; leave `placements` or `query` out";
                return wrong("query", message.to_owned());
            }
            if !for_rows(conditions) && !conditions.products.is_empty() {
                let message = "says what a row of recommendations is about; name the rows in `placements`";
                return wrong("products", message.to_owned());
            }
        }
        let then = &self.then;
        if !self.when.iter().any(for_rows) && !then.never_beside.is_empty() {
            let message = "holds for rows of recommendations; name them in a condition: {\"placements\": [\"any\"]}";
            return Err(FieldError::new("then.never_beside", message));
        }
        let of_searches = [
            ("replace_query", then.replace_query.is_some()),
            ("remove_words", !then.remove_words.is_empty()),
            ("banners", !then.banners.is_empty()),
            ("redirect", then.redirect.is_some()),
            ("sort", then.sort.is_some()),
            ("facet_order", !then.facet_order.is_empty()),
        ];
        let rows_only = !self.when.is_empty() && self.when.iter().all(for_rows);
        match of_searches.into_iter().find(|(_, present)| rows_only && *present) {
            Some((field, _)) => {
                let message = "follows for searches only, and every condition of this rule names placements";
                Err(FieldError::new(format!("then.{field}"), message))
            }
            None => Ok(()),
        }
    }
}

fn is_known(name: &str) -> bool {
    let is_kind = |name: &str| PlacementKind::ALL.into_iter().any(|kind| kind.name() == name);
    let shelf = name.strip_prefix(HOME).and_then(|rest| rest.strip_prefix('/'));
    name == ANY || name == HOME || is_kind(name) || shelf.is_some_and(|shelf| shelf == CATEGORY_SHELF || is_kind(shelf))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn conditions(json: serde_json::Value) -> Conditions {
        serde_json::from_value(json).unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn a_row_is_meant_by_its_name_its_page_or_any() {
        let row = |placement: &'static str| RuleRow { placement, products: &["p1"] };
        let includes =
            |name: &str, placement| conditions(json!({"placements": [name]})).apply_to(Some(&row(placement)));
        assert!(includes("similar", "similar") && includes("any", "similar") && includes("home", "home/for-you"));
        assert!(includes("home/for-you", "home/for-you"));
        assert!(
            !includes("for-you", "home/for-you")
                && !includes("home/for-you", "for-you")
                && !includes("similar", "upsell")
        );
        let about = |id: &str| conditions(json!({"placements": ["any"], "products": [id]}));
        assert!(about("p1").apply_to(Some(&row("similar"))) && !about("p2").apply_to(Some(&row("similar"))));
        assert!(!about("p1").apply_to(None), "a search");
        assert!(conditions(json!({})).apply_to(None) && !conditions(json!({})).apply_to(Some(&row("similar"))));
    }

    #[test]
    fn rules_overlap_only_where_a_row_matches_both() {
        let overlap = |a: &str, b: &str| {
            conditions(json!({"placements": [a]})).share_a_row(&conditions(json!({"placements": [b]})))
        };
        assert!(overlap("any", "similar") && overlap("home", "home/for-you") && overlap("similar", "similar"));
        assert!(!overlap("similar", "upsell") && !overlap("home/for-you", "for-you"));
        assert!(!conditions(json!({})).share_a_row(&conditions(json!({"placements": ["any"]}))), "a search and a row");
    }

    #[test]
    fn what_a_rule_cannot_say_of_rows_is_refused_by_field() {
        let check = |when: serde_json::Value, then: serde_json::Value| {
            let rule: Rule = serde_json::from_value(json!({"id": "r", "when": when, "then": then}))
                .unwrap_or_else(|error| panic!("{error}"));
            rule.check(&|_| Ok(()), &|_| Ok(())).err().map(|error| error.field).unwrap_or_default()
        };
        let hide = json!({"hide": ["a"]});
        let apart = json!({"never_beside": [{"products": {"ids": ["a"]}, "beside": {"filter": "brand = \"B\""}}]});
        assert_eq!(check(json!([{"placements": ["simular"]}]), hide.clone()), "when[0].placements[0]");
        assert_eq!(check(json!([{"placements": ["any"], "query": {"exact": "tv"}}]), hide.clone()), "when[0].query");
        assert_eq!(check(json!([{"products": ["a"]}]), hide.clone()), "when[0].products");
        assert_eq!(check(json!([{}]), apart.clone()), "then.never_beside");
        assert_eq!(check(json!([{"placements": ["any"]}]), json!({"redirect": "/sale"})), "then.redirect");
        let blank = json!({"never_beside": [{"products": {}, "beside": {"ids": ["a"]}}]});
        assert_eq!(check(json!([{"placements": ["any"]}]), blank), "then.never_beside[0].products.filter");
        assert_eq!(check(json!([{}, {"placements": ["home/category", "home/buy-again"]}]), hide), "");
        assert_eq!(check(json!([{"placements": ["any"]}]), apart), "");
    }
}
