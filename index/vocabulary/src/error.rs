//! The errors of the engine, each written for the reader who must act: what
//! was wrong, where, and what would be right. Nothing here knows HTTP; the
//! server maps variants to status codes in one place.

use std::io;
use std::path::{Path, PathBuf};

/// Everything that can go wrong in the engine.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or folder could not be read or written.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was being done, as a verb: "open", "write", "sync".
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A file's content is not what its checksum or structure says.
    #[error("{} is damaged: {detail}", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What does not fit.
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
        /// The newest version this release reads.
        supported: u32,
    },
    /// The data folder holds no published generation.
    #[error("{} holds no generation yet: run `tastemaker reindex --data DIR --catalog FILE` first", path.display())]
    NoGeneration {
        /// The data folder.
        path: PathBuf,
    },
    /// A filter expression could not be understood.
    #[error("filter: at character {position}: found {found}, expected {expected}")]
    Filter {
        /// 0-based character position in the filter text.
        position: usize,
        /// What stands there.
        found: String,
        /// What would be right.
        expected: String,
    },
    /// A request or setting names something that cannot be.
    #[error("{field}: {message}")]
    Invalid {
        /// The field as the caller spells it.
        field: String,
        /// What is wrong and what would be right.
        message: String,
    },
    /// A page past the last hit that can be paged to.
    #[error(
        "page {page} of {per_page} hits is too deep: page × per_page may be at most {depth}; narrow the search with a filter instead"
    )]
    PageTooDeep {
        /// The page asked for, from 1.
        page: usize,
        /// Hits a page.
        per_page: usize,
        /// The last hit that can be paged to.
        depth: usize,
    },
    /// The catalogue is too broken, or too different, to publish.
    #[error("refused: {0}")]
    Refused(String),
    /// The text index failed underneath.
    #[error("text index: {0}")]
    Text(String),
}

/// The engine's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Wraps an operating-system error with what was being done to which path.
    pub fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { action, path, source }
    }

    /// A damaged file.
    pub fn corrupt(path: &Path, detail: impl Into<String>) -> Self {
        Self::Corrupt { path: path.to_path_buf(), detail: detail.into() }
    }

    /// A wrong value in a named field.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid { field: field.into(), message: message.into() }
    }
}
