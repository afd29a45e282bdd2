//! The shopper of a request: the checked ids, the session and the context. Handlers get the shopper's profile from
//! here, and record here the products that a response shows.

use jiff::Timestamp;
use tastemaker_index::context::Context;
use tastemaker_index::deadline::Deadline;
use tastemaker_index::engine::{Engine, RequestContext, Shopper as Person};
use tastemaker_index::product::FieldError;

use super::AppState;
use super::body;
use super::error::ApiError;
use crate::access::{Caller, ShopperIds};
use crate::shop::curation::InForce;
use crate::shop::{ShownList, ShownResponse};

/// The most segments in one request.
const MAX_SEGMENTS: usize = 20;
/// The longest name of a segment, in characters.
const MAX_SEGMENT_CHARS: usize = 64;

/// The shopper of a request.
pub(super) struct Asker {
    shopper: ShopperIds,
    session_id: Option<String>,
    context: Context,
}

impl Asker {
    /// Checks the ids and the context of a request.
    ///
    /// # Errors
    /// If an id is invalid, or the caller may not use it.
    pub(super) fn new(
        state: &AppState,
        caller: &Caller,
        user_id: Option<String>,
        anonymous_id: Option<String>,
        session_id: Option<String>,
        context: Option<Context>,
    ) -> Result<Self, ApiError> {
        let (user_id, anonymous_id) = (body::id("user_id", user_id)?, body::id("anonymous_id", anonymous_id)?);
        let wrong = |error: FieldError| ApiError::bad_request("invalid_field", error.to_string()).at(error.field);
        state.shop.check_ids(user_id.as_deref(), anonymous_id.as_deref()).map_err(wrong)?;
        let context = context.unwrap_or_default();
        check_segments(&context.segments)?;
        Ok(Self {
            shopper: caller.shopper(user_id, anonymous_id)?,
            session_id: body::id("session_id", session_id)?,
            context,
        })
    }

    /// The shopper for the engine; `None` if there is no profile or it may not be used.
    pub(super) fn person(&self, state: &AppState, engine: &Engine) -> Result<Option<Person>, ApiError> {
        let ShopperIds { user_id, anonymous_id } = &self.shopper;
        Ok(state.shop.shopper(engine, user_id.as_deref(), anonymous_id.as_deref())?)
    }

    /// The context of a request at this moment, with the shopper, the rules in force and the deadline.
    pub(super) fn request_context<'a>(
        &'a self,
        person: Option<&'a Person>,
        in_force: &'a InForce,
        deadline: Deadline<'a>,
    ) -> RequestContext<'a> {
        RequestContext {
            shopper: person,
            context: Some(&self.context),
            now: Timestamp::now(),
            curation: Some(&in_force.compiled),
            lang: None,
            deadline,
        }
    }

    /// Remembers the products of the response `query_id`, so that clicks can be attributed to it.
    pub(super) fn shown(self, state: &AppState, query_id: String, lists: Vec<ShownList>) {
        let (ShopperIds { user_id, anonymous_id }, session_id) = (self.shopper, self.session_id);
        state.shop.shown(ShownResponse {
            query_id,
            user_id,
            anonymous_id,
            session_id,
            channel: self.context.channel,
            lists,
        });
    }
}

/// Checks the number and length of segment names.
fn check_segments(segments: &[String]) -> Result<(), ApiError> {
    let fits = segments.len() <= MAX_SEGMENTS
        && segments.iter().all(|name| !name.is_empty() && name.chars().count() <= MAX_SEGMENT_CHARS);
    let message = || format!("has at most {MAX_SEGMENTS} names of 1 to {MAX_SEGMENT_CHARS} characters");
    if fits { Ok(()) } else { Err(ApiError::bad_request("invalid_field", message()).at("context.segments")) }
}
