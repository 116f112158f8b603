//! Lists: what a query asks for, and the ListResponse around what was found (RFC 7644, section 3.4.2).

use super::error::{Error, Result};
use super::filter;
use super::json;
use super::matches::{self, Test};
use super::projection::Projection;
use super::schema::ResourceType;
use super::select::select;
use crate::domain::predicate::{Predicate, Window};
use crate::domain::settings::Settings;
use serde_json::{Map, Value};

/// The parameters of a query, from a URL or from the body of a `.search`.
#[derive(Clone, Debug, Default)]
pub struct Query {
    filter: Option<String>,
    start: Option<i64>,
    count: Option<i64>,
    /// What the answers show.
    pub projection: Projection,
}

impl Query {
    /// Reads the query part of a URL, `+` and `%20` both being blanks. Parameters we do not know are passed over
    /// (Entra sends `aadOptscim062020`); of a repeated one the first counts.
    ///
    /// # Errors
    /// `invalidValue` for a number that is none.
    pub fn from_url(query: &str) -> Result<Query> {
        let pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let all = |name: &str| -> Vec<String> {
            pairs.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.clone()).collect()
        };
        let number = |name: &str| match all(name).first().map(|text| text.trim()) {
            None | Some("") => Ok(None),
            Some(text) => text.parse::<i64>().map(Some).or_else(|e| match e.kind() {
                std::num::IntErrorKind::PosOverflow => Ok(Some(i64::MAX)),
                std::num::IntErrorKind::NegOverflow => Ok(Some(i64::MIN)),
                _ => Err(Error::InvalidValue(format!("{name} must be an integer, but is “{text}”."))),
            }),
        };
        Ok(Query {
            filter: all("filter").into_iter().next().filter(|text| !text.trim().is_empty()),
            start: number("startIndex")?,
            count: number("count")?,
            projection: Projection::read(&all("attributes"), &all("excludedAttributes"))?,
        })
    }

    /// Reads a SearchRequest (RFC 7644, section 3.4.3).
    ///
    /// # Errors
    /// `invalidValue` for a member of the wrong type.
    pub fn from_body(body: &Map<String, Value>) -> Result<Query> {
        let wrong = |name: &str, value: &Value, what: &str| {
            Error::InvalidValue(format!("{name} must be {what}, but is {}.", json::kind(value)))
        };
        let number = |name: &str| match json::get(body, name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => value.as_i64().map(Some).ok_or_else(|| wrong(name, value, "an integer")),
        };
        let names = |name: &str| match json::get(body, name) {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::String(text)) => Ok(vec![text.clone()]),
            Some(Value::Array(list)) if list.iter().all(Value::is_string) => {
                Ok(list.iter().filter_map(Value::as_str).map(str::to_owned).collect())
            }
            Some(value) => Err(wrong(name, value, "an array of strings")),
        };
        let filter = match json::get(body, "filter") {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(text.clone()),
            Some(value) => return Err(wrong("filter", value, "a string")),
        };
        Ok(Query {
            filter,
            start: number("startIndex")?,
            count: number("count")?,
            projection: Projection::read(&names("attributes")?, &names("excludedAttributes")?)?,
        })
    }

    /// Whether it filters.
    pub fn has_filter(&self) -> bool {
        self.filter.is_some()
    }
}

/// A query bound to a type of resource: what the store looks up, what is checked afterwards, and which part is shown.
#[derive(Clone, Debug)]
pub struct Listing {
    /// The type.
    pub of: &'static ResourceType,
    /// What the store looks up.
    pub which: Predicate,
    /// What is checked on each resource found; `None` when the store's answer is exact.
    pub check: Option<Test>,
    /// What the answers show.
    pub projection: Projection,
    /// 1-based, as it is answered.
    pub start: u64,
    /// How many resources at most.
    pub limit: u64,
    /// See [`Listing::window`].
    heals_last_page: bool,
}

impl Listing {
    /// Binds a query. `agent` is the client's `User-Agent`.
    ///
    /// # Errors
    /// `invalidFilter`.
    pub fn bind(query: &Query, of: &'static ResourceType, settings: &Settings, agent: Option<&str>) -> Result<Listing> {
        let test = query.filter.as_deref().map(filter::parse).transpose()?;
        let test = test.map(|filter| matches::bind(&filter, of)).transpose()?;
        let (which, exact) = test.as_ref().map_or((Predicate::Everything, true), select);
        // A page of nothing is how a client asks for the count alone (RFC 7644, section 3.4.2.4).
        let count = query.count.map_or(i64::from(settings.page_size), |count| count.max(0));
        Ok(Listing {
            of,
            which,
            check: test.filter(|_| !exact),
            projection: query.projection.clone(),
            start: query.start.map_or(1, |start| u64::try_from(start).unwrap_or(0).max(1)),
            limit: u64::try_from(count).unwrap_or(0).min(u64::from(Settings::MAX_PAGE)),
            heals_last_page: query.count == Some(500) && agent.is_some_and(|a| a.starts_with("python-requests/")),
        })
    }

    /// Whether the store answers it with bounded work.
    pub fn is_bounded(&self) -> bool {
        self.check.is_none() && (self.which == Predicate::Everything || self.which.is_indexed())
    }

    /// The part of `total` resources that is shown. Commander's page loop ends one record early when exactly one is left
    /// for the last page, so for its requests alone, `count=500` from python-requests, a page before such a rest is one
    /// shorter (keeper-contract 4.5, no. 2; rauthy and Okta would lose a record by the same cure: idp-clients 8).
    pub fn window(&self, total: u64) -> Window {
        let offset = self.start - 1;
        let left = total.saturating_sub(offset);
        let short = self.heals_last_page && left == self.limit + 1;
        Window { offset, limit: self.limit - u64::from(short) }
    }

    /// The whole answer: the three counters are always there, and so is the array.
    pub fn response(&self, total: u64, resources: &[String]) -> String {
        response(total, self.start, resources)
    }
}

/// A ListResponse.
pub fn response(total: u64, start: u64, resources: &[String]) -> String {
    let size: usize = resources.iter().map(|r| r.len() + 1).sum();
    let mut text = String::with_capacity(size + 200);
    text.push_str("{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:ListResponse\"],\"totalResults\":");
    text.push_str(&total.to_string());
    text.push_str(",\"startIndex\":");
    text.push_str(&start.to_string());
    text.push_str(",\"itemsPerPage\":");
    text.push_str(&resources.len().to_string());
    text.push_str(",\"Resources\":[");
    for (n, resource) in resources.iter().enumerate() {
        if n > 0 {
            text.push(',');
        }
        text.push_str(resource);
    }
    text.push_str("]}");
    text
}
