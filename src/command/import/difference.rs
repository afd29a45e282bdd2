//! The difference between a feed and the stored catalogue: the number of added, changed and deleted products, and the
//! fields that change most. It holds about 40 bytes for each stored product; the product itself is read from disk
//! when the feed reaches it.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};
use xxhash_rust::xxh3::xxh3_128;

/// The most fields that are named.
const FIELDS_SHOWN: usize = 6;

/// The line of a stored product.
#[derive(Debug, Clone, Copy)]
struct StoredLine {
    start: u64,
    length: u32,
}

/// The counts of differences so far.
#[derive(Debug, Default)]
pub struct Difference {
    /// The stored catalogue, if there is one.
    file: Option<BufReader<File>>,
    /// The offset at which the file is read next.
    at: u64,
    lines: HashMap<u128, StoredLine>,
    buffer: Vec<u8>,
    added: u64,
    changed: u64,
    unchanged: u64,
    fields: BTreeMap<String, u64>,
}

#[derive(Deserialize)]
struct ProductIdOnly {
    id: String,
}

impl Difference {
    /// Reads the ids of the stored products; `None` before the first import.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn from(path: &Path) -> io::Result<Option<Self>> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut difference = Self::default();
        let mut file = BufReader::with_capacity(1 << 18, file);
        let mut line = Vec::new();
        let mut start = 0;
        while file.read_until(b'\n', &mut line)? > 0 {
            let length = line.len() as u64;
            // A damaged line belongs to no product, so the feed's product counts as added.
            if let Ok(ProductIdOnly { id }) = serde_json::from_slice(&line) {
                let stored = StoredLine { start, length: line.trim_ascii_end().len() as u32 };
                difference.lines.insert(xxh3_128(id.as_bytes()), stored);
            }
            start += length;
            line.clear();
        }
        file.seek(SeekFrom::Start(0))?;
        difference.file = Some(file);
        Ok(Some(difference))
    }

    /// Compares a product of the feed with the stored one.
    ///
    /// # Errors
    /// If the stored product cannot be read.
    pub fn see(&mut self, id: &str, line: &str) -> io::Result<()> {
        let (Some(stored), Some(file)) = (self.lines.get(&xxh3_128(id.as_bytes())), &mut self.file) else {
            self.added += 1;
            return Ok(());
        };
        // Most feeds keep their order: the next product is usually the next line, and the seek stays in the buffer.
        file.seek_relative(stored.start as i64 - self.at as i64)?;
        self.buffer.resize(stored.length as usize, 0);
        file.read_exact(&mut self.buffer)?;
        self.at = stored.start + u64::from(stored.length);
        if self.buffer == line.as_bytes() {
            self.unchanged += 1;
            return Ok(());
        }
        self.changed += 1;
        let fields = |text: &[u8]| serde_json::from_slice::<Map<String, Value>>(text).unwrap_or_default();
        for field in changed_fields(&fields(&self.buffer), &fields(line.as_bytes())) {
            *self.fields.entry(field).or_default() += 1;
        }
        Ok(())
    }

    /// The number of products stored before.
    pub fn stored(&self) -> u64 {
        self.lines.len() as u64
    }

    /// The number of products in the feed.
    pub fn products(&self) -> u64 {
        self.added + self.changed + self.unchanged
    }

    /// The number of stored products that the feed leaves out.
    pub fn deleted(&self) -> u64 {
        self.stored() - (self.changed + self.unchanged)
    }

    /// The share of the stored products that the feed leaves out, 0 to 1.
    pub fn deleted_share(&self) -> f64 {
        self.deleted() as f64 / self.stored().max(1) as f64
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (added, changed, unchanged) = (self.added, self.changed, self.unchanged);
        write!(out, "{added} added, {changed} changed, {unchanged} unchanged, {} deleted", self.deleted())?;
        let mut fields: Vec<(&String, &u64)> = self.fields.iter().collect();
        fields.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
        let shown: Vec<String> =
            fields.iter().take(FIELDS_SHOWN).map(|(field, count)| format!("{field} {count}")).collect();
        if shown.is_empty() { Ok(()) } else { write!(out, "; changed most: {}", shown.join(", ")) }
    }
}

/// The names of the fields that differ; attributes as `attributes.name`.
fn changed_fields(old: &Map<String, Value>, new: &Map<String, Value>) -> Vec<String> {
    let names = old.keys().chain(new.keys().filter(|name| !old.contains_key(*name)));
    let mut changed = Vec::new();
    for name in names.filter(|name| old.get(*name) != new.get(*name)) {
        let empty = Map::new();
        let parts = |fields: &Map<String, Value>| fields.get(name).and_then(Value::as_object).cloned();
        match (name == "attributes", parts(old), parts(new)) {
            (true, old, new) => {
                let (old, new) = (old.unwrap_or(empty.clone()), new.unwrap_or(empty));
                changed.extend(changed_fields(&old, &new).into_iter().map(|part| format!("attributes.{part}")));
            }
            _ => changed.push(name.clone()),
        }
    }
    changed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_come_change_and_go() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("products.jsonl");
        assert!(Difference::from(&path)?.is_none());
        let line =
            |id: &str, price: u32| format!("{{\"id\":\"{id}\",\"price\":{price},\"attributes\":{{\"n\":{price}}}}}");
        let stored: Vec<String> = ["a", "b", "c", "d"].iter().map(|id| line(id, 1)).collect();
        std::fs::write(&path, stored.join("\n") + "\n")?;
        let mut difference = Difference::from(&path)?.unwrap_or_default();
        // Not in the stored order.
        for (id, price) in [("d", 1), ("a", 1), ("b", 2), ("new", 1)] {
            difference.see(id, &line(id, price))?;
        }
        let summary = difference.to_string();
        assert_eq!(summary, "1 added, 1 changed, 2 unchanged, 1 deleted; changed most: attributes.n 1, price 1");
        assert_eq!((difference.deleted_share(), difference.products()), (0.25, 4));
        Ok(())
    }
}
