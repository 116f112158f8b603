//! Requests with a genuine token at a wrong URL: they are shown at the connection of the token, with the URL that it should be.
//! Whoever sends them is answered like everybody else.

use super::capture::{Exchange, ExchangeRefusal};
use super::exchange_queue::Raw;
use super::provisioner::{agent, beginning, presented};
use super::{App, SCIM, request_id, tape};
use crate::domain::connection::Connection;
use crate::domain::connection_settings::CaptureMode;
use crate::domain::token;
use crate::scim::explain::redact;
use crate::world;
use actix_web::HttpRequest;
use std::sync::Arc;
use zeroize::Zeroizing;

const CODE: &str = "WRONG_URL";

/// The connection whose token was refused, unless it is a stranger's: of one nothing more is looked up.
pub fn owner(app: &App, request: &HttpRequest, refusal: Option<&ExchangeRefusal>) -> Option<Arc<Connection>> {
    let code = refusal?.code;
    if !is_of_token(code) || ["TOKEN_MISSING", "TOKEN_UNKNOWN"].contains(&code) {
        return None;
    }
    genuine(app, request)
}

/// Whether a refusal is one of a token, or of whoever holds a genuine one.
pub fn is_of_token(code: &str) -> bool {
    code.starts_with("TOKEN_")
        || ["ADDRESS_NOT_ALLOWED", "CLIENT_CERTIFICATE_NOT_ALLOWED", "NO_CLIENT_CERTIFICATE"].contains(&code)
}

fn genuine(app: &App, request: &HttpRequest) -> Option<Arc<Connection>> {
    let token = Zeroizing::new(presented(request)?.to_owned());
    app.store.read(move |tx| token::owner(tx, &token)).ok().flatten()
}

/// What is kept of a refusal at the URL of another node, or of none.
pub fn refusal(app: &App, request: &HttpRequest, connection: &Connection, refused: ExchangeRefusal) -> ExchangeRefusal {
    match refused.code {
        "TOKEN_OTHER_NODE" | "TOKEN_NOT_SAVED" => {
            ExchangeRefusal { code: CODE, detail: sentence(app, request, connection), conflict: None }
        }
        _ => refused,
    }
}

fn sentence(app: &App, request: &HttpRequest, connection: &Connection) -> String {
    let (base, node) = (app.addresses.base(request), connection.node);
    let path = shown_path(request);
    format!(
        "There is nothing for this token at “{path}”. The URL should be {base}{SCIM}/{node}, to which /Users is added. [{CODE}]"
    )
}

/// The whole path, as much of it as is worth keeping and without tokens.
pub fn shown_path(request: &HttpRequest) -> String {
    redact::text(beginning(request.path(), 200)).into_text()
}

/// Keeps a request to an address outside of SCIM, if its token is genuine. Its body is not looked at.
pub fn note(app: &App, request: &HttpRequest, status: u16) {
    let Some(connection) = genuine(app, request) else { return };
    let (at, from) = (world::now(), app.addresses.client(request));
    let name = request_id::of(request).unwrap_or_else(world::request_name);
    let (detail, agent) = (sentence(app, request, &connection), agent(request));
    let method: String = request.method().as_str().chars().take(40).collect();
    let (path, mode) = (request.path(), connection.settings.capture);
    let headers = |wanted| if wanted { tape::headers(request.headers()) } else { Vec::new() };
    if mode != CaptureMode::Off {
        app.recorder.keep(Raw {
            request_id: name.clone(),
            at,
            connection: Some((connection.id, connection.idp.name)),
            node: Some(connection.node),
            mode,
            is_noise: false,
            method: method.clone(),
            path: redact::text(path),
            query: redact::query(request.query_string()),
            status,
            micros: 0,
            request_size: 0,
            answer_size: 0,
            agent: agent.as_deref().map(|agent| redact::text(agent).into_text()),
            address: from.clone(),
            code: Some(CODE),
            token_tail: None,
            detail: Some(detail.clone()),
            conflict: None,
            relaxations: Vec::new(),
            request_headers: headers(mode == CaptureMode::Full || agent.is_none()),
            request_body: None,
            found: redact::Found::default(),
            answer_headers: Vec::new(),
            answer_body: None,
            touched: tape::Touched::default(),
        });
    }
    let exchange = Exchange {
        at,
        method,
        path: shown_path(request),
        status,
        is_noise: false,
        code: Some(CODE.to_owned()),
        token_tail: None,
        from,
        agent,
        detail: Some(detail),
        conflict: None,
        name,
        request_id: None,
        relaxations: Vec::new(),
    };
    app.captures.keep(connection.node, exchange);
    // Nobody may be watching.
    let _ = app.changed.send(connection.node);
}
