//! What the role of an administrator opens: the table of docs/security.md#roles, in one place for all calls. Also what
//! opens without the second factor that is required.

use super::App;
use super::error::ApiError;
use super::key_scope::is_reading;
use crate::domain::role::{self, Right, Role};
use crate::domain::{Error, second_factor};
use actix_web::HttpRequest;

/// Refuses what a role does not open. `me` is the number of the administrator who asks.
///
/// # Errors
/// `ADMIN_ROLE`.
pub fn check(request: &HttpRequest, role: Role, me: i64) -> Result<(), ApiError> {
    check_right(role, needed(request, me))
}

/// Refuses a setting that a role does not change.
///
/// # Errors
/// `ADMIN_ROLE`.
pub fn check_setting(role: Role, name: &str) -> Result<(), ApiError> {
    check_right(role, role::of_setting(name))
}

fn check_right(role: Role, right: Right) -> Result<(), ApiError> {
    match right {
        _ if role.gives(right) => Ok(()),
        Right::Secure => Err(ApiError::admin_role("Only an owner may do this.")),
        _ => Err(ApiError::admin_role("An auditor may only look.")),
    }
}

/// What a call needs. A call that this does not name needs the right to change.
fn needed(request: &HttpRequest, me: i64) -> Right {
    let pattern = request.match_pattern().unwrap_or_default();
    // A copy of everything, with what is masked elsewhere.
    if pattern == "/api/v1/backups/{name}" {
        return Right::Secure;
    }
    if is_reading(request) {
        return Right::Look;
    }
    let is_me = || request.match_info().get("admin_id").and_then(|id| id.parse().ok()) == Some(me);
    match pattern.strip_prefix("/api/v1").unwrap_or_default() {
        "/second-factor" | "/second-factor/confirm" | "/second-factor/remove" => Right::Look,
        "/session" | "/session/confirm" | "/sessions" | "/sessions/{session_id}" | "/password" | "/audit/verify" => {
            Right::Look
        }
        "/admins/{admin_id}/password" if is_me() => Right::Look,
        call if call == "/admins" || call.starts_with("/admins/") => Right::Secure,
        _ => Right::Change,
    }
}

/// In a public demonstration everybody is the same auditor, who must not shut out the others.
///
/// # Errors
/// `ADMIN_ROLE`.
pub fn check_public(app: &App, request: &HttpRequest, role: Role) -> Result<(), ApiError> {
    let call = request.match_pattern().unwrap_or_default();
    let may = is_reading(request) || ["/api/v1/session", "/api/v1/session/confirm"].contains(&call.as_str());
    match app.public && role == Role::Auditor && !may {
        true => Err(ApiError::admin_role("This is a public demo: everybody may look, and nobody may change anything.")),
        false => Ok(()),
    }
}

/// Whether an administrator who needs a second factor and has none may make a call: only what leads to one.
///
/// # Errors
/// `SECOND_FACTOR_REQUIRED`.
pub fn check_second_factor(app: &App, request: &HttpRequest, admin: i64) -> Result<(), ApiError> {
    let call = request.match_pattern().unwrap_or_default();
    let call = call.strip_prefix("/api/v1").unwrap_or_default();
    let is_own = ["/status", "/session", "/session/confirm", "/sessions", "/password", "/openapi.json", "/start"]
        .contains(&call);
    if is_own || call.starts_with("/second-factor") {
        return Ok(());
    }
    if lacks_second_factor(app, admin)? { Err(ApiError::second_factor_required()) } else { Ok(()) }
}

/// Whether an administrator needs a second factor and has none.
///
/// # Errors
/// Those of the store.
pub fn lacks_second_factor(app: &App, admin: i64) -> Result<bool, Error> {
    app.store.read(move |tx| Ok(second_factor::is_required(tx)? && second_factor::on(tx, admin)?.is_none()))
}
