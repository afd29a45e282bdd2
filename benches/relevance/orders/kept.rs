//! What is kept of replayed orders: counted over the journal, and over the
//! profiles, which keep a bounded number of orders each.

use std::collections::HashSet;
use std::fmt;
use std::path::Path;

use tastemaker::store::journal::{Position, read_from};
use tastemaker::store::profiles::Profiles;
use tastemaker_index::event::EventKind;
use tastemaker_index::profile::MAX_ORDERS;

use super::{Answer, Totals};
use crate::suite::Failure;

/// The order or refund that an event is a part of.
fn whole(id: &str) -> &str {
    id.split_once('/').map_or(id, |(whole, _)| whole)
}

/// Totals over every event of a journal.
pub(super) fn journal(folder: &Path) -> Result<Totals, Failure> {
    let mut totals = Totals::default();
    let (mut orders, mut refunds, mut shoppers) = (HashSet::new(), HashSet::new(), HashSet::new());
    for entry in read_from(folder, Position::START)? {
        let event = entry?.event;
        shoppers.insert(event.shopper().ok_or("an event of nobody")?);
        let lines = event.products.len() as u64;
        let units: u64 = event.products.iter().map(|product| u64::from(product.quantity)).sum();
        let id = event.message_id.as_deref().map(whole).ok_or("an event without id")?.to_owned();
        match event.kind {
            EventKind::Purchase => {
                orders.insert(event.order_id.as_deref().map(whole).ok_or("an order without id")?.to_owned());
                totals.order_lines += lines;
                totals.order_units += units;
                totals.order_minor += event.minor_value();
            }
            EventKind::Refund => {
                refunds.insert(id);
                totals.refund_lines += lines;
                totals.refund_units += units;
                totals.refund_minor += event.minor_value();
            }
            other => return Err(format!("{other:?} was never replayed").into()),
        }
    }
    totals.orders = orders.len() as u64;
    totals.refunds = refunds.len() as u64;
    totals.shoppers = shoppers.len() as u64;
    Ok(totals)
}

/// What the profiles hold of all orders.
pub(super) struct InProfiles {
    pub(super) profiles: u64,
    /// Profiles that keep as many orders as they may, and may have let older ones go.
    full: u64,
    orders: u64,
    minor: i64,
    all: (u64, i64),
    /// Profiles that hold something else than the query says.
    pub(super) differing: u64,
}

impl fmt::Display for InProfiles {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { profiles, full, orders, minor, all, differing } = self;
        write!(
            out,
            "profiles: {profiles}, {full} at the bound of {MAX_ORDERS} orders; they hold {orders} of {} orders and {minor} \
             of {} minor units; {differing} differ from the query{}",
            all.0,
            all.1,
            if *differing == 0 { "" } else { "  WRONG" }
        )
    }
}

/// Compares every profile: one below the bound holds exactly the shopper's orders and their value,
/// one at the bound no more than that.
pub(super) fn profiles(profiles: &Profiles, currency: &str, answer: &Answer) -> Result<InProfiles, Failure> {
    let mut all = (0, 0);
    answer.shoppers.values().for_each(|(orders, minor)| all = (all.0 + orders, all.1 + minor));
    let mut found = InProfiles { profiles: 0, full: 0, orders: 0, minor: 0, all, differing: 0 };
    let mut unseen: HashSet<&str> = answer.shoppers.keys().map(String::as_str).collect();
    profiles.for_each(|id, profile| {
        let key = id.key();
        unseen.remove(&*key);
        let placed = profile.orders.placed();
        let ids: HashSet<&str> = placed.iter().filter_map(|(order, _)| order.id.as_deref().map(whole)).collect();
        let held = (ids.len() as u64, profile.value().value.get(currency).copied().unwrap_or_default());
        let said = answer.shoppers.get(&key).copied().unwrap_or_default();
        let full = placed.len() == MAX_ORDERS;
        let right = if full { held.0 <= said.0 && held.1 <= said.1 } else { held == said };
        found.profiles += 1;
        found.full += u64::from(full);
        found.orders += held.0;
        found.minor += held.1;
        found.differing += u64::from(!right);
        Ok(())
    })?;
    found.differing += unseen.len() as u64;
    Ok(found)
}

/// Bytes that the files below a folder take on the disk; what a file only reserves is none.
pub(super) fn bytes_in(path: &Path) -> std::io::Result<u64> {
    if !path.is_dir() {
        return on_disk(&std::fs::metadata(path)?);
    }
    std::fs::read_dir(path)?.map(|entry| bytes_in(&entry?.path())).sum()
}

#[cfg(unix)]
fn on_disk(file: &std::fs::Metadata) -> std::io::Result<u64> {
    Ok(std::os::unix::fs::MetadataExt::blocks(file) * 512)
}

#[cfg(not(unix))]
fn on_disk(file: &std::fs::Metadata) -> std::io::Result<u64> {
    Ok(file.len())
}
