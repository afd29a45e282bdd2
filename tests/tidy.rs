//! The tree's own rules: data travels one way, one library has one user, files
//! are short, and nothing is left to do.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

type Done<T = ()> = Result<T, Box<dyn Error>>;

/// The longest file, in lines.
const MOST_LINES: usize = 400;

/// The crates of the engine. The compiler holds the direction between them.
const ENGINE_CRATES: [&str; 6] = [
    "index/src",
    "index/catalogue/src",
    "index/shoppers/src",
    "index/text/src",
    "index/vector/src",
    "index/vocabulary/src",
];

/// Modules of the crates below the engine's own, under the names by which it reaches them.
const BELOW: &[&str] = &[
    "behaviour",
    "bitmap",
    "column",
    "context",
    "curation",
    "deadline",
    "error",
    "eval",
    "event",
    "feed",
    "flat",
    "id",
    "identity",
    "in_plain_words",
    "placeholder",
    "placement",
    "product",
    "profile",
    "progress",
    "query",
    "random",
    "season",
    "synonyms",
    "text",
    "time",
    "trees",
    "vector",
];

/// The floors of the engine's own crate, lowest first; a module may use those below it.
const ENGINE: [&[&str]; 7] =
    [BELOW, &["hit"], &["rank", "recommend"], &["generation"], &["engine"], &["learning"], &["lib"]];

/// The floors of the crates of the catalogue and of shoppers: their modules do not know each other.
const CATALOGUE: [&[&str]; 3] = [VOCABULARY, &["column", "curation", "feed"], &["lib"]];
const SHOPPERS: [&[&str]; 3] = [VOCABULARY, &["behaviour", "profile"], &["lib"]];

/// Modules of the vocabulary.
const VOCABULARY: &[&str] = &[
    "bitmap",
    "characters",
    "context",
    "deadline",
    "error",
    "eval",
    "event",
    "flat",
    "id",
    "identity",
    "in_plain_words",
    "placement",
    "product",
    "progress",
    "query",
    "random",
    "season",
    "synonyms",
    "time",
    "trees",
];

/// The floors of the server, lowest first.
const SERVER: [&[&str]; 9] = [
    &["access", "evaluate", "load", "progress", "tune"],
    &["store"],
    &["config", "report"],
    &["shop"],
    &["http"],
    &["command"],
    &["cli"],
    &["lib"],
    &["main"],
];

struct Source {
    /// From the root of the repository.
    path: String,
    text: String,
}

impl Source {
    /// The top module the file belongs to, below `root`.
    fn module(&self, root: &str) -> &str {
        let below = self.path.strip_prefix(root).unwrap_or(&self.path);
        below.split(['/', '.']).next().unwrap_or_default()
    }

    /// The code without comments and without the tests at its end.
    fn code(&self) -> String {
        let product = self.text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        let lines = product.lines().map(|line| if line.trim_start().starts_with("//") { "" } else { line });
        lines.collect::<Vec<_>>().join("\n")
    }
}

fn sources(folder: &str) -> Done<Vec<Source>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = vec![root.join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let relative = path.strip_prefix(root)?.to_string_lossy().replace('\\', "/");
                found.push(Source { path: relative, text: fs::read_to_string(&path)? });
            }
        }
    }
    if found.is_empty() { Err(format!("no source below {folder}").into()) } else { Ok(found) }
}

fn all_sources() -> Done<Vec<Source>> {
    let folders = ["src", "index/tests", "tests", "benches", "fuzz/src", "fuzz/fuzz_targets"];
    folders.into_iter().chain(ENGINE_CRATES).map(sources).try_fold(Vec::new(), |mut all, found| {
        all.extend(found?);
        Ok(all)
    })
}

/// Everything after `crate::`, as far as it is a path: `column::FacetAnswer`, or for a list each of it.
fn imports(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let whole_word = !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$');
        let rest = &code[at + "crate::".len()..];
        if !whole_word {
            continue;
        }
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).unwrap_or(rest.len());
        let path = rest[..end].trim_end_matches(':');
        match rest[end..].strip_prefix('{').and_then(|list| list.split('}').next()) {
            Some(list) => {
                let names = list.split(',').map(str::trim).filter(|name| !name.is_empty());
                found.extend(
                    names.map(|name| if path.is_empty() { name.to_owned() } else { format!("{path}::{name}") }),
                );
            }
            None => found.push(path.to_owned()),
        }
    }
    found
}

