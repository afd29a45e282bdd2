//! Splits filter text into tokens, one at a time, so that the error reported is the leftmost one.
//! Positions are 0-based characters.

use crate::error::{Error, Result};

/// The kind and content of a token.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum FilterTokenKind {
    /// A bare name or keyword.
    Word(String),
    /// A quoted text.
    Text(String),
    /// A finite number.
    Number(f64),
    /// An operator, bracket or comma.
    Symbol(&'static str),
    /// The end of the text.
    End,
}

/// A token and the position of its first character.
#[derive(Debug, Clone)]
pub(super) struct FilterToken {
    pub(super) kind: FilterTokenKind,
    pub(super) position: usize,
}

const KEYWORDS: [&str; 7] = ["AND", "OR", "NOT", "IN", "BETWEEN", "UNDER", "EXISTS"];
const SYMBOLS: [&str; 11] = ["!=", "<=", ">=", "=", "<", ">", "(", ")", "[", "]", ","];
const SHOWN_CHARACTERS: usize = 40;

/// Reads tokens from left to right.
pub(super) struct Lexer {
    characters: Vec<char>,
    at: usize,
}

impl Lexer {
    pub(super) fn new(text: &str) -> Self {
        Self { characters: text.chars().collect(), at: 0 }
    }

    pub(super) fn next(&mut self) -> Result<FilterToken> {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
        let position = self.at;
        let kind = match self.peek() {
            None => FilterTokenKind::End,
            Some(quote @ ('"' | '\'')) => FilterTokenKind::Text(self.quoted(quote)?),
            Some(first) if is_word(first) => self.word(),
            Some(first) => FilterTokenKind::Symbol(self.symbol(first)?),
        };
        Ok(FilterToken { kind, position })
    }

    fn peek(&self) -> Option<char> {
        self.characters.get(self.at).copied()
    }

    fn word(&mut self) -> FilterTokenKind {
        let rest = &self.characters[self.at..];
        let word: String = rest.iter().take_while(|character| is_word(**character)).collect();
        self.at += word.chars().count();
        // `+` ends a word, so `1e+5` is not a number here; `inf` and `nan` are names.
        let numeric = word.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '.');
        match word.parse::<f64>() {
            Ok(number) if numeric && number.is_finite() => FilterTokenKind::Number(number + 0.0),
            _ => FilterTokenKind::Word(word),
        }
    }

    fn symbol(&mut self, first: char) -> Result<&'static str> {
        let second = self.characters.get(self.at + 1).copied();
        let fits = |symbol: &&str| {
            let mut characters = symbol.chars();
            characters.next() == Some(first) && characters.next().is_none_or(|next| Some(next) == second)
        };
        let Some(symbol) = SYMBOLS.into_iter().find(fits) else {
            return Err(error(self.at, format!("`{first}`"), "a field, a value or an operator"));
        };
        self.at += symbol.len();
        Ok(symbol)
    }

    fn quoted(&mut self, quote: char) -> Result<String> {
        let start = self.at;
        self.at += 1;
        let mut text = String::new();
        loop {
            let character = self.peek();
            self.at += 1;
            match character {
                None => return Err(error(start, "a text without an end", format!("a closing {quote}"))),
                Some('\\') => match self.peek() {
                    Some(escaped @ ('"' | '\'' | '\\')) => {
                        text.push(escaped);
                        self.at += 1;
                    }
                    other => {
                        let found = other.map_or("the end".to_owned(), |other| format!("`\\{other}`"));
                        return Err(error(self.at - 1, found, r#"`\"`, `\'` or `\\`"#));
                    }
                },
                Some(character) if character == quote => return Ok(text),
                Some(character) => text.push(character),
            }
        }
    }
}

impl FilterTokenKind {
    /// True if this is the given keyword, in any case.
    pub(super) fn is_keyword(&self, keyword: &str) -> bool {
        matches!(self, Self::Word(word) if word.eq_ignore_ascii_case(keyword))
    }

    /// The token as an error message shows it.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Word(word) => format!("`{}`", shorten(word)),
            Self::Text(text) => quote(&shorten(text)),
            Self::Number(number) => format!("the number {number}"),
            Self::Symbol(symbol) => format!("`{symbol}`"),
            Self::End => "the end".to_owned(),
        }
    }
}

/// An error at a character.
pub(super) fn error(position: usize, found: impl Into<String>, expected: impl Into<String>) -> Error {
    Error::Filter { position, found: found.into(), expected: expected.into() }
}

/// A text in double quotes, escaped.
pub(super) fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A field name as a filter spells it: bare if it reads back as the same word, else quoted.
pub(super) fn spell_field(field: &str) -> String {
    let mut lexer = Lexer::new(field);
    match lexer.next().map(|token| token.kind) {
        Ok(FilterTokenKind::Word(word)) if word == field && !is_keyword(field) => word,
        _ => quote(field),
    }
}

/// True if a bare word is reserved.
pub(super) fn is_keyword(word: &str) -> bool {
    KEYWORDS.iter().any(|keyword| keyword.eq_ignore_ascii_case(word))
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '.' | '-')
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARACTERS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
