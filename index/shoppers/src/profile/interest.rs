//! Interest vectors of a shopper. Long-term interests are medoids: the products of the history are clustered
//! by Ward's method (each merge is the one that least raises the weighted squared distance to the centres,
//! `w_a·w_b/(w_a + w_b)·|c_a − c_b|²`), and the member nearest to its centre represents a cluster
//! (PinnerSage, arXiv 2007.03634). A cluster weighs `Σ w(interaction)·decay^step`, step 0 being the latest
//! product. The session vector is the decayed mean of the visit under way, `Σ_p w·decay^p·v_p`.
//!
//! Vectors are centred on the catalogue's mean first: all text vectors of a shop share a direction that
//! tells nothing about the shopper. A medoid is stored as a product with the id of its embedding space;
//! in another space everything is computed anew.

use serde::{Deserialize, Serialize};

use super::{PAUSE_MS, Profile, RecentInteraction};
use crate::event::InteractionKind;

/// The most long-term interests.
const MAX_INTERESTS: usize = 4;

/// Weights and limits of interest vectors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct InterestSettings {
    /// The number of different products, latest first, 1 to 60.
    pub products: usize,
    /// The factor per step back in the long-term interests, 0 to 1.
    pub decay: f32,
    /// The factor per step back in the session, 0 to 1.
    pub session_decay: f32,
    /// The squared distance of centres, 0 to 4, above which clusters are not merged.
    pub apart: f32,
    /// The weight of a view relative to a purchase, 0 to 1.
    pub view_weight: f32,
    /// The weight of an addition to the cart relative to a purchase, 0 to 1.
    pub cart_weight: f32,
}

impl Default for InterestSettings {
    fn default() -> Self {
        Self { products: 20, decay: 0.8, session_decay: 0.8, apart: 1.0, view_weight: 0.5, cart_weight: 0.8 }
    }
}

impl InterestSettings {
    /// The weight of a kind of interaction; a purchase weighs 1.
    pub fn weight(&self, kind: InteractionKind) -> f32 {
        match kind {
            InteractionKind::View => self.view_weight,
            InteractionKind::AddToCart => self.cart_weight,
            InteractionKind::Purchase => 1.0,
        }
    }
}

/// One long-term interest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LongTermInterest {
    /// The product that represents the interest.
    pub product_id: String,
    /// The share of the weight of all interests, above 0 to 1.
    pub weight: f32,
    /// The vector of the product, centred and of unit length.
    pub vector: Vec<f32>,
}

/// The interest vectors of a shopper in one embedding space.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Interests {
    /// The id of the embedding space.
    pub space: String,
    /// Long-term interests, the strongest first, at most [`MAX_INTERESTS`].
    pub long_term: Vec<LongTermInterest>,
    /// The direction of the visit under way; absent once it has ended.
    pub session: Option<Vec<f32>>,
}

/// A cluster while clusters are merged.
struct Cluster {
    members: Vec<usize>,
    weight: f32,
    centre: Vec<f32>,
}

impl Cluster {
    /// The increase of the weighted squared distance by merging, and the squared distance of the centres.
    fn cost(&self, other: &Self) -> (f32, f32) {
        let apart: f32 = self.centre.iter().zip(&other.centre).map(|(a, b)| (a - b) * (a - b)).sum();
        (self.weight * other.weight / (self.weight + other.weight) * apart, apart)
    }

    fn merge(&mut self, other: Self) {
        let weight = self.weight + other.weight;
        let centres = self.centre.iter_mut().zip(&other.centre);
        centres.for_each(|(a, b)| *a = (*a * self.weight + b * other.weight) / weight);
        self.members.extend(other.members);
        self.weight = weight;
    }
}

