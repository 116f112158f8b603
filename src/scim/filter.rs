//! Filters as text: the grammar of RFC 7644, section 3.4.2.2, read into a tree.
//!
//! The RFC's grammar comes first, then what [`super::relaxation`] lists of filters.

use super::error::{Error, Result};
use super::leeway::Leeway;
use super::relaxation::Relaxation;
use super::schema::is_schema_urn;
use serde_json::Value;
use std::ops::RangeInclusive;

/// No filter nests deeper.
const DEPTH: usize = 32;
/// No filter is longer, in bytes.
const LENGTH: usize = 4096;
/// No filter has more comparisons.
const COMPARISONS: usize = 64;

/// The comparison operators of table 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// Contains.
    Co,
    /// Starts with.
    Sw,
    /// Ends with.
    Ew,
    /// Greater than.
    Gt,
    /// Greater or equal.
    Ge,
    /// Less than.
    Lt,
    /// Less or equal.
    Le,
}

/// A compared value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Literal {
    /// In quotes, escapes resolved.
    Quoted(String),
    /// Without quotes: `true`, `false`, `null`, a number, or text that should have had quotes.
    Bare(String),
}

impl Literal {
    /// The text, whichever way it was written.
    pub fn text(&self) -> &str {
        match self {
            Literal::Quoted(text) | Literal::Bare(text) => text,
        }
    }
}

/// The name of an attribute as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The schema it is qualified with.
    pub urn: Option<String>,
    /// The attribute; empty when the name is a schema's URN alone.
    pub attribute: String,
    /// The part of a complex attribute.
    pub part: Option<String>,
}

/// A filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// All of them.
    And(Vec<Filter>),
    /// One of them.
    Or(Vec<Filter>),
    /// Not that.
    Not(Box<Filter>),
    /// The attribute has a value.
    Present(Name),
    /// The attribute compares so.
    Compare(Name, Op, Literal),
    /// An element of the attribute fulfils the inner filter.
    Elements(Name, Box<Filter>),
}

/// Reads a whole filter.
///
/// # Errors
/// `invalidFilter` with the place and what was expected there.
pub fn parse(text: &str, leeway: &Leeway) -> Result<Filter> {
    let mut reader = Reader::new(text, leeway)?;
    let filter = reader.disjunction(0)?;
    reader.end()?;
    Ok(filter)
}

/// Quote marks that people and word processors put where JSON's belong, each with the marks that may close it.
const FOREIGN: [(char, &str); 18] = [
    ('\'', "'"),
    ('`', "`´'"),
    ('´', "´`"),
    ('‘', "’‘"),
    ('’', "’"),
    ('‚', "‘’"),
    ('‛', "’"),
    ('“', "”“"),
    ('”', "”"),
    ('„', "“”"),
    ('‟', "”"),
    ('«', "»"),
    ('»', "«»"),
    ('‹', "›"),
    ('″', "″"),
    ('＂', "＂"),
    ('＇', "＇"),
    ('「', "」"),
];

