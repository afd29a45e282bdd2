//! The neighbour graph as it is searched: a hierarchical navigable small world (Malkov and Yashunin, "Efficient
//! and robust approximate nearest neighbor search using hierarchical navigable small world graphs", 2018), laid
//! out as contiguous neighbour lists in a mapped file.
//!
//! Level 0 holds every product in rows of fixed width. The few nodes of upper levels have slots of their own,
//! which their neighbour lists refer to, so descending needs no look-up. All neighbours are checked when the
//! file is opened, so that no search leaves the arrays.

use std::path::Path;

use crate::error::{Error, Result};
use crate::flat::{FlatFile, FlatWriter, Section};
use crate::id::{Number, Ordinal};

/// The value of free places at the end of a neighbour row.
pub(super) const NONE: u32 = u32::MAX;
/// The same in a row of nodes.
pub(super) const NO_NODE: Ordinal = Ordinal::new(NONE);

const FORMAT: u64 = 1;
const MAX_WIDTH: usize = 1024;
const MAX_LEVELS: u32 = 64;

/// The entry point of every search: the first node of the highest level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct EntryPoint {
    pub(super) ordinal: Ordinal,
    /// The slot among upper nodes; [`NONE`] if the level is 0.
    pub(super) slot: u32,
    /// The level, the highest of the graph.
    pub(super) level: u32,
}

/// The neighbour lists of a generation; cheap to clone.
#[derive(Debug, Clone)]
pub struct Graph {
    pub(super) count: usize,
    /// The width of a row on level 0, and on an upper level.
    pub(super) widths: [usize; 2],
    pub(super) entry: Option<EntryPoint>,
    /// The neighbours on level 0: `count` rows of ordinals.
    pub(super) base: Section<Ordinal>,
    /// The ordinal of each upper slot.
    pub(super) upper_ordinals: Section<Ordinal>,
    /// The first upper row of each slot, and one past the last: a slot's rows are its levels 1, 2, ….
    pub(super) upper_firsts: Section<u32>,
    /// The neighbours on upper levels: rows of slots.
    pub(super) upper_rows: Section<u32>,
}

impl Graph {
    /// The number of nodes, those without neighbours included.
    pub fn len(&self) -> usize {
        self.count
    }

    /// True if there are no nodes.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The neighbours of a node on level 0, in the order they were built: nearest first.
    pub fn neighbours(&self, ordinal: Ordinal) -> &[Ordinal] {
        filled(&self.base[ordinal.index() * self.widths[0]..][..self.widths[0]])
    }

    /// Writes the sections.
    pub fn write(&self, writer: &mut FlatWriter) -> Result<()> {
        let entry = self.entry.unwrap_or(EntryPoint { ordinal: NO_NODE, slot: NONE, level: 0 });
        let [base_width, upper_width] = self.widths;
        writer.section("graph_shape", &[FORMAT, self.count as u64, base_width as u64, upper_width as u64])?;
        writer.section("graph_entry", &[entry.ordinal.get(), entry.slot, entry.level])?;
        writer.section("graph_base", &self.base)?;
        writer.section("graph_upper_ordinals", &self.upper_ordinals)?;
        writer.section("graph_upper_firsts", &self.upper_firsts)?;
        writer.section("graph_upper_rows", &self.upper_rows)
    }

    /// Reads the sections in place and checks every neighbour.
    ///
    /// # Errors
    /// [`Error::Corrupt`] if a length or a neighbour is impossible, [`Error::NewerFormat`] for a file of a
    /// later release.
    pub fn open(file: &FlatFile) -> Result<Self> {
        let shape = file.section_of::<u64>("graph_shape", 4)?;
        if shape[0] > FORMAT {
            let (found, supported) = (u32::try_from(shape[0]).unwrap_or(u32::MAX), FORMAT as u32);
            return Err(Error::NewerFormat { path: file.path().to_path_buf(), found, supported });
        }
        let (count, widths) = (shape[1] as usize, [shape[2] as usize, shape[3] as usize]);
        if count >= super::rows::MAX_ROWS || widths.iter().any(|width| !(1..=MAX_WIDTH).contains(width)) {
            return Err(Error::corrupt(file.path(), "the graph has a shape that cannot be"));
        }
        let entry = file.section_of::<u32>("graph_entry", 3)?;
        let entry = EntryPoint { ordinal: Ordinal::new(entry[0]), slot: entry[1], level: entry[2] };
        let graph = Self {
            count,
            widths,
            entry: (entry.ordinal != NO_NODE).then_some(entry),
            base: file.section_of("graph_base", count * widths[0])?,
            upper_ordinals: file.section("graph_upper_ordinals")?,
            upper_firsts: file.section("graph_upper_firsts")?,
            upper_rows: file.section("graph_upper_rows")?,
        };
        graph.check(file.path())?;
        Ok(graph)
    }

