//! Paths to orders and their attribution. A [`Journey`] is the path of one order: the visits since the order
//! before it, at most [`WINDOW_MS`] back, with one step for each change of channel or device.
//! [`attribution`] finds the response that led to a product of an order: the one the order names, else that
//! of the last interaction with the product within the window.

use super::Profile;
use super::history::AttributionSource;
use super::order::{Order, PlacedOrder};
use super::visit::Visit;
use crate::event::Channel;
use crate::time::DAY_MS;

/// The attribution window: 30 days before the order, in milliseconds.
const WINDOW_MS: i64 = 30 * DAY_MS;

/// One step: consecutive visits on one channel of one device.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct JourneyStep<'a> {
    /// The channel.
    pub channel: Option<Channel>,
    /// The device, if known.
    pub device: Option<&'a str>,
}

impl std::fmt::Display for JourneyStep<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let channel = self.channel.map_or("unknown", Channel::name);
        match self.device {
            Some(device) => write!(out, "{channel} on {device}"),
            None => write!(out, "{channel}"),
        }
    }
}

/// The path to one order.
#[derive(Debug, Clone)]
pub struct Journey<'a> {
    /// The order.
    pub order: &'a Order,
    /// The last version of the order.
    pub placed: &'a PlacedOrder,
    /// The number of visits on the path, including the one with the order.
    pub visits: usize,
    /// The steps, oldest first.
    pub steps: Vec<JourneyStep<'a>>,
}

/// The journeys of all orders of the profile, oldest first.
pub fn journeys(profile: &Profile) -> Vec<Journey<'_>> {
    let mut before_ms = i64::MIN;
    let mut journeys = Vec::new();
    for (order, placed) in profile.orders.placed() {
        let from_ms = before_ms.max(placed.time_ms.saturating_sub(WINDOW_MS));
        let on_the_way = |visit: &&Visit| visit.end_ms > from_ms && visit.start_ms <= placed.time_ms;
        let visits: Vec<&Visit> = profile.visits.iter().filter(on_the_way).collect();
        let mut steps: Vec<JourneyStep<'_>> = visits
            .iter()
            .map(|visit| JourneyStep { channel: visit.channel, device: visit.device.as_deref() })
            .collect();
        steps.dedup();
        journeys.push(Journey { order, placed, visits: visits.len(), steps });
        before_ms = placed.time_ms;
    }
    journeys
}

/// The response that led to the purchase of a product in an order, if known.
pub fn attribution<'a>(
    profile: &'a Profile,
    placed: &'a PlacedOrder,
    product_id: &str,
) -> Option<&'a AttributionSource> {
    placed.attributed_to.as_deref().or_else(|| {
        let window = placed.time_ms.saturating_sub(WINDOW_MS)..=placed.time_ms;
        let recent = profile.history.iter().rev().filter(|interaction| window.contains(&interaction.time_ms));
        recent
            .filter(|interaction| interaction.product_id == product_id)
            .find_map(|interaction| interaction.attributed_to.as_deref())
    })
}
