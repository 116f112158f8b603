//! The console's calls for users.

use super::admin::Admin;
use super::error::ApiError;
use super::file::file;
use super::refusal::note_out_of_seats;
use super::{App, SCIM, body, outbox};
use crate::api::csv::{csv_line, line_of};
use crate::api::error::Refusal;
use crate::api::listing::PageQuery;
use crate::api::node_names::NodeNames;
use crate::api::scalar::Id;
use crate::api::user::{
    ActPath, ActResult, BulkAction, BulkOutcome, BulkResult, MoveTarget, NewUser, User, UserChange, UserDetail,
    UserExportQuery, UserNameQuery, UserPage, UserPath, UserQuery, Users,
};
use crate::domain::directory::UserFilter;
use crate::domain::{Act, Error, NodeId, Result as Ruled, Time, Tx, UserId, invitation, user_admin};
use crate::scim::profile_edit::{Names, changed_user, new_user};
use crate::store::ScanLane;
use actix_web::web::{Bytes, Data, Path, Payload, Query};
use actix_web::{HttpRequest, HttpResponse};

/// List users
///
/// Of all nodes or of one. All conditions must match.
#[utoipa::path(get, path = "/users", params(UserQuery), responses((status = 200, body = UserPage)))]
pub async fn list(admin: Admin, app: Data<App>, wanted: Query<UserQuery>) -> Result<HttpResponse, ApiError> {
    let (filter, page, now) = (wanted.filter()?, PageQuery::of(wanted.start, wanted.count), admin.now);
    let found = app.store.scan(ScanLane::Console, move |tx| {
        let around = NodeNames::look(tx, now)?;
        let (users, total) = tx.list_users(&filter, page.window())?;
        let users: Result<Vec<User>, _> = users.iter().map(|user| User::new(tx, user, &around)).collect();
        Ok::<_, Error>(UserPage { total, start: page.start(), users: users? })
    });
    Ok(HttpResponse::Ok().json(found.await?))
}

/// Find a user by user name
///
/// In all nodes, ignoring case.
#[utoipa::path(get, path = "/users/lookup", params(UserNameQuery), responses((status = 200, body = Users)))]
pub async fn lookup(admin: Admin, app: Data<App>, wanted: Query<UserNameQuery>) -> Result<HttpResponse, ApiError> {
    let filter = UserFilter { user_name: Some(wanted.into_inner().user_name), ..UserFilter::default() };
    let found = app.store.scan(ScanLane::Console, move |tx| {
        let around = NodeNames::look(tx, admin.now)?;
        let (users, _) = tx.list_users(&filter, PageQuery::default().window())?;
        users.iter().map(|user| User::new(tx, user, &around)).collect::<Result<Vec<_>, _>>()
    });
    Ok(HttpResponse::Ok().json(Users { users: found.await? }))
}

/// Show a user
///
/// With its invitation, its memberships and its SCIM resource.
#[utoipa::path(get, path = "/users/{user_id}", params(UserPath), responses((status = 200, body = UserDetail)))]
pub async fn get(
    admin: Admin,
    app: Data<App>,
    path: Path<UserPath>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let (base, now) = (app.addresses.base(&request).into_owned(), admin.now);
    Ok(HttpResponse::Ok()
        .json(app.store.scan(ScanLane::Console, move |tx| whole(tx, UserId(path.user_id), now, &base)).await?))
}

/// A user with all that is known of it, its groups included: nobody knows how many they are.
fn whole(tx: &mut dyn Tx, id: UserId, now: Time, base: &str) -> Ruled<UserDetail> {
    let user = user_admin::get(tx, id)?;
    let around = NodeNames::of(tx, now, user.node)?;
    Ok(UserDetail::new(tx, &user, &around, &format!("{base}{SCIM}/{}", user.node))?)
}

/// A user after a change. Never behind the queue of long reads: when that is full, the answer would deny what was done.
fn shown(app: &App, request: &HttpRequest, id: UserId, admin: &Admin) -> Result<UserDetail, ApiError> {
    let (base, now) = (app.addresses.base(request).into_owned(), admin.now);
    Ok(app.store.read(move |tx| whole(tx, id, now, &base))?)
}

