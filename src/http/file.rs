//! Answers that are files.

use super::error::ApiError;
use actix_web::HttpResponse;
use actix_web::web::Bytes;

/// A file to be saved, sent while it is written.
pub fn file(
    name: &str,
    kind: &'static str,
    pages: impl futures_util::Stream<Item = Result<Bytes, ApiError>> + 'static,
) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(kind)
        .insert_header(("Content-Disposition", format!("attachment; filename=\"{name}\"")))
        .streaming(pages)
}
