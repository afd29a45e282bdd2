//! What a feed changes in the stored catalogue: which products come, change and go, and which fields change
//! most. Holds an entry of some 40 bytes for each stored product; its text is read again when it is met.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};
use xxhash_rust::xxh3::xxh3_128;

/// Fields told of a change.
const FIELDS_SHOWN: usize = 6;

/// A stored product's line.
#[derive(Debug, Clone, Copy)]
struct Place {
    start: u64,
    length: u32,
    met: bool,
}

/// What changes.
#[derive(Debug, Default)]
pub struct Difference {
    /// The stored catalogue; absent when there is none.
    file: Option<BufReader<File>>,
    /// Where the file is read next.
    at: u64,
    places: HashMap<u128, Place>,
    buffer: Vec<u8>,
    added: u64,
    changed: u64,
    unchanged: u64,
    fields: BTreeMap<String, u64>,
}

#[derive(Deserialize)]
struct Named {
    id: String,
}

impl Difference {
    /// Reads which products are stored; `None` before the first import.
    ///
    /// # Errors
    /// When the file cannot be read.
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
            // A line that is no product is nobody's: the feed brings it anew.
            if let Ok(Named { id }) = serde_json::from_slice(&line) {
                let place = Place { start, length: line.trim_ascii_end().len() as u32, met: false };
                difference.places.insert(xxh3_128(id.as_bytes()), place);
            }
            start += length;
            line.clear();
        }
        file.seek(SeekFrom::Start(0))?;
        difference.file = Some(file);
        Ok(Some(difference))
    }

    /// Takes note of a product of the feed.
    ///
    /// # Errors
    /// When the stored one cannot be read.
    pub fn see(&mut self, id: &str, line: &str) -> io::Result<()> {
        let (Some(place), Some(file)) = (self.places.get_mut(&xxh3_128(id.as_bytes())), &mut self.file) else {
            self.added += 1;
            return Ok(());
        };
        place.met = true;
        // Feeds keep their order: the next product is mostly the next line.
        file.seek_relative(place.start as i64 - self.at as i64)?;
        self.buffer.resize(place.length as usize, 0);
        file.read_exact(&mut self.buffer)?;
        self.at = place.start + u64::from(place.length);
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

    /// Products stored before.
    pub fn stored(&self) -> u64 {
        self.places.len() as u64
    }

    /// Products of the feed.
    pub fn products(&self) -> u64 {
        self.added + self.changed + self.unchanged
    }

    /// Stored products that the feed does not have.
    pub fn deleted(&self) -> u64 {
        self.stored() - (self.changed + self.unchanged)
    }

    /// Their share of the stored ones, 0 to 1.
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

/// The names of what differs, attributes by theirs.
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
        let told = difference.to_string();
        assert_eq!(told, "1 added, 1 changed, 2 unchanged, 1 deleted; changed most: attributes.n 1, price 1");
        assert_eq!((difference.deleted_share(), difference.products()), (0.25, 4));
        Ok(())
    }
}
