//! The lines of a feed, numbered, with a limit on their length.

use std::collections::VecDeque;
use std::io::{self, BufRead};

use super::{MAX_RECORD_BYTES, Source};

/// One line without its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// 1-based.
    pub(super) number: u64,
    /// At most [`MAX_RECORD_BYTES`]; one more when the line is longer.
    pub(super) bytes: Vec<u8>,
}

impl Line {
    /// Whether the line is longer than a record may be; the rest of it is gone.
    pub(super) fn is_too_long(&self) -> bool {
        self.bytes.len() > MAX_RECORD_BYTES
    }

    /// Whether there is nothing on it.
    pub(super) fn is_blank(&self) -> bool {
        self.bytes.iter().all(u8::is_ascii_whitespace)
    }
}

/// Reads lines, and takes them back.
#[derive(Debug)]
pub(super) struct Lines {
    source: Source,
    number: u64,
    again: VecDeque<Line>,
}

impl Lines {
    pub(super) fn new(source: Source) -> Self {
        Self { source, number: 0, again: VecDeque::new() }
    }

    pub(super) fn source(&self) -> &Source {
        &self.source
    }

    /// The next line; `None` at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Line>> {
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
        Ok(Some(Line { number: self.number, bytes }))
    }

    /// Gives lines back, to be read again before anything else.
    pub(super) fn give_back(&mut self, lines: Vec<Line>) {
        for line in lines.into_iter().rev() {
            self.again.push_front(line);
        }
    }
}