fn floor(floors: &[&[&str]], module: &str) -> Option<usize> {
    floors.iter().position(|floor| floor.contains(&module))
}

/// The imports that run up or sideways.
fn arrows_back_up(root: &str, floors: &[&[&str]]) -> Done<Vec<String>> {
    let mut wrong = Vec::new();
    for source in sources(root)? {
        let module = source.module(&format!("{root}/")).to_owned();
        // In the file of a top module, `super` is the crate.
        let top = [format!("{root}/{module}.rs"), format!("{root}/{module}/mod.rs")].contains(&source.path);
        let code = if top { source.code().replace("super::", "crate::") } else { source.code() };
        for import in imports(&code) {
            let other = import.split("::").next().unwrap_or_default();
            if other == module || import.is_empty() {
                continue;
            }
            let (from, to) = (floor(floors, &module), floor(floors, other));
            let down = match (from, to) {
                (Some(from), Some(to)) => to < from,
                _ => false,
            };
            if !down {
                wrong.push(format!("{} imports {import}", source.path));
            }
        }
    }
    Ok(wrong)
}

#[test]
fn in_the_engine_data_travels_one_way() -> Done {
    assert_eq!(arrows_back_up("index/src", &ENGINE)?, Vec::<String>::new());
    assert_eq!(arrows_back_up("index/catalogue/src", &CATALOGUE)?, Vec::<String>::new());
    assert_eq!(arrows_back_up("index/shoppers/src", &SHOPPERS)?, Vec::<String>::new());
    Ok(())
}

#[test]
fn the_vocabulary_has_no_circles() -> Done {
    let root = "index/vocabulary/src";
    let mut uses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for source in sources(root)? {
        let module = source.module(&format!("{root}/")).to_owned();
        let others = imports(&source.code()).into_iter();
        let others = others.map(|import| import.split("::").next().unwrap_or_default().to_owned());
        uses.entry(module.clone()).or_default().extend(others.filter(|other| *other != module));
    }
    uses.remove("lib");
    // Modules that use none of those left are taken out until none is left.
    while !uses.is_empty() {
        let free: Vec<String> = uses
            .iter()
            .filter(|(_, used)| used.iter().all(|one| !uses.contains_key(one)))
            .map(|(one, _)| one.clone())
            .collect();
        assert!(!free.is_empty(), "a circle among {:?}", uses.keys().collect::<Vec<_>>());
        free.iter().for_each(|one| drop(uses.remove(one)));
    }
    Ok(())
}

#[test]
fn plain_libraries_know_nothing_of_search() -> Done {
    let allowed: [(&str, &[&str]); 2] = [("eval", &["error", "random"]), ("trees", &["error", "eval", "flat"])];
    for (library, allowed) in allowed {
        for source in sources(&format!("index/vocabulary/src/{library}"))? {
            for import in imports(&source.code()) {
                let module = import.split("::").next().unwrap_or_default();
                assert!(module == library || allowed.contains(&module), "{} imports {import}", source.path);
            }
        }
    }
    Ok(())
}

#[test]
fn in_the_server_data_travels_one_way() -> Done {
    assert_eq!(arrows_back_up("src", &SERVER)?, Vec::<String>::new());
    Ok(())
}

#[test]
fn http_reaches_the_store_through_the_shop_only() -> Done {
    for source in sources("src/http")? {
        let store = imports(&source.code()).into_iter().find(|import| import.split("::").next() == Some("store"));
        assert_eq!(store, None, "in {}", source.path);
    }
    Ok(())
}

#[test]
fn every_module_stands_on_a_floor() -> Done {
    for (root, floors) in [("index/src", &ENGINE[..]), ("src", &SERVER[..])] {
        for source in sources(root)? {
            let module = source.module(&format!("{root}/"));
            assert!(floor(floors, module).is_some(), "{}: give `{module}` a floor", source.path);
        }
    }
    Ok(())
}

