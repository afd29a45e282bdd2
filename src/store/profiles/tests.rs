//! The promises of the profiles: every event counts exactly once through crashes, a replay gives the same
//! profiles, and refused consent is respected.

use std::time::Duration;

use tastemaker_index::event::{Channel, Consent, Event, EventKind, EventProduct};
use tastemaker_index::identity::LinkLimits;

use super::*;
use crate::store::DataFolder;
use crate::store::faulty::copy_folder;
use crate::store::ingest::{EventOutcome, Ingest, IngestDependencies, IngestSettings};
use crate::store::journal::{Journal, JournalSettings};
use crate::store::state::StateSettings;

type Done<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Settings with which only a test's own requests write profiles.
const LAZY: StateSettings =
    StateSettings { cache_bytes: 1 << 20, durable_after: Duration::from_secs(3600), durable_records: usize::MAX };

struct Running {
    profiles: Profiles,
    ingest: Ingest,
}

fn clock() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap_or_default()
}

fn run(folder: &DataFolder, settings: ProfileSettings, state: StateSettings) -> Done<Running> {
    let profiles = Profiles::open(State::open(folder, state)?, settings)?;
    let dependencies = IngestDependencies {
        problems: crate::store::Problems::default(),
        new_id: Box::new(|| "assigned".to_owned()),
        clock: Box::new(clock),
        profiles: Box::new(profiles.writer(Arc::new(clock))?),
    };
    let journal = Journal::open(&folder.journal(), JournalSettings { segment_bytes: 16 << 10 })?;
    let ingest = Ingest::start(journal, profiles.applied_position()?, IngestSettings::default(), dependencies)?;
    Ok(Running { profiles, ingest })
}

impl Running {
    fn tell(&self, events: Vec<Event>) -> Done<Vec<EventOutcome>> {
        Ok(self.ingest.accept(events)?.wait()?)
    }

    fn all(&self) -> Done<Vec<(ShopperId, Arc<Profile>)>> {
        let mut all = Vec::new();
        self.profiles.for_each(|id, profile| {
            all.push((id, profile));
            Ok(())
        })?;
        all.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(all)
    }
}

fn event(n: usize, kind: EventKind, user: Option<&str>, device: Option<&str>) -> Event {
    Event {
        message_id: Some(format!("m{n}")),
        user_id: user.map(str::to_owned),
        anonymous_id: device.map(str::to_owned),
        time: Timestamp::from_second(1_700_000_000 + 60 * n as i64).ok(),
        channel: Some([Channel::Web, Channel::App][n % 2]),
        products: vec![EventProduct { id: format!("p{}", n % 5), quantity: 1, price: Some(100), position: None }],
        ..Event::new(kind)
    }
}

fn view(n: usize, user: Option<&str>, device: Option<&str>) -> Event {
    event(n, EventKind::View, user, device)
}

/// Views and orders of twenty shoppers on ten devices, some signed in.
fn traffic(from: usize, count: usize) -> Vec<Event> {
    (from..from + count)
        .map(|n| {
            let (user, device) = (format!("u{}", n % 7), format!("d{}", n % 10));
            let kind = if n % 4 == 0 { EventKind::Purchase } else { EventKind::View };
            match n % 3 {
                0 => event(n, kind, Some(&user), None),
                1 => event(n, kind, None, Some(&device)),
                _ => event(n, kind, Some(&user), Some(&device)),
            }
        })
        .collect()
}

