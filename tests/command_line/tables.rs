//! The recommendation tables as Parquet: written for a query engine, and read back from one.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use tastemaker::store::tables::{PAIR, TableCell, TableColumn, TableWriter};

use super::support::server::Server;
use super::support::{Done, Ran, binary, current_generation, demo_folder, empty_folder, fixture, run, tastemaker};

/// Settings without tuning, so that the tables are counted with the weights in the settings, and rows that show all
/// that the tables hold, however little evidence it has.
const SETTINGS: &str = "[reindex.build.behaviour.next]\nreplayed_shoppers = 0\n\
    [search.recommend.evidence]\ncomplementary = 0\nviewed_then_bought = 0\nbuy_again = 0\npopular = 0\ntrending = 0\n\
    taste = -1.0\nlikeness = -1.0\n";

/// Reindexes the demo shop, its events in the journal.
fn reindex(data: &Path, tables: Option<&Path>) -> Done<Ran> {
    let mut command = binary();
    command.arg("reindex").arg("--data").arg(data);
    if let Some(tables) = tables {
        command.arg("--tables").arg(tables);
    }
    run(&mut command)
}

fn tables(data: &Path, out: &Path) -> Done<String> {
    Ok(tastemaker(["tables".as_ref(), "--data".as_ref(), data.as_os_str(), "--out".as_ref(), out.as_os_str()])?
        .done()?
        .out)
}

/// Counts the tables by SQL; false if no interpreter has duckdb.
fn counted_by_duckdb(folder: &Path) -> Done<bool> {
    let python = std::env::var_os("TASTEMAKER_PYTHON").unwrap_or_else(|| "python3".into());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/command_line/tables.py");
    let Ok(output) = Command::new(python).arg(script).arg(folder).output() else { return Ok(false) };
    match output.status.code() {
        Some(0) => Ok(true),
        Some(3) => Ok(false),
        _ => Err(String::from_utf8_lossy(&output.stderr).into()),
    }
}

/// The recommendations of many placements: for each, ids with scores and reasons.
fn recommended(data: &Path) -> Done<Vec<Value>> {
    let shop = Server::start(data)?;
    let products = fs::read_to_string(fixture("products.jsonl"))?;
    let mut answers = Vec::new();
    for (number, line) in products.lines().step_by(7).enumerate() {
        let product: Value = serde_json::from_str(line)?;
        let id = &product["id"];
        let kinds = ["similar", "complementary", "next", "viewed-then-bought", "upsell"];
        let mut placements: Vec<Value> =
            kinds.iter().map(|kind| json!({"kind": kind, "product_id": id, "limit": 12})).collect();
        placements.extend(["for-you", "popular", "categories"].map(|kind| json!({"kind": kind, "limit": 12})));
        let shopper = format!("shopper-{:03}", number + 1);
        let answer = shop.recommend(&json!({"user_id": shopper, "placements": placements}))?;
        answers.extend(answer["placements"].as_array().ok_or("no placements")?.iter().cloned());
    }
    Ok(answers)
}

/// Compares two responses: equal but for numbers, which may differ slightly.
fn same(one: &Value, other: &Value, place: &str) {
    match (one, other) {
        (Value::Array(one), Value::Array(other)) => {
            assert_eq!(one.len(), other.len(), "{place}");
            for (at, (one, other)) in one.iter().zip(other).enumerate() {
                same(one, other, &format!("{place}[{at}]"));
            }
        }
        (Value::Object(one), Value::Object(other)) => {
            assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>(), "{place}");
            for (key, one) in one {
                same(one, &other[key], &format!("{place}.{key}"));
            }
        }
        (Value::Number(one), Value::Number(other)) => {
            let [one, other] = [one, other].map(|number| number.as_f64().unwrap_or(f64::NAN));
            assert!((one - other).abs() <= 1e-4 * one.abs().max(other.abs()), "{place}: {one} and {other}");
        }
        _ => assert_eq!(one, other, "{place}"),
    }
}

/// A folder of the demo shop with its events in the journal, reindexed from there.
fn shop() -> Done<tempfile::TempDir> {
    let folder = demo_folder()?;
    fs::write(folder.path().join("tastemaker.toml"), SETTINGS)?;
    let events = fixture("events.ndjson");
    let data = folder.path().as_os_str();
    tastemaker(["replay".as_ref(), "--data".as_ref(), data, "--events".as_ref(), events.as_os_str()])?.done()?;
    reindex(folder.path(), None)?.done()?;
    Ok(folder)
}

