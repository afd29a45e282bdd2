//! Reports over all shoppers, computed on request: visits and paths to orders, linked identities, and
//! attribution of orders to searches and placements. Reports read the profiles and the journal; they change
//! nothing.

mod attribution;
mod identity;
mod visits;

pub use attribution::{AttributionReport, attribution};
pub use identity::{IdentityReport, identity};
pub use visits::{VisitsReport, visits};

use tastemaker_index::id::ShopperId;

use crate::store::Result;
use crate::store::profiles::{FoundPerson, Profiles};

/// Calls `visit` once per person, with the profiles as they are now.
fn for_each_person(profiles: &Profiles, mut visit: impl FnMut(&FoundPerson)) -> Result<()> {
    profiles.for_each(|id, profile| {
        // A device with an owner is part of the owner's person, unless owner and device disagree about the
        // link.
        let owned = matches!(id, ShopperId::Anonymous(_)) && profile.links.owner(profiles.link_limits()).is_some();
        if let Some(found) = profiles.find(&id)?
            && (!owned || found.id == id)
        {
            visit(&found);
        }
        Ok(())
    })
}
