//! An answer, and what a test expects of it.

use serde_json::Value;
use ureq::http::HeaderMap;

/// An answer that has been read to its end.
#[derive(Clone, Debug)]
pub struct Reply {
    pub asked: String,
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Reply {
    /// The status is this one.
    #[track_caller]
    pub fn expect(self, status: u16) -> Reply {
        assert_eq!(self.status, status, "{} answered {}", self.asked, self.text);
        self
    }

    /// The body.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("{}: {e}: “{}”", self.asked, self.text))
    }

    /// The body, or null where there is none that is JSON.
    pub fn body(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    /// A value in the body, by JSON pointer; null when it is not there.
    #[track_caller]
    pub fn at(&self, pointer: &str) -> Value {
        self.json().pointer(pointer).cloned().unwrap_or_default()
    }

    /// A value in the body is this one.
    #[track_caller]
    pub fn says(self, pointer: &str, value: impl Into<Value>) -> Reply {
        assert_eq!(self.at(pointer), value.into(), "{pointer} of {}: {}", self.asked, self.text);
        self
    }

    /// A value is not in the body.
    #[track_caller]
    pub fn lacks(self, pointer: &str) -> Reply {
        let json = self.json();
        assert_eq!(json.pointer(pointer), None, "{pointer} of {}: {}", self.asked, self.text);
        self
    }

    /// The id of the resource in the body.
    #[track_caller]
    pub fn id(&self) -> String {
        self.at("/id").as_str().unwrap_or_else(|| panic!("{}: no id in {}", self.asked, self.text)).to_owned()
    }

    /// A header, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The resources of a list, which must have its three counters.
    #[track_caller]
    pub fn listed(&self) -> Vec<Value> {
        let json = self.json();
        assert_eq!(json["schemas"][0], "urn:ietf:params:scim:api:messages:2.0:ListResponse", "{}", self.text);
        for counter in ["totalResults", "startIndex", "itemsPerPage"] {
            assert!(json[counter].is_u64(), "{counter} in {}", self.text);
        }
        let resources = json["Resources"].as_array().expect("Resources").clone();
        assert_eq!(json["itemsPerPage"], resources.len(), "{}", self.text);
        resources
    }

    /// A list of nothing: 200, never 404.
    #[track_caller]
    pub fn empty_list(self) -> Reply {
        let reply = self.expect(200).says("/totalResults", 0).says("/startIndex", 1).says("/itemsPerPage", 0);
        assert!(reply.listed().is_empty());
        reply
    }

    /// The list holds this one resource and nothing else.
    #[track_caller]
    pub fn finds(self, id: &str) -> Reply {
        let reply = self.expect(200);
        let found: Vec<Value> = reply.listed().iter().map(|r| r["id"].clone()).collect();
        assert_eq!(found, [id], "{} answered {}", reply.asked, reply.text);
        reply
    }

    /// A SCIM refusal: status, type of body, schema, status as a string and a sentence.
    #[track_caller]
    pub fn refused(self, status: u16) -> Reply {
        let reply = self.expect(status);
        assert_eq!(reply.header("content-type"), "application/scim+json", "{}: {}", reply.asked, reply.text);
        assert!(!reply.at("/detail").as_str().unwrap_or_default().is_empty(), "{}: {}", reply.asked, reply.text);
        reply.says("/schemas/0", "urn:ietf:params:scim:api:messages:2.0:Error").says("/status", status.to_string())
    }

    /// The word for the refusal.
    #[track_caller]
    pub fn because(self, scim_type: &str) -> Reply {
        self.says("/scimType", scim_type)
    }

    /// The sentence of the refusal holds this.
    #[track_caller]
    pub fn detail(self, text: &str) -> Reply {
        let detail = self.at("/detail");
        assert!(detail.as_str().is_some_and(|d| d.contains(text)), "“{text}” is not in {}", self.text);
        self
    }

    /// The console's refusal: status and code.
    #[track_caller]
    pub fn fails(self, status: u16, code: &str) -> Reply {
        self.expect(status).says("/error/code", code)
    }
}
