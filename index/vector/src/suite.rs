//! Requirements on the module as a whole: recall against exact search, filters, ties, the smallest indexes, and
//! damaged files.

use std::collections::BTreeMap;
use std::path::Path;

use crate::clusters::clustered;
use crate::error::{Error, Result};
use crate::id::Ordinal;
use crate::random::SplitMix64;
use crate::scan::{exact, scan};
use crate::{Allowed, GraphSettings, NoFilter, SearchScratch, SearchSettings, VectorIndex, Vectors, build};

const DIMENSIONS: usize = 48;

impl Allowed for Vec<Ordinal> {
    fn contains(&self, ordinal: Ordinal) -> bool {
        self.binary_search(&ordinal).is_ok()
    }

    fn count(&self) -> usize {
        self.len()
    }

    fn for_each(&self, visit: impl FnMut(Ordinal)) {
        self.iter().copied().for_each(visit);
    }
}

fn index(rows: Vec<f32>, settings: GraphSettings) -> Result<VectorIndex> {
    let vectors = Vectors::from_rows(DIMENSIONS, rows)?;
    // One thread, because the order in which threads insert changes the graph a little.
    let one_thread = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    let one_thread = one_thread.map_err(|error| crate::error::Error::Refused(error.to_string()))?;
    let graph = one_thread.install(|| build::build(&vectors, settings, &|_, _| ()));
    VectorIndex::new(vectors, graph)
}

/// Settings under which even a small index is walked, if the filter passes enough of it.
fn walking() -> SearchSettings {
    SearchSettings { scan_limit: 0, ..SearchSettings::default() }
}

/// The share of the exact ten nearest rows that a search finds, over many queries.
fn recall<A: Allowed>(
    index: &VectorIndex,
    allowed: Option<&A>,
    search: impl Fn(&[f32]) -> Result<Vec<(Ordinal, f32)>>,
) -> Result<f64> {
    let queries = clustered(77, 100, DIMENSIONS, 100);
    let (mut found, mut wanted) = (0, 0);
    for query in queries.chunks(DIMENSIONS) {
        let hits = search(query)?;
        let mut unit = query.to_vec();
        crate::rows::normalise(&mut unit);
        let truth = exact(&index.vectors, &unit, 10, allowed);
        assert_eq!(hits.len(), truth.len(), "a search never comes home short");
        assert!(hits.is_sorted_by(|a, b| a.1 > b.1 || (a.1 == b.1 && a.0 < b.0)), "{hits:?}");
        wanted += truth.len();
        found += truth.iter().filter(|(ordinal, _)| hits.iter().any(|(other, _)| other == ordinal)).count();
    }
    Ok(found as f64 / wanted as f64)
}

#[test]
fn the_graph_finds_95_of_100_exact_neighbours_polished_or_not() -> Result<()> {
    let rows = clustered(5, 2_000, DIMENSIONS, 40);
    for polish_beam in [0, 64] {
        let mut index = index(rows.clone(), GraphSettings { polish_beam, ..GraphSettings::default() })?;
        index.settings = walking();
        let recall = recall(&index, None::<&NoFilter>, |query| index.search(query, 10, None::<&NoFilter>))?;

        assert!(recall >= 0.95, "recall {recall} with polish beam {polish_beam}");
    }
    Ok(())
}

