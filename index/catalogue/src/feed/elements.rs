//! Extracts elements with given names from a stream of XML or HTML: everything from `<item ...>` to
//! `</item>`. Comments and CDATA are skipped, and a broken element does not affect the next one.

use std::io::{self, BufRead};

use super::FeedSource;

/// One element, truncated if it is too long.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct MarkupElement {
    /// The line of its start tag.
    pub(super) line: u64,
    /// Start tag, content, end tag.
    pub(super) bytes: Vec<u8>,
    /// The reason why it is incomplete, if it is.
    pub(super) broken: Option<&'static str>,
}

/// Finds the elements of a stream.
#[derive(Debug)]
pub(super) struct MarkupElements {
    source: FeedSource,
    names: &'static [&'static str],
    /// True if the content is raw text, like that of a script, in which tags and comments have no meaning.
    raw: bool,
    most_bytes: usize,
    line: u64,
    /// A start tag found inside of an element that was not closed.
    found: Option<(u64, Vec<u8>)>,
    /// The name of the element around all others, until it is closed.
    root: Option<String>,
    /// True once there was such an element.
    begun: bool,
}

/// The longest tag that is read whole, in bytes; longer ones are truncated.
const MAX_TAG_BYTES: usize = 64 << 10;

impl MarkupElements {
    /// Finds elements with these lower-case names, each of at most `most_bytes`.
    pub(super) fn new(source: FeedSource, names: &'static [&'static str], raw: bool, most_bytes: usize) -> Self {
        Self { source, names, raw, most_bytes, line: 1, found: None, root: None, begun: false }
    }

    pub(super) fn source(&self) -> &FeedSource {
        &self.source
    }

    /// The next element; `None` at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<MarkupElement>> {
        let (line, tag) = match self.found.take() {
            Some(found) => found,
            None => loop {
                match self.piece()? {
                    None => return Ok(None),
                    Some((line, tag)) if self.opens(&tag).is_some() => break (line, tag),
                    Some(_) => {}
                }
            },
        };
        let name = self.opens(&tag).unwrap_or_default();
        let mut element = MarkupElement { line, bytes: tag, broken: None };
        if element.bytes.ends_with(b"/>") {
            return Ok(Some(element));
        }
        loop {
            let end = if self.raw { self.raw_piece()? } else { self.piece()? };
            let Some((line, piece)) = end else {
                element.broken = Some("is not closed before the end of the file");
                return Ok(Some(element));
            };
            if !self.raw && self.opens(&piece).is_some() {
                self.found = Some((line, piece));
                element.broken = Some("is not closed before the next one");
                return Ok(Some(element));
            }
            let closes = piece.strip_prefix(b"</").is_some_and(|rest| tag_name(rest) == name);
            let room = self.most_bytes.saturating_sub(element.bytes.len());
            if piece.len() > room {
                element.broken = Some("is too long");
            }
            element.bytes.extend_from_slice(&piece[..piece.len().min(room)]);
            if closes {
                return Ok(Some(element));
            }
        }
    }

    /// The name of the element around all others if it is still open, which at the end means that the file was cut off.
    pub(super) fn open_root(&self) -> Option<&str> {
        self.root.as_deref()
    }

    /// Notes whether a piece opens or closes the element around all others.
    fn note_root(&mut self, piece: &[u8]) {
        if let Some(rest) = piece.strip_prefix(b"</") {
            if self.root.as_deref() == Some(&*tag_name(rest)) {
                self.root = None;
            }
        } else if !self.begun && piece.first() == Some(&b'<') && piece.get(1).is_some_and(u8::is_ascii_alphabetic) {
            self.begun = true;
            self.root = Some(tag_name(&piece[1..])).filter(|_| !piece.ends_with(b"/>"));
        }
    }

    /// The wanted name of the element that a piece opens, if any.
    fn opens(&self, piece: &[u8]) -> Option<&'static str> {
        let name = tag_name(piece.strip_prefix(b"<")?);
        self.names.iter().copied().find(|known| *known == name)
    }

    /// Reads the next piece: a tag, comment or CDATA section, or the text before the next `<`.
    fn piece(&mut self) -> io::Result<Option<(u64, Vec<u8>)>> {
        let line = self.line;
        let mut piece = Vec::new();
        if self.next_byte()? != Some(b'<') {
            self.take_until(&mut piece, self.most_bytes + 1, |_, next| next == b'<')?;
            return Ok((!piece.is_empty()).then_some((line, piece)));
        }
        // The beginning of a piece determines its end.
        let end = |piece: &[u8]| -> &'static [u8] {
            match piece {
                [b'<', b'!', b'-', b'-', ..] => b"-->",
                [b'<', b'!', b'[', b'C', b'D', ..] => b"]]>",
                _ => b">",
            }
        };
        let mut tail = [0u8; 3];
        let mut length = 0u64;
        let most = if self.raw { MAX_TAG_BYTES } else { self.most_bytes + 1 };
        self.take_until(&mut piece, most, |piece, next| {
            let end = end(piece);
            let closed = tail.ends_with(end) && length > end.len() as u64;
            // A tag cannot contain the start of another: the first `<` meant "less".
            let nested = length > 0 && end == b">" && next == b'<';
            tail = [tail[1], tail[2], next];
            length += 1;
            closed || nested
        })?;
        self.note_root(&piece);
        Ok(Some((line, piece)))
    }

    /// Reads raw text up to `</`, or the tag that begins there.
    fn raw_piece(&mut self) -> io::Result<Option<(u64, Vec<u8>)>> {
        let line = self.line;
        if self.source.peek(2)? == b"</" {
            return self.piece();
        }
        let mut piece = Vec::new();
        self.take_until(&mut piece, self.most_bytes + 1, |piece, next| !piece.is_empty() && next == b'<')?;
        Ok((!piece.is_empty()).then_some((line, piece)))
    }

    fn next_byte(&mut self) -> io::Result<Option<u8>> {
        Ok(self.source.fill_buf()?.first().copied())
    }

    /// Consumes bytes until `stop` returns true for the next one, or to the end; stores at most `most` of them.
    fn take_until(
        &mut self,
        piece: &mut Vec<u8>,
        most: usize,
        mut stop: impl FnMut(&[u8], u8) -> bool,
    ) -> io::Result<()> {
        loop {
            let available = self.source.fill_buf()?;
            if available.is_empty() {
                return Ok(());
            }
            let mut used = 0;
            let mut stopped = false;
            for &byte in available {
                if stop(piece, byte) {
                    stopped = true;
                    break;
                }
                used += 1;
                self.line += u64::from(byte == b'\n');
                if piece.len() < most {
                    piece.push(byte);
                }
            }
            self.source.consume(used);
            if stopped {
                return Ok(());
            }
        }
    }
}