#[test]
fn a_library_has_the_one_user_it_was_given() -> Done {
    let owners: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("tantivy", &["index/text/src/"][..]),
        ("hnsw_rs", &["index/vector/src/build.rs", "index/vector/src/polish.rs"][..]),
        ("bincode", &["src/store/codec.rs"][..]),
        ("fjall", &["src/store/"][..]),
        ("parquet", &["src/store/archive/", "src/store/tables/"][..]),
        ("tokenizers", &["index/vector/src/embed/"][..]),
        ("safetensors", &["index/vector/src/embed/"][..]),
        ("quick_xml", &["index/catalogue/src/feed/"][..]),
        ("encoding_rs", &["index/catalogue/src/feed/source.rs"][..]),
        ("csv_core", &["index/catalogue/src/feed/table.rs"][..]),
        ("actix_web", &["src/http/", "src/command/serve.rs"][..]),
        ("clap", &["src/cli.rs", "src/command/"][..]),
        ("anyhow", &["src/command/"][..]),
        ("uuid", &["src/http/", "src/shop/"][..]),
        ("getrandom", &["src/store/keys.rs"][..]),
        ("hmac", &["src/access/secret.rs"][..]),
        ("sha2", &["src/access/secret.rs"][..]),
        ("subtle", &["src/access/secret.rs"][..]),
        ("base64", &["src/access/"][..]),
        ("rust_embed", &["src/http/assets/"][..]),
        ("actix_cors", &["src/http/cors.rs"][..]),
    ]);
    for source in all_sources()?.into_iter().filter(|source| source.path.contains("src/")) {
        let code = source.code();
        for (library, users) in &owners {
            let used = code.contains(&format!("{library}::"));
            let its_user = users.iter().any(|user| source.path.starts_with(user));
            assert!(!used || its_user, "{} uses {library}", source.path);
        }
    }
    Ok(())
}

#[test]
fn the_engine_reads_no_clock_no_environment_and_prints_nothing() -> Done {
    let outside = [
        "SystemTime::now",
        "Timestamp::now",
        "Instant::now",
        "std::env",
        "env::var",
        "println!",
        "eprintln!",
        "std::net",
    ];
    for source in ENGINE_CRATES.into_iter().map(sources).collect::<Done<Vec<_>>>()?.into_iter().flatten() {
        let code = source.code();
        let found = outside.iter().find(|call| code.contains(**call));
        assert_eq!(found, None, "in {}", source.path);
    }
    Ok(())
}

#[test]
fn files_are_short() -> Done {
    let long = |source: &Source| source.text.lines().count() > MOST_LINES;
    let long: Vec<String> = all_sources()?.into_iter().filter(long).map(|source| source.path).collect();
    assert!(long.is_empty(), "more than {MOST_LINES} lines: {long:?}");
    Ok(())
}

#[test]
fn every_file_says_what_it_is_for() -> Done {
    let silent: Vec<String> = all_sources()?
        .into_iter()
        .filter(|source| !source.text.starts_with("//! "))
        .map(|source| source.path)
        .collect();
    assert!(silent.is_empty(), "without a first line that begins with `//! `: {silent:?}");
    Ok(())
}

#[test]
fn nothing_is_left_to_do() -> Done {
    // Spelled apart, so that this file does not find itself.
    let marks = [["to", "do!("], ["unimplemen", "ted!("], ["db", "g!("], ["TO", "DO"], ["FIX", "ME"], ["XX", "X"]];
    for source in all_sources()? {
        for mark in marks {
            assert!(!source.text.contains(&mark.concat()), "{} has {}", source.path, mark.concat());
        }
    }
    Ok(())
}

#[test]
fn imports_are_found_however_they_are_written() {
    let code =
        "use crate::id::Ordinal;\nuse crate::{error, text::MatchLevel};\nfn f() { crate::rank::fuse() } $crate::x";
    assert_eq!(imports(code), ["id::Ordinal", "error", "text::MatchLevel", "rank::fuse"]);
}
