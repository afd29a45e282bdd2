//! Reads the tables given to `reindex --tables`: each file that exists is used instead of counting its table.
//! Rows of products that the catalogue lacks are left out and counted; anything else that does not fit is
//! refused with file, row and column.

use std::num::NonZeroU64;
use std::path::Path;

use tastemaker_index::Error;
use tastemaker_index::behaviour::{
    Given, GivenPopularity, HistoryLog, Interaction, Neighbour, PairEvidence, Pairs, ShopperNumber,
};
use tastemaker_index::id::Ordinal;

use super::MEETINGS;
use crate::store::tables::{
    INTERACTIONS, PAIR, PAIR_WITH_EVIDENCE, POPULARITY, TableCell, TableColumn, read as read_table,
};

/// The folder of the tables, and the two functions that its rows are read with.
struct TableFolder<'a> {
    path: &'a Path,
    resolve: &'a dyn Fn(&str) -> Option<Ordinal>,
    note: &'a dyn Fn(&str),
}

/// Reads the tables that exist in a folder, the interactions into `history`. `resolve` finds a product by its id;
/// `note` receives one line for each table.
///
/// # Errors
/// [`Error::Refused`] naming the file, row and column that does not fit.
pub fn read(
    folder: &Path,
    resolve: &dyn Fn(&str) -> Option<Ordinal>,
    history: HistoryLog,
    note: &dyn Fn(&str),
) -> Result<Given, Error> {
    let folder = TableFolder { path: folder, resolve, note };
    let given = Given {
        history: folder.history(history)?,
        popularity: folder.popularity()?,
        next: folder.pairs("next", false)?,
        co_viewed: folder.pairs("co_viewed", false)?,
        also_bought: folder.pairs("also_bought", false)?,
        successors: folder.pairs("successors", false)?,
        complements: folder.pairs("complements", true)?,
        viewed_then_bought: folder.pairs("viewed_then_bought", true)?,
    };
    if given.next.is_some() {
        note("next is given, so its weights are not tuned; the blend is the one in the settings");
    }
    Ok(given)
}

/// A whole number of a column; it must fit 32 bits.
fn small(cell: TableCell<'_>, name: &str) -> Result<u32, String> {
    let number = cell.number().unwrap_or_default();
    u32::try_from(number).map_err(|_| format!("column {name}: {number} must lie between 0 and {}", u32::MAX))
}

impl TableFolder<'_> {
    /// Reads one file; returns false if it does not exist. `take` receives each row and returns false if it knows
    /// none of its products.
    fn each(
        &self,
        name: &str,
        columns: &[TableColumn],
        mut take: impl FnMut(&[TableCell<'_>]) -> Result<bool, String>,
    ) -> Result<bool, Error> {
        let (mut taken, mut unknown) = (0u64, 0u64);
        let there = read_table(&self.path.join(format!("{name}.parquet")), columns, &mut |cells| {
            *(if take(cells)? { &mut taken } else { &mut unknown }) += 1;
            Ok(())
        });
        let there = there.map_err(|error| Error::Refused(error.to_string()))?;
        if there {
            (self.note)(&format!("{name}: {taken} rows taken as given, {unknown} of unknown products left out"));
        }
        Ok(there)
    }

    /// The values that `take` makes from the rows of one file, if the file exists; `None` for a row of an unknown
    /// product.
    fn rows<T>(
        &self,
        name: &str,
        columns: &[TableColumn],
        mut take: impl FnMut(&[TableCell<'_>]) -> Result<Option<T>, String>,
    ) -> Result<Option<Vec<T>>, Error> {
        let mut rows = Vec::new();
        let there = self.each(name, columns, |cells| Ok(take(cells)?.map(|row| rows.push(row)).is_some()))?;
        Ok(there.then_some(rows))
    }

    fn pairs(&self, name: &str, evidence: bool) -> Result<Option<Pairs>, Error> {
        let columns = if evidence { &PAIR_WITH_EVIDENCE[..] } else { &PAIR };
        self.rows(name, columns, |cells| {
            let evidence = match cells.get(3..6) {
                Some(why) => {
                    let together = small(why[0], "together")?;
                    Some(PairEvidence { together, lift: why[1].float(), llr: why[2].float() })
                }
                None => None,
            };
            let both = (self.resolve)(cells[0].text()).zip((self.resolve)(cells[1].text()));
            Ok(both.map(|(product, ordinal)| (product, Neighbour { ordinal, score: cells[2].float(), evidence })))
        })
    }

    fn popularity(&self) -> Result<Option<Vec<GivenPopularity>>, Error> {
        self.rows("popularity", &POPULARITY, |cells| {
            let [views, carts, purchases] =
                [small(cells[1], "views")?, small(cells[2], "carts")?, small(cells[3], "purchases")?];
            let score = cells[4].float();
            if score < 0.0 {
                return Err(format!("column score: {score} must be 0 or more"));
            }
            Ok((self.resolve)(cells[0].text()).map(|ordinal| GivenPopularity {
                ordinal,
                views,
                carts,
                purchases,
                score,
            }))
        })
    }

    fn history(&self, mut log: HistoryLog) -> Result<Option<HistoryLog>, Error> {
        let hash = |cell: TableCell<'_>| cell.number().and_then(|hash| NonZeroU64::new(hash.cast_unsigned()));
        let mut last: Option<(u32, i64)> = None;
        let there = self.each("interactions", &INTERACTIONS, |cells| {
            let shopper = small(cells[0], "shopper")?;
            let place = (shopper, cells[1].number().unwrap_or_default());
            if last.replace(place).is_some_and(|last| last >= place) {
                return Err("column position: rows must come by shopper and position".to_owned());
            }
            let meeting = MEETINGS.iter().find(|(_, name)| *name == cells[8].text()).map(|(meeting, _)| *meeting);
            let meeting = meeting.ok_or("column meeting: must be view, add_to_cart or purchase")?;
            let (event, quantity) = (small(cells[2], "event")?, small(cells[10], "quantity")?);
            let Some(ordinal) = (self.resolve)(cells[9].text()) else { return Ok(false) };
            let interaction = Interaction {
                shopper: ShopperNumber(shopper),
                event,
                time_ms: cells[3].number().into(),
                session: hash(cells[4]),
                order: hash(cells[5]),
                kind: meeting,
                ordinal,
                quantity,
                ..Interaction::NOTHING
            };
            log.push(interaction).map(|()| true).map_err(|error| error.to_string())
        })?;
        Ok(there.then_some(log))
    }
}
