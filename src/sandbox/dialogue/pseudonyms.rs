//! Pseudonyms: secrets, and personal details where that is wanted, are replaced in a dialogue, each by the same text everywhere, so
//! that requests and answers still belong together.

use super::{at, list, text};
use crate::scim::filter::{self, Filter};
use crate::scim::leeway::Leeway;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};
use std::collections::HashMap;

/// Texts that are shorter are replaced only where they are the whole value: they may be a part of anything.
const SHORTEST: usize = 4;

/// A dialogue without secrets, and where `personal` without names, addresses and numbers of people.
pub fn replaced(dialogue: &Value, personal: bool) -> Value {
    let mut found = Pseudonyms { personal, known: HashMap::new(), counts: HashMap::new() };
    for step in list(dialogue, "steps") {
        let request = at(step, "request");
        let is_user = text(request, "path").to_ascii_lowercase().starts_with("/users");
        found.look_at_query(text(request, "query"));
        let body = at(request, "body");
        for operation in list(body, "Operations").iter().chain(list(body, "operations")) {
            found.look("", operation, is_user);
            found.look(&plain(text(operation, "path")), at(operation, "value"), is_user);
            found.look("", at(operation, "data"), true);
        }
        found.look("", body, is_user);
        for (pointer, value) in at(at(step, "answer"), "body").as_object().into_iter().flatten() {
            found.look(&plain(pointer), value, is_user);
        }
    }
    let mut texts: Vec<(String, String)> = found.known.into_iter().collect();
    texts.sort_by_key(|(known, _)| std::cmp::Reverse(known.len()));
    written(dialogue, &texts)
}

/// What was found, and what stands for it.
struct Pseudonyms {
    personal: bool,
    known: HashMap<String, String>,
    counts: HashMap<&'static str, usize>,
}

impl Pseudonyms {
    fn look(&mut self, place: &str, value: &Value, is_user: bool) {
        match value {
            Value::String(text) => {
                if let Some(kind) = kind(place, is_user) {
                    self.keep(kind, text);
                }
            }
            Value::Array(all) => all.iter().for_each(|one| self.look(place, one, is_user)),
            Value::Object(all) => {
                let is_user = is_user || all.contains_key("userName");
                for (name, value) in all {
                    self.look(&format!("{place}/{}", plain(name)), value, is_user);
                }
            }
            _ => {}
        }
    }

    fn look_at_query(&mut self, query: &str) {
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if name.eq_ignore_ascii_case("filter")
                && let Ok(filter) = filter::parse(&value, &Leeway::liberal())
            {
                self.look_at_filter(&filter);
            }
        }
    }

    fn look_at_filter(&mut self, filter: &Filter) {
        match filter {
            Filter::And(all) | Filter::Or(all) => all.iter().for_each(|one| self.look_at_filter(one)),
            Filter::Not(one) | Filter::Elements(_, one) => self.look_at_filter(one),
            Filter::Present(_) => {}
            Filter::Compare(name, _, literal) => {
                let part = name.part.as_ref().map(|part| format!("/{part}")).unwrap_or_default();
                let place = format!("/{}{part}", name.attribute);
                // Inside brackets the attribute is not named.
                let is_mail = literal.text().contains('@');
                let place = if is_mail { "/userName".to_owned() } else { place };
                if let Some(kind) = kind(&place, true) {
                    self.keep(kind, literal.text());
                }
            }
        }
    }

    fn keep(&mut self, kind: &'static str, text: &str) {
        let is_named = text.starts_with('{') && text.ends_with('}');
        if text.trim().is_empty() || is_named || (kind != "secret" && !self.personal) || self.known.contains_key(text) {
            return;
        }
        let count = self.counts.entry(kind).or_default();
        *count += 1;
        let n = *count;
        let stands = match kind {
            "login" if !text.contains('@') => format!("user{n}"),
            "login" => format!("user{n}@example.com"),
            "phone" => format!("+1-555-{n:04}"),
            "given" => format!("Given{n}"),
            "family" => format!("Family{n}"),
            "full" => format!("Person {n}"),
            "external" => format!("external-{n}"),
            "secret" => format!("Secret-{n}-of-nobody"),
            _ => format!("detail-{n}"),
        };
        self.known.insert(text.to_owned(), stands);
    }
}

