//! Stale lists: what the lists of a sandbox showed before its latest writes, for the fault `stale`.

use super::at_once::at_once;
use super::scim_call::Call;
use super::scim_path::ScimPath;
use crate::domain::{Fault, NodeId, Time, Tx};
use crate::scim::Answer;
use crate::scim::bulk::Watched;
use crate::scim::list::fulfils;
use crate::scim::query::Query;
use crate::scim::schema::ResourceType;
use actix_web::http::Method;
use parking_lot::Mutex;
use serde_json::{Map, Value, json};
use std::collections::{HashMap, VecDeque};

/// Of how many nodes, and of how many writes of each, something is remembered.
const NODES: usize = 1_000;
const WRITES: usize = 1_000;

/// The latest writes to sandboxes whose lists may be stale.
#[derive(Default)]
pub struct StaleLists(Mutex<HashMap<NodeId, VecDeque<Write>>>);

/// One write to one resource.
#[derive(Clone)]
struct Write {
    at: Time,
    of: &'static ResourceType,
    id: String,
    /// As it was before; `None` for one that was created.
    before: Option<Map<String, Value>>,
    deleted: bool,
}

/// What a write is about to change.
pub struct Pending {
    of: &'static ResourceType,
    /// The resource that is there, as it is still.
    before: Option<(String, Map<String, Value>)>,
    deletes: bool,
}

/// Looks at what a write is about to change. Of a group whose members are too many to be read at once nothing is kept.
pub fn before(call: &Call<'_>, place: Option<ScimPath<'_>>) -> Option<Pending> {
    match place? {
        ScimPath::All(of) => Some(Pending { of, before: None, deletes: false }),
        ScimPath::One(of, id) => {
            let (parts, caller) = (call.parts.clone(), call.caller.clone());
            let read = move |tx: &mut dyn Tx| Ok::<_, Fault>(at_once(tx, &parts, &caller));
            let Ok(Some(Ok(Answer::Found { text, .. }))) = call.app.store.read(read) else { return None };
            let before = Some((id.to_owned(), serde_json::from_str(&text).ok()?));
            Some(Pending { of, before, deletes: *call.request.method() == Method::DELETE })
        }
        _ => None,
    }
}

impl StaleLists {
    /// Remembers a write that was answered.
    pub fn note(&self, call: &Call<'_>, pending: Pending, answer: &Answer) {
        let Pending { of, before, deletes } = pending;
        let (id, before) = match (before, answer) {
            (Some((id, before)), _) => (id, Some(before)),
            (None, Answer::Made { text, .. }) => {
                let made = serde_json::from_str::<Value>(text).ok();
                let Some(id) = made.as_ref().and_then(|made| made.get("id")?.as_str()) else { return };
                (id.to_owned(), None)
            }
            (None, _) => return,
        };
        self.keep(call, Write { at: call.caller.now, of, id, before, deleted: deletes });
    }

    /// Remembers what a Bulk request has changed.
    pub fn note_all(&self, call: &Call<'_>, changed: Vec<Watched>) {
        for Watched { of, before, after } in changed {
            let read = |text: String| serde_json::from_str::<Map<String, Value>>(&text).ok();
            let deleted = after.is_none();
            let (before, after) = (before.and_then(read), after.and_then(read));
            let id = before.as_ref().or(after.as_ref()).and_then(|one| one.get("id")?.as_str()).map(str::to_owned);
            if let Some(id) = id {
                self.keep(call, Write { at: call.caller.now, of, id, before, deleted });
            }
        }
    }

    fn keep(&self, call: &Call<'_>, write: Write) {
        let mut nodes = self.0.lock();
        if nodes.len() > NODES {
            nodes.clear();
        }
        let writes = nodes.entry(call.caller.connection.node).or_default();
        if writes.len() >= WRITES {
            writes.pop_front();
        }
        writes.push_back(write);
    }

    /// A list without the writes of so many milliseconds. What the filter of a search in a body would have found is not
    /// looked for; of the others, what is no longer in the list comes back where the list ends.
    pub fn shown(&self, call: &Call<'_>, place: Option<ScimPath<'_>>, lag: u64, text: String) -> String {
        let lag = i64::try_from(lag).unwrap_or(i64::MAX);
        let recent: Vec<Write> = match self.0.lock().get(&call.caller.connection.node) {
            Some(writes) => writes.iter().filter(|write| call.caller.now.0 - write.at.0 < lag).cloned().collect(),
            None => Vec::new(),
        };
        let Ok(mut list) = serde_json::from_str::<Value>(&text) else { return text };
        let number = |name: &str| list.get(name).and_then(Value::as_u64);
        let (total, start) = (number("totalResults").unwrap_or_default(), number("startIndex").unwrap_or(1));
        let Some(resources) = list.get_mut("Resources").and_then(Value::as_array_mut) else { return text };
        let ends = start.saturating_sub(1) + resources.len() as u64 >= total;
        let is_whole = ends && start == 1;
        let leeway = &call.caller.leeway;
        let query = Query::from_url(call.request.query_string(), leeway).ok();
        let (length, mut seen) = (resources.len(), Vec::new());
        for write in recent {
            // The first write within the time hides what the later ones found.
            if seen.contains(&write.id) {
                continue;
            }
            let at = resources.iter().position(|one| one.get("id").and_then(Value::as_str) == Some(&write.id));
            let fits = |before: &Map<String, Value>| match (place, &query) {
                (Some(ScimPath::All(of)), Some(query)) => {
                    of.name == write.of.name && fulfils(query, of, call.caller, before)
                }
                _ => false,
            };
            match (at, write.before) {
                (Some(at), None) => drop(resources.remove(at)),
                (Some(at), Some(before)) => match (fits(&before), resources.get_mut(at)) {
                    (true, Some(shown)) => *shown = as_shown(before, shown),
                    _ => drop(resources.remove(at)),
                },
                (None, Some(before)) if fits(&before) && (is_whole || ends && write.deleted) => {
                    resources.push(Value::Object(before));
                }
                (None, _) => {}
            }
            seen.push(write.id);
        }
        let (before, after) = (length as u64, resources.len() as u64);
        let moved = |count: u64| (count + after).saturating_sub(before);
        for counter in ["totalResults", "itemsPerPage"] {
            if let Some(value) = list.get_mut(counter) {
                *value = json!(moved(value.as_u64().unwrap_or_default()));
            }
        }
        list.to_string()
    }
}

/// What a resource was, with the attributes that the list shows of it.
fn as_shown(mut before: Map<String, Value>, shown: &Value) -> Value {
    before.retain(|name, _| shown.get(name).is_some());
    Value::Object(before)
}
