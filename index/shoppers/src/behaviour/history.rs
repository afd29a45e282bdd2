//! The history while it is collected: the latest interactions in memory and, beyond a limit, the earlier
//! ones in a temporary file, in runs of journal order. It is settled by an external sort: each run is
//! settled and sorted by itself, the last run first because refunds apply backwards, and the runs are
//! merged by shopper and time into one file that is read through a memory map. Temporary files are
//! removed as soon as they are open, and after every failure.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::path::{Path, PathBuf};

use super::interaction::{Interaction, ShopperNumber};
use super::settle::{Ledger, drop_doubled_clicks};
use crate::error::{Error, Result};
use crate::flat::{FlatFile, FlatWriter, Section};

/// Interactions in the order they arrive.
#[derive(Debug, Default)]
pub struct HistoryLog {
    latest: Vec<Interaction>,
    room: Option<MemoryLimit>,
    earlier: Option<Runs>,
    /// True if they arrive settled, by person and time, and so make one run.
    settled: bool,
}

/// The limit on memory, and the folder for the rest.
#[derive(Debug)]
struct MemoryLimit {
    folder: PathBuf,
    /// The most interactions in memory, at least 1.
    most: usize,
}

impl HistoryLog {
    /// A log with at most `most` interactions in memory, the others in temporary files in `folder`.
    pub(super) fn bounded(folder: &Path, most: usize) -> Self {
        let room = MemoryLimit { folder: folder.to_path_buf(), most: most.max(1) };
        Self { room: Some(room), ..Self::default() }
    }

    /// A log of interactions that were settled elsewhere and arrive by person and time.
    pub fn settled(folder: &Path, most: usize) -> Self {
        Self { settled: true, ..Self::bounded(folder, most) }
    }

    /// Appends one interaction.
    ///
    /// # Errors
    /// The failure to write a temporary file.
    pub fn push(&mut self, interaction: Interaction) -> Result<()> {
        self.latest.push(interaction);
        match &self.room {
            Some(room) if self.latest.len() >= room.most => {
                let earlier = match &mut self.earlier {
                    Some(earlier) => earlier,
                    none => none.insert(Runs::create(&room.folder.join("history.arrived"))?),
                };
                match self.settled {
                    true => earlier.extend(&self.latest)?,
                    false => earlier.push(&self.latest)?,
                }
                self.latest.clear();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The interactions in memory.
    pub(super) fn held(&self) -> &[Interaction] {
        &self.latest
    }

    /// The history, if it arrived settled.
    ///
    /// # Errors
    /// The failure of the temporary file.
    pub(super) fn whole(self) -> Result<SettledHistory> {
        let Some(mut earlier) = self.earlier else { return Ok(SettledHistory::Held(self.latest)) };
        earlier.extend(&self.latest)?;
        earlier.into_history()
    }

    /// Settles the history and sorts it by person and time, within a millisecond in journal order. `persons`
    /// has the person of each shopper; products from ordinal `products` on are left out.
    ///
    /// # Errors
    /// The failure of a temporary file.
    pub(super) fn settle(
        self,
        mut ledger: Ledger,
        persons: &[ShopperNumber],
        products: usize,
    ) -> Result<SettledHistory> {
        let mut settle = |rows: &mut Vec<Interaction>| {
            rows.retain(|interaction| interaction.ordinal.index() < products);
            ledger.settle(rows);
            rows.iter_mut().for_each(|interaction| interaction.shopper = persons[interaction.shopper.index()]);
            // Stable sort: within a shopper and a millisecond, the journal order remains.
            rows.sort_by_key(Interaction::sort_key);
        };
        let Self { mut latest, room, earlier, .. } = self;
        settle(&mut latest);
        let (Some(room), Some(earlier)) = (room, earlier) else {
            drop_doubled_clicks(&mut latest);
            return Ok(SettledHistory::Held(latest));
        };
        let arrived = earlier.finish()?;
        let mut sorted = Runs::create(&room.folder.join("history.sorted"))?;
        sorted.push(&latest)?;
        drop(latest);
        for run in arrived.iter().rev() {
            let mut rows = rows_of(run)?.to_vec();
            settle(&mut rows);
            sorted.push(&rows)?;
        }
        drop(arrived);
        let mut sorted = sorted.finish()?;
        sorted.reverse();
        merge(&sorted, &room.folder.join("history.merged"))
    }
}

/// The settled history, by person and time.
#[derive(Debug)]
pub(super) enum SettledHistory {
    /// In memory.
    Held(Vec<Interaction>),
    /// In a file that has been unlinked.
    Mapped(Section<u64>),
}

impl SettledHistory {
    /// All interactions, by person and time.
    ///
    /// # Errors
    /// [`Error::Refused`] if the file does not hold what was written.
    pub(super) fn rows(&self) -> Result<&[Interaction]> {
        match self {
            Self::Held(rows) => Ok(rows),
            Self::Mapped(rows) => rows_of(rows),
        }
    }

    /// All interactions, copied into memory.
    ///
    /// # Errors
    /// As [`Self::rows`].
    pub(super) fn into_rows(self) -> Result<Vec<Interaction>> {
        match self {
            Self::Held(rows) => Ok(rows),
            Self::Mapped(rows) => rows_of(&rows).map(<[_]>::to_vec),
        }
    }
}

fn rows_of(words: &[u64]) -> Result<&[Interaction]> {
    bytemuck::checked::try_cast_slice(words)
        .map_err(|error| Error::Refused(format!("a temporary file of the history is damaged: {error}")))
}

/// Merges sorted runs, the earlier in the journal first among equals.
fn merge(runs: &[Section<u64>], path: &Path) -> Result<SettledHistory> {
    let mut runs = runs.iter().map(|run| rows_of(run)).collect::<Result<Vec<_>>>()?;
    let mut merged = Runs::create(path)?;
    let mut heads: BinaryHeap<_> =
        runs.iter().enumerate().filter_map(|(run, rows)| Some(Reverse((rows.first()?.sort_key(), run)))).collect();
    let mut one: Vec<Interaction> = Vec::new();
    let mut end = |one: &mut Vec<Interaction>| {
        drop_doubled_clicks(one);
        merged.extend(one)?;
        one.clear();
        Ok(())
    };
    while let Some(Reverse((_, run))) = heads.pop() {
        let Some((interaction, rest)) = runs[run].split_first() else { continue };
        if one.last().is_some_and(|last| last.shopper != interaction.shopper) {
            end(&mut one)?;
        }
        one.push(*interaction);
        runs[run] = rest;
        heads.extend(rest.first().map(|next| Reverse((next.sort_key(), run))));
    }
    end(&mut one)?;
    merged.into_history()
}

/// A temporary file of runs, removed when it is dropped.
#[derive(Debug)]
struct Runs {
    out: Option<FlatWriter>,
    path: TemporaryFile,
    runs: usize,
}

/// The path of a temporary file, which is removed on drop.
#[derive(Debug)]
struct TemporaryFile(PathBuf);

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.0));
    }
}

