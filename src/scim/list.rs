//! Lists: a query bound to a type of resource, and the ListResponse around what was found (RFC 7644, section 3.4.2; RFC 9865).

use super::Caller;
use super::cursor;
use super::error::{Error, Result};
use super::filter::{self, Name};
use super::leeway::Leeway;
use super::matches::{self, BoundFilter};
use super::query::Query;
use super::render::projection::{Projection, Related};
use super::schema::ResourceType;
use super::select::{order, select};
use crate::domain::connection_settings::ConnectionSettings;
use crate::domain::predicate::{Order, Predicate, Window};
use serde_json::{Map, Value};

/// The largest page that is made where others wait.
const SWIFT_PAGE: u64 = 1000;

/// A query bound to a type of resource: what the store looks up, what is checked afterwards, and which part is shown.
#[derive(Clone, Debug)]
pub struct Listing {
    /// The type.
    pub of: &'static ResourceType,
    /// What the answers show.
    pub projection: Projection,
    /// 1-based, as it is answered.
    pub start: u64,
    /// How many resources at most.
    pub limit: u64,
    pub(super) which: Predicate,
    pub(super) check: Option<BoundFilter>,
    pub(super) order: Option<Order>,
    pub(super) cursor: Option<CursorQuery>,
    heals_last_page: bool,
    /// Whether it is answered where others wait: then it gives up, as too long, what turns out to be no small work.
    pub(super) hurries: bool,
}

/// A cursor that a client asks with.
#[derive(Clone, Debug)]
pub(super) struct CursorQuery {
    /// As it came.
    pub(super) signed: String,
    /// What a cursor of this list is bound to.
    pub(super) binding: String,
}

impl Listing {
    /// Binds a query.
    ///
    /// # Errors
    /// `invalidFilter`, `sensitive`; `invalidValue` for what cannot be sorted by, or for two ways of paging at once.
    pub fn bind(query: &Query, of: &'static ResourceType, caller: &Caller) -> Result<Listing> {
        Listing::bind_among(query, of, &[], caller)
    }

    /// Binds a query over several types for one of them.
    ///
    /// # Errors
    /// As [`Listing::bind`]; an attribute that only another type has is none.
    pub fn bind_among(
        query: &Query,
        of: &'static ResourceType,
        others: &[&'static ResourceType],
        caller: &Caller,
    ) -> Result<Listing> {
        let leeway = &caller.leeway;
        let test = test(query, of, others, leeway)?;
        let (which, exact) = test.as_ref().map_or((Predicate::Everything, true), |test| select(test, of));
        if query.cursor.is_some() && query.start.is_some() {
            return Err(Error::InvalidValue("Page with startIndex or with cursor, not with both.".to_owned()));
        }
        let foreign = |name: &&str| Name::split(name.trim()).is_some_and(|name| matches::is_foreign(&name, of, others));
        let sort_by = query.sort_by.as_deref().filter(|name| !foreign(name));
        let order = sort_by.map(|name| order(name, query.descending, of, leeway)).transpose();
        let order = order.map_err(|error| query.said(error, Error::InvalidValue))?;
        // A page of nothing is how a client asks for the count alone (RFC 7644, section 3.4.2.4).
        let count = query.count.map_or(i64::from(caller.connection.settings.page_size), |count| count.max(0));
        let is_push = caller.agent.as_deref().is_some_and(|agent| agent.starts_with("python-requests/"));
        let filter = query.filter.as_deref().unwrap_or_default();
        let sort = query.sort_by.as_deref().unwrap_or_default();
        Ok(Listing {
            of,
            projection: query.projection.clone(),
            start: query.start.map_or(1, |start| u64::try_from(start).unwrap_or(0).max(1)),
            limit: u64::try_from(count).unwrap_or(0).min(u64::from(ConnectionSettings::MAX_PAGE)),
            which,
            check: test.filter(|_| !exact),
            order,
            cursor: query.cursor.clone().map(|signed| CursorQuery {
                signed,
                binding: cursor::binding(caller.connection.node, of.name, filter, sort, query.descending),
            }),
            heals_last_page: query.count == Some(500) && is_push,
            hurries: false,
        })
    }

    /// The same list, to be answered where others wait.
    pub fn hurrying(self) -> Listing {
        Listing { hurries: true, ..self }
    }

    /// Whether the store answers it with bounded work. A page of groups with their members has no bound.
    pub fn is_bounded(&self) -> bool {
        let slim = self.of.relation != "members" || self.projection.related(self.of) == Related::Hidden;
        slim && self.check.is_none()
            && self.limit <= SWIFT_PAGE
            && self.order.is_none()
            && (self.which == Predicate::Everything || self.which.is_indexed())
    }

    /// The part of `total` resources that is shown. Commander's page loop ends one record early when exactly one is left
    /// for the last page, so for its requests alone, `count=500` from python-requests, a page before such a rest is one
    /// shorter (docs/keeper.md#faults-of-the-push-clients; rauthy and Okta would lose a record by the same cure: docs/clients.md#rauthy).
    pub(super) fn window(&self, total: u64) -> Window {
        let offset = self.start - 1;
        let left = total.saturating_sub(offset);
        let short = self.heals_last_page && left == self.limit + 1;
        Window { offset, limit: self.limit - u64::from(short) }
    }
}

/// Whether a resource fulfils the filter of a query; nothing fulfils one that is refused.
pub fn fulfils(query: &Query, of: &'static ResourceType, caller: &Caller, resource: &Map<String, Value>) -> bool {
    test(query, of, &[], &caller.leeway).is_ok_and(|test| test.is_none_or(|test| test.matches(resource)))
}

fn test(
    query: &Query,
    of: &'static ResourceType,
    others: &[&'static ResourceType],
    leeway: &Leeway,
) -> Result<Option<BoundFilter>> {
    let test = query.filter.as_deref().map(|text| filter::parse(text, leeway)).transpose()?;
    let test = test.map(|filter| matches::bind(&matches::without_foreign(filter, of, others), of, leeway));
    test.transpose().map_err(|error| query.said(error, Error::InvalidFilter))
}

/// A ListResponse. Its counters are always there, and so is the array; a page found by cursor has no index to begin at.
pub fn response(
    total: u64,
    start: Option<u64>,
    texts: &[String],
    next: Option<&str>,
    previous: Option<&str>,
) -> String {
    let size: usize = texts.iter().map(|text| text.len() + 1).sum();
    let mut text = String::with_capacity(size + 300);
    text.push_str("{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:ListResponse\"],\"totalResults\":");
    let mut digits = itoa::Buffer::new();
    text.push_str(digits.format(total));
    if let Some(start) = start {
        text.push_str(",\"startIndex\":");
        text.push_str(digits.format(start));
    }
    text.push_str(",\"itemsPerPage\":");
    text.push_str(digits.format(texts.len()));
    for (name, cursor) in [("nextCursor", next), ("previousCursor", previous)] {
        if let Some(cursor) = cursor {
            text.push_str(&format!(",\"{name}\":\"{cursor}\""));
        }
    }
    text.push_str(",\"Resources\":[");
    for (n, resource) in texts.iter().enumerate() {
        if n > 0 {
            text.push(',');
        }
        text.push_str(resource);
    }
    text.push_str("]}");
    text
}
