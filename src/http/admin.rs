//! Who is let in to the console's calls: a session cookie, and for every change a proof that the console itself made it.

use super::error::{ApiError, ScimError};
use super::key_scope::{self, is_reading};
use super::provisioner::presented;
use super::stream_state::StreamState;
use super::{App, console_door, interim_sessions, precheck, request_id, role, unrouted};
use crate::domain::api_key::{self, ApiKey, KeyScope};
use crate::domain::role::Role;
use crate::domain::session::{self, Session};
use crate::domain::{Act, Error, NodeId, Noun, Time, admin, device, token};
use crate::world;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_TYPE, HOST, ORIGIN};
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use std::future::{Ready, ready};
use std::rc::Rc;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Whoever may use the console's calls: a signed-in administrator, or a program with an API key. As a handler's argument
/// it is the guard: without either there is no call, and without the token of the session there is no change.
pub struct Admin {
    /// How the audit log calls it.
    pub by: String,
    /// When the request came.
    pub now: Time,
    /// The signed-in administrator; `None` for a program.
    pub person: Option<Person>,
    /// The key of a program.
    key: Option<ApiKey>,
    /// What the administrator may do, or the one who made the key.
    role: Role,
    address: String,
    request_id: String,
}

/// A signed-in administrator.
pub struct Person {
    /// Who it is.
    pub admin: admin::Admin,
    /// The session.
    pub session: Session,
    /// The token that changes need.
    pub csrf: String,
}

impl Person {
    fn check_proved(&self, now: Time) -> Result<(), ApiError> {
        if self.session.is_proved(now) { Ok(()) } else { Err(ApiError::reauthenticate()) }
    }
}

/// A call that no key opens: the administrator's own affairs, administrators and keys.
pub struct SignedInAdmin {
    /// The guard that was passed.
    pub guard: Admin,
    /// Who it is.
    pub person: Person,
}

impl Admin {
    /// An act of this administrator.
    ///
    /// # Errors
    /// When the operating system has no random bytes.
    pub fn act(&self) -> Result<Act, ApiError> {
        let (address, request_id) = (self.address.clone(), self.request_id.clone());
        Ok(Act { now: self.now, address, request_id, ..world::act(&self.by)? })
    }

    /// Whoever changes who may get in has given the password a short while ago. A key answers for itself.
    ///
    /// # Errors
    /// `REAUTHENTICATE`.
    pub fn check_proved(&self) -> Result<(), ApiError> {
        match &self.person {
            Some(person) => person.check_proved(self.now),
            None => Ok(()),
        }
    }

    /// Whether this is a key that may not change what only the scope `full` opens.
    pub fn lacks_full_scope(&self) -> bool {
        self.key.as_ref().is_some_and(|key| key.scope != KeyScope::Full)
    }

    /// Whether bodies of requests are not for these eyes.
    pub fn sees_no_bodies(&self) -> bool {
        self.role == Role::Auditor
    }

    /// A setting is one that the role changes.
    ///
    /// # Errors
    /// `ADMIN_ROLE`.
    pub fn check_setting(&self, name: &str) -> Result<(), ApiError> {
        role::check_setting(self.role, name)
    }

    /// Whether this is a key that is limited to nodes.
    pub fn is_limited(&self) -> bool {
        self.key.as_ref().is_some_and(|key| key.nodes.is_some())
    }

    /// The nodes that a limited key is limited to.
    pub fn nodes(&self) -> Option<Vec<NodeId>> {
        self.key.as_ref().and_then(|key| key.nodes.clone())
    }

    /// A node that the body of a call names is one that a limited key may touch.
    ///
    /// # Errors
    /// `NOT_FOUND`, as if it did not exist.
    pub fn check_node(&self, node: NodeId) -> Result<(), ApiError> {
        match self.key.as_ref().and_then(|key| key.nodes.as_ref()) {
            Some(nodes) if !nodes.contains(&node) => Err(Error::NotFound(Noun::Node, node.to_string()).into()),
            _ => Ok(()),
        }
    }

    fn admit(request: &HttpRequest) -> Result<Admin, ApiError> {
        let (app, now) = (app(request)?, world::now());
        let key = presented(request).filter(|secret| secret.starts_with(api_key::PREFIX));
        let (by, person, key, role) = match key {
            Some(key) => {
                let (key, role) = by_key(app, request, now, key)?;
                (format!("key:{}", key.id), None, Some(key), role)
            }
            None => {
                let person = by_session(app, request, now)?;
                let role = person.admin.role;
                role::check_second_factor(app, request, person.admin.id)?;
                (person.admin.email.clone(), Some(person), None, role)
            }
        };
        role::check_public(app, request, role)?;
        role::check(request, role, person.as_ref().map_or(0, |person| person.admin.id))?;
        if let Some(state) = request.conn_data::<Rc<StreamState>>() {
            state.place.know();
        }
        if let Some(name) = precheck::repeated(request.query_string()) {
            return Err(ApiError::invalid("url", format!("The parameter “{name}” is given twice.")));
        }
        unrouted::check_names(request)?;
        unrouted::check_numbers(request)?;
        Ok(Admin {
            by,
            now,
            person,
            key,
            role,
            address: app.addresses.client(request),
            request_id: request_id::of(request).unwrap_or_default(),
        })
    }
}

