//! The people and groups that the tables speak of, loaded over HTTP, and the places in the tables that stand for what
//! the appliance made of them.

use crate::endpoints::{Endpoints, told};
use crate::report::table;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::collections::HashMap;

/// An appliance with everybody in it.
pub struct World {
    pub endpoints: Endpoints,
    /// Users by userName, as they are answered.
    pub users: HashMap<String, Value>,
    /// Groups by displayName.
    pub groups: HashMap<String, Value>,
    /// The order in which they came.
    pub user_names: Vec<String>,
    pub group_names: Vec<String>,
    /// What a dialogue keeps for later.
    pub kept: HashMap<String, String>,
    /// While the bulk request is written: the `bulkId` of who is not there yet.
    coming: HashMap<(&'static str, String), String>,
}

const LISTS: [(&str, &str, &str); 2] = [("Users", "userName", "id"), ("Groups", "displayName", "gid")];

impl World {
    /// The first ones come by POST, the others in one bulk request.
    #[track_caller]
    pub fn peopled() -> World {
        let mut world = World {
            endpoints: Endpoints::start(),
            users: HashMap::new(),
            groups: HashMap::new(),
            user_names: Vec::new(),
            group_names: Vec::new(),
            kept: HashMap::new(),
            coming: HashMap::new(),
        };
        let people = table(include_str!("people.json"));
        for (list, name, _) in LISTS {
            for resource in people[format!("posted {}", list.to_lowercase())].as_array().unwrap() {
                let reply = world.endpoints.send("POST", &format!("/{list}"), Some(&world.filled(resource)));
                assert_eq!(reply.status, 201, "{resource}: {}", told(&reply));
                world.remember(list, name, &reply.body());
            }
        }
        world.load_the_rest(&people);
        world
    }

    #[track_caller]
    fn load_the_rest(&mut self, people: &Value) {
        let rest = |list: &str| people[format!("bulk {}", list.to_lowercase())].as_array().unwrap();
        for (list, name, word) in LISTS {
            for (n, resource) in rest(list).iter().enumerate() {
                let name = resource[name].as_str().unwrap().to_owned();
                self.coming.insert((word, name), format!("{word}{n}"));
            }
        }
        let mut operations = Vec::new();
        for (list, _, word) in LISTS {
            for (n, resource) in rest(list).iter().enumerate() {
                let data = self.filled(resource);
                let path = format!("/{list}");
                operations.push(json!({"method": "POST", "path": path, "bulkId": format!("{word}{n}"), "data": data}));
            }
        }
        self.coming.clear();
        let reply = self.endpoints.send("POST", "/Bulk", Some(&json!({ "Operations": operations })));
        let answer = reply.at("/Operations");
        let outcomes = answer.as_array().unwrap();
        assert!(outcomes.iter().all(|outcome| outcome["status"] == "201"), "{}", told(&reply));
        self.users.clear();
        self.groups.clear();
        (self.user_names, self.group_names) = (Vec::new(), Vec::new());
        for (list, name, _) in LISTS {
            let reply = self.endpoints.send("GET", &format!("/{list}"), None);
            reply.body()["Resources"].as_array().unwrap().iter().for_each(|r| self.remember(list, name, r));
        }
    }

    fn remember(&mut self, list: &str, name: &str, resource: &Value) {
        let name = resource[name].as_str().unwrap().to_owned();
        let (names, all) = match list {
            "Users" => (&mut self.user_names, &mut self.users),
            _ => (&mut self.group_names, &mut self.groups),
        };
        names.push(name.clone());
        all.insert(name, resource.clone());
    }

    /// Removes whom a broken dialogue has left behind.
    pub fn tidy(&self) {
        for (list, all) in [("Users", &self.users), ("Groups", &self.groups)] {
            let reply = self.endpoints.send("GET", &format!("/{list}?attributes=id"), None);
            for id in reply.body()["Resources"].as_array().unwrap().iter().map(|resource| &resource["id"]) {
                if !all.values().any(|resource| resource["id"] == *id) {
                    self.endpoints.send("DELETE", &format!("/{list}/{}", id.as_str().unwrap()), None);
                }
            }
        }
    }

