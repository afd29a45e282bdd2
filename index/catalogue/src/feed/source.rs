//! The bytes of a feed, converted to UTF-8. The encoding is taken from a byte order mark, from the
//! zero bytes of UTF-16, or from an XML declaration. Without those it is UTF-8, or Windows-1252, of
//! which Latin-1 is a part, if the first chunk with a byte above 127 has more invalid sequences
//! than non-ASCII characters of UTF-8. JSON is always UTF-8 (RFC 8259). Invalid bytes in UTF-8 pass
//! through, so that the row they are in is reported.

use std::fmt;
use std::io::{self, BufRead, Read};

use encoding_rs::{Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// Bytes read and examined at a time.
const CHUNK: usize = 64 << 10;

/// A feed's bytes, decoded while they are read.
pub struct FeedSource {
    input: Box<dyn Read>,
    raw: Vec<u8>,
    decoded: Vec<u8>,
    at: usize,
    ended: bool,
    mode: EncodingState,
}

enum EncodingState {
    /// Nothing was read yet.
    Start,
    /// No byte above 127 so far.
    Ascii { json: bool },
    /// UTF-8, passed through.
    Utf8 { mark: bool },
    /// Another encoding; the decoder is `None` once it has seen the end.
    Other(&'static Encoding, Option<Box<Decoder>>),
}

impl fmt::Debug for FeedSource {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Source").field("encoding", &self.encoding()).finish_non_exhaustive()
    }
}

impl FeedSource {
    /// Reads from `input`, which needs no buffer.
    pub fn new(input: impl Read + 'static) -> Self {
        let (raw, decoded) = (Vec::new(), Vec::new());
        Self { input: Box::new(input), raw, decoded, at: 0, ended: false, mode: EncodingState::Start }
    }

    /// The encoding of the bytes, as detected so far.
    pub fn encoding(&self) -> &'static str {
        match &self.mode {
            EncodingState::Start | EncodingState::Ascii { .. } => "ASCII",
            EncodingState::Utf8 { mark: false } => "UTF-8",
            EncodingState::Utf8 { mark: true } => "UTF-8 with a byte order mark",
            EncodingState::Other(encoding, _) => encoding.name(),
        }
    }

    /// The next bytes without consuming them: `count`, or fewer at the end.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn peek(&mut self, count: usize) -> io::Result<&[u8]> {
        while self.decoded.len() - self.at < count && self.decode_more()? {}
        let all = &self.decoded[self.at..];
        Ok(&all[..all.len().min(count)])
    }

    /// Decodes another chunk and appends it; false at the end.
    fn decode_more(&mut self) -> io::Result<bool> {
        self.decoded.drain(..self.at);
        self.at = 0;
        self.fill_raw()?;
        if let EncodingState::Start = self.mode {
            self.start();
        }
        if let EncodingState::Ascii { json } = self.mode {
            match self.raw.iter().position(|byte| !byte.is_ascii()) {
                Some(0) => self.decide(json),
                position => {
                    let ascii = position.unwrap_or(self.raw.len());
                    self.decoded.extend(self.raw.drain(..ascii));
                    return Ok(ascii > 0);
                }
            }
        }
        let before = self.decoded.len();
        match &mut self.mode {
            EncodingState::Other(_, place) => {
                let Some(decoder) = place else { return Ok(false) };
                let most = decoder.max_utf8_buffer_length(self.raw.len()).unwrap_or(4 * CHUNK);
                self.decoded.resize(before + most, 0);
                let (_, read, written, _) = decoder.decode_to_utf8(&self.raw, &mut self.decoded[before..], self.ended);
                self.decoded.truncate(before + written);
                self.raw.drain(..read);
                if self.ended {
                    *place = None;
                }
                // A chunk may end within its first character, so zero bytes are not the end.
                Ok(written > 0 || !self.ended)
            }
            _ => {
                self.decoded.append(&mut self.raw);
                Ok(self.decoded.len() > before)
            }
        }
    }

    fn fill_raw(&mut self) -> io::Result<()> {
        if !self.ended && self.raw.len() < CHUNK {
            let room = (CHUNK - self.raw.len()) as u64;
            let read = (&mut self.input).take(room).read_to_end(&mut self.raw)? as u64;
            self.ended = read < room;
        }
        Ok(())
    }

    fn start(&mut self) {
        if let Some((encoding, mark)) = Encoding::for_bom(&self.raw) {
            self.raw.drain(..mark);
            self.set(encoding, true);
        } else if let [first, second, ..] = self.raw[..]
            // A feed starts with ASCII, which in UTF-16 has one zero byte in each pair.
            && (first == 0) != (second == 0)
        {
            self.set(if first == 0 { UTF_16BE } else { UTF_16LE }, false);
        } else if let Some(encoding) = declared(&self.raw).filter(|encoding| *encoding != UTF_8) {
            self.set(encoding, false);
        } else {
            let first = self.raw.iter().find(|byte| !byte.is_ascii_whitespace());
            self.mode = EncodingState::Ascii { json: matches!(first, Some(b'{' | b'[')) };
        }
    }

    fn set(&mut self, encoding: &'static Encoding, mark: bool) {
        self.mode = if encoding == UTF_8 {
            EncodingState::Utf8 { mark }
        } else {
            EncodingState::Other(encoding, Some(Box::new(encoding.new_decoder_without_bom_handling())))
        };
    }

    /// Decides between UTF-8 and Windows-1252 by the bytes from the first one above 127 on.
    fn decide(&mut self, json: bool) {
        let (mut characters, mut broken) = (0, 0);
        for chunk in self.raw.utf8_chunks() {
            characters += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
            broken += usize::from(!chunk.invalid().is_empty());
        }
        let utf8 = json || characters >= broken.max(1);
        self.set(if utf8 { UTF_8 } else { WINDOWS_1252 }, false);
    }
}

