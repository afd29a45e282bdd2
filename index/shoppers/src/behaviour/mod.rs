//! Tables counted from the events of the journal: popularity, products bought together, next products,
//! products viewed together, segments, repurchases. A [`BehaviourBuilder`] takes each event once,
//! [`BehaviourBuilder::build`] counts, and all tables are sections of one flat file of a generation.
//! Products are ordinals with a variant group and leaf categories ([`CatalogueView`]). Texts, columns and
//! vectors are unknown here, and the time is an argument.

mod add_ons;
pub mod association;
mod baskets;
mod blend;
mod cart_holdout;
mod cart_model;
mod category;
mod clicks;
mod collect;
mod complements;
mod content;
mod count;
mod evidence;
mod given;
mod history;
mod history_holdout;
mod interaction;
mod lists;
mod llr;
mod next;
mod placements;
mod popularity;
mod queries;
mod reformulations;
mod repurchase;
mod robots;
mod segments;
mod session_fade;
mod sessions;
mod settings;
mod settle;
mod several;
mod successors;
mod table;
mod titles;
mod trending;
mod view;
mod viewed_then_bought;

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::flat::{FlatFile, FlatWriter, Section};
use crate::progress::Silent;

pub use baskets::Baskets;
pub use blend::{Blend, HistoryContribution};
pub use cart_holdout::{CartHoldout, HeldOutCart, PurchaseLists};
pub use cart_model::{CartCandidate, CartModel};
pub use category::CategoryComplements;
pub use clicks::{ClickLimits, ClickedQuery, Clicks};
pub use collect::{BehaviourBuilder, Collected};
pub use complements::complements;
pub use content::Terms;
pub use given::{Given, GivenPopularity, Pairs};
pub use history::HistoryLog;
pub use history_holdout::{HeldOutHistories, HistoryHoldout, HistoryWeights, HistoryWeightsTrainer};
pub use interaction::{Interaction, Moment, ShopperNumber};
pub use lists::Lists;
pub use llr::PairCounts;
pub use next::{HeldOutStep, ItemToItem, Sequences};
pub use placements::{PlacementCounts, Placements};
pub use popularity::Popularity;
pub use queries::{Correction, Queries, QuerySettings, SuccessfulQuery};
pub use repurchase::Repurchase;
pub use robots::Robots;
pub use segments::Segments;
pub use sessions::Sessions;
pub use settings::{
    AfterSettings, BasketSettings, ComplementSettings, ContentSettings, NextSettings, PopularitySettings,
    SessionSettings, Settings,
};
pub use several::{Several, substitutes};
pub use successors::successors;
pub use table::{Neighbour, NeighbourTable, PairEvidence};
pub use titles::{FittingKind, ModelFit, ProductKinds, TitleRow, Titles, fitting_value};
pub use trending::TrendingTable;
pub use view::{CatalogueView, NO_GROUP};
pub use viewed_then_bought::viewed_then_bought;

/// The behaviour tables of one generation.
#[derive(Debug, Clone)]
pub struct Behaviour {
    /// Views, additions to the cart and purchases of each product.
    pub popularity: Popularity,
    /// Products bought in the same basket, with evidence.
    pub complements: NeighbourTable,
    /// Leaf categories bought in the same basket, and the popular products of each.
    pub categories: CategoryComplements,
    /// Products that follow in the interaction sequences of shoppers.
    pub next: NeighbourTable,
    /// Products bought by the same shoppers, before or after.
    pub also_bought: NeighbourTable,
    /// Products viewed in the same visit; mostly substitutes.
    pub co_viewed: NeighbourTable,
    /// Products with the most similar texts.
    pub content: NeighbourTable,
    /// Weights by which `next` and `content` score a history together.
    pub blend: Blend,
    /// Past visits, to find those most similar to a visit under way.
    pub sessions: Sessions,
    /// Products that come directly after in a visit.
    pub successors: NeighbourTable,
    /// Products bought in the end by shoppers who viewed this one, with evidence.
    pub viewed_then_bought: NeighbourTable,
    /// Products that rise above their expected interactions.
    pub trending: TrendingTable,
    /// Rising products among the shoppers of a country, region or segment.
    pub segments: Segments,
    /// Products bought again, and the days between two purchases.
    pub repurchase: Repurchase,
    /// The kinds of the products by their titles, what they are made for, and the add-ons.
    pub kinds: ProductKinds,
    /// Impressions, clicks and purchases of recommendation placements.
    pub placements: Placements,
    /// The summed interaction weights of each product in the sequences behind `next`, by ordinal; empty in
    /// files of earlier releases.
    pub sequence_weights: Section<f32>,
    /// The cart model, if it answers carts surely better than `complements`.
    pub cart_model: Option<CartModel>,
    /// The held-out baskets, between counting and training; not stored.
    pub cart_holdout: Option<Arc<CartHoldout>>,
    /// The held-out purchases, between counting and training; not stored.
    pub history_holdout: Option<Arc<HistoryHoldout>>,
}

