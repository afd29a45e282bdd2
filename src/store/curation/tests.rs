//! Versions are whole, numbered, retained and restored, and a refused change leaves none.

use std::convert::Infallible;

use tastemaker_index::curation::Rule;

use super::*;

type Done = Result<(), Box<dyn std::error::Error>>;

fn author() -> Author {
    Author { by: Some("key".to_owned()), note: "because".to_owned(), now: Timestamp::UNIX_EPOCH }
}

fn hide(document: &mut Document, id: &str, product: &str) -> Result<(), Infallible> {
    let mut rule = Rule { id: id.to_owned(), ..Rule::default() };
    rule.then.hide = vec![product.to_owned()];
    document.rules.insert(id.to_owned(), rule);
    Ok(())
}

fn files() -> Result<(tempfile::TempDir, CurationFiles), Box<dyn std::error::Error>> {
    let root = tempfile::tempdir()?;
    let files = CurationFiles::of(&DataFolder::open(root.path())?);
    Ok((root, files))
}

#[test]
fn every_change_is_a_version_with_its_author_and_what_differs() -> Done {
    let (_root, files) = files()?;
    assert_eq!(files.read()?.about.version, 0);
    files.change(None, &author(), |document| hide(document, "a", "x"))?;
    let second = files.change(Some(1), &author(), |document| hide(document, "b", "y"))?;
    assert_eq!((second.about.version, second.about.by.as_deref()), (2, Some("key")));
    assert_eq!(files.read()?, second);
    let told: Vec<_> =
        files.versions()?.into_iter().map(|about| (about.version, about.changes[0].id.clone())).collect();
    assert_eq!(told, [(2, "b".to_owned()), (1, "a".to_owned())]);
    let same = files.change(None, &author(), |document| hide(document, "b", "y"))?;
    assert_eq!(same.about.version, 2, "a change that changes nothing makes no version");
    Ok(())
}

#[test]
fn an_older_version_said_again_undoes_what_came_after() -> Done {
    let (_root, files) = files()?;
    files.change(None, &author(), |document| hide(document, "a", "x"))?;
    files.change(None, &author(), |document| hide(document, "a", "y"))?;
    let first = files.version(1)?.ok_or("the first is kept")?.document;
    let undone = files.change(None, &author(), |document| {
        *document = first.clone();
        Ok::<_, Infallible>(())
    })?;
    assert_eq!((undone.about.version, undone.document), (3, first));
    assert_eq!(files.version(9)?, None);
    Ok(())
}

#[test]
fn who_read_an_older_version_changes_nothing_and_neither_does_a_refused_change() -> Done {
    let (_root, files) = files()?;
    files.change(None, &author(), |document| hide(document, "a", "x"))?;
    let late = files.change(Some(0), &author(), |document| hide(document, "b", "y"));
    assert!(matches!(late, Err(ChangeError::VersionConflict { expected: 0, current: 1 })), "{late:?}");
    let refused = files.change(None, &author(), |document| {
        document.rules.clear();
        Err("no")
    });
    assert!(matches!(refused, Err(ChangeError::Refused("no"))));
    assert_eq!(files.read()?.document.rules.len(), 1);
    Ok(())
}

#[test]
fn old_versions_go_when_there_are_too_many() -> Done {
    let (_root, files) = files()?;
    for at in 0..RETAINED_VERSIONS + 3 {
        files.change(None, &author(), |document| hide(document, "a", &at.to_string()))?;
    }
    let kept: Vec<u64> = files.versions()?.into_iter().map(|about| about.version).collect();
    assert_eq!((kept.len(), kept[0], kept[RETAINED_VERSIONS - 1]), (RETAINED_VERSIONS, 103, 4));
    Ok(())
}

#[test]
fn a_damaged_or_newer_file_is_an_error_and_never_an_older_version() -> Done {
    let (_root, files) = files()?;
    files.change(None, &author(), |document| hide(document, "a", "x"))?;
    files.change(None, &author(), |document| hide(document, "a", "y"))?;
    let text = fs::read_to_string(files.path(2))?;
    fs::write(files.path(2), &text[..text.len() / 2])?;
    assert!(matches!(files.read(), Err(StoreError::Corrupt { .. })));
    fs::write(files.path(2), text.replacen("\"format\": 1", "\"format\": 2", 1))?;
    assert!(matches!(files.read(), Err(StoreError::NewerFormat { found: 2, .. })));
    fs::write(files.path(2), text.replacen("\"version\": 2", "\"version\": 7", 1))?;
    assert!(matches!(files.read(), Err(StoreError::Corrupt { .. })));
    // The leftover of an interrupted change is not a version. The seal is written after the version.
    fs::remove_file(files.path(2))?;
    fs::remove_file(files.folder.join(SEAL))?;
    fs::write(files.folder.join("2.json.tmp"), "{")?;
    assert_eq!(files.read()?.about.version, 1);
    Ok(())
}

#[test]
fn a_newest_version_that_is_gone_or_changed_is_named_and_never_replaced_by_an_older_one() -> Done {
    let (_root, files) = files()?;
    files.change(None, &author(), |document| hide(document, "a", "x"))?;
    files.change(None, &author(), |document| hide(document, "a", "y"))?;
    let newest = files.path(2);
    let whole = fs::read_to_string(&newest)?;
    let error = || files.read().err().map(|error| error.to_string()).unwrap_or_default();
    fs::write(&newest, whole.replace("\"y\"", "\"z\""))?;
    assert!(error().contains("2.json") && error().contains("checksum"), "{}", error());
    fs::remove_file(&newest)?;
    assert!(error().contains("2.json") && error().contains("missing"), "{}", error());
    fs::write(&newest, &whole)?;
    assert_eq!(files.read()?.about.version, 2);
    // A damaged seal stops nothing, and neither does none, as an earlier release left the folder.
    let seal = files.folder.join(SEAL);
    fs::write(&seal, fs::read_to_string(&seal)?.replacen('2', "7", 1))?;
    assert_eq!(files.read()?.about.version, 2);
    fs::remove_file(&seal)?;
    assert_eq!(files.read()?.about.version, 2);
    Ok(())
}
