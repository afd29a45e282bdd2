//! What kinds of things happen.

use bytemuck::{CheckedBitPattern, NoUninit};
use serde::{Deserialize, Serialize};

/// What kind of thing happened. The order is part of the stored format: new kinds go last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// Looked at a product page.
    View,
    /// Put into the cart.
    AddToCart,
    /// Bought.
    Purchase,
    /// Picked a product from a list.
    Click,
    /// Took out of the cart: undoes an earlier addition.
    RemoveFromCart,
    /// Gave back: undoes a purchase, in whole or in part.
    Refund,
    /// Put on the wish list.
    Wishlist,
    /// Took off the wish list.
    RemoveFromWishlist,
    /// Searched.
    Search,
    /// Was shown products.
    Impression,
    /// Looked at a page that is no product's.
    Page,
    /// Whatever else the shop wants kept.
    Custom,
    /// Signed in: the device belongs to the user.
    Identify,
    /// The device does not belong to the user after all.
    Unlink,
    /// Allowed or forbade storing and personalising.
    Consent,
    /// Said what they like.
    Preferences,
    /// Asked to be forgotten: everything before it is.
    Erase,
    /// Does not want a product recommended.
    Dismiss,
}

/// How a shopper met a product, weakest first.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, NoUninit, CheckedBitPattern,
)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum InteractionKind {
    /// Looked at it.
    View,
    /// Wanted it: put it into the cart or on the wish list.
    AddToCart,
    /// Bought it.
    Purchase,
}

impl EventKind {
    /// How a shopper meets the products of such an event; nothing for those that undo or only show.
    pub fn interaction_kind(self) -> Option<InteractionKind> {
        match self {
            Self::View | Self::Click => Some(InteractionKind::View),
            Self::AddToCart | Self::Wishlist => Some(InteractionKind::AddToCart),
            Self::Purchase => Some(InteractionKind::Purchase),
            _ => None,
        }
    }

    /// Whether an event of this kind is about products and must name some.
    pub fn needs_products(self) -> bool {
        self.interaction_kind().is_some()
            || matches!(self, Self::RemoveFromCart | Self::RemoveFromWishlist | Self::Dismiss)
    }

    /// Its name in events and answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::AddToCart => "add_to_cart",
            Self::Purchase => "purchase",
            Self::Click => "click",
            Self::RemoveFromCart => "remove_from_cart",
            Self::Refund => "refund",
            Self::Wishlist => "wishlist",
            Self::RemoveFromWishlist => "remove_from_wishlist",
            Self::Search => "search",
            Self::Impression => "impression",
            Self::Page => "page",
            Self::Custom => "custom",
            Self::Identify => "identify",
            Self::Unlink => "unlink",
            Self::Consent => "consent",
            Self::Preferences => "preferences",
            Self::Erase => "erase",
            Self::Dismiss => "dismiss",
        }
    }
}