#[test]
fn rows_put_in_since_are_found_in_place_of_those_before() -> Result<()> {
    let base = clustered(5, 2_000, DIMENSIONS, 40);
    let mut index = index(base.clone(), GraphSettings::default())?;
    let fresh = clustered(6, 300, DIMENSIONS, 40);
    // Every tenth of the first 2,000 and 100 new ones; the first loses its direction.
    let ordinals = (0..2_000).step_by(10).chain(2_000..2_100).map(Ordinal::new);
    let mut rows: BTreeMap<Ordinal, Vec<f32>> = ordinals.zip(fresh.chunks(DIMENSIONS).map(<[f32]>::to_vec)).collect();
    rows.insert(Ordinal::new(0), vec![0.0; DIMENSIONS]);
    let mut whole = base;
    whole.resize(2_100 * DIMENSIONS, 0.0);
    for (&ordinal, row) in &rows {
        whole[ordinal.index() * DIMENSIONS..][..DIMENSIONS].copy_from_slice(row);
    }
    let truth = Vectors::from_rows(DIMENSIONS, whole)?;
    index = index.with_rows(rows.split_off(&Ordinal::new(1_000))).with_rows(rows);
    assert!(!index.has_direction(Ordinal::new(0)) && index.has_direction(Ordinal::new(2_099)));
    assert_eq!(index.row(Ordinal::new(2_010 - 1_000)), truth.row(Ordinal::new(1_010)));
    let one_of = |share| Ordinal::all(2_100).filter(|ordinal| ordinal.get() % share == 0).collect::<Vec<Ordinal>>();
    for allowed in [None, Some(one_of(1)), Some(one_of(3)), Some(one_of(50))] {
        for settings in [walking(), SearchSettings::default()] {
            index.settings = settings;
            let (mut found, mut wanted) = (0, 0);
            for query in clustered(77, 100, DIMENSIONS, 100).chunks(DIMENSIONS) {
                let hits = index.search(query, 10, allowed.as_ref())?;
                let mut unit = query.to_vec();
                crate::rows::normalise(&mut unit);
                let exact = exact(&truth, &unit, 10, allowed.as_ref());
                assert_eq!(hits.len(), exact.len());
                wanted += exact.len();
                found += exact.iter().filter(|(ordinal, _)| hits.iter().any(|(other, _)| other == ordinal)).count();
            }
            assert!(found * 100 >= wanted * 95, "{found} of {wanted} under {settings:?}");
        }
    }
    Ok(())
}

#[test]
fn filters_hold_and_cost_no_recall_walked_or_scanned() -> Result<()> {
    let mut index = index(clustered(5, 2_000, DIMENSIONS, 40), GraphSettings::default())?;
    for share in [2, 10, 100, 1_000] {
        let allowed: Vec<Ordinal> = Ordinal::all(2_000).filter(|ordinal| ordinal.get() % share == 1).collect();
        for settings in [walking(), SearchSettings::default()] {
            index.settings = settings;
            let recall = recall(&index, Some(&allowed), |query| {
                let hits = index.search(query, 10, Some(&allowed))?;
                assert!(hits.iter().all(|(ordinal, _)| allowed.contains(*ordinal)));
                Ok(hits)
            })?;
            assert!(recall >= 0.95, "recall {recall} with one of {share} allowed under {settings:?}");
        }
    }
    assert!(index.search(&[1.0; DIMENSIONS], 10, Some(&Vec::new()))?.is_empty());
    Ok(())
}

#[test]
fn the_scan_by_codes_agrees_with_the_exact_scan() -> Result<()> {
    let vectors = Vectors::from_rows(DIMENSIONS, clustered(9, 3_000, DIMENSIONS, 60))?;
    let index = VectorIndex::new(
        vectors.clone(),
        build::export(
            &build::link(&Vectors::from_rows(DIMENSIONS, Vec::new())?, GraphSettings::default(), &|_, _| ()),
            3_000,
        ),
    )?;
    let recall = recall(&index, None::<&NoFilter>, |query| {
        let mut unit = query.to_vec();
        crate::rows::normalise(&mut unit);
        Ok(scan(&vectors, &unit, 10, None::<&NoFilter>, &mut SearchScratch::default()))
    })?;
    assert!(recall >= 0.99, "recall {recall}");
    Ok(())
}