impl Behaviour {
    /// The tables of a shop without events.
    pub fn empty(catalogue: &CatalogueView<'_>) -> Self {
        BehaviourBuilder::default().count(&[], &Settings::default(), catalogue, &Terms::default(), 0, &Silent)
    }

    /// Writes all tables as sections of one flat file.
    pub fn write(&self, file: &mut FlatWriter) -> Result<()> {
        self.popularity.write(file)?;
        self.complements.write(file, "complements")?;
        self.categories.write(file)?;
        self.next.write(file, "next")?;
        self.co_viewed.write(file, "co_viewed")?;
        self.also_bought.write(file, "also_bought")?;
        self.content.write(file, "content")?;
        let Blend { decay, content_weight, max_steps } = self.blend;
        file.section::<f32>("blend", &[decay, content_weight])?;
        file.section::<u32>("blend.steps", &[max_steps as u32])?;
        self.sessions.write(file)?;
        self.successors.write(file, "successors")?;
        self.viewed_then_bought.write(file, "viewed_then_bought")?;
        self.trending.write(file)?;
        self.segments.write(file)?;
        self.repurchase.write(file)?;
        self.kinds.write(file)?;
        file.section::<f32>("next.worth", &self.sequence_weights)?;
        self.cart_model.iter().try_for_each(|model| model.write(file))?;
        self.placements.write(file)
    }

    /// Opens the tables of a catalogue of `products` products and `categories` leaf categories.
    ///
    /// # Errors
    /// [`crate::error::Error::Corrupt`] if a section does not fit the catalogue.
    pub fn open(file: &FlatFile, products: usize, categories: usize) -> Result<Self> {
        let table = |name: &str| NeighbourTable::open(file, name, products, products);
        let popularity = Popularity::open(file, products)?;
        let categories = CategoryComplements::open(file, products, categories)?;
        let (complements, next, co_viewed) = (table("complements")?, table("next")?, table("co_viewed")?);
        if !file.has("placements.counts") {
            // Files of earlier releases have the tables above only.
            let (groups, starts) = (vec![NO_GROUP; products], vec![0; products + 1]);
            let empty = Self::empty(&CatalogueView::checked_before(&groups, &starts, &[], 0));
            return Ok(Self { popularity, categories, complements, next, co_viewed, ..empty });
        }
        Ok(Self {
            popularity,
            categories,
            complements,
            next,
            co_viewed,
            also_bought: table("also_bought")?,
            content: table("content")?,
            blend: open_blend(file)?,
            sessions: Sessions::open(file, products)?,
            successors: table("successors")?,
            viewed_then_bought: table("viewed_then_bought")?,
            trending: TrendingTable::open(file, products)?,
            segments: Segments::open(file, products)?,
            repurchase: Repurchase::open(file, products)?,
            kinds: ProductKinds::open(file, products)?,
            placements: Placements::open(file)?,
            sequence_weights: open_sequence_weights(file, products)?,
            cart_model: CartModel::open(file, products)?,
            cart_holdout: None,
            history_holdout: None,
        })
    }
}

