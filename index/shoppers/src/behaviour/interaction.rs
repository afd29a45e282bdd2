//! One shopper's interaction with one product: a record of fixed size, so that a history in a file is read in place.

use std::num::NonZeroU64;

use bytemuck::{CheckedBitPattern, NoUninit, Pod, Zeroable};

use crate::event::InteractionKind;
use crate::id::Ordinal;

/// A time in Unix milliseconds, or none. No time sorts before all others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Pod, Zeroable)]
#[repr(transparent)]
pub struct Moment(i64);

impl Moment {
    /// No time.
    pub const NONE: Self = Self(i64::MIN);

    /// The time in Unix milliseconds, if there is one.
    pub fn get(self) -> Option<i64> {
        (self != Self::NONE).then_some(self.0)
    }
}

impl From<Option<i64>> for Moment {
    fn from(time_ms: Option<i64>) -> Self {
        time_ms.map_or(Self::NONE, Self)
    }
}

/// The dense number of a shopper id or, in a settled history, of the person behind it; ids are numbered in
/// order of first appearance in the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Pod, Zeroable)]
#[repr(transparent)]
pub struct ShopperNumber(pub u32);

impl ShopperNumber {
    /// The number as an index.
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// One shopper's interaction with one product: 48 bytes, without padding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, NoUninit, CheckedBitPattern)]
#[repr(C)]
pub struct Interaction {
    /// The time, if the event has one.
    pub time_ms: Moment,
    /// A hash of the visit, if the event names one.
    pub session: Option<NonZeroU64>,
    /// A hash of the order, if the event names one.
    pub order: Option<NonZeroU64>,
    /// The shopper.
    pub shopper: ShopperNumber,
    /// The number of its event, in journal order.
    pub event: u32,
    /// The product.
    pub ordinal: Ordinal,
    /// The quantity.
    pub quantity: u32,
    /// The kind: view, addition to the cart or purchase.
    pub kind: InteractionKind,
    /// True for a click, after which a view of the same product may follow.
    pub click: bool,
    /// True for a purchase that the event calls a present for somebody else.
    pub gift: bool,
    /// Zeros in place of padding: every byte of the record must have a value.
    pub blank: [u8; 5],
}

impl Interaction {
    /// A purchase of one of product 0 without time, visit and order: the base of record literals.
    pub const NOTHING: Self = Self {
        time_ms: Moment::NONE,
        session: None,
        order: None,
        shopper: ShopperNumber(0),
        event: 0,
        ordinal: Ordinal::new(0),
        quantity: 1,
        kind: InteractionKind::Purchase,
        click: false,
        gift: false,
        blank: [0; 5],
    };

    /// The key that a history is sorted by: the shopper, then the time.
    pub(super) fn sort_key(&self) -> (ShopperNumber, Moment) {
        (self.shopper, self.time_ms)
    }
}
