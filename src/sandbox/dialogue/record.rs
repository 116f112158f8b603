//! A dialogue file from what went over the wire: ids, the base URL and what made a run's names its own are replaced by names.

use super::player::Exchange;
use super::text;
use serde_json::{Map, Value, json};

/// Lists longer than this are recorded by their counters alone.
const LONGEST_LIST: usize = 20;
/// What is another in each run, by the end of its pointer.
const VOLATILE: [&str; 7] = [
    "/meta/created",
    "/meta/lastModified",
    "/meta/location",
    "/meta/version",
    "/nextCursor",
    "/previousCursor",
    "/$ref",
];

/// Whether a value is another each time.
pub fn is_volatile(pointer: &str) -> bool {
    VOLATILE.iter().any(|end| pointer.ends_with(end))
}

/// What is recorded so far.
pub struct Record {
    client: String,
    steps: Vec<Value>,
    /// Texts and the names that they are replaced by, the longest first.
    names: Vec<(String, String)>,
    ids: usize,
}

impl Record {
    /// Nothing yet. `rand` is what tells the names of this run from others.
    pub fn new(client: &str, rand: &str, base: &str) -> Record {
        let names = [(base, "{base}"), (rand, "{rand}")];
        let names = names.iter().filter(|(text, _)| !text.is_empty());
        let names = names.map(|(text, name)| ((*text).to_owned(), (*name).to_owned())).collect();
        Record { client: client.to_owned(), steps: Vec::new(), names, ids: 0 }
    }

    /// Adds an exchange.
    pub fn add(&mut self, exchange: &Exchange) {
        let Ok(answer) = &exchange.answer else { return };
        let (path, query) =
            exchange.path.split_once('?').map_or((exchange.path.as_str(), None), |(path, query)| (path, Some(query)));
        let mut request = Map::new();
        request.insert("method".to_owned(), exchange.method.clone().into());
        request.insert("path".to_owned(), self.named(path).into());
        if let Some(query) = query {
            request.insert("query".to_owned(), self.named(query).into());
        }
        let headers: Map<String, Value> =
            exchange.headers.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
        request.insert("headers".to_owned(), headers.into());
        if let Some(body) = exchange.body.as_deref().and_then(|body| serde_json::from_str::<Value>(body).ok()) {
            request.insert("body".to_owned(), self.named_value(&body));
        }
        let keep = self.keep(exchange);
        let mut leaves = Map::new();
        let is_search = query.is_some_and(|query| query.contains("filter="));
        self.leaves("", &exchange.json, is_search, &keep, &mut leaves);
        let mut step = Map::new();
        step.insert("request".to_owned(), request.into());
        step.insert("answer".to_owned(), json!({ "status": answer.status, "body": leaves }));
        if !keep.is_empty() {
            step.insert("keep".to_owned(), keep.into());
        }
        self.steps.push(step.into());
    }

    /// The file.
    pub fn dialogue(&self) -> Value {
        json!({ "client": self.client, "source": "recorded", "steps": self.steps })
    }

    /// The ids that an answer tells for the first time.
    fn keep(&mut self, exchange: &Exchange) -> Map<String, Value> {
        let mut keep = Map::new();
        for (pointer, holder) in
            [("/id", Some(&exchange.json)), ("/Resources/0/id", exchange.json.pointer("/Resources/0"))]
        {
            let id = holder.map(|holder| text(holder, "id")).unwrap_or_default();
            let is_resource = exchange.json.get("meta").is_some() || pointer != "/id";
            if id.is_empty() || id.contains(':') || !is_resource || self.names.iter().any(|(known, _)| known == id) {
                continue;
            }
            self.ids += 1;
            let name = format!("id{}", self.ids);
            self.names.push((id.to_owned(), format!("{{{name}}}")));
            self.names.sort_by_key(|(text, _)| std::cmp::Reverse(text.len()));
            keep.insert(name, pointer.into());
        }
        keep
    }

    fn named(&self, text: &str) -> String {
        self.names.iter().fold(text.to_owned(), |text, (from, to)| match from.len() {
            // A short id may be a part of anything.
            0..4 if text != *from => text,
            _ => text.replace(from.as_str(), to),
        })
    }

    fn named_value(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => self.named(text).into(),
            Value::Array(all) => all.iter().map(|one| self.named_value(one)).collect(),
            Value::Object(all) => {
                all.iter().map(|(name, value)| (name.clone(), self.named_value(value))).collect::<Map<_, _>>().into()
            }
            other => other.clone(),
        }
    }

    /// Every value of an answer under its pointer.
    fn leaves(
        &self,
        pointer: &str,
        value: &Value,
        is_search: bool,
        keep: &Map<String, Value>,
        leaves: &mut Map<String, Value>,
    ) {
        let below = |name: &str| format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
        match value {
            Value::Object(members) => {
                let others_too = members.contains_key("totalResults") && !is_search;
                for (name, value) in members {
                    match name.as_str() {
                        "Resources" if others_too => drop(leaves.insert(below(name), json!({ "type": "array" }))),
                        "totalResults" | "itemsPerPage" if others_too => {
                            leaves.insert(below(name), json!({ "type": "integer" }));
                        }
                        _ => self.leaves(&below(name), value, is_search, keep, leaves),
                    }
                }
            }
            Value::Array(elements) if elements.is_empty() || elements.len() > LONGEST_LIST => {
                leaves.insert(pointer.to_owned(), json!({ "length": elements.len() }));
            }
            Value::Array(elements) => {
                for (n, element) in elements.iter().enumerate() {
                    self.leaves(&below(&n.to_string()), element, is_search, keep, leaves);
                }
            }
            _ if is_volatile(pointer) => drop(leaves.insert(pointer.to_owned(), json!({ "type": "string" }))),
            Value::Null if pointer.is_empty() => {}
            other => {
                let named = self.named_value(other);
                // An id that this very answer tells for the first time is not known when it is compared.
                let is_new =
                    keep.keys().any(|name| named.as_str().is_some_and(|text| text.contains(&format!("{{{name}}}"))));
                leaves.insert(pointer.to_owned(), if is_new { json!({ "type": "string" }) } else { named });
            }
        }
    }
}
