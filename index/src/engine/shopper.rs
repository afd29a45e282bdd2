//! From a profile to what ranking and recommenders need, in this generation's ordinals.

use std::ops::Range;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::bitmap::Bitmap;
use crate::column::{CATEGORY, KeywordView, ValueId};
use crate::engine::Snapshot;
use crate::event::{Leaning, Meeting};
use crate::id::Ordinal;
use crate::profile::{Direction, Interests, Met, Profile, distinct, interests, purchased, session, unit};
use crate::rank::Taste;
use crate::recommend::PurchasedProduct;
use crate::vector::dot;

const MS_A_DAY: f32 = 86_400_000.0;

/// Who asks: a person's profile, the interest vectors, and the time.
#[derive(Debug, Clone)]
pub struct Shopper {
    /// What all ids of the person did.
    pub profile: Arc<Profile>,
    /// The interest vectors in the generation's space.
    pub interests: Arc<Interests>,
    /// When the question is asked, in Unix milliseconds.
    pub now_ms: i64,
}

impl Snapshot {
    /// Everything answers need of a person; interest vectors are computed.
    pub fn shopper(&self, profile: Arc<Profile>, now_ms: i64) -> Shopper {
        let interests = Arc::new(self.interests(&profile, now_ms));
        Shopper { profile, interests, now_ms }
    }

    /// The same with long-term interests known already, each by its product and share, the strongest
    /// first; they must have been computed in this space.
    pub fn shopper_of(&self, profile: Arc<Profile>, long_term: &[(String, f32)], now_ms: i64) -> Shopper {
        let known = long_term.iter().filter_map(|(product_id, weight)| {
            let vector = self.centred(self.generation.products.ordinal(product_id)?)?;
            Some(Direction { product_id: product_id.clone(), weight: *weight, vector })
        });
        let session = session(&profile, &self.settings.interest, now_ms, |id| {
            self.centred(self.generation.products.ordinal(id)?)
        });
        let interests = Interests { space: self.space().to_owned(), long_term: known.collect(), session };
        Shopper { profile, interests: Arc::new(interests), now_ms }
    }

    /// A product's vector, centred on the catalogue's mean and of unit length.
    fn centred(&self, ordinal: Ordinal) -> Option<Vec<f32>> {
        let vectors = &self.generation.vectors;
        let row = vectors.has_direction(ordinal).then(|| vectors.row(ordinal))?;
        unit(row.iter().zip(self.derived.mean.iter()).map(|(x, mean)| x - mean).collect())
    }

    /// The interest vectors of a profile in this generation's space.
    pub fn interests(&self, profile: &Profile, now_ms: i64) -> Interests {
        let row = |id: &str| self.centred(self.generation.products.ordinal(id)?);
        interests(profile, &self.settings.interest, now_ms, self.space(), row)
    }

    /// The id of the space that the products' vectors live in.
    pub fn space(&self) -> &str {
        &self.generation.manifest.space.id
    }

