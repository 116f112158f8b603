//! Keeper Commander's push as it works: its requests in their order, its page loop with its defect (docs/keeper.md#scim-push).

use crate::idp_clients::{Client, values};
use crate::people::{GROUP, PATCH, USER};
use serde_json::{Map, Value, json};
use std::collections::HashMap;

const ENTERPRISE: &str = crate::people::ENTERPRISE;

/// A person at the source.
#[derive(Clone)]
pub struct Person {
    pub id: String,
    pub email: String,
    pub first: String,
    pub last: String,
    pub active: bool,
    pub groups: Vec<String>,
}

impl Person {
    pub fn new(name: &str, groups: &[&str]) -> Person {
        Person {
            id: format!("u-{name}"),
            email: format!("{name}@Acme.test"),
            first: name.to_owned(),
            last: String::new(),
            active: true,
            groups: groups.iter().map(|g| (*g).to_owned()).collect(),
        }
    }

    fn full(&self) -> String {
        format!("{} {}", self.first, self.last).trim().to_owned()
    }
}

/// What the directory holds: people, and groups by id and name.
#[derive(Clone, Default)]
pub struct Source {
    pub people: Vec<Person>,
    pub groups: Vec<(String, String)>,
}

impl Source {
    pub fn group(mut self, id: &str, name: &str) -> Source {
        self.groups.push((id.to_owned(), name.to_owned()));
        self
    }

    pub fn person(mut self, person: Person) -> Source {
        self.people.push(person);
        self
    }
}

/// A page loop that stops when start and page reach the total, which loses a last page of one.
#[track_caller]
fn all(client: &Client, path: &str) -> Vec<Value> {
    let (mut found, mut start) = (Vec::new(), 1);
    loop {
        let page = client.get(&format!("{path}?startIndex={start}&count=500")).expect(200);
        found.extend(page.listed());
        let next = page.at("/startIndex").as_u64().unwrap() + page.at("/itemsPerPage").as_u64().unwrap();
        if next >= page.at("/totalResults").as_u64().unwrap() {
            return found;
        }
        start = next;
    }
}

/// The writes of one push, each as `METHOD /path what`, in their order.
#[track_caller]
pub fn push(client: &Client, source: &Source) -> Vec<String> {
    let users = all(client, "/Users");
    let groups = all(client, "/Groups");
    let mut push = Push { client, writes: Vec::new(), teams: HashMap::new(), controlled: Vec::new() };
    push.groups(groups, &source.groups);
    push.users(users, &source.people);
    push.writes
}

struct Push<'a> {
    client: &'a Client,
    writes: Vec<String>,
    /// The team of each group of the source.
    teams: HashMap<String, String>,
    /// Teams that came with an externalId: only from them are people removed.
    controlled: Vec<String>,
}

/// Whether a group of the appliance is a group of the source, by id and name.
type Matches = fn(&Value, &(String, String)) -> bool;

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str)
}