    /// A value of a table with its `{{…}}` replaced.
    #[track_caller]
    pub fn filled(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => self.text(text).into(),
            Value::Array(list) => list.iter().map(|value| self.filled(value)).collect(),
            Value::Object(object) => object.iter().map(|(k, v)| (self.text(k), self.filled(v))).collect(),
            other => other.clone(),
        }
    }

    /// A text of a table with its `{{…}}` replaced.
    #[track_caller]
    pub fn text(&self, text: &str) -> String {
        let Some((before, rest)) = text.split_once("{{") else { return text.to_owned() };
        let (place, after) = rest.split_once("}}").unwrap();
        let (word, of) = place.split_once(':').unwrap_or((place, ""));
        let (name, how) = of.split_once('|').unwrap_or((of, ""));
        format!("{before}{}{}", self.place(word, name, how), self.text(after))
    }

    #[track_caller]
    fn place(&self, word: &str, name: &str, how: &str) -> String {
        if let Some((_, id)) = self.coming.iter().find(|((w, n), _)| *w == word && n == name) {
            return format!("bulkId:{id}");
        }
        let user = |pointer: &str| {
            let found = self.users.get(name).unwrap_or_else(|| panic!("nobody is called {name}"));
            found.pointer(pointer).and_then(Value::as_str).unwrap().to_owned()
        };
        match word {
            "id" => user("/id"),
            "gid" => self.groups[name]["id"].as_str().unwrap().to_owned(),
            "location" => user("/meta/location"),
            "version" => user("/meta/version").replace('"', "\\\""),
            "created" => moment(&user("/meta/created"), how),
            "base" => self.endpoints.one.url.clone(),
            "path" => self.endpoints.one.path().to_owned(),
            "keep" => altered(self.kept.get(name).unwrap_or_else(|| panic!("nothing is kept as {name}")), how),
            "repeat" => {
                let operation = json!({"method": "DELETE", "path": "/Users/1"});
                json!({ "Operations": vec![operation; name.parse().unwrap()] }).to_string()
            }
            "large" => {
                let data = json!({"userName": "x", "title": "x".repeat(1_100_000)});
                json!({"Operations": [{"method": "POST", "path": "/Users", "bulkId": "a", "data": data}]}).to_string()
            }
            other => panic!("{{{{{other}}}}} means nothing"),
        }
    }
}

/// A moment shown in another zone, with more digits, or a millisecond away.
fn moment(text: &str, how: &str) -> String {
    let instant: Timestamp = text.parse().unwrap();
    match how {
        "" => text.to_owned(),
        "000" => text.replace('Z', "000Z"),
        "+1ms" => (instant + SignedDuration::from_millis(1)).to_string(),
        "-1ms" => (instant - SignedDuration::from_millis(1)).to_string(),
        zone => {
            let (hours, minutes) = zone[1..].split_once(':').unwrap();
            let seconds: i32 = hours.parse::<i32>().unwrap() * 3600 + minutes.parse::<i32>().unwrap() * 60;
            let offset = Offset::from_seconds(if zone.starts_with('-') { -seconds } else { seconds }).unwrap();
            instant.to_zoned(TimeZone::fixed(offset)).strftime("%Y-%m-%dT%H:%M:%S%.f%:z").to_string()
        }
    }
}

/// A kept cursor or version with one letter changed, or without its mark of weakness.
fn altered(kept: &str, how: &str) -> String {
    let flipped = |c: char| if c == 'B' { 'C' } else { 'B' };
    let mut letters: Vec<char> = kept.chars().collect();
    match how {
        "" => return kept.to_owned(),
        "strong" => return kept.trim_start_matches("W/").to_owned(),
        "altered start" => letters[0] = flipped(letters[0]),
        "altered end" => {
            let last = letters.len() - 2;
            letters[last] = flipped(letters[last]);
        }
        other => panic!("a kept value cannot be {other}"),
    }
    letters.into_iter().collect()
}
