//! The figures of the house: how long functions are, how many methods the largest struct has, which
//! names are defined twice, how documentation begins. `cargo test --test house -- --nocapture` prints them.

#[path = "support/mod.rs"]
mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use support::Done;

/// The longest function of product code, in lines from its name to its closing brace.
const MOST_FUNCTION_LINES: usize = 60;
/// The most methods of one type, over all its blocks without a trait.
const MOST_METHODS: usize = 40;
/// Documentation that begins with a question word, in per cent.
const MOST_QUESTIONS: f64 = 4.0;
/// The longest README, in lines.
const MOST_README_LINES: usize = 150;

const QUESTIONS: [&str; 7] = ["What", "How", "Whether", "Where", "Who", "When", "Which"];

/// Everything counted in the product's code, tests left out.
#[derive(Default)]
struct House {
    /// Lines, place and name of each function.
    functions: Vec<(usize, String)>,
    /// Methods by crate and type.
    methods: BTreeMap<(String, String), usize>,
    /// Files by the name of a type they define.
    types: BTreeMap<String, BTreeSet<String>>,
    /// Blocks of documentation, and those that begin with a question word.
    documented: usize,
    questions: Vec<String>,
}

/// One file on its way through [`House`].
struct Reader<'a> {
    house: &'a mut House,
    path: String,
}

impl Reader<'_> {
    fn function(&mut self, signature: &syn::Signature, whole: proc_macro2::Span) {
        let lines = whole.end().line + 1 - signature.fn_token.span.start().line;
        self.house.functions.push((lines, format!("{} {}", self.path, signature.ident)));
    }

    fn define(&mut self, name: &syn::Ident) {
        self.house.types.entry(name.to_string()).or_default().insert(self.path.clone());
    }

    fn root(&self) -> String {
        self.path.split("/src/").next().filter(|root| *root != self.path).unwrap_or("src").to_owned()
    }
}

fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let syn::Meta::List(list) = &attribute.meta else { return false };
        list.path.is_ident("cfg") && list.tokens.to_string() == "test"
    })
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_test(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.function(&item.sig, item.span());
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(&item.sig, item.span());
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        if let (None, syn::Type::Path(path)) = (&item.trait_, &*item.self_ty)
            && let Some(last) = path.path.segments.last()
        {
            let methods = item.items.iter().filter(|item| matches!(item, syn::ImplItem::Fn(_))).count();
            *self.house.methods.entry((self.root(), last.ident.to_string())).or_default() += methods;
        }
        visit::visit_item_impl(self, item);
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.define(&item.ident);
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        self.define(&item.ident);
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        self.define(&item.ident);
        visit::visit_item_trait(self, item);
    }

    fn visit_item_type(&mut self, item: &'ast syn::ItemType) {
        self.define(&item.ident);
    }
}

impl House {
    fn read() -> Done<Self> {
        let mut house = Self::default();
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        for path in rust_files(&[root.join("src"), root.join("index")])? {
            let relative = path.strip_prefix(root)?.to_string_lossy().replace('\\', "/");
            let text = fs::read_to_string(&path)?;
            house.read_documentation(&relative, &text);
            if !is_of_tests(&relative, &text) {
                let parsed = syn::parse_file(&text)?;
                Reader { house: &mut house, path: relative }.visit_file(&parsed);
            }
        }
        house.functions.sort_by(|a, b| b.cmp(a));
        Ok(house)
    }

    fn read_documentation(&mut self, path: &str, text: &str) {
        let mut inside = false;
        for (number, line) in (1..).zip(text.lines().map(str::trim_start)) {
            let words = line.strip_prefix("///").or_else(|| line.strip_prefix("//!"));
            if let Some(words) = words.filter(|_| !inside) {
                self.documented += 1;
                let first = words.split(|c: char| !c.is_alphabetic()).find(|word| !word.is_empty());
                if first.is_some_and(|first| QUESTIONS.contains(&first)) {
                    self.questions.push(format!("{path}:{number} {}", words.trim()));
                }
            }
            inside = words.is_some();
        }
    }

    fn largest(&self) -> (usize, String) {
        let largest = self.methods.iter().max_by_key(|(_, count)| **count);
        largest.map(|((root, name), count)| (*count, format!("{name} in {root}"))).unwrap_or_default()
    }

    fn twice(&self) -> Vec<String> {
        let twice = self.types.iter().filter(|(_, files)| files.len() > 1);
        twice.map(|(name, files)| format!("{name}: {}", files.iter().cloned().collect::<Vec<_>>().join(", "))).collect()
    }

    fn questions_per_cent(&self) -> f64 {
        100.0 * self.questions.len() as f64 / self.documented.max(1) as f64
    }
}

/// Files whose code is tests alone: named so, or included under `#[cfg(test)]` only.
fn is_of_tests(path: &str, text: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let folder = path.contains("/tests/") || path.contains("/benches/");
    folder || name.ends_with("tests.rs") || ["suite.rs", "testing.rs"].contains(&name) || text.contains("#![cfg(test)]")
}

fn rust_files(folders: &[PathBuf]) -> Done<Vec<PathBuf>> {
    let mut found = Vec::new();
    for folder in folders {
        found.extend(support::walk(folder)?);
    }
    found.retain(|path| path.extension().is_some_and(|ending| ending == "rs"));
    Ok(found)
}

fn readme_lines() -> Done<usize> {
    Ok(fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md"))?.lines().count())
}

#[test]
fn the_figures_are_printed() -> Done {
    let house = House::read()?;
    let (lines, longest) = house.functions.first().cloned().unwrap_or_default();
    let (methods, largest) = house.largest();
    println!("documentation blocks                 {}", house.documented);
    println!("  that begin with a question word    {} ({:.1} %)", house.questions.len(), house.questions_per_cent());
    println!("longest function, lines              {lines} ({longest})");
    println!("methods of the largest type          {methods} ({largest})");
    println!("type names defined more than once    {}", house.twice().len());
    println!("README, lines                        {}", readme_lines()?);
    assert!(house.documented > 1000 && house.functions.len() > 1000, "the tree was not read");
    Ok(())
}

#[test]
fn functions_fit_on_a_screen() -> Done {
    let house = House::read()?;
    let long: Vec<_> = house.functions.iter().take_while(|(lines, _)| *lines > MOST_FUNCTION_LINES).collect();
    assert!(long.is_empty(), "more than {MOST_FUNCTION_LINES} lines: {long:#?}");
    Ok(())
}

#[test]
fn no_type_answers_everything() -> Done {
    let (methods, largest) = House::read()?.largest();
    assert!(methods <= MOST_METHODS, "{largest} has {methods} methods, at most {MOST_METHODS}");
    Ok(())
}

#[test]
fn a_name_has_one_meaning() -> Done {
    // Each half has an error and a result of its own, as Rust has it.
    let twice: Vec<String> = House::read()?.twice();
    let twice: Vec<&String> =
        twice.iter().filter(|one| !["Error:", "Result:"].iter().any(|own| one.starts_with(own))).collect();
    assert!(twice.is_empty(), "defined more than once: {twice:#?}");
    Ok(())
}

#[test]
fn documentation_begins_with_the_thing_it_documents() -> Done {
    let house = House::read()?;
    assert!(house.questions_per_cent() < MOST_QUESTIONS, "{:#?}", house.questions);
    Ok(())
}

#[test]
fn the_readme_is_short() -> Done {
    let lines = readme_lines()?;
    assert!(lines <= MOST_README_LINES, "{lines} lines, at most {MOST_README_LINES}");
    Ok(())
}
