//! The registry of stable error codes. Every error response has one of them, with one of its statuses; the
//! reference page of the errors is rendered from here.

/// One stable error code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErrorCode {
    /// The code in the response.
    pub code: &'static str,
    /// The HTTP statuses it comes with.
    pub statuses: &'static [u16],
    /// The meaning in one sentence.
    pub meaning: &'static str,
    /// The action that helps, in one sentence.
    pub remedy: &'static str,
}

const fn code(code: &'static str, statuses: &'static [u16], meaning: &'static str, remedy: &'static str) -> ErrorCode {
    ErrorCode { code, statuses, meaning, remedy }
}

/// Every code, by status.
#[rustfmt::skip]
pub const ERROR_CODES: &[ErrorCode] = &[
    code("invalid_json", &[400], "The body is not valid JSON.", "Correct the JSON at the line and column of the message."),
    code("unreadable_body", &[400], "The body could not be read to its end.", "Send the request again."),
    code("unknown_field", &[400], "The body or the address names a field that does not exist.", "Remove or correct the field; the message lists the known ones."),
    code("invalid_field", &[400], "A field has a value that is not allowed.", "Correct the field that `field` names."),
    code("invalid_header", &[400], "A header has a value that is not allowed.", "Correct the header that the message names."),
    code("invalid_filter", &[400], "The filter cannot be read, or names a field that the catalogue does not have.", "Correct the filter; `position` is the place of the error, in characters."),
    code("page_too_deep", &[400], "The page lies beyond the last hit that can be reached by paging.", "Narrow the search, or raise `search.limits.depth`."),
    code("invalid_event", &[400], "The event is not valid.", "Correct the field that `field` names."),
    code("invalid_file", &[400], "The file of synonyms cannot be read.", "Correct the line that `field` names."),
    code("batch_too_large", &[400], "The request has more events or changes than one request may have.", "Send them in several requests."),
    code("too_costly", &[400], "The request would cost more than `server.public_budget` allows with a public key.", "Ask for less of what `field` names, or use a key that is not public."),
    code("private_field", &[400], "The request names a field that `server.private_fields` keeps from public keys.", "Leave it out, or use a key that is not public."),
    code("unknown_placement", &[400], "There is no placement of this kind.", "Use one of the kinds that the message lists."),
    code("unauthorized", &[401], "The request has no valid key, or its key has expired.", "Send a valid key in `Authorization: Bearer` or `X-Api-Key`."),
    code("forbidden", &[403], "The key does not allow this request.", "Use a key with the scope, the shopper or the filter that the message names."),
    code("shopper_token_required", &[403], "A public key names a user without proof.", "Send a shopper token in `X-Tastemaker-Shopper-Token`."),
    code("invalid_shopper_token", &[403], "The shopper token is not valid or has expired, or the key that signed it has.", "Sign a new token with a key that is not public and has not expired."),
    code("not_found", &[404], "There is nothing at this address or with this id.", "Check the address and the id."),
    code("method_not_allowed", &[405], "The address does not take this method.", "Use a method of the reference."),
    code("version_conflict", &[409, 412], "The product (409) or the rules and synonyms (412) have another version than the request expects.", "Read the current version, decide again and send the change with it."),
    code("too_many_keys", &[409], "The data folder holds as many keys as it may.", "Revoke a key that is no longer used."),
    code("curation_too_large", &[409], "Rules and synonyms together would be larger than allowed.", "Remove some of them."),
    code("body_too_slow", &[408], "The body arrived more slowly than `server.body_bytes_a_second`, or took longer than `server.body_seconds`.", "Send it again over a better connection, or in smaller requests."),
    code("body_too_large", &[413], "The body is larger than `server.max_body_bytes`.", "Send less in one request, or raise the limit."),
    code("product_too_large", &[413], "A product, or the patch of one, is larger than `server.max_product_bytes`.", "Shorten its texts and attributes, or raise the limit."),
    code("answer_too_large", &[422], "The response would be larger than `server.max_answer_bytes`.", "Ask for fewer products at a time, or raise the limit."),
    code("busy", &[429], "Too many events or changes wait to be written.", "Wait for the seconds in `Retry-After`, then send the request again."),
    code("rate_limited", &[429], "The key has used up its requests of this minute.", "Wait for the seconds in `Retry-After`, then send the request again."),
    code("internal", &[500], "The server failed.", "Look for the `request_id` in the server's log."),
    code("not_ready", &[503], "No catalogue has been indexed yet.", "Run `tastemaker reindex`."),
    code("overloaded", &[503], "More requests, or more bytes of bodies, arrive than the server can take soon; this one was not begun.", "Wait for the seconds in `Retry-After`, then send the request again."),
    code("deadline_exceeded", &[503], "The response was not ready by `server.load.deadline_ms`.", "Ask for less in one request, or wait for the seconds in `Retry-After` and send it again."),
    code("stopping", &[503], "The server is stopping.", "Send the request again after the restart."),
    code("keys_unavailable", &[503], "The server cannot read or write its keys, so every request that needs one is refused.", "Look for the cause in the server's log."),
    code("events_unavailable", &[503], "Events cannot be written since a failure; those of the request were not recorded.", "Look for the cause in the server's log, make room or repair the disk, and send the events again; the server goes on by itself."),
    code("changes_unavailable", &[503], "Changes of products cannot be written since a failure; nothing was changed.", "Look for the cause in the server's log, restart the server and send the changes again."),
    code("curation_unavailable", &[503], "Rules and synonyms cannot be read or written; those in force stay.", "Look for the `request_id` in the server's log."),
    code("disk_full", &[507], "The server's disk is full; nothing of the request was stored.", "Free disk space, then send the request again."),
];

/// True if the registry has the code with this status.
pub(super) fn is_registered(code: &str, status: u16) -> bool {
    ERROR_CODES.iter().any(|known| known.code == code && known.statuses.contains(&status))
}
