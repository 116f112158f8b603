//! Live pages: server-sent events that show a connection as it changes, whoever changes it.

use super::admin::SignedInAdmin;
use super::error::ApiError;
use super::{App, connection_view, interim_sessions};
use crate::api::connection::ConnectionPath;
use crate::domain::{NodeId, ScimId, connection};
use crate::world;
use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::future::Either;
use std::time::Duration;
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio::sync::watch;

/// How often the store is asked when nothing is heard: another process may have changed it.
const LOOK: Duration = Duration::from_secs(1);
/// Looks without news before a sign of life is sent.
const QUIET: u32 = 15;

struct Watch {
    app: Data<App>,
    base: String,
    id: ScimId,
    node: NodeId,
    session: [u8; 32],
    changed: Receiver<NodeId>,
    stopping: watch::Receiver<bool>,
    last: String,
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
    let id = ScimId(path.scim_id);
    let node = app.store.read(|tx| connection::get(tx, id))?.node;
    let watch = Watch {
        base: app.addresses.base(&request).into_owned(),
        id,
        node,
        session: signed.person.session.digest,
        changed: app.changed.subscribe(),
        stopping: app.stopping.subscribe(),
        last: String::new(),
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
            let now = world::now();
            let signed_in = interim_sessions::find(&self.app, now, &self.session).ok()?.is_some();
            if !signed_in {
                return None;
            }
            let connection = connection_view::connection(&self.app, &self.base, self.id, now).ok()?;
            let view = serde_json::to_string(&connection).ok()?;
            if view != self.last {
                self.quiet = 0;
                self.last.clone_from(&view);
                return Some(format!("event: connection\ndata: {view}\n\n"));
            }
            self.wait().await?;
            self.quiet += 1;
            if self.quiet >= QUIET {
                self.quiet = 0;
                return Some(": still here\n\n".to_owned());
            }
        }
    }

    /// Until this node has news, or it is time to look anyway; `None` when the server stops.
    async fn wait(&mut self) -> Option<()> {
        let heard = async {
            loop {
                match self.changed.recv().await {
                    Ok(node) if node != self.node => {}
                    Ok(_) | Err(RecvError::Lagged(_)) => return Some(()),
                    Err(RecvError::Closed) => return None,
                }
            }
        };
        let waited = tokio::time::timeout(LOOK, heard);
        let stopped = Box::pin(self.stopping.wait_for(|stopping| *stopping));
        match futures_util::future::select(Box::pin(waited), stopped).await {
            Either::Left((waited, _)) => waited.unwrap_or(Some(())),
            Either::Right(_) => None,
        }
    }
}
