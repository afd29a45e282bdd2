//! The copy of one closed segment. A first pass groups the events' offsets by day; then each day's file is
//! written under a temporary name, synced and renamed. The manifest is published last.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use tastemaker_index::event::{Event, EventKind};

use super::columns::moment;
use super::file;
use super::layout::Layout;
use super::manifest::{DayFile, SegmentManifest};
use crate::store::disk::{publish, sync_folder};
use crate::store::error::{Result, StoreError};
use crate::store::journal::segment::{HEADER_BYTES, Segment};
use crate::store::sealed::hex;

/// Writes the copy of a closed segment, replacing any earlier one. The caller holds the archive's lock.
pub(super) fn copy(layout: &Layout, journal: &Path, number: u64) -> Result<SegmentManifest> {
    let segment = Segment::load(journal, number, false)?;
    layout.clear(number)?;
    // From here on the segment has no manifest, so an interrupted copy counts as missing.
    let mut parts = Vec::new();
    for (day, offsets) in days(&segment)? {
        let folder = layout.root().join(&day);
        if !folder.exists() {
            fs::create_dir_all(&folder)
                .and_then(|()| sync_folder(layout.root()))
                .map_err(StoreError::io("create", &folder))?;
        }
        let path = Layout::part(&day, number);
        let target = layout.root().join(&path);
        let temporary = target.with_extension("parquet.tmp");
        let events = offsets.into_iter().filter_map(|offset| event_at(&segment, offset).transpose());
        let written = file::write(&temporary, events)?;
        publish(&temporary, &target).map_err(StoreError::io("write", &target))?;
        let file::WrittenFile { events, rows, bytes, xxh3 } = written;
        parts.push(DayFile { path, events, rows, bytes, xxh3: hex(xxh3) });
    }
    let manifest = SegmentManifest::new(number, segment.raw(), parts);
    manifest.publish(layout)?;
    Ok(manifest)
}

/// The offsets of each day's events, in the order of the journal; removed and `erase` events are left out.
fn days(segment: &Segment) -> Result<BTreeMap<String, Vec<u64>>> {
    let mut days: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    let mut offset = HEADER_BYTES;
    while let Some((frame, after)) = segment.frame_at(offset)? {
        if !frame.is_redacted()
            && let Some(event) = event_at(segment, offset)?
            && event.kind != EventKind::Erase
        {
            days.entry(Layout::day(moment(&event))).or_default().push(offset);
        }
        offset = after;
    }
    Ok(days)
}

/// The event at an offset; absent at the segment's end.
fn event_at(segment: &Segment, offset: u64) -> Result<Option<Event>> {
    let Some((frame, _)) = segment.frame_at(offset)? else { return Ok(None) };
    serde_json::from_slice(frame.payload)
        .map(Some)
        .map_err(|error| StoreError::corrupt(segment.path(), offset, format!("the event cannot be read: {error}")))
}
