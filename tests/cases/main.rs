//! Small shops whose input is written the way people write it, each with requests and what is right. A file of `kinds/`
//! is one kind of input: the case of the issue that brought it up, and neighbours in other scripts, languages and
//! formats. Every file runs through the real binary: a feed is checked and indexed, requests go over HTTP.

mod case;
mod expectation;
mod spellings;
#[path = "../support/mod.rs"]
mod support;

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use case::Case;
use support::Done;

/// The cases that run at the same time.
const AT_ONCE: usize = 2;

#[test]
fn what_people_write_is_found_as_they_mean_it() -> Done {
    let cases = Case::all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/kinds"))?;
    assert!(cases.len() >= 25, "{} cases", cases.len());
    let wanted = std::env::var("CASE").unwrap_or_default();
    let (next, failures) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let found = if case.name.contains(&wanted) { case.run() } else { Ok(Vec::new()) };
                    let found = found.unwrap_or_else(|error| vec![error.to_string()]);
                    let mut failures = failures.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                    failures.extend(found.into_iter().map(|failure| format!("{}: {failure}", case.name)));
                }
            });
        }
    });
    let failures = failures.into_inner()?;
    assert!(failures.is_empty(), "{} are wrong:\n{}", failures.len(), failures.join("\n"));
    Ok(())
}
