//! Imports a feed: streams it into a temporary file, compares it with the stored catalogue, refuses it if too
//! many rows are bad or too many products would be deleted, and only then replaces the stored catalogue.

use anyhow::{Context, bail};
use tastemaker_index::feed;
use tastemaker_index::progress::Progress;

use super::Incoming;
use super::contradictions::Contradictions;
use super::difference::Difference;
use crate::progress::ProgressDisplay;
use crate::store::catalogue::{Catalogue, CurrentCatalogue};
use crate::store::{DataFolder, StoreError};

/// The number of bad rows that are printed; further ones are only counted.
const BAD_ROWS_SHOWN: u64 = 20;

/// A feed that replaced the stored catalogue.
#[derive(Debug)]
pub struct Taken {
    /// The changes it made.
    pub difference: Difference,
    /// The products whose availability and stock contradict each other.
    pub contradictions: Contradictions,
}

/// Replaces the catalogue by the feed and returns the differences. The caller holds the reindex lock.
///
/// # Errors
/// If the feed is refused or cannot be read; the catalogue then stays as it was.
pub fn take(folder: &DataFolder, incoming: Incoming, progress: &ProgressDisplay) -> anyhow::Result<Taken> {
    progress.stage("catalogue", None);
    let (max_bad, max_deleted) = (incoming.max_bad_share, incoming.max_deleted_share);
    let stored = stored(folder, progress)?;
    let first = stored.is_none();
    let mut difference = stored.unwrap_or_default();
    let (_, mut feed) = feed::open(incoming.input, incoming.format, incoming.reading)?;
    let mut writer = Catalogue::begin(folder)?;
    let mut contradictions = Contradictions::default();
    let (mut good, mut bad) = (0u64, 0u64);
    while let Some(row) = feed.next_row().context("reading the catalogue")? {
        match row {
            Ok(product) => {
                let line = serde_json::to_string(&product)?;
                difference.see(&product.id, &line)?;
                contradictions.see(&product, feed.line());
                writer.push_line(&line)?;
                good += 1;
                progress.advance(1);
            }
            Err(row) => {
                bad += 1;
                if bad <= BAD_ROWS_SHOWN {
                    progress.line(&format!("bad row left out: {row}"));
                }
            }
        }
    }
    progress.finish();
    if bad > BAD_ROWS_SHOWN {
        progress.line(&format!("... and {} more bad rows", bad - BAD_ROWS_SHOWN));
    }
    if let Some(refusal) = refusal((good, bad), (max_bad, max_deleted), (!first).then_some(&difference)) {
        bail!("{refusal}; nothing was changed");
    }
    writer.commit()?;
    Ok(Taken { difference, contradictions })
}

/// The stored catalogue to compare with; absent before the first import, and if it is damaged: the feed is the remedy
/// then, and is compared with the generation in force before it is published.
fn stored(folder: &DataFolder, progress: &ProgressDisplay) -> anyhow::Result<Option<Difference>> {
    // Single changes sent since the last feed are folded in first: the feed is compared with the current products.
    match CurrentCatalogue::open(folder).and_then(CurrentCatalogue::fold) {
        Ok(_) => Difference::from(&Catalogue::path(folder)).context("reading the stored catalogue"),
        Err(error @ StoreError::Corrupt { .. }) => {
            progress.line(&format!("the stored catalogue is replaced without being compared: {error}"));
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// The reason for which a feed with these numbers of good and bad rows is refused; none if it is taken. `limits` are the
/// largest shares of bad rows and of deleted products, and `difference` compares with the stored catalogue, if there is one.
pub(super) fn refusal(rows: (u64, u64), limits: (f64, f64), difference: Option<&Difference>) -> Option<String> {
    let ((good, bad), (max_bad, max_deleted)) = (rows, limits);
    if good + bad == 0 {
        return Some("the feed has no rows: the file is empty, or holds no more than a header".to_owned());
    }
    if good == 0 {
        return Some(format!(
            "the catalogue has no good row ({bad} bad ones; `tastemaker import --check FILE` reports what is wrong with a feed)"
        ));
    }
    let share = bad as f64 / (good + bad) as f64;
    if share > max_bad {
        return Some(format!(
            "{bad} of {} rows are bad ({:.1} %), more than the allowed {:.1} % (correct the feed, or allow more with \
             --max-bad-share)",
            good + bad,
            share * 100.0,
            max_bad * 100.0
        ));
    }
    let difference = difference.filter(|difference| difference.deleted_share() > max_deleted)?;
    Some(format!(
        "{} of {} stored products are not in the feed ({:.1} %), more than the allowed {:.1} % (if they are meant to be \
         deleted, raise --max-deleted-share)",
        difference.deleted(),
        difference.stored(),
        difference.deleted_share() * 100.0,
        max_deleted * 100.0
    ))
}
