//! The damage matrix: every kind of file in a data folder, missing, emptied, cut, with a flipped bit, zeroed, or
//! replaced by an older copy of itself. Each is looked at by a reindex and by a server. [`TABLE`] has the allowed
//! outcomes: an error that names the file, going on with a warning, or, with a reason, no harm at all. Silence where
//! something is lost fails, and so does a panic.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::support::server::Server;
use super::support::{Done, copy, current_generation, empty_folder, reindex, tastemaker, walk};
use Outcome::{Harmless, Named, Warned};

/// Products of the shop that is damaged.
const PRODUCTS: u64 = 12;

/// The outcome of one look at a damaged folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// An error that names the file and says what to do.
    Named,
    /// It went on, and said what it left out or made again.
    Warned,
    /// Nothing is lost, so nothing is said.
    Harmless,
}

/// One way to damage a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Damage {
    Missing,
    Empty,
    Cut,
    Flipped,
    /// A flip in the last tenth, where an open segment of the journal has its last group.
    FlippedLate,
    /// A flip of the last byte.
    FlippedLast,
    Zeroed,
    Older,
}

const DAMAGES: [Damage; 8] = [
    Damage::Missing,
    Damage::Empty,
    Damage::Cut,
    Damage::Flipped,
    Damage::FlippedLate,
    Damage::FlippedLast,
    Damage::Zeroed,
    Damage::Older,
];

impl Damage {
    /// Damages a file; false if it would stay the same.
    fn apply(self, file: &Path, older: &Path) -> Done<bool> {
        let whole = fs::read(file)?;
        let damaged = match self {
            Self::Missing => {
                fs::remove_file(file)?;
                return Ok(true);
            }
            Self::Empty => Vec::new(),
            Self::Cut => whole[..whole.len() / 2].to_vec(),
            Self::Flipped => flipped(&whole, whole.len() / 2),
            Self::FlippedLate => flipped(&whole, whole.len() - whole.len() / 10),
            Self::FlippedLast => flipped(&whole, whole.len().saturating_sub(1)),
            Self::Zeroed => vec![0; whole.len()],
            Self::Older => match fs::read(older) {
                Ok(bytes) => bytes,
                Err(_) => return Ok(false),
            },
        };
        fs::write(file, &damaged)?;
        Ok(damaged != whole)
    }
}

/// A content with one bit flipped.
fn flipped(whole: &[u8], at: usize) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    if let Some(byte) = bytes.get_mut(at) {
        *byte ^= 0x04;
    }
    bytes
}

/// The allowed outcomes of one kind of file.
struct Row {
    /// The file below the data folder; `*` is the first such file, `**` the last, `CURRENT/` the generation in force.
    file: &'static str,
    reindex: &'static [Outcome],
    serve: &'static [Outcome],
    /// The reason for which it may do no harm.
    because: &'static str,
}

const fn row(file: &'static str, reindex: &'static [Outcome], serve: &'static [Outcome], because: &'static str) -> Row {
    Row { file, reindex, serve, because }
}

#[rustfmt::skip]
const TABLE: &[Row] = &[
    row("catalogue/products*.jsonl", &[Named], &[Named], ""),
    row("catalogue/products.seal", &[Named, Warned], &[Named, Harmless], "a server only reads the catalogue; a reindex seals it again"),
    row("catalogue/changes/*.journal", &[Named], &[Named], ""),
    row("catalogue/changes/segments.json", &[Named, Warned, Harmless], &[Warned, Harmless], "the server makes it again"),
    row("journal/*.journal", &[Named], &[Warned], ""),
    row("journal/0000000002.journal", &[Named], &[Warned], ""),
    row("journal/**.journal", &[Named], &[Warned], ""),
    row("journal/segments.json", &[Named, Warned, Harmless], &[Warned, Harmless], "the server makes it again"),
    row("archive/_segments/*.json", &[Harmless, Warned], &[Harmless, Warned], "the copy is made again from the journal"),
    row("archive/*.parquet", &[Harmless, Warned], &[Harmless, Warned], "nothing here reads it; `journal verify` names it and `journal export` makes it again"),
    row("state/*", &[Harmless, Named, Warned], &[Harmless, Warned], "the journal has all of it"),
    row("state/**", &[Harmless, Named, Warned], &[Harmless, Warned], "the journal has all of it"),
    row("state.position", &[Harmless], &[Harmless], "a hint for the next erasure"),
    row("erasures/*.json", &[Warned, Harmless], &[Warned, Harmless], "a complete one names nobody; a pending one is made again from the journal"),
    row("erasures/**.json", &[Warned, Harmless], &[Warned, Harmless], "a complete one names nobody; a pending one is made again from the journal"),
    row("curation/*.json", &[Named, Warned, Harmless], &[Named, Warned, Harmless], "an old version"),
    row("curation/**.json", &[Named], &[Named, Warned], ""),
    row("curation/newest.seal", &[Harmless], &[Harmless], "the version it names is there"),
    row("generations/CURRENT", &[Harmless], &[Warned], "a reindex writes it anew"),
    row("CURRENT/manifest.json", &[Harmless], &[Warned], "a reindex builds a new generation"),
    row("CURRENT/manifest.xxh3", &[Harmless], &[Harmless], "`CURRENT` has the same checksum"),
    row("CURRENT/products.flat", &[Harmless], &[Warned], "a reindex builds a new generation"),
    row("CURRENT/columns.flat", &[Harmless], &[Warned], "a reindex builds a new generation"),
    row("CURRENT/behaviour.flat", &[Harmless], &[Warned], "a reindex builds a new generation"),
];

