//! Discovery: what this service provider can do, which resources there are, and what they are made of (RFC 7644, section 4).

use super::Answer;
use super::Caller;
use super::error::{Error, Result};
use super::list;
use super::schema::meta::{RESOURCE_TYPE, SCHEMA, SERVICE_PROVIDER_CONFIG};
use super::schema::{Attribute, AttributeType, GROUP_TYPE, Mutability, ResourceType, Returned, Schema, USER_TYPE};
use crate::domain::connection_settings::{Announce, ConnectionSettings};
use serde_json::{Map, Value, json};

/// No body is longer, in bytes; what `bulk.maxPayloadSize` announces.
pub const MAX_PAYLOAD: usize = 1_048_576;

/// `/ServiceProviderConfig`. authentik takes `bulk.maxOperations` as the size of its PATCH requests. `pagination` is RFC 9865's, which a
/// client that knows RFC 7643 alone may refuse.
pub fn service_provider_config(caller: &Caller) -> Answer {
    let mut document = json!({
        "schemas": [SERVICE_PROVIDER_CONFIG.id],
        "documentationUri": "https://www.rfc-editor.org/rfc/rfc7644",
        "patch": { "supported": true },
        "bulk": { "supported": true, "maxOperations": super::bulk::MAX_OPERATIONS, "maxPayloadSize": MAX_PAYLOAD },
        "filter": { "supported": true, "maxResults": ConnectionSettings::MAX_PAGE },
        "changePassword": { "supported": false },
        "sort": { "supported": true },
        "etag": { "supported": true },
        "pagination": {
            "cursor": true,
            "index": true,
            "defaultPaginationMethod": "index",
            "defaultPageSize": caller.connection.settings.page_size,
            "maxPageSize": ConnectionSettings::MAX_PAGE,
            "cursorTimeout": super::cursor::TIMEOUT
        },
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "Bearer token",
            "description": "The token of this node's connection in the header “Authorization: Bearer <token>”.",
            "specUri": "https://www.rfc-editor.org/rfc/rfc6750",
            "documentationUri": "https://www.rfc-editor.org/rfc/rfc7644#section-2",
            "primary": true
        }],
        "meta": {
            "resourceType": "ServiceProviderConfig",
            "location": format!("{}/ServiceProviderConfig", caller.base)
        }
    });
    if caller.connection.settings.announce == Announce::Minimal
        && let Value::Object(object) = &mut document
    {
        object.shift_remove("pagination");
    }
    Answer::List(document.to_string())
}

/// `/ResourceTypes`, or one of them.
///
/// # Errors
/// [`Error::NotFound`] for a name that is none.
pub fn resource_types(caller: &Caller, id: Option<&str>) -> Result<Answer> {
    let all = [&USER_TYPE, &GROUP_TYPE];
    one_or_all(id, all.map(|of| (of.name, resource_type(of, &caller.base))).to_vec())
}

/// `/Schemas`, or one of them by its URN.
///
/// # Errors
/// [`Error::NotFound`] for a URN that is none.
pub fn schemas(caller: &Caller, id: Option<&str>) -> Result<Answer> {
    let resources = [&USER_TYPE, &GROUP_TYPE].into_iter().flat_map(|of| std::iter::once(of.schema).chain(of.extension));
    let all = resources.chain([&SERVICE_PROVIDER_CONFIG, &RESOURCE_TYPE, &SCHEMA]);
    one_or_all(id, all.map(|schema| (schema.id, schema_document(schema, caller))).collect())
}

fn one_or_all(id: Option<&str>, all: Vec<(&str, Value)>) -> Result<Answer> {
    let Some(id) = id else {
        let texts: Vec<String> = all.iter().map(|(_, document)| document.to_string()).collect();
        return Ok(Answer::List(list::response(texts.len() as u64, Some(1), &texts, None, None)));
    };
    match all.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(id)) {
        Some((_, document)) => Ok(Answer::List(document.to_string())),
        None => {
            Err(Error::NotFound(format!("There is nothing called “{}” here.", id.chars().take(80).collect::<String>())))
        }
    }
}

