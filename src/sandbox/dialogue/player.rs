//! Plays steps: fills in what was kept, sends, and compares.

use super::matcher::{find, shortened, wrong};
use super::values::Values;
use super::{at, form, list, pairs, text};
use crate::push::client::wire::{Received, Wire, pause};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use std::time::Duration;
use zeroize::Zeroizing;

/// All but the unreserved characters (RFC 3986, section 2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// What is encoded in addresses that a dialogue writes out: bytes that no address may have.
const UNSENDABLE: &AsciiSet = &percent_encoding::CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'`')
    .add(b'\\')
    .add(b'^')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// When a request is sent again, and how long a client waits before.
#[derive(Clone, Debug)]
pub struct Retries {
    /// The answers after which it is sent again.
    pub statuses: Vec<u16>,
    /// How often.
    pub times: u32,
    /// The first pause, doubled each time; none asks no longer than the answer does.
    pub pause: Duration,
}

/// A request as it was sent, and what came back.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The method.
    pub method: String,
    /// What follows the base URL, the query included.
    pub path: String,
    /// The headers that were sent, without the token.
    pub headers: Vec<(String, String)>,
    /// The body that was sent.
    pub body: Option<String>,
    /// The answer, or why there is none.
    pub answer: Result<Received, String>,
    /// The body of the answer; null where it is no JSON.
    pub json: Value,
    /// The statuses that made the client send it again.
    pub again: Vec<u16>,
}

impl Exchange {
    /// The request line, as reports show it.
    pub fn asked(&self) -> String {
        let path = percent_encoding::percent_decode_str(&self.path).decode_utf8_lossy();
        format!("{} {}", self.method, shortened(&path))
    }

    /// The status; 0 without an answer.
    pub fn status(&self) -> u16 {
        self.answer.as_ref().map_or(0, |answer| answer.status)
    }
}

/// What is not as it should be.
#[derive(Clone, Debug)]
pub struct Fault {
    /// What came.
    pub got: String,
    /// What should have come.
    pub want: String,
    /// The part of the form that does not hold, one of [`form::PARTS`]; none for what the step itself expects.
    pub part: Option<&'static str>,
}

/// A step that was played.
#[derive(Clone, Debug)]
pub struct Played {
    /// What went over the wire.
    pub exchange: Exchange,
    /// What is wrong with the answer.
    pub faults: Vec<Fault>,
}

/// Plays steps on one service, with one token.
pub struct Player<'w> {
    wire: &'w Wire,
    token: Zeroizing<String>,
    retries: Retries,
    /// What is filled in.
    pub values: Values,
    /// The paths of the resources that POST made and that no DELETE removed.
    made: Vec<String>,
}