fn open_sequence_weights(file: &FlatFile, products: usize) -> Result<Section<f32>> {
    if !file.has("next.worth") {
        return Ok(Vec::new().into());
    }
    let sequence_weights = file.section_of::<f32>("next.worth", products)?;
    match sequence_weights.iter().all(|sequence_weights| sequence_weights.is_finite() && *sequence_weights >= 0.0) {
        true => Ok(sequence_weights),
        false => Err(Error::corrupt(file.path(), "next.worth holds what is not a number of 0 or more")),
    }
}

fn open_blend(file: &FlatFile) -> Result<Blend> {
    let weights = file.section_of::<f32>("blend", 2)?;
    let steps = file.section_of::<u32>("blend.steps", 1)?;
    if weights.iter().any(|weight| !weight.is_finite() || *weight < 0.0) {
        return Err(Error::corrupt(file.path(), "a weight of the blend is not a number of 0 or more"));
    }
    Ok(Blend { decay: weights[0], content_weight: weights[1], max_steps: steps[0] as usize })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::event::Event;
    use crate::id::{CategoryNumber, Ordinal};

    /// Forty shoppers buy a phone (0, category 0) with a case (2 or 3, category 1), forty others
    /// bread (4, category 2); phone 1 is never bought, and every phone is viewed beside the other.
    fn journal() -> Vec<Event> {
        let line =
            |text: String| serde_json::from_str::<Event>(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
        (0..40)
            .flat_map(|n| {
                [
                    format!(r#"{{"type":"view","user_id":"u{n}","session_id":"s","products":[{{"id":"0"}},{{"id":"1"}}]}}"#),
                    format!(
                        r#"{{"type":"purchase","user_id":"u{n}","order_id":"o","products":[{{"id":"0"}},{{"id":"{}"}}]}}"#,
                        2 + n % 2
                    ),
                    format!(r#"{{"type":"purchase","user_id":"b{n}","products":[{{"id":"4"}}]}}"#),
                ]
            })
            .map(line)
            .collect()
    }

    #[test]
    fn a_journal_becomes_tables_that_survive_the_disk() -> Result<()> {
        let catalogue =
            CatalogueView::new(&[NO_GROUP; 5], &[0, 1, 2, 3, 4, 5], CategoryNumber::slice(&[0, 0, 1, 1, 2]), 3)?;
        let mut builder = BehaviourBuilder::default();
        for event in journal() {
            builder.push(&event, |id| id.parse().ok().map(Ordinal::new));
        }
        assert_eq!((builder.collected().events, builder.collected().interactions), (120, 200));
        let built = builder.build(&Settings::default(), &catalogue, &Terms::default(), 0, &Silent)?;
        let folder = tempfile::tempdir().map_err(Error::io("create", Path::new("temp")))?;
        let path = folder.path().join("behaviour.flat");
        let mut file = FlatWriter::create(&path)?;
        built.write(&mut file)?;
        file.finish()?;
        let partners = |row: Vec<(u32, f32)>| row.into_iter().map(|(partner, _)| partner).collect::<Vec<_>>();
        let read = Behaviour::open(&FlatFile::open(&path)?, 5, 3)?;
        assert_eq!(partners(read.complements.bare(0)), [2, 3]);
        assert!(read.complements.bare(1).is_empty(), "never bought");
        assert_eq!(partners(read.categories.pairs.bare(0)), [1]);
        assert_eq!(partners(read.categories.popular.bare(1)), [2, 3]);
        assert_eq!(partners(read.co_viewed.bare(1)), [0]);
        assert_eq!(partners(read.next.bare(1)).first(), Some(&0));
        assert_eq!(read.popularity.best_first().first(), Some(&Ordinal::new(0)));
        assert!(Behaviour::open(&FlatFile::open(&path)?, 4, 3).is_err(), "another catalogue");
        Ok(())
    }
}
