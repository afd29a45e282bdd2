//! A change reported as done is there after any stop, exactly once; folding changes no product; a feed
//! includes the changes before it and none after.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use proptest::prelude::*;
use serde_json::{Value, json};
use tastemaker_index::product::{FieldError, Product};

use super::change::version;
use super::log::{Changes, last_version, trim};
use super::*;
use crate::store::DataFolder;
use crate::store::faulty::FaultyDisk;
use crate::store::journal::{Journal, JournalSettings};

type Done<T = ()> = Result<T, Box<dyn std::error::Error>>;
type ProductsById = BTreeMap<String, Product>;

/// A live catalogue for tests: refuses odd titles, and shows new products late.
#[derive(Default, Clone)]
struct TestCatalogue(Arc<Mutex<ProductsById>>);

impl Serve for TestCatalogue {
    fn check(&self, product: &Product) -> Result<(), FieldError> {
        if product.title == "odd" { Err(FieldError::new("vector", "is odd")) } else { Ok(()) }
    }

    fn serve(&mut self, changed: &[(String, Option<Product>)]) -> HashSet<String> {
        let mut shown = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let new = changed.iter().filter(|(id, product)| product.is_some() && !shown.contains_key(id));
        let new = new.map(|(id, _)| id.clone()).collect();
        for (id, product) in changed {
            match product {
                Some(product) => drop(shown.insert(id.clone(), product.clone())),
                None => drop(shown.remove(id)),
            }
        }
        new
    }
}

impl TestCatalogue {
    fn sees(&self, id: &str) -> Option<Product> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }
}

fn made(id: &str, price: i64) -> Done<Product> {
    Ok(change::product(&json!({"id": id, "title": "Thing", "price": price}))?)
}

fn put(id: &str, price: i64) -> Done<Edit> {
    Ok(Edit { id: id.to_owned(), act: ChangeAction::Put(Box::new(made(id, price)?)), expect: Precondition::Anything })
}

fn patch(id: &str, patch: &Value) -> Edit {
    let patch = patch.as_object().cloned().unwrap_or_default();
    Edit { id: id.to_owned(), act: ChangeAction::Patch(patch), expect: Precondition::Anything }
}

fn delete(id: &str) -> Edit {
    Edit { id: id.to_owned(), act: ChangeAction::Delete, expect: Precondition::Anything }
}

fn feed(folder: &DataFolder, products: &[Product]) -> Done {
    let mut writer = Catalogue::begin(folder)?;
    products.iter().try_for_each(|product| {
        Ok::<_, Box<dyn std::error::Error>>(writer.push_line(&serde_json::to_string(product)?)?)
    })?;
    Ok(writer.commit()?)
}

fn start(folder: &DataFolder, window: &TestCatalogue) -> Done<Editor> {
    Ok(Editor::start(folder, EditorSettings::default(), Box::new(window.clone()))?)
}

/// Every product as a read-only process sees it.
fn all(folder: &DataFolder, ids: &[&str]) -> Done<ProductsById> {
    let mut current = CurrentCatalogue::open(folder)?;
    let mut found = ProductsById::new();
    for id in ids {
        found.extend(current.product(id)?.map(|product| ((*id).to_owned(), product)));
    }
    Ok(found)
}

#[test]
fn a_change_is_there_when_it_is_answered_and_after_a_restart() -> Done {
    let root = tempfile::tempdir()?;
    let folder = DataFolder::open(root.path())?;
    feed(&folder, &[made("a", 1)?, made("b", 2)?])?;
    let window = TestCatalogue::default();
    let editor = start(&folder, &window)?;
    let edits = vec![put("c", 3)?, patch("a", &json!({"price": 10})), patch("a", &json!({"stock": 4})), delete("b")];
    let outcomes = editor.edit(edits)?.wait()?;
    assert!(outcomes.iter().all(|outcome| matches!(outcome, EditOutcome::Done { .. })), "{outcomes:?}");
    let expected = Product { stock: Some(4), ..made("a", 10)? };
    assert_eq!((window.sees("a"), window.sees("b")), (Some(expected.clone()), None));
    let shown = all(&folder, &["a", "b", "c"])?;
    assert_eq!(shown.get("a"), Some(&expected));
    assert_eq!(shown.keys().collect::<Vec<_>>(), ["a", "c"]);
    drop(editor);
    let editor = start(&folder, &window)?;
    assert_eq!(editor.product("a")?, Some(expected));
    assert_eq!(editor.product("b")?, None);
    Ok(())
}

