//! The reason for which a product is not in a row, by the same rules and evidence that fill the row.

use std::fmt::{Display, Formatter};

use serde::Serialize;

use super::alternative::is_alternative;
use super::buy_again::due;
use super::complementary::{is_no_complement, shortfall};
use super::context::{RecommendContext, RecommendRequest};
use super::evidence::Shortfall;
use crate::behaviour::ModelFit;
use crate::id::Ordinal;
use crate::placement::PlacementKind;
use crate::time::DAY_MS;

/// The reason for which a product that may be shown is not in a row.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Shortcoming {
    /// It goes with everything.
    AddOn,
    /// It is of the kind or the category of the product, so one buys the one or the other.
    Substitute,
    /// It is made for another model.
    OtherModel,
    /// It serves another need.
    NoAlternative,
    /// Behaviour says too little.
    Evidence {
        /// The evidence that is lacking.
        lacks: Shortfall,
    },
    /// The shopper never bought it.
    NeverBought,
    /// Too few people buy it again, and the shopper's orders show no rhythm.
    Durable {
        /// The shopper's orders.
        times: u32,
        /// The number of people who buy it again.
        people: u32,
        /// The least number.
        needed: u32,
    },
    /// The shopper does not need it yet.
    NotDue {
        /// Days since it was bought.
        days_ago: u32,
        /// The usual number of days between purchases.
        every_days: u32,
    },
    /// The shopper bought it regularly, or others do, but not for so long that the need has probably ended.
    Lapsed {
        /// Days since it was bought.
        days_ago: u32,
        /// The usual number of days between purchases.
        every_days: u32,
    },
    /// Other products fit better.
    LessLikely,
}

impl Display for Shortcoming {
    fn fmt(&self, out: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::AddOn => write!(out, "it goes with everything"),
            Self::Substitute => write!(out, "one buys the one or the other: both are of one kind or category"),
            Self::OtherModel => write!(out, "it is made for another model"),
            Self::NoAlternative => {
                write!(out, "it serves another need: it shares neither category nor kind, or is too unlike")
            }
            Self::Evidence { lacks } => write!(out, "{lacks}"),
            Self::NeverBought => write!(out, "the shopper never bought it"),
            Self::Durable { times, people, needed } => {
                write!(out, "bought {times} times; {people} people buy it again, {needed} needed")
            }
            Self::NotDue { days_ago, every_days } => {
                write!(out, "bought {days_ago} days ago, needed after {every_days}")
            }
            Self::Lapsed { days_ago, every_days } => {
                write!(out, "bought {days_ago} days ago, though needed after {every_days}: the need has probably ended")
            }
            Self::LessLikely => write!(out, "other products fit better"),
        }
    }
}

/// The reason for which a product that may be shown is not in the row of a kind.
pub fn shortcoming(
    kind: PlacementKind,
    context: &RecommendContext<'_>,
    request: &RecommendRequest<'_>,
    product: Ordinal,
) -> Shortcoming {
    if context.behaviour.kinds.is_add_on(product) && kind != PlacementKind::BuyAgain {
        return Shortcoming::AddOn;
    }
    let seeds = || request.seeds.iter().copied().filter(|&seed| seed.index() < context.catalogue.products());
    let of_seeds = match kind {
        PlacementKind::Complementary | PlacementKind::AfterPurchase => {
            seeds().find_map(|seed| no_complement(context, seed, product))
        }
        PlacementKind::ViewedThenBought => seeds().find_map(|seed| not_bought_after(context, seed, product)),
        PlacementKind::Similar | PlacementKind::Upsell => {
            let is_other = |seed: &Ordinal| !is_alternative(context, *seed, product);
            seeds().find(is_other).map(|_| Shortcoming::NoAlternative)
        }
        PlacementKind::BuyAgain => Some(not_again(context, request, product)),
        _ => None,
    };
    of_seeds.unwrap_or(Shortcoming::LessLikely)
}

fn no_complement(context: &RecommendContext<'_>, seed: Ordinal, product: Ordinal) -> Option<Shortcoming> {
    let lacks = shortfall(context, seed, product);
    if is_no_complement(context, seed, product, (lacks.is_none(), false)) {
        let fit = context.behaviour.kinds.fit(&context.catalogue, seed, product);
        let is_other = matches!(fit, ModelFit::OtherModel | ModelFit::OtherWords);
        return Some(if is_other { Shortcoming::OtherModel } else { Shortcoming::Substitute });
    }
    lacks.map(|lacks| Shortcoming::Evidence { lacks })
}

fn not_bought_after(context: &RecommendContext<'_>, seed: Ordinal, product: Ordinal) -> Option<Shortcoming> {
    let needed = context.evidence.viewed_then_bought;
    let pair = context.behaviour.viewed_then_bought.neighbours(seed).find(|one| one.ordinal == product);
    let lacks = match pair.and_then(|pair| pair.evidence) {
        None => Some(Shortfall::Together { together: 0, needed }),
        Some(evidence) => context.evidence.admit(&evidence, needed, context.catalogue.products()).err(),
    };
    lacks.map(|lacks| Shortcoming::Evidence { lacks })
}

fn not_again(context: &RecommendContext<'_>, request: &RecommendRequest<'_>, product: Ordinal) -> Shortcoming {
    let Some(bought) = request.bought.iter().find(|bought| bought.ordinal == product) else {
        return Shortcoming::NeverBought;
    };
    let repurchase = &context.behaviour.repurchase;
    let own = bought.every_days.filter(|_| bought.times > 2);
    let days_ago = (request.now_ms - bought.last_ms).max(0) as f32 / DAY_MS as f32;
    match own.or_else(|| repurchase.days(product)) {
        Some(days) if own.is_some() || repurchase.people(product) >= context.evidence.buy_again => {
            match due(days_ago, days) > 0.0 {
                true => Shortcoming::LessLikely,
                false if days_ago > days => {
                    Shortcoming::Lapsed { days_ago: days_ago as u32, every_days: days.round() as u32 }
                }
                false => Shortcoming::NotDue { days_ago: days_ago as u32, every_days: days.round() as u32 },
            }
        }
        _ => Shortcoming::Durable {
            times: bought.times,
            people: repurchase.people(product),
            needed: context.evidence.buy_again,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::super::suite::TestShop;
    use super::*;

    fn ask(kind: PlacementKind, seed: u32, product: u32) -> String {
        TestShop::with_journal().with_context(|context| {
            let seeds = &[Ordinal::new(seed)];
            let request = RecommendRequest { seeds, limit: 3, ..RecommendRequest::default() };
            shortcoming(kind, context, &request, Ordinal::new(product)).to_string()
        })
    }

    #[test]
    fn a_product_that_is_missing_says_what_it_lacks() {
        assert_eq!(ask(PlacementKind::Complementary, 0, 9), "bought together 0 times, 3 needed");
        assert!(ask(PlacementKind::Complementary, 0, 1).starts_with("one buys the one or the other"));
        assert_eq!(ask(PlacementKind::Complementary, 0, 2), "other products fit better");
        assert_eq!(ask(PlacementKind::ViewedThenBought, 9, 0), "bought together 0 times, 3 needed");
        assert!(ask(PlacementKind::Similar, 0, 6).starts_with("it serves another need"));
        assert_eq!(ask(PlacementKind::BuyAgain, 0, 6), "the shopper never bought it");
    }
}
