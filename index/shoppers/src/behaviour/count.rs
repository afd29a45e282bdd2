//! Counts the behaviour tables from a settled history, one step a method and one table after the other,
//! so that the working memory of one is free before the next is counted. Tables handed in from outside
//! ([`Given`]) are taken over instead of counted. Nothing is read or written here.

use std::sync::Arc;

use super::Behaviour;
use super::add_ons::in_most_baskets;
use super::baskets::Baskets;
use super::blend::Blend;
use super::cart_holdout::cart_holdout;
use super::category::CategoryComplements;
use super::complements::complements;
use super::content::Terms;
use super::evidence::with_evidence;
use super::given::{Given, GivenPopularity, Pairs, complements_of, table_of};
use super::history_holdout::{HistoryHoldout, HistoryWeightsTrainer};
use super::interaction::Interaction;
use super::lists::Lists;
use super::next::{ItemToItem, Sequences};
use super::placements::Placements;
use super::popularity::Popularity;
use super::repurchase::Repurchase;
use super::robots::Robots;
use super::segments::{SegmentLog, Segments};
use super::sessions::Sessions;
use super::settings::Settings;
use super::several::Several;
use super::successors::successors;
use super::table::NeighbourTable;
use super::titles::ProductKinds;
use super::trending::TrendingTable;
use super::view::CatalogueView;
use super::viewed_then_bought::viewed_then_bought;
use crate::progress::Progress;

/// One count: the settled history, by shopper and time, and everything the counts depend on.
pub(super) struct TableCount<'a> {
    pub(super) interactions: &'a [Interaction],
    pub(super) settings: &'a Settings,
    pub(super) catalogue: &'a CatalogueView<'a>,
    /// The Unix milliseconds that ages are counted back from.
    pub(super) now_ms: i64,
    pub(super) progress: &'a dyn Progress,
    /// Trains the weights of a history; without it the configured ones hold.
    pub(super) history_weights: Option<HistoryWeightsTrainer>,
}

/// The tables made from the sequences of all shoppers.
struct NextTables {
    next: NeighbourTable,
    blend: Blend,
    /// The summed interaction weights of each product, by ordinal.
    sequence_weights: Vec<f32>,
    /// The interactions held out while the weights were trained, if they were.
    holdout: Option<HistoryHoldout>,
    /// The longest row of `next` and of the tables like it.
    per_row: usize,
}

