//! Checks of an event beyond its types, as a sender hands it in.

use super::{Channel, Event, EventKind};
use crate::product::{FieldError, check_id};

/// The most products of one event.
pub const MAX_EVENT_PRODUCTS: usize = 500;
/// The longest query, name or URL, in characters.
pub const MAX_TEXT_CHARS: usize = 2048;
/// The largest `properties`, in bytes of JSON.
pub const MAX_PROPERTIES_BYTES: usize = 8192;
/// The most preferences stated in one event.
pub const MAX_STATED: usize = 100;

impl Event {
    /// Checks an event as a sender may send it.
    ///
    /// # Errors
    /// The first wrong field, and what it must be.
    pub fn check(&self) -> Result<(), FieldError> {
        // Impressions of unknown shoppers still count for placements.
        if self.shopper().is_none() && self.kind != EventKind::Impression {
            return Err(FieldError::new("user_id", "give user_id, anonymous_id or both"));
        }
        if self.kind == EventKind::Erase {
            return Err(FieldError::new("type", "erase is not sent as an event: DELETE /v1/profiles/{id}"));
        }
        self.check_fields()?;
        self.check_kind()
    }

    fn check_fields(&self) -> Result<(), FieldError> {
        let ids = [
            ("message_id", &self.message_id),
            ("user_id", &self.user_id),
            ("anonymous_id", &self.anonymous_id),
            ("session_id", &self.session_id),
            ("query_id", &self.query_id),
            ("placement", &self.placement),
            ("order_id", &self.order_id),
        ];
        for (field, id) in ids {
            if let Some(id) = id {
                check_id(field, id)?;
            }
        }
        for (field, text) in [("query", &self.query), ("name", &self.name), ("url", &self.url)] {
            if text.as_ref().is_some_and(|text| text.chars().count() > MAX_TEXT_CHARS) {
                return Err(FieldError::new(field, format!("has more than the limit of {MAX_TEXT_CHARS} characters")));
            }
        }
        if self.channel == Some(Channel::Other) {
            let known = Channel::ALL.map(Channel::name).join(", ");
            return Err(FieldError::new("channel", format!("is not known; known are {known}")));
        }
        if let Some(code) = &self.currency
            && !(code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase()))
        {
            return Err(FieldError::new("currency", "must be an ISO 4217 code such as EUR"));
        }
        if self.value.is_some_and(|value| value < 0) {
            return Err(FieldError::new("value", "must not be below 0; a refund's value is what is given back"));
        }
        let properties = self.properties.as_ref().and_then(|map| serde_json::to_vec(map).ok());
        if properties.is_some_and(|bytes| bytes.len() > MAX_PROPERTIES_BYTES) {
            let message = format!("has more than the limit of {MAX_PROPERTIES_BYTES} bytes");
            return Err(FieldError::new("properties", message));
        }
        self.check_products()
    }

    fn check_products(&self) -> Result<(), FieldError> {
        if self.products.len() > MAX_EVENT_PRODUCTS {
            let found = self.products.len();
            let message = format!("has {found} entries, at most {MAX_EVENT_PRODUCTS} are allowed");
            return Err(FieldError::new("products", message));
        }
        for (index, product) in self.products.iter().enumerate() {
            let at = |field: &str| format!("products[{index}].{field}");
            // The field's name is made on failure only: this runs for every product.
            check_id("id", &product.id).map_err(|error| FieldError::new(at("id"), error.message))?;
            if product.quantity == 0 {
                return Err(FieldError::new(at("quantity"), "must be at least 1"));
            }
            if product.price.is_some_and(|price| price < 0) {
                return Err(FieldError::new(at("price"), "must not be below 0"));
            }
        }
        Ok(())
    }

    /// Checks the fields that a kind requires, and those reserved to one kind.
    fn check_kind(&self) -> Result<(), FieldError> {
        let kind = self.kind;
        let missing = |field: &str, what: &str| Err(FieldError::new(field, format!("{} needs {what}", kind.name())));
        if kind.needs_products() && self.products.is_empty() {
            return Err(FieldError::new("products", "is empty; name at least one product"));
        }
        match kind {
            EventKind::Refund if self.order_id.is_none() && self.products.is_empty() => {
                missing("order_id", "the order, the products, or both")
            }
            EventKind::Search if self.query.is_none() && self.query_id.is_none() => {
                missing("query", "the words searched")
            }
            EventKind::Custom if self.name.is_none() => missing("name", "a name"),
            EventKind::Identify | EventKind::Unlink if self.link().is_none() => {
                missing("anonymous_id", "both user_id and anonymous_id")
            }
            EventKind::Consent if self.consent.is_none_or(|given| given == Default::default()) => {
                missing("consent", "personalization, storage or both")
            }
            EventKind::Preferences if self.preferences.as_ref().is_none_or(|stated| stated.is_empty()) => {
                missing("preferences", "at least one")
            }
            _ if kind != EventKind::Consent && self.consent.is_some() => {
                Err(FieldError::new("consent", "belongs to an event of type consent"))
            }
            _ if kind != EventKind::Preferences && self.preferences.is_some() => {
                Err(FieldError::new("preferences", "belongs to an event of type preferences"))
            }
            _ => self.check_stated(),
        }
    }

    fn check_stated(&self) -> Result<(), FieldError> {
        let Some(stated) = &self.preferences else { return Ok(()) };
        if stated.len() > MAX_STATED {
            return Err(FieldError::new("preferences", format!("states more than the limit of {MAX_STATED} things")));
        }
        if stated.channels.contains_key(&Channel::Other) {
            return Err(FieldError::new("preferences.channels", "names a channel that is not known"));
        }
        let names = stated.brands.keys().chain(stated.categories.keys()).chain(stated.attributes.keys());
        names.chain(stated.attributes.values().flatten()).try_for_each(|name| check_id("preferences", name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(json: &str) -> Result<(), String> {
        let event: Event = serde_json::from_str(json).map_err(|error| error.to_string())?;
        event.check().map_err(|error| error.field)
    }

    #[test]
    fn every_kind_is_accepted_with_its_fields_and_refused_without() {
        let product = r#""products":[{"id":"p"}]"#;
        let cases = [
            ("view", product, "products"),
            ("click", product, "products"),
            ("add_to_cart", product, "products"),
            ("remove_from_cart", product, "products"),
            ("purchase", product, "products"),
            ("wishlist", product, "products"),
            ("remove_from_wishlist", product, "products"),
            ("dismiss", product, "products"),
            ("refund", r#""order_id":"o""#, "order_id"),
            ("search", r#""query":"boots""#, "query"),
            ("custom", r#""name":"quiz""#, "name"),
            ("consent", r#""consent":{"storage":false}"#, "consent"),
            ("preferences", r#""preferences":{"brands":{"Acme":"like"}}"#, "preferences"),
            ("identify", r#""anonymous_id":"a""#, "anonymous_id"),
            ("unlink", r#""anonymous_id":"a""#, "anonymous_id"),
        ];
        for (kind, needs, field) in cases {
            assert_eq!(checked(&format!(r#"{{"type":"{kind}","user_id":"u",{needs}}}"#)), Ok(()), "{kind}");
            let without = checked(&format!(r#"{{"type":"{kind}","user_id":"u"}}"#));
            assert_eq!(without, Err(field.to_owned()), "{kind}");
        }
        for kind in ["page", "impression"] {
            assert_eq!(checked(&format!(r#"{{"type":"{kind}","user_id":"u"}}"#)), Ok(()));
        }
        assert_eq!(checked(r#"{"type":"erase","user_id":"u"}"#), Err("type".to_owned()));
        assert_eq!(checked(r#"{"type":"impression"}"#), Ok(()));
        assert_eq!(checked(r#"{"type":"page"}"#), Err("user_id".to_owned()));
    }

    #[test]
    fn the_wrong_field_is_named() {
        let view =
            |extra: &str| checked(&format!(r#"{{"type":"view","user_id":"u","products":[{{"id":"p"}}],{extra}}}"#));
        assert_eq!(view(r#""channel":"fax""#), Err("channel".to_owned()));
        assert_eq!(view(r#""currency":"euro""#), Err("currency".to_owned()));
        assert_eq!(view(r#""value":-1"#), Err("value".to_owned()));
        assert_eq!(view(r#""consent":{"storage":true}"#), Err("consent".to_owned()));
        assert_eq!(view(r#""channel":"e-mail""#), Ok(()));
    }
}
