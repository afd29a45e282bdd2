//! Consent and preferences stated by a shopper, each a last-writer-wins register: the latest value counts, of
//! two with the same time the one whose event has the greater fingerprint.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::event::{Channel, Consent, Event, Leaning};

/// The most brands, categories and attributes, each; the oldest are removed first.
const MAX_REGISTERS: usize = 100;

/// A value with the time and event that set it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Register<T> {
    /// The time in Unix milliseconds.
    pub at_ms: i64,
    /// The fingerprint of the event.
    pub event: u64,
    /// The value.
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
    if registers.len() > MAX_REGISTERS {
        let oldest = registers.iter().min_by_key(|(key, register)| (register.at_ms, register.event, (*key).clone()));
        if let Some(key) = oldest.map(|(key, _)| key.clone()) {
            registers.remove(&key);
        }
    }
}

/// Everything the shopper stated.
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
    /// Sets what the event states.
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
            for (registers, leanings) in
                [(&mut self.brands, &stated.brands), (&mut self.categories, &stated.categories)]
            {
                for (name, &value) in leanings {
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

    /// The consent alone.
    pub fn consent_alone(&self) -> Self {
        let (personalization, storage) = (self.personalization.clone(), self.storage.clone());
        Self { personalization, storage, ..Self::default() }
    }

    /// Joins what another state or id of the same person has.
    pub fn join(&mut self, other: &Self) {
        for (mine, theirs) in [(&mut self.personalization, &other.personalization), (&mut self.storage, &other.storage)]
        {
            theirs.iter().for_each(|register| set(mine, register.clone()));
        }
        for (mine, theirs) in [(&mut self.brands, &other.brands), (&mut self.categories, &other.categories)] {
            theirs.iter().for_each(|(name, register)| set_at(mine, name, register.clone()));
        }
        other.attributes.iter().for_each(|(name, register)| set_at(&mut self.attributes, name, register.clone()));
        other.channels.iter().for_each(|(channel, register)| set_at(&mut self.channels, channel, register.clone()));
    }

    /// True if responses may be personalised, which is so until the shopper forbids it.
    pub fn may_personalize(&self) -> bool {
        self.personalization.as_ref().is_none_or(|register| register.value)
    }

    /// True if events of the shopper may be stored, which is so until the shopper forbids it.
    pub fn may_store(&self) -> bool {
        self.storage.as_ref().is_none_or(|register| register.value)
    }

    /// True if the shop may send messages on a channel, which is so until the shopper forbids it.
    pub fn may_write(&self, channel: Channel) -> bool {
        self.channels.get(&channel).is_none_or(|register| register.value)
    }

    /// The channels with a stated choice, and true if the shop may send messages there.
    pub fn channels(&self) -> impl Iterator<Item = (Channel, bool)> {
        self.channels.iter().map(|(&channel, register)| (channel, register.value))
    }

    /// The brands liked or avoided.
    pub fn brands(&self) -> impl Iterator<Item = (&str, Leaning)> {
        leanings(&self.brands)
    }

    /// The category paths liked or avoided.
    pub fn categories(&self) -> impl Iterator<Item = (&str, Leaning)> {
        leanings(&self.categories)
    }

    /// The wanted values by attribute.
    pub fn attributes(&self) -> impl Iterator<Item = (&str, &[String])> {
        let values = self.attributes.iter().map(|(name, register)| (name.as_str(), register.value.as_slice()));
        values.filter(|(_, values)| !values.is_empty())
    }

    /// True if nothing was ever stated.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

fn leanings(registers: &BTreeMap<String, Register<Leaning>>) -> impl Iterator<Item = (&str, Leaning)> {
    let leanings = registers.iter().map(|(name, register)| (name.as_str(), register.value));
    leanings.filter(|(_, leaning)| *leaning != Leaning::None)
}
