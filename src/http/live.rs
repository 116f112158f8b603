//! Live pages: server-sent events of what a page shows, whoever changes it. One stream carries all that a tab of the console wants.

use super::admin::SignedInAdmin;
use super::error::ApiError;
use super::{App, connection_view, interim_sessions, unrouted};
use crate::api::connection::ConnectionPath;
use crate::api::live::LiveQuery;
use crate::api::request::{Request, RequestQuery};
use crate::domain::approval::ApprovalScope;
use crate::domain::event::EventFilter;
use crate::domain::exchange::ExchangeQuery;
use crate::domain::{Error, NodeId, ScimId, connection};
use crate::store::ScanLane;
use crate::world;
use actix_web::web::{Bytes, Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::future::Either;
use serde_json::json;
use std::time::{Duration, Instant};
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio::sync::watch;

/// How often the store is asked when nothing is heard: another process may have changed it.
const LOOK: Duration = Duration::from_secs(1);
/// Looks without news before a sign of life is sent.
const QUIET: u32 = 15;
/// Requests of one event at most; the rest follows in the next one.
const MOST: u64 = 200;
/// Between two looks at the numbers of the whole appliance.
const NUMBERS: Duration = Duration::from_secs(2);

/// What somebody wants to hear of.
#[derive(Default)]
pub struct Topics {
    /// A connection, whole.
    pub connection: Option<ScimId>,
    /// Requests, under the filters of a list.
    pub requests: Option<ExchangeQuery>,
    /// The number of the newest request that is known already.
    pub since: Option<i64>,
    /// The numbers of the whole appliance.
    pub news: bool,
}

struct Watch {
    app: Data<App>,
    base: String,
    session: [u8; 32],
    changed: Receiver<NodeId>,
    stopping: watch::Receiver<bool>,
    connection: Option<(ScimId, NodeId)>,
    /// Whether the connection may be another by now.
    stale: bool,
    last: String,
    requests: Option<ExchangeQuery>,
    newest: Option<i64>,
    news: bool,
    /// The newest event and request, and when that was looked up.
    seen: Option<((i64, i64), Instant)>,
    quiet: u32,
}

// It ends with the session, and with the connection.
/// Watch a connection
///
/// Server-sent events `connection`, each with the whole connection: at once, and after every change.
#[utoipa::path(
    get,
    path = "/connections/{scim_id}/live",
    params(ConnectionPath),
    responses((status = 200, body = String, content_type = "text/event-stream")),
    security(("session" = []))
)]
pub async fn events(
    signed: SignedInAdmin,
    app: Data<App>,
    path: Path<ConnectionPath>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    stream(&signed, app, &request, Topics { connection: Some(ScimId(path.scim_id)), ..Topics::default() })
}

/// Watch everything that a page shows
///
/// Server-sent events. `news` with numbers of users, teams and what is pending: at once, and when they may have changed. With a
/// connection also the events of its own stream, with filters of requests also those of the stream of requests. If `since` is a
/// request that is still kept, what came after it follows at once, and there is no `ready`.
#[utoipa::path(
    get,
    path = "/live",
    params(LiveQuery),
    responses((status = 200, body = String, content_type = "text/event-stream")),
    security(("session" = []))
)]
pub async fn watch(
    signed: SignedInAdmin,
    app: Data<App>,
    asked: Query<LiveQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let since = match asked.since.clone() {
        Some(id) if id.is_empty() => Some(0),
        Some(id) => app.store.read(move |tx| tx.exchange(&id))?.map(|exchange| exchange.number),
        None => None,
    };
    let requests = asked.requests.as_deref().map(|filters| {
        let read = Query::<RequestQuery>::from_query(filters);
        requests(&read.map_err(|error| unrouted::misread_query(&error, &request))?.into_inner())
    });
    stream(
        &signed,
        app,
        &request,
        Topics { connection: asked.scim_id.map(ScimId), requests: requests.transpose()?, since, news: true },
    )
}

/// The filters of a list, for what arrives from now on.
///
/// # Errors
/// `INVALID`.
pub fn requests(asked: &RequestQuery) -> Result<ExchangeQuery, ApiError> {
    Ok(ExchangeQuery { before: None, limit: MOST, ..asked.wanted(None)? })
}

/// The stream of some topics.
///
/// # Errors
/// `NOT_FOUND`.
pub fn stream(
    signed: &SignedInAdmin,
    app: Data<App>,
    request: &HttpRequest,
    topics: Topics,
) -> Result<HttpResponse, ApiError> {
    let Topics { connection, requests, since, news } = topics;
    let placed = |id| app.store.read(move |tx| Ok::<_, Error>((id, connection::get(tx, id)?.node)));
    let watch = Watch {
        base: app.addresses.base(request).into_owned(),
        session: signed.person.session.digest,
        changed: app.changed.subscribe(),
        stopping: app.stopping.subscribe(),
        connection: connection.map(placed).transpose()?,
        stale: true,
        last: String::new(),
        requests,
        newest: since,
        news,
        seen: None,
        quiet: 0,
        app,
    };
    let events = futures_util::stream::unfold(watch, |mut watch| async move {
        let event = watch.next().await?;
        Some((Ok::<_, std::convert::Infallible>(Bytes::from(event)), watch))
    });
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header(("X-Accel-Buffering", "no"))
        .streaming(events))
}

