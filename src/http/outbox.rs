//! The console's calls for invitations: the outbox, and links to hand out where no mail goes.

use super::admin::Admin;
use super::error::ApiError;
use super::{App, body};
use crate::api::invitation::{Invitation, Link, Mail, MailPage, MailText, MailWithLink, OutboxQuery, Preview};
use crate::api::listing::{PageQuery, word};
use crate::api::node_names::NodeNames;
use crate::api::user::UserPath;
use crate::domain::invitation::{self, InvitationLink};
use crate::domain::user::User;
use crate::domain::{Error, NodeId, Tx, UserId, mail, settings, user_admin};
use crate::store::ScanLane;
use crate::world;
use actix_web::web::{Data, Path, Payload, Query};
use actix_web::{HttpRequest, HttpResponse};

/// List mails of open invitations
///
/// Newest first.
#[utoipa::path(get, path = "/outbox", params(OutboxQuery), responses((status = 200, body = MailPage)))]
pub async fn outbox(admin: Admin, app: Data<App>, wanted: Query<OutboxQuery>) -> Result<HttpResponse, ApiError> {
    let (page, state) = (PageQuery::of(wanted.start, wanted.count), word::<invitation::Mail>(wanted.state.as_deref())?);
    let node = wanted.node_id.map(NodeId);
    let found = app.store.scan(ScanLane::Console, move |tx| {
        let around = NodeNames::look(tx, admin.now)?;
        let (users, total) = tx.outbox(state, node, page.window())?;
        let set = mail::server(tx)?.is_some();
        let mut views = Vec::with_capacity(users.len());
        for id in users {
            let (Some(user), Some(invited)) = (tx.user_anywhere(id)?, tx.invitation(id)?) else { continue };
            let language = mail::language_of(tx, &user)?;
            views.push(Mail::new(tx, &user, &invited, &language, &around)?);
        }
        Ok::<_, Error>((views, total, set))
    });
    let (mails, total, set) = found.await?;
    let problem = (app.background.mail_problem)();
    Ok(HttpResponse::Ok().json(MailPage { total, start: page.start(), mail: set, problem, mails }))
}

/// Gives the invitation of a user a new link.
async fn write_link(
    app: &App,
    request: &HttpRequest,
    id: UserId,
    admin: &Admin,
) -> Result<(User, i64, String, InvitationLink), ApiError> {
    let (act, secret) = (admin.act()?, world::secret()?);
    let base = app.addresses.base(request);
    let write = move |tx: &mut dyn Tx| {
        let user = user_admin::get(tx, id)?;
        let days = settings::number(tx, "invitation_days")?;
        let (invited, link) = invitation::hand_out(tx, &act, &user, &secret, days)?;
        Ok::<_, Error>((user, invited.serial, link))
    };
    let (user, serial, link) = app.store.write(write).await?;
    let url = format!("{base}/join/{}", link.token);
    Ok((user, serial, url, link))
}

/// `POST /users/{user_id}/link`: a link to hand out; older ones stop working.
///
/// # Errors
/// `NOT_FOUND`, `USER_LOCKED`, `ALREADY_JOINED`, `NOT_INVITED`.
pub async fn make(app: &App, request: &HttpRequest, id: UserId, admin: &Admin) -> Result<Link, ApiError> {
    let (_, _, url, link) = write_link(app, request, id, admin).await?;
    Ok(Link { link: url, expires_at: link.expires_at.into() })
}

/// Show a mail with a new link
///
/// Earlier links stop working.
#[utoipa::path(post, path = "/outbox/{user_id}/show", params(UserPath), responses((status = 200, body = MailWithLink)))]
pub async fn show(
    admin: Admin,
    app: Data<App>,
    path: Path<UserPath>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let (user, serial, url, link) = write_link(&app, &request, UserId(path.user_id), &admin).await?;
    let to_write = url.clone();
    let message = app.store.read(move |tx| mail::invitation(tx, &user, &to_write, serial))?;
    Ok(HttpResponse::Ok().json(MailWithLink {
        to: message.to,
        subject: message.subject,
        text: message.text,
        link: url,
        expires_at: link.expires_at.into(),
    }))
}

/// Retry a failed mail
///
/// All attempts start over.
#[utoipa::path(post, path = "/outbox/{user_id}/retry", params(UserPath), responses((status = 200, body = Invitation)))]
pub async fn retry(admin: Admin, app: Data<App>, path: Path<UserPath>) -> Result<HttpResponse, ApiError> {
    let (id, now, act) = (UserId(path.user_id), admin.now, admin.act()?);
    let write = move |tx: &mut dyn Tx| {
        let user = user_admin::get(tx, id)?;
        invitation::retry(tx, &act, &user)
    };
    let invited = app.store.write(write).await?;
    app.wake();
    Ok(HttpResponse::Ok().json(Invitation::new(&invited, now)))
}

/// Preview an invitation
///
/// With texts that need not be saved.
#[utoipa::path(post, path = "/settings/preview", request_body = Preview, responses((status = 200, body = MailText)))]
pub async fn preview(
    admin: Admin,
    app: Data<App>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let wish: Preview = body::json(&request, payload).await?;
    if !settings::LANGUAGES.contains(&wish.language.as_str()) {
        return Err(Error::Invalid("language", format!("expected {}", settings::LANGUAGES.join(" or "))).into());
    }
    let mut template = app.store.read(move |tx| mail::template(tx, &wish.language))?;
    for (wanted, into) in [
        (wish.invite_subject, &mut template.subject),
        (wish.invite_heading, &mut template.heading),
        (wish.invite_text, &mut template.text),
    ] {
        *into = wanted.unwrap_or_else(|| std::mem::take(into)).chars().take(4000).collect();
    }
    let days = app.store.read(|tx| settings::number(tx, "invitation_days"))?;
    let (subject, text) = mail::written(&template, &sample(&admin, &app.addresses.base(&request), days));
    Ok(HttpResponse::Ok().json(MailText { subject, text }))
}

/// What a preview and a test mail are filled with.
pub fn sample(admin: &Admin, base: &str, days: i64) -> mail::Fill {
    let email = admin.person.as_ref().map_or("ada@example.com", |person| person.admin.email.as_str());
    let name = admin.person.as_ref().map_or("Ada", |person| person.admin.name.as_str());
    mail::Fill {
        name: name.to_owned(),
        email: email.to_owned(),
        node: "Sales".to_owned(),
        link: format!("{base}/join/…"),
        days,
    }
}