/// The place of an attribute, without numbers, filters and URNs, in small letters: `/emails/value`.
fn plain(path: &str) -> String {
    let without_urn = match path.rfind("urn:").map(|_| path.rsplit_once(':')) {
        Some(Some((_, name))) if !path.starts_with('/') => name,
        _ => path,
    };
    let mut out = String::new();
    let mut inside = false;
    for c in without_urn.chars() {
        match c {
            '[' => inside = true,
            ']' => inside = false,
            '.' if !inside => out.push('/'),
            _ if inside => {}
            _ => out.extend(c.to_lowercase()),
        }
    }
    let parts: Vec<&str> = out.split('/').filter(|part| !part.is_empty() && part.parse::<u32>().is_err()).collect();
    parts.join("/")
}

/// What kind of detail stands at a place.
fn kind(place: &str, is_user: bool) -> Option<&'static str> {
    let place = plain(place);
    let ends = |end: &str| place == end || place.ends_with(&format!("/{end}"));
    Some(match () {
        () if ends("password") => "secret",
        () if ends("username") || ends("emails/value") || ends("emails") => "login",
        () if ends("name/givenname") => "given",
        () if ends("name/familyname") => "family",
        () if ends("name/formatted") || ends("members/display") || ends("manager/displayname") => "full",
        () if is_user && (ends("displayname") || ends("nickname")) => "full",
        () if ends("phonenumbers/value") || ends("phonenumbers") => "phone",
        () if is_user && ends("externalid") => "external",
        () if ends("employeenumber") || ends("profileurl") || ends("photos/value") => "other",
        () if place.contains("addresses/") && !ends("type") && !ends("country") => "other",
        () => return None,
    })
}

fn written(value: &Value, texts: &[(String, String)]) -> Value {
    match value {
        Value::String(text) => replace(text, texts).into(),
        Value::Array(all) => all.iter().map(|one| written(one, texts)).collect(),
        Value::Object(all) => {
            let member = |(name, value): (&String, &Value)| match (name.as_str(), value) {
                ("query", Value::String(query)) => (name.clone(), Value::String(query_with(query, texts))),
                ("keep", kept) => (name.clone(), kept.clone()),
                _ => (name.clone(), written(value, texts)),
            };
            all.iter().map(member).collect::<Map<_, _>>().into()
        }
        other => other.clone(),
    }
}

/// Each known text is replaced, the longest first, and what stands for one is never looked at again.
fn replace(text: &str, texts: &[(String, String)]) -> String {
    if let Some((_, stands)) = texts.iter().find(|(known, _)| known == text) {
        return stands.clone();
    }
    let mut rest = text;
    let mut out = String::new();
    while !rest.is_empty() {
        let hit = texts.iter().find(|(known, _)| known.len() >= SHORTEST && rest.starts_with(known.as_str()));
        match hit {
            Some((known, stands)) => {
                out.push_str(stands);
                rest = rest.get(known.len()..).unwrap_or_default();
            }
            None => {
                let next = rest.chars().next().map_or(1, char::len_utf8);
                out.push_str(rest.get(..next).unwrap_or_default());
                rest = rest.get(next..).unwrap_or_default();
            }
        }
    }
    out
}

fn query_with(query: &str, texts: &[(String, String)]) -> String {
    let pairs = form_urlencoded::parse(query.as_bytes()).map(|(name, value)| {
        let value = replace(&value, texts);
        // Names of kept ids are filled in when it is played.
        let value = utf8_percent_encode(&value, NON_ALPHANUMERIC).to_string().replace("%7B", "{").replace("%7D", "}");
        format!("{name}={value}")
    });
    pairs.collect::<Vec<_>>().join("&")
}
