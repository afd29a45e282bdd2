//! Who is taken for whom, and which ids the limits keep from being anybody's.

use std::collections::BTreeMap;

use serde::Serialize;
use tastemaker_index::id::ShopperId;

use super::for_each_person;
use crate::store::Result;
use crate::store::profiles::Profiles;

/// Ids told of those that are over a limit.
const TOLD: usize = 100;

/// How ids make persons.
#[derive(Debug, Default, Serialize)]
pub struct IdentityReport {
    /// Ids known.
    pub ids: usize,
    /// Persons they make.
    pub persons: usize,
    /// Persons by how many ids they have.
    pub persons_by_ids: BTreeMap<usize, usize>,
    /// The most devices a user is joined with.
    pub devices_per_user_limit: usize,
    /// The most users a device may have.
    pub users_per_device_limit: usize,
    /// Users with more devices than that, who are joined with none; the first hundred.
    pub crowded_users: Vec<Over>,
    /// Devices with more users than that, which belong to nobody; the first hundred.
    pub shared_devices: Vec<Over>,
}

/// An id over a limit.
#[derive(Debug, Serialize)]
pub struct Over {
    /// The id.
    pub id: String,
    /// How many ids are linked to it.
    pub links: usize,
}

/// The report.
///
/// # Errors
/// When a profile cannot be read.
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
            if over.len() < TOLD {
                over.push(Over { id: id.clone(), links });
            }
        }
    })?;
    Ok(report)
}
