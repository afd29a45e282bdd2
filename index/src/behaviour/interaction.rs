//! One shopper meeting one product: a fixed-size record, so that a history can lie in a file that is read in place.

use std::num::NonZeroU64;

use bytemuck::{CheckedBitPattern, NoUninit, Pod, Zeroable};

use crate::event::InteractionKind;
use crate::id::Ordinal;

/// A time in Unix milliseconds, or none; none comes before all others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Pod, Zeroable)]
#[repr(transparent)]
pub struct Moment(i64);

impl Moment {
    /// No time.
    pub const NONE: Self = Self(i64::MIN);

    /// The time, if there is one.
    pub fn get(self) -> Option<i64> {
        (self != Self::NONE).then_some(self.0)
    }
}

impl From<Option<i64>> for Moment {
    fn from(time_ms: Option<i64>) -> Self {
        time_ms.map_or(Self::NONE, Self)
    }
}

/// One shopper meeting one product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, NoUninit, CheckedBitPattern)]
#[repr(C)]
pub struct Interaction {
    /// When, in Unix milliseconds, if the event says so.
    pub time_ms: Moment,
    /// A hash of the visit, if the event names one.
    pub session: Option<NonZeroU64>,
    /// A hash of the order, if the event names one.
    pub order: Option<NonZeroU64>,
    /// A number for the shopper, in order of first appearance.
    pub shopper: u32,
    /// The number of the event it came with, in journal order.
    pub event: u32,
    /// The product.
    pub ordinal: Ordinal,
    /// How many.
    pub quantity: u32,
    /// How it was met.
    pub kind: InteractionKind,
    /// Whether a click tells it, which a view of the same product may follow.
    pub click: bool,
    /// Nothing: every byte of a record has a value.
    pub blank: [u8; 6],
}

impl Interaction {
    /// A purchase of one of product 0 that says nothing else, to fill in.
    pub const NOTHING: Self = Self {
        time_ms: Moment::NONE,
        session: None,
        order: None,
        shopper: 0,
        event: 0,
        ordinal: 0,
        quantity: 1,
        kind: InteractionKind::Purchase,
        click: false,
        blank: [0; 6],
    };

    /// What a history is sorted by: the shopper, then the time.
    pub(super) fn sort_key(&self) -> (u32, Moment) {
        (self.shopper, self.time_ms)
    }
}
