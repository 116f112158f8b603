//! Queries: the parameters of a list, from a URL or from the body of a `.search` (RFC 7644, sections 3.4.2 and 3.4.3).

use super::error::{Error, Result};
use super::intake::json;
use super::intake::message::{self, SEARCH_REQUEST};
use super::leeway::Leeway;
use super::relaxation::Relaxation;
use super::render::projection::Projection;
use serde_json::{Map, Value};

/// The parameters of a URL.
const NAMES: [&str; 8] =
    ["filter", "sortBy", "sortOrder", "startIndex", "count", "cursor", "attributes", "excludedAttributes"];

/// The parameters of a query, from a URL or from the body of a `.search`.
#[derive(Clone, Debug, Default)]
pub struct Query {
    pub(super) filter: Option<String>,
    pub(super) sort_by: Option<String>,
    pub(super) descending: bool,
    pub(super) start: Option<i64>,
    pub(super) count: Option<i64>,
    pub(super) cursor: Option<String>,
    pub(super) in_url: bool,
    /// What the answers show.
    pub projection: Projection,
}

impl Query {
    /// Reads the query part of a URL, `+` and `%20` both being blanks. Parameters we do not know are passed over
    /// (Entra sends `aadOptscim062020`); of a repeated one the first counts.
    ///
    /// # Errors
    /// `invalidValue` for a number that is none, `invalidCount` for such a page size beside a cursor.
    pub fn from_url(query: &str, leeway: &Leeway) -> Result<Query> {
        let pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        for (name, value) in &pairs {
            if NAMES.iter().any(|known| known.eq_ignore_ascii_case(name) && known != name) {
                leeway.take_in(Relaxation::QueryLetterCase, name)?;
            }
            if name.eq_ignore_ascii_case("filter") && value.trim().is_empty() {
                leeway.take(Relaxation::EmptyFilter)?;
            }
        }
        let all = |name: &str| -> Vec<String> {
            pairs.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.clone()).collect()
        };
        let one = |name: &str| all(name).into_iter().next().filter(|text| !text.trim().is_empty());
        let cursor = all("cursor").into_iter().next();
        let number = |name: &str| match one(name) {
            None => Ok(None),
            Some(text) => text.trim().parse::<i64>().map(Some).or_else(|e| match e.kind() {
                std::num::IntErrorKind::PosOverflow => Ok(Some(i64::MAX)),
                std::num::IntErrorKind::NegOverflow => Ok(Some(i64::MIN)),
                _ if cursor.is_some() => {
                    Err(Error::InvalidCount(format!("{name} must be an integer, but is “{text}”.")))
                }
                _ => Err(Error::InvalidValue(format!("{name} must be an integer, but is “{text}”."))),
            }),
        };
        Ok(Query {
            filter: one("filter"),
            sort_by: one("sortBy"),
            descending: descending(one("sortOrder").as_deref())?,
            start: number("startIndex")?,
            count: number("count")?,
            projection: Projection::read(&all("attributes"), &all("excludedAttributes"))?,
            cursor,
            in_url: true,
        })
    }

    /// Reads a SearchRequest (RFC 7644, section 3.4.3).
    ///
    /// # Errors
    /// `invalidValue` for a member of the wrong type.
    pub fn from_body(body: &Map<String, Value>, leeway: &Leeway) -> Result<Query> {
        message::note_schemas(body, &[SEARCH_REQUEST], leeway)?;
        let wrong = |name: &str, value: &Value, what: &str| {
            Error::InvalidValue(format!("{name} must be {what}, but is {}.", json::kind(value)))
        };
        let number = |name: &str| match json::get(body, name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => value.as_i64().map(Some).ok_or_else(|| wrong(name, value, "an integer")),
        };
        let names = |name: &str| match json::get(body, name) {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::String(text)) => leeway.take(Relaxation::ScalarForList).map(|()| vec![text.clone()]),
            Some(Value::Array(list)) if list.iter().all(Value::is_string) => {
                Ok(list.iter().filter_map(Value::as_str).map(str::to_owned).collect())
            }
            Some(value) => Err(wrong(name, value, "an array of strings")),
        };
        let text = |name: &str| match json::get(body, name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(value) => Err(wrong(name, value, "a string")),
        };
        let filter = text("filter")?;
        if filter.as_ref().is_some_and(|text| text.trim().is_empty()) {
            leeway.take(Relaxation::EmptyFilter)?;
        }
        Ok(Query {
            filter: filter.filter(|text| !text.trim().is_empty()),
            sort_by: text("sortBy")?.filter(|text| !text.trim().is_empty()),
            descending: descending(text("sortOrder")?.as_deref())?,
            start: number("startIndex")?,
            count: number("count")?,
            projection: Projection::read(&names("attributes")?, &names("excludedAttributes")?)?,
            cursor: text("cursor")?,
            in_url: false,
        })
    }

    /// Whether it filters.
    pub fn has_filter(&self) -> bool {
        self.filter.is_some()
    }

    /// RFC 7644, table 9: a password has no business in a URL; in a body it is merely nothing to ask by.
    pub(super) fn said(&self, error: Error, in_body: fn(String) -> Error) -> Error {
        match error {
            Error::Sensitive(detail) if !self.in_url => in_body(detail),
            other => other,
        }
    }

    /// Whether it pages by cursor.
    pub fn has_cursor(&self) -> bool {
        self.cursor.is_some()
    }
}

fn descending(word: Option<&str>) -> Result<bool> {
    match word {
        None => Ok(false),
        Some(word) if word.eq_ignore_ascii_case("ascending") => Ok(false),
        Some(word) if word.eq_ignore_ascii_case("descending") => Ok(true),
        Some(word) => Err(Error::InvalidValue(format!("sortOrder must be ascending or descending, but is “{word}”."))),
    }
}
