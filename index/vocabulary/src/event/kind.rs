//! Kinds of events, and the kinds of interaction with a product that they mean.

use bytemuck::{CheckedBitPattern, NoUninit};
use serde::{Deserialize, Serialize};

/// The kind of an event. The order is part of the stored format: new kinds go last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// The shopper viewed a product page.
    View,
    /// The shopper added products to the cart.
    AddToCart,
    /// The shopper bought products.
    Purchase,
    /// The shopper clicked a product in a list.
    Click,
    /// The shopper removed products from the cart, which cancels an addition.
    RemoveFromCart,
    /// The shopper returned products, which cancels a purchase in whole or in part.
    Refund,
    /// The shopper added products to the wish list.
    Wishlist,
    /// The shopper removed products from the wish list.
    RemoveFromWishlist,
    /// The shopper searched.
    Search,
    /// The shopper was shown products.
    Impression,
    /// The shopper viewed a page that is not a product page.
    Page,
    /// Any other event that the shop wants stored.
    Custom,
    /// The shopper signed in: device and user are one person.
    Identify,
    /// The device does not belong to the user, contrary to earlier events.
    Unlink,
    /// The shopper allowed or forbade storage and personalisation.
    Consent,
    /// The shopper stated preferences.
    Preferences,
    /// The shopper asked for erasure of everything before.
    Erase,
    /// The shopper does not want a product recommended.
    Dismiss,
}

/// The kind of interaction with a product, the weakest first.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, NoUninit, CheckedBitPattern,
)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum InteractionKind {
    /// The product was viewed or clicked.
    View,
    /// The product was added to the cart or wish list.
    AddToCart,
    /// The product was bought.
    Purchase,
}

impl EventKind {
    /// The kind of interaction with the products of such an event; none for events that cancel or only show.
    pub fn interaction_kind(self) -> Option<InteractionKind> {
        match self {
            Self::View | Self::Click => Some(InteractionKind::View),
            Self::AddToCart | Self::Wishlist => Some(InteractionKind::AddToCart),
            Self::Purchase => Some(InteractionKind::Purchase),
            _ => None,
        }
    }

    /// True if an event of this kind must name products.
    pub fn needs_products(self) -> bool {
        self.interaction_kind().is_some()
            || matches!(self, Self::RemoveFromCart | Self::RemoveFromWishlist | Self::Dismiss)
    }

    /// True if the shopper was in the shop for it. What others do (a refund, an erasure, what was shown) and what
    /// only says who somebody is or what they want is no visit.
    pub fn is_activity(self) -> bool {
        !matches!(
            self,
            Self::Refund
                | Self::Impression
                | Self::Identify
                | Self::Unlink
                | Self::Consent
                | Self::Preferences
                | Self::Erase
        )
    }

    /// The name in events and responses.
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