/// The interest vectors of a profile at `now_ms` in the embedding space `space`. `row` returns a product's
/// vector by id, centred and of unit length; products without one are skipped.
pub fn interests(
    profile: &Profile,
    settings: &InterestSettings,
    now_ms: i64,
    space: &str,
    row: impl Fn(&str) -> Option<Vec<f32>>,
) -> Interests {
    let recent = profile.recent(settings.products);
    let known: Vec<(&RecentInteraction<'_>, Vec<f32>)> =
        recent.iter().filter_map(|one| Some((one, row(one.product_id)?))).collect();
    let mut decay = 1.0;
    let mut clusters = Vec::with_capacity(known.len());
    for (at, (interaction, vector)) in known.iter().enumerate() {
        let weight = decay * settings.weight(interaction.kind);
        if weight > 0.0 {
            clusters.push(Cluster { members: vec![at], weight, centre: vector.clone() });
        }
        decay *= settings.decay;
    }
    let long_term = directions(clustered(clusters, settings.apart), &known);
    Interests { space: space.to_owned(), long_term, session: session_of(&known, settings, now_ms) }
}

/// The direction of the visit under way at `now_ms`, with `row` as for [`interests`]; none once it has ended.
pub fn session(
    profile: &Profile,
    settings: &InterestSettings,
    now_ms: i64,
    row: impl Fn(&str) -> Option<Vec<f32>>,
) -> Option<Vec<f32>> {
    if now_ms.saturating_sub(profile.last_ms) > PAUSE_MS {
        return None;
    }
    let recent = profile.recent(settings.products);
    let known: Vec<(&RecentInteraction<'_>, Vec<f32>)> =
        recent.iter().filter_map(|one| Some((one, row(one.product_id)?))).collect();
    session_of(&known, settings, now_ms)
}

/// Ward's method, until at most [`MAX_INTERESTS`] clusters are left and those are further apart than `apart`.
fn clustered(mut clusters: Vec<Cluster>, apart: f32) -> Vec<Cluster> {
    while clusters.len() > 1 {
        let mut best: Option<(usize, usize, f32, f32)> = None;
        for left in 0..clusters.len() {
            for right in left + 1..clusters.len() {
                let (cost, distance) = clusters[left].cost(&clusters[right]);
                if best.is_none_or(|(_, _, least, _)| cost < least) {
                    best = Some((left, right, cost, distance));
                }
            }
        }
        match best {
            Some((left, right, _, distance)) if clusters.len() > MAX_INTERESTS || distance <= apart => {
                let merged = clusters.remove(right);
                clusters[left].merge(merged);
            }
            _ => break,
        }
    }
    clusters
}

fn directions(clusters: Vec<Cluster>, known: &[(&RecentInteraction<'_>, Vec<f32>)]) -> Vec<LongTermInterest> {
    let all: f32 = clusters.iter().map(|cluster| cluster.weight).sum();
    let direction = |cluster: Cluster| {
        let vector = unit(cluster.centre)?;
        let near = |&at: &usize| known[at].1.iter().zip(&vector).map(|(a, b)| a * b).sum::<f32>();
        let medoid = cluster.members.iter().copied().max_by(|a, b| near(a).total_cmp(&near(b)).then(b.cmp(a)))?;
        let (interaction, vector) = &known[medoid];
        Some(LongTermInterest {
            product_id: interaction.product_id.to_owned(),
            weight: cluster.weight / all,
            vector: vector.clone(),
        })
    };
    let mut directions: Vec<LongTermInterest> = clusters.into_iter().filter_map(direction).collect();
    directions.sort_by(|a, b| b.weight.total_cmp(&a.weight).then_with(|| a.product_id.cmp(&b.product_id)));
    directions
}

/// The decayed mean of the visit under way: products without a pause between them, up to now.
fn session_of(
    known: &[(&RecentInteraction<'_>, Vec<f32>)],
    settings: &InterestSettings,
    now_ms: i64,
) -> Option<Vec<f32>> {
    let mut sum = vec![0f32; known.first()?.1.len()];
    let (mut decay, mut after_ms) = (1.0, now_ms);
    for (interaction, vector) in known {
        if after_ms - interaction.time_ms > PAUSE_MS {
            break;
        }
        let weight = decay * settings.weight(interaction.kind);
        sum.iter_mut().zip(vector).for_each(|(sum, x)| *sum += weight * x);
        decay *= settings.session_decay;
        after_ms = interaction.time_ms;
    }
    unit(sum)
}

/// The vector scaled to unit length; none for a vector of length 0.
pub fn unit(mut vector: Vec<f32>) -> Option<Vec<f32>> {
    let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
    (length > f32::EPSILON).then(|| {
        vector.iter_mut().for_each(|x| *x /= length);
        vector
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Event;
    use crate::id::ShopperId;
    use crate::time::MINUTE_MS;

    /// A profile that viewed these products, a minute apart, the last at minute 100.
    fn interaction(ids: &[&str]) -> Profile {
        let mut profile = Profile::default();
        for (at, id) in ids.iter().enumerate() {
            let time = (101 + at as i64 - ids.len() as i64) * MINUTE_MS;
            let time = jiff::Timestamp::from_millisecond(time).unwrap_or_default();
            let text = format!(
                r#"{{"message_id":"{at}","type":"view","user_id":"u","time":"{time}","products":[{{"id":"{id}"}}]}}"#
            );
            let event: Event = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}"));
            profile.record(&ShopperId::User("u".into()), &event);
        }
        profile
    }

    fn row(id: &str) -> Option<Vec<f32>> {
        match id {
            "east" => unit(vec![1.0, 0.0]),
            "easterly" => unit(vec![0.98, 0.2]),
            "north" => unit(vec![0.0, 1.0]),
            _ => None,
        }
    }

    fn of(ids: &[&str], now_ms: i64) -> Interests {
        interests(&interaction(ids), &InterestSettings::default(), now_ms, "s", row)
    }

    #[test]
    fn different_interests_stay_apart_and_alike_ones_join() {
        let found = of(&["east", "easterly", "unknown", "north"], 100 * MINUTE_MS).long_term;
        let medoids: Vec<(&str, f32)> = found.iter().map(|found| (found.product_id.as_str(), found.weight)).collect();
        assert_eq!(medoids.len(), 2, "{medoids:?}");
        assert_eq!(medoids[0].0, "easterly", "the later of the two nearest represents both");
        assert!((medoids.iter().map(|medoid| medoid.1).sum::<f32>() - 1.0).abs() < 1e-6);
        for found in &found {
            assert!((found.vector.iter().map(|x| x * x).sum::<f32>() - 1.0).abs() < 1e-5);
        }
    }

    #[test]
    fn a_session_ends_by_inactivity() {
        let under_way = of(&["east", "north"], 110 * MINUTE_MS).session.unwrap_or_default();
        assert!(under_way[1] > under_way[0] && under_way[0] > 0.0, "the latest counts most: {under_way:?}");
        assert_eq!(of(&["east", "north"], 131 * MINUTE_MS).session, None);
        assert_eq!(of(&[], 0), Interests { space: "s".into(), ..Interests::default() });
    }
}
