//! The errors of the engine, each written for the reader who must act: what is wrong, where, and
//! what would be right. Nothing here knows HTTP; the server maps variants to status codes in one
//! place.

use std::io;
use std::path::{Path, PathBuf};

/// Every error of the engine.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or folder could not be read or written.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// The attempted action as a verb: "open", "write", "sync".
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// A file's content contradicts its checksum or structure.
    #[error("{} is damaged: {detail}", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// The contradiction.
        detail: String,
    },
    /// A file was written by a newer release.
    #[error(
        "{} has format {found}, this release reads up to {supported}: upgrade tastemaker or rebuild with `tastemaker reindex`",
        path.display()
    )]
    NewerFormat {
        /// The file.
        path: PathBuf,
        /// The format version found.
        found: u32,
        /// The newest version that this release reads.
        supported: u32,
    },
    /// The data folder holds no published generation.
    #[error("{} holds no whole generation: run `tastemaker reindex --data DIR`, the first time with `--catalog FILE`", path.display())]
    NoGeneration {
        /// The data folder.
        path: PathBuf,
    },
    /// A filter expression has a syntax or type error.
    #[error("filter: at character {position}: found {found}, expected {expected}")]
    Filter {
        /// 0-based position in the filter text, in characters.
        position: usize,
        /// The text or value at that position.
        found: String,
        /// The accepted alternatives.
        expected: String,
    },
    /// A request or setting has an invalid value.
    #[error("{field}: {message}")]
    Invalid {
        /// The field in the caller's spelling.
        field: String,
        /// The mistake and the accepted values.
        message: String,
    },
    /// The requested page lies beyond the last hit that can be paged to.
    #[error(
        "page {page} of {per_page} hits is too deep: page × per_page may be at most {depth}; narrow the search with a filter instead"
    )]
    PageTooDeep {
        /// The requested page, from 1.
        page: usize,
        /// Hits on a page.
        per_page: usize,
        /// The position of the last hit that can be paged to.
        depth: usize,
    },
    /// The deadline of the request came before its answer was ready.
    #[error("the deadline came before the answer was ready")]
    DeadlineExceeded,
    /// The input exceeds a limit, or the catalogue has too many errors or lost too many products to be published.
    #[error("refused: {0}")]
    Refused(String),
    /// The text index failed.
    #[error("text index: {0}")]
    Text(String),
}

/// The result type of the engine.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Wraps an operating-system error with the attempted action and the path.
    pub fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { action, path, source }
    }

    /// An error for a damaged file.
    pub fn corrupt(path: &Path, detail: impl Into<String>) -> Self {
        Self::Corrupt { path: path.to_path_buf(), detail: detail.into() }
    }

    /// An error for an invalid value in a named field.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid { field: field.into(), message: message.into() }
    }
}
