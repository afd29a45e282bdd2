//! The promises of removal, with a stop at any point.

use std::fs;
use std::path::PathBuf;

use tastemaker_index::id::ShopperId;
use tempfile::TempDir;

use super::*;
use crate::store::archive;
use crate::store::journal::{Journal, JournalRecord, JournalSettings, read_from};

type Done<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

/// A position behind every segment of these tests.
const DURABLE: Position = Position { segment: 99, offset: 0 };
const GONE: &str = "somebody-who-left";

/// A data folder with a journal of closed segments.
struct ClosedJournal {
    root: TempDir,
    folder: DataFolder,
}

impl ClosedJournal {
    /// One closed segment per list of events.
    fn new(segments: &[&[String]]) -> Done<Self> {
        let root = tempfile::tempdir()?;
        let shop = Self { folder: DataFolder::open(root.path())?, root };
        segments.iter().try_for_each(|events| shop.append(events, true))?;
        Ok(shop)
    }

    fn append(&self, events: &[String], seal: bool) -> Done {
        let mut journal = Journal::open(&self.folder.journal(), JournalSettings::default())?;
        let record = |text: &String| -> Done<JournalRecord> { Ok(JournalRecord::new(&serde_json::from_str(text)?)?) };
        journal.append(&events.iter().map(record).collect::<Done<Vec<_>>>()?)?;
        if seal { Ok(journal.seal()?) } else { Ok(()) }
    }

    fn request(&self, receipt: &str, ids: &[ShopperId]) -> Done {
        Erasures::of(&self.folder).request(receipt.to_owned(), Timestamp::UNIX_EPOCH, ids.to_vec())?;
        Ok(())
    }

    fn run(&self) -> Done<Redacted> {
        Ok(run(&self.folder, DURABLE, Timestamp::UNIX_EPOCH, None)?)
    }

    /// The message ids that remain.
    fn ids(&self) -> Done<Vec<String>> {
        let entries = read_from(&self.folder.journal(), Position::START)?;
        Ok(entries.map(|entry| Ok(entry?.event.message_id.unwrap_or_default())).collect::<Result<_>>()?)
    }

    /// The files that contain a name.
    fn naming(&self, name: &str) -> Done<Vec<PathBuf>> {
        let mut found = Vec::new();
        let mut folders = vec![self.root.path().to_path_buf()];
        while let Some(inside) = folders.pop() {
            for entry in fs::read_dir(inside)? {
                let path = entry?.path();
                if path.is_dir() {
                    folders.push(path);
                } else if fs::read(&path)?.windows(name.len()).any(|window| window == name.as_bytes()) {
                    found.push(path);
                }
            }
        }
        Ok(found)
    }
}

fn event(id: &str, who: &str, day: u32, rest: &str) -> String {
    format!(
        r#"{{"message_id":"{id}","type":"view","time":"2026-11-{day:02}T12:00:00Z","products":[{{"id":"p1"}}]{who}{rest}}}"#
    )
}

