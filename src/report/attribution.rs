//! What searches and placements led to: how often each was shown and clicked,
//! read from the journal, and what was bought after it, read from the orders,
//! where the last answer that led to a product within thirty days has the credit.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Serialize;
use tastemaker_index::event::EventKind;
use tastemaker_index::profile::{AttributionSource, attribution as led_by, journeys};

use super::for_each_person;
use crate::store::Result;
use crate::store::journal::{Position, read_from};
use crate::store::profiles::Profiles;

/// The name under which searches are told.
const SEARCH: &str = "search";
/// Different placements told; a shop has a few dozen.
const MAX_PLACEMENTS: usize = 1000;

/// What searches and placements led to.
#[derive(Debug, Default, Serialize)]
pub struct AttributionReport {
    /// By placement, and `search`.
    pub placements: BTreeMap<String, LedTo>,
    /// Lines bought that no answer led to.
    pub lines_without: usize,
}

/// What one placement led to.
#[derive(Debug, Default, Serialize)]
pub struct LedTo {
    /// How often it was shown.
    pub shown: usize,
    /// Clicks.
    pub clicks: usize,
    /// Orders with a line it led to.
    pub orders: usize,
    /// Lines bought after it, refunds taken off.
    pub lines: usize,
    /// What they cost, in minor units by currency, where the order told prices.
    pub value: BTreeMap<String, i64>,
}

fn placement(led: &AttributionSource) -> String {
    led.placement.clone().unwrap_or_else(|| SEARCH.to_owned())
}

impl AttributionReport {
    fn at(&mut self, placement: String) -> &mut LedTo {
        let known = self.placements.len() < MAX_PLACEMENTS || self.placements.contains_key(&placement);
        self.placements.entry(if known { placement } else { "other".to_owned() }).or_default()
    }
}

/// The report, over the journal in `journal`.
///
/// # Errors
/// When the journal or a profile cannot be read.
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
