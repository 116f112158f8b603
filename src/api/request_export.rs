//! Captured requests as files: commands for curl, HAR 1.2, lines of JSON, and dialogues as `tests/replays` has them.

use super::request::RequestDetail;
use serde_json::{Map, Value, json};

/// Headers that a client sends again: the others belong to the connection or are secret.
const SENT: [&str; 5] = ["accept", "content-type", "if-match", "if-none-match", "user-agent"];

/// Requests in a format, oldest first; `url` is the address of the appliance. The media type, and the text.
pub fn export(format: &str, requests: &[RequestDetail], url: &str) -> Option<(&'static str, String)> {
    Some(match format {
        "curl" => ("text/plain; charset=utf-8", requests.iter().map(|one| curl(one, url)).collect()),
        "har" => ("application/json", har(requests, url).to_string()),
        "ndjson" => {
            let line = |one| serde_json::to_string(one).unwrap_or_default() + "\n";
            ("application/x-ndjson", requests.iter().map(line).collect())
        }
        "dialogue" => {
            let text = serde_json::to_string_pretty(&dialogue(requests, url)).unwrap_or_default();
            ("application/json", text + "\n")
        }
        _ => return None,
    })
}

/// The address of a request's node.
fn base(request: &RequestDetail, url: &str) -> String {
    match request.node_id {
        // What is kept is the whole path.
        Some(node) if request.code.as_deref() != Some("WRONG_URL") => format!("{url}/api/rest/scim/v2/{}", node.0),
        _ => url.to_owned(),
    }
}

fn address(request: &RequestDetail, url: &str) -> String {
    let query = if request.query.is_empty() { String::new() } else { format!("?{}", request.query) };
    format!("{}{}{query}", base(request, url), request.path)
}

fn sent(request: &RequestDetail) -> impl Iterator<Item = (&String, &String)> {
    request.request.headers.iter().filter(|(name, _)| SENT.contains(&name.as_str()))
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

fn curl(request: &RequestDetail, url: &str) -> String {
    let mut line = format!("# {}\ncurl -X {}", request.summary.replace(['\n', '\r'], " "), request.method);
    line.push_str(" -H \"Authorization: Bearer $SCIM_TOKEN\"");
    for (name, value) in sent(request) {
        line.push_str(&format!(" -H {}", quoted(&format!("{name}: {value}"))));
    }
    if let Some(body) = &request.request.body {
        line.push_str(&format!(" --data-binary {}", quoted(body)));
    }
    format!("{line} {}\n", quoted(&address(request, url)))
}

fn har(requests: &[RequestDetail], url: &str) -> Value {
    let headers = |all: &std::collections::BTreeMap<String, String>| -> Vec<Value> {
        all.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect()
    };
    let entry = |one: &RequestDetail| {
        let query: Vec<Value> = form_urlencoded::parse(one.query.as_bytes())
            .map(|(name, value)| json!({ "name": name, "value": value }))
            .collect();
        let kind = |all: &std::collections::BTreeMap<String, String>| {
            all.get("content-type").cloned().unwrap_or_else(|| "application/scim+json".to_owned())
        };
        let mut request = json!({
            "method": one.method,
            "url": address(one, url),
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": headers(&one.request.headers),
            "queryString": query,
            "headersSize": -1,
            "bodySize": one.request_size,
        });
        if let (Some(body), Value::Object(request)) = (&one.request.body, &mut request) {
            request.insert("postData".to_owned(), json!({ "mimeType": kind(&one.request.headers), "text": body }));
        }
        json!({
            "startedDateTime": one.at,
            "time": one.ms,
            "request": request,
            "response": {
                "status": one.status,
                "statusText": "",
                "httpVersion": "HTTP/1.1",
                "cookies": [],
                "headers": headers(&one.response.headers),
                "content": {
                    "size": one.answer_size,
                    "mimeType": kind(&one.response.headers),
                    "text": one.response.body.clone().unwrap_or_default(),
                },
                "redirectURL": "",
                "headersSize": -1,
                "bodySize": one.answer_size,
            },
            "cache": {},
            "timings": { "send": 0, "wait": one.ms, "receive": 0 },
            "comment": one.summary,
        })
    };
    let creator = json!({ "name": "Scimbox", "version": env!("CARGO_PKG_VERSION") });
    let entries: Vec<Value> = requests.iter().map(entry).collect();
    json!({ "log": { "version": "1.2", "creator": creator, "entries": entries } })
}

/// What later steps refer to: the text in this capture, and the name it is kept by.
struct Kept(Vec<(String, String)>);

impl Kept {
    fn text(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (known, name)| text.replace(known.as_str(), &format!("{{{name}}}")))
    }

    fn value(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => self.text(text).into(),
            Value::Array(elements) => elements.iter().map(|element| self.value(element)).collect(),
            Value::Object(object) => {
                object.iter().map(|(name, value)| (self.text(name), self.value(value))).collect::<Map<_, _>>().into()
            }
            // An id that a client sends as a number.
            Value::Number(number) => {
                let text = self.text(&number.to_string());
                if text == number.to_string() { value.clone() } else { text.into() }
            }
            other => other.clone(),
        }
    }
}