#[test]
fn equal_rows_come_by_ordinal_and_rows_without_direction_never() -> Result<()> {
    let mut rows = vec![0.0; 60 * DIMENSIONS];
    for ordinal in 10..60 {
        rows[ordinal * DIMENSIONS + ordinal % 2] = 1.0;
    }
    let mut query = vec![0.0; DIMENSIONS];
    query[0] = 2.0;
    let mut index = index(rows, GraphSettings::default())?;
    for settings in [SearchSettings::default(), walking()] {
        index.settings = settings;
        let hits = index.search(&query, 25, None::<&NoFilter>)?;
        let even: Vec<(Ordinal, f32)> = (10..60).step_by(2).map(|ordinal| (Ordinal::new(ordinal), 1.0)).collect();
        assert_eq!(hits, even, "{settings:?}");
        assert_eq!(index.search(&query, 100, None::<&NoFilter>)?.len(), 50);
    }
    assert!(index.search(&[0.0; DIMENSIONS], 3, None::<&NoFilter>)?.is_empty());
    assert!(matches!(index.search(&[1.0], 3, None::<&NoFilter>), Err(Error::Invalid { .. })));
    assert!(matches!(index.search(&[f32::NAN; DIMENSIONS], 3, None::<&NoFilter>), Err(Error::Invalid { .. })));
    Ok(())
}

#[test]
fn no_row_one_row_and_only_rows_without_direction_work() -> Result<()> {
    for (rows, hits) in [(vec![], 0), (vec![1.0; DIMENSIONS], 1), (vec![0.0; 3 * DIMENSIONS], 0)] {
        let mut index = index(rows, GraphSettings::default())?;
        for settings in [SearchSettings::default(), walking()] {
            index.settings = settings;
            assert_eq!(index.search(&[1.0; DIMENSIONS], 5, None::<&NoFilter>)?.len(), hits);
        }
    }
    Ok(())
}

#[test]
fn a_written_index_finds_the_same_and_progress_ends_at_the_total() -> Result<()> {
    let vectors = Vectors::from_rows(DIMENSIONS, clustered(3, 3_000, DIMENSIONS, 30))?;
    let last = std::cell::Cell::new((0, 0));
    let graph = build::build(&vectors, GraphSettings::default(), &|done, total| {
        assert!(last.get().0 <= done && done <= total);
        last.set((done, total));
    });
    assert!(last.get().1 > 0 && last.get().0 == last.get().1, "{last:?}");
    let written = VectorIndex::new(vectors, graph)?;
    let folder = tempfile::tempdir().map_err(Error::io("create", Path::new("temp")))?;
    written.write(folder.path())?;
    let opened = VectorIndex::open(folder.path())?;
    for query in clustered(4, 20, DIMENSIONS, 3).chunks(DIMENSIONS) {
        let found = [&written, &opened].map(|index| index.search(query, 10, None::<&NoFilter>).ok());
        assert_eq!(found[0], found[1]);
    }
    Ok(())
}

#[test]
fn a_damaged_file_is_an_error_or_another_answer_never_a_panic() -> Result<()> {
    let mut index = index(clustered(6, 120, DIMENSIONS, 4), GraphSettings::default())?;
    index.settings = walking();
    let folder = tempfile::tempdir().map_err(Error::io("create", Path::new("temp")))?;
    index.write(folder.path())?;
    let path = folder.path().join(crate::FILE_NAME);
    let whole = std::fs::read(&path).map_err(Error::io("read", &path))?;
    let mut random = SplitMix64::new(8);
    let mut refused = 0;
    for _ in 0..600 {
        let mut damaged = whole.clone();
        for _ in 0..=random.below(3) {
            damaged[random.below(whole.len())] = random.below(256) as u8;
        }
        std::fs::write(&path, &damaged).map_err(Error::io("write", &path))?;
        match VectorIndex::open(folder.path()) {
            Err(_) => refused += 1,
            Ok(mut opened) => {
                opened.settings = walking();
                opened.search(&[1.0; DIMENSIONS], 10, None::<&NoFilter>)?;
            }
        }
    }
    assert!(refused > 10, "damage to neighbours is noticed: {refused}");
    Ok(())
}
