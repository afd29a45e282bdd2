//! Random products are found by random spellings of their codes, titles and sizes: the product is first, unless another
//! one has the same by construction. Catalogues and spellings come from a fixed seed.

use std::fs;

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::json;

use super::support::client::ids;
use super::support::server::Server;
use super::support::{Done, empty_folder, reindex};

/// The catalogues tried.
const CATALOGUES: u32 = 6;
/// The products of a catalogue.
const PRODUCTS: usize = 40;
/// The seed of every catalogue and spelling.
const SEED: [u8; 32] = *b"tastemaker spellings of products";

const NOUNS: [&str; 12] = [
    "Kettle",
    "Crème",
    "Jalapeño",
    "Lantern",
    "Señorita",
    "Smörgås",
    "Pâté",
    "Blanket",
    "Wrench",
    "Notebook",
    "Åland",
    "Varnish",
];
const ADJECTIVES: [&str; 8] = ["red", "café", "folding", "naïve", "wooden", "élite", "rosé", "large"];
/// Letters with accents, composed and decomposed, and without.
const ACCENTS: [(&str, &str, &str); 9] = [
    ("è", "e\u{300}", "e"),
    ("é", "e\u{301}", "e"),
    ("ñ", "n\u{303}", "n"),
    ("ö", "o\u{308}", "o"),
    ("å", "a\u{30a}", "a"),
    ("Å", "A\u{30a}", "A"),
    ("â", "a\u{302}", "a"),
    ("ï", "i\u{308}", "i"),
    ("É", "E\u{301}", "E"),
];

/// A product: its words, its size in tenths of a litre, and the groups of its code.
#[derive(Debug, Clone)]
struct Made {
    words: String,
    decilitres: u32,
    groups: Vec<String>,
    joint: &'static str,
    decomposed: bool,
}

impl Made {
    fn size(&self) -> String {
        format!("{}.{} l", self.decilitres / 10, self.decilitres % 10)
    }

    fn title(&self) -> String {
        let title = format!("{} {}", self.words, self.size());
        if self.decomposed { accents(&title, Accents::Decomposed) } else { title }
    }

    fn code(&self) -> String {
        self.groups.concat().to_lowercase()
    }
}

/// One spelling of what a person types.
#[derive(Debug, Clone, Copy)]
struct Spelling {
    letters: Letters,
    accents: Accents,
    joint: &'static str,
    blanks: &'static str,
    size: fn(u32) -> String,
}

#[derive(Debug, Clone, Copy)]
enum Letters {
    Lower,
    Upper,
    FullWidth,
    AsTheyAre,
}

#[derive(Debug, Clone, Copy)]
enum Accents {
    Composed,
    Decomposed,
    Dropped,
}

fn accents(text: &str, how: Accents) -> String {
    ACCENTS.iter().fold(text.to_owned(), |text, (composed, decomposed, plain)| match how {
        Accents::Composed => text,
        Accents::Decomposed => text.replace(composed, decomposed),
        Accents::Dropped => text.replace(composed, plain),
    })
}

fn letters(text: &str, how: Letters) -> String {
    let wide = |c: char| match c {
        '!'..='~' => char::from_u32(u32::from(c) + 0xfee0).unwrap_or(c),
        other => other,
    };
    match how {
        Letters::Lower => text.to_lowercase(),
        Letters::Upper => text.to_uppercase(),
        Letters::FullWidth => text.chars().map(wide).collect(),
        Letters::AsTheyAre => text.to_owned(),
    }
}

fn made() -> impl Strategy<Value = Made> {
    let group = prop_oneof!["[A-Z]{2}[0-9]{3}", "[0-9]{3,4}", "[A-Z]{1,2}[0-9]{2}"];
    let groups = prop::collection::vec(group, 2..4);
    (
        select(&ADJECTIVES[..]),
        select(&NOUNS[..]),
        11..99u32,
        groups,
        select(vec!["-", "/", ".", " ", ""]),
        any::<bool>(),
    )
        .prop_map(|(adjective, noun, decilitres, groups, joint, decomposed)| {
            let words = format!("{adjective} {noun}");
            Made { words, decilitres, groups, joint, decomposed }
        })
}

