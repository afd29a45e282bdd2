//! The models that a build has trained for it. The trainers lie above the engine, in [`crate::learning`]; the
//! build gets them from its caller, calls each as soon as the parts it needs are built, and writes the result.

use super::open::Generation;
use crate::behaviour::{Behaviour, CartHoldout, CartModel, CatalogueView, HistoryHoldout, HistoryWeightsTrainer};
use crate::error::Result;
use crate::progress::Progress;
use crate::rank::learned::SearchOrderModel;
use crate::trees::Forest;

/// Trains the cart model on held-out baskets; `None` if the complements remain in use.
pub type CartModelTrainer = fn(&CartHoldout, &Behaviour, CatalogueView<'_>, &dyn Progress) -> Option<CartModel>;

/// Trains the reranker of for-you on held-out purchases; `None` if the order of the history's sum remains in use.
pub type ForYouTrainer = fn(&HistoryHoldout, &Behaviour, CatalogueView<'_>, &dyn Progress) -> Option<Forest>;

/// Trains the search order on the unpublished generation, which has no suggestions yet; `None` if the linear
/// order remains in use.
pub type SearchOrderTrainer<'a> = &'a mut dyn FnMut(Generation) -> Result<Option<SearchOrderModel>>;

/// The trainers of one build. The default has none: every model stays as configured.
#[derive(Default)]
pub struct Trainers<'a> {
    /// Chooses the weights of a history.
    pub history_weights: Option<HistoryWeightsTrainer>,
    /// Trains the cart model.
    pub cart_model: Option<CartModelTrainer>,
    /// Trains the reranker of for-you.
    pub for_you: Option<ForYouTrainer>,
    /// Trains the search order.
    pub search_order: Option<SearchOrderTrainer<'a>>,
}
