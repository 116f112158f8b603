//! The URNs of the messages of RFC 7644, and whether a body names the schemas that belong to it.

use crate::scim::error::Result;
use crate::scim::intake::json;
use crate::scim::leeway::Leeway;
use crate::scim::relaxation::Relaxation;
use serde_json::{Map, Value};

/// A PATCH.
pub const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
/// A query in a body.
pub const SEARCH_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
/// Many operations in one request.
pub const BULK_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";

/// Notes a body whose `schemas` are not a list of strings with all of these among them.
///
/// # Errors
/// [`crate::scim::Error::Strict`].
pub fn note_schemas(body: &Map<String, Value>, wanted: &[&str], leeway: &Leeway) -> Result<()> {
    let named = json::get(body, "schemas").and_then(Value::as_array);
    let is_named = |urn: &&str| named.is_some_and(|list| list.iter().any(|one| one.as_str() == Some(*urn)));
    let is_text = named.is_some_and(|list| list.iter().all(Value::is_string));
    if is_text && wanted.iter().all(is_named) { Ok(()) } else { leeway.take(Relaxation::Schemas) }
}
