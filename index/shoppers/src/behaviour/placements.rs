//! Impressions and clicks by recommendation placement, from which a page chooses its rows. Sections:
//! `placements.names` (lines of UTF-8) and `placements.counts` (`u32`, two a placement).

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::event::{Event, EventKind};
use crate::flat::{FlatFile, FlatWriter};

/// The most placements; names that come later are not counted.
const MAX_NAMES: usize = 1000;

/// Counts by the name of the placement.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Placements(BTreeMap<String, PlacementCounts>);

/// The counts of one placement.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PlacementCounts {
    /// The number of impressions.
    pub shown: u32,
    /// The number of clicks.
    pub clicked: u32,
}

impl Placements {
    /// Counts an impression or click that names a placement; other events change nothing.
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

    /// The counts of a placement; 0 for one never shown.
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
    /// [`Error::Corrupt`] if they do not fit each other.
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
