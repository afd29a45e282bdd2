//! API keys without their secrets, the request for a new key, and its issue.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::WrongKey;
use super::scope::{Scope, Scopes};
use super::secret::{KeyText, SECRET_BYTES, SecretHash, hexadecimal};

/// The longest key name, in characters.
pub const MAX_NAME_CHARS: usize = 100;
/// The highest rate limit, in requests per minute.
pub const MAX_RATE_PER_MINUTE: u32 = 1_000_000;
/// Random bytes in a key id.
const ID_BYTES: usize = 6;
/// Random bytes needed to issue a key.
pub const RANDOM_BYTES: usize = ID_BYTES + SECRET_BYTES;

/// The public id of a key: 12 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct KeyId(String);

impl KeyId {
    /// Parses an id; absent if the text is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        (text.len() == 2 * ID_BYTES && text.bytes().all(digit)).then(|| Self(text.to_owned()))
    }
}

impl std::fmt::Display for KeyId {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.0)
    }
}

impl TryFrom<String> for KeyId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("a key id has 12 hexadecimal digits")
    }
}

/// The purpose of a key, which bounds its scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Administration: every scope.
    Admin,
    /// Writing: events, and the catalogue if named.
    Write,
    /// Searching and recommending.
    Read,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 3] = [Self::Admin, Self::Write, Self::Read];

    /// The role's name in requests and files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Write => "write",
            Self::Read => "read",
        }
    }

    /// The scopes of a key with this role if its request names none.
    pub const fn scopes(self) -> Scopes {
        match self {
            Self::Admin => Scopes::ALL,
            Self::Write => Scopes::of(&[Scope::Events, Scope::Identify]),
            Self::Read => Scopes::of(&[Scope::Search, Scope::Recommend, Scope::Suggest]),
        }
    }

    /// The scopes a request may name for this role; a public key gets no more than [`Self::scopes`].
    fn allowed(self, public: bool) -> Scopes {
        let more = match self {
            Self::Admin => Scopes::ALL,
            Self::Write => Scopes::of(&[Scope::Privacy, Scope::Catalogue, Scope::Curation]),
            Self::Read => Scopes::of(&[Scope::Profiles, Scope::Reports]),
        };
        if public { self.scopes() } else { self.scopes().or(more) }
    }
}

/// An API key without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiKey {
    /// The public id.
    pub id: KeyId,
    /// A name for people.
    pub name: String,
    /// The purpose.
    pub role: Role,
    /// True if shoppers can read it: it is in a browser or an app.
    pub public: bool,
    /// The scopes.
    pub scopes: Scopes,
    /// Time of issue.
    pub created_at: Timestamp,
    /// Expiry; absent if it never expires.
    pub expires_at: Option<Timestamp>,
    /// The rate limit in requests per minute; absent if there is none.
    pub rate_per_minute: Option<u32>,
}

impl ApiKey {
    /// True if the key has expired at `now`.
    pub fn expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }
}

/// A key as it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyRecord {
    /// The public part.
    pub key: ApiKey,
    /// SHA-256 of the secret.
    pub secret_sha256: SecretHash,
}

/// A request for a new key.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyRequest {
    /// The purpose.
    pub role: Role,
    /// A name for people.
    #[serde(default)]
    pub name: String,
    /// True if shoppers will be able to read it.
    #[serde(default)]
    pub public: bool,
    /// The scopes; the role's own when absent.
    pub scopes: Option<Scopes>,
    /// Expiry; absent if it never expires.
    pub expires_at: Option<Timestamp>,
    /// The rate limit in requests per minute.
    pub rate_per_minute: Option<u32>,
}

impl KeyRequest {
    /// The scopes the key would have.
    pub fn scopes(&self) -> Scopes {
        self.scopes.unwrap_or_else(|| self.role.scopes())
    }