impl<'w> Player<'w> {
    /// Nothing is kept yet.
    pub fn new(wire: &'w Wire, token: &str, retries: Retries, values: Values) -> Player<'w> {
        Player { wire, token: Zeroizing::new(token.to_owned()), retries, values, made: Vec::new() }
    }

    /// Whether a step is to be played: what its `when` names is kept, and what its `unless` names is not.
    pub fn is_due(&self, step: &Value) -> bool {
        let is_kept = |name: &str| self.values.get(name).is_some();
        at(step, "when").as_str().is_none_or(is_kept) && !at(step, "unless").as_str().is_some_and(is_kept)
    }

    /// Sends the request of a step and compares with `answer`. `headers` are those of the whole dialogue.
    pub fn play(&mut self, headers: &Value, step: &Value, answer: &Value) -> Played {
        let exchange = self.send(headers, at(step, "request"));
        let mut faults = self.compare(&exchange, answer);
        for (name, place) in pairs(step, "keep") {
            match self.found(&exchange, place) {
                Some(value) => self.values.set(name, value),
                None if faults.is_empty() && exchange.status() < 400 => {
                    let want = format!("a value at {}", self.values.text(place.as_str().unwrap_or_default()));
                    faults.push(Fault { got: "nothing".to_owned(), want, part: None });
                }
                None => {}
            }
        }
        // Who looks for one and is shown another must not take it for the one it wants.
        for (pointer, wanted) in pairs(step, "match") {
            let wanted = self.values.filled(wanted);
            let other = find(&exchange.json, pointer).filter(|found| fold(found) != fold(&wanted));
            let fault = |other: &Value| Fault {
                got: format!("{pointer} {other}"),
                want: format!("{pointer} {wanted}"),
                part: None,
            };
            faults.extend(other.map(fault));
        }
        for (name, place) in pairs(step, "learn") {
            match self.found(&exchange, place).filter(|_| faults.iter().all(|fault| fault.part.is_some())) {
                Some(value) => self.values.set(name, value),
                None => self.values.forget(name),
            }
        }
        Played { exchange, faults }
    }

    /// Removes what POSTs made, the newest first; how many of them stay.
    pub fn clean_up(&mut self) -> usize {
        let made = std::mem::take(&mut self.made);
        let request = |path: &String| serde_json::json!({ "method": "DELETE", "path": path });
        made.iter()
            .rev()
            .filter(|path| !matches!(self.send(&Value::Null, &request(path)).status(), 200..=299 | 404))
            .count()
    }

    fn found(&self, exchange: &Exchange, place: &Value) -> Option<Value> {
        let place = self.values.text(place.as_str()?);
        match place.strip_prefix("header:") {
            Some(header) => exchange.answer.as_ref().ok()?.header(header).map(Value::from),
            None => find(&exchange.json, &place).filter(|found| !found.is_null()).cloned(),
        }
    }

    fn compare(&self, exchange: &Exchange, answer: &Value) -> Vec<Fault> {
        let fault = |got: String, want: String| Fault { got, want, part: None };
        let received = match &exchange.answer {
            Ok(received) => received,
            Err(why) => return vec![fault(format!("no answer: {why}"), "an answer".to_owned())],
        };
        let wanted = at(answer, "status");
        let (is_taken, first) = match wanted {
            Value::Array(all) => (all.contains(&received.status.into()), all.first().and_then(Value::as_u64)),
            Value::Null => (true, None),
            one => (*one == received.status, one.as_u64()),
        };
        if !is_taken {
            let told = match received.text.is_empty() {
                true => received.status.to_string(),
                false => format!("{}: {}", received.status, shortened(&said(exchange))),
            };
            return vec![fault(told, wanted_status(wanted))];
        }
        let mut faults = Vec::new();
        // A client that takes 204 does without a body, and one that takes a refusal looks at nothing else.
        let is_other = first.is_some_and(|first| first / 100 != u64::from(received.status) / 100);
        if received.status != 204 && !is_other {
            for (pointer, wanted) in pairs(answer, "body") {
                let (pointer, wanted) = (self.values.text(pointer), self.values.filled(wanted));
                let wrong = wrong(find(&exchange.json, &pointer), &wanted);
                faults.extend(wrong.map(|(got, want)| fault(format!("{pointer} {got}"), format!("{pointer} {want}"))));
            }
        }
        for (name, wanted) in pairs(answer, "headers") {
            let found = received.header(name).map(Value::from);
            let wrong = wrong(found.as_ref(), &self.values.filled(wanted));
            faults.extend(wrong.map(|(got, want)| fault(format!("{name} {got}"), format!("{name} {want}"))));
        }
        let is_projected = exchange.path.to_lowercase().contains("attributes=");
        let mut form = form::faults(received, &exchange.json, &exchange.method);
        form.retain(|fault| !(is_projected && fault.part == "resource-type"));
        faults.extend(form.into_iter().map(|form| Fault {
            got: form.got,
            want: form.want.to_owned(),
            part: Some(form.part),
        }));
        faults
    }

    /// Sends a request, again where this client does so.
    fn send(&mut self, common: &Value, request: &Value) -> Exchange {
        let body = match at(request, "text").as_str() {
            Some(text) => Some(self.values.text(text)),
            None => request.get("body").map(|body| self.values.filled(body).to_string()),
        };
        let mut headers = self.headers(common, request, body.is_some());
        let sent_headers = headers.clone();
        match text(request, "token") {
            "none" => {}
            "wrong" => headers.push(("Authorization".to_owned(), format!("Bearer x{}", self.token.as_str()))),
            _ if self.token.is_empty() => {}
            _ => headers.push(("Authorization".to_owned(), format!("Bearer {}", self.token.as_str()))),
        }
        let (method, path) = (text(request, "method").to_owned(), self.path(request));
        let mut again = Vec::new();
        let answer = loop {
            let answer = self.wire.send(&method, &path, &headers, body.as_deref());
            let tries = u32::try_from(again.len()).unwrap_or(u32::MAX);
            let Ok(received) = &answer else { break answer };
            if tries >= self.retries.times || !self.retries.statuses.contains(&received.status) {
                break answer;
            }
            let asked =
                received.header("retry-after").and_then(|text| text.trim().parse().ok()).map(Duration::from_secs);
            pause(asked.unwrap_or_else(|| self.retries.pause.saturating_mul(1 << tries.min(8))));
            again.push(received.status);
        };
        let json = answer.as_ref().ok().and_then(|answer| serde_json::from_str(&answer.text).ok()).unwrap_or_default();
        let exchange = Exchange { method, path, headers: sent_headers, body, answer, json, again };
        self.note(&exchange);
        exchange
    }

    /// Remembers what is to be cleaned up.
    fn note(&mut self, exchange: &Exchange) {
        let path = exchange.path.split('?').next().unwrap_or_default();
        match (exchange.method.as_str(), exchange.status()) {
            ("POST", 200 | 201) if ["/users", "/groups"].contains(&path.to_lowercase().as_str()) => {
                let id = exchange.json.get("id").map(|id| id.as_str().map_or_else(|| id.to_string(), str::to_owned));
                self.made
                    .extend(id.map(|id| format!("{path}/{}", encoded(&id))).filter(|one| !self.made.contains(one)));
            }
            ("POST", 200) if path == "/Bulk" => {
                for done in list(&exchange.json, "Operations").iter().filter(|done| text(done, "method") == "POST") {
                    let location = text(done, "location");
                    let place = ["/Users/", "/Groups/"].iter().find_map(|kind| location.rfind(kind));
                    self.made.extend(place.and_then(|place| location.get(place..)).map(str::to_owned));
                }
            }
            ("DELETE", 200..=299) => self.made.retain(|made| made != path),
            _ => {}
        }
    }

    fn headers(&self, common: &Value, request: &Value, has_body: bool) -> Vec<(String, String)> {
        let mut headers = vec![("Accept".to_owned(), "application/scim+json".to_owned())];
        if has_body {
            headers.push(("Content-Type".to_owned(), "application/scim+json".to_owned()));
        }
        for (name, value) in common.as_object().into_iter().flatten().chain(pairs(request, "headers")) {
            if name.eq_ignore_ascii_case("content-type") && !has_body {
                continue;
            }
            headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
            headers.extend(value.as_str().map(|value| (name.clone(), self.values.text(value))));
        }
        headers
    }

    fn path(&self, request: &Value) -> String {
        let blank = if at(request, "plus") == true { "+" } else { "%20" };
        let query = match at(request, "query") {
            Value::Object(query) => {
                let pair = |(name, value): (&String, &Value)| {
                    let value = self.values.text(value.as_str().unwrap_or_default());
                    format!("{}={}", encoded(name), encoded(&value).replace("%20", blank))
                };
                format!("?{}", query.iter().map(pair).collect::<Vec<_>>().join("&"))
            }
            Value::String(text) => format!("?{}", self.values.text(text)),
            _ => String::new(),
        };
        let path = format!("{}{query}", self.values.text(text(request, "path")));
        utf8_percent_encode(&path, UNSENDABLE).to_string()
    }
}

/// A text in small letters.
fn fold(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_lowercase)
}

/// The words of a refusal, or the whole body.
fn said(exchange: &Exchange) -> String {
    let (kind, detail) = (text(&exchange.json, "scimType"), text(&exchange.json, "detail"));
    match (kind, detail) {
        ("", "") => exchange.answer.as_ref().map(|answer| answer.text.clone()).unwrap_or_default(),
        ("", detail) => detail.to_owned(),
        (kind, detail) => format!("{kind}: {detail}"),
    }
}

fn wanted_status(wanted: &Value) -> String {
    match wanted {
        Value::Array(all) => all.iter().map(Value::to_string).collect::<Vec<_>>().join(" or "),
        one => one.to_string(),
    }
}

/// A text as a part of a query.
pub fn encoded(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}
