//! Damage of the journal before a reindex: without `--salvage` nothing is learned from a journal of which a part is
//! lost, because the generation would silently know less.

use anyhow::bail;

use crate::store::DataFolder;
use crate::store::folder::LockKind;
use crate::store::journal::{Position, chain, salvage};

/// Refuses a journal of which a part was left out, or, if told, leaves damaged parts out and records that. The caller
/// holds the reindex lock.
///
/// # Errors
/// If a part is lost and nobody accepted that.
pub(super) fn check(folder: &DataFolder, salvaging: bool, report: &dyn Fn(&str)) -> anyhow::Result<()> {
    let journal = folder.journal();
    if salvaging {
        // The open segment is a running server's.
        let alone = folder.lock(LockKind::Serve);
        for part in salvage(&journal, Position::START, alone.is_ok())? {
            report(&format!("salvage: {part}"));
        }
        for number in chain::unaccepted(&journal)? {
            report(&format!("salvage: the rest of journal/{number:010}.journal is used"));
        }
        return Ok(chain::accept(&journal)?);
    }
    let lost = chain::unaccepted(&journal)?;
    if let Some(first) = lost.first() {
        bail!(
            "a part of journal/{first:010}.journal is damaged or missing, and the server goes on without it (segments \
             {lost:?}); restore the file from a backup and restart the server; without a backup, `tastemaker reindex \
             --salvage` learns from the rest"
        );
    }
    Ok(())
}
