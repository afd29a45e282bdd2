//! Past visits and their products, in both directions, for session-based nearest neighbours (VMIS-kNN:
//! Kersbergen et al., "Serenade", SIGMOD 2022). The past visits most similar to a visit under way vote:
//! `sim(v) = |v|^-.5 · ½^(age / half-life) · Σ_x .5^p · idf(x)²` over the shared products x, where p is
//! the position in the visit under way (0 the latest), and `score(j) = idf(j) · Σ sim(v)` over the most
//! similar visits that contain j. Settings: [`SessionSettings`]. Sections: `sessions.products` and
//! `sessions.visits` (lists), `.weights` and `.idf` (`f32`), `.voters` (`u32`).

use std::cmp::Ordering;

use super::interaction::Interaction;
use super::lists::{Lists, StoredLists};
use super::next::Sequences;
use super::session_fade::best_half_life;
use super::settings::SessionSettings;
use crate::error::{Error, Result};
use crate::flat::{FlatFile, FlatWriter, Section};
use crate::id::{Number, Ordinal};
use crate::time::days_between;

/// Past visits.
#[derive(Debug, Clone)]
pub struct Sessions {
    /// The products of each visit, each once.
    products: StoredLists,
    /// The visits of each product, the latest first.
    visits: StoredLists<u32>,
    /// `½^(age / half-life) / √|v|` of each visit, ages counted back from the latest visit.
    weights: Section<f32>,
    /// `ln(visits / visits with the product)` of each product; 0 without visits.
    idf: Section<f32>,
    /// The most visits that vote.
    voters: u32,
}

/// A past visit.
#[derive(Debug, Clone)]
pub(super) struct PastVisit {
    /// The time of its latest interaction, in Unix milliseconds.
    pub(super) time_ms: Option<i64>,
    /// Its products in the order of their latest interactions, each once.
    pub(super) in_order: Vec<Ordinal>,
    /// The same, ascending.
    distinct: Vec<Ordinal>,
}

impl PastVisit {
    /// A visit with products in the order of interactions, which may name a product several times.
    pub(super) fn new(time_ms: Option<i64>, met: impl DoubleEndedIterator<Item = Ordinal>) -> Self {
        let mut in_order: Vec<Ordinal> = Vec::new();
        for product in met.rev() {
            if !in_order.contains(&product) {
                in_order.push(product);
            }
        }
        in_order.reverse();
        let mut distinct = in_order.clone();
        distinct.sort_unstable();
        Self { time_ms, in_order, distinct }
    }

    /// `½^(age / half-life) / √|v|`, the age in days counted back from the latest visit.
    fn weight(&self, latest_ms: i64, half_life_days: f64) -> f32 {
        let age_days = self.time_ms.map_or(0.0, |time| days_between(time, latest_ms));
        ((-age_days / half_life_days).exp2() / (self.distinct.len() as f64).sqrt()) as f32
    }
}

/// The visits of interactions sorted by shopper and time, ascending by time, the undated first. Visits with one product
/// are left out: they have nothing to recommend.
fn past_visits(interactions: &[Interaction], settings: &SessionSettings) -> Vec<PastVisit> {
    let mut visits: Vec<PastVisit> = Vec::new();
    for visit in interactions.chunk_by(Sequences::same_visit) {
        let mut distinct: Vec<Ordinal> = visit.iter().map(|interaction| interaction.ordinal).collect();
        distinct.sort_unstable();
        distinct.dedup();
        if distinct.len() > 1 && distinct.len() <= settings.max_products {
            let time_ms = visit.iter().filter_map(|interaction| interaction.time_ms.get()).max();
            visits.push(PastVisit::new(time_ms, visit.iter().map(|interaction| interaction.ordinal)));
        }
    }
    // Stable sort: undated visits, and those of one millisecond, stay in journal order.
    visits.sort_by_key(|visit| visit.time_ms);
    visits.drain(..visits.len().saturating_sub(settings.max_visits));
    visits
}

impl Sessions {
    /// The visits of interactions sorted by shopper and time. The half-life of their weights is chosen from them
    /// ([`best_half_life`]).
    pub fn of(interactions: &[Interaction], products: usize, settings: &SessionSettings) -> Self {
        let visits = past_visits(interactions, settings);
        let half_life_days = best_half_life(&visits, products, settings);
        Self::count(&visits, products, settings).fading(&visits, half_life_days)
    }

