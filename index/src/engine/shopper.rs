//! The shopper of a request, translated from a profile of ids into this generation's ordinals: the taste for ranking,
//! the history for recommenders.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::bitmap::Bitmap;
use crate::engine::{Engine, Snapshot};
use crate::event::InteractionKind;
use crate::id::Ordinal;
use crate::profile::{
    Interests, LongTermInterest, PAUSE_MS, Profile, RecentInteraction, distinct, interests, purchased, session, unit,
};
use crate::rank::Taste;
use crate::rank::signal::{interest_nearness, stated_preferences};
use crate::recommend::PurchasedProduct;
use crate::time::DAY_MS;

/// The shopper of a request: the profile, the interest vectors, and the time.
#[derive(Debug, Clone)]
pub struct Shopper {
    /// The interactions of all ids of the person.
    pub profile: Arc<Profile>,
    /// The interest vectors in the generation's space.
    pub interests: Arc<Interests>,
    /// The time of the request, in Unix milliseconds.
    pub now_ms: i64,
}

impl Engine {
    /// A shopper with interest vectors computed from the profile.
    pub fn shopper(&self, profile: Arc<Profile>, now_ms: i64) -> Shopper {
        let interests = Arc::new(self.interests(&profile, now_ms));
        Shopper { profile, interests, now_ms }
    }

    /// A shopper whose long-term interests were computed before, in this space: each by its product and share, the
    /// strongest first.
    pub fn shopper_of(&self, profile: Arc<Profile>, long_term: &[(String, f32)], now_ms: i64) -> Shopper {
        let reader = ShopperReader::new(&self.0);
        let known = long_term.iter().filter_map(|(product_id, weight)| {
            let vector = reader.centred(product_id)?;
            Some(LongTermInterest { product_id: product_id.clone(), weight: *weight, vector })
        });
        let session = session(&profile, &self.0.settings.interest, now_ms, |id| reader.centred(id));
        let interests = Interests { space: self.space().to_owned(), long_term: known.collect(), session };
        Shopper { profile, interests: Arc::new(interests), now_ms }
    }

    /// The interest vectors of a profile in this generation's space.
    pub fn interests(&self, profile: &Profile, now_ms: i64) -> Interests {
        let reader = ShopperReader::new(&self.0);
        interests(profile, &self.0.settings.interest, now_ms, self.space(), |id| reader.centred(id))
    }

    /// The id of the space that the products' vectors lie in.
    pub fn space(&self) -> &str {
        ShopperReader::new(&self.0).space()
    }
}

/// Reads a shopper's profile in the ordinals, vectors and tables of one snapshot.
#[derive(Debug, Clone, Copy)]
pub(super) struct ShopperReader<'s> {
    pub(super) snapshot: &'s Snapshot,
}

impl<'s> ShopperReader<'s> {
    /// The reader over a snapshot.
    pub(super) fn new(snapshot: &'s Snapshot) -> Self {
        Self { snapshot }
    }

    /// The id of the space that the products' vectors lie in.
    fn space(self) -> &'s str {
        &self.snapshot.generation.manifest.space.id
    }

    /// A product's vector, centred on the catalogue's mean and of unit length.
    fn centred(self, product_id: &str) -> Option<Vec<f32>> {
        let ordinal = self.snapshot.generation.products.ordinal(product_id)?;
        let vectors = &self.snapshot.generation.vectors;
        let row = vectors.has_direction(ordinal).then(|| vectors.row(ordinal))?;
        unit(row.iter().zip(self.snapshot.derived.mean.iter()).map(|(x, mean)| x - mean).collect())
    }

    /// The shopper's history, aggregated for ranking; `None` if none of it is in this catalogue, or the shopper does
    /// not want it used.
    pub(super) fn taste(self, shopper: &Shopper) -> Option<Taste> {
        let (settings, profile) = (&self.snapshot.settings.rank.personal, &*shopper.profile);
        if !profile.stated.may_personalize() {
            return None;
        }
        let ordinal = |id: &str| self.snapshot.generation.products.ordinal(id);
        let meetings = profile.interactions();
        let mut taste = Taste { purchased: purchased(&meetings).filter_map(ordinal).collect(), ..Taste::default() };
        let recent = distinct(&meetings, settings.history);
        let newest = recent.first().map_or(0, |one| one.time_ms);
        let mut decay = 1.0;
        for interaction in &recent {
            let Some(product) = ordinal(interaction.product_id) else { continue };
            let days = (newest - interaction.time_ms) as f32 / DAY_MS as f32;
            let weight = self.snapshot.settings.interest.weight(interaction.kind);
            taste.evidence += weight * settings.daily_decay.powf(days);
            self.add_product(&mut taste, product, weight, decay);
            decay *= settings.decay;
        }
        let stated = stated_preferences(profile, &self.snapshot.generation.columns).next().is_some();
        if taste.evidence == 0.0 && !stated {
            return None;
        }
        if shopper.interests.space == self.space() {
            let long_term = shopper.interests.long_term.iter();
            taste.interests = long_term.map(|interest| (interest.weight, interest.vector.clone())).collect();
            taste.session.clone_from(&shopper.interests.session);
        }
        Some(taste)
    }

    /// Adds the neighbours and brands of one product of the history.
    fn add_product(self, taste: &mut Taste, product: Ordinal, weight: f32, decay: f32) {
        let behaviour = &self.snapshot.generation.behaviour;
        let content = self.snapshot.settings.rank.personal.content * behaviour.blend.content_weight;
        let alike = behaviour.content.row(product).map(|(other, alike)| (other, content * alike));
        for (neighbour, strength) in behaviour.next.row(product).chain(alike) {
            *taste.neighbours.entry(neighbour).or_default() +=
                weight * decay * strength / self.snapshot.derived.neighbour_unit;
        }
        let brands = self.snapshot.generation.columns.keyword("brand").map(|brands| brands.view());
        for &brand in brands.iter().flat_map(|brands| brands.values(product)) {
            *taste.brands.entry(brand).or_default() += weight;
            taste.branded += weight;
        }
    }

    /// The nearness of products to the shopper's interests, −1 to 1; 0 without vectors.
    pub(super) fn interest_nearness<'a>(self, taste: &'a Taste) -> impl Fn(Ordinal) -> f32 + use<'a>
    where
        's: 'a,
    {
        interest_nearness(&self.snapshot.generation.vectors, &self.snapshot.derived.mean, taste)
    }

    /// Every product of a brand or category that the shopper wants to avoid; `None` if there is none.
    pub(super) fn avoided(self, profile: &Profile) -> Option<Bitmap> {
        let mut avoided: Option<Bitmap> = None;
        let stated = stated_preferences(profile, &self.snapshot.generation.columns);
        for preference in stated.filter(|preference| preference.avoids() && profile.stated.may_personalize()) {
            let products = avoided.get_or_insert_with(|| Bitmap::new(self.snapshot.generation.products.len()));
            preference.products().for_each(|ordinal| products.insert(ordinal));
        }
        avoided
    }
}