fn spelling() -> impl Strategy<Value = Spelling> {
    let comma = |size: u32| format!("{},{} l", size / 10, size % 10);
    let glued = |size: u32| format!("{}.{}l", size / 10, size % 10);
    let millilitres = |size: u32| format!("{} ml", size * 100);
    let sizes: Vec<fn(u32) -> String> = vec![comma, glued, millilitres];
    (
        select(vec![Letters::Lower, Letters::Upper, Letters::FullWidth, Letters::AsTheyAre]),
        select(vec![Accents::Composed, Accents::Decomposed, Accents::Dropped]),
        select(vec!["-", "/", ".", " ", ""]),
        select(vec![" ", "  ", "\u{a0}", "\u{3000}"]),
        select(sizes),
    )
        .prop_map(|(letters, accents, joint, blanks, size)| Spelling { letters, accents, joint, blanks, size })
}

/// Asks for every product by its code, its title and its words with the size, each spelt as its spelling says.
fn wrong(server: &Server, products: &[Made], spellings: &[Spelling]) -> Done<Vec<String>> {
    let mut wrong = Vec::new();
    let mut ask = |query: &str, may_be_first: &dyn Fn(&Made) -> bool| -> Done {
        let found = server.search(&json!({"query": query, "personalize": false, "per_page": 3}))?;
        let first = ids(&found["hits"]).first().and_then(|id| id.strip_prefix("item ")?.parse::<usize>().ok());
        if !first.is_some_and(|at| may_be_first(&products[at])) {
            let shown = first.map(|at| (products[at].title(), products[at].groups.join(products[at].joint)));
            wrong.push(format!("{query:?} has {shown:?} first"));
        }
        Ok(())
    };
    for (product, spelt) in products.iter().zip(spellings) {
        let written = |text: &str| letters(&accents(text, spelt.accents), spelt.letters);
        let code = written(&product.groups.join(spelt.joint));
        // A number without letters or signs may be a size or a year.
        if product.code().len() >= 6 {
            ask(&code, &|first| first.code() == product.code())?;
        }
        let same = |first: &Made| first.words == product.words && first.decilitres == product.decilitres;
        let title = written(&format!("{} {}", product.words, product.size())).replace(' ', spelt.blanks);
        ask(&title, &same)?;
        let sized = written(&format!("{} {}", product.words, (spelt.size)(product.decilitres)));
        ask(&sized, &same)?;
    }
    Ok(wrong)
}

fn catalogue(products: &[Made]) -> String {
    let line = |(at, product): (usize, &Made)| {
        let product = json!({"id": format!("item {at}"), "title": product.title(), "price": 100 + at,
            "mpn": product.groups.join(product.joint)});
        format!("{product}\n")
    };
    products.iter().enumerate().map(line).collect()
}

#[test]
fn a_product_is_found_by_every_spelling_of_what_it_has() {
    let config = Config { cases: CATALOGUES, failure_persistence: None, max_shrink_iters: 0, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &SEED));
    let catalogues = (prop::collection::vec(made(), PRODUCTS), prop::collection::vec(spelling(), PRODUCTS));
    let outcome = runner.run(&catalogues, |(products, spellings)| {
        let found = (|| -> Done<Vec<String>> {
            let folder = empty_folder()?;
            let file = folder.path().join("products.jsonl");
            fs::write(&file, catalogue(&products))?;
            reindex(folder.path(), Some(&file), None)?.done()?;
            wrong(&Server::start(folder.path())?, &products, &spellings)
        })();
        let found = found.map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert!(found.is_empty(), "{} are wrong:\n{}", found.len(), found.join("\n"));
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("seed {}: {error}", String::from_utf8_lossy(&SEED));
    }
}
