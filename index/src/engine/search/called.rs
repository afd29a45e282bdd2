//! The products that rules call by ids: an id is that of a product, or else of a group of variants, which stands for all
//! of them.

use super::Curator;
use crate::column::stored_form;
use crate::curation::{Applied, Rule};
use crate::id::Ordinal;
use crate::product::FieldError;

/// The column of the groups of variants.
const GROUP: &str = "group_id";

impl Curator<'_> {
    /// The products with an id: the one of that id, else those of the group of that id, ascending.
    pub(in crate::engine) fn called(self, id: &str) -> Vec<Ordinal> {
        if let Some(ordinal) = self.snapshot.generation.products.ordinal(id) {
            return vec![ordinal];
        }
        // A catalogue without groups has no such column.
        let Some(groups) = self.snapshot.generation.columns.keyword(GROUP).map(|column| column.view()) else {
            return Vec::new();
        };
        let of_group = groups.products_of(groups.equal_to(&stored_form(GROUP, id))).iter().copied();
        of_group.filter(|&ordinal| self.snapshot.is_live(ordinal)).collect()
    }

    /// The products that rules hide.
    pub(in crate::engine) fn hidden(self, applied: &Applied) -> Vec<Ordinal> {
        applied.hidden.iter().flat_map(|id| self.called(id)).collect()
    }

    /// The ids of a rule that call no product and no group, with the path of each.
    pub(super) fn unknown_products(self, rule: &Rule) -> Vec<FieldError> {
        let then = &rule.then;
        let pins = then.pin.iter().enumerate().map(|(at, pin)| (format!("then.pin[{at}].id"), &pin.id));
        let hidden = then.hide.iter().enumerate().map(|(at, id)| (format!("then.hide[{at}]"), id));
        let weighed = [("boost", &then.boost), ("bury", &then.bury)].into_iter().flat_map(|(name, list)| {
            list.iter().enumerate().flat_map(move |(at, one)| {
                one.ids.iter().enumerate().map(move |(place, id)| (format!("then.{name}[{at}].ids[{place}]"), id))
            })
        });
        let unknown = pins.chain(hidden).chain(weighed).filter(|(_, id)| self.called(id).is_empty());
        let told = |(field, id): (String, &String)| {
            FieldError::new(field, format!("`{id}` is no product and no group of the catalogue, so it changes nothing"))
        };
        unknown.map(told).collect()
    }
}