#[test]
fn one_bad_change_of_a_batch_leaves_the_others_alone() -> Done {
    let root = tempfile::tempdir()?;
    let folder = DataFolder::open(root.path())?;
    feed(&folder, &[made("a", 1)?])?;
    let editor = start(&folder, &TestCatalogue::default())?;
    let odd = patch("a", &json!({"title": "odd"}));
    let edits = vec![patch("a", &json!({"price": -1})), patch("nobody", &json!({"price": 1})), odd, put("b", 2)?];
    let outcomes = editor.edit(edits)?.wait()?;
    assert!(matches!(&outcomes[0], EditOutcome::Invalid(error) if error.field == "price"));
    assert_eq!(outcomes[1], EditOutcome::Missing);
    assert!(matches!(&outcomes[2], EditOutcome::Invalid(error) if error.field == "vector"));
    assert!(matches!(&outcomes[3], EditOutcome::Done { created: true, shown: false, .. }));
    assert_eq!(all(&folder, &["a", "b"])?.len(), 2);
    Ok(())
}

#[test]
fn of_two_who_saw_the_same_version_one_wins() -> Done {
    let root = tempfile::tempdir()?;
    let folder = DataFolder::open(root.path())?;
    feed(&folder, &[made("a", 1)?])?;
    let editor = start(&folder, &TestCatalogue::default())?;
    let seen = version(&made("a", 1)?);
    let said =
        |price| Edit { expect: Precondition::Version(vec![seen.clone()]), ..patch("a", &json!({"price": price})) };
    let outcomes = editor.edit(vec![said(2), said(3)])?.wait()?;
    let now = Some(version(&made("a", 2)?));
    assert!(matches!(&outcomes[0], EditOutcome::Done { version, created: false, .. } if *version == now));
    assert_eq!(outcomes[1], EditOutcome::Conflict { version: now.clone() });
    let twice = Edit { expect: Precondition::Absent, ..put("a", 9)? };
    assert_eq!(editor.edit(vec![twice])?.wait()?, [EditOutcome::Conflict { version: now }]);
    let absent = Edit { expect: Precondition::Present, ..put("b", 9)? };
    assert_eq!(editor.edit(vec![absent])?.wait()?, [EditOutcome::Missing]);
    Ok(())
}