#[test]
fn events_count_exactly_once_in_a_store_that_a_crash_set_back() -> Done {
    let root = tempfile::tempdir()?;
    let folder = DataFolder::open(root.path())?;
    let crashed_root = tempfile::tempdir()?;
    let crashed = DataFolder::open(crashed_root.path())?;
    // A small flush size, so that some profiles are written and some are not.
    let settings = ProfileSettings { flush_profiles: 4, ..ProfileSettings::default() };
    let expected = {
        let running = run(&folder, settings, LAZY)?;
        for part in 0..20 {
            running.tell(traffic(part * 10, 10))?;
        }
        // The image of a power cut: the synced journal, and the part of the state that was written.
        copy_folder(&folder.journal(), &crashed.journal())?;
        copy_folder(&folder.state(), &crashed.state())?;
        running.all()?
    };
    assert_eq!(expected.len(), 17);
    for _ in 0..2 {
        let running = run(&crashed, settings, LAZY)?;
        assert_eq!(running.all()?, expected, "and again after a clean stop");
    }
    let fresh_root = tempfile::tempdir()?;
    let fresh = DataFolder::open(fresh_root.path())?;
    copy_folder(&folder.journal(), &fresh.journal())?;
    assert_eq!(run(&fresh, settings, LAZY)?.all()?, expected, "rebuilt from the journal alone");
    Ok(())
}

#[test]
fn a_cache_with_no_room_changes_nothing() -> Done {
    let root = tempfile::tempdir()?;
    let folder = DataFolder::open(root.path())?;
    let settings = ProfileSettings { flush_profiles: 1, cached: 0, ..ProfileSettings::default() };
    let running = run(&folder, settings, StateSettings::default())?;
    for part in 0..40 {
        running.tell(traffic(part * 5, 5))?;
    }
    let other_root = tempfile::tempdir()?;
    let other = run(&DataFolder::open(other_root.path())?, ProfileSettings::default(), LAZY)?;
    other.tell(traffic(0, 200))?;
    assert_eq!(running.all()?, other.all()?);
    Ok(())
}

fn ids(running: &Running, id: &ShopperId) -> Done<Vec<String>> {
    let found = running.profiles.find(id)?.ok_or("nobody")?;
    Ok(found.person.members().map(|(id, _)| id.key()).collect())
}

#[test]
fn a_device_joins_its_user_and_leaves_again_with_its_events() -> Done {
    let root = tempfile::tempdir()?;
    let running = run(&DataFolder::open(root.path())?, ProfileSettings::default(), LAZY)?;
    running.tell(vec![view(0, None, Some("tablet")), view(1, Some("ann"), None)])?;
    let (ann, tablet) = (ShopperId::User("ann".into()), ShopperId::Anonymous("tablet".into()));
    assert_eq!(ids(&running, &ann)?, ["u:ann"]);
    running.tell(vec![event(2, EventKind::Identify, Some("ann"), Some("tablet"))])?;
    let before = running.profiles.find(&ann)?.map(|found| found.stamp);
    for id in [&ann, &tablet] {
        assert_eq!(ids(&running, id)?, ["u:ann", "a:tablet"]);
        let views = running.profiles.find(id)?.map(|found| found.person.profile().counts.of(EventKind::View));
        assert_eq!(views, Some(2));
    }
    running.tell(vec![event(3, EventKind::Unlink, Some("ann"), Some("tablet"))])?;
    assert_eq!((ids(&running, &ann)?, ids(&running, &tablet)?), (vec!["u:ann".into()], vec!["a:tablet".into()]));
    assert_ne!(running.profiles.find(&ann)?.map(|found| found.stamp), before);
    Ok(())
}

#[test]
fn an_id_that_would_link_half_the_world_links_nobody() -> Done {
    let root = tempfile::tempdir()?;
    let limits = LinkLimits { devices_per_user: 3, users_per_device: 2 };
    let settings = ProfileSettings { links: limits, ..ProfileSettings::default() };
    let running = run(&DataFolder::open(root.path())?, settings, LAZY)?;
    for n in 0..4 {
        running.tell(vec![event(n, EventKind::Identify, Some("guest"), Some(&format!("d{n}")))])?;
        let together = ids(&running, &ShopperId::User("guest".into()))?.len();
        assert_eq!(together, if n < 3 { n + 2 } else { 1 });
    }
    for n in 10..13 {
        running.tell(vec![event(n, EventKind::Identify, Some(&format!("u{n}")), Some("till"))])?;
    }
    assert_eq!(ids(&running, &ShopperId::Anonymous("till".into()))?, ["a:till"]);
    Ok(())
}

