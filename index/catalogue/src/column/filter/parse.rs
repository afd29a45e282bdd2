//! Parses filter text into a [`Filter`] by recursive descent:
//!
//! ```text
//! or    = and (OR and)*            and  = not (AND not)*          not = NOT not | unit
//! unit  = "(" or ")" | EXISTS field | field test | place
//! test  = ("=" | "!=" | "<" | "<=" | ">" | ">=") value | [NOT] IN "[" value ("," value)* "]" | UNDER text
//!       | BETWEEN value AND value
//! place = distance "(" (lat "," lon | here) ")" ("<" | "<=" | ">" | ">=") number ("m" | "km" | "mi")
//!       | within "(" south "," west "," north "," east ")"
//! field = name | quoted text       value = quoted text | number | true | false
//! ```

mod place;

use super::lex::{self, FilterToken, FilterTokenKind, Lexer, error};
use super::{Comparison, Condition, Filter, FilterNode, FilterValue, Literal, Test};
use super::{MAX_FILTER_CHARACTERS, MAX_FILTER_DEPTH, MAX_FILTER_NODES, MAX_IN_VALUES};
use crate::column::fields::{LOCATIONS, stored_form};
use crate::error::{Error, Result};

const UNIT: &str = "a field name, NOT, EXISTS or `(`";
const OPERATOR: &str = "one of = != < <= > >=, IN, NOT IN, BETWEEN or UNDER";
const VALUE: &str = "a text in quotes, a number, true or false";

impl Filter {
    /// Parses a filter.
    ///
    /// # Errors
    /// [`Error::Filter`] at the first mistake; [`Error::Invalid`] for field `filter` if it exceeds a limit.
    pub fn parse(text: &str) -> Result<Self> {
        let characters = text.chars().count();
        if characters > MAX_FILTER_CHARACTERS {
            return Err(too_much("characters", characters, MAX_FILTER_CHARACTERS));
        }
        let mut lexer = Lexer::new(text);
        let current = lexer.next()?;
        let mut parser = Parser { lexer, current, depth: 0, nodes: 0 };
        let root = parser.or()?;
        match parser.current.kind {
            FilterTokenKind::End => Ok(Self::new(root)),
            _ => Err(parser.expected("AND, OR or the end")),
        }
    }
}

struct Parser {
    lexer: Lexer,
    current: FilterToken,
    depth: usize,
    nodes: usize,
}

impl Parser {
    fn or(&mut self) -> Result<FilterNode> {
        let mut children = vec![self.and()?];
        while self.take_keyword("OR")? {
            self.count_node()?;
            children.push(self.and()?);
        }
        Ok(FilterNode::any(children))
    }

    fn and(&mut self) -> Result<FilterNode> {
        let mut children = vec![self.not()?];
        while self.take_keyword("AND")? {
            self.count_node()?;
            children.push(self.not()?);
        }
        Ok(FilterNode::all(children))
    }

    fn not(&mut self) -> Result<FilterNode> {
        if !self.take_keyword("NOT")? {
            return self.unit();
        }
        self.count_node()?;
        self.descend(|parser| parser.not().map(FilterNode::not))
    }

    fn unit(&mut self) -> Result<FilterNode> {
        if self.take_symbol("(")? {
            let inner = self.descend(Self::or)?;
            return if self.take_symbol(")")? { Ok(inner) } else { Err(self.expected("AND, OR or `)`")) };
        }
        self.count_node()?;
        if self.take_keyword("EXISTS")? {
            let (field, position) = self.field("a field name")?;
            return Ok(FilterNode::Condition(Condition { field, position, test: Test::Exists }));
        }
        let (field, position) = self.field(UNIT)?;
        if self.current.kind == FilterTokenKind::Symbol("(") {
            let test = self.place(&field, position)?;
            return Ok(FilterNode::Condition(Condition { field: LOCATIONS.to_owned(), position, test }));
        }
        let (test, negated) = self.test()?;
        let test = test.with_texts(|text| stored_form(&field, text));
        let node = FilterNode::Condition(Condition { field, position, test });
        Ok(if negated { FilterNode::not(node) } else { node })
    }

    fn field(&mut self, expected: &str) -> Result<(String, usize)> {
        let position = self.current.position;
        match &self.current.kind {
            FilterTokenKind::Word(word) if lex::is_keyword(word) => Err(self.expected(expected)),
            FilterTokenKind::Word(name) | FilterTokenKind::Text(name) => {
                let name = name.clone();
                self.advance()?;
                Ok((name, position))
            }
            _ => Err(self.expected(expected)),
        }
    }