/// A place in the text of a filter or a PATCH path.
pub(super) struct Reader<'a> {
    text: &'a str,
    at: usize,
    comparisons: usize,
    leeway: &'a Leeway,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str, leeway: &'a Leeway) -> Result<Reader<'a>> {
        if text.len() > LENGTH {
            return Err(Error::InvalidFilter(format!(
                "A filter has at most {LENGTH} bytes, this one has {}.",
                text.len()
            )));
        }
        Ok(Reader { text, at: 0, comparisons: 0, leeway })
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn expected(&self, what: &str) -> Error {
        let got: String = self.rest().chars().take(20).collect();
        let got = if got.is_empty() { "the end".to_owned() } else { format!("“{got}”") };
        let place = self.text.get(..self.at).unwrap_or_default().chars().count() + 1;
        Error::InvalidFilter(format!("At character {place}: expected {what}, got {got}."))
    }

    /// Passes over blanks, of which the grammar wants so many here.
    fn blanks(&mut self, wanted: RangeInclusive<usize>) -> Result<()> {
        let blanks = self.rest().len() - self.rest().trim_start().len();
        if !wanted.contains(&blanks) || self.rest().starts_with(|c: char| c.is_whitespace() && c != ' ') {
            self.leeway.take(Relaxation::FilterBlanks)?;
        }
        self.at += blanks;
        Ok(())
    }

    pub(super) fn take(&mut self, symbol: char) -> bool {
        let found = self.rest().starts_with(symbol);
        self.at += if found { symbol.len_utf8() } else { 0 };
        found
    }

    pub(super) fn end(&mut self) -> Result<()> {
        self.blanks(0..=0)?;
        if self.rest().is_empty() { Ok(()) } else { Err(self.expected("“and”, “or” or the end")) }
    }

    /// A keyword, in any letter case, that is not the beginning of a longer word.
    fn word(&mut self, word: &str) -> bool {
        let rest = self.rest();
        let found = rest.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word))
            && !rest.get(word.len()..).is_some_and(|tail| tail.starts_with(is_name_char));
        self.at += if found { word.len() } else { 0 };
        found
    }

    /// Whether a keyword comes next, behind blanks.
    fn follows(&mut self, word: &str) -> bool {
        let before = self.at;
        self.at += self.rest().len() - self.rest().trim_start().len();
        let found = self.word(word);
        self.at = before;
        found
    }

    pub(super) fn disjunction(&mut self, depth: usize) -> Result<Filter> {
        self.chain(depth, "or", Filter::Or, |reader| reader.chain(depth, "and", Filter::And, |r| r.term(depth)))
    }

    fn chain(
        &mut self,
        depth: usize,
        word: &str,
        join: fn(Vec<Filter>) -> Filter,
        mut part: impl FnMut(&mut Self) -> Result<Filter>,
    ) -> Result<Filter> {
        if depth > DEPTH {
            return Err(Error::InvalidFilter(format!("A filter nests at most {DEPTH} deep.")));
        }
        self.blanks(0..=0)?;
        let first = part(self)?;
        let mut parts = vec![first];
        while self.follows(word) {
            self.blanks(1..=1)?;
            self.word(word);
            self.blanks(1..=1)?;
            parts.push(part(self)?);
        }
        match parts.len() {
            1 => parts.pop().ok_or_else(|| self.expected("a filter")),
            _ => Ok(join(parts)),
        }
    }

    fn term(&mut self, depth: usize) -> Result<Filter> {
        if self.word("not") {
            // The grammar has none here, the RFC's examples have one.
            self.blanks(0..=1)?;
            if !self.take('(') {
                return Err(self.expected("“(” after “not”"));
            }
            return Ok(Filter::Not(Box::new(self.group(depth)?)));
        }
        if self.take('(') {
            return self.group(depth);
        }
        let name = self.name()?;
        if self.take('[') {
            return self.elements(name, depth);
        }
        self.comparison(name)
    }

    fn group(&mut self, depth: usize) -> Result<Filter> {
        let inner = self.disjunction(depth + 1)?;
        self.blanks(0..=0)?;
        if self.take(')') { Ok(inner) } else { Err(self.expected("“and”, “or” or “)”")) }
    }

    /// The inside of `[…]` and what may follow it: `.value eq "x"` means an element that fulfils both.
    fn elements(&mut self, name: Name, depth: usize) -> Result<Filter> {
        let inner = self.inside(depth)?;
        if !self.take('.') {
            return Ok(Filter::Elements(name, Box::new(inner)));
        }
        self.leeway.take(Relaxation::PartAfterBrackets)?;
        let part = self.name()?;
        let left = self.rest().trim_start();
        let is_over = left.is_empty() || left.starts_with([')', ']']) || self.follows("and") || self.follows("or");
        let next = if is_over { Filter::Present(part) } else { self.comparison(part)? };
        Ok(Filter::Elements(name, Box::new(Filter::And(vec![inner, next]))))
    }

    /// The filter between `[` and `]`, the first of which is read already.
    pub(super) fn inside(&mut self, depth: usize) -> Result<Filter> {
        let inner = self.disjunction(depth + 1)?;
        self.blanks(0..=0)?;
        if self.take(']') { Ok(inner) } else { Err(self.expected("“and”, “or” or “]”")) }
    }

    fn comparison(&mut self, name: Name) -> Result<Filter> {
        self.comparisons += 1;
        if self.comparisons > COMPARISONS {
            return Err(Error::InvalidFilter(format!("A filter has at most {COMPARISONS} comparisons.")));
        }
        self.blanks(1..=1)?;
        if self.word("pr") {
            return Ok(Filter::Present(name));
        }
        const OPS: [(&str, Op); 9] = [
            ("eq", Op::Eq),
            ("ne", Op::Ne),
            ("co", Op::Co),
            ("sw", Op::Sw),
            ("ew", Op::Ew),
            ("gt", Op::Gt),
            ("ge", Op::Ge),
            ("lt", Op::Lt),
            ("le", Op::Le),
        ];
        let Some((_, op)) = OPS.into_iter().find(|(word, _)| self.word(word)) else {
            return Err(self.expected("one of eq, ne, co, sw, ew, gt, ge, lt, le, pr"));
        };
        self.blanks(1..=1)?;
        Ok(Filter::Compare(name, op, self.literal()?))
    }

    fn literal(&mut self) -> Result<Literal> {
        if self.rest().starts_with('"') {
            let mut values = serde_json::Deserializer::from_str(self.rest()).into_iter::<String>();
            let Some(Ok(text)) = values.next() else {
                return Err(self.expected("a JSON string with a closing quote"));
            };
            self.at += values.byte_offset();
            return Ok(Literal::Quoted(text));
        }
        if let Some((mark, partners)) = FOREIGN.iter().find(|(mark, _)| self.rest().starts_with(*mark)) {
            return self.foreign(*mark, partners);
        }
        let bare = self.rest().split([' ', '\t', ')', ']', '(', '[', '"']).next().unwrap_or_default();
        if bare.is_empty() {
            return Err(self.expected("a value, strings in double quotes"));
        }
        let is_json = matches!(serde_json::from_str(bare), Ok(Value::Null | Value::Bool(_) | Value::Number(_)));
        if !is_json {
            self.leeway.take_in(Relaxation::UnquotedValue, bare)?;
        }
        self.at += bare.len();
        Ok(Literal::Bare(bare.to_owned()))
    }

    /// A text in other quote marks than JSON's: up to the first partner of the mark that ends the value.
    fn foreign(&mut self, mark: char, partners: &str) -> Result<Literal> {
        let inside = self.rest().get(mark.len_utf8()..).unwrap_or_default();
        let ends = |at: usize, found: char| {
            let behind = inside.get(at + found.len_utf8()..).unwrap_or_default();
            behind.is_empty() || behind.starts_with([' ', '\t', ')', ']'])
        };
        let end = inside.char_indices().find(|(at, c)| partners.contains(*c) && ends(*at, *c));
        let Some((end, partner)) = end else {
            return Err(self.expected("a value in double quotes, or with a closing quote mark"));
        };
        self.leeway.take(Relaxation::ForeignQuotes)?;
        self.at += mark.len_utf8() + end + partner.len_utf8();
        Ok(Literal::Quoted(inside.get(..end).unwrap_or_default().to_owned()))
    }

    /// An attribute's name: `userName`, `name.givenName`, `urn:…:User:userName`, or a URN alone.
    pub(super) fn name(&mut self) -> Result<Name> {
        let rest = self.rest();
        let length = rest.find(|c| !is_name_char(c)).unwrap_or(rest.len());
        let whole = rest.get(..length).unwrap_or_default();
        let name = Name::split(whole).ok_or_else(|| self.expected("an attribute's name"))?;
        self.at += length;
        Ok(name)
    }
}

