//! Live requests: server-sent events with what the SCIM endpoint has just received, under the filters of a list.

use super::admin::SignedInAdmin;
use super::error::ApiError;
use super::{App, interim_sessions};
use crate::api::request::{Request, RequestQuery};
use crate::domain::NodeId;
use crate::domain::exchange::ExchangeQuery;
use crate::world;
use actix_web::HttpResponse;
use actix_web::web::{Bytes, Data, Query};
use futures_util::future::Either;
use serde_json::json;
use std::time::Duration;
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio::sync::watch;

/// How often the store is asked when nothing is heard: what names no node is told to nobody.
const LOOK: Duration = Duration::from_secs(1);
/// Looks without news before a sign of life is sent.
const QUIET: u32 = 15;
/// Requests of one event at most; the rest follows in the next one.
const MOST: u64 = 200;

struct Watch {
    app: Data<App>,
    wanted: ExchangeQuery,
    session: [u8; 32],
    changed: Receiver<NodeId>,
    stopping: watch::Receiver<bool>,
    newest: Option<i64>,
    quiet: u32,
}

/// Watch requests
///
/// Server-sent events: `ready` once, when a list that is read now misses nothing that follows; then `requests`, each with a
/// list of new requests, oldest first. The filters are those of the list; `after` and `limit` say nothing here.
#[utoipa::path(
    get,
    path = "/requests/live",
    params(RequestQuery),
    responses((status = 200, body = String, content_type = "text/event-stream")),
    security(("session" = []))
)]
pub async fn watch(
    signed: SignedInAdmin,
    app: Data<App>,
    asked: Query<RequestQuery>,
) -> Result<HttpResponse, ApiError> {
    let wanted = ExchangeQuery { before: None, limit: MOST, ..asked.wanted(None)? };
    let watch = Watch {
        wanted,
        session: signed.person.session.digest,
        changed: app.changed.subscribe(),
        stopping: app.stopping.subscribe(),
        newest: None,
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
            let Some(newest) = self.newest else {
                self.newest = Some(self.app.store.read(|tx| tx.newest_exchange()).ok()?);
                return Some("event: ready\ndata: {}\n\n".to_owned());
            };
            let wanted = ExchangeQuery { since: Some(newest), ..self.wanted.clone() };
            let found = self.app.store.read(|tx| tx.exchanges(&wanted)).ok()?;
            if let Some(last) = found.iter().map(|exchange| exchange.number).max() {
                (self.newest, self.quiet) = (Some(last), 0);
                let requests: Vec<Request> = found.iter().map(Request::from).collect();
                let news = json!({ "requests": requests, "dropped": self.app.recorder.dropped() });
                return Some(format!("event: requests\ndata: {news}\n\n"));
            }
            self.wait().await?;
            self.quiet += 1;
            if self.quiet >= QUIET {
                self.quiet = 0;
                return Some(": still here\n\n".to_owned());
            }
        }
    }

    /// Until something may have arrived and was written; `None` when the server stops.
    async fn wait(&mut self) -> Option<()> {
        let heard = async {
            match self.changed.recv().await {
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return None,
            }
            self.app.recorder.flush().await;
            // What was told meanwhile has been written too.
            self.changed = self.changed.resubscribe();
            Some(())
        };
        let waited = tokio::time::timeout(LOOK, heard);
        let stopped = Box::pin(self.stopping.wait_for(|stopping| *stopping));
        match futures_util::future::select(Box::pin(waited), stopped).await {
            Either::Left((waited, _)) => waited.unwrap_or(Some(())),
            Either::Right(_) => None,
        }
    }
}