    /// What ranking needs to know of a shopper; `None` when nothing known is in this catalogue, or
    /// the shopper does not want it used.
    pub(super) fn taste(&self, shopper: &Shopper) -> Option<Taste> {
        let (settings, profile) = (&self.settings.rank.personal, &*shopper.profile);
        if !profile.stated.may_personalize() {
            return None;
        }
        let ordinal = |id: &str| self.generation.products.ordinal(id);
        let brands = self.generation.columns.keyword("brand").map(|brands| brands.view());
        let meetings = profile.meetings();
        let mut taste = Taste { purchased: purchased(&meetings).filter_map(ordinal).collect(), ..Taste::default() };
        let recent = distinct(&meetings, settings.history);
        let newest = recent.first().map_or(0, |met| met.time_ms);
        let mut decay = 1.0;
        for met in &recent {
            let Some(product) = ordinal(met.product_id) else { continue };
            let days = (newest - met.time_ms) as f32 / MS_A_DAY;
            let weight = self.settings.interest.weight(met.meeting);
            taste.evidence += weight * settings.daily_decay.powf(days);
            let behaviour = &self.generation.behaviour;
            let content = settings.content * behaviour.blend.content_weight;
            let alike = behaviour.content.row(product).map(|(other, alike)| (other, content * alike));
            for (neighbour, strength) in behaviour.next.row(product).chain(alike) {
                *taste.neighbours.entry(neighbour).or_default() +=
                    weight * decay * strength / self.derived.neighbour_unit;
            }
            for &brand in brands.iter().flat_map(|brands| brands.values(product)) {
                *taste.brands.entry(brand).or_default() += weight;
                taste.branded += weight;
            }
            decay *= settings.decay;
        }
        let stated = self.stated(profile).next().is_some();
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

    /// How near products are to what the shopper likes, −1 to 1; 0 without vectors. The session counts
    /// whole, long-term interests by their weight beside the strongest.
    pub(super) fn interest_nearness<'a>(&'a self, taste: &'a Taste) -> impl Fn(Ordinal) -> f32 + 'a {
        let (vectors, mean) = (&self.generation.vectors, &self.derived.mean[..]);
        let strongest = taste.interests.first().map_or(1.0, |(weight, _)| *weight);
        let long_term = taste.interests.iter().map(|(weight, vector)| (weight / strongest, vector));
        let interests: Vec<(f32, &[f32], f32)> = long_term
            .chain(taste.session.iter().map(|vector| (1.0, vector)))
            .map(|(weight, vector)| (weight, &vector[..], dot(mean, vector)))
            .collect();
        let mean_squared = dot(mean, mean);
        move |ordinal| {
            if interests.is_empty() || !vectors.has_direction(ordinal) {
                return 0.0;
            }
            // The cosine to the row less the mean of all rows, without writing that down.
            let row = vectors.row(ordinal);
            let length = (dot(row, row) - 2.0 * dot(row, mean) + mean_squared).max(0.0).sqrt();
            if length <= f32::EPSILON {
                return 0.0;
            }
            let cosines =
                interests.iter().map(|(weight, vector, offset)| weight * (dot(row, vector) - offset) / length);
            cosines.reduce(f32::max).unwrap_or(0.0).clamp(-1.0, 1.0)
        }
    }

    /// Log lift of products' brands for a shopper; 0 without a brand.
    pub(super) fn brand_lifts<'a>(&'a self, taste: &'a Taste) -> impl Fn(Ordinal) -> f32 + 'a {
        let brands = self.generation.columns.keyword("brand").map(|brands| brands.view());
        move |ordinal| {
            let brand = brands.and_then(|brands| brands.values(ordinal).first().copied());
            brand.map_or(0.0, |brand| taste.brand_lift(brand, self.derived.brand_shares[brand as usize]))
        }
    }

    /// What the shopper said outright, as far as the catalogue has it.
    fn stated<'a>(&'a self, profile: &'a Profile) -> impl Iterator<Item = StatedSignal<'a>> {
        let column = |field: &str| self.generation.columns.keyword(field).map(|column| column.view());
        let signed = |leaning| if leaning == Leaning::Avoid { -1.0 } else { 1.0 };
        let (brands, categories) = (column("brand"), column(CATEGORY));
        let one = move |column: Option<KeywordView<'a>>, name: &str, leaning| {
            let values = vec![column?.equal_to(name)];
            Some(StatedSignal { column: column?, values, present: signed(leaning), otherwise: 0.0 })
        };
        let brands = profile.stated.brands().filter_map(move |(name, leaning)| one(brands, name, leaning));
        let categories = profile.stated.categories().filter_map(move |(name, leaning)| one(categories, name, leaning));
        let attributes = profile.stated.attributes().filter_map(move |(name, wanted)| {
            let column = column(name)?;
            let values = wanted.iter().map(|value| column.equal_to(value)).collect();
            Some(StatedSignal { column, values, present: 1.0, otherwise: -1.0 })
        });
        brands.chain(categories).chain(attributes)
    }

    /// Every product of a brand or category the shopper does not want to see; `None` where there is none.
    pub(super) fn avoided(&self, profile: &Profile) -> Option<Bitmap> {
        let mut avoided: Option<Bitmap> = None;
        let signals = self.stated(profile).filter(|_| profile.stated.may_personalize());
        for signal in signals.filter(|signal| signal.present < 0.0) {
            let products = avoided.get_or_insert_with(|| Bitmap::new(self.generation.products.len()));
            for range in signal.values {
                signal.column.products_of(range).iter().for_each(|&ordinal| products.insert(ordinal));
            }
        }
        avoided
    }

    /// What the shopper's own words say of products, −1 to 1: the mean over what applies.
    pub(super) fn stated_signal<'a>(&'a self, profile: &'a Profile) -> impl Fn(Ordinal) -> f32 + 'a {
        let signals: Vec<StatedSignal<'a>> = self.stated(profile).collect();
        move |ordinal| {
            let told = signals.iter().map(|signal| signal.of(ordinal)).filter(|value| *value != 0.0);
            let (sum, count) = told.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
            if count > 0.0 { sum / count } else { 0.0 }
        }
    }
}

