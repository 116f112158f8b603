//! What was passed over in a body: attributes that no schema has.

use super::{Explanation, Seen, Target};
use crate::scim::schema::{COMMON, named};
use serde_json::Value;

/// Each attribute that was not understood.
pub fn explain(seen: &Seen<'_>, target: &Target) -> Vec<Explanation> {
    let (Some(of), Some(body)) = (target.of, &target.body) else { return Vec::new() };
    if seen.status >= 400 || !["POST", "PUT"].contains(&seen.method.to_ascii_uppercase().as_str()) {
        return Vec::new();
    }
    let is_known = |key: &str| {
        key.eq_ignore_ascii_case("schemas")
            || key.contains(['.', ':'])
            || of.core(key).is_some()
            || named(&COMMON, key).is_some()
    };
    let unknown = body.keys().filter(|key| !is_known(key));
    let foreign = body.iter().filter(|(key, value)| {
        key.starts_with("urn:") && value.is_object() && of.extension_named(key).is_none() && !of.is_core(key)
    });
    let told = |what: &str, name: &str| {
        let sentence = format!("“{name}” was passed over: {what}.");
        Explanation {
            advice: Some(
                "Take it out of the attribute mapping of the identity provider, or leave it: it changes nothing."
                    .to_owned(),
            ),
            ..Explanation::new("ignored", sentence).clause("RFC 7643, section 2.1").with("attribute", Value::from(name))
        }
    };
    unknown
        .map(|name| told("no schema has such an attribute", name))
        .chain(foreign.map(|(name, _)| told("this extension is not announced", name)))
        .take(50)
        .collect()
}