/// The name at the start of a tag, lower-cased and without its prefix.
fn tag_name(tag: &[u8]) -> String {
    let end = tag.iter().position(|byte| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/'));
    let name = String::from_utf8_lossy(&tag[..end.unwrap_or(tag.len()).min(100)]).to_ascii_lowercase();
    name.rsplit(':').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, names: &'static [&'static str], raw: bool) -> Vec<(u64, String, bool)> {
        let mut elements = MarkupElements::new(FeedSource::new(io::Cursor::new(text.to_owned())), names, raw, 100);
        let shown = |element: MarkupElement| {
            (element.line, String::from_utf8_lossy(&element.bytes).into_owned(), element.broken.is_none())
        };
        std::iter::from_fn(|| elements.next().ok().flatten()).map(shown).collect()
    }

    #[test]
    fn items_are_cut_out_whole() {
        let text =
            "<rss>\n<item a='1'><t>1 < 2</t></item>\n\n<x:item><![CDATA[ </item> ]]><!-- </item> --></x:item></rss>";
        let expected = [
            (2, "<item a='1'><t>1 < 2</t></item>".to_owned(), true),
            (4, "<x:item><![CDATA[ </item> ]]><!-- </item> --></x:item>".to_owned(), true),
        ];
        assert_eq!(found(text, &["item", "entry"], false), expected);
        assert_eq!(found("<items><itemize/><item/></items>", &["item"], false), [(1, "<item/>".to_owned(), true)]);
    }

    #[test]
    fn a_broken_item_does_not_cost_the_next() {
        let text = format!("<item><a>\n<item>2</item><item>{}</item><item>4</item><item>", "x".repeat(300));
        let elements: Vec<_> =
            found(&text, &["item"], false).into_iter().map(|(line, _, whole)| (line, whole)).collect();
        assert_eq!(elements, [(1, false), (2, true), (2, false), (2, true), (2, false)]);
    }

    #[test]
    fn scripts_end_at_their_end_tag_only() {
        let text = "<p>a</p><script type=x>if (a<b) {'<!--'}</b></script>\n<SCRIPT>2</SCRIPT >";
        let texts: Vec<_> = found(text, &["script"], true).into_iter().map(|(_, text, _)| text).collect();
        assert_eq!(texts, ["<script type=x>if (a<b) {'<!--'}</b></script>", "<SCRIPT>2</SCRIPT >"]);
    }
}