/// Add a user by hand
///
/// It counts as added by hand until an identity provider sends the same person. If the name is taken, the refusal says by whom.
#[utoipa::path(post, path = "/users", request_body = NewUser, responses((status = 201, body = UserDetail)))]
pub async fn create(
    admin: Admin,
    app: Data<App>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let NewUser { node_id, user_name, display_name, external_id, invite } = body::json(&request, payload).await?;
    let names =
        Names { name: Some(user_name.0), display_name: display_name.map(Some), external_id: external_id.map(Some) };
    let (profile, emails) = new_user(&names)?;
    let (act, note) = (admin.act()?, admin.act()?);
    let node = NodeId::from(node_id);
    admin.check_node(node)?;
    let add = move |tx: &mut dyn Tx| user_admin::add(tx, &act, node, profile.clone(), &emails, invite);
    let made = app.store.write(add).await;
    if let Err(Error::OutOfSeats { seats, users }) = &made {
        note_out_of_seats(&app, note, node, *seats, *users).await;
    }
    app.wake();
    Ok(HttpResponse::Created().json(shown(&app, &request, made?.id, &admin)?))
}

/// Edit a user
///
/// Absent fields stay as they are; null removes a display name or external id.
#[utoipa::path(
    patch,
    path = "/users/{user_id}",
    params(UserPath),
    request_body = UserChange,
    responses((status = 200, body = UserDetail))
)]
pub async fn change(
    admin: Admin,
    app: Data<App>,
    path: Path<UserPath>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let UserChange { user_name, display_name, external_id } = body::json(&request, payload).await?;
    let names = Names { name: user_name.map(|name| name.0), display_name, external_id };
    let (id, act) = (UserId(path.user_id), admin.act()?);
    let write = move |tx: &mut dyn Tx| {
        let user = user_admin::get(tx, id)?;
        let (profile, emails) = changed_user(&user.profile, &names)?;
        user_admin::edit(tx, &act, user, profile, &emails)?;
        Ok::<_, ApiError>(())
    };
    app.store.write(write).await?;
    Ok(HttpResponse::Ok().json(shown(&app, &request, id, &admin)?))
}

/// Delete a user for good
///
/// It must be locked.
#[utoipa::path(delete, path = "/users/{user_id}", params(UserPath), responses((status = 204)))]
pub async fn delete(admin: Admin, app: Data<App>, path: Path<UserPath>) -> Result<HttpResponse, ApiError> {
    let (id, act) = (UserId(path.user_id), admin.act()?);
    app.store.write(move |tx| UserAction::Delete.done(tx, &act, id)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// What can be done with a user, or with many at once.
#[derive(Clone, Copy)]
enum UserAction {
    Lock,
    Unlock,
    Move(NodeId),
    Resend,
    Revoke,
    Join,
    Delete,
}

impl UserAction {
    fn named(word: &str, node: Option<Id>) -> Result<UserAction, ApiError> {
        Ok(match (word, node) {
            ("lock", _) => UserAction::Lock,
            ("unlock", _) => UserAction::Unlock,
            ("move", Some(node)) => UserAction::Move(node.into()),
            ("move", None) => return Err(ApiError::invalid("node_id", "Say which node.")),
            ("resend", _) => UserAction::Resend,
            ("revoke", _) => UserAction::Revoke,
            ("join", _) => UserAction::Join,
            ("delete", _) => UserAction::Delete,
            _ => return Err(ApiError::no_such_call()),
        })
    }

    fn done(self, tx: &mut dyn Tx, act: &Act, id: UserId) -> Ruled<()> {
        let user = user_admin::get(tx, id)?;
        match self {
            UserAction::Lock => user_admin::lock(tx, act, user).map(drop),
            UserAction::Unlock => user_admin::unlock(tx, act, user).map(drop),
            UserAction::Move(node) => user_admin::move_to(tx, act, user, node).map(drop),
            UserAction::Resend => invitation::resend(tx, act, &user),
            UserAction::Revoke => invitation::revoke(tx, act, &user),
            UserAction::Join => invitation::join(tx, act, user).map(drop),
            UserAction::Delete => user_admin::delete(tx, act, &user),
        }
    }
}

/// Move a user to another node
///
/// Its memberships end.
#[utoipa::path(
    post,
    path = "/users/{user_id}/move",
    params(UserPath),
    request_body = MoveTarget,
    responses((status = 200, body = UserDetail))
)]
pub async fn move_to_node(
    admin: Admin,
    app: Data<App>,
    path: Path<UserPath>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let MoveTarget { node_id } = body::json(&request, payload).await?;
    let (node, id) = (node_id.into(), UserId(path.user_id));
    admin.check_node(node)?;
    Ok(HttpResponse::Ok().json(apply(&app, &request, &admin, id, UserAction::Move(node)).await?))
}

/// Apply an action to a user
///
/// `link` returns the link, all others return the user.
#[utoipa::path(
    post,
    path = "/users/{user_id}/{act}",
    params(ActPath),
    responses((status = 200, body = inline(ActResult)))
)]
pub async fn act(
    admin: Admin,
    app: Data<App>,
    path: Path<ActPath>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let ActPath { user_id, act: word } = path.into_inner();
    let id = UserId(user_id);
    if word == "link" {
        let link = outbox::make(&app, &request, id, &admin).await?;
        return Ok(HttpResponse::Ok().json(ActResult::Link(link)));
    }
    if word == "delete" {
        return Err(ApiError::no_such_call());
    }
    let user = apply(&app, &request, &admin, id, UserAction::named(&word, None)?).await?;
    Ok(HttpResponse::Ok().json(ActResult::User(Box::new(user))))
}

