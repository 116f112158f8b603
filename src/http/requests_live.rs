//! Live requests: server-sent events with what the SCIM endpoint has just received, under the filters of a list.

use super::App;
use super::admin::SignedInAdmin;
use super::error::ApiError;
use super::live::{self, Topics};
use crate::api::request::RequestQuery;
use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse};

/// Watch requests
///
/// Server-sent events: `ready` once, when a list that is read now misses nothing that follows; then `requests`, each with a
/// list of new requests, oldest first. The filters are those of the list; `after` and `limit` say nothing here.
#[utoipa::path(
    get,
    path = "/requests/live",
    params(RequestQuery),
    responses((status = 200, body = String, content_type = "text/event-stream")),
    security(("session" = []))
)]
pub async fn watch(
    signed: SignedInAdmin,
    app: Data<App>,
    asked: Query<RequestQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let requests = Some(live::requests(&asked)?);
    live::stream(&signed, app, &request, Topics { requests, ..Topics::default() })
}
