//! Visits across devices and channels, and the paths that led to orders.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use tastemaker_index::event::Channel;
use tastemaker_index::id::ShopperId;
use tastemaker_index::profile::{Profile, journeys};

use super::for_each_person;
use crate::store::Result;
use crate::store::profiles::Profiles;

/// Paths told, the most frequent first.
const PATHS: usize = 20;
/// Different paths counted; rarer ones after that are told as one.
const MAX_PATHS: usize = 10_000;

/// Visits of all persons, as far as profiles keep them.
#[derive(Debug, Default, Serialize)]
pub struct VisitsReport {
    /// Persons with any activity.
    pub persons: usize,
    /// Those the shop knows by an id of its own.
    pub users: usize,
    /// Persons by how many devices they were seen on.
    pub persons_by_devices: BTreeMap<usize, usize>,
    /// Persons seen on more than one channel.
    pub persons_on_several_channels: usize,
    /// Visits in all.
    pub visits: usize,
    /// By channel.
    pub channels: BTreeMap<&'static str, OnChannel>,
    /// Orders in all.
    pub orders: usize,
    /// Orders whose path crossed devices.
    pub orders_across_devices: usize,
    /// Orders whose path crossed channels.
    pub orders_across_channels: usize,
    /// Visits on the way to an order, on average.
    pub visits_per_order: f64,
    /// The most frequent ways to an order.
    pub paths: Vec<Path>,
}

/// One channel.
#[derive(Debug, Default, Serialize)]
pub struct OnChannel {
    /// Visits.
    pub visits: usize,
    /// Persons who came.
    pub persons: usize,
    /// Orders placed there.
    pub orders: usize,
}

/// One way to an order.
#[derive(Debug, Serialize)]
pub struct Path {
    /// Channels in turn; `+` marks a change of device on the same channel.
    pub path: String,
    /// Orders.
    pub orders: usize,
    /// What was kept of them, in minor units by currency.
    pub value: BTreeMap<String, i64>,
}

type Paths = BTreeMap<String, (usize, BTreeMap<String, i64>)>;

/// The report.
///
/// # Errors
/// When a profile cannot be read.
pub fn visits(profiles: &Profiles) -> Result<VisitsReport> {
    let mut report = VisitsReport::default();
    let (mut paths, mut on_the_way) = (Paths::new(), 0);
    for_each_person(profiles, |found| {
        let profile = found.person.profile();
        if profile.last_ms == i64::MIN {
            return;
        }
        report.persons += 1;
        report.users += usize::from(matches!(found.id, ShopperId::User(_)));
        count_visits(&mut report, &profile);
        on_the_way += count_orders(&mut report, &mut paths, &profile);
    })?;
    report.visits_per_order = on_the_way as f64 / report.orders.max(1) as f64;
    let mut paths: Vec<Path> = paths.into_iter().map(|(path, (orders, value))| Path { path, orders, value }).collect();
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

/// Counts the orders and their paths; how many visits were on the way.
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
        let known = paths.len() < MAX_PATHS || paths.contains_key(&path);
        let (orders, value) = paths.entry(if known { path } else { "other".to_owned() }).or_default();
        *orders += 1;
        let currency = journey.placed.currency.clone().unwrap_or_default();
        *value.entry(currency).or_default() += journey.order.remaining_value();
    }
    on_the_way
}
