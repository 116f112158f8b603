//! Whom or what a request concerns, from its path and bodies.

use super::Seen;
use crate::domain::exchange::Subject;
use crate::scim::intake::json;
use crate::scim::schema::{ResourceType, of_endpoint};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

/// Longer answers are not read: they are lists, and what is needed of those stands at their beginning.
const READ: usize = 64 << 10;

/// What a request is about.
#[derive(Clone, Debug, Default)]
pub struct Target {
    /// The type in the path.
    pub of: Option<&'static ResourceType>,
    /// The segment of the path that names an endpoint which is no type: `Bulk`, `Schemas`, ….
    pub endpoint: String,
    /// The id in the path, or of what was made or found.
    pub id: Option<String>,
    /// Whether the id stands in the path.
    pub is_one: bool,
    /// User name, or the name of a group.
    pub name: Option<String>,
    /// What the client knows it by.
    pub external_id: Option<String>,
    /// The body of the request, where it is an object.
    pub body: Option<Map<String, Value>>,
    /// The body of the answer.
    pub answer: Option<Map<String, Value>>,
}

impl Target {
    /// Reads path and bodies.
    pub fn of(seen: &Seen<'_>) -> Target {
        let segments: Vec<String> = seen
            .path
            .split('/')
            .filter(|segment| !segment.is_empty())
            .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
            .collect();
        let endpoint = segments.first().cloned().unwrap_or_default();
        let second = segments.get(1).filter(|second| !second.eq_ignore_ascii_case(".search")).cloned();
        let object = |text: Option<&str>| text.and_then(|text| json::parse_object(text.as_bytes()).ok());
        let short = |text: Option<&'_ str>| object(text.filter(|text| text.len() <= READ && !is_long_list(text)));
        let (body, answer) = (object(seen.body), short(seen.answer));
        let of = of_endpoint(&endpoint);
        let mut target =
            Target { of, endpoint, is_one: second.is_some(), id: second, body, answer, ..Target::default() };
        if of.is_some() {
            target.read_names(seen);
        }
        target
    }

    fn read_names(&mut self, seen: &Seen<'_>) {
        let kept = [seen.after, seen.before].into_iter().flatten();
        let kept: Vec<_> = kept.filter_map(|text| json::parse_object(text.as_bytes()).ok()).collect();
        let only = self.answer.as_ref().and_then(|answer| match answer.get("Resources") {
            Some(Value::Array(list)) if list.len() == 1 => list.first().and_then(Value::as_object).cloned(),
            Some(_) => None,
            None => Some(answer.clone()),
        });
        let asked = self.body.clone().unwrap_or_default();
        let places: Vec<&Map<String, Value>> = only.iter().chain(kept.iter()).chain([&asked]).collect();
        let named = |name: &str| places.iter().find_map(|place| text(json::get(place, name)));
        let name =
            if self.is_user() { named("userName").or_else(|| named("displayName")) } else { named("displayName") };
        let external = named("externalId");
        if self.id.is_none() && seen.status < 300 {
            self.id = only.as_ref().and_then(|one| text(one.get("id")));
        }
        (self.name, self.external_id) = (name, external);
    }

    /// Whether it is about users.
    pub fn is_user(&self) -> bool {
        self.of.is_some_and(|of| of.endpoint == "Users")
    }

    /// What to call it.
    pub fn shown(&self) -> String {
        let name = self.name.as_ref().or(self.external_id.as_ref());
        match (name, &self.id) {
            (Some(name), _) => name.clone(),
            (None, Some(id)) => format!("{} {id}", if self.is_user() { "user" } else { "group" }),
            (None, None) => if self.is_user() { "a user" } else { "a group" }.to_owned(),
        }
    }

    /// As it is kept.
    pub fn subject(&self) -> Subject {
        let id = self.id.clone().map(|id| id.chars().take(100).collect());
        let name = self.name.clone().map(|name| name.chars().take(256).collect());
        Subject { kind: self.of.map(|of| of.name.to_owned()), id, name }
    }
}

/// Whether a text is a list of none or several: nothing of them is told one by one, and reading them takes time.
fn is_long_list(text: &str) -> bool {
    let behind = text.split_once("\"itemsPerPage\":").map(|(_, behind)| behind);
    behind.is_some_and(|behind| !behind.starts_with("1,") && !behind.starts_with("1}"))
}

fn text(value: Option<&Value>) -> Option<String> {
    value?.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}