#[test]
fn tables_counted_by_a_query_engine_give_the_recommendations_that_counting_here_gives() -> Done {
    let folder = shop()?;
    let (data, out) = (folder.path(), folder.path().join("tables"));
    let told = tables(data, &out)?;
    assert!(told.contains("interactions: ") && told.contains("complements: "), "{told}");
    if !counted_by_duckdb(&out)? {
        println!("NOT RUN: duckdb cannot be imported; TASTEMAKER_PYTHON may name an interpreter");
        return Ok(());
    }
    let counted = recommended(data)?;
    let said = reindex(data, Some(&out.join("given")))?.done()?.err;
    for name in ["popularity", "next", "co_viewed", "also_bought", "successors", "complements", "viewed_then_bought"] {
        let line = format!("{name}: ");
        assert!(
            said.lines().any(|said| said.contains(&line) && said.contains("taken as given, 0 of")),
            "{name}: {said}"
        );
    }
    let given = recommended(data)?;
    assert!(
        counted.iter().filter(|answer| answer["items"].as_array().is_some_and(|items| items.len() > 3)).count() > 200
    );
    std::fs::write("/tmp/g.json", Value::from(given.clone()).to_string())?;
    same(&Value::from(counted), &Value::from(given), "");
    Ok(())
}

#[test]
fn the_history_alone_brings_what_the_journal_would() -> Done {
    let (folder, other) = (shop()?, empty_folder()?);
    let out = folder.path().join("tables");
    tables(folder.path(), &out)?;
    let history = other.path().join("history");
    fs::create_dir(&history)?;
    fs::copy(out.join("interactions.parquet"), history.join("interactions.parquet"))?;
    let data = other.path().join("data");
    fs::create_dir(&data)?;
    fs::write(data.join("tastemaker.toml"), SETTINGS)?;
    run(binary().arg("reindex").arg("--data").arg(&data).arg("--catalog").arg(fixture("products.jsonl")))?.done()?;
    let said = reindex(&data, Some(&history))?.done()?.err;
    assert!(said.contains("interactions: 10508 rows taken as given"), "{said}");
    let again = other.path().join("again");
    tables(&data, &again)?;
    for name in ["next", "co_viewed", "also_bought", "successors", "complements", "viewed_then_bought"] {
        let of = |folder: &Path| fs::read(folder.join(format!("{name}.parquet")));
        assert!(of(&out)? == of(&again)?, "{name}");
    }
    Ok(())
}

#[test]
fn a_table_that_is_not_as_it_should_be_is_refused_by_name_and_unknown_products_are_told() -> Done {
    let folder = demo_folder()?;
    let given = folder.path().join("given");
    fs::create_dir(&given)?;
    let write = |score: f64, columns: &[TableColumn]| -> Done {
        let mut table = TableWriter::create(&given.join("next.parquet"), columns)?;
        for other in ["ga-hose-30", "gone"] {
            let cells = [TableCell::Text("ga-can-green"), TableCell::Text(other), TableCell::Float(score)];
            table.push(&cells[..columns.len()])?;
        }
        Ok(table.finish()?)
    };
    let before = current_generation(folder.path())?;
    write(f64::NAN, &PAIR)?;
    reindex(folder.path(), Some(&given))?.failed(1, &["next.parquet", "row 1, column score"])?;
    write(0.5, &PAIR[..2])?;
    reindex(folder.path(), Some(&given))?.failed(1, &["next.parquet", "no column score"])?;
    reindex(folder.path(), Some(&folder.path().join("nowhere")))?.failed(1, &["nowhere", "not a folder"])?;
    assert_eq!(current_generation(folder.path())?, before, "nothing was published");
    write(0.5, &PAIR)?;
    let said = reindex(folder.path(), Some(&given))?.done()?.err;
    assert!(said.contains("next: 1 rows taken as given, 1 of unknown products left out"), "{said}");
    let out = folder.path().join("tables");
    assert!(tables(folder.path(), &out)?.contains("next: 1 pairs"));
    Ok(())
}
