//! Calls of the admin API that reach no handler: unknown ones, methods that do not fit, and addresses that cannot be read.

use super::error::ApiError;
use super::openapi_calls;
use super::openapi_schema::LARGEST;
use actix_web::{HttpRequest, HttpResponse};

/// A query that holds what it cannot hold, with the name of the parameter where it can be told.
pub fn misread_query(error: &impl std::fmt::Display, request: &HttpRequest) -> ApiError {
    match check_numbers(request.query_string()) {
        Err(named) => named,
        Ok(()) => ApiError::invalid("url", format!("The address is wrong: {error}.")),
    }
}

/// A path that holds what it cannot hold.
pub fn misread_path(error: &impl std::fmt::Display, request: &HttpRequest) -> ApiError {
    // `/users/export` is no user's address, whatever the method.
    let methods = openapi_calls::own_methods(request.path().strip_prefix("/api/v1").unwrap_or_default());
    if !methods.is_empty() {
        return ApiError::method(request.method().as_str(), &methods.join(", "));
    }
    let named = request.match_info().iter().find_map(|(name, value)| no_number(name, value));
    ApiError::invalid("url", named.unwrap_or_else(|| format!("The address is wrong: {error}.")))
}

/// Refuses a query with a number that is none, or that a client may have rounded.
///
/// # Errors
/// `INVALID` with the name of the parameter.
pub fn check_numbers(query: &str) -> Result<(), ApiError> {
    let wrong = form_urlencoded::parse(query.as_bytes()).find_map(|(name, value)| no_number(&name, &value));
    wrong.map_or(Ok(()), |sentence| Err(ApiError::invalid("url", sentence)))
}

fn no_number(name: &str, value: &str) -> Option<String> {
    let is_right = || value.parse::<u64>().is_ok_and(|number| number <= LARGEST);
    let is_wrong = openapi_calls::is_number(name) && !is_right();
    is_wrong.then(|| format!("{name}: expected a number from 0, got “{}”.", value.chars().take(80).collect::<String>()))
}

/// What answers below `/api/v1` where no route is.
pub async fn no_such_call(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let methods = openapi_calls::methods(request.path().strip_prefix("/api/v1").unwrap_or_default());
    match methods.is_empty() {
        true => Err(ApiError::no_such_call()),
        false => Err(ApiError::method(request.method().as_str(), &methods.join(", "))),
    }
}
