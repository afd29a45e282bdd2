//! Bodies on their way in: within a size, a time and a least rate each, and within a number of bytes for the whole
//! server, so that withheld bodies hold neither connections for ever nor memory without end.

use std::future::{Future, poll_fn};
use std::ops::Deref;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use actix_web::dev::{Decompress, Payload};
use actix_web::http::header::CONTENT_LENGTH;
use actix_web::rt::time::timeout;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest, web};
use futures_core::Stream;

use crate::config::ServerConfig;
use crate::http::AppState;
use crate::http::error::ApiError;

/// The time in which a body may be slower than the least rate.
const GRACE: Duration = Duration::from_secs(5);

/// The bytes of bodies that the server holds, of all requests together.
#[derive(Debug)]
pub struct BodyBytes {
    held: AtomicUsize,
    most: usize,
}

impl BodyBytes {
    /// Room for so many bytes.
    pub fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { held: AtomicUsize::new(0), most })
    }

    /// The bytes held now.
    pub fn held(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }

    /// Takes room for more bytes; false if there is none.
    fn take(&self, more: usize) -> bool {
        let within = |held: usize| held.checked_add(more).filter(|&held| held <= self.most);
        self.held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, within).is_ok()
    }
}

/// A body that was received; its room is given back when it is dropped.
#[derive(Debug)]
pub(in crate::http) struct ReceivedBody {
    bytes: Vec<u8>,
    room: Arc<BodyBytes>,
}

impl Deref for ReceivedBody {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for ReceivedBody {
    fn drop(&mut self) {
        self.room.held.fetch_sub(self.bytes.len(), Ordering::Relaxed);
    }
}

impl ReceivedBody {
    /// Takes a piece in.
    fn add(&mut self, piece: &[u8], limit: usize) -> Result<(), ApiError> {
        if self.bytes.len() + piece.len() > limit {
            return Err(ApiError::too_large(limit));
        }
        if !self.room.take(piece.len()) {
            return Err(ApiError::too_many_bodies());
        }
        self.bytes.extend_from_slice(piece);
        Ok(())
    }
}

/// The time by which a body with so many bytes so far must have sent more.
fn due(began: Instant, received: usize, config: &ServerConfig) -> Instant {
    let longest = Duration::from_secs(config.body_seconds);
    let at_least_rate = Duration::from_secs_f64(received as f64 / config.body_bytes_a_second as f64);
    began + (GRACE + at_least_rate).min(longest)
}

/// The body of a request, or the reason why it could not be read. Handlers ask for it with `body::bytes`.
pub(in crate::http) struct RawBody(pub(super) Result<ReceivedBody, ApiError>);

impl FromRequest for RawBody {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let state = request.app_data::<web::Data<AppState>>().cloned();
        let announced = request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        let pieces = Decompress::from_headers(payload.take(), request.headers());
        Box::pin(async move {
            let state = state.ok_or_else(ApiError::stopping)?;
            Ok(Self(receive(pieces, announced, &state).await))
        })
    }
}

async fn receive<E>(
    pieces: impl Stream<Item = Result<Bytes, E>>,
    announced: Option<usize>,
    state: &AppState,
) -> Result<ReceivedBody, ApiError> {
    let (config, began) = (&state.config, Instant::now());
    let limit = config.max_body_bytes;
    if announced.is_some_and(|announced| announced > limit) {
        return Err(ApiError::too_large(limit));
    }
    let mut body = ReceivedBody { bytes: Vec::new(), room: Arc::clone(&state.bodies) };
    let mut pieces = pin!(pieces);
    loop {
        let left = due(began, body.bytes.len(), config).saturating_duration_since(Instant::now());
        match timeout(left, poll_fn(|context| pieces.as_mut().poll_next(context))).await {
            Ok(Some(Ok(piece))) => {
                if body.bytes.is_empty() {
                    // No room for more than arrives: a client that announces much need not send it.
                    body.bytes.reserve(announced.unwrap_or_default().min(piece.len().saturating_mul(2)));
                }
                body.add(&piece, limit)?;
            }
            Ok(None) => return Ok(body),
            Ok(Some(Err(_))) => {
                return Err(ApiError::bad_request("unreadable_body", "the body could not be read to its end"));
            }
            Err(_) => return Err(ApiError::body_too_slow()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_taken_up_to_the_limit_and_given_back() {
        let room = BodyBytes::new(10);
        let body = |bytes: &[u8]| {
            let mut body = ReceivedBody { bytes: Vec::new(), room: Arc::clone(&room) };
            body.add(bytes, 8).map(|()| body)
        };
        let first = body(b"12345678").map_err(|error| error.to_string());
        assert!(first.is_ok());
        assert!(body(b"123").is_err_and(|error| error.to_string().starts_with("overloaded")));
        assert!(body(b"123456789").is_err_and(|error| error.to_string().starts_with("body_too_large")));
        assert_eq!(room.held(), 8);
        drop(first);
        assert_eq!(room.held(), 0);
    }

    #[test]
    fn a_body_is_due_at_its_rate_and_never_after_its_time() {
        let (config, began) = (ServerConfig::default(), Instant::now());
        assert_eq!(due(began, 0, &config), began + GRACE);
        assert_eq!(due(began, 10_240, &config), began + GRACE + Duration::from_secs(10));
        assert_eq!(due(began, 1 << 30, &config), began + Duration::from_secs(config.body_seconds));
    }
}
