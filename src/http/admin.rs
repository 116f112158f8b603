//! Who is let in to the console's calls: a session cookie, and for every change a proof that the console itself made it.

use super::App;
use super::error::ApiError;
use crate::domain::session::{self, Session};
use crate::domain::{Act, Time, admin, token};
use crate::world;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::http::header::{CONTENT_TYPE, HOST, ORIGIN};
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use std::future::{Ready, ready};
use subtle::ConstantTimeEq;

/// A signed-in administrator. As a handler's argument it is the guard: without a session there is no call, and without
/// the token of the session there is no change.
pub struct Admin {
    /// Who it is.
    pub admin: admin::Admin,
    /// The session.
    pub session: Session,
    /// The token that changes need.
    pub csrf: String,
    /// When the request came.
    pub now: Time,
}

impl Admin {
    /// An act of this administrator.
    ///
    /// # Errors
    /// When the operating system has no random bytes.
    pub fn act(&self) -> Result<Act, ApiError> {
        Ok(Act { now: self.now, ..world::act(&self.admin.email)? })
    }

    fn admit(request: &HttpRequest) -> Result<Admin, ApiError> {
        let app = app(request)?;
        let now = world::now();
        let secret = cookie(app, request).ok_or_else(ApiError::sign_in_required)?;
        let digest = token::digest(&secret);
        let found = app.store.read(|tx| session::find(tx, now, &digest))?;
        let (session, admin) = found.ok_or_else(ApiError::sign_in_required)?;
        let csrf = csrf_of(&secret);
        if *request.method() != Method::GET && *request.method() != Method::HEAD {
            check_origin(app, request)?;
            let sent = request.headers().get("x-csrf-token").map(|value| value.as_bytes()).unwrap_or_default();
            if !bool::from(sent.ct_eq(csrf.as_bytes())) {
                return Err(ApiError::forged());
            }
        }
        if now.0 - session.seen_at.0 >= 60_000 {
            // Written behind the request's back: a session that ends a minute early hurts nobody.
            drop(app.store.write(move |tx| tx.see_session(&digest, now)));
        }
        Ok(Admin { admin, session, csrf, now })
    }
}

impl FromRequest for Admin {
    type Error = ApiError;
    type Future = Ready<Result<Admin, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Admin::admit(request))
    }
}

/// What all workers share, from a request.
fn app(request: &HttpRequest) -> Result<&App, ApiError> {
    request.app_data::<Data<App>>().map(Data::get_ref).ok_or_else(|| ApiError::broken("the application is missing"))
}

/// A change must be JSON from a page of ours: a form of another site can send neither that type nor a header.
///
/// # Errors
/// `CSRF`.
pub fn check_origin(app: &App, request: &HttpRequest) -> Result<(), ApiError> {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let is_json = header(CONTENT_TYPE.as_str()).is_some_and(|kind| {
        kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
    });
    let same_site = match (header("sec-fetch-site"), header(ORIGIN.as_str())) {
        (Some(site), _) => site == "same-origin",
        (None, Some(origin)) => {
            let host = origin.split_once("://").map(|(_, host)| host);
            origin == app.addresses.base(request) || (host.is_some() && host == header(HOST.as_str()))
        }
        // No browser: it cannot be led by another site.
        (None, None) => true,
    };
    if is_json && same_site { Ok(()) } else { Err(ApiError::forged()) }
}

/// The token that changes need: derived from the cookie's secret, so that nothing more has to be kept.
pub fn csrf_of(secret: &str) -> String {
    URL_SAFE_NO_PAD.encode(token::digest(&format!("csrf:{secret}")))
}

/// The name binds the cookie to https and this host where that is possible.
fn cookie_name(secure: bool) -> &'static str {
    if secure { "__Host-scimbox" } else { "scimbox" }
}

fn cookie(app: &App, request: &HttpRequest) -> Option<String> {
    let secure = app.addresses.base(request).starts_with("https://");
    request.cookie(cookie_name(secure)).map(|cookie| cookie.value().to_owned()).filter(|value| !value.is_empty())
}

/// The cookie of a new session; `None` takes it away. A remembered one survives the browser.
pub fn set_cookie(app: &App, request: &HttpRequest, secret: Option<&str>, remembered: bool) -> Cookie<'static> {
    let secure = app.addresses.base(request).starts_with("https://");
    let mut cookie = Cookie::build(cookie_name(secure), secret.unwrap_or_default().to_owned())
        .path("/")
        .http_only(true)
        .secure(secure)
        .same_site(SameSite::Strict)
        .finish();
    match (secret, remembered) {
        (None, _) => cookie.make_removal(),
        (Some(_), true) => cookie.set_max_age(actix_web::cookie::time::Duration::days(14)),
        (Some(_), false) => {}
    }
    cookie
}