fn user(id: &str) -> String {
    format!(r#","user_id":"{id}""#)
}

fn device(id: &str) -> String {
    format!(r#","anonymous_id":"{id}""#)
}

fn erase(receipt: &str, at: usize, who: &str) -> String {
    format!(r#"{{"message_id":"erase-{receipt}-{at}","type":"erase","time":"2026-11-24T12:00:00Z"{who}}}"#)
}

/// Three segments of two persons; one of them left at the end of the second, and came back.
fn left_and_back() -> Done<ClosedJournal> {
    let shop = ClosedJournal::new(&[
        &[event("a1", &user(GONE), 20, ""), event("b1", &user("bob"), 21, "")],
        &[event("a2", &user(GONE), 22, ""), event("b2", &user("bob"), 22, ""), erase("r1", 0, &user(GONE))],
        &[event("b3", &user("bob"), 23, "")],
    ])?;
    archive::catch_up(&shop.folder)?;
    shop.request("r1", &[ShopperId::User(GONE.to_owned())])?;
    Ok(shop)
}

#[test]
fn everything_before_an_erasure_goes_and_everything_else_stays_where_it_was() -> Done {
    let shop = left_and_back()?;
    let last = read_from(&shop.folder.journal(), Position::START)?.last().transpose()?.map(|entry| entry.position);
    assert!(shop.naming(GONE)?.len() >= 4, "the test shows nothing");
    let redacted = shop.run()?;
    assert_eq!((redacted.completed, redacted.waiting.len(), redacted.events), (vec!["r1".to_owned()], 0, 3));
    assert_eq!(shop.ids()?, ["b1", "b2", "b3"]);
    assert_eq!(shop.naming(GONE)?, [""; 0].map(PathBuf::from));
    let now = read_from(&shop.folder.journal(), Position::START)?.last().transpose()?.map(|entry| entry.position);
    assert_eq!(now, last);
    let checked = archive::verify(&shop.folder)?;
    assert_eq!((checked.segments, checked.rows, checked.damage.len(), checked.missing.len()), (3, 3, 0, 0));
    let days: Vec<bool> =
        [20, 21].map(|day| shop.folder.archive().join(format!("day=2026-11-{day}")).exists()).to_vec();
    assert_eq!(days, [false, true], "a day without events stays");
    assert_eq!(shop.run()?, Redacted::default(), "again there is nothing to do");
    Ok(())
}

#[test]
fn who_comes_back_keeps_what_was_done_since() -> Done {
    let shop = left_and_back()?;
    shop.append(&[event("a3", &user(GONE), 25, "")], true)?;
    assert_eq!(shop.run()?.completed, ["r1"]);
    assert_eq!(shop.ids()?, ["b1", "b2", "b3", "a3"]);
    shop.request("r2", &[ShopperId::User(GONE.to_owned())])?;
    shop.append(&[erase("r2", 0, &user(GONE))], true)?;
    assert_eq!(shop.run()?.completed, ["r2"]);
    assert_eq!(shop.naming(GONE)?, [""; 0].map(PathBuf::from));
    Ok(())
}

#[test]
fn an_erasure_waits_until_it_is_in_a_closed_segment_and_the_profiles_are_on_disk() -> Done {
    let shop = ClosedJournal::new(&[&[event("a1", &user(GONE), 20, "")]])?;
    shop.request("r1", &[ShopperId::User(GONE.to_owned()), ShopperId::Anonymous("d1".to_owned())])?;
    assert_eq!(shop.run()?.waiting, ["r1"], "nothing is in the journal");
    shop.append(&[erase("r1", 0, &user(GONE))], true)?;
    assert_eq!(shop.run()?.waiting, ["r1"], "one id of two is");
    shop.append(&[erase("r1", 1, &device("d1"))], false)?;
    assert_eq!(shop.run()?.waiting, ["r1"], "the segment is open");
    Journal::open(&shop.folder.journal(), JournalSettings::default())?.seal()?;
    let before = Position { segment: 3, offset: 40 };
    let redacted = run(&shop.folder, before, Timestamp::UNIX_EPOCH, None)?;
    assert_eq!((redacted.waiting, redacted.events), (vec!["r1".to_owned()], 0), "the profiles are behind");
    assert_eq!(shop.ids()?.len(), 3);
    assert_eq!(shop.run()?.completed, ["r1"]);
    assert_eq!(shop.ids()?, [""; 0]);
    Ok(())
}

#[test]
fn stopped_anywhere_the_next_run_finishes() -> Done {
    let done = left_and_back()?;
    done.run()?;
    for stop in 0..5 {
        let shop = left_and_back()?;
        let journal = shop.folder.journal();
        let erasures = Erasures::of(&shop.folder);
        let mut receipt = erasures.get("r1")?.ok_or("no receipt")?;
        let erase_ends = erase_events(&journal, &sealed(&journal)?)?;
        let through = through(&receipt, &erase_ends).ok_or("no erase event")?;
        erasures.begin(&mut receipt, through)?;
        // The later segment contains the `erase` event, so it is the worse one to lose first.
        for number in [2, 1].into_iter().take(stop) {
            Archive::open(&shop.folder)?.remove_manifest(number)?;
            replace(&journal, number, &fs::read(segment::path(&done.folder.journal(), number))?)?;
        }
        if stop > 2 {
            fs::copy(segment::path(&journal, 1), journal.join("0000000001.journal.tmp"))?;
            fs::write(journal.join("0000000002.journal.tmp"), format!("half of {GONE}"))?;
            fs::write(shop.folder.archive().join("day=2026-11-22/segment-0000000002.parquet.tmp"), GONE)?;
        }
        if stop > 3 {
            archive::catch_up(&shop.folder)?;
        }
        assert_eq!(erasures.pending()?.len(), 1);
        assert_eq!(shop.run()?.completed, ["r1"], "stopped at {stop}");
        assert_eq!(shop.ids()?, ["b1", "b2", "b3"], "stopped at {stop}");
        assert_eq!(shop.naming(GONE)?, [""; 0].map(PathBuf::from), "stopped at {stop}");
        assert_eq!(archive::verify(&shop.folder)?.damage.len(), 0);
    }
    Ok(())
}

#[test]
fn what_was_shown_before_and_written_after_goes_too() -> Done {
    let shown = |id: &str, at: &str| {
        event(id, &user(GONE), 24, &format!(r#","received_at":"{at}""#)).replace("view", "impression")
    };
    let late = [shown("i1", "1969-12-31T23:59:59Z"), shown("i2", "1970-01-01T00:00:01Z")];
    let shop = ClosedJournal::new(&[&[erase("r1", 0, &user(GONE)), late[0].clone()]])?;
    shop.append(&late, false)?;
    shop.request("r1", &[ShopperId::User(GONE.to_owned())])?;
    assert_eq!(shop.run()?.waiting, ["r1"], "one lies in the open segment");
    Journal::open(&shop.folder.journal(), JournalSettings::default())?.seal()?;
    assert_eq!(shop.run()?.completed, ["r1"]);
    assert_eq!(shop.ids()?, ["i2"], "shown since");
    Ok(())
}

#[test]
fn another_person_on_a_forgotten_device_stays_without_it() -> Done {
    let shop = ClosedJournal::new(&[
        &[event("a1", &device(GONE), 20, ""), event("b1", &(user("bob") + &device(GONE)), 20, r#","url":"ü""#)],
        &[erase("r1", 0, &device(GONE))],
    ])?;
    shop.request("r1", &[ShopperId::Anonymous(GONE.to_owned())])?;
    assert_eq!(shop.run()?.completed, ["r1"]);
    let left: Vec<_> = read_from(&shop.folder.journal(), Position::START)?.collect::<Result<_>>()?;
    let [left] = &left[..] else { return Err(format!("{left:?}").into()) };
    assert_eq!((left.event.user_id.as_deref(), left.event.url.as_deref()), (Some("bob"), Some("ü")));
    assert_eq!(shop.naming(GONE)?, [""; 0].map(PathBuf::from));
    Ok(())
}

#[test]
fn what_is_too_old_goes_and_empty_segments_with_it_but_never_a_place_still_needed() -> Done {
    let stated = event("c1", &user("bob"), 1, r#","consent":{"storage":true}"#).replace("view", "consent");
    let days = |days: &[u32]| -> Vec<String> {
        days.iter().map(|day| event(&format!("d{day}"), &user("bob"), *day, "")).collect()
    };
    let shop =
        ClosedJournal::new(&[&days(&[1, 2]), &days(&[3]), &days(&[4, 20]), &[stated], &days(&[5]), &days(&[6])])?;
    archive::catch_up(&shop.folder)?;
    let before_ms = "2026-11-10T00:00:00Z".parse::<Timestamp>()?.as_millisecond();
    let at = |segment| run(&shop.folder, Position { segment, offset: 32 }, Timestamp::UNIX_EPOCH, Some(before_ms));
    let redacted = at(2)?;
    assert_eq!((redacted.events, redacted.deleted), (6, vec![1]), "the profiles are in segment 2");
    assert_eq!(at(7)?.deleted, [2], "segment 3 is not empty");
    assert_eq!(shop.ids()?, ["d20", "c1"]);
    let left: Vec<PathBuf> = archive_days(&shop)?;
    assert_eq!(left.len(), 2, "{left:?}");
    let late = "2026-11-30T00:00:00Z".parse::<Timestamp>()?.as_millisecond();
    let redacted = run(&shop.folder, DURABLE, Timestamp::UNIX_EPOCH, Some(late))?;
    assert_eq!(redacted.deleted, [3], "what was stated does not age");
    assert_eq!(shop.ids()?, ["c1"]);
    Ok(())
}

fn archive_days(shop: &ClosedJournal) -> Done<Vec<PathBuf>> {
    let names = fs::read_dir(shop.folder.archive())?.map(|entry| Ok(entry?.path())).collect::<Done<Vec<_>>>()?;
    Ok(names.into_iter().filter(|path| path.to_string_lossy().contains("day=")).collect())
}

#[test]
fn empty_segments_at_the_end_stay() -> Done {
    let shop = ClosedJournal::new(&[&[event("a", &user("bob"), 1, "")], &[event("b", &user("bob"), 1, "")]])?;
    let late = "2026-11-30T00:00:00Z".parse::<Timestamp>()?.as_millisecond();
    let redacted = run(&shop.folder, DURABLE, Timestamp::UNIX_EPOCH, Some(late))?;
    assert_eq!((redacted.events, redacted.deleted), (2, vec![1]));
    assert_eq!(segment::list(&shop.folder.journal())?, [2, 3]);
    Ok(())
}

#[test]
fn damage_stops_a_removal_before_its_receipt_says_that_it_is_complete() -> Done {
    let shop = left_and_back()?;
    let path = segment::path(&shop.folder.journal(), 1);
    let mut bytes = fs::read(&path)?;
    bytes[100] ^= 1;
    fs::write(&path, bytes)?;
    assert!(shop.run().is_err_and(|error| error.to_string().contains("0000000001.journal")));
    assert_eq!(Erasures::of(&shop.folder).pending()?.len(), 1);
    Ok(())
}