    fn check(&self, path: &Path) -> Result<()> {
        let damaged = |detail: &str| Err(Error::corrupt(path, detail));
        let slots = self.upper_ordinals.len();
        if !lie_below(&self.base, self.count) || !lie_below(&self.upper_rows, slots) {
            return damaged("the graph names a neighbour that is not there");
        }
        if self.upper_ordinals.iter().any(|ordinal| ordinal.index() >= self.count) {
            return damaged("the graph's upper levels name a product that is not there");
        }
        let firsts: &[u32] = &self.upper_firsts;
        let rows = firsts.last().map(|last| *last as usize * self.widths[1]);
        if firsts.len() != slots + 1 || !firsts.is_sorted() || rows != Some(self.upper_rows.len()) {
            return damaged("the graph's upper levels do not fit together");
        }
        let entry_fits = self.entry.is_none_or(|entry| {
            let slot_fits = self.upper_ordinals.get(entry.slot as usize) == Some(&entry.ordinal);
            entry.ordinal.index() < self.count && entry.level < MAX_LEVELS && (entry.slot == NONE || slot_fits)
        });
        if !entry_fits {
            return damaged("the graph's entry point is not there");
        }
        Ok(())
    }
}

/// The neighbours of a row, without its free places.
#[inline]
pub(super) fn filled<N: Number>(row: &[N]) -> &[N] {
    &row[..row.iter().position(|id| is_none(*id)).unwrap_or(row.len())]
}

/// True for an empty place of a row.
#[inline]
fn is_none(id: impl Number) -> bool {
    id.index() == NONE as usize
}

/// True if all numbers of rows lie below a limit.
fn lie_below<N: Number>(ids: &[N], limit: usize) -> bool {
    ids.iter().all(|id| is_none(*id) || id.index() < limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nodes<const N: usize>(numbers: [u32; N]) -> Section<Ordinal> {
        Ordinal::array(numbers).to_vec().into()
    }

    fn chain() -> Graph {
        Graph {
            count: 3,
            widths: [2, 1],
            entry: Some(EntryPoint { ordinal: Ordinal::new(1), slot: 0, level: 1 }),
            base: nodes([1, NONE, 0, 2, 1, NONE]),
            upper_ordinals: nodes([1]),
            upper_firsts: vec![0, 1].into(),
            upper_rows: vec![NONE].into(),
        }
    }

    fn reopened(graph: &Graph) -> Result<Graph> {
        let folder = tempfile::tempdir().map_err(Error::io("create", Path::new("temp")))?;
        let path = folder.path().join("graph.flat");
        let mut writer = FlatWriter::create(&path)?;
        graph.write(&mut writer)?;
        writer.finish()?;
        Graph::open(&FlatFile::open(&path)?)
    }

    #[test]
    fn a_graph_comes_back_as_written() -> Result<()> {
        let graph = reopened(&chain())?;
        assert_eq!(graph.neighbours(Ordinal::new(0)), Ordinal::array([1]));
        assert_eq!(graph.neighbours(Ordinal::new(1)), Ordinal::array([0, 2]));
        assert_eq!(graph.entry, chain().entry);
        Ok(())
    }

    #[test]
    fn whatever_points_outside_is_found_when_opened() {
        let entry = |ordinal, slot, level| Some(EntryPoint { ordinal: Ordinal::new(ordinal), slot, level });
        let damaged: Vec<(&str, Graph)> = vec![
            ("base", Graph { base: nodes([1, NONE, 0, 3, 1, NONE]), ..chain() }),
            ("base length", Graph { base: nodes([1, NONE, 0]), ..chain() }),
            ("upper ordinal", Graph { upper_ordinals: nodes([3]), ..chain() }),
            ("upper row", Graph { upper_rows: vec![1].into(), ..chain() }),
            ("firsts", Graph { upper_firsts: vec![0, 2].into(), ..chain() }),
            ("firsts length", Graph { upper_firsts: vec![1].into(), ..chain() }),
            ("entry ordinal", Graph { entry: entry(3, 0, 0), ..chain() }),
            ("entry level", Graph { entry: entry(1, 0, 64), ..chain() }),
            ("entry slot on level 0", Graph { entry: entry(1, 4, 0), ..chain() }),
            ("entry slot", Graph { entry: entry(1, 4, 1), ..chain() }),
            ("width", Graph { widths: [0, 1], base: nodes([]), ..chain() }),
        ];
        for (name, graph) in damaged {
            assert!(matches!(reopened(&graph), Err(Error::Corrupt { .. })), "{name}");
        }
    }
}
