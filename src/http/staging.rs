//! Staging: what is switched on in a sandbox happens to its requests. Other nodes never come here.

use super::at_once::at_once;
use super::capture::ExchangeRefusal;
use super::error::ScimError;
use super::persona_rates::{Exceeded, PersonaRates};
use super::provisioner::Provisioner;
use super::scim_call::Call;
use super::scim_path::{ScimPath, is_read};
use super::spoiled_body::SpoiledBody;
use super::staged::Staged;
use super::stale_lists::{self, StaleLists};
use super::stream_state::StreamState;
use super::tape;
use crate::domain::connection::Connection;
use crate::domain::fault_rule::{FaultKind, FaultRule, chance};
use crate::domain::sandbox::Sandbox;
use crate::domain::{Fault, NodeId, Time, Tx, token};
use crate::scim::Answer;
use crate::scim::bulk::Watched;
use crate::scim::persona::{self, Asked, RateLimit, Refused};
use actix_web::body::BoxBody;
use actix_web::error::PayloadError;
use actix_web::http::Method;
use actix_web::web::{Bytes, Payload};
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse};
use futures_util::Stream;
use parking_lot::Mutex;
use serde_json::Value;
use std::collections::HashMap;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep as wait;

/// Of how many rules and nodes something is remembered.
const REMEMBERED: usize = 10_000;

/// What the faults of all sandboxes have to remember.
#[derive(Default)]
pub struct Staging {
    /// How many requests each rule was about.
    counts: Mutex<HashMap<(NodeId, String), u64>>,
    /// What lists showed before the latest writes.
    stale: StaleLists,
    /// How often the personas of nodes were asked.
    rates: PersonaRates,
}

/// The rules that strike a request.
struct Struck(Vec<FaultRule>);

/// The sandbox that a client was let in to, if anything is switched on there.
pub fn of(provisioner: &Provisioner) -> Option<&Sandbox> {
    provisioner.caller.connection.sandbox.as_ref().filter(|sandbox| !sandbox.is_plain())
}

/// Answers a request as the sandbox is set.
///
/// # Errors
/// Every refusal, and those that are staged.
pub async fn serve(call: Call<'_>, sandbox: &Sandbox, payload: Payload) -> Result<Answer, ScimError> {
    let (node, place) = (call.caller.connection.node, call.parts.place());
    let struck = call.app.staging.struck(call.request, node, sandbox, place, &call.parts.segments);
    call.request.extensions_mut().insert(Struck(struck.iter().map(|(rule, _)| (*rule).clone()).collect()));
    let mut drops = false;
    for (rule, n) in &struck {
        match rule.kind {
            FaultKind::Latency { delay, jitter } => wait(latency(delay, jitter, *n)).await,
            FaultKind::Expire => return Err(ScimError::Token(token::Refusal::Expired)),
            FaultKind::Status { status, retry_after } => return Err(refusal(status, retry_after)),
            FaultKind::Drop => drops = true,
            FaultKind::Reset | FaultKind::Truncate | FaultKind::Slow(_) | FaultKind::Stale(_) => {}
        }
    }
    // Of a write that is dropped there is nothing to be late with.
    let lags = has_lag(sandbox) && !drops;
    let notes = (lags && matches!(place, Some(ScimPath::Bulk))).then(Mutex::<Vec<Watched>>::default);
    let call = Call { drops, notes: notes.as_ref(), ..call };
    let pending = match lags && !is_read(call.request) {
        true => stale_lists::before(&call, place),
        false => None,
    };
    let answer = played(call, sandbox, payload).await?;
    let changed = notes.as_ref().map(|notes| std::mem::take(&mut *notes.lock())).unwrap_or_default();
    call.app.staging.stale.note_all(&call, changed);
    let stale = struck.iter().find_map(|(rule, _)| match rule.kind {
        FaultKind::Stale(lag) => Some(lag),
        _ => None,
    });
    if let Some(pending) = pending {
        call.app.staging.stale.note(&call, pending, &answer);
    }
    Ok(match (answer, stale) {
        (Answer::List(text), Some(lag)) => Answer::List(call.app.staging.stale.shown(&call, place, lag, text)),
        (answer, _) => answer,
    })
}

