//! Properties of profiles, checked on random events.

use proptest::prelude::*;

use super::*;
use crate::event::{Channel, Event, EventProduct};
use crate::id::ShopperId;
use crate::identity::LinkLimits;

const DEVICES: [&str; 3] = ["d1", "d2", "d3"];
const USERS: [&str; 2] = ["ann", "bob"];
const PRODUCTS: [&str; 4] = ["p1", "p2", "p3", "p4"];

/// All profiles, by id.
type Profiles = std::collections::BTreeMap<ShopperId, Profile>;

fn live(events: &[Event]) -> Profiles {
    let mut world = Profiles::new();
    let mut seen = std::collections::HashSet::new();
    for event in events.iter().filter(|event| seen.insert(event.message_id.clone())) {
        for source in event.sources() {
            let profile = world.entry(source.clone()).or_default();
            profile.record(&source, event);
        }
    }
    world
}

fn person(world: &Profiles, user: &str) -> Person {
    let limits = LinkLimits::default();
    let id = ShopperId::User(user.to_owned());
    let Some(profile) = world.get(&id) else { return Person::default() };
    let mut person = Person::new(id, profile.clone().into());
    for device in profile.links.devices(&limits) {
        let id = ShopperId::Anonymous(device.to_owned());
        if let Some(device) = world.get(&id).filter(|device| device.links.owner(&limits) == Some(user)) {
            person.merge(&Person::new(id, device.clone().into()));
        }
    }
    person
}

fn kinds() -> impl Strategy<Value = EventKind> {
    use EventKind::*;
    prop::sample::select(vec![
        View,
        View,
        Click,
        AddToCart,
        RemoveFromCart,
        Purchase,
        Refund,
        Wishlist,
        RemoveFromWishlist,
        Search,
        Page,
        Identify,
        Unlink,
        Consent,
        Preferences,
    ])
}

prop_compose! {
    fn events()(
        drawn in prop::collection::vec(
            (kinds(), 0..2usize, 0..4usize, 0..4usize, 0..400i64, 0..3usize, 1..3u32),
            0..60,
        ),
    ) -> Vec<Event> {
        drawn.into_iter().enumerate().map(|(n, (kind, user, device, product, minute, order, quantity))| {
            let both = matches!(kind, EventKind::Identify | EventKind::Unlink);
            let time = jiff::Timestamp::from_second(1_700_000_000 + 60 * minute).unwrap_or_default();
            let mut event = Event::new(kind);
            event.message_id = Some(format!("m{n}"));
            event.user_id = (both || device > 2).then(|| USERS[user].to_owned());
            event.anonymous_id = (both || device < 3).then(|| DEVICES[device % 3].to_owned());
            event.time = Some(time);
            event.received_at = Some(time);
            event.channel = [None, Some(Channel::App), Some(Channel::Web)][order];
            event.order_id = [None, Some("o1".to_owned()), Some("o2".to_owned())][order].clone();
            event.consent = (kind == EventKind::Consent)
                .then_some(crate::event::Consent { personalization: Some(quantity == 1), storage: None });
            event.products = vec![EventProduct { id: PRODUCTS[product].into(), quantity, price: Some(5), position: None }];
            event
        }).collect()
    }
}

proptest! {
    #[test]
    fn any_order_and_any_repetition_of_events_and_links_gives_the_same_profiles(
        (events, shuffled) in events().prop_flat_map(|events| {
            let doubled: Vec<Event> = events.iter().chain(&events).cloned().collect();
            (Just(events), Just(doubled).prop_shuffle())
        }),
    ) {
        let (once, again) = (live(&events), live(&shuffled));
        prop_assert_eq!(&once, &again);
        for user in USERS {
            prop_assert_eq!(person(&once, user).profile(), person(&again, user).profile());
        }
    }

    #[test]
    fn persons_merge_in_any_order_any_number_of_times(
        worlds in prop::collection::vec(events(), 3),
    ) {
        // A message id identifies a message everywhere, so each world gets its own ids.
        let mut worlds = worlds;
        for (world, event) in worlds.iter_mut().enumerate().flat_map(|(at, world)| world.iter_mut().map(move |e| (at, e))) {
            event.message_id = event.message_id.take().map(|id| format!("{world}-{id}"));
        }
        let persons: Vec<Person> = worlds.iter().map(|events| person(&live(events), "ann")).collect();
        let merged = |order: &[usize]| {
            let mut whole = Person::default();
            order.iter().for_each(|&at| whole.merge(&persons[at]));
            whole
        };
        let expected = merged(&[0, 1, 2]);
        for order in [&[2, 1, 0][..], &[1, 0, 2, 1, 0], &[0, 0, 1, 2, 2]] {
            prop_assert_eq!(&merged(order), &expected);
        }
        let mut right = persons[1].clone();
        right.merge(&persons[2]);
        let mut nested = persons[0].clone();
        nested.merge(&right);
        prop_assert_eq!(&nested, &expected, "however they are grouped");
    }
}

fn event(json: &str) -> Event {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{json}: {error}"))
}

fn profile_of(lines: &[&str]) -> Profile {
    let mut profile = Profile::default();
    for (n, line) in lines.iter().enumerate() {
        let mut event = event(&line.replace("'", "\""));
        event.message_id = Some(n.to_string());
        event.user_id = Some("u".to_owned());
        event.time = event.time.or(jiff::Timestamp::from_second(1000 + n as i64).ok());
        profile.record(&ShopperId::User("u".into()), &event);
    }
    profile
}