impl Push<'_> {
    #[track_caller]
    fn write(&mut self, method: &str, path: &str, body: Value) -> Value {
        let reply =
            if method == "DELETE" { self.client.delete(path) } else { self.client.send(method, path, body.clone()) };
        assert!(reply.status < 300, "{method} {path} {body} error: {} {}", reply.status, reply.text);
        let place = path.split('/').nth(1).unwrap();
        let what = text(&body, "userName").or(text(&body, "displayName")).unwrap_or_default();
        self.writes.push(format!("{method} /{place} {what}").trim_end().to_owned());
        if reply.text.is_empty() { Value::Null } else { reply.json() }
    }

    /// Three rounds: by externalId, by name, and then whatever is left with an externalId is used again.
    fn groups(&mut self, mut known: Vec<Value>, source: &[(String, String)]) {
        for group in &known {
            if text(group, "externalId").is_some_and(|id| !id.is_empty()) {
                self.controlled.push(group["id"].as_str().unwrap().to_owned());
            }
        }
        let mut wanted: Vec<_> = source.iter().collect();
        let rounds: [Matches; 3] = [
            |group, (id, _)| text(group, "externalId") == Some(id),
            |group, (_, name)| text(group, "displayName").map(str::to_lowercase) == Some(name.to_lowercase()),
            |group, _| text(group, "externalId").is_some_and(|id| !id.is_empty()),
        ];
        for matches in rounds {
            wanted.retain(|(id, name)| {
                let Some(at) = known.iter().position(|group| matches(group, &(id.clone(), name.clone()))) else {
                    return true;
                };
                let group = known.remove(at);
                let team = group["id"].as_str().unwrap().to_owned();
                let mut changes = Map::new();
                for (key, value) in [("externalId", id), ("displayName", name)] {
                    if text(&group, key) != Some(value) {
                        changes.insert(key.to_owned(), json!(value));
                    }
                }
                if !changes.is_empty() {
                    self.change(&format!("/Groups/{team}"), changes);
                }
                self.controlled.push(team.clone());
                self.teams.insert(id.clone(), team);
                false
            });
        }
        for (id, name) in wanted {
            // The URN really ends in a semicolon.
            let body = json!({ "schemas": [format!("{GROUP};")], "displayName": name, "externalId": id });
            let made = self.write("POST", "/Groups", body);
            assert_eq!(made["externalId"], *id, "without it no membership is set in this run");
            assert_eq!(made["displayName"], *name);
            let team = made["id"].as_str().unwrap().to_owned();
            self.controlled.push(team.clone());
            self.teams.insert(id.clone(), team);
        }
        for group in known.iter().filter(|group| text(group, "externalId").is_some_and(|id| !id.is_empty())) {
            self.write("DELETE", &format!("/Groups/{}", group["id"].as_str().unwrap()), Value::Null);
        }
    }

    fn users(&mut self, mut known: Vec<Value>, people: &[Person]) {
        let mut memberships = Vec::new();
        for person in people {
            let same =
                |user: &Value| text(user, "userName").map(str::to_lowercase) == Some(person.email.to_lowercase());
            let user = match known.iter().position(same) {
                Some(at) => {
                    let user = known.remove(at);
                    self.update(&user, person);
                    user
                }
                None if person.active => self.invite(person),
                None => continue,
            };
            memberships.push((user, person));
        }
        for user in known.iter().filter(|user| user["active"] == true) {
            self.write("DELETE", &format!("/Users/{}", user["id"].as_str().unwrap()), Value::Null);
        }
        for (user, person) in memberships {
            self.join(&user, person);
        }
    }

    fn invite(&mut self, person: &Person) -> Value {
        let body = json!({
            "schemas": [USER, ENTERPRISE], "userName": person.email, "externalId": person.id,
            "displayName": person.full(), "active": true,
            "name": { "givenName": person.first, "familyName": person.last },
        });
        let made = self.write("POST", "/Users", body);
        json!({ "id": made["id"].as_str().unwrap(), "userName": person.email })
    }

    fn update(&mut self, user: &Value, person: &Person) {
        let mut changes = Map::new();
        let (first, last) = (user["name"].get("givenName"), user["name"].get("familyName"));
        for (key, is, wanted) in [
            ("externalId", user.get("externalId"), json!(person.id)),
            ("displayName", user.get("displayName"), json!(person.full())),
            ("name.givenName", first, json!(person.first)),
            ("name.familyName", last, json!(person.last)),
            ("active", user.get("active"), json!(person.active)),
        ] {
            if is != Some(&wanted) {
                changes.insert(key.to_owned(), wanted);
            }
        }
        if !changes.is_empty() {
            self.change(&format!("/Users/{}", user["id"].as_str().unwrap()), changes);
        }
    }

    fn change(&mut self, path: &str, changes: Map<String, Value>) {
        let keys = changes.keys().map(String::as_str).collect::<Vec<_>>().join(",");
        self.write("PATCH", path, json!({ "schemas": [PATCH], "Operations": [{ "op": "replace", "value": changes }] }));
        self.writes.last_mut().unwrap().push_str(&format!(" {keys}"));
    }

    /// One PATCH per user. The address is compared letter by letter, as Commander does.
    fn join(&mut self, user: &Value, person: &Person) {
        if text(user, "userName") != Some(&person.email) {
            return;
        }
        let has = values(&user["groups"]);
        let wanted: Vec<&String> = person.groups.iter().filter_map(|group| self.teams.get(group)).collect();
        let add: Vec<Value> = wanted.iter().filter(|t| !has.contains(t)).map(|t| json!({ "value": t })).collect();
        let gone = has.iter().filter(|team| !wanted.contains(team) && self.controlled.contains(team));
        let gone: Vec<Value> = gone.map(|team| json!({ "value": team })).collect();
        let mut operations = Vec::new();
        for (verb, value) in [("add", add), ("remove", gone)].into_iter().filter(|(_, value)| !value.is_empty()) {
            operations.push(json!({ "op": verb, "path": "groups", "value": value }));
        }
        if !operations.is_empty() {
            let verbs = operations.iter().map(|o| o["op"].as_str().unwrap()).collect::<Vec<_>>().join(",");
            let path = format!("/Users/{}", user["id"].as_str().unwrap());
            self.write("PATCH", &path, json!({ "schemas": [PATCH], "Operations": operations }));
            self.writes.last_mut().unwrap().push_str(&format!(" groups {verbs}"));
        }
    }
}
