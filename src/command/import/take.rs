//! Takes a feed into the catalogue: streams it into a temporary file, compares it with what is stored, refuses
//! it when too much of it is bad or too much would go, and only then puts it in the place of the old one.

use anyhow::{Context, bail};
use tastemaker_index::feed;
use tastemaker_index::progress::Progress;

use super::Incoming;
use super::difference::Difference;
use crate::progress::Shown;
use crate::store::DataFolder;
use crate::store::catalogue::{Catalogue, CurrentCatalogue};

/// Bad rows printed before the rest is only counted.
const BAD_ROWS_SHOWN: u64 = 20;

/// Replaces the catalogue by the feed and returns what that changed. The caller holds the reindex lock.
///
/// # Errors
/// When the feed is refused or cannot be read; then nothing was changed.
pub fn take(folder: &DataFolder, incoming: Incoming, progress: &Shown) -> anyhow::Result<Difference> {
    progress.stage("catalogue", None);
    let (max_bad, max_deleted) = (incoming.max_bad_share, incoming.max_deleted_share);
    // The feed is compared with every product as last said, single changes included.
    CurrentCatalogue::open(folder)?.fold()?;
    let stored = Difference::from(&Catalogue::path(folder)).context("reading the stored catalogue")?;
    let first = stored.is_none();
    let mut difference = stored.unwrap_or_default();
    let (_, mut feed) = feed::open(incoming.input, incoming.format, incoming.reading)?;
    let mut writer = Catalogue::begin(folder)?;
    let (mut good, mut bad) = (0u64, 0u64);
    while let Some(row) = feed.next_row().context("reading the catalogue")? {
        match row {
            Ok(product) => {
                let line = serde_json::to_string(&product)?;
                difference.see(&product.id, &line)?;
                writer.push_line(&line)?;
                good += 1;
                progress.advance(1);
            }
            Err(row) => {
                bad += 1;
                if bad <= BAD_ROWS_SHOWN {
                    progress.note(&format!("bad row left out: {row}"));
                }
            }
        }
    }
    progress.finish();
    if bad > BAD_ROWS_SHOWN {
        progress.note(&format!("... and {} more bad rows", bad - BAD_ROWS_SHOWN));
    }
    if good == 0 {
        bail!("the catalogue has no good row ({bad} bad ones); nothing was changed");
    }
    let share = bad as f64 / (good + bad) as f64;
    if share > max_bad {
        bail!(
            "{bad} of {} rows are bad ({:.1} %), more than the allowed {:.1} %; nothing was changed. \
             Mend the feed, or allow more with --max-bad-share",
            good + bad,
            share * 100.0,
            max_bad * 100.0
        );
    }
    if !first && difference.deleted_share() > max_deleted {
        bail!(
            "{} of {} stored products are not in the feed ({:.1} %), more than the allowed {:.1} %; nothing was \
             changed. If they are to go, say so with --max-deleted-share",
            difference.deleted(),
            difference.stored(),
            difference.deleted_share() * 100.0,
            max_deleted * 100.0
        );
    }
    writer.commit()?;
    Ok(difference)
}