    /// Visits in ascending order of time, before they are weighed.
    pub(super) fn count(visits: &[PastVisit], products: usize, settings: &SessionSettings) -> Self {
        let lists: Lists = visits.iter().map(|visit| &visit.distinct[..]).collect();
        let lies_in: Lists<u32> = lists.transpose(products);
        let all = visits.len() as f32;
        let idf =
            lies_in.iter().map(|lies_in| if lies_in.is_empty() { 0.0 } else { (all / lies_in.len() as f32).ln() });
        let idf: Vec<f32> = idf.collect();
        let latest_first = lies_in
            .iter()
            .map(|lies_in| lies_in.iter().rev().take(settings.visits_per_product).copied().collect::<Vec<u32>>());
        let mut visits_of_products = Lists::default();
        latest_first.for_each(|visits| visits_of_products.push(&visits));
        Self {
            products: lists.into(),
            visits: visits_of_products.into(),
            weights: Vec::new().into(),
            idf: idf.into(),
            voters: settings.voters as u32,
        }
    }

    /// The same visits, weighed with a half-life in days.
    pub(super) fn fading(self, visits: &[PastVisit], half_life_days: f64) -> Self {
        let latest_ms = visits.last().and_then(|visit| visit.time_ms).unwrap_or_default();
        let weights: Vec<f32> = visits.iter().map(|visit| visit.weight(latest_ms, half_life_days)).collect();
        Self { weights: weights.into(), ..self }
    }

    /// The votes of similar visits, by product. `visit` lists the products of the visit under way, the
    /// latest first, each once; they get votes too.
    pub fn votes(&self, visit: &[Ordinal]) -> Vec<(Ordinal, f32)> {
        let mut shared: Vec<(u32, f32)> = Vec::new();
        let mut decay = 1.0;
        for &product in visit {
            if let Some(&idf) = self.idf.get(product.index()) {
                shared.extend(self.visits.get(product.index()).iter().map(|&visit| (visit, decay * idf * idf)));
            }
            decay *= 0.5;
        }
        let mut voters = summed(shared);
        voters.iter_mut().for_each(|voter| voter.1 *= self.weights[voter.0 as usize]);
        let more_similar = |a: &(u32, f32), b: &(u32, f32)| -> Ordering { b.1.total_cmp(&a.1).then(b.0.cmp(&a.0)) };
        let voting = self.voters as usize;
        if voters.len() > voting {
            voters.select_nth_unstable_by(voting, more_similar);
            voters.truncate(voting);
            voters.sort_unstable_by_key(|voter| voter.0);
        }
        let products = |&(visit, similarity): &(u32, f32)| {
            self.products.get(visit as usize).iter().map(move |&product| (product, similarity))
        };
        let mut votes = summed(voters.iter().flat_map(products).collect());
        votes.iter_mut().for_each(|vote| vote.1 *= self.idf[vote.0.index()]);
        votes
    }

    /// The number of the stored visits of one product that hold another too; only its latest visits are read.
    pub fn together(&self, one: Ordinal, other: Ordinal) -> u32 {
        let holds = |visit: &&u32| self.products.get(**visit as usize).binary_search(&other).is_ok();
        self.visits.get(one.index()).iter().filter(holds).count() as u32
    }

    /// The number of visits.
    pub fn len(&self) -> usize {
        self.products.len()
    }

    /// True if there is no visit.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes the sections.
    pub fn write(&self, file: &mut FlatWriter) -> Result<()> {
        self.products.write(file, "sessions.products")?;
        self.visits.write(file, "sessions.visits")?;
        file.section::<f32>("sessions.weights", &self.weights)?;
        file.section::<f32>("sessions.idf", &self.idf)?;
        file.section::<u32>("sessions.voters", &[self.voters])
    }