fn consent(n: usize, user: &str, storage: bool) -> Event {
    let consent = Consent { personalization: None, storage: Some(storage) };
    Event { consent: Some(consent), products: Vec::new(), ..event(n, EventKind::Consent, Some(user), None) }
}

#[test]
fn who_forbids_storing_is_not_stored_on_any_device_and_not_after_a_restart() -> Done {
    let root = tempfile::tempdir()?;
    let folder = DataFolder::open(root.path())?;
    let declined = |n: usize| EventOutcome::Declined { message_id: format!("m{n}") };
    let accepted = |n: usize| EventOutcome::Accepted { message_id: format!("m{n}") };
    let settings = ProfileSettings::default();
    {
        let running = run(&folder, settings, StateSettings::default())?;
        running.tell(vec![event(0, EventKind::Identify, Some("ann"), Some("phone"))])?;
        assert_eq!(running.tell(vec![consent(1, "ann", false)])?, [accepted(1)]);
        let outcomes =
            running.tell(vec![view(2, Some("ann"), None), view(3, None, Some("phone")), view(4, Some("bob"), None)])?;
        assert_eq!(outcomes, [declined(2), declined(3), accepted(4)]);
    }
    let running = run(&folder, settings, StateSettings::default())?;
    assert_eq!(running.tell(vec![view(5, None, Some("phone"))])?, [declined(5)]);
    assert_eq!(running.tell(vec![consent(6, "ann", true), view(7, None, Some("phone"))])?[0], accepted(6));
    assert_eq!(running.tell(vec![view(8, None, Some("phone"))])?, [accepted(8)]);
    Ok(())
}

#[test]
fn interests_go_with_what_they_were_computed_from() -> Done {
    let root = tempfile::tempdir()?;
    let folder = DataFolder::open(root.path())?;
    let ids = ["ann", "bob"].map(|user| ShopperId::User(user.to_owned()));
    let interests = StoredInterests { space: "s".to_owned(), stamp: 1, long_term: vec![("p1".to_owned(), 1.0)] };
    {
        let running = run(&folder, ProfileSettings::default(), LAZY)?;
        running.tell(vec![view(0, Some("ann"), None), view(1, Some("bob"), None), consent(2, "bob", false)])?;
        ids.iter().try_for_each(|id| running.profiles.store_interests(id, &interests))?;
        for user in ["ann", "bob"] {
            let message_id = Some(format!("erase-{user}"));
            let erase = Event { message_id, user_id: Some(user.to_owned()), ..Event::new(EventKind::Erase) };
            running.ingest.accept_own(vec![erase])?.wait()?;
        }
    }
    let running = run(&folder, ProfileSettings::default(), LAZY)?;
    for id in &ids {
        assert_eq!(running.profiles.interests(id)?, None, "{id:?}");
    }
    Ok(())
}

#[test]
fn an_erasure_leaves_nothing_but_a_wish_not_to_be_stored() -> Done {
    let root = tempfile::tempdir()?;
    let running = run(&DataFolder::open(root.path())?, ProfileSettings::default(), LAZY)?;
    running.tell(vec![view(0, Some("ann"), None), view(1, Some("bob"), None), consent(2, "bob", false)])?;
    let erase = |user: &str| Event { user_id: Some(user.to_owned()), ..Event::new(EventKind::Erase) };
    for user in ["ann", "bob"] {
        let event = Event { message_id: Some(format!("erase-{user}")), ..erase(user) };
        running.ingest.accept_own(vec![event])?.wait()?;
    }
    assert_eq!(running.profiles.get(&ShopperId::User("ann".into()))?, None);
    let bob = running.profiles.get(&ShopperId::User("bob".into()))?.ok_or("the wish is gone")?;
    assert!(!bob.stated.may_store() && bob.history.is_empty() && bob.visits.is_empty());
    running.tell(vec![view(5, Some("ann"), None)])?;
    let ann = running.profiles.get(&ShopperId::User("ann".into()))?.ok_or("who comes back is known again")?;
    assert_eq!(ann.counts.of(EventKind::View), 1);
    Ok(())
}
