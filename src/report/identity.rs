//! The identity report: persons by number of linked ids, and the ids that a limit keeps from being linked.

use std::collections::BTreeMap;

use serde::Serialize;
use tastemaker_index::id::ShopperId;

use super::for_each_person;
use crate::store::Result;
use crate::store::profiles::Profiles;

/// The most ids listed of those over a limit.
const MAX_LISTED: usize = 100;

/// Counts of ids and of the persons they make.
#[derive(Debug, Default, Serialize)]
pub struct IdentityReport {
    /// Ids with a profile.
    pub ids: usize,
    /// Persons those ids belong to.
    pub persons: usize,
    /// Number of persons by number of ids.
    pub persons_by_ids: BTreeMap<usize, usize>,
    /// The most devices of one user.
    pub devices_per_user_limit: usize,
    /// The most users of one device.
    pub users_per_device_limit: usize,
    /// Users with more devices than that, linked to none of them; the first hundred.
    pub crowded_users: Vec<OverLimit>,
    /// Devices with more users than that, which belong to none of them; the first hundred.
    pub shared_devices: Vec<OverLimit>,
}

/// An id over a limit.
#[derive(Debug, Serialize)]
pub struct OverLimit {
    /// The id.
    pub id: String,
    /// Number of ids linked to it.
    pub links: usize,
}

/// Computes the report from the profiles.
///
/// # Errors
/// If a profile cannot be read.
pub fn identity(profiles: &Profiles) -> Result<IdentityReport> {
    let limits = *profiles.link_limits();
    let mut report = IdentityReport {
        devices_per_user_limit: limits.devices_per_user,
        users_per_device_limit: limits.users_per_device,
        ..IdentityReport::default()
    };
    for_each_person(profiles, |found| {
        let ids = found.person.members().count();
        report.persons += 1;
        report.ids += ids;
        *report.persons_by_ids.entry(ids).or_default() += 1;
        for (id, profile) in found.person.members() {
            let links = profile.links.linked().count();
            let (over, id) = match id {
                ShopperId::User(id) if profile.links.has_too_many_devices(&limits) => (&mut report.crowded_users, id),
                ShopperId::Anonymous(id) if profile.links.has_too_many_users(&limits) => {
                    (&mut report.shared_devices, id)
                }
                _ => continue,
            };
            if over.len() < MAX_LISTED {
                over.push(OverLimit { id: id.clone(), links });
            }
        }
    })?;
    Ok(report)
}
