//! Synonyms and stop words: stored, imported, versioned, and used by the next search.

use std::collections::BTreeSet;
use std::fs;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::support::client::ids;
use super::support::server::Demo;
use super::support::{Done, empty_folder, tastemaker};

fn names(list: &Value) -> Vec<&str> {
    list["synonyms"].as_array().into_iter().flatten().filter_map(|set| set["id"].as_str()).collect()
}

#[test]
fn sets_are_put_listed_and_deleted_and_doubts_told() -> Done {
    let shop = Demo::start()?;
    let told = shop.put("/v1/synonyms/couch", &json!({"kind": "two_way", "words": ["couch", "sofa"]}))?.ok()?;
    assert_eq!((&told["version"], &told["doubts"]), (&json!(1), &json!([])));
    let odd = shop.put("/v1/synonyms/odd", &json!({"kind": "one_way", "from": ["sofa"], "words": ["couch"]}))?.ok()?;
    assert_eq!(odd["doubts"][0]["sets"], json!(["odd", "couch"]));
    let wrong = shop.put("/v1/synonyms/x", &json!({"kind": "two_way", "words": ["couch", "--"]}))?;
    assert_eq!(wrong.refused(400, "invalid_field")?["field"], "words[1]");
    shop.send("DELETE", "/v1/synonyms/odd", "text/plain", b"")?.ok()?;
    shop.send("DELETE", "/v1/synonyms/odd", "text/plain", b"")?.refused(404, "not_found")?;
    let all = json!({"synonyms": [{"id": "a", "kind": "two_way", "words": ["a", "b"]}]});
    shop.put("/v1/synonyms", &all)?.ok()?;
    assert_eq!(names(&shop.get("/v1/synonyms", &[])?.ok()?), ["a"]);
    Ok(())
}

#[test]
fn what_is_said_otherwise_is_found_at_once_and_one_way_is_one_way() -> Done {
    let shop = Demo::start()?;
    let found = |query: &str| shop.search(&json!({"query": query, "per_page": 200}));
    let sofas = found("sofa")?;
    assert_ne!(found("davenport")?["matched"], "all_words");
    shop.put("/v1/synonyms/couch", &json!({"kind": "one_way", "from": ["davenport"], "words": ["sofa"]}))?.ok()?;
    let answer = found("davenport")?;
    assert_eq!(answer["matched"], "all_words");
    assert!(answer.get("corrected_query").is_none());
    // Both queries match the same products; vectors may order products with equal scores differently.
    let three = |answer: &Value| ids(&answer["hits"]).into_iter().take(3).collect::<BTreeSet<_>>();
    assert_eq!(three(&answer), three(&sofas));
    shop.put("/v1/synonyms/seats", &json!({"kind": "two_way", "words": ["sofa", "two words"]}))?.ok()?;
    assert_eq!(found("two words")?["matched"], "all_words");
    shop.send("DELETE", "/v1/synonyms/couch", "text/plain", b"")?.ok()?;
    assert_ne!(found("davenport")?["matched"], "all_words");
    Ok(())
}

#[test]
fn files_are_imported_checked_and_refused_by_line() -> Done {
    let shop = Demo::start()?;
    let solr = b"# seats\ncouch, sofa, settee\nnotebook => laptop\n";
    let checked = shop.send("POST", "/v1/synonyms/import?check=true", "text/plain", solr)?.ok()?;
    assert_eq!((&checked["read"], &checked["imported"], &checked["version"]), (&json!(2), &json!(false), &json!(0)));
    let taken = shop.send("POST", "/v1/synonyms/import", "text/plain; charset=utf-8", solr)?.ok()?;
    assert_eq!((&taken["read"], &taken["version"]), (&json!(2), &json!(1)));
    let again = shop.send("POST", "/v1/synonyms/import", "text/plain", solr)?.ok()?;
    assert_eq!(again["version"], 1, "the same file again changes nothing");
    let csv = shop.send("POST", "/v1/synonyms/import?replace=true&lang=en", "text/csv", b"bike,bicycle\n")?.ok()?;
    assert_eq!(csv["version"], 2);
    let list = shop.get("/v1/synonyms", &[])?.ok()?;
    assert_eq!((names(&list), &list["synonyms"][0]["lang"]), (vec!["bike-bicycle"], &json!("en")));
    let refused =
        shop.send("POST", "/v1/synonyms/import", "text/plain", b"a, b\nlonely\n")?.refused(400, "invalid_file")?;
    assert_eq!(refused["field"], "line 2");
    let bytes =
        shop.send("POST", "/v1/synonyms/import", "text/plain", b"a, b\n\xff, c\n")?.refused(400, "invalid_file")?;
    assert_eq!(bytes["field"], "line 2");
    shop.send("POST", "/v1/synonyms/import", "application/json", b"{}")?.refused(400, "invalid_field")?;
    Ok(())
}

#[test]
fn stop_words_are_kept_by_language() -> Done {
    let shop = Demo::start()?;
    let words = json!({"added": ["cheap"], "removed": ["with"]});
    let told = shop.put("/v1/stop-words/en", &words)?.ok()?;
    assert_eq!(told["stop_words"]["en"], words);
    let wrong = shop.put("/v1/stop-words/en", &json!({"added": ["very cheap"]}))?.refused(400, "invalid_field")?;
    assert_eq!(wrong["field"], "added[0]");
    shop.put("/v1/stop-words/en", &json!({}))?.ok()?;
    assert_eq!(shop.get("/v1/stop-words", &[])?.ok()?["stop_words"], json!({}));
    Ok(())
}

#[test]
fn what_is_imported_on_the_command_line_counts_in_a_running_server() -> Done {
    let shop = Demo::start()?;
    let folder = empty_folder()?;
    let file = folder.path().join("synonyms.txt");
    fs::write(&file, "couch, sofa\n")?;
    let data = shop.data().as_os_str();
    let checked = tastemaker([
        "synonyms".as_ref(),
        "import".as_ref(),
        "--data".as_ref(),
        data,
        file.as_os_str(),
        "--check".as_ref(),
    ])?
    .done()?;
    assert!(
        checked.err.contains("1 sets read, nothing changed") || checked.out.contains("nothing changed"),
        "{checked:?}"
    );
    tastemaker(["synonyms".as_ref(), "import".as_ref(), "--data".as_ref(), data, file.as_os_str()])?.done()?;
    let start = Instant::now();
    while names(&shop.get("/v1/synonyms", &[])?.ok()?) != ["couch-sofa"] {
        if start.elapsed() > Duration::from_secs(30) {
            return Err("never seen".into());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let exported = tastemaker(["synonyms".as_ref(), "export".as_ref(), "--data".as_ref(), data])?.done()?;
    assert_eq!(exported.out, "id,kind,from,words,lang,weight\ncouch-sofa,two_way,,couch|sofa,,\n");
    fs::write(&file, "couch, sofa\nlonely\n")?;
    tastemaker(["synonyms".as_ref(), "import".as_ref(), "--data".as_ref(), data, file.as_os_str()])?
        .failed(1, &["synonyms.txt", "line 2"])?;
    Ok(())
}
