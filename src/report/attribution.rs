//! Results of searches and placements: impressions and clicks counted from the journal, and orders from the
//! profiles. The last response that led to a product within thirty days before its order gets the credit.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Serialize;
use tastemaker_index::event::EventKind;
use tastemaker_index::profile::{AttributionSource, attribution as led_by, journeys};

use super::for_each_person;
use crate::store::Result;
use crate::store::journal::{Position, read_from};
use crate::store::profiles::Profiles;

/// The name of searches among the placements.
const SEARCH: &str = "search";
/// The most placements counted by name, the rest as `other`; a shop has a few dozen.
const MAX_PLACEMENTS: usize = 1000;

/// Impressions, clicks and attributed orders by placement.
#[derive(Debug, Default, Serialize)]
pub struct AttributionReport {
    /// Results by placement; `search` for searches.
    pub placements: BTreeMap<String, LedTo>,
    /// Order lines that no response led to.
    pub lines_without: usize,
}

/// Results of one placement.
#[derive(Debug, Default, Serialize)]
pub struct LedTo {
    /// Impressions.
    pub shown: usize,
    /// Clicks.
    pub clicks: usize,
    /// Orders with at least one attributed line.
    pub orders: usize,
    /// Attributed order lines, refunded ones left out.
    pub lines: usize,
    /// Value of the attributed lines in minor units, by currency; lines without a price count as 0.
    pub value: BTreeMap<String, i64>,
}

fn placement(led: &AttributionSource) -> String {
    led.placement.clone().unwrap_or_else(|| SEARCH.to_owned())
}

impl AttributionReport {
    fn at(&mut self, placement: String) -> &mut LedTo {
        // Placements come from clients, so their number must be limited.
        let is_counted = self.placements.len() < MAX_PLACEMENTS || self.placements.contains_key(&placement);
        self.placements.entry(if is_counted { placement } else { "other".to_owned() }).or_default()
    }
}

/// Computes the report from the profiles and the journal in folder `journal`.
///
/// # Errors
/// If the journal or a profile cannot be read.
pub fn attribution(profiles: &Profiles, journal: &Path) -> Result<AttributionReport> {
    let mut report = AttributionReport::default();
    for entry in read_from(journal, Position::START)? {
        let event = entry?.event;
        if event.query_id.is_none() && event.placement.is_none() {
            continue;
        }
        let name = event.placement.unwrap_or_else(|| SEARCH.to_owned());
        match event.kind {
            EventKind::Impression => report.at(name).shown += 1,
            EventKind::Click => report.at(name).clicks += 1,
            _ => {}
        }
    }
    for_each_person(profiles, |found| {
        let profile = found.person.profile();
        for journey in journeys(&profile) {
            let mut credited = BTreeSet::new();
            let currency = journey.placed.currency.clone().unwrap_or_default();
            for line in journey.order.remaining_lines() {
                let Some(led) = led_by(&profile, journey.placed, &line.product_id) else {
                    report.lines_without += 1;
                    continue;
                };
                let name = placement(led);
                // An order with several lines of one placement counts once for it.
                let first = credited.insert(name.clone());
                let led_to = report.at(name);
                led_to.orders += usize::from(first);
                led_to.lines += 1;
                let price = line.price.unwrap_or(0).saturating_mul(i64::from(line.quantity));
                *led_to.value.entry(currency.clone()).or_default() += price;
            }
        }
    })?;
    Ok(report)
}
