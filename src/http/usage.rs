//! What stays of a SCIM request: an exchange for the console, and in the store that its connection was used.

use super::App;
use super::capture::{Exchange, ExchangeRefusal};
use super::provisioner::{Provisioner, agent, beginning, presented};
use super::refusal::note_failure;
use super::request_id;
use super::scim_path::{ScimPath, is_read};
use crate::domain::connection_state::ConnectionState;
use crate::domain::provisioning::{self, ServedRequest};
use crate::domain::{Act, NodeId, Time, token};
use crate::scim::relaxation::Relaxation;
use crate::world;
use actix_web::HttpRequest;
use actix_web::web::Data;

/// Milliseconds between two notes of a connection's last use.
const NOTE_EVERY: i64 = 5_000;

/// Keeps the exchange for the console, and notes in the store that the connection was used: at once when that is news
/// (the first request, the first write), else now and then.
#[expect(clippy::too_many_arguments, reason = "everything that is known of one exchange, in one place")]
pub async fn remember(
    app: &Data<App>,
    request: &HttpRequest,
    node: NodeId,
    place: Option<ScimPath<'_>>,
    segments: &[String],
    provisioner: Option<Provisioner>,
    refusal: Option<ExchangeRefusal>,
    status: u16,
    now: Time,
) {
    // Of whom there is too much, nothing is kept.
    if provisioner.is_none() && refusal.as_ref().is_some_and(|refused| refused.code == "TOO_OFTEN") {
        return;
    }
    let from = app.addresses.client(request);
    let synced = status < 300
        && matches!(place, Some(ScimPath::All(_) | ScimPath::One(..) | ScimPath::Search(_) | ScimPath::Bulk));
    let wrote = synced && !is_read(request) && !matches!(place, Some(ScimPath::Search(_)));
    let known = match &provisioner {
        Some(provisioner) => Some(provisioner.caller.connection.state),
        // Only nodes with a connection have a page that shows what arrives.
        None => app.store.read(|tx| tx.connection_of(node)).ok().flatten().map(|c| c.state),
    };
    if known.is_none() {
        return;
    }
    let token_tail =
        refusal.as_ref().filter(|refused| refused.code.starts_with("TOKEN")).and(presented(request)).map(token::tail);
    if let (None, Some(refused)) = (&provisioner, &refusal) {
        note_failure(app, node, refused.code, &from, now);
    }
    let (code, detail, conflict) =
        refusal.map_or((None, None, None), |refused| (Some(refused.code), Some(refused.detail), refused.conflict));
    let due = provisioner.as_ref().and_then(|provisioner| {
        let connection = &provisioner.caller.connection;
        let news =
            synced && (connection.state == ConnectionState::Pending || (wrote && connection.first_write_at.is_none()));
        (news || is_due(app, connection.id, now)).then(|| {
            let token_id = provisioner.access.token.id.clone();
            (
                news,
                ServedRequest { token_id, synced, wrote, from: from.clone(), agent: provisioner.caller.agent.clone() },
            )
        })
    });
    let (connection, agent, relaxations) = match provisioner {
        Some(Provisioner { caller, .. }) => (Some(caller.connection.id), caller.agent, caller.leeway.taken()),
        None => (None, agent(request), Vec::new()),
    };
    app.captures.keep(
        node,
        Exchange {
            at: now,
            method: request.method().clone(),
            path: shown_path(segments),
            status,
            is_noise: matches!(code, Some("TOKEN_MISSING" | "TOKEN_UNKNOWN")),
            code,
            token_tail,
            from,
            agent,
            detail,
            conflict,
            request_id: request_id::of(request),
            relaxations: relaxations.into_iter().map(Relaxation::code).collect(),
        },
    );
    if let (Some((news, note)), Some(connection)) = (due, connection) {
        let Ok(act) = world::act(format!("scim:{connection}")) else { return };
        let (act, token_id) = (Act { now, address: note.from.clone(), ..act }, note.token_id.clone());
        let written = app.store.write(move |tx| provisioning::seen(tx, &act, connection, &note));
        if news {
            log_failure(written.await);
            app.store.forget(&token_id);
        } else {
            actix_web::rt::spawn(async move { log_failure(written.await) });
        }
    }
    // Nobody may be watching.
    let _ = app.changed.send(node);
}

/// The path below the node's base URL, as much of it as is worth keeping.
fn shown_path(segments: &[String]) -> String {
    let mut path = String::with_capacity(40);
    for segment in segments {
        path.push('/');
        path.push_str(segment);
    }
    if path.is_empty() {
        path.push('/');
    }
    let kept = beginning(&path, 200).len();
    path.truncate(kept);
    path
}

fn is_due(app: &App, id: crate::domain::ScimId, now: Time) -> bool {
    let mut noted = app.noted.lock();
    let due = noted.get(&id).is_none_or(|last| now.0 - last.0 >= NOTE_EVERY);
    if due {
        noted.insert(id, now);
    }
    due
}

fn log_failure(result: Result<(), crate::domain::Error>) {
    if let Err(error) = result {
        tracing::warn!(%error, "the use of a connection could not be noted");
    }
}
