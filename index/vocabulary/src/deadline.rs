//! The deadline of a request. The engine reads no clock, so the caller says with a closure when the time is over; an
//! answer looks between its stages and stops there, since nobody would read the rest of it.

use crate::error::{Error, Result};

/// The deadline of a request; the default never comes.
///
/// ```
/// use tastemaker_vocabulary::deadline::Deadline;
///
/// let is_over = || true;
/// assert!(Deadline::new(&is_over).check().is_err());
/// assert!(Deadline::default().check().is_ok());
/// ```
#[derive(Clone, Copy, Default)]
pub struct Deadline<'a>(Option<&'a (dyn Fn() -> bool + Sync)>);

impl<'a> Deadline<'a> {
    /// A deadline that has come as soon as `is_over` returns true; it is called some ten times an answer.
    pub fn new(is_over: &'a (dyn Fn() -> bool + Sync)) -> Self {
        Self(Some(is_over))
    }

    /// Fails once the deadline has come.
    ///
    /// # Errors
    /// [`Error::DeadlineExceeded`].
    pub fn check(self) -> Result<()> {
        match self.0 {
            Some(is_over) if is_over() => Err(Error::DeadlineExceeded),
            _ => Ok(()),
        }
    }
}

impl std::fmt::Debug for Deadline<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(if self.0.is_some() { "Deadline(some)" } else { "Deadline(none)" })
    }
}