/// A shop with everything that a data folder can hold, and an older copy of it.
struct Shop {
    folder: PathBuf,
    older: PathBuf,
}

/// The lines of a feed.
fn feed(title: &str) -> String {
    let product = |n| json!({"id": format!("p-{n}"), "title": format!("{title} {n}"), "price": 1000 + n}).to_string();
    (0..PRODUCTS).map(product).collect::<Vec<_>>().join("\n")
}

fn views(round: usize) -> Value {
    let event = |n: usize| {
        let buyer = format!("shopper-{}", n % 7);
        json!({"type": "view", "message_id": format!("{round}-{n}"), "user_id": buyer, "products": [{"id": format!("p-{}", n % 12)}]})
    };
    Value::Array((0..40).map(event).collect())
}

/// One evening of the shop: events, a change, an erasure, a rule.
fn evening(data: &Path, round: usize) -> Done {
    let server = Server::start(data)?;
    server.post("/v1/events", &views(round))?.ok()?;
    let patch = json!({"price": 2000 + round}).to_string();
    server.send("PATCH", "/v1/products/p-1", "application/json", patch.as_bytes())?.ok()?;
    let rule = json!({"when": [{"query": {"exact": format!("lamp {round}")}}], "then": {"hide": ["p-2"]}});
    server.put(&format!("/v1/rules/r-{round}"), &rule)?.ok()?;
    server.delete(&format!("/v1/profiles/shopper-{round}"))?;
    server.post("/v1/events", &views(round + 100))?.ok()?;
    server.stop("TERM")?;
    Ok(())
}

fn shop() -> Done<&'static Shop> {
    static BUILT: OnceLock<Result<Shop, String>> = OnceLock::new();
    let built = BUILT.get_or_init(|| build().map_err(|error| error.to_string()));
    built.as_ref().map_err(|error| error.clone().into())
}

fn build() -> Done<Shop> {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("damage-matrix");
    if root.exists() {
        fs::remove_dir_all(&root)?;
    }
    let (folder, older) = (root.join("shop"), root.join("older"));
    fs::create_dir_all(&folder)?;
    fs::create_dir_all(&older)?;
    fs::write(folder.join("feed.jsonl"), feed("Lamp"))?;
    fs::write(folder.join("judged.csv"), "query,product_id,grade\nlamp,p-1,3\nlamp,p-2,1\n")?;
    reindex(&folder, Some(&folder.join("feed.jsonl")), None)?.done()?;
    evening(&folder, 0)?;
    let data = folder.to_string_lossy().into_owned();
    tastemaker(["journal", "export", "--data", &data])?.done()?;
    copy(&folder, &older)?;
    fs::write(folder.join("feed.jsonl"), feed("Desk lamp"))?;
    reindex(&folder, Some(&folder.join("feed.jsonl")), None)?.done()?;
    evening(&folder, 1)?;
    tastemaker(["journal", "export", "--data", &data])?.done()?;
    Ok(Shop { folder, older })
}

/// The file of a row in a data folder.
fn find(data: &Path, pattern: &str) -> Done<Option<PathBuf>> {
    if let Some(name) = pattern.strip_prefix("CURRENT/") {
        return Ok(Some(current_generation(data)?.join(name)));
    }
    let Some((before, after)) = pattern.split_once('*') else { return Ok(Some(data.join(pattern))) };
    let last = after.strip_prefix('*');
    let after = last.unwrap_or(after);
    let fits = |path: &PathBuf| {
        let name = path.strip_prefix(data).unwrap_or(path).to_string_lossy().into_owned();
        path.is_file() && name.len() >= before.len() + after.len() && name.starts_with(before) && name.ends_with(after)
    };
    let mut found: Vec<PathBuf> = walk(data)?.into_iter().filter(fits).collect();
    found.sort();
    Ok(if last.is_some() { found.pop() } else { found.into_iter().next() })
}

