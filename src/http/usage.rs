//! What stays of a SCIM request: an exchange for the console, and in the store that its connection was used.

use super::capture::{Exchange, ExchangeRefusal};
use super::exchange_queue::Raw;
use super::provisioner::{Provisioner, agent, beginning, presented};
use super::refusal::note_failure;
use super::scim_path::{ScimPath, is_read, segments};
use super::{App, request_id, stream, tape, wrong_url};
use crate::domain::connection_settings::CaptureMode;
use crate::domain::connection_state::ConnectionState;
use crate::domain::provisioning::{self, ServedRequest};
use crate::domain::{Act, NodeId, Time, token};
use crate::scim::explain::redact;
use crate::scim::relaxation::Relaxation;
use crate::world;
use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::ServiceRequest;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::Value;
use std::sync::Arc;
use std::time::Instant;

/// Milliseconds between two notes of a connection's last use.
const NOTE_EVERY: i64 = 5_000;

/// How a request was answered.
pub struct Answered {
    /// The name that it has in the audit log, where it wrote.
    pub acted: Option<String>,
    /// The name in its answer.
    pub id: String,
    /// When it arrived.
    pub began: Instant,
    /// The same by the wall clock.
    pub now: Time,
    /// Why it was refused.
    pub refusal: Option<ExchangeRefusal>,
}

/// Keeps the exchange for the console, and notes in the store that the connection was used: at once when that is news
/// (the first request, the first write), else now and then.
#[expect(clippy::too_many_arguments, reason = "everything that is known of one exchange, in one place")]
pub async fn remember(
    app: &Data<App>,
    request: &HttpRequest,
    node: Option<NodeId>,
    place: Option<ScimPath<'_>>,
    segments: &[String],
    provisioner: Option<Provisioner>,
    answered: Answered,
    response: HttpResponse,
) -> HttpResponse {
    let Answered { acted, id, began, now, refusal } = answered;
    let status = response.status().as_u16();
    // Of whom there is too much, nothing is kept.
    if provisioner.is_none() && refusal.as_ref().is_some_and(|refused| refused.code == "TOO_OFTEN") {
        return response;
    }
    let from = app.addresses.client(request);
    let synced = status < 300
        && matches!(place, Some(ScimPath::All(_) | ScimPath::One(..) | ScimPath::Search(_) | ScimPath::Bulk));
    let wrote = synced && !is_read(request) && !matches!(place, Some(ScimPath::Search(_)));
    let asked = match &provisioner {
        Some(provisioner) => Some(Arc::clone(&provisioner.caller.connection)),
        None => node.and_then(|node| app.store.read(move |tx| tx.connection_of(node)).ok().flatten().map(Arc::new)),
    };
    // A genuine token says more of whose request it is than the URL.
    let owner = wrong_url::owner(app, request, refusal.as_ref());
    let is_lost = owner.as_ref().is_some_and(|owner| node != Some(owner.node));
    let token_tail = refusal
        .as_ref()
        .filter(|refused| wrong_url::is_of_token(refused.code))
        .and_then(|_| presented(request))
        .map(token::tail);
    // Only nodes with a connection have a page that shows what arrives.
    if let (None, Some(refused), Some(connection)) = (&provisioner, &refusal, &asked) {
        note_failure(app, connection.node, refused.code, &from, now);
    }
    let refusal = match (refusal, &owner) {
        (Some(refused), Some(owner)) if is_lost => Some(wrong_url::refusal(app, request, owner, refused)),
        (refusal, _) => refusal,
    };
    let connection = owner.or(asked);
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
    let is_known = provisioner.is_some();
    let (agent, relaxations) = match provisioner {
        Some(Provisioner { caller, .. }) => (caller.agent, caller.leeway.taken()),
        None => (agent(request), Vec::new()),
    };
    let relaxations: Vec<&'static str> = relaxations.into_iter().map(Relaxation::code).collect();
    let is_noise = matches!(code, Some("TOKEN_MISSING" | "TOKEN_NO_BEARER" | "TOKEN_UNKNOWN"));
    let mode = connection.as_ref().map_or(CaptureMode::Metadata, |connection| connection.settings.capture);
    let response = match mode {
        CaptureMode::Off => response,
        mode => {
            let size = sized(&response);
            let (response, body) = tape::answer(response);
            let tape = tape::take(request).unwrap_or_default();
            let path = match connection.is_some() && !is_lost {
                true => shown_path(segments, 4_096),
                false => request.path().to_owned(),
            };
            app.recorder.keep(Raw {
                request_id: id.clone(),
                at: now,
                connection: connection.as_ref().map(|connection| (connection.id, connection.idp.name)),
                node: connection.as_ref().map(|connection| connection.node),
                mode,
                is_noise: is_noise || (!is_known && connection.is_none()),
                method: request.method().as_str().chars().take(40).collect(),
                path: redact::text(&path),
                query: redact::query(request.query_string()),
                status,
                micros: u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX),
                request_size: tape.size,
                answer_size: size,
                agent: agent.as_deref().map(|agent| redact::text(agent).into_text()),
                address: from.clone(),
                code,
                token_tail: token_tail.clone(),
                detail: detail.clone(),
                conflict: conflict.as_ref().map(|conflict| (conflict.user_name.clone(), conflict.user)),
                relaxations: relaxations.clone(),
                // Who sends no name is told by other headers.
                request_headers: match mode == CaptureMode::Full || agent.is_none() {
                    true => tape::headers(request.headers()),
                    false => Vec::new(),
                },
                request_body: tape.body,
                found: tape.found,
                answer_headers: if mode == CaptureMode::Full { tape::headers(response.headers()) } else { Vec::new() },
                answer_body: body,
                touched: tape.touched,
            });
            response
        }
    };
    let Some(connection) = connection else { return response };
    let node = connection.node;
    app.captures.keep(
        node,
        Exchange {
            at: now,
            method: request.method().to_string(),
            path: if is_lost { wrong_url::shown_path(request) } else { shown_path(segments, 200) },
            status,
            is_noise,
            code: code.map(str::to_owned),
            token_tail,
            from,
            agent,
            detail,
            conflict,
            name: id,
            request_id: acted,
            relaxations,
        },
    );
    if let Some((news, note)) = due {
        let Ok(act) = world::act(format!("scim:{}", connection.id)) else { return response };
        let (act, token_id) = (Act { now, address: note.from.clone(), ..act }, note.token_id.clone());
        let id = connection.id;
        let written = app.store.write(move |tx| provisioning::seen(tx, &act, id, &note));
        if news {
            log_failure(written.await);
            app.store.forget(&token_id);
        } else {
            actix_web::rt::spawn(async move { log_failure(written.await) });
        }
    }
    // Nobody may be watching.
    let _ = app.changed.send(node);
    response
}

