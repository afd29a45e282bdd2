//! Damaged files of a small generation: each gives an error or an engine that answers. Checksums, which would
//! find the damage first, are corrected. `text/` is covered by its checksums only: tantivy reads it.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use tastemaker_index::behaviour::Behaviour;
use tastemaker_index::engine::{EngineSettings, Placement, RequestContext, SuggestQuery};
use tastemaker_index::error::Result;
use tastemaker_index::flat::FlatFile;
use tastemaker_index::generation::{self, BuildInput, BuildSettings, CurrentPointer, Generation, Manifest, Products};
use tastemaker_index::id::Ordinal;
use tastemaker_index::learning::trainers;
use tastemaker_index::placement::PlacementKind;
use tastemaker_index::progress::Silent;
use tastemaker_index::query::SearchQuery;
use tastemaker_index::text::suggest::Suggestions;
use tastemaker_index::text::{LearnedCorrections, TextIndex};
use tastemaker_index::vector::embed::StaticTable;
use tastemaker_index::vector::{FILE_NAME, VectorIndex};
use tastemaker_index::{Engine, Error};

const CATALOGUE: &str = r#"{"id":"a","title":"Trail boot","brand":"Acme","categories":["Shoes > Boots"],"price":150,"group_id":"g","attributes":{"color":"red"},"vector":[1,0,0,0.5]}
{"id":"b","title":"Boot wax TX-410","brand":"Zeta","categories":["Shoes > Care"],"price":7,"vector":[0,1,0,0.5]}
{"id":"c","title":"Waterproof café tent 2-1/2 in","description":"for two","price":900,"vector":[0,0,1,0.5]}
{"id":"d","title":"Trail boot","brand":"Acme","categories":["Shoes > Boots"],"price":140,"group_id":"g","attributes":{"color":"blue"},"vector":[1,0.1,0,0.5]}
"#;

const EVENTS: [&str; 4] = [
    r#"{"type":"view","user_id":"u","session_id":"s","products":[{"id":"a"},{"id":"b"}]}"#,
    r#"{"type":"purchase","user_id":"u","order_id":"o","products":[{"id":"a"},{"id":"b"}]}"#,
    r#"{"type":"click","user_id":"v","query":"boots","products":[{"id":"d","position":1}]}"#,
    r#"{"type":"purchase","user_id":"v","query":"boots","products":[{"id":"d"},{"id":"c"}]}"#,
];

/// The path of a new temporary folder of this process.
fn folder(name: &str) -> PathBuf {
    static FOLDERS: AtomicUsize = AtomicUsize::new(0);
    let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
    std::env::temp_dir().join(format!("tastemaker-fuzz-{name}-{}-{number}", std::process::id()))
}

/// The small shop: the folder of its generation, and the engine over it.
struct Shop {
    folder: PathBuf,
    engine: Engine,
    embedder: Arc<StaticTable>,
}

fn shop() -> &'static Shop {
    static SHOP: OnceLock<Shop> = OnceLock::new();
    SHOP.get_or_init(|| made(true).expect("a small shop"))
}

/// Builds the small shop, with vectors of its own or embedded ones.
fn made(provided: bool) -> Result<Shop> {
    let home = folder("shop");
    std::fs::create_dir_all(&home).map_err(Error::io("create", &home))?;
    let catalogue = home.join("products.jsonl");
    let products = CATALOGUE.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let lines = products.map(|mut product| {
        if let Some(fields) = product.as_object_mut().filter(|_| !provided) {
            fields.remove("vector");
        }
        format!("{product}\n")
    });
    std::fs::write(&catalogue, lines.collect::<String>()).map_err(Error::io("write", &catalogue))?;
    let embedder = Arc::new(StaticTable::builtin()?);
    let mut events = EVENTS.iter().filter_map(|line| serde_json::from_str(line).ok()).map(Ok);
    let mut input = BuildInput {
        catalogue: &catalogue,
        catalogue_version: 0,
        events: &mut events,
        embedder: &embedder,
        now: Default::default(),
        keep: 1,
        settings: &BuildSettings::default(),
        pages: None,
        tables: None,
        trainers: trainers(None),
    };
    let built = generation::build(&home.join("generations"), &mut input, &Silent, &mut |_| {})?;
    let folder = home.join("generations").join(&built.generation.manifest.id);
    let engine = Engine::new(built.generation, Arc::clone(&embedder), EngineSettings::default())?;
    Ok(Shop { folder, engine, embedder })
}

/// Opens a generation with the damaged file; if that succeeds, runs every kind of request on it.
fn ask(damaged: impl FnOnce(&Path) -> Result<Generation>, name: &str, data: &[u8]) {
    let folder = folder(name);
    if std::fs::create_dir_all(&folder).is_err() || std::fs::write(folder.join(name), data).is_err() {
        return;
    }
    let opened = damaged(&folder.join(name));
    // The memory map outlives the files' names.
    drop(std::fs::remove_dir_all(folder));
    let Ok(generation) = opened else { return };
    let Ok(engine) = Engine::new(generation, Arc::clone(&shop().embedder), EngineSettings::default()) else { return };
    question(&engine);
}

fn question(engine: &Engine) {
    for query in ["boots", "trail boot -red", "tx410", ""] {
        let query = SearchQuery { query: query.to_owned(), explain: true, group: true, ..SearchQuery::default() };
        drop(engine.search(&query, &RequestContext::default()));
    }
    for kind in PlacementKind::ALL {
        let placement = Placement::about(kind, vec!["a".to_owned()], 5);
        drop(engine.recommend(&[placement], None, &RequestContext::default()));
    }
    for typed in ["b", "trail bo", "boost", ""] {
        suggest(engine, typed);
    }
}

