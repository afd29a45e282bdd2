//! The visits report: visits by device and channel, and the paths that led to orders.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use tastemaker_index::event::Channel;
use tastemaker_index::id::ShopperId;
use tastemaker_index::profile::{Profile, journeys};

use super::for_each_person;
use crate::store::Result;
use crate::store::profiles::Profiles;

/// The most paths listed, the most frequent first.
const PATHS: usize = 20;
/// The most different paths counted; later ones count as `other`.
const MAX_PATHS: usize = 10_000;

/// Visits and orders of all persons, as far back as profiles reach.
#[derive(Debug, Default, Serialize)]
pub struct VisitsReport {
    /// Persons with at least one event.
    pub persons: usize,
    /// Persons with a user id of the shop.
    pub users: usize,
    /// Number of persons by number of devices.
    pub persons_by_devices: BTreeMap<usize, usize>,
    /// Persons on more than one channel.
    pub persons_on_several_channels: usize,
    /// All visits.
    pub visits: usize,
    /// Visits, persons and orders by channel.
    pub channels: BTreeMap<&'static str, OnChannel>,
    /// All orders.
    pub orders: usize,
    /// Orders with a path over more than one device.
    pub orders_across_devices: usize,
    /// Orders with a path over more than one channel.
    pub orders_across_channels: usize,
    /// Mean number of visits on the path to an order.
    pub visits_per_order: f64,
    /// The most frequent paths to an order.
    pub paths: Vec<OrderPath>,
}

/// Counts of one channel.
#[derive(Debug, Default, Serialize)]
pub struct OnChannel {
    /// Visits.
    pub visits: usize,
    /// Persons with a visit on it.
    pub persons: usize,
    /// Orders placed on it.
    pub orders: usize,
}

/// One path to orders.
#[derive(Debug, Serialize)]
pub struct OrderPath {
    /// Channels in order; `+` marks a change of device on the same channel.
    pub path: String,
    /// Orders after this path.
    pub orders: usize,
    /// Their value without refunds, in minor units by currency.
    pub value: BTreeMap<String, i64>,
}

type Paths = BTreeMap<String, (usize, BTreeMap<String, i64>)>;

/// Computes the report from the profiles.
///
/// # Errors
/// If a profile cannot be read.
pub fn visits(profiles: &Profiles) -> Result<VisitsReport> {
    let mut report = VisitsReport::default();
    let (mut paths, mut on_the_way) = (Paths::new(), 0);
    for_each_person(profiles, |found| {
        let profile = found.person.profile();
        // The profile has preferences or links, but no event.
        if profile.last_ms == i64::MIN {
            return;
        }
        report.persons += 1;
        report.users += usize::from(matches!(found.id, ShopperId::User(_)));
        count_visits(&mut report, &profile);
        on_the_way += count_orders(&mut report, &mut paths, &profile);
    })?;
    report.visits_per_order = on_the_way as f64 / report.orders.max(1) as f64;
    let mut paths: Vec<OrderPath> =
        paths.into_iter().map(|(path, (orders, value))| OrderPath { path, orders, value }).collect();
    paths.sort_by(|a, b| b.orders.cmp(&a.orders).then_with(|| a.path.cmp(&b.path)));
    paths.truncate(PATHS);
    Ok(VisitsReport { paths, ..report })
}

fn name(channel: Option<Channel>) -> &'static str {
    channel.map_or("unknown", Channel::name)
}

fn count_visits(report: &mut VisitsReport, profile: &Profile) {
    let devices: BTreeSet<&str> = profile.visits.iter().filter_map(|visit| visit.device.as_deref()).collect();
    let channels: BTreeSet<&'static str> = profile.visits.iter().map(|visit| name(visit.channel)).collect();
    *report.persons_by_devices.entry(devices.len()).or_default() += 1;
    report.persons_on_several_channels += usize::from(channels.len() > 1);
    report.visits += profile.visits.len();
    for visit in profile.visits.iter() {
        report.channels.entry(name(visit.channel)).or_default().visits += 1;
    }
    for channel in channels {
        report.channels.entry(channel).or_default().persons += 1;
    }
}

/// Counts a person's orders and their paths; returns the number of visits on those paths.
fn count_orders(report: &mut VisitsReport, paths: &mut Paths, profile: &Profile) -> usize {
    let mut on_the_way = 0;
    for journey in journeys(profile) {
        report.orders += 1;
        on_the_way += journey.visits;
        report.channels.entry(name(journey.placed.channel)).or_default().orders += 1;
        let devices: BTreeSet<_> = journey.steps.iter().filter_map(|step| step.device).collect();
        let channels: BTreeSet<_> = journey.steps.iter().map(|step| step.channel).collect();
        report.orders_across_devices += usize::from(devices.len() > 1);
        report.orders_across_channels += usize::from(channels.len() > 1);
        let mut path = String::new();
        let mut last = None;
        for step in &journey.steps {
            path += match last {
                None => "",
                Some(channel) if channel == step.channel => " > +",
                Some(_) => " > ",
            };
            path += name(step.channel);
            last = Some(step.channel);
        }
        let is_counted = paths.len() < MAX_PATHS || paths.contains_key(&path);
        let (orders, value) = paths.entry(if is_counted { path } else { "other".to_owned() }).or_default();
        *orders += 1;
        let currency = journey.placed.currency.clone().unwrap_or_default();
        *value.entry(currency).or_default() += journey.order.remaining_value();
    }
    on_the_way
}
