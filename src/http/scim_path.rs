//! SCIM paths: what a path below the SCIM address names.

use super::error::ScimError;
use crate::domain::NodeId;
use crate::scim::leeway::Leeway;
use crate::scim::relaxation::Relaxation;
use crate::scim::schema::{ResourceType, of_endpoint};
use crate::scim::{self, Caller};
use actix_web::HttpRequest;
use actix_web::http::Method;
use percent_encoding::percent_decode;
use std::sync::Arc;

/// The node and what follows it. Empty segments do not count: a base URL that was pasted with a slash at its end makes
/// `//Users` (JumpCloud).
pub fn segments(path: &str) -> (Option<NodeId>, Arc<[String]>) {
    let rest = path.strip_prefix(super::SCIM).unwrap_or_default();
    let decoded = |segment: &[u8]| percent_decode(segment).decode_utf8_lossy().into_owned();
    let mut segments = between_slashes(rest).filter(|segment| !segment.is_empty()).map(decoded);
    let node = segments.next().and_then(|segment| segment.parse().ok());
    (node, segments.collect())
}

fn between_slashes(path: &str) -> impl Iterator<Item = &[u8]> {
    path.as_bytes().split(|byte| *byte == b'/')
}

/// What a path names.
#[derive(Clone, Copy)]
pub enum ScimPath<'a> {
    /// `/Users` or `/Groups`.
    All(&'static ResourceType),
    /// One resource by its id.
    One(&'static ResourceType, &'a str),
    /// `/.search`, of one type or of all.
    Search(Option<&'static ResourceType>),
    /// The base URL itself.
    Root,
    /// Discovery.
    ServiceProviderConfig,
    /// Discovery, of all types or of one.
    ResourceTypes(Option<&'a str>),
    /// Discovery, of all schemas or of one.
    Schemas(Option<&'a str>),
    /// The user behind the token, which there is none.
    Me,
    /// Many operations at once.
    Bulk,
}

/// Reads the segments behind the node, in any letter case (Microsoft's collection says `/users`).
pub fn place(segments: &[String]) -> Option<ScimPath<'_>> {
    let is = |segment: &str, word: &str| segment.eq_ignore_ascii_case(word);
    Some(match segments {
        [] => ScimPath::Root,
        [one] if is(one, ".search") => ScimPath::Search(None),
        [one] if is(one, "Me") => ScimPath::Me,
        [one] if is(one, "Bulk") => ScimPath::Bulk,
        [one] if is(one, "ServiceProviderConfig") => ScimPath::ServiceProviderConfig,
        [one] if is(one, "ResourceTypes") => ScimPath::ResourceTypes(None),
        [one, id] if is(one, "ResourceTypes") => ScimPath::ResourceTypes(Some(id)),
        [one] if is(one, "Schemas") => ScimPath::Schemas(None),
        [one, id] if is(one, "Schemas") => ScimPath::Schemas(Some(id)),
        [one] => ScimPath::All(of_endpoint(one)?),
        [one, search] if is(search, ".search") => ScimPath::Search(Some(of_endpoint(one)?)),
        [one, id] if of_endpoint(id).is_none() => ScimPath::One(of_endpoint(one)?, id),
        _ => return None,
    })
}

/// Notes a path that is not written as it is announced.
///
/// # Errors
/// [`Error::Strict`].
pub fn note_path(path: &str, place: Option<ScimPath<'_>>, leeway: &Leeway) -> scim::Result<()> {
    let inside = path.strip_prefix(super::SCIM).unwrap_or_default().strip_prefix('/').unwrap_or_default();
    if between_slashes(inside).any(<[u8]>::is_empty) {
        leeway.take(Relaxation::PathSlashes)?;
    }
    let announced = match place {
        Some(ScimPath::All(of) | ScimPath::One(of, _) | ScimPath::Search(Some(of))) => of.endpoint,
        Some(ScimPath::Search(None)) => ".search",
        Some(ScimPath::ServiceProviderConfig) => "ServiceProviderConfig",
        Some(ScimPath::ResourceTypes(_)) => "ResourceTypes",
        Some(ScimPath::Schemas(_)) => "Schemas",
        Some(ScimPath::Me) => "Me",
        Some(ScimPath::Bulk) => "Bulk",
        Some(ScimPath::Root) | None => return Ok(()),
    };
    let first = between_slashes(inside).filter(|segment| !segment.is_empty()).nth(1);
    let is_search = matches!(place, Some(ScimPath::Search(_)));
    if first != Some(announced.as_bytes()) || (is_search && !inside.trim_end_matches('/').ends_with(".search")) {
        leeway.take(Relaxation::PathLetterCase)?;
    }
    Ok(())
}

/// A 404 for a path that is none, with the address that was probably meant.
pub fn lost(caller: &Caller, segments: &[String]) -> ScimError {
    let meant = segments
        .iter()
        .rev()
        .find_map(|segment| of_endpoint(segment))
        .map(|of| format!("/{}", of.endpoint))
        .unwrap_or_default();
    let path: String = segments.join("/").chars().take(120).collect();
    let detail = format!(
        "There is nothing at “/{path}”. The base URL is {}, and you probably want {}{meant}.",
        caller.base, caller.base
    );
    ScimError::WrongPath(detail)
}

/// Whether a request only reads.
pub fn is_read(request: &HttpRequest) -> bool {
    matches!(*request.method(), Method::GET | Method::HEAD)
}
