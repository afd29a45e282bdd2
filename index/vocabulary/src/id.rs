//! Identifiers. External ids are strings and appear at the edges only, in requests, events and
//! responses; inside a generation a product is its dense [`Ordinal`], and what else is numbered has a type of its own.

use std::fmt;
use std::hash::Hash;
use std::ops::Range;

use bytemuck::{Pod, Zeroable};
use serde::{Deserialize, Serialize};

use crate::flat::SectionValue;

/// A dense number: it names one thing of its kind and indexes arrays with one value a thing.
pub trait Number: SectionValue + Copy + fmt::Debug + fmt::Display + Default + Hash + Ord {
    /// The number of the thing at a place of such an array.
    fn from_index(at: usize) -> Self;

    /// The place in such an array.
    fn index(self) -> usize;
}

impl Number for u32 {
    #[inline]
    fn from_index(at: usize) -> Self {
        at as Self
    }

    #[inline]
    fn index(self) -> usize {
        self as usize
    }
}

/// Defines numbers of one kind as a type of its own, which cannot stand for a number of another kind. Stored as a
/// plain `u32`.
macro_rules! numbers {
    ($($(#[$documentation:meta])* $name:ident;)*) => { $(
        $(#[$documentation])*
        #[derive(
            Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Pod, Zeroable, Serialize, Deserialize,
        )]
        #[repr(transparent)]
        #[serde(transparent)]
        pub struct $name(u32);

        impl $name {
            /// The number as a type of its own.
            #[inline]
            pub const fn new(number: u32) -> Self {
                Self(number)
            }

            /// The number of the thing at a place of an array.
            #[inline]
            pub const fn from_index(at: usize) -> Self {
                Self(at as u32)
            }

            /// The bare number.
            #[inline]
            pub const fn get(self) -> u32 {
                self.0
            }

            /// The number as an index.
            #[inline]
            pub const fn index(self) -> usize {
                self.0 as usize
            }

            /// The number after this one.
            #[inline]
            pub const fn next(self) -> Self {
                Self(self.0 + 1)
            }

            /// The numbers below `count`, ascending.
            #[inline]
            pub fn all(count: usize) -> impl DoubleEndedIterator<Item = Self> + ExactSizeIterator + Clone {
                (0..count as u32).map(Self)
            }

            /// The numbers of a range, ascending.
            #[inline]
            pub fn within(range: Range<Self>) -> impl DoubleEndedIterator<Item = Self> + ExactSizeIterator + Clone {
                (range.start.0..range.end.0).map(Self)
            }

            /// Numbers things from 0.
            #[inline]
            pub fn enumerate<I: IntoIterator>(things: I) -> impl Iterator<Item = (Self, I::Item)> {
                (0..).map(Self).zip(things)
            }

            /// Bare numbers, in place, as numbers of this kind.
            #[inline]
            pub fn slice(numbers: &[u32]) -> &[Self] {
                bytemuck::cast_slice(numbers)
            }

            /// Bare numbers as numbers of this kind.
            pub fn array<const N: usize>(numbers: [u32; N]) -> [Self; N] {
                numbers.map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, out)
            }
        }

        impl SectionValue for $name {
            const NAME: &'static str = u32::NAME;
        }

        impl Number for $name {
            #[inline]
            fn from_index(at: usize) -> Self {
                Self::from_index(at)
            }

            #[inline]
            fn index(self) -> usize {
                self.index()
            }
        }
    )* };
}

numbers! {
    /// The number of a product inside one generation: the document number in the text index and the row of every
    /// column, vector, graph node and table.
    Ordinal;

    /// The number of a value in the dictionary of its column: of a brand in the column of brands.
    ValueId;

    /// The number of a leaf category inside one generation.
    CategoryNumber;

    /// The number of a group of variants inside one generation.
    GroupNumber;

    /// The number of a segment of shoppers inside one generation.
    SegmentNumber;
}

/// The longest accepted id, in bytes.
pub const MAX_ID_BYTES: usize = 256;

/// A shopper: a signed-in user or an anonymous device.
///
/// A user and a device with the same id string are different shoppers.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShopperId {
    /// The id of a signed-in user, chosen by the shop.
    User(String),
    /// An id that a device generated for itself.
    Anonymous(String),
}

impl ShopperId {
    /// The shopper of a request or event: the user if both ids are given, `None` if neither is, or both are empty.
    pub fn from_parts(user_id: Option<&str>, anonymous_id: Option<&str>) -> Option<Self> {
        let some = |id: Option<&str>| id.filter(|id| !id.is_empty()).map(str::to_owned);
        some(user_id).map(Self::User).or_else(|| some(anonymous_id).map(Self::Anonymous))
    }

    /// Parses a key made by [`Self::key`].
    pub fn from_key(key: &str) -> Option<Self> {
        match key.split_at_checked(2)? {
            ("u:", id) => Some(Self::User(id.to_owned())),
            ("a:", id) => Some(Self::Anonymous(id.to_owned())),
            _ => None,
        }
    }

    /// The storage key of the shopper: `u:` or `a:`, then the id.
    pub fn key(&self) -> String {
        match self {
            Self::User(id) => format!("u:{id}"),
            Self::Anonymous(id) => format!("a:{id}"),
        }
    }
}