    /// Issues the key from random bytes: the record to store, and the text with the secret, which is shown
    /// once.
    ///
    /// # Errors
    /// [`WrongKey`] with the first wrong field.
    pub fn issue(self, now: Timestamp, random: &[u8; RANDOM_BYTES]) -> Result<(KeyRecord, KeyText), WrongKey> {
        self.check(now)?;
        let (id, secret) = random.split_at(ID_BYTES);
        let mut secret_bytes = [0; SECRET_BYTES];
        secret_bytes.copy_from_slice(secret);
        let text = KeyText::new(KeyId(hexadecimal(id)), &secret_bytes);
        let key = ApiKey {
            id: text.id().clone(),
            scopes: self.scopes(),
            name: self.name,
            role: self.role,
            public: self.public,
            created_at: now,
            expires_at: self.expires_at,
            rate_per_minute: self.rate_per_minute,
        };
        Ok((KeyRecord { key, secret_sha256: text.hash() }, text))
    }

    fn check(&self, now: Timestamp) -> Result<(), WrongKey> {
        let chars = self.name.chars().count();
        if chars > MAX_NAME_CHARS {
            return Err(WrongKey::new("name", format!("has {chars} characters, at most {MAX_NAME_CHARS} are allowed")));
        }
        if self.name.chars().any(char::is_control) {
            return Err(WrongKey::new("name", "has control characters"));
        }
        if self.public && self.role == Role::Admin {
            return Err(WrongKey::new("public", "an admin key must stay secret; make a read or write key public"));
        }
        let beyond = self.scopes().beyond(self.role.allowed(self.public));
        if !beyond.is_empty() {
            let kind = if self.public { "public " } else { "" };
            let message = format!("a {kind}{} key cannot open {beyond}", self.role.name());
            return Err(WrongKey::new("scopes", message));
        }
        if self.scopes().is_empty() {
            return Err(WrongKey::new("scopes", "is empty; leave it out for what the role gives"));
        }
        if self.expires_at.is_some_and(|end| end <= now) {
            return Err(WrongKey::new("expires_at", "lies in the past"));
        }
        match self.rate_per_minute {
            Some(rate) if !(1..=MAX_RATE_PER_MINUTE).contains(&rate) => {
                Err(WrongKey::new("rate_per_minute", format!("must lie between 1 and {MAX_RATE_PER_MINUTE}")))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn asked(text: &str) -> Result<(KeyRecord, KeyText), String> {
        let request: KeyRequest = serde_json::from_str(text).map_err(|error| error.to_string())?;
        request.issue(NOW, &[9; RANDOM_BYTES]).map_err(|wrong| wrong.to_string())
    }

    #[test]
    fn a_role_gives_scopes_and_named_ones_narrow_it() -> Result<(), String> {
        let (record, text) = asked(r#"{"role":"read"}"#)?;
        assert_eq!(record.key.scopes.to_string(), "search, recommend, suggest");
        assert!(record.secret_sha256.matches(&text.hash()));
        assert_eq!(asked(r#"{"role":"read","scopes":["search"]}"#)?.0.key.scopes.to_string(), "search");
        assert_eq!(asked(r#"{"role":"admin"}"#)?.0.key.scopes, Scopes::ALL);
        Ok(())
    }

    #[test]
    fn what_cannot_be_is_named() {
        let long = format!(r#"{{"role":"read","name":"{}"}}"#, "x".repeat(101));
        let wrong = [
            (r#"{"role":"read","scopes":["events"]}"#, "scopes: a read key cannot open events"),
            (r#"{"role":"read","public":true,"scopes":["profiles"]}"#, "a public read key cannot open profiles"),
            (r#"{"role":"read","scopes":[]}"#, "scopes: is empty"),
            (r#"{"role":"admin","public":true}"#, "public:"),
            (r#"{"role":"read","expires_at":"1969-01-01T00:00:00Z"}"#, "expires_at: lies in the past"),
            (r#"{"role":"read","rate_per_minute":0}"#, "rate_per_minute: must lie"),
            (r#"{"role":"owner"}"#, "unknown variant"),
            (r#"{"role":"read","secret":"mine"}"#, "unknown field"),
            (&long, "name: has 101"),
        ];
        for (text, part) in wrong {
            assert!(asked(text).is_err_and(|message| message.contains(part)), "{text}");
        }
    }
}
