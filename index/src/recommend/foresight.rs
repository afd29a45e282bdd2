//! What a learned order sees of a history and of each product it speaks for. The
//! same rows are made for the hidden purchases of the replay, where the order is
//! learned, and for the shopper who asks ([`super::ForYou`]).

use rustc_hash::FxHashMap;

use crate::behaviour::{Blend, CatalogueView, NeighbourTable, Voice};
use crate::id::Ordinal;

/// Products of one history that are put in order.
pub const DEPTH: usize = 100;
/// Values of a row.
pub const FEATURES: usize = 17;

/// The tables a history speaks through.
#[derive(Debug, Clone, Copy)]
pub struct Foresight<'a> {
    /// What comes next.
    pub next: &'a NeighbourTable,
    /// What reads alike.
    pub content: &'a NeighbourTable,
    /// How a history speaks through both.
    pub blend: &'a Blend,
    /// The summed worth of all meetings of each product; see [`crate::behaviour::Sequences`].
    pub worth: &'a [f32],
    /// Leaf categories.
    pub catalogue: CatalogueView<'a>,
}

/// What a history says for one product through one table.
#[derive(Debug, Clone, Copy, Default)]
struct Said {
    /// As the blend has it.
    faded: f32,
    /// By the product met last alone.
    latest: f32,
    /// The loudest voice, not faded.
    loudest: f32,
    /// All voices, not faded.
    whole: f32,
    voices: f32,
}

impl Said {
    fn hear(&mut self, faded: f32, whole: f32, latest: bool) {
        self.faded += faded;
        self.latest += if latest { whole } else { 0.0 };
        self.loudest = self.loudest.max(whole);
        self.whole += whole;
        self.voices += 1.0;
    }
}

impl Foresight<'_> {
    /// The products a history, the latest first, speaks for, none that it holds: at most [`DEPTH`] with
    /// how loud, the loudest first, ties by ordinal.
    pub fn loudest(&self, history: &[Ordinal]) -> Vec<(Ordinal, f32)> {
        let mut said: FxHashMap<Ordinal, f32> = FxHashMap::default();
        let hear = |voice: Voice| *said.entry(voice.other).or_default() += voice.strength;
        self.blend.speak(history, self.next, self.content, hear);
        let mut loudest: Vec<(Ordinal, f32)> = said.into_iter().filter(|one| !history.contains(&one.0)).collect();
        loudest.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        loudest.truncate(DEPTH);
        loudest
    }

    /// A row of [`FEATURES`] values for each of `products`, in their order, which counts as their place.
    pub fn rows(&self, history: &[Ordinal], products: &[Ordinal]) -> Vec<f32> {
        let mut said: FxHashMap<Ordinal, [Said; 2]> =
            products.iter().map(|&product| (product, Default::default())).collect();
        let mut say = 1.0;
        for (place, &met) in history.iter().take(self.blend.max_steps).enumerate() {
            let tables = [(self.next, 1.0), (self.content, self.blend.content_weight)];
            for (at, (table, weight)) in tables.into_iter().enumerate() {
                for (other, strength) in table.row(met) {
                    if let Some(said) = said.get_mut(&other) {
                        said[at].hear(say * weight * strength, strength, place == 0);
                    }
                }
            }
            say *= self.blend.decay;
        }
        let sum = |product: &Ordinal| said.get(product).map_or(0.0, |[next, alike]| next.faded + alike.faded);
        let most = products.iter().map(sum).fold(f32::MIN_POSITIVE, f32::max);
        let popularity = |product: Ordinal| self.worth.get(product as usize).copied().unwrap_or_default().ln_1p();
        let latest = history.first().copied();
        let mut rows = Vec::with_capacity(products.len() * FEATURES);
        for (place, product) in products.iter().enumerate() {
            let [next, alike] = said.get(product).copied().unwrap_or_default();
            let beside = history.iter().filter(|&&met| self.catalogue.share_leaf(met, *product)).count();
            let shares = |met| f32::from(u8::from(self.catalogue.share_leaf(met, *product)));
            rows.extend_from_slice(&[
                sum(product),
                place as f32,
                sum(product) / most,
                next.faded,
                alike.faded,
                next.latest,
                alike.latest,
                next.loudest,
                alike.loudest,
                next.whole,
                next.voices,
                alike.voices,
                popularity(*product),
                latest.map_or(0.0, popularity),
                history.len() as f32,
                beside as f32 / history.len().max(1) as f32,
                latest.map_or(0.0, shares),
            ]);
        }
        rows
    }
}
