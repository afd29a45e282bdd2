//! The order products get their ordinals in: by variant group, then by id, so
//! that variants are adjacent and the same catalogue always gives the same
//! ordinals, whatever order the feed came in. Holds a key and a place a
//! product, never the products.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::error::{Error, Result};
use crate::product::Product;

#[derive(Deserialize)]
struct Key {
    id: String,
    group_id: Option<String>,
    lang: Option<String>,
}

/// The catalogue file, readable in ordinal order.
#[derive(Debug)]
pub(super) struct OrderedCatalogue {
    path: PathBuf,
    file: BufReader<File>,
    places: Vec<(u64, u32)>,
    /// The languages that products say they are written in.
    pub(super) langs: BTreeSet<String>,
}

impl OrderedCatalogue {
    /// Reads the file (one checked product a line) once for keys and places.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let mut file = BufReader::with_capacity(1 << 18, File::open(path).map_err(Error::io("open", path))?);
        // A product alone may have the id that others have as group: it stands before them, not between.
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
                let key: Key = serde_json::from_slice(&line)
                    .map_err(|error| Error::corrupt(path, format!("at byte {at}: {error}")))?;
                langs.extend(key.lang);
                let grouped = key.group_id.is_some();
                keyed.push((key.group_id.unwrap_or_else(|| key.id.clone()), grouped, key.id, at, bytes as u32));
            }
            at += bytes as u64;
        }
        keyed.sort_unstable();
        let places = keyed.into_iter().map(|(.., at, bytes)| (at, bytes)).collect();
        Ok(Self { path: path.to_path_buf(), file, places, langs })
    }

    /// How many products there are.
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// For each ordinal, how many products stand before it in the file: the shop's own order.
    pub(super) fn ranks(&self) -> Vec<u32> {
        let mut by_place: Vec<u32> = (0..self.len() as u32).collect();
        by_place.sort_unstable_by_key(|&ordinal| self.places[ordinal as usize].0);
        let mut ranks = vec![0; self.len()];
        (0..).zip(by_place).for_each(|(rank, ordinal)| ranks[ordinal as usize] = rank);
        ranks
    }

    /// The product at an ordinal.
    pub(super) fn read(&mut self, ordinal: usize) -> Result<Product> {
        let (at, bytes) = self.places[ordinal];
        self.file.seek(SeekFrom::Start(at)).map_err(Error::io("read", &self.path))?;
        let mut line = vec![0; bytes as usize];
        self.file.read_exact(&mut line).map_err(Error::io("read", &self.path))?;
        serde_json::from_slice(&line).map_err(|error| Error::corrupt(&self.path, format!("at byte {at}: {error}")))
    }
}
