//! The numbered lines of a feed, limited in length.

use std::collections::VecDeque;
use std::io::{self, BufRead};

use super::{FeedSource, MAX_RECORD_BYTES};

/// One line without its line break.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FeedLine {
    /// The number of the line, from 1.
    pub(super) number: u64,
    /// Truncated to [`MAX_RECORD_BYTES`] + 1 bytes if the line is longer.
    pub(super) bytes: Vec<u8>,
}

impl FeedLine {
    /// True if the line exceeds the limit of a record; the rest of it is discarded.
    pub(super) fn is_too_long(&self) -> bool {
        self.bytes.len() > MAX_RECORD_BYTES
    }

    /// True if the line has only white space.
    pub(super) fn is_blank(&self) -> bool {
        self.bytes.iter().all(u8::is_ascii_whitespace)
    }
}

/// Reads lines, and accepts them back for reading them again.
#[derive(Debug)]
pub(super) struct Lines {
    source: FeedSource,
    number: u64,
    again: VecDeque<FeedLine>,
}

impl Lines {
    pub(super) fn new(source: FeedSource) -> Self {
        Self { source, number: 0, again: VecDeque::new() }
    }

    pub(super) fn source(&self) -> &FeedSource {
        &self.source
    }

    /// The next line; `None` at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<FeedLine>> {
        if let Some(line) = self.again.pop_front() {
            return Ok(Some(line));
        }
        let (mut bytes, mut found, mut ended) = (Vec::new(), false, false);
        while !ended {
            let available = self.source.fill_buf()?;
            if available.is_empty() {
                break;
            }
            found = true;
            let end = available.iter().position(|&byte| byte == b'\n');
            let line = &available[..end.unwrap_or(available.len())];
            let room = (MAX_RECORD_BYTES + 1).saturating_sub(bytes.len());
            bytes.extend_from_slice(&line[..line.len().min(room)]);
            let used = line.len() + usize::from(end.is_some());
            self.source.consume(used);
            ended = end.is_some();
        }
        if !found {
            return Ok(None);
        }
        if bytes.last() == Some(&b'\r') {
            bytes.pop();
        }
        self.number += 1;
        Ok(Some(FeedLine { number: self.number, bytes }))
    }

    /// Returns lines to be read again before anything else.
    pub(super) fn give_back(&mut self, lines: Vec<FeedLine>) {
        for line in lines.into_iter().rev() {
            self.again.push_front(line);
        }
    }
}
