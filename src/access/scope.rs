//! Scopes: the permissions of a key, and sets of them, which are written as lists of names.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// One permission of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Searching.
    Search,
    /// Recommendations.
    Recommend,
    /// Suggestions while typing.
    Suggest,
    /// Sending events.
    Events,
    /// Linking a device to a user.
    Identify,
    /// Reading a shopper's profile.
    Profiles,
    /// Exporting and erasing a shopper's data.
    Privacy,
    /// Changing products.
    Catalogue,
    /// Changing rules and synonyms.
    Curation,
    /// Reading reports.
    Reports,
    /// Creating, listing and revoking keys.
    Keys,
    /// Everything without a scope of its own.
    Admin,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 12] = [
        Self::Search,
        Self::Recommend,
        Self::Suggest,
        Self::Events,
        Self::Identify,
        Self::Profiles,
        Self::Privacy,
        Self::Catalogue,
        Self::Curation,
        Self::Reports,
        Self::Keys,
        Self::Admin,
    ];

    /// The scope's name in requests and files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Search => "search",
            Self::Recommend => "recommend",
            Self::Suggest => "suggest",
            Self::Events => "events",
            Self::Identify => "identify",
            Self::Profiles => "profiles",
            Self::Privacy => "privacy",
            Self::Catalogue => "catalogue",
            Self::Curation => "curation",
            Self::Reports => "reports",
            Self::Keys => "keys",
            Self::Admin => "admin",
        }
    }

    /// The scope with this name.
    ///
    /// # Errors
    /// A sentence that lists the valid names.
    pub fn parse(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|scope| scope.name() == name);
        found.ok_or_else(|| {
            let known = Self::ALL.map(Self::name).join(", ");
            format!("`{name}` is not a scope; known are {known}")
        })
    }
}

/// A set of scopes, one bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Scopes(u16);

impl Scopes {
    /// Every scope.
    pub const ALL: Self = Self((1 << Scope::ALL.len()) - 1);

    /// The set of these scopes.
    pub const fn of(scopes: &[Scope]) -> Self {
        let (mut bits, mut at) = (0, 0);
        while at < scopes.len() {
            bits |= 1 << scopes[at] as u16;
            at += 1;
        }
        Self(bits)
    }

    /// True if the set contains a scope.
    pub fn contains(self, scope: Scope) -> bool {
        self.0 & (1 << scope as u16) != 0
    }

    /// True if the set is empty.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The scopes in both sets.
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The scopes in either set.
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The scopes of this set that the other lacks.
    pub fn beyond(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The scopes in the order of [`Scope::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().filter(move |scope| self.contains(*scope))
    }
}

impl std::fmt::Display for Scopes {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&str> = self.iter().map(Scope::name).collect();
        out.write_str(&names.join(", "))
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<T: IntoIterator<Item = Scope>>(scopes: T) -> Self {
        scopes.into_iter().fold(Self::default(), |set, scope| set.or(Self::of(&[scope])))
    }
}

impl Serialize for Scopes {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Scopes {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        Ok(Vec::<Scope>::deserialize(input)?.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_written_as_names_and_read_back() -> Result<(), serde_json::Error> {
        let text = serde_json::to_string(&Scopes::ALL)?;
        assert_eq!(text, format!("[\"{}\"]", Scope::ALL.map(Scope::name).join("\",\"")));
        assert_eq!(serde_json::from_str::<Scopes>(&text)?, Scopes::ALL);
        assert!(serde_json::from_str::<Scopes>("[\"everything\"]").is_err());
        assert!(Scope::parse("everything").is_err_and(|message| message.contains("search, recommend")));
        Ok(())
    }
}
