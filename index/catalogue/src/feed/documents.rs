//! JSON documents in a stream: a single one, one on each line, or the elements of an array.
//! Documents are separated by counting braces only, so a syntax error inside one does not affect
//! the next. A document whose braces never close costs only its first line. An array that never ends was cut off, which
//! nothing else would show if it was cut between two documents.

use std::io;

use super::lines::{FeedLine, Lines};
use super::{BadRow, FeedSource, cut_off};

/// The longest document, in bytes.
pub(super) const MAX_DOCUMENT_BYTES: usize = 16 << 20;

/// The most unclosed documents that are recovered from; beyond that, the lines they swallowed are lost.
const MAX_MENDED: u32 = 1000;

/// The most lines remembered for reading again; an unclosed document with more loses those.
const MAX_REMEMBERED_LINES: usize = 10_000;

/// The text of a document and the line where it starts.
pub(super) type DocumentText = Result<(u64, Vec<u8>), BadRow>;

/// Finds the documents of a stream.
#[derive(Debug)]
pub(super) struct Documents {
    lines: Lines,
    /// The current line and the position reached in it.
    line: Option<(FeedLine, usize)>,
    mended: u32,
    /// True in an array.
    in_array: bool,
}

impl Documents {
    pub(super) fn new(source: FeedSource) -> Self {
        Self { lines: Lines::new(source), line: None, mended: 0, in_array: false }
    }

    pub(super) fn source(&self) -> &FeedSource {
        self.lines.source()
    }

    /// The next document with the line where it starts; `None` at the end.
    ///
    /// # Errors
    /// If the file cannot be read, or ends inside an array.
    pub(super) fn next(&mut self) -> io::Result<Option<DocumentText>> {
        loop {
            let Some((line, at)) = self.line.take() else {
                match self.lines.next()? {
                    Some(line) => self.line = Some((line, 0)),
                    None if self.in_array => return Err(cut_off("the `]` that ends its array")),
                    None => return Ok(None),
                }
                continue;
            };
            let number = line.number;
            let bad = |message: &str| BadRow { line: number, field: None, message: message.to_owned() };
            if line.is_too_long() {
                return Ok(Some(Err(bad("is too long for one line"))));
            }
            let between = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b',' | b'[' | b']' | b';' | 0x1e);
            let rest = &line.bytes[at..];
            let start = rest.iter().position(|byte| !between(byte));
            for byte in &rest[..start.unwrap_or(rest.len())] {
                self.in_array = matches!(byte, b'[') || (self.in_array && *byte != b']');
            }
            let Some(start) = start else { continue };
            if line.bytes[at + start] != b'{' {
                return Ok(Some(Err(bad("has something that is no JSON object"))));
            }
            return self.object(line, at + start).map(Some);
        }
    }

    /// Reads the object that starts at this position.
    fn object(&mut self, first: FeedLine, start: usize) -> io::Result<DocumentText> {
        let number = first.number;
        let mut braces = Braces::default();
        let mut text = Vec::new();
        let (mut more, mut recoverable) = (Vec::<FeedLine>::new(), true);
        let (mut line, mut from) = (first, start);
        loop {
            match braces.close(&line.bytes[from..]) {
                Some(length) => {
                    text.extend_from_slice(&line.bytes[from..from + length]);
                    self.line = Some((line, from + length));
                    return Ok(Ok((number, text)));
                }
                None => {
                    text.extend_from_slice(&line.bytes[from..]);
                    text.push(b'\n');
                }
            }
            recoverable &= more.len() < MAX_REMEMBERED_LINES;
            if !recoverable {
                more.clear();
            } else if line.number != number {
                more.push(line);
            }
            let fits = text.len() < MAX_DOCUMENT_BYTES;
            match if fits { self.lines.next()? } else { None } {
                Some(next) if !next.is_too_long() => (line, from) = (next, 0),
                next => {
                    more.extend(next);
                    if self.mended < MAX_MENDED {
                        self.mended += 1;
                        self.lines.give_back(more);
                    }
                    let message = match fits {
                        true => "has a brace that is never closed".to_owned(),
                        false => format!("is longer than {MAX_DOCUMENT_BYTES} bytes; split it into an array or lines"),
                    };
                    return Ok(Err(BadRow { line: number, field: None, message }));
                }
            }
        }
    }
}

/// Counts braces outside of strings.
#[derive(Default)]
struct Braces {
    depth: usize,
    in_string: bool,
    escaped: bool,
}

impl Braces {
    /// The number of bytes up to the end of the object, if it ends within `bytes`.
    fn close(&mut self, bytes: &[u8]) -> Option<usize> {
        for (at, &byte) in bytes.iter().enumerate() {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' if self.in_string => self.escaped = true,
                b'"' => self.in_string = !self.in_string,
                b'{' if !self.in_string => self.depth += 1,
                b'}' if !self.in_string => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == 0 {
                        return Some(at + 1);
                    }
                }
                _ => {}
            }
        }
        // JSON strings contain no line breaks: an open one was never closed.
        self.in_string = false;
        self.escaped = false;
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<Result<(u64, String), u64>> {
        let mut documents = Documents::new(FeedSource::new(io::Cursor::new(text.to_owned())));
        let shown = |found: DocumentText| {
            found.map(|(line, bytes)| (line, String::from_utf8_lossy(&bytes).into_owned())).map_err(|bad| bad.line)
        };
        std::iter::from_fn(|| documents.next().ok().flatten()).map(shown).collect()
    }

    #[test]
    fn documents_come_alone_in_lines_and_in_arrays() {
        let (one, two) = (Ok((1, "{\"a\":{}}".to_owned())), Ok((1, "{\"b\":\"}\\\"\"}".to_owned())));
        assert_eq!(found("{\"a\":{}}"), std::slice::from_ref(&one));
        assert_eq!(found("[{\"a\":{}},{\"b\":\"}\\\"\"}]"), [one.clone(), two]);
        assert_eq!(found("\n[\n{\"a\":\n1}\n,{}]\n"), [Ok((3, "{\"a\":\n1}".into())), Ok((5, "{}".into()))]);
        assert_eq!(found("{\"a\":{}}\n{}"), [one, Ok((2, "{}".into()))]);
    }

    #[test]
    fn an_open_brace_costs_its_line_only() {
        assert_eq!(
            found("{\"a\":{\n{\"b\":1}\nnonsense\n{}"),
            [Err(1), Ok((2, "{\"b\":1}".into())), Err(3), Ok((4, "{}".into()))]
        );
    }
}
