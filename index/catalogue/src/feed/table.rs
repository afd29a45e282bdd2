//! Text tables: a header, then records. The separator is the most frequent of tab, comma, semicolon
//! and bar in the header. A field in double quotes may contain separators and line breaks (RFC
//! 4180). An unclosed quote costs only its own line: the lines after it are read again.

use std::io;

use csv_core::{ReadRecordResult, Reader, ReaderBuilder, Terminator};

use super::lines::{FeedLine, Lines};
use super::{BadRow, FeedSource, MAX_RECORD_BYTES};

/// The most columns of a table.
const MAX_COLUMNS: usize = 2000;

/// The most lines in one quoted field.
const MAX_RECORD_LINES: usize = 10_000;

/// The most unclosed quotes that are recovered from; beyond that, the lines they swallowed are lost.
const MAX_MENDED: u32 = 1000;

/// True for the word by which programs write that there is no value.
pub(super) fn is_null(value: &str) -> bool {
    value.eq_ignore_ascii_case("null")
}

/// One record with as many fields as the header.
#[derive(Debug)]
pub(super) struct TableRecord {
    /// The line where it starts.
    pub(super) line: u64,
    /// The values by column, trimmed; empty for `null`, which exports write where there is no value.
    pub(super) fields: Vec<String>,
}

/// A table that is read record by record.
#[derive(Debug)]
pub(super) struct TextTable {
    lines: Lines,
    fields: FieldSplitter,
    columns: Vec<String>,
    mended: u32,
}

/// Splits records into fields; its buffers are reused.
#[derive(Debug)]
struct FieldSplitter {
    separator: u8,
    reader: Reader,
    unquoted: Vec<u8>,
    ends: Vec<usize>,
}

impl TextTable {
    /// Reads the header; names are trimmed but otherwise unchanged.
    pub(super) fn open(source: FeedSource) -> io::Result<Result<Self, String>> {
        let mut lines = Lines::new(source);
        let header = loop {
            match lines.next()? {
                Some(line) if line.is_blank() => {}
                Some(line) => break line,
                None => return Ok(Err("the file is empty".into())),
            }
        };
        let mut fields = FieldSplitter::new(separator(&header.bytes));
        let columns = fields.split(&header.bytes).map_err(|message| format!("the header {message}"));
        Ok(columns.and_then(|columns| {
            if columns.len() > MAX_COLUMNS {
                return Err(format!("the header has {} columns, at most {MAX_COLUMNS} are read", columns.len()));
            }
            Ok(Self { lines, fields, columns, mended: 0 })
        }))
    }

    /// The names of the columns.
    pub(super) fn columns(&self) -> &[String] {
        &self.columns
    }

    pub(super) fn source(&self) -> &FeedSource {
        self.lines.source()
    }

    /// The next non-blank record; `None` at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Result<TableRecord, BadRow>>> {
        loop {
            let Some(first) = self.lines.next()? else { return Ok(None) };
            if !first.is_blank() {
                return self.record(first).map(Some);
            }
        }
    }

    fn record(&mut self, first: FeedLine) -> io::Result<Result<TableRecord, BadRow>> {
        let number = first.number;
        let bad = |message: String| Ok(Err(BadRow { line: number, field: None, message }));
        if first.is_too_long() {
            return bad(format!("is longer than {MAX_RECORD_BYTES} bytes"));
        }
        let mut quotes = Quotes::new(self.fields.separator);
        quotes.read(&first.bytes);
        let mut text = first.bytes;
        let mut more = Vec::new();
        while quotes.is_open() {
            let fits = text.len() < MAX_RECORD_BYTES && more.len() < MAX_RECORD_LINES;
            let Some(line) = (if fits { self.lines.next()? } else { None }) else {
                self.mend(more);
                return bad("has a quote that is never closed".into());
            };
            quotes.read(b"\n");
            quotes.read(&line.bytes);
            text.push(b'\n');
            text.extend_from_slice(&line.bytes);
            more.push(line);
        }
        match self.fields.split(&text) {
            Ok(fields) if fields[self.columns.len().min(fields.len())..].iter().all(String::is_empty) => {
                if self.swallowed_rows(&fields, &more, quotes.well_formed) {
                    self.mend(more);
                    return bad("has a quote that is not closed on its line".into());
                }
                let mut fields = fields;
                fields.iter_mut().filter(|field| is_null(field)).for_each(String::clear);
                fields.resize(self.columns.len(), String::new());
                Ok(Ok(TableRecord { line: number, fields }))
            }
            Ok(fields) => {
                self.mend(more);
                bad(format!("has {} fields, the header has {}", fields.len(), self.columns.len()))
            }
            Err(message) => bad(message),
        }
    }

    /// True if a quoted field contains whole rows: lines as wide as the header. A record with its quotes where RFC
    /// 4180 has them is believed whatever its text says; but tables with tabs seldom have quotes that mean anything.
    fn swallowed_rows(&mut self, fields: &[String], more: &[FeedLine], well_formed: bool) -> bool {
        let width = self.columns.len();
        let telling = fields.len() != width || self.fields.separator == b'\t' || !well_formed;
        telling && more.iter().any(|line| self.fields.split(&line.bytes).is_ok_and(|row| row.len() == width))
    }

    /// Gives back the lines that a broken record swallowed.
    fn mend(&mut self, swallowed: Vec<FeedLine>) {
        if self.mended < MAX_MENDED {
            self.mended += 1;
            self.lines.give_back(swallowed);
        }
    }
}

