//! People that a query speaks of: those who wear or use a product.

/// A gender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MeantGender {
    /// For women and girls.
    Female,
    /// For men and boys.
    Male,
    /// For everybody.
    Unisex,
}

/// An age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MeantAge {
    /// Newborn, or in the first years.
    Baby,
    /// A child.
    Child,
    /// Between child and adult.
    Teen,
    /// Grown up.
    Adult,
    /// Elderly.
    Senior,
}

/// Somebody for whom a product is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MeantPerson {
    /// The gender, where one is named.
    pub gender: Option<MeantGender>,
    /// The age, where one is named.
    pub age: Option<MeantAge>,
}

impl MeantPerson {
    /// The kinds of people in the tables, with the person of each.
    pub const KINDS: [(&'static str, Self); 12] = [
        ("women", Self::new(Some(MeantGender::Female), Some(MeantAge::Adult))),
        ("men", Self::new(Some(MeantGender::Male), Some(MeantAge::Adult))),
        ("female", Self::new(Some(MeantGender::Female), None)),
        ("male", Self::new(Some(MeantGender::Male), None)),
        ("girls", Self::new(Some(MeantGender::Female), Some(MeantAge::Child))),
        ("boys", Self::new(Some(MeantGender::Male), Some(MeantAge::Child))),
        ("kids", Self::new(None, Some(MeantAge::Child))),
        ("baby", Self::new(None, Some(MeantAge::Baby))),
        ("teens", Self::new(None, Some(MeantAge::Teen))),
        ("seniors", Self::new(None, Some(MeantAge::Senior))),
        ("adults", Self::new(None, Some(MeantAge::Adult))),
        ("unisex", Self::new(Some(MeantGender::Unisex), None)),
    ];

    const fn new(gender: Option<MeantGender>, age: Option<MeantAge>) -> Self {
        Self { gender, age }
    }

    /// The person of a kind.
    pub fn of(kind: &str) -> Option<Self> {
        Self::KINDS.iter().find(|(name, _)| *name == kind).map(|(_, person)| *person)
    }

    /// The person of an age in years.
    pub(super) fn aged(years: f64) -> Self {
        let age = match years {
            years if years < 2.0 => MeantAge::Baby,
            years if years < 13.0 => MeantAge::Child,
            years if years < 18.0 => MeantAge::Teen,
            _ => MeantAge::Adult,
        };
        Self::new(None, Some(age))
    }

    /// True for a child or a baby.
    pub fn is_young(&self) -> bool {
        matches!(self.age, Some(MeantAge::Child | MeantAge::Baby | MeantAge::Teen))
    }

    /// The kinds whose words say the same of a product.
    pub fn kinds(&self) -> Vec<&'static str> {
        let same = Self::KINDS.iter().filter(|(_, other)| match (self.gender, self.age) {
            (Some(_), Some(MeantAge::Adult)) => {
                other.gender == self.gender && other.age.is_none_or(|age| age == MeantAge::Adult)
            }
            (Some(_), Some(_)) => other == self || other.gender.is_none() && other.age == self.age,
            (Some(_), None) => other.gender == self.gender,
            (None, Some(MeantAge::Child)) => other.age == Some(MeantAge::Child),
            (None, _) => other == self,
        });
        same.map(|(kind, _)| *kind).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_wider_kind_say_the_same() {
        let kinds = |kind: &str| MeantPerson::of(kind).map(|person| person.kinds());
        assert_eq!(kinds("women"), Some(vec!["women", "female"]));
        assert_eq!(kinds("girls"), Some(vec!["girls", "kids"]));
        assert_eq!(kinds("kids"), Some(vec!["girls", "boys", "kids"]));
        assert_eq!(kinds("female"), Some(vec!["women", "female", "girls"]));
        assert!(MeantPerson::aged(3.0).is_young() && !MeantPerson::aged(30.0).is_young());
    }
}
