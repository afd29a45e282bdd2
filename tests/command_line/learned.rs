//! Learning from judged queries, and tuning with them, through the command line.

use std::fs;
use std::path::Path;

use super::support::{Done, binary, demo_folder, empty_folder, fixture, run};

#[test]
fn a_reindex_learns_from_judgments_keeps_them_and_says_what_they_gave() -> Done {
    let folder = empty_folder()?;
    let first = run(binary()
        .arg("reindex")
        .arg("--data")
        .arg(folder.path())
        .arg("--catalog")
        .arg(fixture("products.jsonl"))
        .arg("--judgments")
        .arg(fixture("judgments.csv")))?
    .done()?;
    let line = first.out.lines().find(|line| line.starts_with("ranking ")).ok_or("nothing was said")?.to_owned();
    assert!(line.contains("held out in turn") && line.contains("gain"), "{line}");
    assert!(folder.path().join("judgments.csv").exists());
    let again = run(binary().arg("reindex").arg("--data").arg(folder.path()))?.done()?;
    assert!(again.out.contains(&line), "the same judgments, the same words: {again:#?}");
    an_explanation_adds_up_with_the_learned_order(folder.path())
}

/// `tastemaker explain` prints every signal, that of the learned order too.
fn an_explanation_adds_up_with_the_learned_order(data: &Path) -> Done {
    let explain = |product: &str| {
        run(binary().args(["explain", "waterproof boots", "--product", product, "--data"]).arg(data))?.done()
    };
    let catalogue = fs::read_to_string(fixture("products.jsonl"))?;
    let ids = catalogue.lines().map(serde_json::from_str::<serde_json::Value>).collect::<Result<Vec<_>, _>>()?;
    let boots = ids.iter().filter(|product| product["title"].as_str().is_some_and(|title| title.contains("boots")));
    let mut learned = 0;
    for id in boots.filter_map(|product| product["id"].as_str()).take(5) {
        let out = explain(id)?.out;
        let value = |line: &str| line.split_whitespace().nth(1).and_then(|value| value.parse::<f64>().ok());
        let lines: Vec<(&str, f64)> = out
            .lines()
            .skip_while(|line| !line.starts_with("words "))
            .filter_map(|line| Some((line.split_whitespace().next()?, value(line)?)))
            .collect();
        let Some(((_, score), factors)) = lines.split_last() else { continue };
        let sum: f64 = factors.iter().map(|(_, factor)| factor).sum();
        assert!((sum - score).abs() < 2e-3, "{sum} is not {score}: {out}");
        learned += usize::from(factors.iter().any(|(name, _)| *name == "learned"));
    }
    assert!(learned > 0, "no explanation names the learned order");
    Ok(())
}

#[test]
fn bad_judgments_are_refused_before_anything_is_built() -> Done {
    let folder = empty_folder()?;
    let bad = folder.path().join("bad.csv");
    fs::write(&bad, "query,product_id,rating\nboots,a,good\n")?;
    run(binary()
        .arg("reindex")
        .arg("--data")
        .arg(folder.path())
        .arg("--catalog")
        .arg(fixture("products.jsonl"))
        .arg("--judgments")
        .arg(&bad))?
    .failed(1, &["line 2, rating"])?;
    assert!(!folder.path().join("judgments.csv").exists());
    Ok(())
}

#[test]
fn tuning_tells_the_gain_on_what_was_held_out_and_writes_settings_that_are_taken() -> Done {
    let folder = demo_folder()?;
    let out = folder.path().join("found.toml");
    let tune = |out: &Path, names: &str| {
        let mut command = binary();
        command.arg("tune").arg("--data").arg(folder.path()).arg("--judgments").arg(fixture("judgments.csv"));
        command.arg("--out").arg(out).args(["--budget", "6", "--settings", names]);
        command
    };
    let ran = run(&mut tune(&out, "text.title,rank.popularity"))?.done()?;
    assert!(ran.out.contains("held out in turn"), "{ran:#?}");
    if out.exists() {
        let mut evaluate = binary();
        evaluate.arg("--config").arg(&out).arg("evaluate").arg("--data").arg(folder.path());
        run(evaluate.arg("--judgments").arg(fixture("judgments.csv")))?.done()?;
        run(&mut tune(&out, "text.title"))?.failed(1, &["exists already", "--out"])?;
    }
    run(&mut tune(&folder.path().join("other.toml"), "text.titel"))?.failed(1, &["text.titel", "text.title"])?;
    Ok(())
}
