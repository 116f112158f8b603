//! Calls of the admin API that reach no handler: unknown ones, and those whose address cannot be read.

use super::error::ApiError;
use actix_web::HttpResponse;

/// A query or a path of a console's call that holds what it cannot hold.
pub fn misread(error: &impl std::fmt::Display) -> ApiError {
    ApiError::invalid("url", format!("The address is wrong: {error}."))
}

/// What answers below `/api/v1` where no route is.
pub async fn no_such_call() -> Result<HttpResponse, ApiError> {
    Err(ApiError::no_such_call())
}
