//! Values that are filled into the texts of a dialogue: what was kept, and what is made up.

use serde_json::{Map, Value};
use std::fmt::Write;

/// Names and their values. `rand` is there from the beginning.
#[derive(Clone, Debug, Default)]
pub struct Values(Map<String, Value>);

impl Values {
    /// `rand` tells one run from another.
    pub fn new(rand: &str, base: &str) -> Values {
        let mut values = Values::default();
        values.set("rand", rand);
        values.set("base", base);
        values
    }

    /// Gives a name a value.
    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// Takes a name away.
    pub fn forget(&mut self, name: &str) {
        self.0.remove(name);
    }

    /// What stands for a name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// What stands for a name, if it is a text.
    pub fn text_of(&self, name: &str) -> &str {
        self.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// A value with everything filled in. A text that is one name alone becomes the value as it is.
    pub fn filled(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => {
                let whole = text.strip_prefix('{').and_then(|text| text.strip_suffix('}'));
                whole.and_then(|name| self.0.get(name).cloned()).unwrap_or_else(|| self.text(text).into())
            }
            Value::Array(elements) => elements.iter().map(|element| self.filled(element)).collect(),
            // Objects over one another, the later ones on top: a client that sends back what it has read.
            Value::Object(members) if members.contains_key("$over") => {
                let layers = members.get("$over").and_then(Value::as_array).into_iter().flatten();
                let filled = layers.map(|layer| self.filled(layer)).filter_map(|layer| layer.as_object().cloned());
                filled.flatten().collect::<Map<_, _>>().into()
            }
            Value::Object(members) => {
                members.iter().map(|(name, value)| (self.text(name), self.filled(value))).collect::<Map<_, _>>().into()
            }
            other => other.clone(),
        }
    }

    /// A text with everything filled in. Braces around what is no name stay.
    pub fn text(&self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once('{') {
            out.push_str(before);
            let named = behind.split_once('}').and_then(|(name, after)| Some((self.value(name)?, after)));
            match named {
                Some((value, after)) => {
                    out.push_str(&value);
                    rest = after;
                }
                None => {
                    out.push('{');
                    rest = behind;
                }
            }
        }
        out + rest
    }

    fn value(&self, name: &str) -> Option<String> {
        if let Some(of) = name.strip_prefix("uuid ") {
            return Some(uuid(self.text_of("rand"), of));
        }
        let (change, name): (fn(&str) -> String, &str) = match name.split_once(' ') {
            Some(("upper", name)) => (str::to_uppercase, name),
            Some(("lower", name)) => (str::to_lowercase, name),
            // As a string of a filter: its quotes and backslashes escaped (RFC 7644, section 3.4.2.2).
            Some(("quoted", name)) => (|text| Value::from(text).to_string(), name),
            _ => (str::to_owned, name),
        };
        self.0.get(name).map(|value| change(&value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
    }
}

/// The same UUID for the same run and name.
fn uuid(rand: &str, of: &str) -> String {
    let mix = |start: u64, text: &str| {
        text.bytes().fold(start, |all, byte| all.wrapping_mul(0x100_0000_01b3) ^ u64::from(byte))
    };
    let (run, name) = (mix(0xcbf2_9ce4_8422_2325, rand), mix(7, of));
    let mut text = String::new();
    let _ = write!(text, "{:08x}-0000-4000-8000-{:012x}", (run ^ (run >> 32)) & 0xffff_ffff, name & 0xffff_ffff_ffff);
    text
}
