//! Suites of checks, read from the files of this folder's `suites`. Tables of filters and PATCH operations become steps here.

use crate::sandbox::dialogue::{at, list, text};
use serde_json::{Map, Value, json};

macro_rules! files {
    ($($name:literal)+) => {
        /// The suites, in the order in which they are run.
        pub const SUITES: &[&str] = &[$($name),+];
        const FILES: &[(&str, &str)] = &[$(($name, include_str!(concat!("suites/", $name, ".json")))),+];
    };
}

files! { "rfc" "okta" "entra" "jumpcloud" "sailpoint" "keeper" }

const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
/// How many are asked for where a filter finds few.
const COUNT: &str = "50";

/// One check.
#[derive(Clone, Debug)]
pub struct Check {
    pub name: String,
    pub clause: String,
    pub why: String,
    pub advice: String,
    /// What the server has to announce.
    pub needs: Vec<String>,
    pub steps: Vec<Value>,
}

/// The checks of a subject.
pub struct Suite {
    pub name: &'static str,
    /// Headers of every request.
    pub headers: Value,
    /// The parts of the form of answers that count.
    pub form: Vec<String>,
    /// Users that are there while the checks run: their names, and what is sent.
    pub people: Vec<(String, Value)>,
    pub checks: Vec<Check>,
}

impl Suite {
    /// A suite by its name.
    pub fn find(name: &str) -> Option<Suite> {
        let (name, file) = FILES.iter().find(|(known, _)| *known == name)?;
        let file: Value = serde_json::from_str(file).ok()?;
        let mut checks = Vec::new();
        for section in list(&file, "sections") {
            checks.extend(list(section, "checks").iter().map(|one| check(section, one, list(one, "steps").to_vec())));
            checks.extend(list(section, "filters").iter().map(|one| check(section, one, filter(one))));
            checks.extend(list(section, "patches").iter().map(|one| check(section, one, patch(one))));
        }
        let people = at(&file, "people").as_object().cloned().unwrap_or_default();
        Some(Suite {
            name,
            headers: at(&file, "headers").clone(),
            form: list(&file, "form").iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            people: people.into_iter().collect(),
            checks,
        })
    }
}

/// A check; what it does not say itself its section says.
fn check(section: &Value, one: &Value, steps: Vec<Value>) -> Check {
    let of = |name: &str| match text(one, name) {
        "" => text(section, name).to_owned(),
        own => own.to_owned(),
    };
    let needs = list(section, "needs").iter().chain(list(one, "needs"));
    Check {
        name: text(one, "check").to_owned(),
        clause: of("clause"),
        why: of("why"),
        advice: of("advice"),
        needs: needs.filter_map(Value::as_str).map(str::to_owned).collect(),
        steps,
    }
}

/// A filter finds exactly these of the suite's people, or is refused.
fn filter(one: &Value) -> Vec<Value> {
    let filter = at(one, "filter");
    let kind = if text(one, "on").is_empty() { "/Users" } else { text(one, "on") };
    let answer = match at(one, "refused") {
        Value::Null => {
            let people = list(one, "users");
            let ids: Vec<Value> =
                people.iter().filter_map(Value::as_str).map(|name| format!("{{id {name}}}").into()).collect();
            json!({ "status": 200, "body": { "/totalResults": ids.len(), "/Resources": { "same": ids } } })
        }
        kind => json!({ "status": 400, "body": { "/scimType": kind } }),
    };
    vec![
        json!({ "request": { "method": "GET", "path": kind, "query": { "filter": filter, "count": COUNT } }, "answer": answer }),
    ]
}

/// A user is made, changed, and read: both the answer to the change and the user have to be so.
fn patch(one: &Value) -> Vec<Value> {
    let mut body = Map::new();
    let has_extension = at(one, "start").get(ENTERPRISE).is_some();
    body.insert("schemas".to_owned(), if has_extension { json!([USER, ENTERPRISE]) } else { json!([USER]) });
    body.insert("userName".to_owned(), "{rand}.p{n}@example.com".into());
    body.extend(at(one, "start").as_object().cloned().unwrap_or_default());
    let result = at(one, "result").clone();
    let user = "/Users/{patched}";
    let change = json!({ "schemas": [PATCH], "Operations": at(one, "operations") });
    let request = json!({ "method": "PATCH", "path": user, "body": change });
    let made = json!({ "request": { "method": "POST", "path": "/Users", "body": body }, "answer": { "status": 201 }, "keep": { "patched": "/id" } });
    let read = json!({ "request": { "method": "GET", "path": user }, "answer": { "status": 200, "body": result } });
    let changed = match at(one, "refused") {
        Value::Null => json!({ "request": request, "answer": { "status": [200, 204], "body": result } }),
        Value::Array(kinds) => {
            json!({ "request": request, "answer": { "status": 400, "body": { "/scimType": { "one_of": kinds } } } })
        }
        kind => json!({ "request": request, "answer": { "status": 400, "body": { "/scimType": kind } } }),
    };
    vec![made, changed, read]
}
