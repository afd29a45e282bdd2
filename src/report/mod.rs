//! What all shoppers together did, computed when asked: visits across devices
//! and the paths to orders, who is taken for whom, and what searches and
//! placements led to. Reports read profiles and journal; they change nothing.

mod attribution;
mod identity;
mod visits;

pub use attribution::{AttributionReport, attribution};
pub use identity::{IdentityReport, identity};
pub use visits::{VisitsReport, visits};

use tastemaker_index::id::ShopperId;

use crate::store::Result;
use crate::store::profiles::{Found, Profiles};

/// Visits every person once, as the profiles are now.
fn for_each_person(profiles: &Profiles, mut visit: impl FnMut(&Found)) -> Result<()> {
    profiles.for_each(|id, profile| {
        // A device that has an owner comes with the owner, unless they do not agree.
        let owned = matches!(id, ShopperId::Anonymous(_)) && profile.links.owner(profiles.link_limits()).is_some();
        if let Some(found) = profiles.find(&id)?
            && (!owned || found.id == id)
        {
            visit(&found);
        }
        Ok(())
    })
}
