//! What a shopper said outright, each thing a register: the latest word counts,
//! of two equally late ones the event with the greater fingerprint.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::event::{Channel, Consent, Event, Leaning};

/// The most brands, categories or attributes kept each; those said longest ago go first.
const MAX_STATED_KEPT: usize = 100;

/// A value and when it was said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Register<T> {
    /// When, in Unix milliseconds.
    pub at_ms: i64,
    /// By which event.
    pub event: u64,
    /// What.
    pub value: T,
}

impl<T: Clone> Register<T> {
    fn newer(&self, other: &Self) -> bool {
        (self.at_ms, self.event) > (other.at_ms, other.event)
    }
}

fn set<T: Clone>(register: &mut Option<Register<T>>, new: Register<T>) {
    if register.as_ref().is_none_or(|known| new.newer(known)) {
        *register = Some(new);
    }
}

fn set_at<K: Ord + Clone, T: Clone>(registers: &mut BTreeMap<K, Register<T>>, key: &K, new: Register<T>) {
    if registers.get(key).is_none_or(|known| new.newer(known)) {
        registers.insert(key.clone(), new);
    }
    if registers.len() > MAX_STATED_KEPT {
        let oldest = registers.iter().min_by_key(|(key, said)| (said.at_ms, said.event, (*key).clone()));
        if let Some(key) = oldest.map(|(key, _)| key.clone()) {
            registers.remove(&key);
        }
    }
}

/// Everything said outright.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatedPreferences {
    personalization: Option<Register<bool>>,
    storage: Option<Register<bool>>,
    brands: BTreeMap<String, Register<Leaning>>,
    categories: BTreeMap<String, Register<Leaning>>,
    attributes: BTreeMap<String, Register<Vec<String>>>,
    channels: BTreeMap<Channel, Register<bool>>,
}

impl StatedPreferences {
    /// Takes what an event states.
    pub fn record(&mut self, event: &Event) {
        let (at_ms, fingerprint) = (event.time_ms(), event.fingerprint());
        if let Some(Consent { personalization, storage }) = event.consent {
            for (register, value) in [(&mut self.personalization, personalization), (&mut self.storage, storage)] {
                if let Some(value) = value {
                    set(register, Register { at_ms, event: fingerprint, value });
                }
            }
        }
        if let Some(stated) = &event.preferences {
            for (registers, said) in [(&mut self.brands, &stated.brands), (&mut self.categories, &stated.categories)] {
                for (name, &value) in said {
                    set_at(registers, name, Register { at_ms, event: fingerprint, value });
                }
            }
            for (name, values) in &stated.attributes {
                set_at(&mut self.attributes, name, Register { at_ms, event: fingerprint, value: values.clone() });
            }
            for (channel, &value) in &stated.channels {
                set_at(&mut self.channels, channel, Register { at_ms, event: fingerprint, value });
            }
        }
    }

    /// What was said of consent, without the rest.
    pub fn consent_alone(&self) -> Self {
        let (personalization, storage) = (self.personalization.clone(), self.storage.clone());
        Self { personalization, storage, ..Self::default() }
    }

    /// Takes what was said elsewhere by the same person.
    pub fn join(&mut self, other: &Self) {
        for (mine, theirs) in [(&mut self.personalization, &other.personalization), (&mut self.storage, &other.storage)]
        {
            theirs.iter().for_each(|said| set(mine, said.clone()));
        }
        for (mine, theirs) in [(&mut self.brands, &other.brands), (&mut self.categories, &other.categories)] {
            theirs.iter().for_each(|(name, said)| set_at(mine, name, said.clone()));
        }
        other.attributes.iter().for_each(|(name, said)| set_at(&mut self.attributes, name, said.clone()));
        other.channels.iter().for_each(|(channel, said)| set_at(&mut self.channels, channel, said.clone()));
    }

    /// Whether answers may be ordered by what is known; yes until said otherwise.
    pub fn may_personalize(&self) -> bool {
        self.personalization.as_ref().is_none_or(|said| said.value)
    }

    /// Whether what the shopper does may be kept; yes until said otherwise.
    pub fn may_store(&self) -> bool {
        self.storage.as_ref().is_none_or(|said| said.value)
    }

    /// Whether the shop may write on a channel; yes until said otherwise.
    pub fn may_write(&self, channel: Channel) -> bool {
        self.channels.get(&channel).is_none_or(|said| said.value)
    }

    /// Channels spoken of, and whether the shop may write there.
    pub fn channels(&self) -> impl Iterator<Item = (Channel, bool)> {
        self.channels.iter().map(|(&channel, said)| (channel, said.value))
    }

    /// Brands liked or avoided.
    pub fn brands(&self) -> impl Iterator<Item = (&str, Leaning)> {
        leanings(&self.brands)
    }

    /// Category paths liked or avoided.
    pub fn categories(&self) -> impl Iterator<Item = (&str, Leaning)> {
        leanings(&self.categories)
    }

    /// Wanted values by attribute.
    pub fn attributes(&self) -> impl Iterator<Item = (&str, &[String])> {
        let said = self.attributes.iter().map(|(name, said)| (name.as_str(), said.value.as_slice()));
        said.filter(|(_, values)| !values.is_empty())
    }

    /// Whether nothing was ever said.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

fn leanings(registers: &BTreeMap<String, Register<Leaning>>) -> impl Iterator<Item = (&str, Leaning)> {
    let said = registers.iter().map(|(name, said)| (name.as_str(), said.value));
    said.filter(|(_, leaning)| *leaning != Leaning::None)
}
