//! A shopper's profile in sentences that the shopper can read.

use std::collections::BTreeMap;

use jiff::Timestamp;
use tastemaker_index::engine::TasteSummary;
use tastemaker_index::event::{EventKind, Leaning};
use tastemaker_index::feed::is_for_machines;
use tastemaker_index::profile::affinity::Affinity;
use tastemaker_index::profile::{MAX_VISITS, Profile};
use tastemaker_index::time::day_number;

/// The most names in one sentence.
const NAMED: usize = 3;
/// The least number of sessions before the hour of the day counts as a habit.
const HABIT_VISITS: usize = 5;

/// The sentences; `ids` is the number of ids that are read together, `title` gives the title of a product.
pub(super) fn in_words(
    profile: &Profile,
    taste: &TasteSummary,
    now_ms: i64,
    ids: usize,
    title: &dyn Fn(&str) -> String,
) -> Vec<String> {
    let mut sentences = vec![activity(profile, now_ms)];
    if ids > 1 {
        sentences.push(format!("We take {ids} ids for you: your account and the devices you signed in on."));
    }
    let stated = &profile.stated;
    if !stated.may_store() {
        sentences.push("You asked us not to keep what you do, and we do not.".to_owned());
    }
    if !stated.may_personalize() {
        sentences
            .push("You asked us not to use what we know of you, so answers are the same as for everybody.".to_owned());
        return sentences;
    }
    stated_sentences(profile, &mut sentences);
    let affinities = &taste.affinities;
    for (what, found) in [("categories", &affinities.categories), ("brands", &affinities.brands)] {
        if let Some(names) = strongest(found) {
            sentences.push(format!("The {what} you were drawn to most lately: {names}."));
        }
    }
    for (attribute, clear) in clear(&affinities.attributes) {
        let attribute = attribute.replace('_', " ");
        sentences.push(format!("Where products say “{attribute}”, you mostly chose {}.", clear.name));
    }
    if let Some(position) = affinities.price_position {
        let place = match position {
            low if low < 0.34 => "the cheaper products",
            high if high > 0.66 => "the dearer products",
            _ => "products of a middle price",
        };
        sentences.push(format!("Within a category you mostly look at {place}."));
    }
    if let Some(hour) = affinities.hours.first().filter(|_| profile.visits.len() >= HABIT_VISITS) {
        sentences.push(format!("You are here most around {}:00 UTC.", hour.name));
    }
    let interests: Vec<String> =
        taste.interests.iter().filter_map(|interest| interest.product_id.as_deref()).map(title).collect();
    if !interests.is_empty() {
        sentences.push(format!("Your interests, each by the product that stands for it: {}.", interests.join("; ")));
    }
    if taste.session.is_some() {
        sentences.push("What you look at in this visit counts more than what was before.".to_owned());
    }
    let percent = (taste.gate * 100.0).round();
    sentences.push(format!(
        "Your history has {percent} % of the influence on your searches that it can have; more visits give it more."
    ));
    sentences
}

/// The sentence about sessions, views and orders.
fn activity(profile: &Profile, now_ms: i64) -> String {
    let looks = profile.counts.of(EventKind::View) + profile.counts.of(EventKind::Click);
    let value = profile.value();
    let last_visit = profile.visits.iter().map(|visit| visit.end_ms).max();
    let Some(last_ms) = last_visit else {
        return match profile.last_ms {
            i64::MIN => "We know nothing of you but which ids are yours.".to_owned(),
            _ => "We know of no visit of yours yet.".to_owned(),
        };
    };
    let Ok(last) = Timestamp::from_millisecond(last_ms) else {
        return "We know of no visit of yours yet.".to_owned();
    };
    let day = last.strftime("%-d %B %Y");
    let ago = match (day_number(now_ms) - day_number(last_ms)).max(0) {
        0 => "today".to_owned(),
        1 => "yesterday".to_owned(),
        days => format!("{days} days ago"),
    };
    let visits = profile.visits.len();
    let mut did = match visits {
        1 => format!("You came once, on {day} ({ago})"),
        // Older ones have left the profile.
        visits if visits >= MAX_VISITS => format!("You came at least {visits} times, last on {day} ({ago})"),
        visits => format!("You came {visits} times, last on {day} ({ago})"),
    };
    let orders = value.orders as u64;
    let looked = (looks > 0).then(|| match looks {
        1 => "looked at a product once".to_owned(),
        looks => format!("looked at products {looks} times"),
    });
    let placed = (orders > 0).then(|| format!("placed {orders} order{}", if orders == 1 { "" } else { "s" }));
    let more: Vec<String> = looked.into_iter().chain(placed).collect();
    match &more[..] {
        [] => {}
        [one] => did = format!("{did}, and {one}"),
        all => did = format!("{did}, {}", all.join(" and ")),
    }
    did + "."
}

/// Adds the stated preferences.
fn stated_sentences(profile: &Profile, sentences: &mut Vec<String>) {
    let stated = &profile.stated;
    let all = || stated.brands().chain(stated.categories());
    for (leaning, how) in [(Leaning::Like, "like"), (Leaning::Avoid, "do not want to see")] {
        let names: Vec<&str> = all().filter(|(_, stated)| *stated == leaning).map(|(name, _)| name).collect();
        if !names.is_empty() {
            sentences.push(format!("You told us that you {how} {}.", names.join(", ")));
        }
    }
    for (attribute, wanted) in stated.attributes() {
        sentences.push(format!("You told us that of {attribute} you want {}.", wanted.join(" or ")));
    }
    for (channel, may) in stated.channels() {
        let how = if may { "may" } else { "must not" };
        sentences.push(format!("You told us that we {how} write to you by {}.", channel.name()));
    }
}

/// Attributes of which one value was chosen mostly and often enough, the clearest first.
fn clear(attributes: &BTreeMap<String, Vec<Affinity>>) -> Vec<(&str, &Affinity)> {
    let shown = attributes.iter().filter(|(name, _)| !is_for_machines(name));
    let first = shown.filter_map(|(name, found)| Some((name.as_str(), found.first()?)));
    let mut clear: Vec<_> = first.filter(|(_, found)| found.share >= 0.5 && found.weight >= 1.0).collect();
    clear.sort_by(|a, b| b.1.weight.total_cmp(&a.1.weight).then(a.0.cmp(b.0)));
    clear.truncate(NAMED);
    clear
}

/// The names with the largest shares, or `None` without any.
fn strongest(affinities: &[Affinity]) -> Option<String> {
    let names: Vec<String> = affinities
        .iter()
        .take(NAMED)
        .map(|affinity| format!("{} ({:.0} %)", affinity.name, affinity.share * 100.0))
        .collect();
    (!names.is_empty()).then(|| names.join(", "))
}
