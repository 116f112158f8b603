//! The console's call for diagnostics.

use super::App;
use super::admin::SignedInAdmin;
use super::error::ApiError;
use crate::api::diagnostics::Diagnostics;
use actix_web::HttpResponse;
use actix_web::web::{self, Data};
use std::io;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// What looks at the machine and at the store. It starts programs, so whoever starts the server brings it.
pub type Diagnose = dyn Fn() -> io::Result<Diagnostics> + Send + Sync;

/// Each starts two programs.
static TURNS: Semaphore = Semaphore::const_new(1);

/// Run diagnostics
///
/// What `scimbox doctor` and `scimbox support-report` say of this server.
#[utoipa::path(
    get,
    path = "/diagnostics",
    responses((status = 200, body = Diagnostics)),
    security(("session" = []))
)]
pub async fn get(_signed: SignedInAdmin, app: Data<App>) -> Result<HttpResponse, ApiError> {
    let diagnose = Arc::clone(&app.background.diagnose);
    let turn = TURNS.acquire().await;
    let found = web::block(move || diagnose()).await;
    drop(turn);
    match found {
        Ok(Ok(found)) => Ok(HttpResponse::Ok().json(found)),
        Ok(Err(error)) => Err(ApiError::broken(&format!("the diagnostics could not be run: {error}"))),
        Err(_) => Err(ApiError::broken("the diagnostics broke off")),
    }
}
