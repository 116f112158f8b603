//! The console's calls for the second factor, and what a sign-in asks of it.

use super::admin::SignedInAdmin;
use super::error::ApiError;
use super::login_throttle::Who;
use super::sign_in_attempt::{delay, log_failed};
use super::{App, body, password};
use crate::api::admin::AdminPath;
use crate::api::second_factor::{FirstCode, NewSecondFactor, QrCode, RecoveryCodes, SecondFactor, SecondFactorEnd};
use crate::api::session::PasswordProof;
use crate::domain::second_factor::{self as factor, CODES, Factor, Given};
use crate::domain::{Error, Time};
use crate::world;
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};

/// Show your second factor
///
/// Whether it is on, and how many recovery codes are left.
#[utoipa::path(get, path = "/second-factor", responses((status = 200, body = SecondFactor)), security(("session" = [])))]
pub async fn get(signed: SignedInAdmin, app: Data<App>) -> Result<HttpResponse, ApiError> {
    let id = signed.person.admin.id;
    let shown = app.store.read(move |tx| {
        let on = factor::on(tx, id)?.is_some();
        Ok::<_, Error>(SecondFactor { on, required: factor::is_required(tx)?, recovery_codes: tx.recovery_codes(id)? })
    })?;
    Ok(HttpResponse::Ok().json(shown))
}

/// Begin to set up a second factor
///
/// With the password. Nothing changes until a first code is given.
#[utoipa::path(
    post,
    path = "/second-factor",
    request_body = PasswordProof,
    responses((status = 200, body = NewSecondFactor)),
    security(("session" = []))
)]
pub async fn begin(
    signed: SignedInAdmin,
    app: Data<App>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let PasswordProof { password } = body::json(&request, payload).await?;
    password::prove(&app, &signed, password).await?;
    let admin = signed.person.admin;
    let secret: [u8; 20] = world::random()?;
    let sealing = app.store.sealing(world::random()?).map_err(Error::from)?;
    let sealed = sealing.seal(&factor::sealed_as(admin.id), &secret, world::random()?).map_err(Error::from)?;
    app.store.write(move |tx| factor::begin(tx, admin.id, &sealed)).await?;
    drop(sealing);
    let (secret, address) = factor::address(&admin, &secret);
    Ok(HttpResponse::Ok().json(NewSecondFactor { qr: QrCode::of(&address), secret, address }))
}

/// Turn the second factor on
///
/// With a code that the app shows. The answer holds the recovery codes, for the only time.
#[utoipa::path(
    post,
    path = "/second-factor/confirm",
    request_body = FirstCode,
    responses((status = 200, body = RecoveryCodes)),
    security(("session" = []))
)]
pub async fn confirm(
    signed: SignedInAdmin,
    app: Data<App>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let FirstCode { code } = body::json(&request, payload).await?;
    let (act, admin) = (signed.guard.act()?, signed.person.admin);
    let attempt = delay(&app, act.now, &Who::Session(&signed.person.session.digest))?;
    let kept = app.store.read(move |tx| tx.second_factor(admin.id))?.ok_or(Error::SecondFactorWrong)?;
    if kept.is_on {
        app.delays.returned(&attempt);
        return Err(Error::SecondFactorOn.into());
    }
    let step = step(&app, admin.id, &kept, act.now, &factor::plain(&code))?.ok_or(Error::SecondFactorWrong)?;
    app.delays.succeeded(&attempt);
    let mut chance = [[0; 10]; CODES];
    for bytes in &mut chance {
        *bytes = world::random()?;
    }
    let recovery_codes = factor::recovery_codes(&chance);
    let codes = recovery_codes.clone();
    app.store.write(move |tx| factor::confirm(tx, &act, &admin, &kept.secret, step, &codes)).await?;
    Ok(HttpResponse::Ok().json(RecoveryCodes { recovery_codes }))
}

/// Remove your second factor
///
/// With the password. Its recovery codes end with it.
#[utoipa::path(
    post,
    path = "/second-factor/remove",
    request_body = SecondFactorEnd,
    responses((status = 204)),
    security(("session" = []))
)]
pub async fn remove(
    signed: SignedInAdmin,
    app: Data<App>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let SecondFactorEnd { password } = body::json(&request, payload).await?;
    let (act, ..) = password::prove(&app, &signed, password).await?;
    let id = signed.person.admin.id;
    app.store.write(move |tx| factor::remove(tx, &act, id)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Remove the second factor of an administrator
///
/// For somebody who has lost the device and the recovery codes.
#[utoipa::path(
    delete,
    path = "/admins/{admin_id}/second-factor",
    params(AdminPath),
    responses((status = 204)),
    security(("session" = []))
)]
pub async fn remove_of(signed: SignedInAdmin, app: Data<App>, path: Path<AdminPath>) -> Result<HttpResponse, ApiError> {
    signed.check_proved()?;
    let (act, id) = (signed.guard.act()?, path.admin_id);
    app.store.write(move |tx| factor::remove(tx, &act, id)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// What was given beside a right password; `None` where nothing is asked for.
///
/// # Errors
/// `SECOND_FACTOR_NEEDED`, `SECOND_FACTOR_WRONG`, `SECRETS_LOCKED`.
pub fn given(app: &App, admin: i64, now: Time, code: Option<&str>) -> Result<Option<Given>, Error> {
    let Some(kept) = app.store.read(move |tx| factor::on(tx, admin))? else { return Ok(None) };
    let code = factor::plain(code.ok_or(Error::SecondFactorNeeded)?);
    if !factor::is_of_device(&code) {
        return Ok(Some(Given::Recovery(factor::recovery_digest(&code))));
    }
    let step = step(app, admin, &kept, now, &code)?.filter(|step| *step > kept.last_step);
    step.map(|step| Some(Given::Step(step))).ok_or(Error::SecondFactorWrong)
}

fn step(app: &App, admin: i64, kept: &Factor, now: Time, code: &str) -> Result<Option<i64>, Error> {
    let secret = app.store.unseal(&factor::sealed_as(admin), &kept.secret)?;
    Ok(factor::step_of(&secret, now, code))
}

/// The line that is logged when a code was wrong.
pub fn log_wrong(address: &str) {
    log_failed(address, "code");
}