fn resource_type(of: &ResourceType, base: &str) -> Value {
    let mut document = json!({
        "schemas": [RESOURCE_TYPE.id],
        "id": of.name,
        "name": of.name,
        "description": of.about,
        "endpoint": format!("/{}", of.endpoint),
        "schema": of.schema.id,
    });
    if let (Value::Object(object), Some(extension)) = (&mut document, of.extension) {
        object.insert("schemaExtensions".to_owned(), json!([{ "schema": extension.id, "required": false }]));
    }
    with_meta(document, "ResourceType", &format!("{base}/ResourceTypes/{}", of.name))
}

fn schema_document(schema: &Schema, caller: &Caller) -> Value {
    // Where an address is required the schema says so, as far as a schema can: a client that fills what is required then
    // sends an e-mail address, and a user name that is one is accepted all the same.
    let email_required = caller.connection.settings.email_required && schema.id == USER_TYPE.schema.id;
    let minimal = caller.connection.settings.announce == Announce::Minimal;
    // What is not stored is not announced, because validators expect to read back what they find here.
    let is_announced = |attribute: &&Attribute| {
        let later = schema.id == SERVICE_PROVIDER_CONFIG.id && attribute.name == "pagination";
        attribute.mutability != Mutability::WriteOnly && !(minimal && later)
    };
    // Entra's validator sends an address without it and expects to find it all the same.
    let left_out = |attribute: &Attribute, part: &Attribute| {
        caller.connection.idp.name == "entra" && attribute.name == "emails" && part.name == "display"
    };
    let attributes: Vec<Value> = schema
        .attributes
        .iter()
        .filter(is_announced)
        .map(|attribute| characteristics(attribute, email_required && attribute.name == "emails", &left_out))
        .collect();
    let document = json!({
        "schemas": [SCHEMA.id],
        "id": schema.id,
        "name": schema.name,
        "description": schema.about,
        "attributes": attributes,
    });
    with_meta(document, "Schema", &format!("{}/Schemas/{}", caller.base, schema.id))
}

fn with_meta(mut document: Value, resource_type: &str, location: &str) -> Value {
    if let Value::Object(object) = &mut document {
        object.insert("meta".to_owned(), json!({ "resourceType": resource_type, "location": location }));
    }
    document
}

fn characteristics(attribute: &Attribute, required: bool, left_out: &dyn Fn(&Attribute, &Attribute) -> bool) -> Value {
    let mut object = Map::new();
    let mut put = |name: &str, value: Value| {
        object.insert(name.to_owned(), value);
    };
    put("name", attribute.name.into());
    put("type", type_word(attribute.kind).into());
    put("multiValued", attribute.multi.into());
    put("description", attribute.about.into());
    put("required", (attribute.required || required).into());
    if !attribute.canonical.is_empty() {
        put("canonicalValues", attribute.canonical.into());
    }
    put("caseExact", attribute.exact.into());
    put("mutability", mutability_word(attribute.mutability).into());
    put("returned", returned_word(attribute.returned).into());
    put("uniqueness", attribute.uniqueness.into());
    if !attribute.refers.is_empty() {
        put("referenceTypes", attribute.refers.into());
    }
    if !attribute.parts.is_empty() {
        let parts = attribute.parts.iter().filter(|part| !left_out(attribute, part));
        let parts: Vec<Value> =
            parts.map(|part| characteristics(part, required && part.name == "value", left_out)).collect();
        put("subAttributes", parts.into());
    }
    Value::Object(object)
}

fn type_word(kind: AttributeType) -> &'static str {
    match kind {
        AttributeType::String => "string",
        AttributeType::Boolean => "boolean",
        AttributeType::Integer => "integer",
        AttributeType::DateTime => "dateTime",
        AttributeType::Binary => "binary",
        AttributeType::Reference => "reference",
        AttributeType::Complex => "complex",
    }
}

fn mutability_word(mutability: Mutability) -> &'static str {
    match mutability {
        Mutability::ReadOnly => "readOnly",
        Mutability::ReadWrite => "readWrite",
        Mutability::Immutable => "immutable",
        Mutability::WriteOnly => "writeOnly",
    }
}

fn returned_word(returned: Returned) -> &'static str {
    match returned {
        Returned::Always => "always",
        Returned::Never => "never",
        Returned::Default => "default",
        Returned::Request => "request",
    }
}
