//! What is never kept: passwords, tokens and cookies. A [`Clean`] text can only be made here, and nothing else is kept.

use crate::scim::intake::json;
use serde_json::Value;

/// What stands where a secret was.
pub const REMOVED: &str = "[removed]";

/// Beginnings of our own secrets: whatever follows them is one.
const OURS: [&str; 2] = ["scimbox_", "sbkey_"];

/// Words in the names of headers whose values are not kept.
const SECRET_HEADERS: [&str; 9] =
    ["auth", "cookie", "token", "secret", "key", "password", "signature", "credential", "assertion"];

/// Headers that nearly every request or answer has, so that words are looked for in few names.
const HARMLESS_HEADERS: [&str; 11] = [
    "accept",
    "accept-encoding",
    "connection",
    "content-length",
    "content-type",
    "date",
    "etag",
    "host",
    "location",
    "user-agent",
    "x-request-id",
];

/// A text without secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clean(String);

impl Clean {
    /// The text.
    pub fn into_text(self) -> String {
        self.0
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Secrets that were found in a request: the answer may quote them.
#[derive(Default)]
pub struct Found(Vec<String>);

/// A text that is no body: a path, or the value of a header. Tokens of ours are taken out of it.
pub fn text(text: &str) -> Clean {
    let (mut rest, mut out) = (text, String::new());
    while let Some((before, behind)) = behind_prefix(rest) {
        out.push_str(before);
        let secret = behind.bytes().take_while(u8::is_ascii_alphanumeric).count();
        // What is shown of a token anywhere is four characters.
        out.push_str(if secret > 4 { REMOVED } else { behind.get(..secret).unwrap_or_default() });
        rest = behind.get(secret..).unwrap_or_default();
    }
    if out.is_empty() { Clean(text.to_owned()) } else { Clean(out + rest) }
}

/// A text up to the first beginning of a secret and with it, and what follows.
fn behind_prefix(text: &str) -> Option<(&str, &str)> {
    let mut parts = memchr::memchr_iter(b'_', text.as_bytes()).map(|at| text.split_at(at + 1));
    parts.find(|(before, _)| OURS.iter().any(|prefix| before.ends_with(prefix)))
}

/// The value of a header. Names are in lower case, as the HTTP library has them.
pub fn header(name: &str, value: &str) -> Clean {
    let is_secret = !HARMLESS_HEADERS.contains(&name) && SECRET_HEADERS.iter().any(|word| name.contains(word));
    if is_secret { Clean(REMOVED.to_owned()) } else { text(value) }
}

/// A query string: parameters that carry a secret or compare a password lose their value.
pub fn query(raw: &str) -> Clean {
    if raw.is_empty() {
        return Clean::default();
    }
    let part = |part: &str| {
        let Some((name, value)) = form_urlencoded::parse(part.as_bytes()).next() else { return part.to_owned() };
        let lower = name.to_ascii_lowercase();
        let names = ["token", "secret", "password", "api_key", "apikey", "authorization"];
        let secret = names.iter().any(|word| lower.contains(word)) || compares_password(&value);
        if secret { format!("{}={REMOVED}", part.split('=').next().unwrap_or_default()) } else { part.to_owned() }
    };
    text(&raw.split('&').map(part).collect::<Vec<_>>().join("&"))
}

fn mentions_password(text: &str) -> bool {
    holds_password(text.as_bytes())
}

fn holds_password(bytes: &[u8]) -> bool {
    let is_here = |at: usize| bytes.get(at..at + 8).is_some_and(|part| part.eq_ignore_ascii_case(b"password"));
    memchr::memchr2_iter(b'p', b'P', bytes).any(is_here)
}

/// A filter or path that names a password and compares it with something.
fn compares_password(text: &str) -> bool {
    mentions_password(text) && text.contains([' ', '"', '\'', '\t', '\n'])
}

/// A body of a request. `None` where it may hold a password and cannot be read.
pub fn request(body: &[u8]) -> (Option<Clean>, Found) {
    // An escape may write any letter of the word.
    let suspicious = memchr::memmem::find(body, b"\\u").is_some() || holds_password(body);
    if !suspicious {
        return (std::str::from_utf8(body).ok().map(text), Found::default());
    }
    let Ok(mut value) = json::parse(body) else { return (None, Found::default()) };
    let (mut found, mut changed) = (Found::default(), false);
    scrub(&mut value, false, &mut found, &mut changed);
    let kept = if changed { value.to_string() } else { String::from_utf8_lossy(body).into_owned() };
    (Some(text(&kept)), found)
}

/// A body of an answer, or its sentence: what the request's secrets were does not stand in it.
pub fn answer(body: &str, found: &Found) -> Clean {
    let mut kept = text(body).0;
    for secret in &found.0 {
        kept = kept.replace(secret.as_str(), REMOVED);
    }
    Clean(kept)
}

/// Takes the values of passwords out: under the name, under a path that names it, and in JSON inside a string.
fn scrub(value: &mut Value, is_secret: bool, found: &mut Found, changed: &mut bool) {
    match value {
        Value::Null => {}
        Value::Array(elements) => elements.iter_mut().for_each(|one| scrub(one, is_secret, found, changed)),
        Value::Object(object) => {
            let names_it = |text: &str| mentions_password(text);
            let by_path = json::get(object, "path").and_then(Value::as_str).is_some_and(names_it);
            for (name, inner) in object.iter_mut() {
                let is_value = name.eq_ignore_ascii_case("value");
                scrub(inner, is_secret || names_it(name) || (by_path && is_value), found, changed);
            }
        }
        Value::String(text) if is_secret => {
            remember(text, found);
            (*value, *changed) = (REMOVED.into(), true);
        }
        Value::String(text) => {
            let trimmed = text.trim_start();
            if mentions_password(text) && (trimmed.starts_with(['{', '[']) || is_comparison(trimmed)) {
                (*value, *changed) = (REMOVED.into(), true);
            }
        }
        other if is_secret => {
            remember(&other.to_string(), found);
            (*other, *changed) = (REMOVED.into(), true);
        }
        _ => {}
    }
}

/// A filter such as `password eq "x"` or a path such as `password[value eq "x"]`.
fn is_comparison(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let words = [" eq ", " ne ", " co ", " sw ", " ew ", " gt ", " ge ", " lt ", " le "];
    words.iter().any(|word| lower.contains(word))
}

fn remember(secret: &str, found: &mut Found) {
    // What is shorter would tear holes into everything.
    if secret.len() >= 4 {
        found.0.push(secret.to_owned());
        let escaped = Value::from(secret).to_string();
        found.0.extend(escaped.strip_prefix('"').and_then(|text| text.strip_suffix('"')).map(str::to_owned));
    }
}
