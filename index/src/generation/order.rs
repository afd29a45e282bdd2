//! The order in which products get their ordinals: by variant group, then by id. Variants are thus adjacent, and
//! the same catalogue gives the same ordinals in whatever order the feed came. Holds the sort keys while
//! ordering and then one file position a product, never the products.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::error::{Error, Result};
use crate::id::Ordinal;
use crate::product::Product;

#[derive(Deserialize)]
struct CatalogueOrderKey {
    id: String,
    group_id: Option<String>,
    lang: Option<String>,
}

/// The catalogue file, readable in ordinal order.
#[derive(Debug)]
pub(super) struct OrderedCatalogue {
    path: PathBuf,
    file: BufReader<File>,
    /// The position and length of each product's line, in ordinal order.
    lines: Vec<(u64, u32)>,
    /// The languages that products declare.
    pub(super) langs: BTreeSet<String>,
}

impl OrderedCatalogue {
    /// Reads the file (one checked product a line) once for sort keys and positions.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let mut file = BufReader::with_capacity(1 << 18, File::open(path).map_err(Error::io("open", path))?);
        // A product without a group may have an id that others have as group: the flag sorts it before
        // the group, not between its members.
        let mut keyed: Vec<(String, bool, String, u64, u32)> = Vec::new();
        let mut langs = BTreeSet::new();
        let (mut line, mut at) = (Vec::new(), 0u64);
        loop {
            line.clear();
            let bytes = file.read_until(b'\n', &mut line).map_err(Error::io("read", path))?;
            if bytes == 0 {
                break;
            }
            if line.iter().any(|byte| !byte.is_ascii_whitespace()) {
                let key: CatalogueOrderKey = serde_json::from_slice(&line)
                    .map_err(|error| Error::corrupt(path, format!("at byte {at}: {error}")))?;
                langs.extend(key.lang);
                let grouped = key.group_id.is_some();
                keyed.push((key.group_id.unwrap_or_else(|| key.id.clone()), grouped, key.id, at, bytes as u32));
            }
            at += bytes as u64;
        }
        keyed.sort_unstable();
        let lines = keyed.into_iter().map(|(.., at, bytes)| (at, bytes)).collect();
        Ok(Self { path: path.to_path_buf(), file, lines, langs })
    }

    /// The number of products.
    pub(super) fn len(&self) -> usize {
        self.lines.len()
    }

    /// True if there are no products.
    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The rank of each ordinal in the shop's own order: the number of products before it in the file.
    pub(super) fn ranks(&self) -> Vec<u32> {
        let mut by_position: Vec<Ordinal> = Ordinal::all(self.len()).collect();
        by_position.sort_unstable_by_key(|ordinal| self.lines[ordinal.index()].0);
        let mut ranks = vec![0; self.len()];
        (0..).zip(by_position).for_each(|(rank, ordinal)| ranks[ordinal.index()] = rank);
        ranks
    }

    /// Reads the product of an ordinal.
    pub(super) fn read(&mut self, ordinal: usize) -> Result<Product> {
        let (at, bytes) = self.lines[ordinal];
        self.file.seek(SeekFrom::Start(at)).map_err(Error::io("read", &self.path))?;
        let mut line = vec![0; bytes as usize];
        self.file.read_exact(&mut line).map_err(Error::io("read", &self.path))?;
        serde_json::from_slice(&line).map_err(|error| Error::corrupt(&self.path, format!("at byte {at}: {error}")))
    }
}
