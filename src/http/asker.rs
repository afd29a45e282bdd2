//! Who asks a question: the ids a request may use, checked, and the visit it
//! belongs to. Questions take the person from here, and tell here what was shown.

use jiff::Timestamp;
use tastemaker_index::context::Context;
use tastemaker_index::engine::{Engine, RequestContext, Shopper as Person};

use super::AppState;
use super::body;
use super::error::ApiError;
use crate::access::{Caller, Shopper};
use crate::shop::curation::InForce;
use crate::shop::{Shown, ShownList};

/// The most segments a request may say its shopper is in.
const MAX_SEGMENTS: usize = 20;
/// The longest name of one, in characters.
const MAX_SEGMENT_CHARS: usize = 64;

/// Whoever asks.
pub(super) struct Asker {
    shopper: Shopper,
    session_id: Option<String>,
    context: Context,
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
        let context = context.unwrap_or_default();
        check_segments(&context.segments)?;
        Ok(Self {
            shopper: caller.shopper(user_id, anonymous_id)?,
            session_id: body::id("session_id", session_id)?,
            context,
        })
    }

    /// The person behind the ids, ready for the engine; nobody when nothing may be used.
    pub(super) fn person(&self, state: &AppState, engine: &Engine) -> Result<Option<Person>, ApiError> {
        let Shopper { user_id, anonymous_id } = &self.shopper;
        Ok(state.shop.shopper(engine, user_id.as_deref(), anonymous_id.as_deref())?)
    }

    /// What holds for a question asked now by this person under the merchant's word.
    pub(super) fn request_context<'a>(
        &'a self,
        person: Option<&'a Person>,
        in_force: &'a InForce,
    ) -> RequestContext<'a> {
        RequestContext {
            shopper: person,
            context: Some(&self.context),
            now: Timestamp::now(),
            curation: Some(&in_force.compiled),
        }
    }

    /// Notes what the answer `query_id` showed.
    pub(super) fn shown(self, state: &AppState, query_id: String, lists: Vec<ShownList>) {
        let (Shopper { user_id, anonymous_id }, session_id) = (self.shopper, self.session_id);
        state.shop.shown(Shown { query_id, user_id, anonymous_id, session_id, channel: self.context.channel, lists });
    }
}

fn check_segments(segments: &[String]) -> Result<(), ApiError> {
    let fits = segments.len() <= MAX_SEGMENTS
        && segments.iter().all(|name| !name.is_empty() && name.chars().count() <= MAX_SEGMENT_CHARS);
    let message = || format!("has at most {MAX_SEGMENTS} names of 1 to {MAX_SEGMENT_CHARS} characters");
    if fits { Ok(()) } else { Err(ApiError::bad_request("invalid_field", message()).at("context.segments")) }
}
