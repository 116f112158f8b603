//! First run, signing in and out, and the administrator's own password.

use super::admin::{self as guard, Admin, Signed};
use super::error::ApiError;
use super::{App, body, request_id};
use crate::domain::admin::{self, NewAdmin};
use crate::domain::approval::{self, Batch, Reach, Tally};
use crate::domain::event::{Event, What};
use crate::domain::job::{self, Job};
use crate::domain::{Act, Error, Fault, Tx, fold, session, token};
use crate::store::Lane;
use crate::world;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::{Value, json};

/// `GET /status`: what the sign-in page must know before anybody is signed in.
pub async fn status(app: Data<App>, request: HttpRequest, admin: Option<Admin>) -> Result<HttpResponse, ApiError> {
    let setup_required = app.store.read(|tx| tx.admins())?.is_empty();
    let base = app.addresses.base(&request);
    let host = base.split_once("://").map(|(_, rest)| rest).unwrap_or_default();
    let local = ["127.", "localhost", "[::1]"].iter().any(|name| host.starts_with(name));
    Ok(HttpResponse::Ok().json(json!({
        "setup_required": setup_required,
        "signed_in": admin.is_some(),
        "demo": app.demo,
        "version": env!("CARGO_PKG_VERSION"),
        "base_url": base,
        "insecure": base.starts_with("http://") && !local,
    })))
}

#[derive(Deserialize)]
struct SetUp {
    token: String,
    email: String,
    #[serde(default)]
    name: String,
    password: String,
}

/// `POST /setup`: the first administrator, by the one-time link.
pub async fn set_up(app: Data<App>, request: HttpRequest, payload: Payload) -> Result<HttpResponse, ApiError> {
    guard::check_origin(&app, &request)?;
    let SetUp { token, email, name, password } = body::json(&request, payload).await?;
    let address = app.addresses.client(&request);
    let now = world::now();
    delay(&app, now, "setup", &address)?;
    app.store.read(|tx| admin::check_setup(tx, now, &token))?;
    app.delays.succeeded("setup", &address);
    admin::check_credentials(&email, &password)?;
    let new = NewAdmin { email, name, password: hash(&app, password).await? };
    let secret = world::secret()?;
    let digest = token::digest(&secret);
    let act = Act { now, address, request_id: request_id::of(&request).unwrap_or_default(), ..world::act("setup")? };
    let write = move |tx: &mut dyn Tx| {
        let admin = admin::set_up(tx, &act, &token, &new)?;
        let session = session::open(tx, act.now, admin.id, digest, false)?;
        Ok::<_, crate::domain::Error>((admin, session))
    };
    let (admin, session) = app.store.write(write).await?;
    let body = view(&admin, &session, &guard::csrf_of(&secret), None);
    Ok(HttpResponse::Created().cookie(guard::set_cookie(&app, &request, Some(&secret), false)).json(body))
}

#[derive(Deserialize)]
struct SignIn {
    email: String,
    password: String,
    #[serde(default)]
    remember: bool,
}

/// `POST /session`: signs in. An unknown address and a wrong password get the same answer after the same work.
pub async fn sign_in(app: Data<App>, request: HttpRequest, payload: Payload) -> Result<HttpResponse, ApiError> {
    guard::check_origin(&app, &request)?;
    let SignIn { email, password, remember } = body::json(&request, payload).await?;
    let (account, address, now) = (fold(&email), app.addresses.client(&request), world::now());
    delay(&app, now, &account, &address)?;
    let known = app.store.read(|tx| tx.admin_by_email(&account))?;
    let right = verify(&app, password, known.as_ref().map(|(_, hash)| hash.clone())).await?;
    let act = Act {
        now,
        address: address.clone(),
        request_id: request_id::of(&request).unwrap_or_default(),
        ..world::act("system")?
    };
    let Some((admin, hash)) = known.filter(|_| right) else {
        // The address as it was typed could be a password in the wrong field, so only a known one is written.
        let known = app.store.read(|tx| tx.admin_by_email(&account))?.map(|(admin, _)| admin.email);
        let note = move |tx: &mut dyn Tx| {
            let event = Event::new(What::SignInFailed).object(known.clone().unwrap_or_default());
            tx.record(&act, &event)
        };
        app.store.write(note).await?;
        return Err(crate::domain::Error::SignInFailed.into());
    };
    app.delays.succeeded(&account, &address);
    // Always a new id: one that was planted in the browser before must never become a session.
    let secret = world::secret()?;
    let digest = token::digest(&secret);
    let act = Act { by: admin.email.clone(), ..act };
    let start = (crate::domain::TeamKey(0), crate::domain::UserId(0));
    let looked = app.store.scan(Lane::Console, move |tx| approval::next(tx, Reach::SignIn, start, job::BATCH)).await;
    let batch = match looked {
        Ok(batch) => batch,
        // Whoever signs in does not wait for what takes long to be found; a job looks for it.
        Err(Error::Fault(Fault::TooLong | Fault::Busy)) => Batch::default(),
        Err(error) => return Err(error.into()),
    };
    let id = admin.id;
    let write = move |tx: &mut dyn Tx| {
        admin::check_unchanged(tx, &account, id, &hash)?;
        let session = session::open(tx, act.now, id, digest, remember)?;
        tx.record(&act, &Event::new(What::SignIn).object(act.by.clone()))?;
        let (tally, job) = job::on_sign_in(tx, &act, &batch)?;
        Ok::<_, Error>((session, tally, job))
    };
    let (session, tally, job) = app.store.write(write).await?;
    let body = view(&admin, &session, &guard::csrf_of(&secret), Some((tally, job)));
    Ok(HttpResponse::Ok().cookie(guard::set_cookie(&app, &request, Some(&secret), remember)).json(body))
}

