//! Tape: what a request brings while it is served, as far as it may be kept. Secrets are taken out as it is recorded.

use crate::domain::Tx;
use crate::domain::connection_settings::CaptureMode;
use crate::scim::bulk::Watched;
use crate::scim::dispatch::with_type;
use crate::scim::explain::redact::{self, Clean, Found};
use crate::scim::query::Query;
use crate::scim::resource::Resource;
use crate::scim::schema::ResourceType;
use crate::scim::{Answer, Caller, Terms};
use actix_web::body::{BoxBody, MessageBody};
use actix_web::http::header::HeaderMap;
use actix_web::web::Bytes;
use actix_web::{HttpMessage, HttpRequest, HttpResponse};

/// Longer bodies are not kept, in bytes; the setting `requests_body_kib` can only say less.
const LONGEST: usize = 1 << 20;

/// Recorded while a request is served.
#[derive(Default)]
pub struct Tape {
    /// The body.
    pub body: Option<Clean>,
    /// How long it was, in bytes.
    pub size: u64,
    /// Secrets that the answer may quote.
    pub found: Found,
    /// The resource before and after.
    pub touched: Touched,
}

/// The text of a resource before and after.
#[derive(Clone, Debug, Default)]
pub struct Touched {
    /// Before; `None` where it was not there, or is too long.
    pub before: Option<String>,
    /// After.
    pub after: Option<String>,
    /// Those of the operations of a bulk request.
    pub several: Vec<Watched>,
}

/// Starts recording, unless nothing is to be kept.
pub fn start(request: &HttpRequest, mode: CaptureMode) {
    if mode != CaptureMode::Off {
        request.extensions_mut().insert(Tape::default());
    }
}

/// Whether a request is being recorded.
pub fn runs(request: &HttpRequest) -> bool {
    request.extensions().contains::<Tape>()
}

/// Records the body.
pub fn body(request: &HttpRequest, bytes: &[u8]) {
    let mut extensions = request.extensions_mut();
    let Some(tape) = extensions.get_mut::<Tape>() else { return };
    tape.size = bytes.len() as u64;
    if bytes.len() <= LONGEST {
        (tape.body, tape.found) = redact::request(bytes);
    }
}

/// Records what a write has done.
pub fn touched(request: &HttpRequest, touched: Touched) {
    if let Some(tape) = request.extensions_mut().get_mut::<Tape>() {
        tape.touched = touched;
    }
}

/// Ends recording.
pub fn take(request: &HttpRequest) -> Option<Tape> {
    request.extensions_mut().remove::<Tape>()
}

/// The text of a resource; without its members where those are not wanted or too many.
pub fn text_of<R: Resource>(tx: &mut dyn Tx, caller: &Caller, id: R::Id, whole: bool) -> Option<String> {
    let mut terms = Terms::default();
    if !whole || R::is_long(tx, caller, id, &terms).ok()? {
        terms.projection = Query::from_url("excludedAttributes=members", &caller.leeway).ok()?.projection;
    }
    match R::get(tx, caller, id, &terms).ok()? {
        Answer::Found { text, .. } => Some(text),
        _ => None,
    }
}

/// The text of a resource with its members, where these are not too many, by its type and id.
pub fn watch(tx: &mut dyn Tx, caller: &Caller, of: &'static ResourceType, id: &str) -> Option<String> {
    with_type!(of, R => R::id(id).ok().and_then(|id| text_of::<R>(tx, caller, id, true)))
}

/// The body of an answer, without copying it; `None` where it has none that is at hand.
pub fn answer(response: HttpResponse) -> (HttpResponse, Option<Bytes>) {
    let (head, body) = response.into_parts();
    match body.try_into_bytes() {
        Ok(bytes) => {
            let kept = (bytes.len() <= LONGEST).then(|| bytes.clone());
            (head.set_body(BoxBody::new(bytes)), kept)
        }
        Err(body) => (head.set_body(body), None),
    }
}

/// Headers without secrets, names in lower case.
pub fn headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let one = |(name, value): (&actix_web::http::header::HeaderName, &actix_web::http::header::HeaderValue)| {
        let value = String::from_utf8_lossy(value.as_bytes());
        (name.as_str().to_owned(), redact::header(name.as_str(), &value).into_text())
    };
    headers.iter().take(100).map(one).collect()
}