/// The answer under a persona, if there is one.
async fn played(call: Call<'_>, sandbox: &Sandbox, payload: Payload) -> Result<Answer, ScimError> {
    let Some(persona) = sandbox.persona.as_deref().and_then(persona::find) else {
        return answer(call, payload).await;
    };
    let (body, payload) = match is_read(call.request) || *call.request.method() == Method::DELETE {
        true => (None, payload),
        false => {
            let bytes = call.body(payload).await?;
            (serde_json::from_slice::<Value>(&bytes).ok(), again(call.request, bytes).await?)
        }
    };
    let (method, query, segments) = (call.request.method().as_str(), call.parts.query(), &*call.parts.segments);
    let asked = Asked { method: if method == "HEAD" { "GET" } else { method }, segments, query, body: body.as_ref() };
    if let Some(Refused { status, scim_type, detail, source }) = persona.refusal(&asked) {
        let detail = format!("{detail} [{}]", persona.title);
        let staged = Staged { status, scim_type, detail, code: "PERSONA", source: Some(source), retry_after: None };
        return Err(ScimError::Staged(Box::new(staged)));
    }
    let node = call.caller.connection.node;
    let limits = persona.rate_limits(&asked);
    let now = Time(call.caller.now.0 + sandbox.ahead * 1000);
    if let Some(Exceeded { limit, seconds }) = call.app.staging.rates.exceeded(node, now, &limits) {
        let RateLimit { name, per_minute, burst, source, .. } = limit;
        let detail = format!("{name}: {per_minute} a minute and {burst} at once are taken. [{}]", persona.title);
        let (source, retry_after) = (Some(source.as_str()), Some(seconds));
        let staged = Staged { status: 429, scim_type: None, detail, code: "PERSONA", source, retry_after };
        return Err(ScimError::Staged(Box::new(staged)));
    }
    let mut provisioner = call.provisioner.clone();
    let connection = &provisioner.caller.connection;
    let settings = persona.settings(&connection.settings);
    provisioner.caller.connection = Arc::new(Connection { settings, ..(**connection).clone() });
    let call = Call { caller: &provisioner.caller, provisioner: &provisioner, ..call };
    let shown = |text| persona.shown(&asked, text);
    Ok(match answer(call, payload).await? {
        Answer::List(text) => Answer::List(shown(text)),
        Answer::Found { text, version } => Answer::Found { text: shown(text), version },
        Answer::Made { location, text, version } => Answer::Made { location, text: shown(text), version },
        Answer::Long { location: Some(location), text, version } => {
            Answer::Made { location, text: shown(text.collect()), version }
        }
        Answer::Long { location: None, text, version } => Answer::Found { text: shown(text.collect()), version },
        other => other,
    })
}

/// A body once more.
async fn again(request: &HttpRequest, bytes: Vec<u8>) -> Result<Payload, ScimError> {
    let pieces = futures_util::stream::iter([Ok::<_, PayloadError>(Bytes::from(bytes))]);
    let pieces: Pin<Box<dyn Stream<Item = Result<Bytes, PayloadError>>>> = Box::pin(pieces);
    Payload::from_request(request, &mut actix_web::dev::Payload::from(pieces)).await.map_err(|_| ScimError::Broken)
}

async fn answer(call: Call<'_>, payload: Payload) -> Result<Answer, ScimError> {
    if is_read(call.request) {
        let (parts, caller) = (call.parts.clone(), call.caller.clone());
        let read = move |tx: &mut dyn Tx| Ok::<_, Fault>(at_once(tx, &parts, &caller));
        if let Some(done) = call.app.store.read(read)? {
            return done;
        }
    }
    call.serve(payload).await
}

fn latency(delay: u64, jitter: u64, n: u64) -> Duration {
    let more = chance(n) % (2 * jitter + 1);
    Duration::from_millis((delay + more).saturating_sub(jitter))
}