/// The encoding named by an XML declaration at the start.
fn declared(start: &[u8]) -> Option<&'static Encoding> {
    let start = String::from_utf8_lossy(&start[..start.len().min(200)]).to_ascii_lowercase();
    let declaration = start.trim_start().strip_prefix("<?xml")?.split("?>").next()?;
    let value = declaration.split("encoding").nth(1)?.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let label = value[1..].split(quote).next()?;
    // A declaration that is readable as single bytes cannot be UTF-16, whatever it declares.
    Encoding::for_label(label.as_bytes()).filter(|encoding| encoding.is_ascii_compatible())
}

impl Read for FeedSource {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let count = available.len().min(out.len());
        out[..count].copy_from_slice(&available[..count]);
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for FeedSource {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.at == self.decoded.len() && self.decode_more()? {}
        Ok(&self.decoded[self.at..])
    }

    fn consume(&mut self, count: usize) {
        self.at = (self.at + count).min(self.decoded.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> (String, &'static str) {
        let mut source = FeedSource::new(io::Cursor::new(bytes.to_vec()));
        let mut text = Vec::new();
        let outcome = source.read_to_end(&mut text);
        assert!(outcome.is_ok(), "{outcome:?}");
        (String::from_utf8_lossy(&text).into_owned(), source.encoding())
    }

    fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn each_encoding_is_found_out() {
        let text = "id\ttitle\nrosé\tå € –\n";
        assert_eq!(read(text.as_bytes()), (text.into(), "UTF-8"));
        assert_eq!(read(&["\u{feff}".as_bytes(), text.as_bytes()].concat()).1, "UTF-8 with a byte order mark");
        assert_eq!(read(&utf16(&format!("\u{feff}{text}"), u16::to_le_bytes)), (text.into(), "UTF-16LE"));
        assert_eq!(read(&utf16(&format!("\u{feff}{text}"), u16::to_be_bytes)), (text.into(), "UTF-16BE"));
        assert_eq!(read(&utf16(text, u16::to_le_bytes)), (text.into(), "UTF-16LE"));
        let western = WINDOWS_1252.encode(text).0;
        assert_eq!(read(&western), (text.into(), "windows-1252"));
        assert_eq!(read(b"id\ttitle\n").1, "ASCII");
        assert_eq!(read(b""), (String::new(), "ASCII"));
        let declared = "<?xml version='1.0' encoding = 'ISO-8859-2'?><a>ł</a>";
        let eastern = encoding_rs::ISO_8859_2.encode(declared).0;
        assert_eq!(read(&eastern), (declared.into(), "ISO-8859-2"));
    }

    #[test]
    fn the_first_letter_above_127_decides_however_late_it_comes() {
        for ascii in [0, 1, CHUNK - 2, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK - 1] {
            let text = format!("{}é and more å", "x".repeat(ascii));
            assert_eq!(read(text.as_bytes()), (text.clone(), "UTF-8"), "after {ascii}");
            assert_eq!(read(&WINDOWS_1252.encode(&text).0), (text.clone(), "windows-1252"), "after {ascii}");
            let wide = utf16(&format!("\u{feff}{text}😀"), u16::to_le_bytes);
            assert_eq!(read(&wide).0, format!("{text}😀"), "after {ascii}");
        }
    }

    #[test]
    fn one_broken_byte_does_not_turn_utf8_into_something_else() {
        let (text, encoding) = read(b"ros\xc3\xa9\nbro\xe9ken\ncr\xc3\xa8me\n");
        assert_eq!(encoding, "UTF-8");
        assert!(text.contains("rosé") && text.contains("crème"));
        assert_eq!(read(b"{\"title\":\"ros\xe9\"}").1, "UTF-8", "JSON is UTF-8");
    }
}
