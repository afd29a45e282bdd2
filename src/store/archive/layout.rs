//! Paths of the archive's files.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::Offset;

use super::manifest::remove;
use crate::store::DataFolder;
use crate::store::disk::sync_folder;
use crate::store::error::{Result, StoreError};

/// The folder of events dated before 2000, named as other engines name an absent value, so that a wrong clock
/// cannot make folders without limit.
const NO_DAY: &str = "day=__HIVE_DEFAULT_PARTITION__";
/// 2000-01-01T00:00:00Z, in seconds.
const FIRST_S: i64 = 946_684_800;

/// The paths of one archive.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    root: PathBuf,
}

impl Layout {
    /// The archive of a data folder; its folders exist on return.
    pub(super) fn of(folder: &DataFolder) -> Result<Self> {
        let layout = Self { root: folder.archive() };
        let segments = layout.segments();
        fs::create_dir_all(&segments).map_err(StoreError::io("create", &segments))?;
        Ok(layout)
    }

    /// The archive's folder.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// The folder of the manifests; the underscore hides it from tools that read the whole archive.
    pub(super) fn segments(&self) -> PathBuf {
        self.root.join("_segments")
    }

    /// Path of a segment's manifest.
    pub(super) fn manifest(&self, segment: u64) -> PathBuf {
        self.segments().join(format!("{segment:010}.json"))
    }

    /// Folder name of the UTC day of a time.
    pub(super) fn day(time: Timestamp) -> String {
        match time.as_second() {
            ..FIRST_S => NO_DAY.to_owned(),
            _ => format!("day={}", Offset::UTC.to_datetime(time).date()),
        }
    }

    /// Path of a segment's file of one day, relative to the root.
    pub(super) fn part(day: &str, segment: u64) -> String {
        format!("{day}/segment-{segment:010}.parquet")
    }

    /// The folders of all days, sorted.
    pub(super) fn days(&self) -> Result<Vec<PathBuf>> {
        let mut days = Vec::new();
        for entry in fs::read_dir(&self.root).map_err(StoreError::io("read", &self.root))? {
            let path = entry.map_err(StoreError::io("read", &self.root))?.path();
            let is_day = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("day="));
            days.extend(is_day.then_some(path));
        }
        days.sort();
        Ok(days)
    }

    /// Removes a segment's copy and the leftovers of an interrupted one. The manifest goes first and durably,
    /// so that a stop in between leaves no manifest without its files.
    pub(super) fn clear(&self, segment: u64) -> Result<()> {
        let manifest = self.manifest(segment);
        let unfinished = remove(&manifest.with_extension("json.tmp"))?;
        if remove(&manifest)? || unfinished {
            let segments = self.segments();
            sync_folder(&segments).map_err(StoreError::io("sync", &segments))?;
        }
        let mut emptied = false;
        for day in self.days()? {
            let name = day.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let file = self.root.join(Self::part(&name, segment));
            let unfinished = remove(&file.with_extension("parquet.tmp"))?;
            if remove(&file)? || unfinished {
                sync_folder(&day).map_err(StoreError::io("sync", &day))?;
                // Fails if the folder holds files of other segments, which then stay.
                emptied |= fs::remove_dir(&day).is_ok();
            }
        }
        if emptied {
            sync_folder(&self.root).map_err(StoreError::io("sync", &self.root))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_belongs_to_its_utc_day_and_one_of_a_broken_clock_to_none() -> Result<(), jiff::Error> {
        assert_eq!(Layout::day("2026-11-24T23:59:59.999Z".parse()?), "day=2026-11-24");
        assert_eq!(Layout::day("2026-11-25T01:00:00+02:00".parse()?), "day=2026-11-24");
        assert_eq!(Layout::day("1999-12-31T23:59:59Z".parse()?), NO_DAY);
        Ok(())
    }
}