fn refusal(status: u16, retry_after: Option<u64>) -> ScimError {
    let detail = format!("This sandbox answers {status} on purpose.");
    ScimError::Staged(Box::new(Staged { status, scim_type: None, detail, code: "FAULT", source: None, retry_after }))
}

fn has_lag(sandbox: &Sandbox) -> bool {
    sandbox.faults.iter().any(|rule| matches!(rule.kind, FaultKind::Stale(_)))
}

impl Staging {
    /// The rules that strike a request, each with how many requests it was about so far.
    fn struck<'s>(
        &self,
        request: &HttpRequest,
        node: NodeId,
        sandbox: &'s Sandbox,
        place: Option<ScimPath<'_>>,
        segments: &[String],
    ) -> Vec<(&'s FaultRule, u64)> {
        let path = segments.iter().fold(String::new(), |path, segment| path + "/" + segment);
        let is_search = matches!(place, Some(ScimPath::Search(_)));
        let lists = (is_read(request) && matches!(place, Some(ScimPath::All(_) | ScimPath::Root))) || is_search;
        let writes = !is_read(request) && !is_search;
        let fits = |rule: &&FaultRule| match rule.kind {
            FaultKind::Stale(_) => lists,
            FaultKind::Drop => writes,
            _ => true,
        };
        let mut counts = self.counts.lock();
        if counts.len() > REMEMBERED {
            counts.clear();
        }
        let concerned =
            sandbox.faults.iter().filter(fits).filter(|rule| rule.concerns(request.method().as_str(), &path));
        let counted = concerned.map(|rule| {
            let n = counts.entry((node, rule.to_string())).or_default();
            *n += 1;
            (rule, *n)
        });
        counted.filter(|(rule, n)| rule.strikes(*n)).collect()
    }
}

/// What the inspector is told of a request that a fault has struck, beside or instead of its refusal.
pub fn noted(request: &HttpRequest, refusal: Option<ExchangeRefusal>) -> Option<ExchangeRefusal> {
    let extensions = request.extensions();
    let Some(Struck(rules)) = extensions.get::<Struck>() else { return refusal };
    // An answer that only came late is the right one.
    if rules.iter().all(|rule| matches!(rule.kind, FaultKind::Latency { .. })) {
        return refusal;
    }
    let named: Vec<String> = rules.iter().map(ToString::to_string).collect();
    let mut detail = format!("A fault of this sandbox: {}.", named.join(", "));
    if refusal.is_none() && rules.iter().any(|rule| rule.kind == FaultKind::Drop) {
        detail.push_str(" The answer says that it was done, but nothing was written.");
    }
    // Whoever looks for the cause of a refusal that was not staged wants to see that one.
    match refusal {
        Some(own) if own.code != "FAULT" && !rules.iter().any(|rule| rule.kind == FaultKind::Expire) => Some(own),
        _ => Some(ExchangeRefusal { code: "FAULT", detail, conflict: None }),
    }
}

/// Spoils an answer on its way out.
pub fn spoil(request: &HttpRequest, response: HttpResponse) -> HttpResponse {
    let struck = request.extensions_mut().remove::<Struck>();
    let mut response = response;
    for rule in struck.into_iter().flat_map(|struck| struck.0) {
        response = match rule.kind {
            FaultKind::Reset => {
                if let Some(state) = request.conn_data::<Rc<StreamState>>() {
                    state.resets.set(true);
                }
                response
            }
            FaultKind::Truncate => with_body(response, SpoiledBody::cut),
            FaultKind::Slow(time) => with_body(response, |body| SpoiledBody::slow(body, Duration::from_millis(time))),
            _ => response,
        };
    }
    response
}

fn with_body(response: HttpResponse, spoiled: impl FnOnce(Bytes) -> SpoiledBody) -> HttpResponse {
    match tape::answer(response) {
        (response, Some(body)) if !body.is_empty() => response.set_body(BoxBody::new(spoiled(body))),
        (response, _) => response,
    }
}
