//! Plays a dialogue: fills in what was kept, sends, and compares.

use crate::connected::Connected;
use crate::form;
use crate::idp_clients::{Client, encoded};
use crate::matcher::{find, wrong};
use crate::reply::Reply;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};

/// One dialogue on one connection.
pub struct Player<'c> {
    connected: &'c Connected,
    preset: &'static str,
    kept: HashMap<String, Value>,
}

impl<'c> Player<'c> {
    /// Nothing is kept yet.
    pub fn new(connected: &'c Connected, preset: &'static str) -> Player<'c> {
        static PLAYED: AtomicU32 = AtomicU32::new(0);
        let rand = format!("{:04x}{:04x}", std::process::id() & 0xffff, PLAYED.fetch_add(1, Ordering::Relaxed));
        let kept = [("rand", rand), ("base", connected.url.clone())];
        Player { connected, preset, kept: kept.map(|(name, text)| (name.to_owned(), text.into())).into() }
    }

    /// What stands for `{rand}`.
    pub fn rand(&self) -> String {
        self.text("{rand}")
    }

    /// Plays all steps; what failed.
    pub fn play(&mut self, dialogue: &Value) -> Vec<String> {
        let mut failed = Vec::new();
        for (n, step) in dialogue["steps"].as_array().expect("steps").iter().enumerate() {
            if self.is_due(step) {
                let preset = self.preset;
                let told = |fault| format!("  preset {preset}, step {}: {fault}", n + 1);
                failed.extend(self.step(&dialogue["headers"], step).into_iter().map(told));
            }
        }
        failed
    }

    fn is_due(&self, step: &Value) -> bool {
        let is_kept = |name: &str| self.kept.contains_key(name);
        step["preset"].as_str().is_none_or(|preset| preset == self.preset)
            && step["when"].as_str().is_none_or(is_kept)
            && !step["unless"].as_str().is_some_and(is_kept)
    }

    fn step(&mut self, headers: &Value, step: &Value) -> Vec<String> {
        let reply = self.send(headers, &step["request"]);
        let mut answer = step["answer"].as_object().cloned().unwrap_or_default();
        for (name, value) in step[self.preset].as_object().into_iter().flatten() {
            match (answer.get_mut(name), value) {
                (Some(Value::Object(known)), Value::Object(more)) => known.extend(more.clone()),
                _ => drop(answer.insert(name.clone(), value.clone())),
            }
        }
        let mut faults = self.compare(&reply, &answer);
        faults.extend(form::faults(&reply, step["request"]["method"].as_str().expect("a method")));
        let body = reply.body();
        for (name, place) in step["keep"].as_object().into_iter().flatten() {
            let place = self.filled(place);
            let place = place.as_str().expect("a place");
            let found = match place.strip_prefix("header:") {
                Some(header) => Some(Value::from(reply.header(header))),
                None => find(&body, place).cloned(),
            };
            match found {
                Some(value) => drop(self.kept.insert(name.clone(), value)),
                None if reply.status < 400 => faults.push(format!("nothing to keep at {place}")),
                None => {}
            }
        }
        faults.iter().map(|fault| format!("{}: {fault}", reply.asked)).collect()
    }

    fn compare(&self, reply: &Reply, answer: &Map<String, Value>) -> Vec<String> {
        let is_taken = match answer.get("status") {
            Some(Value::Array(statuses)) => statuses.contains(&reply.status.into()),
            Some(status) => *status == reply.status,
            None => true,
        };
        if !is_taken {
            return vec![format!("{} instead of {}: {}", reply.status, answer["status"], reply.text)];
        }
        let mut faults = Vec::new();
        let body = reply.body();
        let expected = |name: &str| answer.get(name).and_then(Value::as_object).into_iter().flatten();
        // A client that takes 204 does without a body.
        if reply.status != 204 {
            for (pointer, wanted) in expected("body") {
                let (pointer, wanted) = (self.text(pointer), self.filled(wanted));
                faults.extend(wrong(find(&body, &pointer), &wanted).map(|fault| format!("{pointer} {fault}")));
            }
        }
        for (name, wanted) in expected("headers") {
            let found = reply.headers.get(name).and_then(|value| value.to_str().ok()).map(Value::from);
            faults.extend(wrong(found.as_ref(), &self.filled(wanted)).map(|fault| format!("{name} {fault}")));
        }
        faults
    }

    fn send(&self, common: &Value, request: &Value) -> Reply {
        let token = match request["token"].as_str() {
            None => Some(self.connected.token.clone()),
            Some("wrong") => Some(format!("x{}", self.connected.token)),
            Some("none") => None,
            Some(other) => panic!("a dialogue has an unknown token: {other}"),
        };
        let mut client = Client::plain(&self.connected.url);
        let usual = serde_json::json!({ "Accept": "application/scim+json" });
        let with_body = serde_json::json!({ "Content-Type": "application/scim+json" });
        let body = request.get("body").map(|body| self.filled(body));
        let defaults = [Some(&usual), body.as_ref().map(|_| &with_body), Some(common), request.get("headers")];
        for (name, value) in defaults.into_iter().flatten().filter_map(Value::as_object).flatten() {
            client = match value.as_str() {
                Some(text) => client.with(name, &self.text(text)),
                None => client.without(name),
            };
        }
        if let Some(token) = token {
            client = client.with("Authorization", &format!("Bearer {token}"));
        }
        let blank = if request["plus"] == true { "+" } else { "%20" };
        let query = match &request["query"] {
            Value::Object(query) => {
                let pair = |(name, value): (&String, &Value)| {
                    let value = self.text(value.as_str().expect("a parameter is text"));
                    format!("{}={}", encoded(name), encoded(&value).replace("%20", blank))
                };
                format!("?{}", query.iter().map(pair).collect::<Vec<_>>().join("&"))
            }
            Value::String(text) => format!("?{}", self.text(text)),
            _ => String::new(),
        };
        let path = format!("{}{query}", self.text(request["path"].as_str().expect("a path")));
        let method = request["method"].as_str().expect("a method");
        match body {
            Some(body) => client.send(method, &path, body),
            None => client.send(method, &path, ()),
        }
    }

    /// A value with everything filled in.
    fn filled(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => {
                let whole = text.strip_prefix('{').and_then(|text| text.strip_suffix('}'));
                whole.and_then(|name| self.kept.get(name).cloned()).unwrap_or_else(|| self.text(text).into())
            }
            Value::Array(elements) => elements.iter().map(|element| self.filled(element)).collect(),
            Value::Object(members) => {
                members.iter().map(|(name, value)| (self.text(name), self.filled(value))).collect::<Map<_, _>>().into()
            }
            other => other.clone(),
        }
    }

    /// A text with everything filled in.
    fn text(&self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once('{') {
            out.push_str(before);
            let name = behind.split_once('}').map_or("", |(name, _)| name);
            match self.value(name) {
                Some(value) => {
                    out.push_str(&value);
                    rest = &behind[name.len() + 1..];
                }
                None => {
                    out.push('{');
                    rest = behind;
                }
            }
        }
        out + rest
    }

    fn value(&self, name: &str) -> Option<String> {
        if let Some(of) = name.strip_prefix("uuid ") {
            let rand = self.kept["rand"].as_str().expect("text");
            let mixed = of.bytes().fold(7u64, |all, byte| all.wrapping_mul(0x100_0000_01b3) ^ u64::from(byte));
            return Some(format!("{rand}-0000-4000-8000-{:012x}", mixed & 0xffff_ffff_ffff));
        }
        let (change, name): (fn(&str) -> String, &str) = match name.split_once(' ') {
            Some(("upper", name)) => (str::to_uppercase, name),
            Some(("lower", name)) => (str::to_lowercase, name),
            _ => (str::to_owned, name),
        };
        self.kept.get(name).map(|value| change(&value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
    }
}
