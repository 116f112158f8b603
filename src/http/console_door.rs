//! From where the console and the admin API may be used: the setting `console_allow_from`, and the lists of API keys.

use super::provisioner::presented;
use super::rejection::Rejection;
use super::{App, error::ApiError, error::ScimError};
use crate::domain::allow_list::AllowList;
use crate::domain::api_key::{self, ApiKey};
use crate::domain::{Error, settings};
use crate::world;
use actix_web::HttpRequest;
use zeroize::Zeroizing;

/// The setting.
pub const SETTING: &str = "console_allow_from";

/// What nobody needs to be signed in for, so that no key opens it either.
const ENTRANCES: [&str; 5] =
    ["/api/v1/status", "/api/v1/start", "/api/v1/setup", "/api/v1/session", "/api/v1/password/reset"];

const REFUSED: Rejection =
    Rejection::Address("The console cannot be used from this address. Ask an owner to add it to the allow list.");

/// Refuses a request for the console whose address is not on its list. This machine itself always gets in, and so does a
/// good API key with a list of its own, which is looked at with the key.
///
/// # Errors
/// `ADDRESS_NOT_ALLOWED`, or that the store cannot be read.
pub fn check(app: &App, request: &HttpRequest, path: &str) -> Result<(), ScimError> {
    let is_api = path.starts_with("/api/");
    let kept = match app.store.read(|tx| tx.kept(SETTING)) {
        // Pages hold nothing that is not in this program. What they ask for is refused.
        Err(_) if !is_api => return Ok(()),
        kept => kept?,
    };
    if allows(app, request, &AllowList::kept(kept.as_deref())) {
        return Ok(());
    }
    let key = presented(request).filter(|_| is_api && !ENTRANCES.contains(&path));
    let known = match key {
        Some(key) => {
            let key = Zeroizing::new(key.to_owned());
            app.store.read(move |tx| api_key::authenticate(tx, world::now(), &key))?
        }
        None => None,
    };
    match known {
        Some(key) if !key.allow_from.is_open() => Ok(()),
        _ => Err(ScimError::Rejection(REFUSED)),
    }
}

fn allows(app: &App, request: &HttpRequest, list: &AllowList) -> bool {
    list.is_open() || list.allows(app.addresses.client_address(request)) || app.addresses.is_local(request)
}

/// Refuses a key that may not be used from where it comes. Whoever has one that was stolen pays for the guess.
///
/// # Errors
/// `ADDRESS_NOT_ALLOWED`.
pub fn check_key(app: &App, request: &HttpRequest, key: &ApiKey) -> Result<(), ApiError> {
    if key.allow_from.allows(app.addresses.client_address(request)) {
        return Ok(());
    }
    app.rates.guessed(app, request).map_err(|turned| ApiError::body(&ScimError::Rejection(turned)))?;
    let refused = Rejection::Address("This API key cannot be used from this address.");
    Err(ApiError::body(&ScimError::Rejection(refused)))
}

/// Refuses a list for the console that shuts out whoever sets it.
///
/// # Errors
/// `INVALID`.
pub fn check_stays(app: &App, request: &HttpRequest, wanted: &str) -> Result<(), Error> {
    settings::named(SETTING)?.check(wanted)?;
    match allows(app, request, &wanted.parse()?) {
        true => Ok(()),
        false => {
            let own = app.addresses.client(request);
            Err(Error::Invalid(SETTING, format!("your own address, {own}, is not on this list")))
        }
    }
}
