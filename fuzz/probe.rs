//! What must hold for any input whatever: called by the fuzzers and, with all inputs that were ever found, by the tests.
//!
//! Each probe panics when an invariant is broken and does nothing else.

use scimbox::scim::filter;
use scimbox::scim::intake::content::Content;
use scimbox::scim::intake::fast_path;
use scimbox::scim::intake::json;
use scimbox::scim::leeway::Leeway;
use scimbox::scim::matches;
use scimbox::scim::patch;
use scimbox::scim::path;
use scimbox::scim::schema::{GROUP_TYPE, ResourceType, USER_TYPE};
use scimbox::scim::select;
use serde_json::{Map, Value};

const TYPES: [&ResourceType; 2] = [&USER_TYPE, &GROUP_TYPE];

/// A filter is read or refused; what is read can be bound, lowered and evaluated.
pub fn filter(text: &str) {
    let Ok(filter) = filter::parse(text, &Leeway::default()) else { return };
    for of in TYPES {
        let Ok(test) = matches::bind(&filter, of, &Leeway::default()) else { continue };
        let _ = select::select(&test, of);
        let _ = test.matches(&sample(of));
    }
}

/// A path names something of the schema or is refused.
pub fn path(text: &str) {
    for of in TYPES {
        let _ = path::parse(text, of, &Leeway::default());
    }
}

/// A PATCH is applied or refused; what comes out holds nothing empty and is taken again unchanged.
pub fn patch(body: &[u8]) {
    let Ok(body) = json::parse_object(body) else { return };
    for of in TYPES {
        let Ok(operations) = patch::read(of, &body, &Leeway::default()) else { continue };
        let mut attributes = sample(of);
        if patch::apply(of, &mut attributes, &operations, &Leeway::default()).is_ok() {
            assert_settled(of, attributes);
        }
    }
}

/// A body is taken or refused; what is taken comes back unchanged.
pub fn resource(body: &[u8]) {
    if let Some(short) = fast_path::read(body) {
        let long = json::parse_object(body).and_then(|body| Content::read(&USER_TYPE, body, &Leeway::default()));
        let long = long.and_then(|long| Ok((long.user_profile()?, long.emails(), long.active)));
        assert_eq!(Some((short.profile, short.emails, short.active)), long.ok(), "both ways come to the same");
    }
    let Ok(body) = json::parse_object(body) else { return };
    for of in TYPES {
        if let Ok(content) = Content::read(of, body.clone(), &Leeway::default()) {
            assert_settled(of, content.attributes);
        }
    }
}

fn assert_settled(of: &'static ResourceType, attributes: Map<String, Value>) {
    let mut again = match Content::read(of, attributes.clone(), &Leeway::default()) {
        Ok(content) => content.attributes,
        // A PATCH may take away what is required; the caller refuses that.
        Err(_) => return,
    };
    let mut before = attributes;
    for ours in ["active", of.relation] {
        before.shift_remove(ours);
        again.shift_remove(ours);
    }
    assert_eq!(Value::Object(before), Value::Object(again), "what is stored must be canonical");
}

fn sample(of: &ResourceType) -> Map<String, Value> {
    let user = serde_json::json!({
        "userName": "ada@acme.test",
        "displayName": "Ada",
        "externalId": "",
        "active": true,
        "name": { "givenName": "Ada", "familyName": "Lovelace" },
        "emails": [
            { "value": "ada@acme.test", "type": "work", "primary": true },
            { "value": "ada@home.test", "type": "home" },
        ],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { "department": "R&D", "manager": { "value": "1" } },
    });
    let sample = if of.name == USER_TYPE.name { user } else { serde_json::json!({ "displayName": "Makers" }) };
    match sample {
        Value::Object(sample) => sample,
        _ => Map::new(),
    }
}