/// One thing said, against one column.
struct StatedSignal<'a> {
    column: KeywordView<'a>,
    values: Vec<Range<ValueId>>,
    /// What a product with one of the values gets.
    present: f32,
    /// What a product with other values only gets.
    otherwise: f32,
}

impl StatedSignal<'_> {
    fn of(&self, ordinal: Ordinal) -> f32 {
        let has = self.column.values(ordinal);
        match has.iter().any(|value| self.values.iter().any(|wanted| wanted.contains(value))) {
            true => self.present,
            false if has.is_empty() => 0.0,
            false => self.otherwise,
        }
    }
}

/// A shopper's past in this generation's ordinals, for recommenders.
#[derive(Debug, Default)]
pub(super) struct History {
    /// Products met, latest first, each once.
    pub(super) history: Vec<Ordinal>,
    /// Products met in the latest visit, latest first, each once.
    pub(super) visit: Vec<Ordinal>,
    /// Products bought.
    pub(super) purchased: Vec<Ordinal>,
    /// The same, each once, the latest first.
    pub(super) bought: Vec<PurchasedProduct>,
    /// Interest vectors and what each counts, 0 to 1.
    pub(super) interests: Vec<(f32, Vec<f32>)>,
}

impl Snapshot {
    pub(super) fn history(&self, shopper: &Shopper) -> History {
        let profile = &*shopper.profile;
        if !profile.stated.may_personalize() {
            return History::default();
        }
        let meetings = profile.meetings();
        let recent = distinct(&meetings, self.settings.rank.personal.history);
        let mut known: FxHashMap<&str, Option<Ordinal>> = FxHashMap::default();
        let mut ordinal = |id| *known.entry(id).or_insert_with(|| self.generation.products.ordinal(id));
        let mut interests = Vec::new();
        if shopper.interests.space == self.space() {
            let long_term = &shopper.interests.long_term;
            let strongest = long_term.first().map_or(1.0, |interest| interest.weight);
            interests.extend(long_term.iter().map(|interest| (interest.weight / strongest, interest.vector.clone())));
            interests.extend(shopper.interests.session.iter().map(|vector| (1.0, vector.clone())));
        }
        let visit_from = profile.visits.last().map_or(i64::MAX, |visit| visit.start_ms);
        let in_visit = recent.iter().take_while(|met| met.time_ms >= visit_from);
        History {
            visit: in_visit.filter_map(|met| ordinal(met.product_id)).collect(),
            bought: bought(&meetings, &mut ordinal),
            history: recent.iter().filter_map(|met| ordinal(met.product_id)).collect(),
            purchased: purchased(&meetings).filter_map(&mut ordinal).collect(),
            interests,
        }
    }
}

/// What an order counts as a habit beside the one after it.
const HABIT_DECAY: f32 = 0.95;

/// Products bought, by meetings with the latest first; one known by its ordinal.
fn bought<'a>(meetings: &[Met<'a>], mut ordinal: impl FnMut(&'a str) -> Option<Ordinal>) -> Vec<PurchasedProduct> {
    let mut found: Vec<(PurchasedProduct, i64)> = Vec::new();
    let purchases: Vec<&Met<'_>> = meetings.iter().filter(|met| met.meeting == Meeting::Purchase).collect();
    let mut say = 1.0;
    for order in purchases.chunk_by(|a, b| a.time_ms == b.time_ms) {
        let time_ms = order[0].time_ms;
        for ordinal in order.iter().filter_map(|met| ordinal(met.product_id)) {
            match found.iter_mut().find(|(bought, _)| bought.ordinal == ordinal) {
                Some((_, first_ms)) if *first_ms == time_ms => {}
                Some((bought, first_ms)) => {
                    bought.times += 1;
                    bought.habit += say;
                    *first_ms = time_ms;
                }
                None => {
                    let bought = PurchasedProduct { ordinal, last_ms: time_ms, times: 1, every_days: None, habit: say };
                    found.push((bought, time_ms));
                }
            }
        }
        say *= HABIT_DECAY;
    }
    let timed = |(bought, first_ms): (PurchasedProduct, i64)| {
        let between = (bought.last_ms - first_ms) as f32 / MS_A_DAY;
        let every_days = (bought.times > 1).then(|| between / (bought.times - 1) as f32);
        PurchasedProduct { every_days, ..bought }
    };
    found.into_iter().map(timed).collect()
}
