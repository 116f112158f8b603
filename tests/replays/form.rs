//! The form of every answer, whichever client asked: docs/clients.md#answers.

use crate::matcher::kind;
use crate::reply::Reply;
use serde_json::Value;

const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// What is wrong with an answer.
pub fn faults(reply: &Reply, method: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let mut must = |holds: bool, what: &str| {
        if !holds {
            faults.push(what.to_owned());
        }
    };
    if reply.status == 204 {
        must(reply.text.is_empty(), "204 has no body");
        return faults;
    }
    let body = reply.body();
    must(reply.header("content-type").starts_with("application/scim+json"), "the type is application/scim+json");
    let schemas = body["schemas"].as_array().cloned().unwrap_or_default();
    must(!schemas.is_empty(), "the body has schemas");
    if reply.status >= 400 {
        must(schemas.contains(&ERROR.into()), "a refusal is an Error");
        must(
            body["status"].as_str().is_some_and(|status| status.parse() == Ok(reply.status)),
            "its status is a string",
        );
        must(body["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "it says why");
        return faults;
    }
    if schemas.contains(&LIST.into()) {
        for name in ["totalResults", "startIndex", "itemsPerPage"] {
            must(kind(&body[name]) == "integer", &format!("{name} is an integer"));
        }
        must(body["Resources"].is_array(), "Resources is a list");
        body["Resources"].as_array().into_iter().flatten().for_each(|one| resource(one, &mut must));
    } else if body.get("id").is_some() {
        resource(&body, &mut must);
        must(body.pointer("/meta/resourceType").is_some_and(Value::is_string), "a resource has its type");
        if (method, reply.status) == ("POST", 201) {
            let id = body["id"].as_str().unwrap_or_default();
            must(reply.header("location").ends_with(&format!("/{id}")), "Location leads to the resource");
        }
    }
    faults
}

fn resource(one: &Value, must: &mut impl FnMut(bool, &str)) {
    must(one.get("id").is_none_or(Value::is_string), "an id is a string");
    must(one.get("active").is_none_or(Value::is_boolean), "active is a boolean");
    must(one.get("password").is_none(), "no password is told");
    for name in ["members", "groups", "emails"] {
        let Some(list) = one.get(name) else { continue };
        let values = list.as_array().into_iter().flatten();
        must(list.is_array(), &format!("{name} is a list"));
        must(values.filter_map(|element| element.get("value")).all(Value::is_string), "values are strings");
    }
}