    /// The test after a field, and true if it is negated.
    fn test(&mut self) -> Result<(Test, bool)> {
        if self.take_keyword("UNDER")? {
            let path = self.value("a category path in quotes, such as \"Shoes > Boots\"")?;
            return Ok((Test::Under(path), false));
        }
        if self.take_keyword("NOT")? {
            return if self.take_keyword("IN")? { Ok((self.list()?, true)) } else { Err(self.expected("IN")) };
        }
        if self.take_keyword("IN")? {
            return Ok((self.list()?, false));
        }
        if self.take_keyword("BETWEEN")? {
            let low = self.value(VALUE)?;
            if !self.take_keyword("AND")? {
                return Err(self.expected("AND and the higher value"));
            }
            return Ok((Test::Between(low, self.value(VALUE)?), false));
        }
        if let Some(comparison) = self.take_comparison()? {
            return Ok((Test::Compare(comparison, self.value(VALUE)?), false));
        }
        let negated = self.current.kind == FilterTokenKind::Symbol("!=");
        if !negated && self.current.kind != FilterTokenKind::Symbol("=") {
            return Err(self.expected(OPERATOR));
        }
        self.advance()?;
        Ok((Test::OneOf(vec![self.value(VALUE)?]), negated))
    }

    fn take_comparison(&mut self) -> Result<Option<Comparison>> {
        let comparison = match self.current.kind {
            FilterTokenKind::Symbol("<") => Comparison::Less,
            FilterTokenKind::Symbol("<=") => Comparison::LessOrEqual,
            FilterTokenKind::Symbol(">") => Comparison::Greater,
            FilterTokenKind::Symbol(">=") => Comparison::GreaterOrEqual,
            _ => return Ok(None),
        };
        self.advance().map(|()| Some(comparison))
    }

    fn list(&mut self) -> Result<Test> {
        if !self.take_symbol("[")? {
            return Err(self.expected("`[` and a list of values"));
        }
        let mut values = vec![self.value(VALUE)?];
        while self.take_symbol(",")? {
            values.push(self.value(VALUE)?);
            if values.len() > MAX_IN_VALUES {
                return Err(too_much("values in one IN list", values.len(), MAX_IN_VALUES));
            }
        }
        if !self.take_symbol("]")? {
            return Err(self.expected("`,` or `]`"));
        }
        values.sort_by_cached_key(|literal| literal.value.to_string());
        values.dedup_by(|a, b| a.value == b.value);
        Ok(Test::OneOf(values))
    }

    fn value(&mut self, expected: &str) -> Result<Literal> {
        let value = match &self.current.kind {
            FilterTokenKind::Text(text) => FilterValue::Text(text.clone()),
            FilterTokenKind::Number(number) => FilterValue::Number(*number),
            kind if kind.is_keyword("true") => FilterValue::Truth(true),
            kind if kind.is_keyword("false") => FilterValue::Truth(false),
            _ => return Err(self.expected(expected)),
        };
        let position = self.current.position;
        self.advance()?;
        Ok(Literal { value, position })
    }

    fn descend(&mut self, inner: impl FnOnce(&mut Self) -> Result<FilterNode>) -> Result<FilterNode> {
        self.depth += 1;
        if self.depth > MAX_FILTER_DEPTH {
            return Err(too_much("levels of parentheses and NOT", self.depth, MAX_FILTER_DEPTH));
        }
        let node = inner(self)?;
        self.depth -= 1;
        Ok(node)
    }

    fn count_node(&mut self) -> Result<()> {
        self.nodes += 1;
        let within = self.nodes <= MAX_FILTER_NODES;
        if within { Ok(()) } else { Err(too_much("conditions and operators", self.nodes, MAX_FILTER_NODES)) }
    }

    fn take_keyword(&mut self, keyword: &str) -> Result<bool> {
        let there = self.current.kind.is_keyword(keyword);
        if there { self.advance().map(|()| true) } else { Ok(false) }
    }

    fn take_symbol(&mut self, symbol: &'static str) -> Result<bool> {
        let there = self.current.kind == FilterTokenKind::Symbol(symbol);
        if there { self.advance().map(|()| true) } else { Ok(false) }
    }

    fn advance(&mut self) -> Result<()> {
        self.current = self.lexer.next()?;
        Ok(())
    }

    fn expected(&self, expected: &str) -> Error {
        error(self.current.position, self.current.kind.shown(), expected)
    }
}

fn too_much(what: &str, found: usize, allowed: usize) -> Error {
    Error::invalid("filter", format!("has {found} {what}, at most {allowed} are allowed"))
}
