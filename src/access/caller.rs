//! The caller of a request: its scopes, and the shopper ids and filters it may use. A handler calls
//! [`Caller::shopper`] and [`Caller::filter`] once each and uses only their results.

use tastemaker_index::column::Filter;

use super::key::{ApiKey, KeyId};
use super::refusal::Refusal;
use super::scope::{Scope, Scopes};
use super::token::DerivedPayload;

/// The fewest characters of an anonymous id in a request with a public key, so that nobody can guess
/// another's.
pub const MIN_ANONYMOUS_CHARS: usize = 16;

/// The beginning of the message ids of orders that come with a public key.
const PUBLIC_ORDER: &str = "public:";

/// The caller of a request.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Id of the key; absent while access control is off.
    key: Option<KeyId>,
    scopes: Scopes,
    /// True if the key may be in a shopper's hands.
    public: bool,
    filter: Option<String>,
    user_id: Option<String>,
    anonymous_id: Option<String>,
    /// The user id proven by a shopper token.
    proven: Option<String>,
}

/// The shopper ids a request may use.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ShopperIds {
    /// The user id.
    pub user_id: Option<String>,
    /// The device id.
    pub anonymous_id: Option<String>,
}

impl Caller {
    /// A caller with every permission, used while access control is off.
    pub fn anyone() -> Self {
        Self {
            key: None,
            scopes: Scopes::ALL,
            public: false,
            filter: None,
            user_id: None,
            anonymous_id: None,
            proven: None,
        }
    }

    /// The caller of endpoints that need no key; it has no scopes.
    pub fn nobody() -> Self {
        Self { scopes: Scopes::default(), public: true, ..Self::anyone() }
    }

    /// The holder of `key`.
    pub fn of_key(key: &ApiKey) -> Self {
        Self { key: Some(key.id.clone()), scopes: key.scopes, public: key.public, ..Self::anyone() }
    }

    /// The holder of a key derived from `parent`; always treated as public.
    pub fn of_derived(parent: &ApiKey, payload: DerivedPayload) -> Self {
        Self {
            key: Some(parent.id.clone()),
            scopes: payload.scopes(parent.scopes),
            public: true,
            filter: payload.filter,
            user_id: payload.user_id,
            anonymous_id: payload.anonymous_id,
            proven: None,
        }
    }

    /// The same caller, with a user id proven by a shopper token.
    pub fn proven(self, user_id: String) -> Self {
        Self { proven: Some(user_id), ..self }
    }

    /// Id of the key; absent while access control is off.
    pub fn key(&self) -> Option<&KeyId> {
        self.key.as_ref()
    }

    /// The scopes of the key.
    pub fn scopes(&self) -> Scopes {
        self.scopes
    }

    /// True if the key carries a filter.
    pub fn has_filter(&self) -> bool {
        self.filter.is_some()
    }

    /// True if the key may be in a shopper's hands.
    pub fn is_public(&self) -> bool {
        self.public
    }

    /// Checks that the key has a scope.
    pub fn open(&self, scope: Scope) -> Result<(), Refusal> {
        if self.scopes.contains(scope) { Ok(()) } else { Err(Refusal::Scope(scope)) }
    }

    /// The shopper ids a request may use, from those it names. A derived key's own ids win over absent ones
    /// and refuse others; with a public key a user id needs a shopper token.
    ///
    /// # Errors
    /// The reason the request may not use an id.
    pub fn shopper(&self, user_id: Option<String>, anonymous_id: Option<String>) -> Result<ShopperIds, Refusal> {
        if !self.public {
            return Ok(ShopperIds { user_id, anonymous_id });
        }
        let not_empty = |id: Option<String>| id.filter(|id| !id.is_empty());
        let user_id = match (not_empty(user_id), &self.user_id) {
            (None, own) => own.clone(),
            // A derived key made for one user never acts for another, not even with a shopper token.
            (Some(id), Some(own)) if id == *own => Some(id),
            (Some(_), Some(_)) => return Err(Refusal::OtherShopper { field: "user_id" }),
            (Some(id), None) => match &self.proven {
                Some(proven) if id == *proven => Some(id),
                Some(_) => return Err(Refusal::OtherShopper { field: "user_id" }),
                None => return Err(Refusal::ShopperTokenRequired),
            },
        };
        let anonymous_id = match (not_empty(anonymous_id), &self.anonymous_id) {
            (None, own) => own.clone(),
            (Some(id), Some(own)) if id == *own => Some(id),
            (Some(_), Some(_)) => return Err(Refusal::OtherShopper { field: "anonymous_id" }),
            (Some(id), None) if id.chars().count() < MIN_ANONYMOUS_CHARS => {
                return Err(Refusal::GuessableId { least: MIN_ANONYMOUS_CHARS });
            }
            (Some(id), None) => Some(id),
        };
        Ok(ShopperIds { user_id, anonymous_id })
    }

