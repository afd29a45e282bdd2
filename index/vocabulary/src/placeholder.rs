//! Texts that stand where an id should be: a tag that runs before the shop knows its shopper sends `undefined`, and
//! everybody who gets that id would be one person.

use std::collections::BTreeSet;

use crate::product::{FieldError, is_unfilled};

/// The texts that are no ids unless the settings say otherwise.
pub const PLACEHOLDERS: &[&str] = &[
    "undefined",
    "null",
    "nil",
    "none",
    "nan",
    "0",
    "-1",
    "false",
    "true",
    "[object object]",
    "(not set)",
    "not set",
    "n/a",
    "unknown",
    "anonymous",
    "guest",
    "00000000-0000-0000-0000-000000000000",
];

/// The texts that are no ids of a shopper, in any case and with blanks around them.
#[derive(Debug, Clone, Default)]
pub struct PlaceholderIds(BTreeSet<String>);

impl PlaceholderIds {
    /// These texts, and templates that nobody filled in.
    pub fn new(texts: &[String]) -> Self {
        Self(texts.iter().map(|text| text.trim().to_lowercase()).collect())
    }

    /// Checks the ids of a shopper.
    ///
    /// # Errors
    /// The first field whose text is no id.
    pub fn check(&self, user_id: Option<&str>, anonymous_id: Option<&str>) -> Result<(), FieldError> {
        [("user_id", user_id), ("anonymous_id", anonymous_id)]
            .into_iter()
            .try_for_each(|(field, id)| id.map_or(Ok(()), |id| self.check_id(field, id)))
    }

    /// Checks one id.
    ///
    /// # Errors
    /// The field, if its text is no id.
    pub fn check_id(&self, field: &str, id: &str) -> Result<(), FieldError> {
        if !self.contains(id) {
            return Ok(());
        }
        let message = format!(
            "`{id}` is no id but what a page sends that does not know it; leave the field out \
             (`events.placeholder_ids` lists such texts)"
        );
        Err(FieldError::new(field, message))
    }

    fn contains(&self, id: &str) -> bool {
        let id = id.trim();
        // An empty id means that there is none.
        !id.is_empty() && (is_unfilled(id) || self.0.contains(&id.to_lowercase()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_shop_calls_a_shopper_is_refused_by_field() {
        let refused = PlaceholderIds::new(&PLACEHOLDERS.iter().map(|&text| text.to_owned()).collect::<Vec<_>>());
        let field = |user, device| refused.check(user, device).err().map(|error| error.field);
        for id in ["undefined", "NULL", " [object Object] ", "0", "{{user.id}}", "${user}", "%%USER%%"] {
            assert_eq!(field(Some(id), Some("a-phone")).as_deref(), Some("user_id"), "{id}");
            assert_eq!(field(None, Some(id)).as_deref(), Some("anonymous_id"), "{id}");
        }
        for id in ["", "00", "u0", "undefined-7", "nullable", "{7}"] {
            assert_eq!(field(Some(id), None), None, "{id}");
        }
        assert_eq!(PlaceholderIds::new(&[]).check(Some("0"), None), Ok(()));
        for (id, is_id) in [("undefined", false), ("NaN", false), ("{{sku}}", false), ("0", true), ("none", true)] {
            assert_eq!(crate::product::check_product_id("id", id).is_ok(), is_id, "{id}");
        }
    }
}
