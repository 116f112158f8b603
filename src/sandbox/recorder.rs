//! The recorder: stands between a client and a SCIM server, hands everything on, and keeps it as a dialogue.

use super::dialogue::player::Exchange;
use super::dialogue::record::Record;
use crate::push::client::wire::Wire;
use parking_lot::Mutex;
use serde_json::Value;

/// Request headers that are handed on: whatever says who asks, and what for.
const NOT_ON: [&str; 9] = [
    "host",
    "connection",
    "content-length",
    "transfer-encoding",
    "accept-encoding",
    "expect",
    "keep-alive",
    "upgrade",
    "te",
];
/// Request headers that are kept in the file.
const KEPT: [&str; 6] = ["accept", "content-type", "user-agent", "if-match", "if-none-match", "prefer"];
/// Answer headers that are handed on.
const BACK: [&str; 7] =
    ["content-type", "location", "etag", "retry-after", "www-authenticate", "x-request-id", "allow"];

/// A server that is spoken to through it, and what has passed.
pub struct Recorder {
    wire: Wire,
    own: String,
    record: Mutex<Record>,
}

/// What is answered to the client.
pub struct Passed {
    /// The status.
    pub status: u16,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl Recorder {
    /// Before a server. `own` is the address that clients know; in answers it stands for that of the server.
    pub fn new(wire: Wire, own: &str, client: &str) -> Recorder {
        let record = Mutex::new(Record::new(client, "", wire.url()));
        Recorder { wire, own: own.trim_end_matches('/').to_owned(), record }
    }

    /// Hands a request on, keeps it with its answer, and gives the answer back.
    pub fn pass(&self, method: &str, target: &str, headers: &[(String, String)], body: &[u8]) -> Passed {
        let body = String::from_utf8_lossy(body).replace(&self.own, self.wire.url());
        let body = Some(body).filter(|body| !body.is_empty());
        let on = |(name, _): &&(String, String)| !NOT_ON.contains(&name.to_ascii_lowercase().as_str());
        let sent: Vec<(String, String)> = headers.iter().filter(on).cloned().collect();
        let answer = self.wire.send(method, target, &sent, body.as_deref());
        let passed = match &answer {
            Ok(answer) => Passed {
                status: answer.status,
                headers: answer
                    .headers
                    .iter()
                    .filter(|(name, _)| BACK.contains(&name.to_ascii_lowercase().as_str()))
                    .map(|(name, value)| (name.clone(), value.replace(self.wire.url(), &self.own)))
                    .collect(),
                body: answer.text.replace(self.wire.url(), &self.own),
            },
            Err(why) => Passed { status: 502, headers: Vec::new(), body: why.clone() },
        };
        let json =
            answer.as_ref().ok().and_then(|answer| serde_json::from_str(&answer.text).ok()).unwrap_or(Value::Null);
        let kept = |(name, _): &&(String, String)| KEPT.contains(&name.to_ascii_lowercase().as_str());
        self.record.lock().add(&Exchange {
            method: method.to_owned(),
            path: target.to_owned(),
            headers: headers.iter().filter(kept).cloned().collect(),
            body,
            answer,
            json,
            again: Vec::new(),
        });
        passed
    }

    /// What has passed so far, as a dialogue file.
    pub fn dialogue(&self) -> Value {
        self.record.lock().dialogue()
    }
}
