//! The response with a shopper's profile: ids, consent, interactions, orders, sessions, devices and taste.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use tastemaker_index::engine::TasteSummary;
use tastemaker_index::event::{Channel, EventKind, InteractionKind, Leaning};
use tastemaker_index::id::ShopperId;
use tastemaker_index::profile::{Journey, OrderLine, Profile, attribution, journeys};
use tastemaker_index::time::DAY_MS;

use super::super::{AppState, identify};
use super::{ApiError, IdKind, words};
use crate::shop::{FoundPerson, PersonView};

/// The most products, orders and sessions in the response, the latest first.
const SHOWN: usize = 50;

#[derive(Serialize)]
pub(super) struct ProfileResponse {
    id: String,
    kind: IdKind,
    /// The profile in sentences for the shopper.
    in_words: Vec<String>,
    ids: Vec<MemberId>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
    first_seen: Option<Timestamp>,
    last_seen: Option<Timestamp>,
    consent: ConsentView,
    stated: Value,
    counts: BTreeMap<&'static str, u64>,
    by_channel: BTreeMap<&'static str, BTreeMap<&'static str, u64>>,
    interactions: usize,
    recent: Vec<RecentInteractionView>,
    recent_searches: Vec<RecentSearch>,
    cart: Vec<CartLine>,
    value: Value,
    orders: Vec<OrderView>,
    visits: Vec<SessionView>,
    devices: Vec<DeviceView>,
    #[serde(flatten)]
    taste: TasteSummary,
}

#[derive(Serialize)]
struct MemberId {
    kind: IdKind,
    id: String,
    first_seen: Option<Timestamp>,
    last_seen: Option<Timestamp>,
}

#[derive(Serialize)]
struct ConsentView {
    personalization: bool,
    storage: bool,
    channels: BTreeMap<Channel, bool>,
}

#[derive(Serialize)]
struct RecentInteractionView {
    product_id: String,
    #[serde(rename = "type")]
    meeting: InteractionKind,
    time: Option<Timestamp>,
}

#[derive(Serialize)]
struct RecentSearch {
    query: String,
    time: Option<Timestamp>,
}

#[derive(Serialize)]
struct CartLine {
    product_id: String,
    quantity: u32,
}

#[derive(Serialize)]
struct OrderView {
    order_id: Option<String>,
    time: Option<Timestamp>,
    channel: Option<Channel>,
    currency: Option<String>,
    /// The value after refunds, in minor units.
    value: i64,
    refunded: bool,
    products: Vec<OrderLineView>,
    /// The number of sessions that led to the order.
    visits: usize,
    path: Vec<String>,
}

#[derive(Serialize)]
struct OrderLineView {
    product_id: String,
    quantity: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    led_by: Option<Value>,
}

#[derive(Serialize)]
struct SessionView {
    start: Option<Timestamp>,
    end: Option<Timestamp>,
    channel: Option<Channel>,
    device: Option<String>,
}

#[derive(Default, Serialize)]
struct DeviceView {
    device: String,
    channels: Vec<Channel>,
    visits: usize,
    last_seen: Option<Timestamp>,
    counts: BTreeMap<&'static str, u64>,
}

/// A time of the profile; `None` if the event never happened.
fn moment(ms: i64) -> Option<Timestamp> {
    // The profile marks "never" by the ends of the range, which are no timestamps.
    Timestamp::from_millisecond(ms).ok()
}

pub(super) fn answer(state: &AppState, id: &ShopperId, known: &PersonView) -> Result<ProfileResponse, ApiError> {
    let profile = &*known.profile;
    let engine = state.shop.engine().ok();
    let taste = match &engine {
        Some(engine) => engine.taste_summary(&state.shop.ready(engine, &known.found)?),
        None => TasteSummary::default(),
    };
    let title = |id: &str| engine.as_ref().and_then(|engine| engine.title(id)).unwrap_or_else(|| id.to_owned());
    let members = || known.found.person.members();
    let meetings = profile.interactions();
    let (kind, id_text) = IdKind::of(id);
    Ok(ProfileResponse {
        id: id_text.to_owned(),
        kind,
        in_words: words::in_words(profile, &taste, known.now_ms, members().count(), &title),
        ids: members().map(|(id, profile)| member(id, profile)).collect(),
        notes: identify::notes(state, members().map(|(id, profile)| (id, &**profile))),
        first_seen: moment(profile.first_ms),
        last_seen: moment(profile.last_ms),
        consent: ConsentView {
            personalization: profile.stated.may_personalize(),
            storage: profile.stated.may_store(),
            channels: profile.stated.channels().collect(),
        },
        stated: stated(profile),
        counts: counts(profile),
        by_channel: by_channel(profile),
        interactions: meetings.len(),
        recent: meetings
            .iter()
            .take(SHOWN)
            .map(|interaction| RecentInteractionView {
                product_id: interaction.product_id.to_owned(),
                meeting: interaction.kind,
                time: moment(interaction.time_ms),
            })
            .collect(),
        recent_searches: profile.searches.recent().map(searched).collect(),
        cart: cart(profile),
        value: value(profile, known.now_ms),
        orders: journeys(profile).iter().rev().take(SHOWN).map(|journey| order(profile, journey)).collect(),
        visits: profile.visits.iter().rev().take(SHOWN).map(visit).collect(),
        devices: devices(profile, &known.found),
        taste,
    })
}

