//! Places: what a path below the SCIM address names.

use super::error::ScimError;
use crate::domain::NodeId;
use crate::scim::relaxation::{Leeway, Relaxation};
use crate::scim::schema::{ResourceType, of_endpoint};
use crate::scim::{self, Caller, Error};
use percent_encoding::percent_decode_str;

/// The node and what follows it. Empty segments do not count: a base URL that was pasted with a slash at its end makes
/// `//Users` (JumpCloud).
pub fn segments(path: &str) -> (Option<NodeId>, Vec<String>) {
    let rest = path.strip_prefix(super::SCIM).unwrap_or_default();
    let decoded = |segment: &str| percent_decode_str(segment).decode_utf8_lossy().into_owned();
    let mut segments = rest.split('/').filter(|segment| !segment.is_empty()).map(decoded);
    let node = segments.next().and_then(|segment| segment.parse().ok());
    (node, segments.collect())
}

/// What a path names.
#[derive(Clone, Copy)]
pub enum Place<'a> {
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
pub fn place<'a>(segments: &'a [String]) -> Option<Place<'a>> {
    let parts: Vec<&str> = segments.iter().map(String::as_str).collect();
    let is = |segment: &str, word: &str| segment.eq_ignore_ascii_case(word);
    Some(match parts.as_slice() {
        [] => Place::Root,
        [one] if is(one, ".search") => Place::Search(None),
        [one] if is(one, "Me") => Place::Me,
        [one] if is(one, "Bulk") => Place::Bulk,
        [one] if is(one, "ServiceProviderConfig") => Place::ServiceProviderConfig,
        [one] if is(one, "ResourceTypes") => Place::ResourceTypes(None),
        [one, id] if is(one, "ResourceTypes") => Place::ResourceTypes(Some(id)),
        [one] if is(one, "Schemas") => Place::Schemas(None),
        [one, id] if is(one, "Schemas") => Place::Schemas(Some(id)),
        [one] => Place::All(of_endpoint(one)?),
        [one, search] if is(search, ".search") => Place::Search(Some(of_endpoint(one)?)),
        [one, id] if of_endpoint(id).is_none() => Place::One(of_endpoint(one)?, id),
        _ => return None,
    })
}

/// Notes a path that is not written as it is announced.
///
/// # Errors
/// [`Error::Strict`].
pub fn note_path(path: &str, place: Option<Place<'_>>, leeway: &Leeway) -> scim::Result<()> {
    let inside = path.strip_prefix(super::SCIM).unwrap_or_default().strip_prefix('/').unwrap_or_default();
    if inside.split('/').any(str::is_empty) {
        leeway.take(Relaxation::PathSlashes)?;
    }
    let announced = match place {
        Some(Place::All(of) | Place::One(of, _) | Place::Search(Some(of))) => of.endpoint,
        Some(Place::Search(None)) => ".search",
        Some(Place::ServiceProviderConfig) => "ServiceProviderConfig",
        Some(Place::ResourceTypes(_)) => "ResourceTypes",
        Some(Place::Schemas(_)) => "Schemas",
        Some(Place::Me) => "Me",
        Some(Place::Bulk) => "Bulk",
        Some(Place::Root) | None => return Ok(()),
    };
    let first = inside.split('/').filter(|segment| !segment.is_empty()).nth(1);
    let is_search = matches!(place, Some(Place::Search(_)));
    if first != Some(announced) || (is_search && !inside.trim_end_matches('/').ends_with(".search")) {
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
        "There is nothing at “/{path}”. The base URL is {}, and you probably want {}{meant}. [WRONG_PATH]",
        caller.base, caller.base
    );
    Error::NotFound(detail).into()
}
