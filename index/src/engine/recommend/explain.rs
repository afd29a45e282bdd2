//! The explanation of one product in a row: its place, or the reason for which it is not there.

use std::fmt::{Display, Formatter};

use serde::Serialize;

use super::Recommend;
use super::row::RowRequest;
use crate::id::Ordinal;
use crate::recommend::{Recommendation, Shortcoming, shortcoming};

/// One product and a row.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RowExplanation {
    /// The product's id, as requested.
    pub product_id: String,
    /// The outcome, as data.
    #[serde(flatten)]
    pub outcome: RowOutcome,
    /// The outcome, as a sentence.
    pub because: String,
}

/// The outcome of a product in a row.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum RowOutcome {
    /// It is in the row.
    Shown {
        /// Its place, from 1.
        place: usize,
    },
    /// It is not in the catalogue.
    Unknown,
    /// The row is about it, or about a variant of it.
    Asked,
    /// It is sold out, does not pass the filter or a rule, or the shopper does not want it.
    NotAllowed,
    /// The page shows it, or a variant of it, in another place.
    Elsewhere,
    /// It may be shown, and the row has a reason against it.
    Missing {
        /// The reason.
        lacks: Shortcoming,
    },
}

impl Display for RowOutcome {
    fn fmt(&self, out: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Shown { place } => write!(out, "it is at place {place}"),
            Self::Unknown => write!(out, "it is not in the catalogue"),
            Self::Asked => write!(out, "the row is about it"),
            Self::NotAllowed => {
                write!(out, "it is sold out, does not pass the filter or a rule, or the shopper does not want it")
            }
            Self::Elsewhere => write!(out, "the page shows it in another place"),
            Self::Missing { lacks } => write!(out, "{lacks}"),
        }
    }
}

impl Recommend<'_> {
    /// Explains the place of a product in a row that shows `products`; `before` are the products of the page before it.
    pub(super) fn explain(
        &self,
        product_id: &str,
        row: &RowRequest<'_>,
        products: &[Recommendation],
        before: &[Ordinal],
    ) -> RowExplanation {
        let outcome = self.outcome(product_id, row, products, before);
        RowExplanation { product_id: product_id.to_owned(), because: outcome.to_string(), outcome }
    }

    fn outcome(
        &self,
        product_id: &str,
        row: &RowRequest<'_>,
        products: &[Recommendation],
        before: &[Ordinal],
    ) -> RowOutcome {
        let Some(product) = self.snapshot.ordinal(product_id) else { return RowOutcome::Unknown };
        if let Some(place) = products.iter().position(|one| one.ordinal == product) {
            return RowOutcome::Shown { place: place + 1 };
        }
        let view = self.snapshot.generation.products.view();
        let among = |all: &[Ordinal]| all.iter().any(|&one| view.same_group(one, product));
        let allowed = self.page.allowed(row.seeds);
        if among(row.seeds) {
            RowOutcome::Asked
        } else if !allowed.contains(product) {
            RowOutcome::NotAllowed
        } else if among(before) || products.iter().any(|one| view.same_group(one.ordinal, product)) {
            RowOutcome::Elsewhere
        } else {
            let lacks =
                self.ask(allowed, row.seeds, |context, request| shortcoming(row.kind, context, request, product));
            RowOutcome::Missing { lacks }
        }
    }
}
