//! What a persona shows: discovery in its words, attributes it does not have left out, and its pages.

use super::Persona;
use serde_json::{Map, Value};

impl Persona {
    /// Changes a successful answer to what is shown of it. `place` is where it came from.
    pub(super) fn shape(&self, place: &str, answer: &mut Value) {
        match place.split('/').next().unwrap_or_default() {
            "ServiceProviderConfig" => merge(answer, &self.config),
            "ResourceTypes" => self.keep_types(answer),
            "Schemas" => self.keep_schemas(answer),
            _ => self.keep_resources(answer),
        }
    }

    fn keep_types(&self, answer: &mut Value) {
        let Some(types) = &self.types else { return };
        keep(answer, |one| {
            one.get("id").and_then(Value::as_str).is_some_and(|id| types.iter().any(|known| known == id))
        });
    }

    fn keep_schemas(&self, answer: &mut Value) {
        let Some(types) = &self.types else { return self.each_schema(answer) };
        let is_other = |id: &str| {
            let name = id.rsplit(':').next().unwrap_or_default();
            id.contains(":core:2.0:") && ["User", "Group"].contains(&name) && !types.iter().any(|known| known == name)
        };
        keep(answer, |one| one.get("id").and_then(Value::as_str).is_none_or(|id| !is_other(id)));
        self.each_schema(answer);
    }

    fn each_schema(&self, answer: &mut Value) {
        for one in resources(answer) {
            let id = one.get("id").and_then(Value::as_str).unwrap_or_default();
            let Some(names) = self.without.get(id.rsplit(':').next().unwrap_or_default()) else { continue };
            if let Some(attributes) = one.get_mut("attributes").and_then(Value::as_array_mut) {
                attributes.retain(|attribute| {
                    let name = attribute.get("name").and_then(Value::as_str).unwrap_or_default();
                    !names.iter().any(|hidden| hidden.eq_ignore_ascii_case(name))
                });
            }
        }
    }

    fn keep_resources(&self, answer: &mut Value) {
        if let (Some(most), Some(list)) = (self.most, answer.get_mut("Resources").and_then(Value::as_array_mut))
            && list.len() > most
        {
            list.truncate(most);
            if let Some(counter) = answer.get_mut("itemsPerPage") {
                *counter = most.into();
            }
        }
        for one in resources(answer) {
            let Some(of) = type_of(one) else { continue };
            let Some(object) = one.as_object_mut() else { continue };
            for name in self.without.get(&of).into_iter().flatten() {
                object.shift_remove(name);
            }
            for name in self.empty.get(&of).into_iter().flatten() {
                if let Some(value) = object.get_mut(name) {
                    *value = Value::Array(Vec::new());
                }
            }
        }
    }
}

/// `User` or `Group`, by the schemas of a resource.
fn type_of(one: &Value) -> Option<String> {
    let schemas = one.get("schemas").and_then(Value::as_array)?;
    let core = schemas.iter().filter_map(Value::as_str).find(|urn| urn.contains(":core:2.0:"))?;
    core.rsplit(':').next().map(str::to_owned)
}

/// The resources of a list, or the one that the answer is.
fn resources(answer: &mut Value) -> Vec<&mut Value> {
    if answer.get("Resources").is_none() {
        return vec![answer];
    }
    answer.get_mut("Resources").and_then(Value::as_array_mut).into_iter().flatten().collect()
}

/// Leaves out what does not pass, and counts again.
fn keep(answer: &mut Value, passes: impl Fn(&Value) -> bool) {
    let Some(list) = answer.get_mut("Resources").and_then(Value::as_array_mut) else { return };
    list.retain(|one| passes(one));
    let left = list.len();
    for counter in ["totalResults", "itemsPerPage"] {
        if let Some(value) = answer.get_mut(counter) {
            *value = left.into();
        }
    }
}

/// RFC 7396: what is there is replaced, what is null goes.
fn merge(into: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else { return };
    if !into.is_object() {
        *into = Value::Object(Map::new());
    }
    let Some(object) = into.as_object_mut() else { return };
    for (name, value) in patch {
        match value {
            Value::Null => drop(object.shift_remove(name)),
            Value::Object(_) => merge(object.entry(name.clone()).or_insert(Value::Null), value),
            other => drop(object.insert(name.clone(), other.clone())),
        }
    }
}
