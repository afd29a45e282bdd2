//! Which embedded store keeps the profiles: redb and fjall side by side, with
//! a bare file that is appended to and synced as the floor. Measured are small
//! durable writes, the batches the server really writes, point reads over a
//! full store, the time to open it (closed cleanly, and as a killed process
//! leaves it) and its size. `cargo bench --bench stores [-- PROFILES]`.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use fjall::{Keyspace, KeyspaceCreateOptions, PersistMode};
use redb::{Database, Durability, ReadableDatabase, TableDefinition};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

const PROFILE_BYTES: usize = 1024;
const CACHE_BYTES: usize = 256 << 20;
/// Profiles in one transaction of the server's pattern, unhurried and busy.
const BATCHES: [usize; 2] = [64, 1024];
/// Profiles between two durable transactions in the server's pattern.
const DURABLE_EVERY: usize = 4096;
const READS: usize = 200_000;

/// What the measurement asks of a store.
trait Candidate: Sized {
    const NAME: &'static str;
    fn open(folder: &Path) -> Outcome<Self>;
    /// One transaction: the profiles and the journal position they stand for.
    fn apply(&self, position: u64, profiles: &[(String, Vec<u8>)], durable: bool) -> Outcome<()>;
    fn get(&self, key: &str) -> Outcome<Option<Vec<u8>>>;
}

const PROFILES: TableDefinition<&str, &[u8]> = TableDefinition::new("profiles");
const META: TableDefinition<&str, u64> = TableDefinition::new("meta");

/// redb; `QUICK` keeps what makes opening after a kill quick.
struct Redb<const QUICK: bool>(Database);

impl<const QUICK: bool> Candidate for Redb<QUICK> {
    const NAME: &'static str = if QUICK { "redb, quick repair" } else { "redb" };

    fn open(folder: &Path) -> Outcome<Self> {
        fs::create_dir_all(folder)?;
        Ok(Self(Database::builder().set_cache_size(CACHE_BYTES).create(folder.join("profiles.redb"))?))
    }

    fn apply(&self, position: u64, profiles: &[(String, Vec<u8>)], durable: bool) -> Outcome<()> {
        let mut write = self.0.begin_write()?;
        write.set_durability(if durable { Durability::Immediate } else { Durability::None })?;
        write.set_quick_repair(QUICK && durable);
        {
            let mut table = write.open_table(PROFILES)?;
            for (key, bytes) in profiles {
                table.insert(key.as_str(), bytes.as_slice())?;
            }
            write.open_table(META)?.insert("position", position)?;
        }
        Ok(write.commit()?)
    }

    fn get(&self, key: &str) -> Outcome<Option<Vec<u8>>> {
        let table = self.0.begin_read()?.open_table(PROFILES)?;
        Ok(table.get(key)?.map(|bytes| bytes.value().to_vec()))
    }
}

/// fjall, everything in one keyspace, as the server uses it: a transaction is
/// then in one memory table, and reaches the disk as a whole or not at all.
struct Fjall {
    database: fjall::Database,
    records: Keyspace,
}

impl Candidate for Fjall {
    const NAME: &'static str = "fjall";

    fn open(folder: &Path) -> Outcome<Self> {
        let database = fjall::Database::builder(folder)
            .cache_size(CACHE_BYTES as u64)
            .max_journaling_size(64 << 20)
            .worker_threads(1)
            .open()?;
        let records = database.keyspace("records", || KeyspaceCreateOptions::default().max_memtable_size(16 << 20))?;
        Ok(Self { database, records })
    }

    fn apply(&self, position: u64, profiles: &[(String, Vec<u8>)], durable: bool) -> Outcome<()> {
        let mut batch = self.database.batch().durability(durable.then_some(PersistMode::SyncData));
        for (key, bytes) in profiles {
            batch.insert(&self.records, key.as_str(), bytes.as_slice());
        }
        batch.insert(&self.records, "position", position.to_le_bytes());
        Ok(batch.commit()?)
    }

    fn get(&self, key: &str) -> Outcome<Option<Vec<u8>>> {
        Ok(self.records.get(key)?.map(|bytes| bytes.to_vec()))
    }
}

/// A small deterministic stream of numbers (splitmix64).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A profile: half of it numbers that do not compress, half of it zeros,
    /// about as a real record of dated interactions compresses.
    fn profile(&mut self, shoppers: u64) -> (String, Vec<u8>) {
        let mut bytes = vec![0; PROFILE_BYTES];
        for chunk in bytes[..PROFILE_BYTES / 2].chunks_exact_mut(8) {
            chunk.copy_from_slice(&self.next().to_le_bytes());
        }
        (format!("u:shopper-{}", self.next() % shoppers), bytes)
    }

    fn profiles(&mut self, count: usize, shoppers: u64) -> Vec<(String, Vec<u8>)> {
        (0..count).map(|_| self.profile(shoppers)).collect()
    }
}

/// Calls `work` in eight slices of 400 ms; the median slice's profiles a second,
/// so that one stall of a shared disk does not decide.
fn rate(per_call: usize, mut work: impl FnMut(usize) -> Outcome<()>) -> Outcome<f64> {
    let mut slices = Vec::new();
    let mut calls = 0;
    while slices.len() < 8 {
        let (begun, before) = (Instant::now(), calls);
        while begun.elapsed() < Duration::from_millis(400) {
            work(calls)?;
            calls += 1;
        }
        slices.push(((calls - before) * per_call) as f64 / begun.elapsed().as_secs_f64());
    }
    slices.sort_by(f64::total_cmp);
    Ok(slices[slices.len() / 2])
}