impl Name {
    /// Takes `urn:…:User:name.givenName` apart. URNs hold dots and colons themselves; what follows the last colon is
    /// the attribute, unless the whole is a schema's URN, which ends in a name that begins with a capital letter.
    pub(super) fn split(whole: &str) -> Option<Name> {
        let is_urn = whole.get(..4).is_some_and(|head| head.eq_ignore_ascii_case("urn:"));
        let (urn, path) = match whole.rsplit_once(':') {
            Some((urn, path)) if is_urn => (Some(urn), path),
            Some(_) => return None,
            None => (None, whole),
        };
        if is_urn && is_schema_urn(whole) {
            return Some(Name { urn: Some(whole.to_owned()), attribute: String::new(), part: None });
        }
        let (attribute, part) = match path.split_once('.') {
            Some((attribute, part)) => (attribute, Some(part)),
            None => (path, None),
        };
        let starts_well = |name: &str| name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '$');
        let plain = |name: &str| starts_well(name) && !name.contains('.');
        if !plain(attribute) || !part.is_none_or(plain) {
            return None;
        }
        Some(Name { urn: urn.map(str::to_owned), attribute: attribute.to_owned(), part: part.map(str::to_owned) })
    }
}

fn is_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':' | '$')
}

#[cfg(test)]
#[path = "filter_test.rs"]
mod tests;