impl SignedInAdmin {
    /// As [`Admin::check_proved`].
    ///
    /// # Errors
    /// `REAUTHENTICATE`.
    pub fn check_proved(&self) -> Result<(), ApiError> {
        self.person.check_proved(self.guard.now)
    }
}

fn by_key(app: &App, request: &HttpRequest, now: Time, key: &str) -> Result<(ApiKey, Role), ApiError> {
    let key = Zeroizing::new(key.to_owned());
    let known = app.store.read(move |tx| match api_key::authenticate(tx, now, &key)? {
        Some(key) => api_key::role(tx, &key).map(|role| role.map(|role| (key, role))),
        None => Ok(None),
    })?;
    let Some((key, role)) = known else {
        app.rates.guessed(app, request).map_err(|turned| ApiError::body(&ScimError::Rejection(turned)))?;
        return Err(ApiError::key_unknown());
    };
    console_door::check_key(app, request, &key)?;
    key_scope::check(app, request, &key)?;
    if key.last_used_at.is_none_or(|at| now.0 - at.0 >= 60_000) {
        let id = key.id.clone();
        drop(app.store.write(move |tx| tx.use_api_key(&id, now)));
    }
    Ok((key, role))
}

fn by_session(app: &App, request: &HttpRequest, now: Time) -> Result<Person, ApiError> {
    let secret = cookie(app, request).ok_or_else(ApiError::sign_in_required)?;
    let digest = token::digest(&secret);
    let found = interim_sessions::find(app, now, &digest)?;
    let Some((session, admin)) = found else {
        if app.store.read(move |tx| session::is_ahead(tx, now, &digest))? {
            drop(app.store.write(move |tx| tx.end_session(&digest)));
        }
        return Err(ApiError::sign_in_required());
    };
    let csrf = csrf_of(&secret);
    if !is_reading(request) {
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
    Ok(Person { admin, session, csrf })
}

impl FromRequest for Admin {
    type Error = ApiError;
    type Future = Ready<Result<Admin, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Admin::admit(request))
    }
}

impl FromRequest for SignedInAdmin {
    type Error = ApiError;
    type Future = Ready<Result<SignedInAdmin, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Admin::admit(request).and_then(|mut guard| match guard.person.take() {
            Some(person) => Ok(SignedInAdmin { guard, person }),
            None => Err(ApiError::key_scope("No key can do this. Sign in to the console.")),
        }))
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

/// The name of the cookie that tells a browser that has signed in before.
fn device_name(secure: bool) -> &'static str {
    if secure { "__Host-scimbox-device" } else { "scimbox-device" }
}

/// The secret of the browser's device, if it has signed in before.
pub fn device(app: &App, request: &HttpRequest) -> Option<String> {
    let secure = app.addresses.base(request).starts_with("https://");
    request.cookie(device_name(secure)).map(|cookie| cookie.value().to_owned()).filter(|value| !value.is_empty())
}

/// The cookie of a device.
pub fn set_device(app: &App, request: &HttpRequest, secret: &str) -> Cookie<'static> {
    let secure = app.addresses.base(request).starts_with("https://");
    let cookie = Cookie::build(device_name(secure), secret.to_owned()).path("/").http_only(true).secure(secure);
    cookie.same_site(SameSite::Strict).max_age(actix_web::cookie::time::Duration::days(device::DAYS)).finish()
}

/// The session that a browser has, when it signs in again.
pub fn session_digest(app: &App, request: &HttpRequest) -> Option<[u8; 32]> {
    cookie(app, request).map(|secret| token::digest(&secret))
}

/// The cookie of a new session. A remembered one survives the browser.
pub fn set_cookie(app: &App, request: &HttpRequest, secret: &str, remembered: bool) -> Cookie<'static> {
    let mut cookie = session_cookie(app, request, secret);
    if remembered {
        cookie.set_max_age(actix_web::cookie::time::Duration::days(14));
    }
    cookie
}

/// Takes the cookie of a session away.
pub fn clear_cookie(app: &App, request: &HttpRequest) -> Cookie<'static> {
    let mut cookie = session_cookie(app, request, "");
    cookie.make_removal();
    cookie
}

fn session_cookie(app: &App, request: &HttpRequest, secret: &str) -> Cookie<'static> {
    let secure = app.addresses.base(request).starts_with("https://");
    Cookie::build(cookie_name(secure), secret.to_owned())
        .path("/")
        .http_only(true)
        .secure(secure)
        .same_site(SameSite::Strict)
        .finish()
}
