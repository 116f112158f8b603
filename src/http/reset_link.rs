//! The console's calls for links by which administrators set a new password.

use super::admin::{self as guard, SignedInAdmin};
use super::error::ApiError;
use super::login_throttle::Who;
use super::sign_in_attempt::{delay, log_failed};
use super::{App, body, password, request_id};
use crate::api::admin::{AdminPath, LinkedPassword, ResetLink};
use crate::domain::mail::{self, MailServer, Message};
use crate::domain::{Act, Error, Tx, admin, reset_link};
use crate::world;
use actix_web::web::{self, Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use zeroize::Zeroizing;

/// Create a link for a new password
///
/// For somebody else; your own password is changed with the current one. It works once, for an hour, and replaces an earlier link. If
/// a mail server is set, it is mailed as well.
#[utoipa::path(
    post,
    path = "/admins/{admin_id}/reset-link",
    params(AdminPath),
    responses((status = 201, body = ResetLink)),
    security(("session" = []))
)]
pub async fn create(
    signed: SignedInAdmin,
    app: Data<App>,
    path: Path<AdminPath>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let id = path.admin_id;
    if id == signed.person.admin.id {
        return Err(ApiError::invalid("admin_id", "Your own password is changed with the current one."));
    }
    signed.check_proved()?;
    let (act, secret) = (signed.guard.act()?, Zeroizing::new(world::secret()?));
    let link = format!("{}/ui/reset#k={}", app.addresses.base(&request), &*secret);
    let (told, name) = (link.clone(), format!("reset-{}", world::request_id()?));
    let write = move |tx: &mut dyn Tx| {
        let whose = reset_link::offer(tx, &act, id, &secret)?;
        Ok::<_, Error>((mail::server(tx)?, reset_link::mail(tx, &whose, &told, name.clone())?))
    };
    let (server, message) = app.store.write(write).await?;
    let mailed = match server {
        Some(server) => sent(&app, server, message).await,
        None => false,
    };
    Ok(HttpResponse::Created().json(ResetLink { link, minutes: reset_link::MINUTES, mailed }))
}

/// Whether a mail went out. The link is shown all the same, so that it can be brought in another way.
async fn sent(app: &App, server: MailServer, message: Message) -> bool {
    let server = MailServer { password: app.background.mail_password.secret.clone(), ..server };
    let post = app.background.post.clone();
    let outcome = web::block(move || post(&server, &message)).await;
    match outcome {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::warn!(error, "a link for a new password could not be mailed");
            false
        }
        Err(_) => false,
    }
}

/// Set a new password by a link
///
/// The link ends, and so do all sessions of the administrator. It does not sign in, and a second factor stays.
#[utoipa::path(post, path = "/password/reset", request_body = LinkedPassword, responses((status = 204)), security(()))]
pub async fn take(app: Data<App>, request: HttpRequest, payload: Payload) -> Result<HttpResponse, ApiError> {
    guard::check_origin(&app, &request)?;
    let LinkedPassword { token, new } = body::json(&request, payload).await?;
    let (now, address) = (world::now(), app.addresses.client(&request));
    let attempt = delay(&app, now, &Who::Stranger { account: "reset", address: &address })?;
    let asked = token.clone();
    let found = app.store.read(move |tx| reset_link::check(tx, now, &asked));
    let whose = found.inspect_err(|_| log_failed(&address, "reset"))?;
    app.delays.succeeded(&attempt);
    admin::check_credentials(&whose.email, &new)?;
    let hashed = password::hash(&app, new).await?;
    let request_id = request_id::of(&request).unwrap_or_default();
    let act = Act { now, address, request_id, ..world::act(&whose.email)? };
    app.store.write(move |tx| reset_link::take(tx, &act, &token, &hashed)).await?;
    app.interim.end_all(whose.id);
    Ok(HttpResponse::NoContent().finish())
}
