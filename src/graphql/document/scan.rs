//! What a document may have, counted token by token: neither a parser nor anything else that calls itself has seen it
//! yet, so that no nesting can exhaust a stack and no length can cost more than reading it.

use apollo_parser::{Lexer, TokenKind};
use std::collections::HashSet;

/// Something of which a document may have so many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Bytes of the text.
    Bytes,
    /// Tokens, without commas, comments and spaces.
    Tokens,
    /// Brackets of any kind inside each other: selections, arguments, lists, objects, types.
    Nesting,
    /// Operations and fragments together.
    Definitions,
    /// Spreads of fragments, inline ones included.
    Spreads,
    /// Directives.
    Directives,
    /// Characters of one name.
    NameLength,
    /// Aliases.
    Aliases,
    /// Selections of all operations, with every fragment in each place where it is spread.
    Selections,
    /// Levels of selections inside each other, through fragments.
    Levels,
    /// Values of one list, in the document or in a variable.
    ListValues,
    /// Characters of one text, in the document or in a variable.
    TextCharacters,
}

impl Limit {
    /// How many at most.
    pub fn most(self) -> usize {
        match self {
            Self::Bytes => super::MAX_BYTES,
            Self::Tokens => 10_000,
            Self::Nesting => 60,
            // The library executes 32.
            Self::Levels => 30,
            Self::Definitions | Self::NameLength | Self::ListValues => 100,
            Self::Spreads | Self::Directives => 300,
            Self::Aliases => 50,
            Self::Selections => 5_000,
            Self::TextCharacters => crate::characters::LONGEST_TEXT,
        }
    }

    /// The limit by name, as sentences choose by it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bytes => "bytes",
            Self::Tokens => "tokens",
            Self::Nesting => "nesting",
            Self::Definitions => "definitions",
            Self::Spreads => "spreads",
            Self::Directives => "directives",
            Self::NameLength => "name-length",
            Self::Aliases => "aliases",
            Self::Selections => "selections",
            Self::Levels => "levels",
            Self::ListValues => "list-values",
            Self::TextCharacters => "text-characters",
        }
    }

    /// Whether so many are within it.
    ///
    /// # Errors
    /// The limit, if they are more.
    pub fn allow(self, count: usize) -> Result<(), Self> {
        if count <= self.most() { Ok(()) } else { Err(self) }
    }
}

/// Why a document is not read any further.
#[derive(Debug, PartialEq, Eq)]
pub enum Fault {
    /// It has too many of something.
    Over(Limit),
    /// Something is no GraphQL: what, and at which byte.
    Unreadable(String, usize),
}

impl From<Limit> for Fault {
    fn from(limit: Limit) -> Self {
        Self::Over(limit)
    }
}

/// Reads a document once, from the beginning to the first fault.
///
/// # Errors
/// A limit that is exceeded, or what is no token of GraphQL: behind that, a parser might see brackets where this does
/// not.
pub fn scan(text: &str) -> Result<(), Fault> {
    Limit::Bytes.allow(text.len())?;
    let mut counts = Counts::default();
    for token in Lexer::new(text) {
        let token = token.map_err(|error| Fault::Unreadable(error.message().to_owned(), error.index()))?;
        if !matches!(token.kind(), TokenKind::Whitespace | TokenKind::Comment | TokenKind::Comma | TokenKind::Eof) {
            counts.add(token.kind(), token.data())?;
            counts.look_for_repeated_field(token.kind(), token.data(), token.index())?;
        }
    }
    Ok(())
}

/// What is open at a place of the document.
enum Open<'a> {
    /// Selections, arguments, a list.
    Other,
    /// An object of an input, with the fields that it has so far.
    Object(HashSet<&'a str>),
}

#[derive(Default)]
struct Counts<'a> {
    tokens: usize,
    open: Vec<Open<'a>>,
    /// How many of the open brackets are parentheses: within them, braces are objects and not selections.
    parentheses: usize,
    name: &'a str,
    definitions: usize,
    spreads: usize,
    directives: usize,
}

impl<'a> Counts<'a> {
    fn add(&mut self, kind: TokenKind, data: &str) -> Result<(), Limit> {
        self.tokens += 1;
        Limit::Tokens.allow(self.tokens)?;
        match kind {
            TokenKind::LCurly | TokenKind::LBracket | TokenKind::LParen => self.opens(kind),
            TokenKind::RCurly | TokenKind::RBracket | TokenKind::RParen => {
                self.open.pop();
                self.parentheses -= usize::from(kind == TokenKind::RParen && self.parentheses > 0);
                Ok(())
            }
            TokenKind::Spread => {
                self.spreads += 1;
                Limit::Spreads.allow(self.spreads)
            }
            TokenKind::At => {
                self.directives += 1;
                Limit::Directives.allow(self.directives)
            }
            // Bytes: names are ASCII.
            TokenKind::Name => Limit::NameLength.allow(data.len()),
            _ => Ok(()),
        }
    }

    fn opens(&mut self, kind: TokenKind) -> Result<(), Limit> {
        let is_brace = kind == TokenKind::LCurly;
        // A brace at the outermost level is that of an operation or a fragment.
        self.definitions += usize::from(is_brace && self.open.is_empty());
        Limit::Definitions.allow(self.definitions)?;
        self.parentheses += usize::from(kind == TokenKind::LParen);
        let is_object = is_brace && self.parentheses > 0;
        self.open.push(if is_object { Open::Object(HashSet::new()) } else { Open::Other });
        Limit::Nesting.allow(self.open.len())
    }

    /// A field that an object has twice: the parsers keep one of the two, and not the same one.
    fn look_for_repeated_field(&mut self, kind: TokenKind, data: &'a str, at: usize) -> Result<(), Fault> {
        if kind == TokenKind::Name {
            self.name = data;
            return Ok(());
        }
        let Some(Open::Object(fields)) = self.open.last_mut() else { return Ok(()) };
        if kind == TokenKind::Colon && !fields.insert(self.name) {
            return Err(Fault::Unreadable(format!("the input field {} stands there twice", self.name), at));
        }
        Ok(())
    }
}
