//! Calls of the admin API that get no further: unknown ones, methods that do not fit, addresses that cannot be read,
//! parameters and fields that the call does not have.

use super::App;
use super::error::ApiError;
use super::openapi_document::{BASE, Call, Document};
use super::wrong_url;
use crate::domain::id::LARGEST;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use serde::de::IgnoredAny;
use std::collections::BTreeMap;

/// A query that holds what it cannot hold, with the name of the parameter where it can be told.
pub fn misread_query(error: &impl std::fmt::Display, request: &HttpRequest) -> ApiError {
    match check_numbers(request) {
        Err(named) => named,
        Ok(()) => ApiError::invalid("url", format!("The address is wrong: {error}.")),
    }
}

/// A path that holds what it cannot hold.
pub fn misread_path(error: &impl std::fmt::Display, request: &HttpRequest) -> ApiError {
    let sentence = || format!("The address is wrong: {error}.");
    let Some(document) = document(request) else { return ApiError::invalid("url", sentence()) };
    // `/users/export` is no user's address, whatever the method.
    let methods = document.own_methods(request.path().strip_prefix(BASE).unwrap_or_default());
    if !methods.is_empty() {
        return ApiError::method(request.method().as_str(), &methods.join(", "));
    }
    let named = request.match_info().iter().find_map(|(name, value)| no_number(document, name, value));
    ApiError::invalid("url", named.unwrap_or_else(sentence))
}

fn document(request: &HttpRequest) -> Option<&Document> {
    request.app_data::<Data<App>>().map(|app| &app.document)
}

/// Refuses a query with a number that is none, or that a client may have rounded.
///
/// # Errors
/// `INVALID` with the name of the parameter.
pub fn check_numbers(request: &HttpRequest) -> Result<(), ApiError> {
    let Some(document) = document(request) else { return Ok(()) };
    let mut pairs = form_urlencoded::parse(request.query_string().as_bytes());
    let wrong = pairs.find_map(|(name, value)| no_number(document, &name, &value));
    wrong.map_or(Ok(()), |sentence| Err(ApiError::invalid("url", sentence)))
}

/// Refuses a parameter that the call does not have: a mistyped condition would otherwise list or export everything.
///
/// # Errors
/// `INVALID` with the parameters that are possible.
pub fn check_names(request: &HttpRequest) -> Result<(), ApiError> {
    // A method that the path does not have is refused by whoever reads the path.
    let Some(call) = call(request) else { return Ok(()) };
    let names = form_urlencoded::parse(request.query_string().as_bytes()).map(|(name, _)| name);
    match names.into_iter().find(|name| !call.parameters.iter().any(|known| known == name)) {
        Some(name) => Err(ApiError::invalid("url", unknown("parameter", &name, &call.parameters))),
        None => Ok(()),
    }
}

/// Refuses a body with a field that the call does not have: what is not understood is not passed over.
///
/// # Errors
/// `INVALID` with the fields that are possible.
pub fn check_fields(request: &HttpRequest, body: &[u8]) -> Result<(), ApiError> {
    // An array would be read as the values of the fields in their order.
    if body.trim_ascii_start().first() == Some(&b'[') {
        return Err(ApiError::invalid("body", "The body is an array. Expected an object."));
    }
    let Some(known) = call(request).and_then(|call| call.fields.as_ref()) else { return Ok(()) };
    // Names alone: a value may be a password. What is no JSON is refused by whoever reads it.
    let names = serde_json::from_slice::<BTreeMap<String, IgnoredAny>>(body).unwrap_or_default();
    match names.keys().find(|name| !known.contains(name)) {
        Some(name) => Err(ApiError::invalid("body", unknown("field", name, known))),
        None => Ok(()),
    }
}

/// The call of the admin API that a request has reached.
fn call(request: &HttpRequest) -> Option<&Call> {
    // `PATCH /users/export` is routed like a user's address.
    let document = document(request)?;
    let (method, own) = (request.method().as_str(), document.own_methods(request.path().strip_prefix(BASE)?));
    if !own.is_empty() && !own.contains(&method) {
        return None;
    }
    document.call(method, request.match_pattern()?.strip_prefix(BASE)?)
}

fn unknown(what: &str, name: &str, known: &[String]) -> String {
    let name: String = name.chars().take(80).collect();
    let possible = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    format!("There is no {what} “{name}” here. Possible: {possible}.")
}

fn no_number(document: &Document, name: &str, value: &str) -> Option<String> {
    let is_right = || value.parse::<i64>().is_ok_and(|number| (0..=LARGEST).contains(&number));
    let is_wrong = document.is_number(name) && !is_right();
    is_wrong.then(|| format!("{name}: expected a number from 0, got “{}”.", value.chars().take(80).collect::<String>()))
}

/// What answers below `/api/v1` where no route is.
pub async fn no_such_call(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let path = request.path().strip_prefix(BASE).unwrap_or_default();
    let methods = document(&request).map(|document| document.methods(path)).unwrap_or_default();
    let refused = match methods.is_empty() {
        true => ApiError::no_such_call(),
        false => ApiError::method(request.method().as_str(), &methods.join(", ")),
    };
    wrong_url::note(&app, &request, refused.status_code().as_u16());
    Err(refused)
}
