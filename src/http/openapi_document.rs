//! The document of the admin API as it is sent, and what the server itself looks up in it.

use actix_web::web::Bytes;
use serde_json::Value;
use std::collections::BTreeSet;

/// Where the admin API lives.
pub const BASE: &str = "/api/v1";

/// A call, as the document describes it.
pub struct Call {
    /// Its method, in capitals.
    pub method: String,
    /// Its path below [`BASE`], with the parameters in braces.
    pub path: String,
    /// The parameters that its query may have.
    pub parameters: Vec<String>,
    /// The fields that its body may have; `None` where it takes none, or where the handler knows them.
    pub fields: Option<Vec<String>>,
}

/// The document, and its calls.
pub struct Document {
    /// The document as JSON.
    pub text: Bytes,
    /// Every call.
    pub calls: Vec<Call>,
    numbers: BTreeSet<String>,
}

impl Document {
    /// Reads the finished document.
    pub fn new(document: &Value) -> Document {
        let (mut calls, mut numbers) = (Vec::new(), BTreeSet::new());
        for (path, item) in document.get("paths").and_then(Value::as_object).into_iter().flatten() {
            let path = path.strip_prefix(BASE).unwrap_or(path);
            for (method, operation) in item.as_object().into_iter().flatten() {
                let of = |one: &'static str, what: &'static str| {
                    move |parameter: &&Value| parameter.pointer(one).is_some_and(|is| is == what)
                };
                let parameters = || operation.get("parameters").and_then(Value::as_array).into_iter().flatten();
                let named = |one: &Value| one.get("name").and_then(Value::as_str).map(str::to_owned);
                numbers.extend(parameters().filter(of("/schema/type", "integer")).filter_map(named));
                calls.push(Call {
                    method: method.to_uppercase(),
                    path: path.to_owned(),
                    parameters: parameters().filter(of("/in", "query")).filter_map(named).collect(),
                    fields: body_fields(document, operation),
                });
            }
        }
        // The order in which people name methods.
        calls.sort_by_key(|call| ["GET", "POST", "PATCH", "DELETE"].iter().position(|one| *one == call.method));
        Document { text: document.to_string().into(), calls, numbers }
    }

    /// The call of a method, by the pattern of its path below [`BASE`].
    pub fn call(&self, method: &str, pattern: &str) -> Option<&Call> {
        self.calls.iter().find(|call| call.method == method && call.path == pattern)
    }

    /// The methods that a path has.
    pub fn methods(&self, path: &str) -> Vec<&str> {
        let own = self.own_methods(path);
        if !own.is_empty() {
            return own;
        }
        let fits = |template: &str| {
            let (mut given, mut wanted) = (path.split('/'), template.split('/'));
            loop {
                match (given.next(), wanted.next()) {
                    (None, None) => return true,
                    (Some(given), Some(wanted))
                        if given == wanted || (wanted.starts_with('{') && !given.is_empty()) => {}
                    _ => return false,
                }
            }
        };
        self.calls.iter().filter(|call| fits(&call.path)).map(|call| call.method.as_str()).collect()
    }

    /// The methods of a path that names nothing by id, such as `/users/export`.
    pub fn own_methods(&self, path: &str) -> Vec<&str> {
        self.calls.iter().filter(|call| call.path == path).map(|call| call.method.as_str()).collect()
    }

    /// Whether a parameter of that name is a number.
    pub fn is_number(&self, name: &str) -> bool {
        self.numbers.contains(name)
    }
}

/// The settings of the appliance: one that does not exist is not found.
const KNOWN_TO_THE_HANDLER: &str = "#/components/schemas/SettingsChange";

fn body_fields(document: &Value, operation: &Value) -> Option<Vec<String>> {
    let schema = operation.pointer("/requestBody/content/application~1json/schema")?;
    let place = schema.get("$ref")?.as_str().filter(|place| *place != KNOWN_TO_THE_HANDLER)?;
    let fields = document.pointer(place.trim_start_matches('#'))?.get("properties")?.as_object()?;
    Some(fields.keys().cloned().collect())
}
