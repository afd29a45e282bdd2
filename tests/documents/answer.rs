//! The comparison of the answer that a page shows with the one that the program printed.

use serde_json::{Deserializer, Value};

use crate::support::Done;

/// The mark of a shortened answer.
const MORE: &str = "…";

/// Compares an answer as shown in a block of this language with what was printed.
pub(crate) fn compare(language: &str, shown: &str, printed: &str) -> Done {
    let result = if language == "text" { compare_lines(shown, printed) } else { compare_json(shown, printed) };
    result.map_err(|error| format!("{error}\nshown:\n{shown}\nprinted:\n{}", shortened(printed)).into())
}

fn shortened(text: &str) -> String {
    text.chars().take(4000).collect()
}

/// Compares a stream of JSON values. A line or element `…` in what is shown says that more follows.
fn compare_json(shown: &str, printed: &str) -> Result<(), String> {
    let (shown, open) = parsed(shown).map_err(|error| format!("the page shows no JSON: {error}"))?;
    let (printed, _) = parsed(printed).map_err(|error| format!("the answer is no JSON: {error}"))?;
    compare_lists("answer", &shown, &printed, open)
}

/// The values of a text, and if it ends with `…`.
fn parsed(text: &str) -> Result<(Vec<Value>, bool), serde_json::Error> {
    let mut open = false;
    let mut kept = Vec::new();
    for line in text.lines() {
        match line.trim() {
            // A value of its own between others, for the brackets around it to say where more follows.
            MORE => {
                open = true;
                kept.push(String::new());
            }
            _ => kept.push(line.to_owned()),
        }
    }
    let text = kept.join("\n");
    let values: Result<Vec<Value>, _> = Deserializer::from_str(&text).into_iter::<Value>().collect();
    Ok((values?, open))
}

fn compare_lists(place: &str, shown: &[Value], printed: &[Value], open: bool) -> Result<(), String> {
    let open = open || shown.iter().any(is_more);
    let shown: Vec<&Value> = shown.iter().filter(|value| !is_more(value)).collect();
    if printed.len() < shown.len() || (!open && printed.len() > shown.len()) {
        return Err(format!("{place}: {} values are shown, {} were printed", shown.len(), printed.len()));
    }
    shown.iter().zip(printed).enumerate().try_for_each(|(at, (a, b))| compare_values(&format!("{place}[{at}]"), a, b))
}

fn is_more(value: &Value) -> bool {
    value.as_str() == Some(MORE)
}

fn compare_values(place: &str, shown: &Value, printed: &Value) -> Result<(), String> {
    match (shown, printed) {
        _ if is_more(shown) => Ok(()),
        (Value::Object(shown), Value::Object(printed)) => {
            for (key, value) in shown.iter().filter(|(key, _)| *key != MORE) {
                let found = printed.get(key).ok_or_else(|| format!("{place}: the answer lacks `{key}`"))?;
                compare_values(&format!("{place}.{key}"), value, found)?;
            }
            let extra = printed.keys().find(|key| !shown.contains_key(*key));
            match extra.filter(|_| !shown.contains_key(MORE)) {
                Some(key) => Err(format!("{place}: the answer has `{key}` too")),
                None => Ok(()),
            }
        }
        (Value::Array(shown), Value::Array(printed)) => compare_lists(place, shown, printed, false),
        (Value::String(a), Value::String(b)) => {
            if a == b || (varies(a) && varies(b)) || masked(a) == masked(b) {
                Ok(())
            } else {
                Err(format!("{place}: `{a}` is shown, `{b}` was printed"))
            }
        }
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap_or_default(), b.as_f64().unwrap_or_default());
            let time = place.ends_with("_ms") || place.ends_with("_us") || place.ends_with("_seconds");
            // Scores are printed to seven digits, of which the last are the processor's.
            let near = (a - b).abs() <= 0.002 * a.abs().max(b.abs());
            if a == b || time || (a.fract() != 0.0 && near) {
                Ok(())
            } else {
                Err(format!("{place}: {a} is shown, {b} was printed"))
            }
        }
        (a, b) if a == b => Ok(()),
        (a, b) => Err(format!("{place}: {a} is shown, {b} was printed")),
    }
}

/// True for values that differ from run to run: times, versions, ids the server makes up, addresses.
fn varies(text: &str) -> bool {
    let is_time = text.len() >= 10 && text.is_char_boundary(10) && text[..10].parse::<jiff::civil::Date>().is_ok();
    let made = |part: &str| part.len() >= 12 && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    let random = text.chars().filter(char::is_ascii_digit).count() >= 3 && !text.contains(' ');
    let stripped = text.trim_matches('"');
    is_time || text.parse::<std::net::SocketAddr>().is_ok() || (random && stripped.split('.').all(made))
}

/// A text with its numbers, times and addresses taken out.
fn masked(text: &str) -> String {
    let words = text.split_whitespace().map(|word| {
        let digits = word.chars().any(|c| c.is_ascii_digit());
        let measured = digits && (word.contains('.') || word.contains(':') || varies(word) || word.len() > 15);
        if measured { "#" } else { word }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Compares lines of text without their spacing; a line `…` stands for any lines.
fn compare_lines(shown: &str, printed: &str) -> Result<(), String> {
    let printed: Vec<String> = printed.lines().map(masked).filter(|line| !line.is_empty()).collect();
    let (mut at, mut skip) = (0, false);
    for line in shown.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if line == MORE {
            skip = true;
            continue;
        }
        let (line, begins) = (masked(line.trim_end_matches(MORE)), line.ends_with(MORE));
        let fits = |found: &String| *found == line || (begins && found.starts_with(&*line));
        let found = match skip {
            true => printed[at.min(printed.len())..].iter().position(fits).map(|further| at + further),
            false => printed.get(at).filter(|found| fits(found)).map(|_| at),
        };
        at = found.ok_or_else(|| format!("`{line}` is shown but was not printed there"))? + 1;
        skip = false;
    }
    if at < printed.len() && !skip { Err(format!("`{}` was printed too", printed[at])) } else { Ok(()) }
}

#[test]
fn shortened_answers_match_and_wrong_ones_do_not() -> Done {
    let printed =
        r#"{"total": 3, "hits": [{"id": "a", "score": 0.50001}, {"id": "b"}], "query_id": "0f3a9c2b11d24e5f"}"#;
    compare("json", r#"{"total": 3, "hits": [{"id": "a", "score": 0.5}, "…"], "…": "…"}"#, printed)?;
    compare("json", "{\"total\": 3, \"…\": 0}", printed)?;
    for wrong in [r#"{"total": 4, "…": 0}"#, r#"{"total": 3}"#, r#"{"total": 3, "hits": [], "…": 0}"#] {
        assert!(compare("json", wrong, printed).is_err(), "{wrong}");
    }
    compare("text", "one 2\n…\nthree", "one 2\ntwo\n\nthree\n")?;
    assert!(compare("text", "one\nthree", "one\ntwo\nthree\n").is_err());
    Ok(())
}
