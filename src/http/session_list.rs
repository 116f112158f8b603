//! The console's calls for lists of sessions: one's own, and for an owner those of others.

use super::App;
use super::admin::SignedInAdmin;
use super::error::ApiError;
use crate::api::admin::AdminPath;
use crate::api::session_list::{OpenSession, OpenSessions, SessionPath};
use crate::domain::role::Role;
use crate::domain::{Tx, admin, session};
use actix_web::HttpResponse;
use actix_web::web::{Data, Path};

/// List sessions
///
/// Your own; for an owner those of all administrators. The one last used comes first.
#[utoipa::path(get, path = "/sessions", responses((status = 200, body = OpenSessions)), security(("session" = [])))]
pub async fn list(signed: SignedInAdmin, app: Data<App>) -> Result<HttpResponse, ApiError> {
    let (now, person) = (signed.guard.now, &signed.person);
    let whose = whose(&signed);
    let found = app.store.read(move |tx| session::all(tx, now, whose))?;
    let sessions = found.iter().map(|(one, admin)| OpenSession::new(one, admin, &person.session.digest)).collect();
    Ok(HttpResponse::Ok().json(OpenSessions { sessions }))
}

/// End a session
///
/// Your own, or as an owner that of another administrator. It ends with the next request.
#[utoipa::path(
    delete,
    path = "/sessions/{session_id}",
    params(SessionPath),
    responses((status = 204)),
    security(("session" = []))
)]
pub async fn end(signed: SignedInAdmin, app: Data<App>, path: Path<SessionPath>) -> Result<HttpResponse, ApiError> {
    let (act, whose, id) = (signed.guard.act()?, whose(&signed), path.into_inner().session_id);
    app.store.write(move |tx| session::end(tx, &act, whose, &id)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// End all sessions of an administrator
///
/// Every browser of that administrator has to sign in again.
#[utoipa::path(
    delete,
    path = "/admins/{admin_id}/sessions",
    params(AdminPath),
    responses((status = 204)),
    security(("session" = []))
)]
pub async fn end_all(signed: SignedInAdmin, app: Data<App>, path: Path<AdminPath>) -> Result<HttpResponse, ApiError> {
    let (act, id) = (signed.guard.act()?, path.admin_id);
    let write = move |tx: &mut dyn Tx| {
        let whose = admin::get(tx, id)?;
        session::end_all(tx, &act, &whose)
    };
    app.store.write(write).await?;
    app.interim.end_all(id);
    Ok(HttpResponse::NoContent().finish())
}

/// Whose sessions somebody sees; `None` for all.
fn whose(signed: &SignedInAdmin) -> Option<i64> {
    let admin = &signed.person.admin;
    (admin.role != Role::Owner).then_some(admin.id)
}