/// `GET /session`: who is signed in.
pub async fn current(signed: Signed) -> HttpResponse {
    let person = signed.person;
    HttpResponse::Ok().json(view(&person.admin, &person.session, &person.csrf, None))
}

/// `DELETE /session`: signs out here.
pub async fn sign_out(signed: Signed, app: Data<App>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let (digest, act) = (signed.person.session.digest, signed.guard.act()?);
    let write = move |tx: &mut dyn Tx| {
        tx.record(&act, &Event::new(What::SignOut).object(act.by.clone()))?;
        tx.end_session(&digest)
    };
    app.store.write(write).await?;
    Ok(HttpResponse::NoContent().cookie(guard::set_cookie(&app, &request, None, false)).finish())
}

/// `DELETE /sessions`: signs out everywhere.
pub async fn sign_out_everywhere(
    signed: Signed,
    app: Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let (id, act) = (signed.person.admin.id, signed.guard.act()?);
    let write = move |tx: &mut dyn Tx| {
        tx.record(&act, &Event::new(What::SignOut).object(act.by.clone()).is("everywhere", true))?;
        tx.end_sessions(id, None)
    };
    app.store.write(write).await?;
    Ok(HttpResponse::NoContent().cookie(guard::set_cookie(&app, &request, None, false)).finish())
}

#[derive(Deserialize)]
struct Passwords {
    current: String,
    new: String,
}

/// `POST /password`: another password; all other sessions end.
pub async fn change_password(
    signed: Signed,
    app: Data<App>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let (act, admin, session) = (signed.guard.act()?, signed.person.admin, signed.person.session);
    let Passwords { current, new } = body::json(&request, payload).await?;
    let (account, address) = (fold(&admin.email), app.addresses.client(&request));
    delay(&app, act.now, &account, &address)?;
    let stored = app.store.read(|tx| tx.admin_by_email(&account))?.map(|(_, hash)| hash);
    let right = verify(&app, current, stored.clone()).await?;
    let Some(stored) = stored.filter(|_| right) else { return Err(Error::SignInFailed.into()) };
    app.delays.succeeded(&account, &address);
    admin::check_credentials(&admin.email, &new)?;
    let (id, keep, hashed) = (admin.id, session.digest, hash(&app, new).await?);
    let write = move |tx: &mut dyn Tx| {
        admin::check_unchanged(tx, &account, id, &stored)?;
        admin::reset_password(tx, &act, id, &hashed, Some(keep))
    };
    app.store.write(write).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn delay(app: &App, now: crate::domain::Time, account: &str, address: &str) -> Result<(), ApiError> {
    match app.delays.attempt(now, account, address) {
        0 => Ok(()),
        seconds => Err(ApiError::delayed(seconds)),
    }
}

/// Hashes a password where it keeps nobody waiting.
///
/// # Errors
/// When too many wait for that.
pub async fn hash(app: &App, password: String) -> Result<String, ApiError> {
    let salt = world::random()?;
    Ok(app.hashing.run(move |hasher| hasher.hash(&password, &salt)).await??)
}

async fn verify(app: &App, password: String, hash: Option<String>) -> Result<bool, ApiError> {
    // A password longer than any that was accepted is wrong, and needs no hashing of megabytes to be so.
    let password = if password.len() > 1024 { String::new() } else { password };
    app.hashing.run(move |hasher| hasher.verify(&password, hash.as_deref())).await
}

fn view(admin: &admin::Admin, session: &session::Session, csrf: &str, approved: Option<(Tally, Option<Job>)>) -> Value {
    let mut view = json!({
        "admin": { "admin_id": admin.id, "email": admin.email, "name": admin.name },
        "csrf": csrf,
        "expires_at": session.expires_at.to_string(),
    });
    if let (Value::Object(view), Some((tally, job))) = (&mut view, approved) {
        let counts = json!({ "teams": tally.teams, "memberships": tally.memberships });
        view.insert("approved".to_owned(), counts);
        view.insert("job_id".to_owned(), json!(job.map(|job| job.id)));
    }
    view
}