async fn apply(
    app: &App,
    request: &HttpRequest,
    admin: &Admin,
    id: UserId,
    action: UserAction,
) -> Result<UserDetail, ApiError> {
    let act = admin.act()?;
    app.store.write(move |tx| action.done(tx, &act, id)).await?;
    app.wake();
    shown(app, request, id, admin)
}

/// Users in one write of a bulk act.
const AT_ONCE: usize = 100;

/// Apply an action to many users
///
/// Each user on its own: a refusal for one does not affect the others.
#[utoipa::path(post, path = "/users/bulk", request_body = BulkAction, responses((status = 200, body = BulkResult)))]
pub async fn bulk(
    admin: Admin,
    app: Data<App>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let BulkAction { act: word, ids, node_id } = body::json(&request, payload).await?;
    let action = UserAction::named(&word, node_id)?;
    if ids.len() > 1000 {
        return Err(Error::TooMany(1000).into());
    }
    let mut results = Vec::with_capacity(ids.len());
    for some in ids.chunks(AT_ONCE) {
        let (ids, act) = (some.to_vec(), admin.act()?);
        let write = move |tx: &mut dyn Tx| {
            let mut outcomes = Vec::with_capacity(ids.len());
            for id in &ids {
                let mut outcome = Ok(());
                tx.attempt(&mut |tx| {
                    outcome = action.done(tx, &act, (*id).into());
                    match &outcome {
                        Err(Error::Fault(fault)) => Err(fault.clone()),
                        outcome => Ok(outcome.is_ok()),
                    }
                })?;
                outcomes.push((*id, outcome.map_err(|error| ApiError::from(error).refusal())));
            }
            Ok::<_, Error>(outcomes)
        };
        // What was done before stays done and is told, whatever becomes of these.
        match app.store.write(write).await {
            Ok(outcomes) => results.extend(outcomes),
            Err(error) => {
                let refusal = ApiError::from(error).refusal();
                results.extend(some.iter().map(|id| (*id, Err(refusal.clone()))));
            }
        }
    }
    app.wake();
    let outcome = |(user_id, outcome): (Id, Result<(), Refusal>)| {
        let error = outcome.err();
        BulkOutcome { user_id, ok: error.is_none(), error }
    };
    let results: Vec<BulkOutcome> = results.into_iter().map(outcome).collect();
    let done = results.iter().filter(|outcome| outcome.ok).count() as u64;
    Ok(HttpResponse::Ok().json(BulkResult { done, failed: results.len() as u64 - done, results }))
}

const COLUMNS: [&str; 11] = [
    "user_id",
    "user_name",
    "display_name",
    "state",
    "lock",
    "node_id",
    "node_name",
    "teams",
    "external_id",
    "created_at",
    "modified_at",
];

/// Export users
///
/// A CSV file in order of creation.
#[utoipa::path(
    get,
    path = "/users/export",
    params(UserExportQuery),
    responses((status = 200, body = String, content_type = "text/csv"))
)]
pub async fn export(admin: Admin, app: Data<App>, wanted: Query<UserExportQuery>) -> Result<HttpResponse, ApiError> {
    let filter = wanted.filter()?;
    let head = csv_line(COLUMNS);
    let begin = Some((UserId(0), head));
    let pages = futures_util::stream::unfold(begin, move |place| {
        let (app, filter, now) = (app.clone(), filter.clone(), admin.now);
        async move {
            let (after, mut text) = place?;
            let filter = UserFilter { after: Some(after), ..filter };
            let read = app.store.scan(ScanLane::Console, move |tx| {
                let around = NodeNames::look(tx, now)?;
                let (users, _) = tx.list_users(&filter, PageQuery::of(None, Some(1000)).window())?;
                for user in &users {
                    let view = serde_json::to_value(User::new(tx, user, &around)?).unwrap_or_default();
                    text.push_str(&line_of(&COLUMNS, &view));
                }
                Ok::<_, Error>((users.last().map(|user| user.id), text))
            });
            match read.await {
                Ok((Some(last), text)) => Some((Ok(Bytes::from(text)), Some((last, String::new())))),
                Ok((None, text)) => Some((Ok(Bytes::from(text)), None)),
                Err(error) => Some((Err(ApiError::from(error)), None)),
            }
        }
    });
    Ok(file("users.csv", "text/csv; charset=utf-8", pages))
}
