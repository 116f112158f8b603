//! The protocol, pure: RFC 7643 and 7644 between bodies and rules. Knows neither HTTP nor SQL.
//!
//! A request's body becomes [`resource::Content`] or [`patch::Operation`]s before the transaction; inside it `users` and
//! `groups` call the rules of `domain` and splice the answer's text.

pub mod discovery;
mod error;
pub mod filter;
mod group_schema;
pub mod groups;
pub mod json;
pub mod list;
pub mod matches;
mod meta_schema;
pub mod patch;
pub mod path;
pub mod projection;
pub mod resource;
pub mod schema;
pub mod select;
mod user_schema;
pub mod users;
pub mod value;

pub use error::{Error, Result};

use crate::domain::connection::Connection;
use serde_json::{Map, Value};

/// Who asks: the connection that the token belongs to.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The connection, and with it node and settings.
    pub connection: Connection,
    /// The address of its endpoint, without a slash at the end: the beginning of every `location`.
    pub base: String,
    /// The client's `User-Agent`.
    pub agent: Option<String>,
}

/// What a request came to.
#[derive(Clone, Debug)]
pub enum Answer {
    /// 200 with a body.
    Found(String),
    /// 201 with a body and where the new resource is.
    Made {
        /// The address of the resource.
        location: String,
        /// The body.
        text: String,
    },
    /// 204, no body.
    Done,
}

/// The query over both types at once, `POST /.search` and `GET /` at the root (RFC 7644, section 3.4.2.1): users
/// first, then groups. An attribute that only one type has is without value in the other.
///
/// # Errors
/// `invalidFilter` when no type can answer it.
pub fn search_all(tx: &mut dyn crate::domain::Tx, caller: &Caller, query: &list::Query) -> Result<Answer> {
    let settings = &caller.connection.settings;
    let bind = |of| list::Listing::bind(query, of, settings, caller.agent.as_deref());
    let (users, groups) = match (bind(&schema::USER_TYPE), bind(&schema::GROUP_TYPE)) {
        (Err(error), Err(_)) => return Err(error),
        (Err(Error::Forbidden(detail)), _) => return Err(Error::Forbidden(detail)),
        both => both,
    };
    let Some(first) = users.as_ref().ok().or(groups.as_ref().ok()).cloned() else {
        return Err(Error::InvalidFilter("No type of resource has these attributes.".to_owned()));
    };
    let (mut total, mut texts) = (0, Vec::new());
    if let Ok(listing) = users {
        (total, texts) = users::find(tx, caller, &listing)?;
    }
    if let Ok(mut listing) = groups {
        let left = listing.limit.saturating_sub(texts.len() as u64);
        listing.start = listing.start.saturating_sub(total).max(1);
        listing.limit = left;
        let (more, found) = groups::find(tx, caller, &listing)?;
        total += more;
        texts.extend(found);
    }
    Ok(Answer::Found(list::response(total, first.start, &texts)))
}

/// The ids of the elements of `relation` in a resource's text that fulfil a test.
fn matching_ids(text: &str, relation: &str, test: &matches::Test) -> Vec<String> {
    let Ok(resource) = serde_json::from_str::<Map<String, Value>>(text) else { return Vec::new() };
    let elements = resource.get(relation).and_then(Value::as_array).cloned().unwrap_or_default();
    let chosen = elements.iter().filter_map(Value::as_object).filter(|element| test.matches(element));
    chosen.filter_map(|element| element.get("value")?.as_str().map(str::to_owned)).collect()
}