fn suggest(engine: &Engine, typed: &str) {
    let query = SuggestQuery { typed: typed.to_owned(), filter: None, limit: 10 };
    let answer = engine.suggest(&query, &RequestContext::default());
    assert!(answer.is_ok_and(|answer| answer.suggestions.len() <= query.limit), "{typed:?}");
}

/// The files `manifest.json` and `CURRENT`.
pub fn manifest(data: &[u8]) {
    let (folder, shop) = (folder("manifest"), shop());
    let checksum = |bytes: &[u8]| format!("{:016x}", xxhash_rust::xxh3::xxh3_64(bytes));
    let written = |name, bytes: &[u8]| std::fs::write(folder.join(name), bytes).is_ok();
    if std::fs::create_dir_all(&folder).is_err() || !written("CURRENT", data) || !written("manifest.json", data) {
        return;
    }
    drop(CurrentPointer::read(&folder));
    let read = Manifest::read(&folder, &checksum(data));
    drop(std::fs::remove_dir_all(&folder));
    let Ok(read) = read else { return };
    drop(read.verify(&shop.folder));
    // The other files are intact, so the manifest must fit them.
    let files = shop.engine.generation().manifest.files.clone();
    let Ok(text) = serde_json::to_vec(&Manifest { files, ..read }) else { return };
    if std::fs::write(shop.folder.join("manifest.json"), &text).is_ok() {
        drop(Generation::open_folder(&shop.folder, &checksum(&text)));
    }
}

/// The file `products.flat`.
pub fn products(data: &[u8]) {
    let small = shop().engine.generation();
    let open = |path: &Path| {
        let products = Products::open(path, small.products.len())?;
        for ordinal in Ordinal::all(products.len()) {
            drop((products.product(ordinal), products.ordinal(products.id(ordinal))));
            products.leaves(ordinal).iter().for_each(|&leaf| assert!(products.category(leaf).len() <= data.len()));
        }
        Ok(Generation { products, ..small.clone() })
    };
    ask(open, "products.flat", data);
}

/// The file `vectors.flat`.
pub fn vectors(data: &[u8]) {
    let small = shop().engine.generation();
    let open = |path: &Path| {
        let index = VectorIndex::open(path.parent().unwrap_or(path))?;
        assert_eq!(path.file_name(), Some(FILE_NAME.as_ref()));
        // A graph search, even if a scan would be cheaper.
        let query = vec![0.5; index.vectors.dimensions()];
        drop(index.search::<tastemaker_index::bitmap::Bitmap>(&query, 3, None));
        let mut scratch = tastemaker_index::vector::SearchScratch::default();
        index.graph.search::<tastemaker_index::bitmap::Bitmap>(&index.vectors, &query, 3, 8, None, &mut scratch);
        if (index.vectors.len(), index.vectors.dimensions()) != (small.products.len(), small.manifest.space.dimensions)
        {
            return Err(Error::corrupt(path, "of another catalogue"));
        }
        Ok(Generation { vectors: Arc::new(index), ..small.clone() })
    };
    ask(open, FILE_NAME, data);
}

/// The file `behaviour.flat`.
pub fn behaviour(data: &[u8]) {
    let small = shop().engine.generation();
    let open = |path: &Path| {
        let categories = small.products.view().categories();
        let behaviour = Behaviour::open(&FlatFile::open(path)?, small.products.len(), categories)?;
        Ok(Generation { behaviour: Arc::new(behaviour), ..small.clone() })
    };
    ask(open, "behaviour.flat", data);
}

/// The file `suggestions.flat`.
pub fn suggestions(data: &[u8]) {
    let small = shop().engine.generation();
    let open = |path: &Path| {
        let suggestions = Suggestions::open(path, small.products.len())?;
        Ok(Generation { suggestions: Arc::new(suggestions), ..small.clone() })
    };
    ask(open, "suggestions.flat", data);
}

/// The file `corrections.flat`.
pub fn corrections(data: &[u8]) {
    let shop = shop();
    let open = |path: &Path| {
        let manifest = &shop.engine.generation().manifest;
        let text = TextIndex::open(&shop.folder.join("text"), manifest.products, manifest.language)?;
        let text = Arc::new(text.with_corrections(LearnedCorrections::open(path)?));
        Ok(Generation { text, ..shop.engine.generation().clone() })
    };
    ask(open, "corrections.flat", data);
}

/// A query as typed; the first byte chooses how it is read.
pub fn query(data: &[u8]) {
    static EMBEDDED: OnceLock<Shop> = OnceLock::new();
    let engine = &EMBEDDED.get_or_init(|| made(false).expect("a small shop")).engine;
    let Some((&how, text)) = data.split_first() else { return };
    let query = SearchQuery {
        query: String::from_utf8_lossy(text).into_owned(),
        correct: how & 1 == 0,
        typing: how & 2 != 0,
        group: how & 4 != 0,
        explain: how & 8 != 0,
        ..SearchQuery::default()
    };
    let Ok(answer) = engine.search(&query, &RequestContext::default()) else {
        assert!(query.query.chars().count() > engine.settings().limits.query_chars, "{:?}", query.query);
        return;
    };
    assert_eq!(answer.hits.len(), answer.total, "a page has room for all: {:?}", query.query);
    assert!(query.correct || answer.corrected_query.is_none(), "{:?}", query.query);
    suggest(engine, &query.query);
}