impl FieldSplitter {
    fn new(separator: u8) -> Self {
        let reader = ReaderBuilder::new().delimiter(separator).terminator(Terminator::Any(b'\n')).build();
        Self { separator, reader, unquoted: Vec::new(), ends: vec![0; MAX_COLUMNS + 1] }
    }

    /// The fields of one whole record.
    fn split(&mut self, text: &[u8]) -> Result<Vec<String>, String> {
        let Self { reader, unquoted, ends, .. } = self;
        reader.reset();
        if unquoted.len() <= text.len() {
            unquoted.resize(text.len() + 1, 0);
        }
        let (mut read, mut written, mut fields) = (0, 0, 0);
        loop {
            let (result, taken, output, ended) =
                reader.read_record(&text[read..], &mut unquoted[written..], &mut ends[fields..]);
            (read, written, fields) = (read + taken, written + output, fields + ended);
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::Record | ReadRecordResult::End => break,
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {
                    return Err(format!("has more than {MAX_COLUMNS} fields"));
                }
            }
        }
        let starts = std::iter::once(0).chain(ends.iter().copied());
        let text = |(start, &end): (usize, &usize)| match std::str::from_utf8(&unquoted[start..end]) {
            Ok(text) => Ok(text.trim().to_owned()),
            Err(error) => Err(format!("is not valid UTF-8: {error}")),
        };
        starts.zip(&ends[..fields]).map(text).collect()
    }
}

/// Tracks, byte by byte, whether a record continues after a line break.
struct Quotes {
    separator: u8,
    state: QuoteState,
    /// False once anything but a separator or the end of the line followed a closing quote.
    well_formed: bool,
}

enum QuoteState {
    FieldStart,
    Plain,
    Quoted,
    /// After a quote that either ends the field or, with another one, is a literal quote.
    Closing,
}

impl Quotes {
    fn new(separator: u8) -> Self {
        Self { separator, state: QuoteState::FieldStart, well_formed: true }
    }

    fn read(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            let closed = matches!(self.state, QuoteState::Closing);
            self.well_formed &= !closed || byte == self.separator || matches!(byte, b'"' | b'\r' | b'\n');
            self.state = match (&self.state, byte) {
                (QuoteState::FieldStart | QuoteState::Closing, b'"') => QuoteState::Quoted,
                (QuoteState::Quoted, b'"') => QuoteState::Closing,
                (QuoteState::Quoted, _) => QuoteState::Quoted,
                (_, byte) if byte == self.separator => QuoteState::FieldStart,
                _ => QuoteState::Plain,
            };
        }
    }

    fn is_open(&self) -> bool {
        matches!(self.state, QuoteState::Quoted)
    }
}

/// The most frequent separator of a header; the tab on ties.
pub(super) fn separator(header: &[u8]) -> u8 {
    let count = |separator: u8| header.iter().filter(|&&byte| byte == separator).count();
    let candidates = [b'\t', b',', b';', b'|'];
    // `max_by_key` returns the last maximum; reversed, the tab comes last.
    candidates.into_iter().rev().max_by_key(|&separator| count(separator)).unwrap_or(b'\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<Result<Vec<String>, u64>> {
        let source = FeedSource::new(io::Cursor::new(text.to_owned()));
        let Ok(Ok(mut table)) = TextTable::open(source) else { return Vec::new() };
        let row = |row: Result<TableRecord, BadRow>| row.map(|record| record.fields).map_err(|bad| bad.line);
        std::iter::from_fn(|| table.next().ok().flatten()).map(row).collect()
    }

    fn good(fields: &[&str]) -> Result<Vec<String>, u64> {
        Ok(fields.iter().map(|field| (*field).to_owned()).collect())
    }

    #[test]
    fn fields_may_be_quoted_and_short_records_are_filled_up() {
        let text = "id;title;note\n1;\"a \"\"b\"\"; c\nd\"; x \n2;y\n3;27\" screen;z;;\n";
        let expected = [good(&["1", "a \"b\"; c\nd", "x"]), good(&["2", "y", ""]), good(&["3", "27\" screen", "z"])];
        assert_eq!(rows(text), expected);
    }

    #[test]
    fn a_quote_left_open_costs_its_own_line_only() {
        let text = "id\ttitle\n1\t\"open\n2\ttwo\n3\tthree\n";
        assert_eq!(rows(text), [Err(2), good(&["2", "two"]), good(&["3", "three"])]);
        let text = "id\ttitle\tnote\n1\t\"open\tx\n2\ttwo\tx\n3\t\"three\"\tx\n";
        assert_eq!(rows(text), [Err(2), good(&["2", "two", "x"]), good(&["3", "three", "x"])]);
    }

    #[test]
    fn a_quoted_text_may_have_lines_with_as_many_separators_as_the_header() {
        let wide =
            "a,b,c,d,e,f,g,h,i,j\n1,\"first\nBright, small, warm,,,,,,,\",3,4,5,6,7,8,9,10\n2,x,3,4,5,6,7,8,9,10\n";
        let read = rows(wide);
        assert_eq!(read.len(), 2, "{read:?}");
        assert!(read.iter().all(Result::is_ok), "{read:?}");
        let narrow = "id,title\n1,\"<p>one</p>\n<p>two, three</p>\"\n2,plain\n";
        assert_eq!(rows(narrow), [good(&["1", "<p>one</p>\n<p>two, three</p>"]), good(&["2", "plain"])]);
    }

    #[test]
    fn too_many_fields_are_a_bad_row() {
        assert_eq!(rows("id,title\n1,a,b\n2,c\n"), [Err(2), good(&["2", "c"])]);
    }
}