/// The words by which a message may name a file: its name, or the folder it is in.
fn names(data: &Path, file: &Path) -> Vec<String> {
    let inside = file.strip_prefix(data).unwrap_or(file);
    let folder = inside.components().next().map(|part| part.as_os_str().to_string_lossy().into_owned());
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned());
    // Files of the profile store belong to a library; its folder is what can be put back. A seal that does not fit
    // may be the damage, or the catalogue may.
    let segments = (name.as_deref() == Some("segments.json")).then(|| ".journal".to_owned());
    let catalogue = (name.as_deref() == Some("products.seal")).then(|| "catalogue/products".to_owned());
    let folder = folder.filter(|folder| folder == "state");
    name.into_iter().chain(folder).chain(catalogue).chain(segments).collect()
}

/// Judges a text; `failed` if the command did not succeed.
fn judge(text: &str, failed: bool, names: &[String], degraded: bool) -> Done<Outcome> {
    if text.contains("panicked") {
        return Err(format!("a panic: {text}").into());
    }
    let named = names.iter().any(|name| text.contains(name));
    match (failed, named || degraded) {
        (true, _) if !named => Err(format!("an error without the file: {text}").into()),
        (true, _) => Ok(Named),
        (false, true) => Ok(Warned),
        (false, false) => Ok(Harmless),
    }
}

fn look_by_reindex(data: &Path, names: &[String]) -> Done<Outcome> {
    let ran = reindex(data, None, None)?;
    let text = format!("{}{}", ran.out, ran.err);
    let outcome = judge(&text, ran.status != Some(0), names, false)?;
    if outcome != Named {
        let manifest: Value = serde_json::from_slice(&fs::read(current_generation(data)?.join("manifest.json"))?)?;
        assert_eq!(manifest["products"], PRODUCTS, "{text}");
        assert!(
            outcome == Warned || manifest["events"] == EVENTS.get().copied().unwrap_or_default(),
            "{manifest} {text}"
        );
    }
    Ok(outcome)
}

/// Events that a reindex of the whole folder learns from.
static EVENTS: OnceLock<u64> = OnceLock::new();

fn look_by_server(data: &Path, names: &[String]) -> Done<Outcome> {
    let server = match Server::start(data) {
        Ok(server) => server,
        Err(error) => return judge(&error.to_string(), true, names, false),
    };
    let ready = server.get("/readyz", &[])?;
    let ready = ready.ok()?;
    assert_eq!(ready["products"], PRODUCTS);
    let degraded = ready["status"] == "degraded";
    assert_eq!(degraded, ready["problems"][0].is_object());
    judge(&server.log()?, false, names, degraded)
}

fn copied(shop: &Shop) -> Done<TempDir> {
    let folder = empty_folder()?;
    copy(&shop.folder, folder.path())?;
    Ok(folder)
}

/// The outcomes of a row that are not allowed, in words.
fn wrong(row: &Row) -> Done<Vec<String>> {
    let shop = shop()?;
    let mut wrong = Vec::new();
    for damage in DAMAGES {
        for (look, allowed) in [("reindex", row.reindex), ("serve", row.serve)] {
            let folder = copied(shop)?;
            let data = folder.path();
            let file = find(data, row.file)?.ok_or_else(|| format!("there is no {}", row.file))?;
            let older = shop.older.join(file.strip_prefix(data)?);
            let names = names(data, &file);
            if !damage.apply(&file, &older)? {
                continue;
            }
            let outcome = match look {
                "reindex" => look_by_reindex(data, &names),
                _ => look_by_server(data, &names),
            };
            let told = format!("{} {damage:?}, {look}: {outcome:?}", row.file);
            println!("{told}");
            if !outcome.as_ref().is_ok_and(|outcome| allowed.contains(outcome)) {
                wrong.push(told);
            }
        }
    }
    Ok(wrong)
}

fn check(prefixes: &[&str]) -> Done {
    let rows = TABLE.iter().filter(|row| prefixes.iter().any(|prefix| row.file.starts_with(prefix)));
    let mut found = Vec::new();
    for row in rows {
        assert!(!row.reindex.contains(&Harmless) && !row.serve.contains(&Harmless) || !row.because.is_empty());
        found.extend(wrong(row)?);
    }
    assert!(found.is_empty(), "{found:#?}");
    Ok(())
}

fn count_events() -> Done {
    let folder = copied(shop()?)?;
    reindex(folder.path(), None, None)?.done()?;
    let manifest: Value = serde_json::from_slice(&fs::read(current_generation(folder.path())?.join("manifest.json"))?)?;
    EVENTS.get_or_init(|| manifest["events"].as_u64().unwrap_or_default());
    Ok(())
}

#[test]
fn damage_is_named_or_mended_and_never_silent() -> Done {
    count_events()?;
    let prefixes: BTreeSet<&str> = TABLE.iter().filter_map(|row| row.file.split('/').next()).collect();
    check(&prefixes.into_iter().collect::<Vec<_>>())
}
