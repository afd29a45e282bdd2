//! Results of searches and placements: impressions and clicks counted from the journal, and orders from the
//! profiles. The last response that led to a product within thirty days before its order gets the credit. An event
//! that names a response without a query or placement, and whose response the journal does not know, is credited to
//! nobody.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Serialize;
use tastemaker_index::event::EventKind;
use tastemaker_index::profile::{AttributionSource, attribution as led_by, journeys};
use xxhash_rust::xxh3::xxh3_64;

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
    /// Clicks and orders that name a response which this shop never gave.
    pub unknown: LedTo,
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

/// The responses that events name by nothing but their id, by its hash.
#[derive(Default)]
struct NamedResponses(BTreeMap<u64, NamedResponse>);

/// A response that is named by its id alone.
#[derive(Default)]
struct NamedResponse {
    clicks: usize,
    /// The placement that its impressions have, [`SEARCH`] for a search; `None` if it has no impression.
    placement: Option<String>,
}

impl NamedResponses {
    /// Looks for the impressions of the responses in the journal, if there are any responses.
    fn find(&mut self, journal: &Path) -> Result<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        for entry in read_from(journal, Position::START)? {
            let event = entry?.event;
            let shown = event.query_id.as_deref().filter(|_| event.kind == EventKind::Impression);
            if let Some(named) = shown.and_then(|id| self.0.get_mut(&hash(id))) {
                named.placement.get_or_insert_with(|| event.placement.unwrap_or_else(|| SEARCH.to_owned()));
            }
        }
        Ok(())
    }

    /// The placement that an order line is credited to; `None` if nobody knows the response.
    fn of(&self, led: &AttributionSource) -> Option<String> {
        let named = || self.0.get(&hash(led.query_id.as_deref()?))?.placement.clone();
        stated(led.query.as_deref(), led.placement.as_deref()).map(str::to_owned).or_else(named)
    }
}

/// The placement that an event states, [`SEARCH`] if it has a query.
fn stated<'a>(query: Option<&str>, placement: Option<&'a str>) -> Option<&'a str> {
    placement.or_else(|| query.map(|_| SEARCH))
}

fn hash(id: &str) -> u64 {
    xxh3_64(id.as_bytes())
}

impl AttributionReport {
    /// The counts of a placement, or those of unknown responses.
    fn at(&mut self, placement: Option<String>) -> &mut LedTo {
        let Some(placement) = placement else { return &mut self.unknown };
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
    let mut responses = NamedResponses::default();
    for entry in read_from(journal, Position::START)? {
        let event = entry?.event;
        let stated = stated(event.query.as_deref(), event.placement.as_deref());
        match (event.kind, stated, &event.query_id) {
            (_, None, None) => {}
            (_, Some(_), None) if event.placement.is_none() => {}
            // A search that found nothing shows nothing, and its words may be missing in old journals.
            (EventKind::Impression, stated, _) => report.at(Some(stated.unwrap_or(SEARCH).to_owned())).shown += 1,
            (EventKind::Click, Some(stated), _) => report.at(Some(stated.to_owned())).clicks += 1,
            (kind, None, Some(id)) => {
                responses.0.entry(hash(id)).or_default().clicks += usize::from(kind == EventKind::Click);
            }
            _ => {}
        }
    }
    responses.find(journal)?;
    for NamedResponse { clicks, placement } in responses.0.values().filter(|named| named.clicks > 0) {
        report.at(placement.clone()).clicks += clicks;
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
                let name = responses.of(led);
                // An order with several lines of one placement counts once for it.
                let first = credited.insert(name.clone());
                let led_to = report.at(name);
                led_to.orders += usize::from(first);
                led_to.lines += 1;
                let price = line.price.unwrap_or(0).saturating_mul(i64::from(line.quantity));
                let sum = led_to.value.entry(currency.clone()).or_default();
                *sum = sum.saturating_add(price);
            }
        }
    })?;
    Ok(report)
}