    /// The id under which an order of this caller is recorded. Orders of public keys are told apart from those that the
    /// shop sends itself, so nobody can take the id of an order before the shop sends it.
    pub fn order_id_of(&self, message_id: String) -> String {
        if self.public { format!("{PUBLIC_ORDER}{message_id}") } else { message_id }
    }

    /// An id of [`Self::order_id_of`] as the caller gave it.
    pub fn given_id(&self, recorded: String) -> String {
        match recorded.strip_prefix(PUBLIC_ORDER) {
            Some(given) if self.public => given.to_owned(),
            _ => recorded,
        }
    }

    /// The filter of a request: its own and the key's, both required.
    ///
    /// # Errors
    /// A syntax error in the request's own filter. It is parsed by itself first, so that no bracket or `OR`
    /// in it can break out and weaken the key's filter.
    pub fn filter(&self, given: Option<String>) -> tastemaker_index::error::Result<Option<String>> {
        match (given, &self.filter) {
            (Some(given), Some(own)) => {
                Filter::parse(&given)?;
                Ok(Some(format!("({given}) AND ({own})")))
            }
            (given, own) => Ok(given.or_else(|| own.clone())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn public() -> Caller {
        Caller { public: true, ..Caller::anyone() }
    }

    fn text(id: &str) -> Option<String> {
        Some(id.to_owned())
    }

    #[test]
    fn a_secret_key_names_whom_it_likes() {
        let both = ShopperIds { user_id: text("u1"), anonymous_id: text("a1") };
        assert_eq!(Caller::anyone().shopper(text("u1"), text("a1")), Ok(both));
    }

    #[test]
    fn a_public_key_names_a_user_with_proof_and_a_device_nobody_guesses() {
        assert_eq!(public().shopper(text("u1"), None), Err(Refusal::ShopperTokenRequired));
        let proven = public().proven("u1".to_owned());
        assert_eq!(proven.shopper(text("u1"), None).map(|shopper| shopper.user_id), Ok(text("u1")));
        assert_eq!(proven.shopper(text("u2"), None), Err(Refusal::OtherShopper { field: "user_id" }));
        assert_eq!(proven.shopper(None, None), Ok(ShopperIds::default()));
        assert_eq!(public().shopper(None, text("fifteen-letters")), Err(Refusal::GuessableId { least: 16 }));
        let device = text("3f0c9a7e-sixteen");
        assert_eq!(public().shopper(None, device.clone()).map(|shopper| shopper.anonymous_id), Ok(device));
    }

    #[test]
    fn a_derived_key_speaks_for_its_own_shopper_only() {
        let own = Caller { user_id: text("u1"), anonymous_id: text("a1"), ..public() };
        let both = ShopperIds { user_id: text("u1"), anonymous_id: text("a1") };
        assert_eq!(own.shopper(None, None), Ok(both.clone()));
        assert_eq!(own.shopper(text(""), text("a1")), Ok(both));
        assert_eq!(own.shopper(text("u2"), None), Err(Refusal::OtherShopper { field: "user_id" }));
        assert_eq!(own.shopper(None, text("a2")), Err(Refusal::OtherShopper { field: "anonymous_id" }));
    }

    #[test]
    fn orders_of_public_keys_have_ids_of_their_own() {
        let recorded = public().order_id_of("order-1001".to_owned());
        assert_ne!(recorded, Caller::anyone().order_id_of("order-1001".to_owned()));
        assert_eq!(public().given_id(recorded), "order-1001");
        let twice = public().order_id_of("public:order-1001".to_owned());
        assert_ne!(twice, public().order_id_of("order-1001".to_owned()));
        assert_eq!(public().given_id(twice), "public:order-1001");
    }

    #[test]
    fn no_given_filter_widens_the_carried_one() -> tastemaker_index::error::Result<()> {
        let own = Caller { filter: text("brand = \"Acme\""), ..public() };
        assert_eq!(own.filter(None)?, text("brand = \"Acme\""));
        assert_eq!(own.filter(text("a = 1 OR b = 2"))?, text("(a = 1 OR b = 2) AND (brand = \"Acme\")"));
        assert!(own.filter(text("a = 1) OR (b = 2")).is_err());
        assert!(own.filter(text("")).is_err());
        assert_eq!(Caller::anyone().filter(text("a = 1"))?, text("a = 1"));
        Ok(())
    }
}