impl TableCount<'_> {
    /// All tables. `terms` are the terms of the product texts.
    pub(super) fn tables(
        &self,
        given: Given,
        terms: &Terms,
        segments: SegmentLog,
        placements: Placements,
    ) -> Behaviour {
        let kinds = self.kinds(terms);
        let robots = Robots::find(self.interactions, &self.settings.popularity);
        let [visitors, views] = robots.counts();
        if visitors > 0 {
            self.progress.note(&format!("{visitors} robots by their rate: {views} views left out of popularity"));
        }
        let counted = (&robots, &kinds);
        let popularity = self.popularity(given.popularity, counted);
        self.stage("alike");
        let content = terms.neighbours(self.catalogue, &self.settings.content);
        let NextTables { next, blend, sequence_weights, holdout, per_row } = self.next_items(given.next, &content);
        let co_viewed = self.co_viewed(given.co_viewed, per_row);
        let (also_bought, several) = self.also_bought(given.also_bought, per_row);
        let complements_given = given.complements.is_some();
        let (complements, categories) = self.complements(given.complements, &popularity, &kinds);
        self.stage("holdout");
        let cart_holdout =
            if complements_given { None } else { cart_holdout(self.interactions, self.catalogue, self.settings) };
        self.stage("visits");
        let successors =
            self.table(given.successors, per_row, || successors(self.interactions, self.products(), per_row));
        let sessions = Sessions::of(self.interactions, self.products(), &self.settings.sessions);
        self.stage("rest");
        Behaviour {
            complements,
            categories: categories.with_several(several),
            next,
            also_bought,
            co_viewed,
            content,
            blend,
            sessions,
            successors,
            viewed_then_bought: self.viewed_then_bought(given.viewed_then_bought),
            trending: self.trending(counted),
            segments: self.segments(segments),
            repurchase: Repurchase::count(self.interactions, self.catalogue, &kinds, &self.settings.after),
            placements,
            sequence_weights: sequence_weights.into(),
            cart_model: None,
            cart_holdout: cart_holdout.map(Arc::new),
            history_holdout: holdout.map(Arc::new),
            popularity,
            kinds,
        }
    }

    /// The kinds of the products by their titles, and the add-ons.
    fn kinds(&self, terms: &Terms) -> ProductKinds {
        self.stage("kinds");
        let bought = Baskets::of_purchases(self.interactions, &self.settings.baskets);
        let add_ons = in_most_baskets(&bought, self.products(), &self.settings.complements);
        ProductKinds::of(&terms.titles, self.catalogue, &add_ons)
    }

    fn stage(&self, name: &'static str) {
        self.progress.stage(name, None);
    }

    fn products(&self) -> usize {
        self.catalogue.products()
    }

    /// The given pairs as a table of at most `per_row` pairs a row, or else the counted table.
    fn table(&self, given: Option<Pairs>, per_row: usize, count: impl FnOnce() -> NeighbourTable) -> NeighbourTable {
        match given {
            Some(pairs) => table_of(pairs, self.products(), per_row),
            None => count(),
        }
    }

    /// The given or counted table, each pair with the evidence that `lists` hold of it.
    fn evident(
        &self,
        given: Option<Pairs>,
        per_row: usize,
        lists: &Lists,
        count: impl FnOnce() -> NeighbourTable,
    ) -> NeighbourTable {
        with_evidence(&self.table(given, per_row, count), lists, self.products())
    }

    fn popularity(&self, given: Option<Vec<GivenPopularity>>, counted: (&Robots, &ProductKinds)) -> Popularity {
        self.stage("popularity");
        let settings = &self.settings.popularity;
        let popularity = Popularity::count(self.interactions, self.catalogue, settings, counted, self.now_ms);
        match given {
            Some(popular) => popularity.given(&popular, self.catalogue),
            None => popularity,
        }
    }

    /// The next-item table with the trained weights, or the configured ones without a trainer or with a given table.
    fn next_items(&self, given: Option<Pairs>, content: &NeighbourTable) -> NextTables {
        let configured = &self.settings.next;
        self.stage("weights");
        let all = Sequences::of_shoppers(self.interactions, configured);
        let train = self.history_weights.filter(|_| given.is_none());
        let trained = train.and_then(|train| train(&all, content, self.products(), configured, self.progress));
        let chosen = trained.as_ref().map_or_else(|| configured.clone(), |trained| trained.settings.clone());
        self.stage("next");
        NextTables {
            next: self
                .evident(given, chosen.per_row, &all.products, || ItemToItem::build(&all, self.products(), &chosen)),
            blend: chosen.blend,
            sequence_weights: all.interaction_weights(self.products()),
            holdout: trained.map(|trained| trained.holdout),
            per_row: chosen.per_row,
        }
    }

    fn co_viewed(&self, given: Option<Pairs>, per_row: usize) -> NeighbourTable {
        self.stage("co_viewed");
        let views = Sequences::of_visits(self.interactions, &self.settings.next);
        self.evident(given, per_row, &views.products, || {
            ItemToItem::build(&views, self.products(), &self.settings.next)
        })
    }

    /// The also-bought table, and the leaf categories of which shoppers buy several products.
    fn also_bought(&self, given: Option<Pairs>, per_row: usize) -> (NeighbourTable, Several) {
        let Settings { next, complements, .. } = self.settings;
        self.stage("bought");
        let buyers = Sequences::of_buyers(self.interactions, next);
        let several = Several::count(buyers.products.iter(), self.catalogue, complements.several_share);
        let table = self.evident(given, per_row, &buyers.products, || {
            ItemToItem::also_bought(&buyers, self.catalogue, &several.0, next)
        });
        (table, several)
    }

    /// The complements of products, and those of categories.
    fn complements(
        &self,
        given: Option<Pairs>,
        popularity: &Popularity,
        kinds: &ProductKinds,
    ) -> (NeighbourTable, CategoryComplements) {
        let Settings { baskets, complements: settings, .. } = self.settings;
        self.stage("baskets");
        let bought = Baskets::of_purchases(self.interactions, baskets);
        let categories = CategoryComplements::count(&bought, self.catalogue, popularity, settings);
        let table = match given {
            Some(pairs) => complements_of(pairs, self.catalogue, self.settings),
            None => {
                let viewed = Baskets::of_views(self.interactions, baskets);
                complements(&bought, &viewed, (self.catalogue, kinds), settings)
            }
        };
        (table, categories)
    }

    fn viewed_then_bought(&self, given: Option<Pairs>) -> NeighbourTable {
        let settings = &self.settings.after;
        self.table(given, settings.per_row, || viewed_then_bought(self.interactions, self.catalogue, settings))
    }

    fn trending(&self, counted: (&Robots, &ProductKinds)) -> TrendingTable {
        let Settings { popularity, after, .. } = self.settings;
        TrendingTable::count(self.interactions, self.products(), popularity, after, counted, self.now_ms)
    }

    fn segments(&self, log: SegmentLog) -> Segments {
        let Settings { popularity, after, .. } = self.settings;
        Segments::count(log, self.products(), popularity, after, self.now_ms)
    }
}