fn folder_bytes(folder: &Path) -> Outcome<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.metadata()?;
        bytes += if kind.is_dir() { folder_bytes(&entry.path())? } else { kind.len() };
    }
    Ok(bytes)
}

fn copy_folder(from: &Path, to: &Path) -> Outcome<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.metadata()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

fn millis_to_open<C: Candidate>(folder: &Path, key: &str) -> Outcome<f64> {
    let begun = Instant::now();
    let store = C::open(folder)?;
    store.get(key)?;
    Ok(begun.elapsed().as_secs_f64() * 1e3)
}

fn measure<C: Candidate>(root: &Path, shoppers: u64) -> Outcome<Vec<String>> {
    let folder = root.join(C::NAME);
    let mut numbers = Numbers(1);
    let store = C::open(&folder.join("small"))?;
    let one = rate(1, |n| store.apply(n as u64, &numbers.profiles(1, 20_000), true))?;
    let eight = rate(8, |n| store.apply(n as u64, &numbers.profiles(8, 20_000), true))?;
    drop(store);

    let full = folder.join("full");
    let store = C::open(&full)?;
    for first in (0..shoppers).step_by(1000) {
        let profiles: Vec<_> = (first..(first + 1000).min(shoppers))
            .map(|id| (format!("u:shopper-{id}"), numbers.profile(shoppers).1))
            .collect();
        store.apply(first, &profiles, false)?;
    }
    store.apply(shoppers, &[], true)?;
    let mut batches = Vec::new();
    for size in BATCHES {
        let durable = DURABLE_EVERY / size;
        let work = |n| store.apply(n as u64, &numbers.profiles(size, shoppers), n % durable == durable - 1);
        batches.push(format!("{:.0}", rate(size, work)?));
    }
    let mut micros = Vec::with_capacity(READS);
    for _ in 0..READS {
        let key = format!("u:shopper-{}", numbers.next() % shoppers);
        let begun = Instant::now();
        let found = store.get(&key)?;
        micros.push(begun.elapsed().as_secs_f64() * 1e6);
        assert_eq!(found.map(|bytes| bytes.len()), Some(PROFILE_BYTES), "{key} was stored");
    }
    micros.sort_by(f64::total_cmp);
    let killed = folder.join("killed");
    copy_folder(&full, &killed)?;
    drop(store);
    let clean = millis_to_open::<C>(&full, "u:shopper-1")?;
    let after_kill = millis_to_open::<C>(&killed, "u:shopper-1")?;
    Ok(vec![
        C::NAME.to_owned(),
        format!("{one:.0}"),
        format!("{eight:.0}"),
        batches.remove(0),
        batches.remove(0),
        format!("{:.1}", micros[READS / 2]),
        format!("{:.1}", micros[READS * 99 / 100]),
        format!("{clean:.1}"),
        format!("{after_kill:.1}"),
        format!("{:.0}", folder_bytes(&full)? as f64 / shoppers as f64),
    ])
}

fn bare_file(root: &Path) -> Outcome<Vec<String>> {
    let mut numbers = Numbers(1);
    let mut file = File::create(root.join("bare"))?;
    let mut rates = Vec::new();
    for group in [1, 8, BATCHES[0], BATCHES[1]] {
        let profiles = numbers.profiles(group, 20_000);
        let bytes: Vec<u8> = profiles.into_iter().flat_map(|(_, bytes)| bytes).collect();
        let found = rate(group, |_| {
            file.write_all(&bytes)?;
            Ok(file.sync_data()?)
        })?;
        rates.push(format!("{found:.0}"));
    }
    let rest = ["-"; 5].map(str::to_owned);
    Ok([vec!["bare file".to_owned()], rates, rest.to_vec()].concat())
}

fn print(rows: &[Vec<String>]) {
    let widths: Vec<usize> =
        (0..rows[0].len()).map(|c| rows.iter().map(|row| row[c].len()).max().unwrap_or(0)).collect();
    for row in rows {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:>width$}")).collect();
        println!("{}", cells.join("  "));
    }
}

fn main() -> Outcome<()> {
    let shoppers = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(200_000);
    // Beside the build, not in /tmp, which may live in memory and make syncing free.
    let scratch = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let root = scratch.path();
    println!("{shoppers} profiles of {PROFILE_BYTES} bytes; writes in profiles a second; batches are durable");
    println!(
        "every {DURABLE_EVERY} profiles (the bare file syncs each); reads in microseconds, opening in milliseconds\n"
    );
    let heads = [
        "store",
        "synced x1",
        "synced x8",
        "batch x64",
        "batch x1024",
        "read p50",
        "read p99",
        "open",
        "open killed",
        "bytes each",
    ];
    let mut rows = vec![heads.map(str::to_owned).to_vec()];
    rows.push(bare_file(root)?);
    rows.push(measure::<Redb<false>>(root, shoppers)?);
    rows.push(measure::<Redb<true>>(root, shoppers)?);
    rows.push(measure::<Fjall>(root, shoppers)?);
    print(&rows);
    Ok(())
}
