//! One change of one product as stored in the change log, and its application. A patch is stored as a patch
//! (RFC 7396): applied to the product of a newer feed, it changes the patched fields only and does not
//! restore the older product.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tastemaker_index::feed::read_product;
use tastemaker_index::product::{FieldError, Product};
use xxhash_rust::xxh3::xxh3_64;

/// The content of a change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeAction {
    /// Creates or replaces the product.
    Put(Box<Product>),
    /// Changes the named fields; null removes one.
    Patch(Map<String, Value>),
    /// Deletes the product.
    Delete,
}

/// A change of one product with its sequence number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProductChange {
    /// Counted from 1 over the life of the catalogue; the catalogue's version after the change.
    pub sequence: u64,
    /// The product's id.
    pub id: String,
    /// The content.
    pub act: ChangeAction,
}

impl ChangeAction {
    /// The product after the change; absent if there is none then.
    ///
    /// # Errors
    /// The wrong field, if a patch leaves an invalid product.
    pub fn applied(&self, before: Option<Product>) -> Result<Option<Product>, FieldError> {
        match self {
            Self::Put(product) => Ok(Some((**product).clone())),
            Self::Delete => Ok(None),
            Self::Patch(patch) => before.map(|before| patched(&before, patch)).transpose(),
        }
    }

    /// The fields of a patch that replaces whole fields only; such patches can be merged into one.
    pub fn flat_patch(&self) -> Option<&Map<String, Value>> {
        match self {
            Self::Patch(patch) if !patch.values().any(Value::is_object) => Some(patch),
            _ => None,
        }
    }
}

/// A product with a patch applied, validated as a whole.
fn patched(before: &Product, patch: &Map<String, Value>) -> Result<Product, FieldError> {
    let mut value = serde_json::to_value(before).map_err(|error| FieldError::new("product", error.to_string()))?;
    merge(&mut value, patch);
    let product = product(&value)?;
    match product.id == before.id {
        true => Ok(product),
        false => Err(FieldError::new("id", "cannot change; put the product under its new id and delete the old one")),
    }
}

/// JSON merge patch, RFC 7396, section 2.
fn merge(target: &mut Value, patch: &Map<String, Value>) {
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(target) = target else { return };
    for (name, value) in patch {
        match value {
            Value::Null => drop(target.remove(name)),
            Value::Object(patch) => merge(target.entry(name).or_insert(Value::Null), patch),
            value => drop(target.insert(name.clone(), value.clone())),
        }
    }
}

/// Reads a product by the rules of the native feed.
///
/// # Errors
/// The wrong field.
pub fn product(value: &Value) -> Result<Product, FieldError> {
    let read = read_product(value.to_string().as_bytes());
    let at = |field: Option<String>| field.unwrap_or_else(|| "product".to_owned());
    let product = read.map_err(|(field, message)| FieldError::new(at(field), message))?;
    product.check().map(|()| product.composed())
}

/// The version of a product: a hash of its content as 16 hexadecimal digits. It is the same before and after
/// a reindex and on every server.
pub fn version(product: &Product) -> String {
    // A product consists of plain values, which always serialize.
    format!("{:016x}", xxh3_64(&serde_json::to_vec(product).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    type Done = Result<(), Box<dyn std::error::Error>>;

    fn patch(text: &Value) -> ChangeAction {
        ChangeAction::Patch(text.as_object().cloned().unwrap_or_default())
    }

    fn boot() -> Result<Product, FieldError> {
        product(&json!({"id": "b", "title": "Boot", "price": 5, "attributes": {"color": "red", "size": [41, 42]}}))
    }

    #[test]
    fn a_patch_changes_what_it_names_and_null_takes_away() -> Done {
        let change = patch(&json!({"price": 7, "stock": 0, "attributes": {"color": null, "width": "wide"}}));
        let after = change.applied(Some(boot()?))?.ok_or("gone")?;
        let expected = json!({"id": "b", "title": "Boot", "price": 7, "stock": 0,
                              "attributes": {"width": "wide", "size": [41, 42]}});
        assert_eq!(after, product(&expected)?);
        assert_eq!(patch(&json!({"price": 7})).applied(None)?, None, "nothing there to patch");
        Ok(())
    }

    #[test]
    fn what_a_patch_leaves_is_checked_as_a_whole() -> Done {
        for (wrong, field) in [
            (json!({"title": null}), "title"),
            (json!({"price": -1}), "price"),
            (json!({"price": "7"}), "price"),
            (json!({"colour": "red"}), "colour"),
            (json!({"id": "c"}), "id"),
        ] {
            let refused = patch(&wrong).applied(Some(boot()?)).err().map(|error| error.field);
            assert_eq!(refused.as_deref(), Some(field), "{wrong}");
        }
        Ok(())
    }

    #[test]
    fn a_version_is_the_same_for_the_same_product_only() -> Done {
        let (boot, other) = (boot()?, patch(&json!({"stock": 3})).applied(Some(boot()?))?.ok_or("gone")?);
        assert_eq!(version(&boot), version(&boot.clone()));
        assert_ne!(version(&boot), version(&other));
        Ok(())
    }
}
