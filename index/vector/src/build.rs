//! Builds the neighbour graph with `hnsw_rs`, in parallel, and lays it out flat.
//!
//! Levels are drawn from a fixed seed, but threads race for them and for each other's neighbour lists. Only on
//! a pool of one thread do the same rows give the same graph; graphs of several threads differ, with equal
//! recall.

use hnsw_rs::anndists::dist::distances::Distance;
use hnsw_rs::hnsw::{Hnsw, Neighbour};

use crate::dot::Kernel;
use crate::graph::{EntryPoint, Graph, NO_NODE, NONE};
use crate::id::Ordinal;
use crate::rows::Vectors;
use crate::{polish, reach};

const MAX_LEVELS: usize = 16;
/// The first rows are inserted one by one: threads that find an empty graph would leave their rows without
/// neighbours.
const FIRST_ROWS: usize = 64;
const BATCH_ROWS: usize = 2_000;

/// Settings of graph building.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GraphSettings {
    /// Neighbours of a node on upper levels, twice as many on level 0; 2..=255.
    pub max_neighbours: usize,
    /// Candidates that an insertion chooses its neighbours from.
    pub ef_construction: usize,
    /// Beam of the second pass, in which every node chooses its neighbours again; 0 for no such pass.
    pub polish_beam: usize,
}

impl Default for GraphSettings {
    fn default() -> Self {
        Self { max_neighbours: 16, ef_construction: 100, polish_beam: 64 }
    }
}

/// One minus the cosine of unit rows, never below zero or NaN: rounding must give no negative distance, and a
/// damaged row none that cannot be ordered.
#[derive(Debug, Clone, Copy)]
pub struct UnitDistance(Kernel);

impl Distance<f32> for UnitDistance {
    fn eval(&self, a: &[f32], b: &[f32]) -> f32 {
        (1.0 - (self.0.dot)(a, b)).max(0.0)
    }
}

/// The graph in the form of the building library.
pub type LinkedGraph<'rows> = Hnsw<'rows, f32, UnitDistance>;

/// Builds the graph over all rows that have a direction. `progress` receives the number of nodes done, and of
/// all nodes.
pub fn build(vectors: &Vectors, settings: GraphSettings, progress: &dyn Fn(u64, u64)) -> Graph {
    let passes = if settings.polish_beam > 0 { 2 } else { 1 };
    let total = vectors.len() as u64 * passes;
    let linked = link(vectors, settings, &|done, _| progress(done, total));
    let graph = export(&linked, vectors.len());
    drop(linked);
    if settings.polish_beam == 0 {
        return reach::join(graph, vectors);
    }
    polished(graph, vectors, settings.polish_beam, &|done| progress(vectors.len() as u64 + done, total))
}

/// Chooses all neighbours again, now that every node is present, which raises recall at the same beam.
/// `progress` receives the number of nodes done.
pub fn polished(graph: Graph, vectors: &Vectors, beam: usize, progress: &dyn Fn(u64)) -> Graph {
    reach::join(polish::polish(graph, vectors, beam, progress), vectors)
}

/// Inserts all rows that have a direction. `progress` receives the number of rows done, and of all rows.
pub fn link<'rows>(
    vectors: &'rows Vectors,
    settings: GraphSettings,
    progress: &dyn Fn(u64, u64),
) -> LinkedGraph<'rows> {
    let max_neighbours = settings.max_neighbours.clamp(2, 255);
    let ef_construction = settings.ef_construction.max(max_neighbours);
    let distance = UnitDistance(Kernel::detect());
    let graph = Hnsw::new(max_neighbours, vectors.len(), MAX_LEVELS, ef_construction, distance);
    let rows: Vec<(&[f32], usize)> = Ordinal::all(vectors.len())
        .filter(|row| vectors.has_direction(*row))
        .map(|row| (vectors.row(row), row.index()))
        .collect();
    let (first, rest) = rows.split_at(FIRST_ROWS.min(rows.len()));
    first.iter().for_each(|row| graph.insert_slice(*row));
    let (mut done, total) = (first.len() as u64, rows.len() as u64);
    for batch in rest.chunks(BATCH_ROWS) {
        graph.parallel_insert_slice(&batch.to_vec());
        done += batch.len() as u64;
        progress(done, total);
    }
    graph
}

/// Converts the graph of `count` products to flat neighbour lists.
pub fn export(linked: &LinkedGraph<'_>, count: usize) -> Graph {
    let upper_width = usize::from(linked.get_max_nb_connection());
    let widths = [2 * upper_width, upper_width];
    let mut base = vec![NO_NODE; count * widths[0]];
    let mut upper = Vec::new();
    let points = linked.get_point_indexation();
    let levels = if linked.get_nb_point() == 0 { 0 } else { usize::from(linked.get_max_level_observed()) + 1 };
    let mut entry = None;
    for level in 0..levels {
        for point in points.get_layer_iterator(level) {
            let ordinal = Ordinal::from_index(point.get_origin_id());
            let mut lists = point.get_neighborhood_id();
            lists.truncate(level + 1);
            if let Some(list) = lists.first() {
                put(&mut base[ordinal.index() * widths[0]..][..widths[0]], list.iter(), |near| {
                    Ordinal::from_index(near.d_id)
                });
            }
            if level > 0 {
                upper.push((ordinal, lists));
            }
            if entry.is_none_or(|(_, highest)| highest < level) {
                entry = Some((ordinal, level));
            }
        }
    }
    upper.sort_unstable_by_key(|(ordinal, _)| *ordinal);
    let slots: Vec<Ordinal> = upper.iter().map(|(ordinal, _)| *ordinal).collect();
    let slot_of = |ordinal: Ordinal| slots.binary_search(&ordinal).map_or(NONE, |slot| slot as u32);
    let mut firsts = vec![0];
    let mut rows = Vec::new();
    for (_, lists) in &upper {
        for (level, list) in lists.iter().enumerate().skip(1) {
            let start = rows.len();
            rows.resize(start + widths[1], NONE);
            // An insertion may list the node through which it entered a level, even if that node's own lists end
            // below.
            let on_level = list.iter().filter(|near| usize::from(near.p_id.0) >= level);
            put(&mut rows[start..], on_level, |near| slot_of(Ordinal::from_index(near.d_id)));
        }
        firsts.push((rows.len() / widths[1]) as u32);
    }
    let entry = entry.map(|(ordinal, level)| EntryPoint { ordinal, slot: slot_of(ordinal), level: level as u32 });
    Graph {
        count,
        widths,
        entry,
        base: base.into(),
        upper_ordinals: slots.into(),
        upper_firsts: firsts.into(),
        upper_rows: rows.into(),
    }
}

fn put<'a, N>(row: &mut [N], list: impl Iterator<Item = &'a Neighbour>, id: impl Fn(&Neighbour) -> N) {
    for (place, near) in row.iter_mut().zip(list) {
        *place = id(near);
    }
}
