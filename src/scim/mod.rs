//! The protocol, pure: RFC 7643 and 7644 between bodies and rules. Knows neither HTTP nor SQL.
//!
//! A request's body becomes [`intake::content::Content`] or [`patch::PatchOperation`]s before the transaction; inside it `users` and
//! `groups` call the rules of `domain` and splice the answer's text.

pub mod bulk;
pub mod cursor;
pub mod discovery;
pub mod dispatch;
mod error;
pub mod explain;
pub mod filter;
pub mod groups;
pub mod intake;
pub mod leeway;
pub mod list;
pub mod matches;
pub mod page;
pub mod patch;
pub mod path;
pub mod persona;
pub mod profile_edit;
pub mod query;
pub mod relaxation;
pub mod render;
pub mod resource;
pub mod sample;
pub mod schema;
pub mod select;
pub mod users;
pub mod version;

pub use error::{Error, Result};

use crate::domain::connection::Connection;
use crate::domain::{Time, Tx};
use leeway::Leeway;
use serde_json::{Map, Value};
use std::sync::Arc;

/// Who asks, and when: the connection that the token belongs to.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The connection, and with it node and settings.
    pub connection: Arc<Connection>,
    /// The address of its endpoint, without a slash at the end: the beginning of every `location`.
    pub base: String,
    /// The client's `User-Agent`.
    pub agent: Option<String>,
    /// When the request came.
    pub now: Time,
    /// What it may take beyond the RFC, and has taken.
    pub leeway: Leeway,
}

/// What a request demands beside what it does.
#[derive(Clone, Debug, Default)]
pub struct Terms {
    /// What the answer shows.
    pub projection: render::projection::Projection,
    /// Which versions it may meet.
    pub conditions: version::Preconditions,
    /// Whether the answer's body is not wanted and need not be made.
    pub bare: bool,
}

/// What a request came to.
#[derive(Clone, Debug)]
pub enum Answer {
    /// 200 with a document that has no version: a list, or discovery.
    List(String),
    /// 200 with a resource.
    Found {
        /// The body.
        text: String,
        /// Its version.
        version: version::Version,
    },
    /// 200 with a resource whose text is made while it is sent, or 201 where it was made at an address.
    Long {
        /// The address of a resource that is new.
        location: Option<String>,
        /// The body.
        text: render::group_stream::GroupText,
        /// Its version.
        version: version::Version,
    },
    /// 201 with a resource and where it is.
    Made {
        /// The address of the resource.
        location: String,
        /// The body.
        text: String,
        /// Its version.
        version: version::Version,
    },
    /// 304: the client has that version already.
    Known(version::Version),
    /// 204, no body; the version of what is still there.
    Done(Option<version::Version>),
}

/// The query over both types at once, `POST /.search` and `GET /` at the root (RFC 7644, section 3.4.2.1): users
/// first, then groups. An attribute that only one type has is without value in the other.
///
/// # Errors
/// Those of a list, where the attribute is of neither type; `invalidCursor`, because a cursor belongs to one type's list.
pub fn search_all(tx: &mut dyn Tx, caller: &Caller, query: &query::Query) -> Result<Answer> {
    if query.has_cursor() {
        let detail = "Both types together are paged with startIndex. Ask /Users or /Groups for cursors.";
        return Err(Error::InvalidCursor(detail.to_owned()));
    }
    let users = list::Listing::bind_among(query, &schema::USER_TYPE, &[&schema::GROUP_TYPE], caller)?;
    let mut groups = list::Listing::bind_among(query, &schema::GROUP_TYPE, &[&schema::USER_TYPE], caller)?;
    let page = page::find::<users::Users>(tx, caller, &users)?;
    let (mut total, mut texts) = (page.total, page.texts);
    groups.limit = groups.limit.saturating_sub(texts.len() as u64);
    groups.start = groups.start.saturating_sub(total).max(1);
    let page = page::find::<groups::Groups>(tx, caller, &groups)?;
    total += page.total;
    texts.extend(page.texts);
    Ok(Answer::List(list::response(total, Some(users.start), &texts, None, None)))
}

/// The ids of the elements of `relation` in a resource that fulfil a test.
fn matching_ids(resource: &Map<String, Value>, relation: &str, test: &matches::BoundFilter) -> Vec<String> {
    let elements = resource.get(relation).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let chosen = elements.iter().filter_map(Value::as_object).filter(|element| test.matches(element));
    chosen.filter_map(|element| element.get("value")?.as_str().map(str::to_owned)).collect()
}
