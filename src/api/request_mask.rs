//! Bodies of requests for those who may not read them: the shape stays, the values go.

use super::request::RequestDetail;
use serde_json::Value;

/// What stands for a value.
const MASK: &str = "•••";

impl RequestDetail {
    /// The same without what its bodies say: their shape stays.
    pub fn masked(mut self) -> RequestDetail {
        for text in [&mut self.request, &mut self.response] {
            text.body = text.body.as_deref().map(masked);
        }
        for effect in &mut self.effect {
            mask(&mut effect.before);
            mask(&mut effect.after);
        }
        for told in &mut self.explain {
            told.text = MASK.to_owned();
            told.arguments.values_mut().for_each(mask);
        }
        self
    }
}

/// A body without its values; one that is no JSON is masked as a whole.
fn masked(body: &str) -> String {
    match serde_json::from_str(body) {
        Ok(mut value) => {
            mask(&mut value);
            value.to_string()
        }
        Err(_) => MASK.to_owned(),
    }
}

/// Masks every text and number.
fn mask(value: &mut Value) {
    match value {
        Value::Null | Value::Bool(_) => {}
        Value::String(_) | Value::Number(_) => *value = MASK.into(),
        Value::Array(all) => all.iter_mut().for_each(mask),
        Value::Object(all) => all.values_mut().for_each(mask),
    }
}