impl Watch {
    async fn next(&mut self) -> Option<String> {
        loop {
            interim_sessions::find(&self.app, world::now(), &self.session).ok()??;
            let told = match self.of_requests()? {
                Some(told) => Some(told),
                None => match self.of_connection()? {
                    Some(told) => Some(told),
                    None => self.of_all().await?,
                },
            };
            if let Some((event, data)) = told {
                self.quiet = 0;
                return Some(format!("event: {event}\ndata: {data}\n\n"));
            }
            self.wait().await?;
            self.quiet += 1;
            if self.quiet >= QUIET {
                self.quiet = 0;
                return Some(": still here\n\n".to_owned());
            }
        }
    }

    /// The connection, if it has changed. `None` ends the stream, here and below.
    fn of_connection(&mut self) -> Option<Option<(&'static str, String)>> {
        let Some((id, _)) = self.connection.filter(|_| self.stale) else { return Some(None) };
        self.stale = false;
        let connection = connection_view::connection(&self.app, &self.base, id, world::now()).ok()?;
        let view = serde_json::to_string(&connection).ok()?;
        if view == self.last {
            return Some(None);
        }
        self.last.clone_from(&view);
        Some(Some(("connection", view)))
    }

    /// Requests that have arrived.
    fn of_requests(&mut self) -> Option<Option<(&'static str, String)>> {
        let Some(wanted) = &self.requests else { return Some(None) };
        let Some(newest) = self.newest else {
            self.newest = Some(self.app.store.read(|tx| tx.newest_exchange()).ok()?);
            return Some(Some(("ready", "{}".to_owned())));
        };
        let wanted = ExchangeQuery { since: Some(newest), ..wanted.clone() };
        let found = self.app.store.read(move |tx| tx.exchanges(&wanted)).ok()?;
        let Some(last) = found.iter().map(|exchange| exchange.number).max() else { return Some(None) };
        self.newest = Some(last);
        let requests: Vec<Request> = found.iter().map(Request::from).collect();
        Some(Some(("requests", json!({ "requests": requests, "dropped": self.app.recorder.dropped() }).to_string())))
    }

    /// The numbers of the whole appliance, when something has happened since.
    async fn of_all(&mut self) -> Option<Option<(&'static str, String)>> {
        if !self.news || self.seen.is_some_and(|(_, at)| at.elapsed() < NUMBERS) {
            return Some(None);
        }
        let newest = self.app.store.read(|tx| {
            let event = tx.events(&EventFilter::default(), None, 1)?.first().map_or(0, |event| event.id);
            Ok::<_, Error>((event, tx.newest_exchange()?))
        });
        let newest = newest.ok()?;
        let is_news = self.seen.is_none_or(|(before, _)| before != newest);
        self.seen = Some((newest, Instant::now()));
        if !is_news {
            return Some(None);
        }
        let numbers = self.app.store.scan(ScanLane::Console, move |tx| {
            let (teams, memberships) = tx.count_pending(ApprovalScope::All)?;
            let nodes = tx.nodes()?;
            Ok::<_, Error>(json!({
                "users": tx.users_in_all()?,
                "teams": nodes.iter().map(|node| node.teams).sum::<u64>(),
                "pending": { "teams": teams, "memberships": memberships },
                "event": newest.0,
                "request": newest.1,
            }))
        });
        Some(Some(("news", numbers.await.ok()?.to_string())))
    }

    /// Until there may be news, or it is time to look anyway; `None` when the server stops.
    async fn wait(&mut self) -> Option<()> {
        let (own, all) = (self.connection.map(|(_, node)| node), self.requests.is_some());
        let heard = async {
            loop {
                match self.changed.recv().await {
                    Ok(node) if Some(node) == own => self.stale = true,
                    Ok(_) if all => {}
                    Ok(_) => continue,
                    Err(RecvError::Lagged(_)) => self.stale = true,
                    Err(RecvError::Closed) => return None,
                }
                break;
            }
            if all {
                self.app.recorder.flush().await;
                // What was told meanwhile has been written too.
                self.changed = self.changed.resubscribe();
                self.stale = true;
            }
            Some(())
        };
        let waited = tokio::time::timeout(LOOK, heard);
        let stopped = Box::pin(self.stopping.wait_for(|stopping| *stopping));
        let over = match futures_util::future::select(Box::pin(waited), stopped).await {
            Either::Left((waited, _)) => waited,
            Either::Right(_) => return None,
        };
        over.unwrap_or_else(|_| {
            self.stale = true;
            Some(())
        })
    }
}
