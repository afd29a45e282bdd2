//! Responses as JSON, written on the thread that made them and no larger than allowed.

use std::io;

use actix_web::HttpResponse;
use actix_web::http::header::ContentType;
use serde::Serialize;

use crate::http::AppState;
use crate::http::error::ApiError;

/// The initial capacity for a response with products, in bytes.
const PAGE_BYTES: usize = 64 << 10;
/// The initial capacity for a response that is usually short, in bytes.
const SHORT_PAGE_BYTES: usize = 1 << 10;

/// The JSON of a response.
pub(in crate::http) struct Page(Vec<u8>);

impl From<Page> for HttpResponse {
    fn from(page: Page) -> Self {
        Self::Ok().content_type(ContentType::json()).body(page.0)
    }
}

/// A text that may not grow beyond a limit.
struct Bounded {
    text: Vec<u8>,
    most: usize,
}

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.text.len() + bytes.len() > self.most {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A response with products. Its buffer starts large, because such responses usually have many kilobytes.
///
/// # Errors
/// `answer_too_large` past `server.max_answer_bytes`.
pub(in crate::http) fn page(state: &AppState, answer: &impl Serialize) -> Result<Page, ApiError> {
    written(PAGE_BYTES, state.config.max_answer_bytes, answer)
}

/// The same for a response that is usually short.
pub(in crate::http) fn short_page(state: &AppState, answer: &impl Serialize) -> Result<Page, ApiError> {
    written(SHORT_PAGE_BYTES, state.config.max_answer_bytes, answer)
}

fn written(capacity: usize, most: usize, answer: &impl Serialize) -> Result<Page, ApiError> {
    let mut bounded = Bounded { text: Vec::with_capacity(capacity), most };
    match serde_json::to_writer(&mut bounded, answer) {
        Ok(()) => Ok(Page(bounded.text)),
        Err(error) if error.is_io() => Err(ApiError::answer_too_large(most)),
        Err(error) => Err(ApiError::internal(&error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_ends_at_its_limit() {
        let text = |most| written(0, most, &"a".repeat(8)).map(|page| page.0.len()).map_err(|error| error.parts().0);
        assert_eq!(text(10), Ok(10));
        assert_eq!(text(9), Err("answer_too_large"));
    }
}
