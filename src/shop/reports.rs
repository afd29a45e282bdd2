//! Reports over the running shop's profiles and journal, computed on request.

use super::Shop;
use crate::report::{self, AttributionReport, IdentityReport, VisitsReport};
use crate::store::Result;

impl Shop {
    /// Visits by device and channel, and the paths to orders.
    ///
    /// # Errors
    /// If a profile cannot be read.
    pub fn visits_report(&self) -> Result<VisitsReport> {
        report::visits(&self.profiles)
    }

    /// Persons by number of linked ids, and the ids over a limit.
    ///
    /// # Errors
    /// If a profile cannot be read.
    pub fn identity_report(&self) -> Result<IdentityReport> {
        report::identity(&self.profiles)
    }

    /// Impressions, clicks and attributed orders of searches and placements.
    ///
    /// # Errors
    /// If a profile or the journal cannot be read.
    pub fn attribution_report(&self) -> Result<AttributionReport> {
        report::attribution(&self.profiles, &self.folder.journal())
    }
}
