//! How often rows of recommendations were shown and something in them clicked, by
//! the name of the placement: what a page chooses its rows by.

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::event::{Event, EventKind};
use crate::flat::{FlatFile, FlatWriter};

/// The most names counted; those that come later are not.
const MAX_NAMES: usize = 1000;

/// Counts by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Placements(BTreeMap<String, PlacementCounts>);

/// How a placement did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PlacementCounts {
    /// How often it was shown.
    pub shown: u32,
    /// How often something in it was clicked.
    pub clicked: u32,
}

impl Placements {
    /// Takes an event in, if it is about a placement.
    pub(super) fn take(&mut self, event: &Event) {
        let fits = |name: &&str| !name.is_empty() && !name.contains('\n');
        let Some(name) = event.placement.as_deref().filter(fits) else { return };
        if !self.0.contains_key(name) && self.0.len() == MAX_NAMES {
            return;
        }
        let counts = self.0.entry(name.to_owned()).or_default();
        match event.kind {
            EventKind::Impression => counts.shown = counts.shown.saturating_add(1),
            EventKind::Click => counts.clicked = counts.clicked.saturating_add(1),
            _ => {}
        }
    }

    /// How a placement did; one that was never shown was never clicked.
    pub fn of(&self, name: &str) -> PlacementCounts {
        self.0.get(name).copied().unwrap_or_default()
    }

    /// Writes the sections.
    pub fn write(&self, file: &mut FlatWriter) -> Result<()> {
        let names: Vec<&str> = self.0.keys().map(String::as_str).collect();
        let counts: Vec<u32> = self.0.values().flat_map(|counts| [counts.shown, counts.clicked]).collect();
        file.section::<u8>("placements.names", names.join("\n").as_bytes())?;
        file.section::<u32>("placements.counts", &counts)
    }

    /// Opens the sections.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when they do not fit each other.
    pub fn open(file: &FlatFile) -> Result<Self> {
        let wrong = || Error::corrupt(file.path(), "placements do not fit their counts");
        let names = file.section::<u8>("placements.names")?;
        let names = std::str::from_utf8(&names).map_err(|_| wrong())?;
        let counts = file.section::<u32>("placements.counts")?;
        let names: Vec<&str> = names.lines().collect();
        if names.len() * 2 != counts.len() {
            return Err(wrong());
        }
        let counts = counts.chunks_exact(2).map(|pair| PlacementCounts { shown: pair[0], clicked: pair[1] });
        Ok(Self(names.into_iter().map(str::to_owned).zip(counts).collect()))
    }
}