fn recent(profile: &Profile) -> Vec<(&str, InteractionKind)> {
    profile.recent(10).into_iter().map(|interaction| (interaction.product_id, interaction.kind)).collect()
}

#[test]
fn removals_and_refunds_undo() {
    let view = "{'type':'view','products':[{'id':'a'}]}";
    let cart = "{'type':'add_to_cart','products':[{'id':'a'}]}";
    let out = "{'type':'remove_from_cart','products':[{'id':'a'}]}";
    assert_eq!(recent(&profile_of(&[view, cart])), [("a", InteractionKind::AddToCart)]);
    assert_eq!(recent(&profile_of(&[view, cart, out])), [("a", InteractionKind::View)]);
    assert_eq!(recent(&profile_of(&[view, cart, out, cart])), [("a", InteractionKind::AddToCart)]);
    assert_eq!(profile_of(&[cart, cart, out]).cart(), [("a", 1)]);
    let bought = "{'type':'purchase','order_id':'o','products':[{'id':'a'},{'id':'b'}]}";
    let back = "{'type':'refund','order_id':'o','products':[{'id':'a'}]}";
    assert_eq!(recent(&profile_of(&[bought, back])), [("b", InteractionKind::Purchase)]);
    assert_eq!(
        recent(&profile_of(&[back, bought])),
        [("b", InteractionKind::Purchase)],
        "the till was faster than the shop"
    );
    let loose = "{'type':'refund','products':[{'id':'a'}]}";
    assert_eq!(recent(&profile_of(&[bought, loose])), [("b", InteractionKind::Purchase)]);
    assert_eq!(profile_of(&[cart, bought]).cart(), []);
}

#[test]
fn an_order_sent_again_counts_once_and_an_update_replaces_it() {
    let first = "{'type':'purchase','order_id':'o','currency':'EUR','products':[{'id':'a','price':100}]}";
    let update = "{'type':'purchase','order_id':'o','currency':'EUR','products':[{'id':'b','price':70,'quantity':2}]}";
    let value = |profile: &Profile| (profile.value().orders, profile.value().value.get("EUR").copied());
    assert_eq!(value(&profile_of(&[first, first])), (1, Some(100)));
    let updated = profile_of(&[first, update]);
    assert_eq!(value(&updated), (1, Some(140)));
    assert_eq!(recent(&updated), [("b", InteractionKind::Purchase)]);
}

#[test]
fn a_gift_counts_as_an_order_and_tells_nothing_of_its_buyer() {
    let own = "{'type':'purchase','order_id':'o','currency':'EUR','products':[{'id':'a','price':100}]}";
    let gift = "{'type':'purchase','order_id':'g','currency':'EUR','products':[{'id':'b','price':70}],'properties':{'gift':true}}";
    let corrected = "{'type':'purchase','order_id':'g','currency':'EUR','products':[{'id':'b','price':70}]}";
    let profile = profile_of(&[own, gift]);
    assert_eq!(recent(&profile), [("a", InteractionKind::Purchase)]);
    assert_eq!((profile.value().orders, profile.value().value.get("EUR").copied()), (2, Some(170)));
    let after = profile_of(&[own, gift, corrected]);
    assert_eq!(recent(&after).len(), 2, "the last version of the order is no gift");
}

#[test]
fn late_events_are_sorted_in_and_old_ones_removed() {
    let view = |id: &str, second: i64| {
        let time = jiff::Timestamp::from_second(second).unwrap_or_default();
        format!(r#"{{"type":"view","time":"{time}","products":[{{"id":"{id}"}}]}}"#)
    };
    let mut lines = vec![view("b", 20), view("a", 10), view("b", 30)];
    let ids = |profile: &Profile| {
        profile.history.iter().map(|interaction| interaction.product_id.clone()).collect::<Vec<_>>()
    };
    let lines_of = |lines: &[String]| profile_of(&lines.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(ids(&lines_of(&lines)), ["a", "b", "b"]);
    lines.extend((100..100 + MAX_INTERACTIONS as i64).map(|second| view("c", second)));
    let profile = lines_of(&lines);
    assert_eq!(profile.history.len(), MAX_INTERACTIONS);
    assert_eq!(profile.counts.of(EventKind::View), 3 + MAX_INTERACTIONS as u64);
    assert!(ids(&profile).iter().all(|id| id == "c"));
}

#[test]
fn an_order_has_its_journey_and_attribution() {
    let profile = profile_of(&[
        "{'type':'click','channel':'email','time':'2026-01-01T10:00:00Z','query_id':'q','placement':'similar','products':[{'id':'a'}]}",
        "{'type':'view','channel':'app','anonymous_id':'phone','time':'2026-01-02T10:00:00Z','products':[{'id':'a'}]}",
        "{'type':'purchase','channel':'web','anonymous_id':'laptop','time':'2026-01-03T10:00:00Z','products':[{'id':'a'}]}",
    ]);
    let journeys = journeys(&profile);
    let steps: Vec<_> = journeys[0].steps.iter().map(|step| (step.channel.map(Channel::name), step.device)).collect();
    assert_eq!(steps, [(Some("email"), None), (Some("app"), Some("phone")), (Some("web"), Some("laptop"))]);
    let led = attribution(&profile, journeys[0].placed, "a");
    assert_eq!(led.and_then(|led| led.placement.as_deref()), Some("similar"));
}