impl Runs {
    fn create(path: &Path) -> Result<Self> {
        let out = FlatWriter::create(path)?;
        Ok(Self { out: Some(out), path: TemporaryFile(path.to_path_buf()), runs: 0 })
    }

    /// Begins a run with these rows.
    fn push(&mut self, rows: &[Interaction]) -> Result<()> {
        if let Some(out) = &mut self.out {
            out.begin::<u64>(&format!("run{}", self.runs))?;
        }
        self.runs += 1;
        self.extend(rows)
    }

    /// Appends to the run, the first if there is none.
    fn extend(&mut self, rows: &[Interaction]) -> Result<()> {
        match &mut self.out {
            _ if self.runs == 0 => self.push(rows),
            Some(out) => out.extend::<u64>(bytemuck::cast_slice(rows)),
            None => Ok(()),
        }
    }

    /// The runs in the order they were begun, through a map that outlives the file's name.
    fn finish(mut self) -> Result<Vec<Section<u64>>> {
        if let Some(out) = self.out.take() {
            out.finish()?;
        }
        let file = FlatFile::open(&self.path.0)?;
        (0..self.runs).map(|run| file.section(&format!("run{run}"))).collect()
    }

    /// The first run as the history.
    fn into_history(self) -> Result<SettledHistory> {
        let whole = self.finish()?.into_iter().next();
        whole.map(SettledHistory::Mapped).ok_or_else(|| Error::Refused("the sorted history is missing".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Behaviour, BehaviourBuilder, CatalogueView, NO_GROUP, Settings, Terms};
    use super::*;
    use crate::event::Event;
    use crate::id::{CategoryNumber, Ordinal};
    use crate::progress::Silent;

    /// A seeded journal of shoppers on several devices who view, click, buy, buy again and return products.
    fn journal(events: u64) -> Vec<Event> {
        let mut state = 7u64;
        let mut below = |count: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % count
        };
        let line = |n: u64| {
            let kind = ["view", "view", "click", "add_to_cart", "purchase", "purchase", "refund"][below(7) as usize];
            let (shopper, device, order) = (below(9), below(12), below(40));
            let who = match below(3) {
                0 => format!(r#""user_id":"u{shopper}""#),
                1 => format!(r#""anonymous_id":"d{device}""#),
                _ => format!(r#""user_id":"u{shopper}","anonymous_id":"d{shopper}""#),
            };
            let time = match below(8) {
                0 => String::new(),
                _ => format!(r#""time":"2026-01-{:02}T10:00:{:02}Z","#, 1 + below(28), below(60)),
            };
            let order = match kind {
                "purchase" | "refund" if below(2) == 0 => format!(r#""order_id":"o{order}","#),
                _ => String::new(),
            };
            let products: Vec<_> = (0..=below(3)).map(|_| format!(r#"{{"id":"{}"}}"#, below(14))).collect();
            format!(
                r#"{{"message_id":"m{n}","type":"{kind}",{time}{order}"session_id":"s{}",{who},"products":[{}]}}"#,
                below(30),
                products.join(",")
            )
        };
        (0..events)
            .map(line)
            .map(|text| serde_json::from_str(&text).unwrap_or_else(|error| panic!("{text}: {error}")))
            .collect()
    }

    fn collect(mut builder: BehaviourBuilder, journal: &[Event]) -> BehaviourBuilder {
        for event in journal {
            builder.push(event, |id| id.parse().ok().map(Ordinal::new));
        }
        builder
    }

    /// The bytes of the file of tables.
    fn tables(builder: BehaviourBuilder, folder: &Path) -> Result<Vec<u8>> {
        let groups = [NO_GROUP; 12];
        let starts: Vec<u32> = (0..=12).collect();
        let leaves: Vec<CategoryNumber> = (0..12).map(|product| CategoryNumber::new(product / 3)).collect();
        let catalogue = CatalogueView::new(&groups, &starts, &leaves, 4)?;
        let built: Behaviour = builder.build(&Settings::default(), &catalogue, &Terms::default(), 0, &Silent)?;
        let path = folder.join("tables");
        let mut file = FlatWriter::create(&path)?;
        built.write(&mut file)?;
        file.finish()?;
        let bytes = std::fs::read(&path).map_err(Error::io("read", &path))?;
        std::fs::remove_file(&path).map_err(Error::io("remove", &path))?;
        Ok(bytes)
    }

    fn files(folder: &Path) -> Vec<PathBuf> {
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
    }

    #[test]
    fn a_history_on_disk_is_the_history_in_memory_and_leaves_no_file() -> Result<()> {
        let folder = tempfile::tempdir().map_err(Error::io("create", Path::new("temp")))?;
        let folder = folder.path();
        let journal = journal(3000);
        let whole = collect(BehaviourBuilder::default(), &journal);
        let rows = whole.interactions().len();
        let expected = collect(BehaviourBuilder::default(), &journal).settled(12)?;
        assert!(expected.len() < rows, "some purchases were refunded");
        let bytes = tables(whole, folder)?;
        for most in [1, 64, 1000, rows, rows + 1] {
            let bounded = || collect(BehaviourBuilder::bounded(folder, most), &journal);
            assert!(bounded().settled(12)? == expected, "at most {most} of {rows} in memory");
            assert!(tables(bounded(), folder)? == bytes, "at most {most} of {rows} in memory");
            assert!(files(folder).is_empty(), "at most {most}");
        }
        Ok(())
    }

    #[test]
    fn a_history_that_comes_settled_is_held_within_the_limit_and_stays_as_it_is() -> Result<()> {
        let folder = tempfile::tempdir().map_err(Error::io("create", Path::new("temp")))?;
        let folder = folder.path();
        let expected = collect(BehaviourBuilder::default(), &journal(500)).settled(12)?;
        for most in [1, 7, expected.len(), expected.len() + 1] {
            let mut given = HistoryLog::settled(folder, most);
            expected.iter().try_for_each(|interaction| given.push(*interaction))?;
            assert!(given.held().len() <= most);
            assert_eq!(given.whole()?.into_rows()?, expected, "at most {most}");
            assert!(files(folder).is_empty(), "at most {most}");
        }
        Ok(())
    }

    #[test]
    fn a_history_that_cannot_be_written_is_an_error_and_leaves_no_file() -> Result<()> {
        let folder = tempfile::tempdir().map_err(Error::io("create", Path::new("temp")))?;
        let folder = folder.path();
        let journal = journal(100);
        let gone = collect(BehaviourBuilder::bounded(&folder.join("gone"), 10), &journal);
        assert!(gone.settled(12).is_err_and(|error| error.to_string().contains("history.arrived")));
        let started = collect(BehaviourBuilder::bounded(folder, 10), &journal);
        let blocked = folder.join("history.sorted");
        std::fs::write(&blocked, "").map_err(Error::io("write", &blocked))?;
        assert!(started.settled(12).is_err_and(|error| error.to_string().contains("history.sorted")));
        assert_eq!(files(folder), [blocked], "only what was there before");
        Ok(())
    }
}