    /// Opens the sections of a catalogue of `products` products.
    ///
    /// # Errors
    /// [`Error::Corrupt`] if the sections do not fit each other or the catalogue.
    pub fn open(file: &FlatFile, products: usize) -> Result<Self> {
        let weights: Section<f32> = file.section("sessions.weights")?;
        let idf = file.section_of::<f32>("sessions.idf", products)?;
        if weights.iter().chain(idf.iter()).any(|value| !value.is_finite()) {
            return Err(Error::corrupt(file.path(), "sessions hold what is not a finite number"));
        }
        Ok(Self {
            products: StoredLists::open(file, "sessions.products", weights.len(), products)?,
            visits: StoredLists::open(file, "sessions.visits", products, weights.len())?,
            voters: file.section_of::<u32>("sessions.voters", 1)?[0],
            weights,
            idf,
        })
    }
}

/// The sum of the amounts of each number, ascending by number.
fn summed<N: Number>(mut amounts: Vec<(N, f32)>) -> Vec<(N, f32)> {
    amounts.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    amounts.dedup_by(|next, sum| {
        let same = next.0 == sum.0;
        if same {
            sum.1 += next.1;
        }
        same
    });
    amounts
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU64;

    use super::super::interaction::ShopperNumber;
    use super::*;
    use crate::event::InteractionKind;
    use crate::time::DAY_MS;

    fn interaction(visit: u64, day: i64, ordinal: u32) -> Interaction {
        Interaction {
            shopper: ShopperNumber(visit as u32),
            time_ms: Some(day * DAY_MS).into(),
            session: NonZeroU64::new(visit),
            kind: InteractionKind::View,
            ordinal: Ordinal::new(ordinal),
            ..Interaction::NOTHING
        }
    }

    fn sessions(settings: &SessionSettings) -> Sessions {
        let log = [
            interaction(0, 0, 0),
            interaction(0, 0, 1),
            interaction(1, 4, 0),
            interaction(1, 4, 2),
            interaction(2, 4, 3),
            interaction(2, 4, 4),
            interaction(3, 4, 5),
        ];
        Sessions::of(&log, 6, settings)
    }

    fn votes_of(sessions: &Sessions, visit: &[u32]) -> Vec<(u32, f32)> {
        sessions.votes(Ordinal::slice(visit)).iter().map(|vote| (vote.0.get(), vote.1)).collect()
    }

    #[test]
    fn the_formula_by_hand() {
        let sessions = sessions(&SessionSettings { half_life_days: 4.0, ..SessionSettings::default() });
        assert_eq!(sessions.len(), 3, "the visit with one product is left out");
        let votes = votes_of(&sessions, &[0]);
        assert_eq!(votes.iter().map(|vote| vote.0).collect::<Vec<_>>(), [0, 1, 2]);
        // Product 0 is in two of three visits, 1 and 2 in one; the older visit is a half-life old.
        let (common, rare) = ((3f32 / 2.0).ln(), 3f32.ln());
        let fresh = common * common / 2f32.sqrt();
        assert!((votes[2].1 - rare * fresh).abs() < 1e-6, "{votes:?}");
        assert!((votes[1].1 - rare * fresh / 2.0).abs() < 1e-6);
        assert!(sessions.votes(Ordinal::slice(&[5, 99])).is_empty());
        let together = |one, other| sessions.together(Ordinal::new(one), Ordinal::new(other));
        assert_eq!([together(0, 1), together(0, 2), together(1, 2), together(0, 99)], [1, 1, 0, 0]);
    }

    #[test]
    fn earlier_products_of_the_visit_count_less_and_only_the_most_similar_visits_vote() {
        let all = sessions(&SessionSettings::default());
        let votes = votes_of(&all, &[3, 0]);
        let of = |product: u32| votes.iter().find(|vote| vote.0 == product).map_or(0.0, |vote| vote.1);
        assert!(of(4) > of(2) && of(2) > of(1) && of(1) > 0.0, "{votes:?}");
        let one = sessions(&SessionSettings { voters: 1, ..SessionSettings::default() });
        assert_eq!(votes_of(&one, &[3, 0]).iter().map(|vote| vote.0).collect::<Vec<_>>(), [3, 4]);
        let latest = sessions(&SessionSettings { visits_per_product: 1, ..SessionSettings::default() });
        assert_eq!(votes_of(&latest, &[0]).iter().map(|vote| vote.0).collect::<Vec<_>>(), [0, 2]);
    }
}
