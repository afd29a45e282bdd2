//! Files of synonyms in the forms that shops use, and with the mistakes they make.

use proptest::prelude::*;

use super::read::{SynonymFormat, detect, read};
use super::set::{SynonymKind, SynonymSet};
use super::write::write;

/// The sets of a text, each as `id: from > words`, or the error.
fn shown(text: &str, format: SynonymFormat) -> Vec<String> {
    let line = |set: SynonymSet| match set.kind {
        SynonymKind::TwoWay => format!("{}: {}", set.id, set.words.join("|")),
        _ => format!("{}: {} > {}", set.id, set.from.join("|"), set.words.join("|")),
    };
    match read(text, format) {
        Ok(sets) => sets.into_iter().map(line).collect(),
        Err(error) => vec![error.to_string()],
    }
}

#[test]
fn solr_files_have_two_way_and_one_way_lines_comments_and_escapes() {
    let text = "# shoes\nsneaker, trainer, running shoe\n\nnotebook, netbook => laptop\n  # more\n1\\,5 l, 1.5 l\nc\\#, c sharp\r\n";
    let expected = [
        "sneaker-trainer: sneaker|trainer|running shoe",
        "notebook-to-laptop: notebook|netbook > laptop",
        "1-5-l-1-5-l: 1,5 l|1.5 l",
        "c-c-sharp: c#|c sharp",
    ];
    assert_eq!(shown(text, SynonymFormat::Solr), expected);
}

#[test]
fn csv_rows_are_sets_with_or_without_a_header() {
    let plain = "sneaker,trainer,\"shoe, running\"\nnotebook,=>,laptop\nsofa => couch\n";
    let expected = [
        "sneaker-trainer: sneaker|trainer|shoe, running",
        "notebook-to-laptop: notebook > laptop",
        "sofa-to-couch: sofa > couch",
    ];
    assert_eq!(shown(plain, SynonymFormat::Csv), expected);
    let headed = "\u{feff}id,kind,from,words,lang,weight\nshoes,two_way,,sneaker|trainer,en,\n,,notebook,laptop,,0.5\nsize,placeholder,<size>,41|42,,\n";
    let expected = ["shoes: sneaker|trainer", "notebook-to-laptop: notebook > laptop", "size: <size> > 41|42"];
    assert_eq!(shown(headed, SynonymFormat::Csv), expected);
    let sets = read(headed, SynonymFormat::Csv).unwrap_or_default();
    assert_eq!((sets[0].lang.as_deref(), sets[1].weight), (Some("en"), Some(0.5)));
}

#[test]
fn a_mistake_is_reported_with_its_line() {
    let wrong = [
        ("a, b\n\nlonely\n", SynonymFormat::Solr, "line 3: one phrase alone"),
        ("a => b => c", SynonymFormat::Solr, "line 1: has more than one"),
        ("a, b\n => c", SynonymFormat::Solr, "line 2: `=>` needs a phrase on both sides"),
        ("a, b\\", SynonymFormat::Solr, "line 1: ends with a `\\`"),
        ("a,b\nlonely,\n", SynonymFormat::Csv, "line 2: one phrase alone"),
        ("words,color\n", SynonymFormat::Csv, "line 1: the header names"),
        ("kind,words\nthree_way,a|b\n", SynonymFormat::Csv, "line 2: `three_way` is no kind"),
        ("words,weight\na|b,much\n", SynonymFormat::Csv, "line 2: weight `much`"),
    ];
    for (text, format, expected) in wrong {
        let found = shown(text, format);
        assert!(found.len() == 1 && found[0].starts_with(expected), "{text:?}: {found:?}");
    }
}

#[test]
fn names_are_the_same_at_every_reading_and_repeats_are_dropped() {
    let text = "a, b\na, b\na, b, c\n";
    assert_eq!(shown(text, SynonymFormat::Solr), ["a-b: a|b", "a-b-2: a|b|c"]);
    assert_eq!(shown(text, SynonymFormat::Solr), shown(text, SynonymFormat::Solr));
}

#[test]
fn the_format_is_seen_by_what_is_in_a_file() {
    assert_eq!(detect("# shoes\na, b\n"), SynonymFormat::Solr);
    assert_eq!(detect("a, b => c\n"), SynonymFormat::Solr);
    assert_eq!(detect("a,=>,c\n"), SynonymFormat::Csv);
    assert_eq!(detect("id,kind,from,words\n"), SynonymFormat::Csv);
}

fn phrase() -> impl Strategy<Value = String> {
    "[a-c,=>#\\\\\"é]{1,6}( [a-c]{1,3})?".prop_filter("not blank", |phrase| !phrase.trim().is_empty())
}

fn any_set() -> impl Strategy<Value = SynonymSet> {
    let words = proptest::collection::vec(phrase(), 2..4);
    let from = proptest::collection::vec(phrase(), 0..3);
    (words, from).prop_map(|(words, from)| {
        let kind = if from.is_empty() { SynonymKind::TwoWay } else { SynonymKind::OneWay };
        SynonymSet::new("", kind, from, words)
    })
}

fn meaning(sets: &[SynonymSet]) -> Vec<(Vec<String>, Vec<String>)> {
    sets.iter().map(|set| (set.from.clone(), set.words.clone())).collect()
}

proptest! {
    #[test]
    fn what_is_written_reads_back(set in any_set()) {
        for format in [SynonymFormat::Solr, SynonymFormat::Csv] {
            let text = write([&set], format);
            let back = read(&text, format).map_err(|error| TestCaseError::fail(format!("{text:?}: {error}")))?;
            prop_assert_eq!(meaning(&back), meaning(std::slice::from_ref(&set)), "{}", text);
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[a,=>#\\\\\"\n|é ]{0,40}") {
        for format in [SynonymFormat::Solr, SynonymFormat::Csv] {
            if let Ok(sets) = read(&text, format) {
                prop_assert!(sets.iter().all(|set| !set.id.is_empty()));
            }
        }
    }
}
