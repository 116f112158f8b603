//! The console's calls for users.

use super::admin::Admin;
use super::error::ApiError;
use super::listing::{PageQuery, csv_line, file, is_descending, searched, word};
use super::refusal::note_out_of_seats;
use super::user_view::{self, NodeNames};
use super::{App, body, outbox};
use crate::domain::directory::UserFilter;
use crate::domain::user::User;
use crate::domain::{Act, Error, NodeId, Result as Ruled, Time, Tx, UserId, invitation, user_admin};
use crate::scim::profile_edit::{Names, changed_user, new_user};
use crate::store::ScanLane;
use actix_web::web::{Bytes, Data, Path, Payload, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::{Value, json};

/// Which users are asked for.
#[derive(Deserialize, Clone)]
pub struct UserQuery {
    node_id: Option<i64>,
    #[serde(default)]
    q: String,
    state: Option<String>,
    lock: Option<String>,
    origin: Option<String>,
    sort: Option<String>,
    order: Option<String>,
    start: Option<u64>,
    count: Option<u64>,
}

impl UserQuery {
    fn filter(&self) -> Ruled<UserFilter> {
        Ok(UserFilter {
            node: self.node_id.map(NodeId),
            text: searched(&self.q),
            user_name: None,
            state: word(self.state.as_deref())?,
            lock: word(self.lock.as_deref())?,
            origin: word(self.origin.as_deref())?,
            after: None,
            order: (word(self.sort.as_deref())?.unwrap_or_default(), is_descending(self.order.as_deref())?),
        })
    }
}

/// `GET /users`
pub async fn list(admin: Admin, app: Data<App>, wanted: Query<UserQuery>) -> Result<HttpResponse, ApiError> {
    let (filter, page, now) = (wanted.filter()?, PageQuery::of(wanted.start, wanted.count), admin.now);
    let found = app.store.scan(ScanLane::Console, move |tx| {
        let around = NodeNames::look(tx, now)?;
        let (users, total) = tx.list_users(&filter, page.window())?;
        let views: Result<Vec<Value>, _> = users.iter().map(|user| user_view::user(tx, user, &around)).collect();
        Ok::<_, Error>((views?, total))
    });
    let (users, total) = found.await?;
    Ok(HttpResponse::Ok().json(json!({ "total": total, "start": page.start(), "users": users })))
}

/// Who holds a user name.
#[derive(Deserialize)]
pub struct UserNameQuery {
    user_name: String,
}

/// `GET /users/lookup`: who holds a user name, in all nodes.
pub async fn lookup(admin: Admin, app: Data<App>, wanted: Query<UserNameQuery>) -> Result<HttpResponse, ApiError> {
    let filter = UserFilter { user_name: Some(wanted.into_inner().user_name), ..UserFilter::default() };
    let found = app.store.scan(ScanLane::Console, move |tx| {
        let around = NodeNames::look(tx, admin.now)?;
        let (users, _) = tx.list_users(&filter, PageQuery::default().window())?;
        users.iter().map(|user| user_view::user(tx, user, &around)).collect::<Result<Vec<_>, _>>()
    });
    Ok(HttpResponse::Ok().json(json!({ "users": found.await? })))
}

/// `GET /users/{user_id}`
pub async fn get(
    admin: Admin,
    app: Data<App>,
    path: Path<i64>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let (base, now) = (app.addresses.base(&request).into_owned(), admin.now);
    Ok(HttpResponse::Ok()
        .json(app.store.scan(ScanLane::Console, move |tx| whole(tx, UserId(*path), now, &base)).await?))
}

/// A user with all that is known of it, its groups included: nobody knows how many they are.
fn whole(tx: &mut dyn Tx, id: UserId, now: Time, base: &str) -> Ruled<Value> {
    let user = user_admin::get(tx, id)?;
    let around = NodeNames::of(tx, now, user.node)?;
    Ok(user_view::whole_user(tx, &user, &around, base)?)
}

/// A user after a change. Never behind the queue of long reads: when that is full, the answer would deny what was done.
fn shown(app: &App, request: &HttpRequest, id: UserId, admin: &Admin) -> Result<Value, ApiError> {
    Ok(app.store.read(|tx| whole(tx, id, admin.now, &app.addresses.base(request)))?)
}

#[derive(Deserialize)]
struct NewUser {
    node_id: NodeId,
    user_name: String,
    display_name: Option<String>,
    external_id: Option<String>,
    #[serde(default = "yes")]
    invite: bool,
}

fn yes() -> bool {
    true
}

/// `POST /users`: adds somebody by hand, with an invitation unless it is not wanted.
pub async fn create(
    admin: Admin,
    app: Data<App>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let NewUser { node_id, user_name, display_name, external_id, invite } = body::json(&request, payload).await?;
    let names =
        Names { name: Some(user_name), display_name: display_name.map(Some), external_id: external_id.map(Some) };
    let (profile, emails) = new_user(&names)?;
    let (act, note) = (admin.act()?, admin.act()?);
    admin.check_node(node_id)?;
    let add = move |tx: &mut dyn Tx| user_admin::add(tx, &act, node_id, profile.clone(), &emails, invite);
    let made = app.store.write(add).await;
    if let Err(Error::OutOfSeats { seats, users }) = &made {
        note_out_of_seats(&app, note, node_id, *seats, *users).await;
    }
    app.wake();
    Ok(HttpResponse::Created().json(shown(&app, &request, made?.id, &admin)?))
}

#[derive(Deserialize)]
struct UserPatch {
    user_name: Option<String>,
    #[serde(default, deserialize_with = "body::present")]
    display_name: Option<Option<String>>,
    #[serde(default, deserialize_with = "body::present")]
    external_id: Option<Option<String>>,
}

/// `PATCH /users/{user_id}`
pub async fn change(
    admin: Admin,
    app: Data<App>,
    path: Path<i64>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let UserPatch { user_name, display_name, external_id } = body::json(&request, payload).await?;
    let names = Names { name: user_name, display_name, external_id };
    let (id, act) = (UserId(*path), admin.act()?);
    let write = move |tx: &mut dyn Tx| {
        let user = user_admin::get(tx, id)?;
        let (profile, emails) = changed_user(&user.profile, &names)?;
        user_admin::edit(tx, &act, user, profile, &emails)?;
        Ok::<_, ApiError>(())
    };
    app.store.write(write).await?;
    Ok(HttpResponse::Ok().json(shown(&app, &request, id, &admin)?))
}

/// `DELETE /users/{user_id}`: for good, and only when it is locked.
pub async fn delete(admin: Admin, app: Data<App>, path: Path<i64>) -> Result<HttpResponse, ApiError> {
    let (id, act) = (UserId(*path), admin.act()?);
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
    fn named(word: &str, node: Option<NodeId>) -> Result<UserAction, ApiError> {
        Ok(match (word, node) {
            ("lock", _) => UserAction::Lock,
            ("unlock", _) => UserAction::Unlock,
            ("move", Some(node)) => UserAction::Move(node),
            ("move", None) => return Err(ApiError::invalid("node_id", "Say which node.")),
            ("resend", _) => UserAction::Resend,
            ("revoke", _) => UserAction::Revoke,
            ("join", _) => UserAction::Join,
            ("delete", _) => UserAction::Delete,
            _ => return Err(ApiError::no_such_call()),
        })
    }

    fn done(self, tx: &mut dyn Tx, act: &Act, id: UserId) -> Ruled<()> {
        let user: User = user_admin::get(tx, id)?;
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

#[derive(Deserialize)]
struct MoveTarget {
    node_id: NodeId,
}

/// `POST /users/{user_id}/move`
pub async fn move_to_node(
    admin: Admin,
    app: Data<App>,
    path: Path<i64>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let MoveTarget { node_id } = body::json(&request, payload).await?;
    admin.check_node(node_id)?;
    apply(&app, &request, &admin, UserId(*path), UserAction::Move(node_id)).await
}

/// `POST /users/{user_id}/{act}`
pub async fn act(
    admin: Admin,
    app: Data<App>,
    path: Path<(i64, String)>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let (id, word) = path.into_inner();
    if word == "link" {
        return outbox::make(&app, &request, UserId(id), &admin).await;
    }
    if word == "delete" {
        return Err(ApiError::no_such_call());
    }
    apply(&app, &request, &admin, UserId(id), UserAction::named(&word, None)?).await
}

async fn apply(
    app: &App,
    request: &HttpRequest,
    admin: &Admin,
    id: UserId,
    action: UserAction,
) -> Result<HttpResponse, ApiError> {
    let act = admin.act()?;
    app.store.write(move |tx| action.done(tx, &act, id)).await?;
    app.wake();
    Ok(HttpResponse::Ok().json(shown(app, request, id, admin)?))
}

#[derive(Deserialize)]
struct BulkAction {
    act: String,
    ids: Vec<UserId>,
    node_id: Option<NodeId>,
}

/// Users in one write of a bulk act.
const AT_ONCE: usize = 100;

/// `POST /users/bulk`: the same act for many, each on its own.
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
                    outcome = action.done(tx, &act, *id);
                    match &outcome {
                        Err(Error::Fault(fault)) => Err(fault.clone()),
                        outcome => Ok(outcome.is_ok()),
                    }
                })?;
                outcomes.push((*id, outcome.map_err(|error| ApiError::from(error).body_of())));
            }
            Ok::<_, Error>(outcomes)
        };
        // What was done before stays done and is told, whatever becomes of these.
        match app.store.write(write).await {
            Ok(outcomes) => results.extend(outcomes),
            Err(error) => {
                let refusal = ApiError::from(error).body_of();
                results.extend(some.iter().map(|id| (*id, Err(refusal.clone()))));
            }
        }
    }
    app.wake();
    let done = results.iter().filter(|(_, outcome)| outcome.is_ok()).count();
    let views: Vec<Value> = results
        .iter()
        .map(|(id, outcome)| match outcome {
            Ok(()) => json!({ "user_id": id.0, "ok": true }),
            Err(error) => json!({ "user_id": id.0, "ok": false, "error": error }),
        })
        .collect();
    Ok(HttpResponse::Ok().json(json!({ "done": done, "failed": results.len() - done, "results": views })))
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

/// `GET /users/export`: the list as CSV, in the order in which the users came.
pub async fn export(admin: Admin, app: Data<App>, wanted: Query<UserQuery>) -> Result<HttpResponse, ApiError> {
    let filter = UserFilter { order: Default::default(), ..wanted.filter()? };
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
                    let view = user_view::user(tx, user, &around)?;
                    let cells = COLUMNS.map(|name| match view.get(name) {
                        None | Some(Value::Null) => String::new(),
                        Some(Value::String(text)) => text.clone(),
                        Some(other) => other.to_string(),
                    });
                    text.push_str(&csv_line(cells.iter().map(String::as_str)));
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