fn searched((query, time_ms): (&str, i64)) -> RecentSearch {
    RecentSearch { query: query.to_owned(), time: moment(time_ms) }
}

fn member(id: &ShopperId, profile: &Profile) -> MemberId {
    let (kind, id) = IdKind::of(id);
    MemberId { kind, id: id.to_owned(), first_seen: moment(profile.first_ms), last_seen: moment(profile.last_ms) }
}

fn stated(profile: &Profile) -> Value {
    let stated = &profile.stated;
    json!({
        "brands": stated.brands().collect::<BTreeMap<&str, Leaning>>(),
        "categories": stated.categories().collect::<BTreeMap<&str, Leaning>>(),
        "attributes": stated.attributes().collect::<BTreeMap<&str, &[String]>>(),
    })
}

/// The number of products by event type. Purchases are counted from the orders, without refunded lines.
fn counts(profile: &Profile) -> BTreeMap<&'static str, u64> {
    let mut counts = BTreeMap::from([("view", 0), ("add_to_cart", 0)]);
    profile.counts.iter().for_each(|(_, _, kind, count)| *counts.entry(kind.name()).or_default() += count);
    let bought = profile.orders.placed().iter().map(|(order, _)| order.remaining_lines().len() as u64).sum();
    counts.insert(EventKind::Purchase.name(), bought);
    counts
}

fn by_channel(profile: &Profile) -> BTreeMap<&'static str, BTreeMap<&'static str, u64>> {
    let mut counts: BTreeMap<_, BTreeMap<_, u64>> = BTreeMap::new();
    for (_, channel, kind, count) in profile.counts.iter() {
        let channel = channel.map_or("unknown", Channel::name);
        *counts.entry(channel).or_default().entry(kind.name()).or_default() += count;
    }
    counts
}

fn cart(profile: &Profile) -> Vec<CartLine> {
    let cart = profile.cart().into_iter();
    cart.map(|(id, quantity)| CartLine { product_id: id.to_owned(), quantity }).collect()
}

fn value(profile: &Profile, now_ms: i64) -> Value {
    let value = profile.value();
    json!({
        "orders": value.orders,
        "value": value.value,
        "first_order": value.first_ms.and_then(moment),
        "last_order": value.last_ms.and_then(moment),
        "days_since_last_order": value.last_ms.map(|last_ms| (now_ms - last_ms).max(0) / DAY_MS),
    })
}

fn order(profile: &Profile, journey: &Journey<'_>) -> OrderView {
    let placed = journey.placed;
    let bought = |line: OrderLine| OrderLineView {
        led_by: attribution(profile, placed, &line.product_id).map(|led| json!(led)),
        product_id: line.product_id,
        quantity: line.quantity,
    };
    OrderView {
        order_id: journey.order.id.clone(),
        time: moment(placed.time_ms),
        channel: placed.channel,
        currency: placed.currency.clone(),
        value: journey.order.remaining_value(),
        refunded: !journey.order.refunds.is_empty(),
        products: journey.order.remaining_lines().into_iter().map(bought).collect(),
        visits: journey.visits,
        path: journey.steps.iter().map(ToString::to_string).collect(),
    }
}

fn visit(visit: &tastemaker_index::profile::Visit) -> SessionView {
    SessionView {
        start: moment(visit.start_ms),
        end: moment(visit.end_ms),
        channel: visit.channel,
        device: visit.device.clone(),
    }
}

/// The devices of the sessions, the latest first.
fn devices(profile: &Profile, found: &FoundPerson) -> Vec<DeviceView> {
    let mut devices: BTreeMap<&str, DeviceView> = BTreeMap::new();
    let mut last_ms: BTreeMap<&str, i64> = BTreeMap::new();
    for visit in profile.visits.iter() {
        let Some(id) = visit.device.as_deref() else { continue };
        let device = devices.entry(id).or_default();
        device.channels.extend(visit.channel.filter(|channel| !device.channels.contains(channel)));
        device.visits += 1;
        let last = last_ms.entry(id).or_insert(visit.end_ms);
        *last = visit.end_ms.max(*last);
    }
    for (id, member) in found.person.members() {
        for (on, _, kind, count) in member.counts.iter() {
            let own = matches!(id, ShopperId::Anonymous(_)).then(|| IdKind::of(id).1);
            if let Some(device) = on.or(own).and_then(|on| devices.get_mut(on)) {
                *device.counts.entry(kind.name()).or_default() += count;
            }
        }
    }
    let mut devices: Vec<_> = devices.into_iter().collect();
    devices.sort_by_key(|(id, _)| (std::cmp::Reverse(last_ms[id]), *id));
    let view = |(id, device)| DeviceView { device: str::to_owned(id), last_seen: moment(last_ms[id]), ..device };
    devices.into_iter().map(view).collect()
}
