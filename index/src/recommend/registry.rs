//! The registry of recommenders. Each describes itself in its own file: its kind of placement, the heading of its rows,
//! what it needs, the reasons it gives. Checks of requests, headings and the documentation read these descriptions, so
//! that a new recommender costs its file and its line in [`crate::placement`].

use tastemaker_vocabulary::for_each_placement;

use super::{Recommender, RowTexts};
use crate::placement::PlacementKind;

/// The input without which a recommender has no candidates of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Products that the placement is about; a request without any is refused.
    Products,
    /// A shopper with a history.
    Shopper,
    /// Products, or a shopper with a history.
    ProductsOrShopper,
    /// No input.
    Nothing,
}

/// The products for everybody with which a recommender fills the places that it has no better products for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filling {
    /// None: the row stays short.
    None,
    /// Popular products of the same categories.
    CategoryPopular,
    /// Popular products of the shop, then products in the order of its list.
    ShopPopular,
}

/// The number of products that a row can be based on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RowInput {
    /// Products that the placement is about.
    pub seeds: usize,
    /// Products the shopper interacted with in the visit under way.
    pub visit: usize,
    /// Products the shopper interacted with.
    pub history: usize,
}

/// The basis of a row: that part of the input from which its products follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowBasis {
    /// The products that the placement is about.
    Products,
    /// The visit under way.
    Visit,
    /// The shopper's history.
    History,
    /// The shopper's purchases.
    Purchases,
    /// The shop as a whole.
    Shop,
}

impl RowBasis {
    /// The name in the keys of texts.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Products => "products",
            Self::Visit => "visit",
            Self::History => "history",
            Self::Purchases => "purchases",
            Self::Shop => "shop",
        }
    }

    /// The shopper's history if there is one, else the shop.
    pub(super) fn history_or_shop(input: &RowInput) -> Self {
        if input.history > 0 { Self::History } else { Self::Shop }
    }
}

/// A recommender's description of itself.
#[derive(Debug)]
pub struct Description {
    /// The kind of placement it fills.
    pub kind: PlacementKind,
    /// The products it shows, as a phrase for the documentation.
    pub shows: &'static str,
    /// The input it needs.
    pub needs: Needs,
    /// The filling of its last places.
    pub filling: Filling,
    /// True if its order has a meaning of its own, such as time, which diversity must not change.
    pub is_ordered: bool,
    /// The reasons it gives, by their `kind` in responses.
    pub reasons: &'static [&'static str],
    /// The basis of a row for some input.
    pub basis: fn(&RowInput) -> RowBasis,
    /// The recommender with its default settings; none if rows of the kind do not consist of products.
    pub recommender: Option<fn() -> Box<dyn Recommender>>,
}

macro_rules! registry {
    ($($(#[$doc:meta])* $kind:ident $module:ident $name:literal,)*) => {
        /// The descriptions of all kinds, in the order of [`PlacementKind::ALL`].
        pub const DESCRIPTIONS: [&Description; PlacementKind::ALL.len()] = [$(&super::$module::DESCRIPTION),*];
    };
}

for_each_placement!(registry);

// A description that stands at another kind's place does not compile.
const _: () = {
    let mut at = 0;
    while at < DESCRIPTIONS.len() {
        assert!(DESCRIPTIONS[at].kind as usize == at, "a description names another kind than its line in the registry");
        at += 1;
    }
};

impl Description {
    /// The description of a kind.
    pub fn of(kind: PlacementKind) -> &'static Self {
        DESCRIPTIONS[kind as usize]
    }

    /// True if a request must name products.
    pub fn needs_products(&self) -> bool {
        self.needs == Needs::Products
    }
}

/// The reference page of all kinds, in Markdown.
pub fn documentation() -> String {
    let needs = |needs| match needs {
        Needs::Products => "products",
        Needs::Shopper => "a shopper",
        Needs::ProductsOrShopper => "products or a shopper",
        Needs::Nothing => "nothing",
    };
    let filling = |filling| match filling {
        Filling::None => "nothing",
        Filling::CategoryPopular => "popular products of the category",
        Filling::ShopPopular => "popular products",
    };
    let mut page = DOCUMENTATION_HEAD.to_owned();
    let (texts, shown) = (RowTexts::english(), RowInput { seeds: 1, visit: 1, history: 1 });
    for row in DESCRIPTIONS {
        let reasons: Vec<String> = row.reasons.iter().map(|reason| format!("`{reason}`")).collect();
        page += &format!(
            "| `{}` | {} | {} | {} | {} | {} |\n",
            row.kind.name(),
            texts.title(row.kind, (row.basis)(&shown)),
            row.shows,
            needs(row.needs),
            filling(row.filling),
            reasons.join(", "),
        );
    }
    page
}

const DOCUMENTATION_HEAD: &str = "# Kinds of placements

A placement is a row of recommendations. Its kind decides which products it shows. A kind that needs products is refused
without `product_id` or `product_ids`. For a shopper without a history, a kind that needs a shopper shows only the
products of the column \"Filled up with\". Products that a rule pins have the reason `pinned`.

This page is generated from the descriptions in `index/src/recommend/`; `UPDATE_DOCS=1 cargo test -p tastemaker-index
placements` writes it.

| Kind | Title | Shows | Needs | Filled up with | Reasons |
| --- | --- | --- | --- | --- | --- |
";

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::reason::REASONS;
    use super::*;

    type Done<T = ()> = Result<T, Box<dyn std::error::Error>>;

    #[test]
    fn the_page_of_placements_is_up_to_date() -> Done {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/reference/placements.md");
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(path, documentation())?;
        }
        assert!(
            std::fs::read_to_string(path)? == documentation(),
            "write it anew: UPDATE_DOCS=1 cargo test placements"
        );
        Ok(())
    }

    #[test]
    fn every_reason_is_given_by_a_recommender_or_by_a_rule() {
        let given: BTreeSet<&str> =
            DESCRIPTIONS.iter().flat_map(|one| one.reasons).copied().chain(["pinned"]).collect();
        assert_eq!(given, REASONS.iter().copied().collect());
    }
}
