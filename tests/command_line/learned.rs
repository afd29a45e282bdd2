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
    Ok(())
}

/// Words at the end of a title: the more of them, the lower the product stands by its words.
const ENDS: [&str; 7] = ["brass", "oak", "white", "small", "round", "matt", "slim"];

/// Kinds of lamps, eight of each.
const KINDS: [&str; 60] = [
    "acorn", "amber", "anchor", "apple", "arrow", "aspen", "badger", "bamboo", "barley", "beacon", "birch", "bramble",
    "canyon", "cedar", "cherry", "clover", "cobalt", "copper", "coral", "crane", "dahlia", "delta", "ember", "falcon",
    "fern", "finch", "garnet", "ginger", "granite", "harbor", "hazel", "heron", "indigo", "ivory", "jasper", "juniper",
    "kestrel", "lagoon", "larch", "lilac", "linen", "lotus", "maple", "marble", "meadow", "mint", "nectar", "nutmeg",
    "olive", "onyx", "opal", "otter", "pearl", "pepper", "poplar", "quartz", "raven", "saffron", "sorrel", "walnut",
];

/// `tastemaker explain` prints the contribution of every signal, that of the learned order too.
#[test]
fn an_explanation_adds_up_with_the_learned_order() -> Done {
    let folder = empty_folder()?;
    let (mut products, mut judgments) = (String::new(), "query,product_id,rating\n".to_owned());
    for (kind, at) in KINDS.iter().flat_map(|kind| (0..8).map(move |at| (kind, at))) {
        // The later, the cheaper, and the cheaper, the better.
        let (price, ends) = (9_000 - 1_000 * at, ENDS[..at].join(" "));
        products += &format!(
            "{{\"id\":\"{kind}-{at}\",\"title\":\"{kind} lamp {ends}\",\"price\":{price},\"currency\":\"EUR\"}}\n"
        );
        judgments += &format!("{kind} lamp,{kind}-{at},{}\n", at / 2);
    }
    let (catalogue, judged) = (folder.path().join("products.jsonl"), folder.path().join("judged.csv"));
    fs::write(&catalogue, products)?;
    fs::write(&judged, judgments)?;
    let data = folder.path().join("data");
    let mut reindex = binary();
    reindex.arg("reindex").arg("--data").arg(&data).arg("--catalog").arg(catalogue).arg("--judgments").arg(judged);
    let built = run(&mut reindex)?.done()?;
    assert!(built.out.contains("ranking is learned"), "{built:#?}");
    let mut learned = 0;
    for at in 0..8 {
        let mut explain = binary();
        explain.args(["explain", "otter lamp", "--product", &format!("otter-{at}"), "--data"]).arg(&data);
        let out = run(&mut explain)?.done()?.out;
        let value = |line: &str| line.split_whitespace().nth(1).and_then(|value| value.parse::<f64>().ok());
        let lines: Vec<(&str, f64)> = out
            .lines()
            .skip_while(|line| !line.starts_with("words "))
            .filter_map(|line| Some((line.split_whitespace().next()?, value(line)?)))
            .collect();
        let ((_, score), factors) = lines.split_last().ok_or("nothing is explained")?;
        let sum: f64 = factors.iter().map(|(_, factor)| factor).sum();
        assert!((sum - score).abs() < 2e-3, "{sum} is not {score}: {out}");
        learned += usize::from(factors.iter().any(|(name, value)| *name == "learned" && *value != 0.0));
    }
    assert!(learned > 0, "the learned order moved no product");
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