fn sized(response: &HttpResponse) -> u64 {
    match response.body().size() {
        BodySize::Sized(length) => length,
        BodySize::None | BodySize::Stream => 0,
    }
}

/// Keeps what was refused before anybody looked at what it wants. Of a request that is no proper HTTP nothing is known but
/// the reason.
pub fn remember_refused(app: &App, request: &ServiceRequest, mut response: HttpResponse) -> HttpResponse {
    let is_lost = request.path() == stream::REFUSED;
    if !is_lost && !request.path().starts_with(super::SCIM) {
        return response;
    }
    let id = world::request_name();
    request_id::show(&id, &mut response);
    let (size, status) = (sized(&response), response.status());
    let (response, body) = tape::answer(response);
    let said: Value = body.as_deref().and_then(|body| serde_json::from_slice(body).ok()).unwrap_or_default();
    let (node, segments) = segments(request.path());
    let connection = node.and_then(|node| app.store.read(move |tx| tx.connection_of(node)).ok().flatten());
    let mode = connection.as_ref().map_or(CaptureMode::Metadata, |connection| connection.settings.capture);
    if mode == CaptureMode::Off {
        return response;
    }
    let path = match (&connection, is_lost) {
        (_, true) => "-".to_owned(),
        (Some(_), _) => shown_path(&segments, 4_096),
        (None, _) => request.path().to_owned(),
    };
    app.recorder.keep(Raw {
        request_id: id,
        at: world::now(),
        connection: connection.as_ref().map(|connection| (connection.id, connection.idp.name)),
        node: connection.as_ref().map(|connection| connection.node),
        mode,
        // Nobody has looked at its token.
        is_noise: true,
        method: if is_lost { "-".to_owned() } else { request.method().as_str().chars().take(40).collect() },
        path: redact::text(&path),
        query: redact::query(request.query_string()),
        status: status.as_u16(),
        micros: 0,
        request_size: 0,
        answer_size: size,
        agent: if is_lost { None } else { agent(request.request()) },
        address: app.addresses.client(request.request()),
        code: Some(refused_code(status.as_u16())),
        token_tail: None,
        detail: said.get("detail").and_then(Value::as_str).map(str::to_owned),
        conflict: None,
        relaxations: Vec::new(),
        request_headers: if is_lost { Vec::new() } else { tape::headers(request.headers()) },
        request_body: None,
        found: redact::Found::default(),
        answer_headers: tape::headers(response.headers()),
        answer_body: body,
        touched: tape::Touched::default(),
    });
    response
}

fn refused_code(status: u16) -> &'static str {
    match status {
        413 | 431 => "TOO_LARGE",
        408 => "SLOW",
        _ => "MALFORMED",
    }
}

/// The path below the node's base URL, as much of it as is worth keeping.
fn shown_path(segments: &[String], most: usize) -> String {
    let mut path = String::with_capacity(40);
    for segment in segments {
        path.push('/');
        path.push_str(segment);
    }
    if path.is_empty() {
        path.push('/');
    }
    let kept = beginning(&path, most).len();
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
