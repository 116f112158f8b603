//! Calls of the admin API that reach no handler: unknown ones, methods that do not fit, and addresses that cannot be read.

use super::error::ApiError;
use super::openapi;
use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, ResponseError};

/// A query or a path that holds what it cannot hold, with the name of the parameter where it can be told.
pub fn misread(error: &impl std::fmt::Display, request: &HttpRequest) -> ApiError {
    let in_query =
        form_urlencoded::parse(request.query_string().as_bytes()).find_map(|(name, value)| no_number(&name, &value));
    let in_path = || request.match_info().iter().find_map(|(name, value)| no_number(name, value));
    let sentence = in_query.or_else(in_path).unwrap_or_else(|| format!("The address is wrong: {error}."));
    ApiError::invalid("url", sentence)
}

fn no_number(name: &str, value: &str) -> Option<String> {
    let is_wrong = openapi::is_number(name) && value.parse::<i64>().is_err();
    is_wrong.then(|| format!("{name}: expected a number, got “{}”.", value.chars().take(80).collect::<String>()))
}

/// What answers below `/api/v1` where no route is.
pub async fn no_such_call(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let path = request.path().strip_prefix("/api/v1").unwrap_or_default();
    let methods = openapi::methods(path).join(", ");
    match HeaderValue::from_str(&methods) {
        Ok(allowed) if !methods.is_empty() => {
            let mut response = ApiError::method(request.method().as_str(), &methods).error_response();
            response.headers_mut().insert(ALLOW, allowed);
            Ok(response)
        }
        _ => Err(ApiError::no_such_call()),
    }
}