#[test]
fn a_feed_stands_for_what_was_said_before_it_and_a_patch_after_it_patches_the_feed() -> Done {
    let root = tempfile::tempdir()?;
    let folder = DataFolder::open(root.path())?;
    feed(&folder, &[made("a", 1)?])?;
    let editor = start(&folder, &TestCatalogue::default())?;
    editor.edit(vec![patch("a", &json!({"price": 5})), put("b", 5)?])?.wait()?;
    let mut writer = Catalogue::begin(&folder)?;
    editor.edit(vec![patch("a", &json!({"stock": 7})), put("c", 5)?])?.wait()?;
    writer.push_line(r#"{"id":"a","title":"New","price":2}"#)?;
    writer.commit()?;
    let expected = Product { title: "New".to_owned(), stock: Some(7), ..made("a", 2)? };
    assert_eq!(editor.product("a")?, Some(expected.clone()), "without a restart");
    let shown = all(&folder, &["a", "b", "c"])?;
    assert_eq!(shown, ProductsById::from([("a".to_owned(), expected), ("c".to_owned(), made("c", 5)?)]));
    Ok(())
}

#[test]
fn folding_keeps_every_product_and_lets_the_log_go() -> Done {
    let root = tempfile::tempdir()?;
    let folder = DataFolder::open(root.path())?;
    feed(&folder, &[made("a", 1)?, made("b", 1)?, made("c", 1)?])?;
    let log = log::folder(&folder)?;
    let small = || Journal::open(&log, JournalSettings { segment_bytes: 400 });
    let editor = Editor::start_on(&folder, EditorSettings::default(), small()?, Box::new(TestCatalogue::default()))?;
    for price in 0..20 {
        editor.edit(vec![patch("a", &json!({"price": price}))])?.wait()?;
    }
    editor.edit(vec![delete("b"), put("d", 4)?])?.wait()?;
    let before = all(&folder, &["a", "b", "c", "d"])?;
    assert_eq!(CurrentCatalogue::open(&folder)?.fold()?, 22);
    assert_eq!(all(&folder, &["a", "b", "c", "d"])?, before);
    let file = std::fs::read_to_string(Catalogue::path(&folder))?;
    assert_eq!(file.lines().count(), 3, "{file}");
    assert_eq!(CurrentCatalogue::open(&folder)?.fold()?, 22, "again, with nothing to do");
    assert_eq!(Changes::since(&log, 10)?.count(), 12);
    assert!(trim(&log, 10)? > 0);
    assert_eq!(Changes::since(&log, 10)?.count(), 12, "what is needed stays");
    editor.edit(vec![patch("a", &json!({"price": 99}))])?.wait()?;
    drop(editor);
    assert_eq!(last_version(&log)?, 23, "numbers go on");
    let editor = start(&folder, &TestCatalogue::default())?;
    assert_eq!(editor.product("a")?, Some(made("a", 99)?));
    Ok(())
}

#[test]
fn what_an_interrupted_replacement_left_is_no_catalogue() -> Done {
    let root = tempfile::tempdir()?;
    let folder = DataFolder::open(root.path())?;
    feed(&folder, &[made("a", 1)?])?;
    std::fs::write(folder.catalogue().join("products.tmp"), "half a li")?;
    let mut abandoned = Catalogue::begin(&folder)?;
    abandoned.push_line("never said")?;
    drop(abandoned);
    assert_eq!(std::fs::read_dir(folder.catalogue())?.count(), 3, "the file, its seal and the log");
    assert_eq!(all(&folder, &["a"])?.len(), 1);
    // As after a kill between the rename and the removal of the old file, in a release without seals.
    std::fs::remove_file(folder.catalogue().join("products.seal"))?;
    std::fs::write(folder.catalogue().join("products-1.jsonl"), r#"{"id":"b","title":"B"}"#)?;
    assert_eq!(all(&folder, &["a", "b"])?.into_keys().collect::<Vec<_>>(), ["b"]);
    feed(&folder, &[made("c", 1)?])?;
    assert_eq!(all(&folder, &["a", "b", "c"])?.into_keys().collect::<Vec<_>>(), ["c"]);
    Ok(())
}

/// One step of a random test.
#[derive(Debug, Clone)]
enum EditStep {
    /// One request: per product a price, or none to delete it.
    Edit(Vec<(u8, Option<i64>, bool)>),
    /// A reindex folds the log.
    Fold,
    /// A whole feed of these products.
    Feed(Vec<u8>),
    /// Only this many bytes are free from now on.
    Fill(u64),
    /// Syncs fail from now on.
    FailSync,
    /// Truncating a file fails from now on.
    FailTruncate,
    /// A stop, and a start on a healthy disk.
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<EditStep>> {
    let edit = (0..6u8, prop::option::of(0..50i64), any::<bool>());
    let step = prop_oneof![
        8 => prop::collection::vec(edit, 1..5).prop_map(EditStep::Edit),
        2 => Just(EditStep::Fold),
        1 => prop::collection::vec(0..6u8, 1..5).prop_map(EditStep::Feed),
        1 => (0..900u64).prop_map(EditStep::Fill),
        1 => Just(EditStep::FailSync),
        1 => Just(EditStep::FailTruncate),
        2 => Just(EditStep::Restart),
    ];
    prop::collection::vec(step, 1..25)
}

/// The expected catalogue, and after a failed write the further states that are allowed: the first changes of
/// the request may have reached the disk.
struct ExpectedCatalogue {
    sure: ProductsById,
    perhaps: Vec<ProductsById>,
}

impl ExpectedCatalogue {
    /// The products after each of the changes.
    fn edit(mut products: ProductsById, edits: &[Edit]) -> Vec<ProductsById> {
        let apply = |edit: &Edit| {
            let before = products.remove(&edit.id);
            let after = edit.act.applied(before).ok().flatten();
            products.extend(after.map(|product| (edit.id.clone(), product)));
            products.clone()
        };
        edits.iter().map(apply).collect()
    }

    /// Picks the allowed state that was found.
    fn settle(&mut self, found: ProductsById) {
        if std::mem::take(&mut self.perhaps).contains(&found) {
            self.sure = found;
        }
    }
}

#[test]
fn after_a_failed_write_changes_are_accepted_again_once_there_is_room() -> Done {
    let root = tempfile::tempdir()?;
    let folder = DataFolder::open(root.path())?;
    feed(&folder, &[made("a", 1)?])?;
    let disk = FaultyDisk::default();
    let log = Journal::open_on(Box::new(disk.clone()), &log::folder(&folder)?, JournalSettings::default())?;
    let window = TestCatalogue::default();
    let editor = Editor::start_on(&folder, EditorSettings::default(), log, Box::new(window.clone()))?;
    editor.edit(vec![patch("a", &json!({"price": 2}))])?.wait()?;
    disk.faults().free_bytes = Some(10);
    assert!(editor.edit(vec![patch("a", &json!({"price": 3}))])?.wait().is_err());
    assert!(editor.edit(vec![patch("a", &json!({"price": 4}))])?.wait().is_err(), "still full");
    assert_eq!(window.sees("a").and_then(|a| a.price), Some(2));
    *disk.faults() = Default::default();
    // An attempt that failed is repeated after a pause.
    let mut price = 5;
    while editor.edit(vec![patch("a", &json!({"price": price}))])?.wait().is_err() {
        price += 1;
        assert!(price < 1000, "never accepted again");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert_eq!(window.sees("a").and_then(|a| a.price), Some(price));
    drop(editor);
    assert_eq!(all(&folder, &["a"])?.get("a").and_then(|a| a.price), Some(price), "after a restart too");
    Ok(())
}

fn run(steps: Vec<EditStep>) -> Done {
    const IDS: [&str; 6] = ["p0", "p1", "p2", "p3", "p4", "p5"];
    let root = tempfile::tempdir()?;
    let folder = DataFolder::open(root.path())?;
    let disk = FaultyDisk::default();
    let start = || -> Done<Editor> {
        let log =
            Journal::open_on(Box::new(disk.clone()), &log::folder(&folder)?, JournalSettings { segment_bytes: 500 })?;
        Ok(Editor::start_on(&folder, EditorSettings::default(), log, Box::new(TestCatalogue::default()))?)
    };
    let mut editor = start()?;
    let mut model = ExpectedCatalogue { sure: ProductsById::new(), perhaps: Vec::new() };
    for step in steps.into_iter().chain([EditStep::Restart]) {
        match step {
            EditStep::Edit(edits) => {
                let edits: Vec<Edit> = edits
                    .into_iter()
                    .map(|(id, price, whole)| match (IDS[usize::from(id)], price) {
                        (id, None) => Ok(delete(id)),
                        (id, Some(price)) if whole => put(id, price),
                        (id, Some(price)) => Ok(patch(id, &json!({"price": price}))),
                    })
                    .collect::<Done<_>>()?;
                let mut after = ExpectedCatalogue::edit(model.sure.clone(), &edits);
                match editor.edit(edits)?.wait() {
                    Ok(_) => {
                        let after = after.pop().unwrap_or_default();
                        if after != model.sure {
                            // Before anything is written, what was not confirmed is cut off.
                            model.perhaps.clear();
                        }
                        model.sure = after;
                    }
                    Err(_) => model.perhaps.extend(after),
                }
            }
            EditStep::Fold => {
                // A fold may include changes that were written and never confirmed; then they are durable.
                let version = CurrentCatalogue::open(&folder)?.fold()?;
                assert!(trim(&log::folder(&folder)?, version).is_ok());
                model.settle(all(&folder, &IDS)?);
            }
            EditStep::Feed(ids) => {
                let products = ids.iter().map(|&id| made(IDS[usize::from(id)], 7)).collect::<Done<Vec<_>>>()?;
                let products: ProductsById =
                    products.into_iter().map(|product| (product.id.clone(), product)).collect();
                feed(&folder, &products.values().cloned().collect::<Vec<_>>())?;
                model = ExpectedCatalogue { sure: products, perhaps: Vec::new() };
            }
            EditStep::Fill(bytes) => disk.faults().free_bytes = Some(bytes),
            EditStep::FailSync => disk.faults().sync = true,
            EditStep::FailTruncate => disk.faults().truncate = true,
            EditStep::Restart => {
                drop(editor);
                *disk.faults() = Default::default();
                editor = start()?;
                model.settle(all(&folder, &IDS)?);
            }
        }
        if model.perhaps.is_empty() {
            assert_eq!(all(&folder, &IDS)?, model.sure);
        }
        for id in IDS {
            let told = editor.product(id)?;
            let mut possible = std::iter::once(&model.sure).chain(&model.perhaps);
            assert!(possible.any(|products| products.get(id) == told.as_ref()), "{id}");
        }
    }
    assert_eq!(all(&folder, &IDS)?, model.sure);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn nothing_done_is_lost_and_nothing_undone_comes_back_whatever_the_disk_does(steps in steps()) {
        let outcome = run(steps);
        prop_assert!(outcome.is_ok(), "{:?}", outcome.err());
    }
}