fn dialogue(requests: &[RequestDetail], url: &str) -> Value {
    let mut kept = Kept(Vec::new());
    if let Some(first) = requests.iter().find(|one| one.node_id.is_some()) {
        kept.0.push((base(first, url), "base".to_owned()));
    }
    let steps: Vec<Value> = requests.iter().map(|one| step(one, &mut kept)).collect();
    let client = requests.first().map_or_else(|| "Scimbox".to_owned(), |one| one.client.clone());
    json!({ "client": client, "source": "docs/requests.md#export", "steps": steps })
}

fn step(one: &RequestDetail, kept: &mut Kept) -> Value {
    let mut request = Map::new();
    request.insert("method".to_owned(), one.method.clone().into());
    request.insert("path".to_owned(), kept.text(&one.path).into());
    if !one.query.is_empty() {
        request.insert("query".to_owned(), kept.text(&one.query).into());
    }
    let is_kept = !one.request.headers.is_empty();
    let mut headers: Map<String, Value> =
        sent(one).map(|(name, value)| (name.clone(), kept.text(value).into())).collect();
    // What the player would add by itself.
    for name in ["accept", "content-type"] {
        headers.entry(name).or_insert(Value::Null);
    }
    if is_kept {
        request.insert("headers".to_owned(), headers.into());
    }
    match one.code.as_deref() {
        Some("TOKEN_MISSING") => drop(request.insert("token".to_owned(), "none".into())),
        Some(code) if code.starts_with("TOKEN") => drop(request.insert("token".to_owned(), "wrong".into())),
        _ => {}
    }
    if let Some(body) = one.request.body.as_ref().filter(|body| !body.is_empty()) {
        let body = serde_json::from_str::<Value>(body).unwrap_or_else(|_| Value::from(body.clone()));
        request.insert("body".to_owned(), kept.value(&body));
    }
    let mut step = Map::new();
    step.insert("request".to_owned(), request.into());
    step.insert("answer".to_owned(), json!({ "status": one.status }));
    let answer: Value = one.response.body.as_ref().and_then(|body| serde_json::from_str(body).ok()).unwrap_or_default();
    let mut keep = Map::new();
    let mut learn = |id: Option<&Value>, place: &str, kept: &mut Kept| {
        let Some(id) = id.and_then(Value::as_str).filter(|id| id.len() > 8) else { return };
        if !kept.0.iter().any(|(known, _)| known == id) {
            let name = format!("id{}", kept.0.len());
            keep.insert(name.clone(), place.into());
            kept.0.push((id.to_owned(), name));
        }
    };
    if one.status < 300 {
        learn(answer.get("id"), "/id", kept);
        let listed = answer.get("Resources").and_then(Value::as_array).filter(|all| all.len() == 1);
        learn(listed.and_then(|all| all.first()?.get("id")), "/Resources/0/id", kept);
    }
    if !keep.is_empty() {
        step.insert("keep".to_owned(), keep.into());
    }
    step.into()
}
