//! Passwords of administrators: proving one, changing one, and where they are hashed.

use super::admin::{self as guard, SignedInAdmin};
use super::error::ApiError;
use super::hashing::HashPriority;
use super::login_throttle::{Attempt, Who};
use super::sign_in_attempt::{delay, log_failed};
use super::{App, body};
use crate::api::session::{PasswordChange, PasswordProof, Session};
use crate::domain::{Act, Error, Tx, admin, fold, session, token};
use crate::world;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use zeroize::Zeroizing;

/// Confirm the password
///
/// Some calls answer REAUTHENTICATE if it was last entered more than 15 minutes ago. The session continues under a new cookie.
#[utoipa::path(
    post,
    path = "/session/confirm",
    request_body = PasswordProof,
    responses((status = 200, body = Session)),
    security(("session" = []))
)]
pub async fn confirm(
    signed: SignedInAdmin,
    app: Data<App>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let PasswordProof { password } = body::json(&request, payload).await?;
    let (act, account, stored) = prove(&app, &signed, password).await?;
    let (person, secret) = (signed.person, Zeroizing::new(world::secret()?));
    let (old, digest) = (person.session, token::digest(&secret));
    let remembered = old.remembered;
    let write = move |tx: &mut dyn Tx| {
        admin::check_unchanged(tx, &account, old.admin, &stored)?;
        session::renew(tx, act.now, &old, digest)
    };
    let session = app.store.write(write).await?;
    let body = Session::new(&person.admin, &session, &guard::csrf_of(&secret), None);
    Ok(HttpResponse::Ok().cookie(guard::set_cookie(&app, &request, &secret, remembered)).json(body))
}

/// Change your own password
///
/// Ends all other sessions of the administrator; this one continues under a new cookie.
#[utoipa::path(
    post,
    path = "/password",
    request_body = PasswordChange,
    responses((status = 204)),
    security(("session" = []))
)]
pub async fn change(
    signed: SignedInAdmin,
    app: Data<App>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let PasswordChange { current, new } = body::json(&request, payload).await?;
    change_own(&app, &request, signed, current, new).await
}

/// Changes the password of whoever is signed in, who has to know the current one.
///
/// # Errors
/// `SIGN_IN_FAILED`, `SIGN_IN_DELAYED`, `WEAK_PASSWORD`.
pub async fn change_own(
    app: &App,
    request: &HttpRequest,
    signed: SignedInAdmin,
    current: Zeroizing<String>,
    new: Zeroizing<String>,
) -> Result<HttpResponse, ApiError> {
    let (act, account, stored) = prove(app, &signed, current).await?;
    admin::check_credentials(&signed.person.admin.email, &new)?;
    let (old, hashed) = (signed.person.session, hash(app, new).await?);
    let secret = Zeroizing::new(world::secret()?);
    let (digest, remembered) = (token::digest(&secret), old.remembered);
    let device = guard::device(app, request).map(|secret| token::digest(&secret));
    let write = move |tx: &mut dyn Tx| {
        admin::check_unchanged(tx, &account, old.admin, &stored)?;
        admin::reset_password(tx, &act, old.admin, &hashed, device)?;
        session::renew(tx, act.now, &old, digest)
    };
    app.store.write(write).await?;
    Ok(HttpResponse::NoContent().cookie(guard::set_cookie(app, request, &secret, remembered)).finish())
}

/// Whether whoever is signed in knows the password: the act that may follow, and what must still hold when it does.
///
/// # Errors
/// `SIGN_IN_FAILED`, `SIGN_IN_DELAYED`.
pub async fn prove(
    app: &App,
    signed: &SignedInAdmin,
    password: Zeroizing<String>,
) -> Result<(Act, String, String), ApiError> {
    let (act, account) = (signed.guard.act()?, fold(&signed.person.admin.email));
    let attempt = delay(app, act.now, &Who::Session(&signed.person.session.digest))?;
    let whose = account.clone();
    let stored = app.store.read(move |tx| tx.admin_by_email(&whose))?.map(|(_, hash)| hash);
    let right = verify(app, &attempt, password, stored.clone()).await?;
    if let Some(stored) = stored.filter(|_| right) {
        app.delays.succeeded(&attempt);
        return Ok((act, account, stored));
    }
    log_failed(&act.address, "password");
    Err(Error::SignInFailed.into())
}

/// Hashes a password where it keeps nobody waiting.
///
/// # Errors
/// When too many wait for that.
pub async fn hash(app: &App, password: Zeroizing<String>) -> Result<String, ApiError> {
    let salt = world::random()?;
    Ok(app.hashing.run(HashPriority::Known, move |hasher| hasher.hash(&password, &salt)).await??)
}

/// Looks at a password where it keeps nobody waiting. An attempt that cannot be looked at is taken back.
///
/// # Errors
/// When too many wait for that.
pub async fn verify(
    app: &App,
    attempt: &Attempt,
    password: Zeroizing<String>,
    hash: Option<String>,
) -> Result<bool, ApiError> {
    let lane = if attempt.strange { HashPriority::Strange } else { HashPriority::Known };
    // A password longer than any that was accepted is wrong, and needs no hashing of megabytes to be so.
    let password = if password.len() > 1024 { Zeroizing::default() } else { password };
    let looked = app.hashing.run(lane, move |hasher| hasher.verify(&password, hash.as_deref())).await;
    looked.inspect_err(|_| app.delays.returned(attempt))
}
