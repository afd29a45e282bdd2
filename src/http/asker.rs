//! Who asks a question: the ids a request may use, checked, and the visit it
//! belongs to. Questions take the person from here, and tell here what was shown.

use tastemaker_index::context::Context;
use tastemaker_index::engine::{Engine, Shopper as Person};
use tastemaker_index::event::Channel;

use super::AppState;
use super::body;
use super::error::ApiError;
use crate::access::{Caller, Shopper};
use crate::shop::{Shown, ShownList};

/// Whoever asks.
pub(super) struct Asker {
    shopper: Shopper,
    session_id: Option<String>,
    channel: Option<Channel>,
}

impl Asker {
    /// The asker a request names.
    ///
    /// # Errors
    /// An id that cannot be one, or that the caller may not name.
    pub(super) fn new(
        caller: &Caller,
        user_id: Option<String>,
        anonymous_id: Option<String>,
        session_id: Option<String>,
        context: Option<Context>,
    ) -> Result<Self, ApiError> {
        let (user_id, anonymous_id) = (body::id("user_id", user_id)?, body::id("anonymous_id", anonymous_id)?);
        Ok(Self {
            shopper: caller.shopper(user_id, anonymous_id)?,
            session_id: body::id("session_id", session_id)?,
            channel: context.and_then(|context| context.channel),
        })
    }

    /// The person behind the ids, ready for the engine; nobody when nothing may be used.
    pub(super) fn person(&self, state: &AppState, engine: &Engine) -> Result<Option<Person>, ApiError> {
        let Shopper { user_id, anonymous_id } = &self.shopper;
        Ok(state.shop.shopper(engine, user_id.as_deref(), anonymous_id.as_deref())?)
    }

    /// Notes what the answer `query_id` showed.
    pub(super) fn shown(self, state: &AppState, query_id: String, lists: Vec<ShownList>) {
        let (Shopper { user_id, anonymous_id }, session_id) = (self.shopper, self.session_id);
        state.shop.shown(Shown { query_id, user_id, anonymous_id, session_id, channel: self.channel, lists });
    }
}