/// A shopper's history in this generation's ordinals, for recommenders.
#[derive(Debug, Default)]
pub(super) struct ShopperHistory {
    /// Products of the history, latest first, each once.
    pub(super) history: Vec<Ordinal>,
    /// Products of the visit under way, latest first, each once.
    pub(super) visit: Vec<Ordinal>,
    /// Products bought.
    pub(super) purchased: Vec<Ordinal>,
    /// The same, each once, the latest first.
    pub(super) bought: Vec<PurchasedProduct>,
    /// Interest vectors and their weights, 0 to 1.
    pub(super) interests: Vec<(f32, Vec<f32>)>,
}

impl ShopperReader<'_> {
    /// The shopper's history; empty if the shopper does not want it used.
    pub(super) fn history(self, shopper: &Shopper) -> ShopperHistory {
        let profile = &*shopper.profile;
        if !profile.stated.may_personalize() {
            return ShopperHistory::default();
        }
        let meetings = profile.interactions();
        let recent = distinct(&meetings, self.snapshot.settings.rank.personal.history);
        let mut known: FxHashMap<&str, Option<Ordinal>> = FxHashMap::default();
        let mut ordinal = |id| *known.entry(id).or_insert_with(|| self.snapshot.generation.products.ordinal(id));
        let mut interests = Vec::new();
        if shopper.interests.space == self.space() {
            let long_term = &shopper.interests.long_term;
            let strongest = long_term.first().map_or(1.0, |interest| interest.weight);
            interests.extend(long_term.iter().map(|interest| (interest.weight / strongest, interest.vector.clone())));
            interests.extend(shopper.interests.session.iter().map(|vector| (1.0, vector.clone())));
        }
        // A visit that ended is history.
        let under_way = profile.visits.last().filter(|visit| shopper.now_ms.saturating_sub(visit.end_ms) <= PAUSE_MS);
        let visit_from = under_way.map_or(i64::MAX, |visit| visit.start_ms);
        let in_visit = recent.iter().take_while(|one| one.time_ms >= visit_from);
        ShopperHistory {
            visit: in_visit.filter_map(|one| ordinal(one.product_id)).collect(),
            bought: bought(&meetings, &mut ordinal),
            history: recent.iter().filter_map(|one| ordinal(one.product_id)).collect(),
            purchased: purchased(&meetings).filter_map(&mut ordinal).collect(),
            interests,
        }
    }
}

/// The weight of an order in a habit, as a share of the weight of the order after it.
const HABIT_DECAY: f32 = 0.95;

/// The products bought, each once, from interactions with the latest first.
fn bought<'a>(
    meetings: &[RecentInteraction<'a>],
    mut ordinal: impl FnMut(&'a str) -> Option<Ordinal>,
) -> Vec<PurchasedProduct> {
    let mut products: Vec<(PurchasedProduct, i64)> = Vec::new();
    let purchases: Vec<&RecentInteraction<'_>> =
        meetings.iter().filter(|one| one.kind == InteractionKind::Purchase).collect();
    let mut weight = 1.0;
    for order in purchases.chunk_by(|a, b| a.time_ms == b.time_ms) {
        let time_ms = order[0].time_ms;
        for ordinal in order.iter().filter_map(|one| ordinal(one.product_id)) {
            match products.iter_mut().find(|(bought, _)| bought.ordinal == ordinal) {
                Some((_, first_ms)) if *first_ms == time_ms => {}
                Some((bought, first_ms)) => {
                    bought.times += 1;
                    bought.habit += weight;
                    *first_ms = time_ms;
                }
                None => {
                    let bought =
                        PurchasedProduct { ordinal, last_ms: time_ms, times: 1, every_days: None, habit: weight };
                    products.push((bought, time_ms));
                }
            }
        }
        weight *= HABIT_DECAY;
    }
    let timed = |(bought, first_ms): (PurchasedProduct, i64)| {
        let between = (bought.last_ms - first_ms) as f32 / DAY_MS as f32;
        let every_days = (bought.times > 1).then(|| between / (bought.times - 1) as f32);
        PurchasedProduct { every_days, ..bought }
    };
    products.into_iter().map(timed).collect()
}
