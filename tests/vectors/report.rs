//! What went wrong in a table: all of it, told at the end.

use serde_json::Value;

/// The failures of one table.
#[derive(Default)]
pub struct Report {
    vectors: usize,
    failures: Vec<String>,
}

impl Report {
    /// Counts a vector that did not, and says how.
    pub fn failed(&mut self, name: &str, request: &str, expected: &str, got: &str) {
        self.vectors += 1;
        self.failures.push(format!("{name}\n  request   {request}\n  expected  {expected}\n  got       {got}"));
    }

    /// Counts a vector by what was found wrong with it.
    pub fn judge(&mut self, name: &str, request: &str, wrong: Vec<(String, String)>) -> bool {
        let fine = wrong.is_empty();
        self.vectors += usize::from(fine);
        for (expected, got) in wrong {
            self.failed(name, request, &expected, &got);
        }
        fine
    }

    /// Fails if anything did, with all of it.
    #[track_caller]
    pub fn finish(self, at_least: usize) {
        let Report { vectors, failures } = self;
        assert!(failures.is_empty(), "{} of {vectors} vectors failed:\n\n{}\n", failures.len(), failures.join("\n\n"));
        assert!(vectors >= at_least, "only {vectors} vectors were found, expected at least {at_least}");
    }
}

/// A table beside these files.
#[track_caller]
pub fn table(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// The vectors of a table, each with the name of its section.
pub fn vectors(table: &Value) -> impl Iterator<Item = (&str, &Value)> {
    table["sections"].as_array().unwrap().iter().flat_map(|section| {
        let title = section["section"].as_str().unwrap();
        section["vectors"].as_array().unwrap().iter().map(move |vector| (title, vector))
    })
}

/// A misspelt word in a table would expect nothing; none is let through.
#[track_caller]
pub fn known(vector: &Value, words: &[&str]) {
    let unknown = vector.as_object().unwrap().keys().find(|key| !words.contains(&key.as_str()));
    assert!(unknown.is_none(), "no table knows the word {unknown:?}: {vector}");
}

/// A text that does not fill the screen.
pub fn short(text: &str) -> String {
    if text.chars().count() <= 2000 {
        return text.to_owned();
    }
    text.chars().take(2000).chain("…".chars()).collect()
}

/// A resource as tables write it: without `id` and `meta`, members and groups in the order of their ids.
pub fn bare(resource: &Value) -> Value {
    let mut resource = resource.clone();
    if let Some(object) = resource.as_object_mut() {
        object.remove("id");
        object.remove("meta");
        for name in ["members", "groups"] {
            if let Some(list) = object.get_mut(name).and_then(Value::as_array_mut) {
                list.sort_by_key(|element| element["value"].to_string());
            }
        }
    }
    resource
}

/// A resource as a table expects it, with the `schemas` that follow from its attributes.
pub fn expected(resource: &Value) -> Value {
    const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    let mut resource = bare(resource);
    let kind = if resource.get("userName").is_some() { "User" } else { "Group" };
    let mut schemas = vec![Value::from(format!("urn:ietf:params:scim:schemas:core:2.0:{kind}"))];
    if resource.get(ENTERPRISE).is_some() {
        schemas.push(ENTERPRISE.into());
    }
    resource["schemas"] = schemas.into();
    resource
}
