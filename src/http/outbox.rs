//! The console's calls for invitations: the outbox, and links to hand out where no mail goes.

use super::admin::Admin;
use super::error::ApiError;
use super::listing::{PageQuery, word};
use super::user_view::{self, NodeNames};
use super::{App, body};
use crate::domain::invitation::{InvitationLink, Mail};
use crate::domain::user::User;
use crate::domain::{Error, NodeId, Tx, UserId, invitation, mail, settings, user_admin};
use crate::store::ScanLane;
use crate::world;
use actix_web::web::{Data, Path, Payload, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::json;

/// Which mails are asked for.
#[derive(Deserialize)]
pub struct OutboxQuery {
    state: Option<String>,
    node_id: Option<i64>,
    start: Option<u64>,
    count: Option<u64>,
}

/// `GET /outbox`
pub async fn outbox(admin: Admin, app: Data<App>, wanted: Query<OutboxQuery>) -> Result<HttpResponse, ApiError> {
    let (page, state) = (PageQuery::of(wanted.start, wanted.count), word::<Mail>(wanted.state.as_deref())?);
    let node = wanted.node_id.map(NodeId);
    let found = app.store.scan(ScanLane::Console, move |tx| {
        let around = NodeNames::look(tx, admin.now)?;
        let (users, total) = tx.outbox(state, node, page.window())?;
        let set = mail::server(tx)?.is_some();
        let language = settings::value(tx, "mail_language")?;
        let mut views = Vec::with_capacity(users.len());
        for id in users {
            let (Some(user), Some(invited)) = (tx.user_anywhere(id)?, tx.invitation(id)?) else { continue };
            views.push(json!({
                "user_id": id.0,
                "user_name": user.profile.user_name,
                "display_name": user.profile.display_name,
                "node_id": user.node.0,
                "node_name": around.name_of(user.node),
                "to": mail::address_of(tx, &user)?,
                "language": language,
                "invitation": user_view::invitation(&invited, admin.now),
            }));
        }
        Ok::<_, Error>((views, total, set))
    });
    let (mails, total, set) = found.await?;
    let problem = (app.background.mail_problem)();
    Ok(HttpResponse::Ok().json(json!({
        "total": total,
        "start": page.start(),
        "mail": set,
        "problem": problem,
        "mails": mails,
    })))
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
pub async fn make(app: &App, request: &HttpRequest, id: UserId, admin: &Admin) -> Result<HttpResponse, ApiError> {
    let (_, _, url, link) = write_link(app, request, id, admin).await?;
    Ok(HttpResponse::Ok().json(json!({ "link": url, "expires_at": link.expires_at.to_string() })))
}

/// `POST /outbox/{user_id}/show`: the mail as it would go out, with a new link.
pub async fn show(
    admin: Admin,
    app: Data<App>,
    path: Path<i64>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let (user, serial, url, link) = write_link(&app, &request, UserId(*path), &admin).await?;
    let message = app.store.read(|tx| mail::invitation(tx, &user, &url, serial))?;
    Ok(HttpResponse::Ok().json(json!({
        "to": message.to,
        "subject": message.subject,
        "text": message.text,
        "link": url,
        "expires_at": link.expires_at.to_string(),
    })))
}

/// `POST /outbox/{user_id}/retry`: the mail of an open invitation is tried again.
pub async fn retry(admin: Admin, app: Data<App>, path: Path<i64>) -> Result<HttpResponse, ApiError> {
    let (id, now, act) = (UserId(*path), admin.now, admin.act()?);
    let write = move |tx: &mut dyn Tx| {
        let user = user_admin::get(tx, id)?;
        invitation::retry(tx, &act, &user)
    };
    let invited = app.store.write(write).await?;
    app.wake();
    Ok(HttpResponse::Ok().json(user_view::invitation(&invited, now)))
}

#[derive(Deserialize)]
struct Preview {
    language: String,
    invite_subject: Option<String>,
    invite_heading: Option<String>,
    invite_text: Option<String>,
}

/// `POST /settings/preview`: an invitation with texts that are not saved yet.
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
    let mut template = app.store.read(|tx| mail::template(tx, &wish.language))?;
    for (wanted, into) in [
        (wish.invite_subject, &mut template.subject),
        (wish.invite_heading, &mut template.heading),
        (wish.invite_text, &mut template.text),
    ] {
        *into = wanted.unwrap_or_else(|| std::mem::take(into)).chars().take(4000).collect();
    }
    let days = app.store.read(|tx| settings::number(tx, "invitation_days"))?;
    let (subject, text) = mail::written(&template, &sample(&admin, &app.addresses.base(&request), days));
    Ok(HttpResponse::Ok().json(json!({ "subject": subject, "text": text })))
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
