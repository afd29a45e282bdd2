//! The guard of every publish: a catalogue that lost too many of the products in force is refused, whatever the
//! cause. Imports compare a feed with the stored catalogue; here the stored catalogue is compared with what
//! shoppers see.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use anyhow::{Context, bail};
use serde::Deserialize;
use tastemaker_index::generation::{CurrentPointer, Manifest, Products, chosen};
use tastemaker_index::id::Ordinal;
use xxhash_rust::xxh3::xxh3_128;

use crate::store::DataFolder;
use crate::store::catalogue::Catalogue;

#[derive(Deserialize)]
struct LineId {
    id: String,
}

/// Compares the stored catalogue with the generation in force, or with the newest one if that was chosen by name or
/// cannot be read.
///
/// # Errors
/// If more than `max_deleted_share` of its products are gone.
pub(super) fn check(folder: &DataFolder, max_deleted_share: f64) -> anyhow::Result<()> {
    if !(0.0..=1.0).contains(&max_deleted_share) {
        bail!("--max-deleted-share {max_deleted_share} must lie between 0 and 1");
    }
    let generations = folder.generations();
    let Some((id, products)) = before(&generations)? else { return Ok(()) };
    let stored = ids(&Catalogue::path(folder)).context("reading the stored catalogue")?;
    let total = products.len();
    let gone = Ordinal::all(total).filter(|&at| !stored.contains(&xxh3_128(products.id(at).as_bytes()))).count();
    let share = gone as f64 / total.max(1) as f64;
    if share > max_deleted_share {
        bail!(
            "{gone} of {total} products of generation {id} are no longer in the catalogue ({:.1} %), more than the allowed \
             {:.1} %; nothing was published. If they are meant to be deleted, raise --max-deleted-share; if not, restore \
             the folder `catalogue` from a backup or import the whole feed",
            share * 100.0,
            max_deleted_share * 100.0
        );
    }
    Ok(())
}

/// Name and products of the generation to compare with; absent before the first, or if none can be read.
fn before(generations: &Path) -> anyhow::Result<Option<(String, Products)>> {
    let open = |manifest: Manifest| {
        let file = generations.join(&manifest.id).join("products.flat");
        Products::open(&file, manifest.products as usize).ok().map(|products| (manifest.id, products))
    };
    let pointer = match chosen(generations)? {
        Some(_) => None,
        None => CurrentPointer::read(generations).ok().flatten(),
    };
    let current = pointer.and_then(|pointer| Manifest::read(&pointer.folder(generations), &pointer.manifest_xxh3).ok());
    if let Some(found) = current.and_then(open) {
        return Ok(Some(found));
    }
    let mut all = Manifest::all(generations)?;
    all.sort_unstable_by(|a, b| b.id.cmp(&a.id));
    Ok(all.into_iter().find_map(open))
}

/// Hashes of the ids in a catalogue file.
fn ids(path: &Path) -> anyhow::Result<HashSet<u128>> {
    let mut found = HashSet::new();
    for line in BufReader::with_capacity(1 << 18, File::open(path)?).lines() {
        let line = line?;
        if !line.trim().is_empty() {
            found.insert(xxh3_128(serde_json::from_str::<LineId>(&line)?.id.as_bytes()));
        }
    }
    Ok(found)
}
