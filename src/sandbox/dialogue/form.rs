//! The form of an answer: what the RFCs and the clients want of every one (docs/clients.md#answers), each part with a name, so
//! that a client that does not look at it can do without.

use super::matcher::{kind, shortened};
use super::{at, list, text};
use crate::push::client::wire::Received;
use serde_json::Value;

const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// The parts, by name: `media-type`, `schemas`, `error`, `list`, `ids`, `types`, `resource-type`, `location`, `empty`.
pub const PARTS: [&str; 9] =
    ["media-type", "schemas", "error", "list", "ids", "types", "resource-type", "location", "empty"];

/// A part that does not hold.
pub struct FormFault {
    /// One of [`PARTS`].
    pub part: &'static str,
    /// What is there.
    pub got: String,
    /// What should be.
    pub want: &'static str,
}

/// What is wrong with the form of an answer to a request of that method.
pub fn faults(answer: &Received, body: &Value, method: &str) -> Vec<FormFault> {
    let mut faults = Vec::new();
    let mut must = |holds: bool, part: &'static str, got: String, want: &'static str| {
        if !holds {
            faults.push(FormFault { part, got: shortened(&got), want });
        }
    };
    if answer.status == 204 {
        must(answer.text.is_empty(), "empty", answer.text.clone(), "no body with 204");
        return faults;
    }
    if answer.text.is_empty() && (300..400).contains(&answer.status) {
        return faults;
    }
    let media_type = answer.header("content-type").unwrap_or_default();
    must(
        media_type.starts_with("application/scim+json"),
        "media-type",
        media_type.to_owned(),
        "Content-Type application/scim+json",
    );
    let schemas = list(body, "schemas");
    must(!schemas.is_empty(), "schemas", at(body, "schemas").to_string(), "schemas in the body");
    if answer.status >= 400 {
        let status = at(body, "status");
        let says = status.as_str().and_then(|status| status.parse().ok()) == Some(answer.status);
        must(schemas.contains(&ERROR.into()), "error", answer.text.clone(), "an Error document");
        must(says, "error", status.to_string(), "status in the Error document, as a string");
        must(!text(body, "detail").is_empty(), "error", answer.text.clone(), "a detail that says why");
        return faults;
    }
    if schemas.contains(&LIST.into()) || body.get("Resources").is_some() || body.get("totalResults").is_some() {
        for name in ["totalResults", "startIndex", "itemsPerPage"] {
            let is_told = kind(at(body, name)) == "integer";
            let by_cursor =
                name == "startIndex" && (body.get("nextCursor").is_some() || body.get("previousCursor").is_some());
            must(
                is_told || by_cursor,
                "list",
                format!("{name} {}", at(body, name)),
                "totalResults, startIndex and itemsPerPage as integers",
            );
        }
        must(
            at(body, "Resources").is_array(),
            "list",
            format!("Resources {}", kind(at(body, "Resources"))),
            "Resources as a list, also when empty",
        );
        list(body, "Resources").iter().for_each(|one| resource(one, &mut must));
    } else if body.get("id").is_some() && body.get("attributes").is_none() {
        resource(body, &mut must);
        let has_type = body.pointer("/meta/resourceType").is_some_and(Value::is_string);
        must(has_type, "resource-type", at(body, "meta").to_string(), "meta.resourceType");
        if (method, answer.status) == ("POST", 201) {
            let id = text(body, "id");
            let location = answer.header("location").unwrap_or_default();
            must(
                !id.is_empty() && location.ends_with(&format!("/{id}")),
                "location",
                location.to_owned(),
                "Location that leads to the new resource",
            );
        }
    }
    faults
}

fn resource(one: &Value, must: &mut impl FnMut(bool, &'static str, String, &'static str)) {
    let id = at(one, "id");
    must(id.is_null() || id.is_string(), "ids", id.to_string(), "an id that is a string");
    let active = at(one, "active");
    must(active.is_null() || active.is_boolean(), "types", format!("active {active}"), "active as a boolean");
    must(one.get("password").is_none(), "types", "password".to_owned(), "no password in an answer");
    for name in ["members", "groups", "emails"] {
        let Some(values) = one.get(name).filter(|values| !values.is_null()) else { continue };
        must(values.is_array(), "types", format!("{name} {}", kind(values)), "multi-valued attributes as lists");
        let odd = list(one, name).iter().filter_map(|element| element.get("value")).find(|value| !value.is_string());
        must(odd.is_none(), "ids", format!("{name}.value {}", odd.unwrap_or(&Value::Null)), "values that are strings");
    }
}
