//! A node with two people in a team, to see what a request does to them.

use crate::appliance::Appliance;
use crate::connected::Connected;
use crate::idp_clients::Client;
use crate::people::*;
use serde_json::{Value, json};

/// A node with two people in a team, and the client that brought them.
pub struct Stage {
    pub client: Client,
    pub mia: String,
    pub bob: String,
    pub group: String,
}

/// Somebody of whom there is much to lose.
pub fn full() -> Value {
    with(
        mia(),
        json!({
            "schemas": [USER, ENTERPRISE],
            "title": "Chief", "preferredLanguage": "en",
            "phoneNumbers": [{ "value": "1", "type": "fax" }, { "value": "2", "type": "work" }],
            "roles": [{ "value": "lead", "display": "Lead" }],
            ENTERPRISE: { "department": "Sales", "manager": { "value": "77", "$ref": "../Users/77" } },
        }),
    )
}

impl Stage {
    #[track_caller]
    pub fn set(connected: &Connected) -> Stage {
        let client = connected.client();
        let [mia, bob] = [full(), person("bob")].map(|one| client.post("/Users", one).expect(201).id());
        let members = json!({ "members": refs(&[&mia, &bob]) });
        let group = client.post("/Groups", with(team("Sales"), members)).expect(201).id();
        Stage { client, mia, bob, group }
    }

    pub fn user(&self) -> String {
        format!("/Users/{}", self.mia)
    }

    pub fn group(&self) -> String {
        format!("/Groups/{}", self.group)
    }

    /// Everything that a request could change.
    #[track_caller]
    pub fn state(&self) -> [Value; 3] {
        let paths = [self.user(), format!("/Users/{}", self.bob), self.group()];
        paths.map(|path| self.client.get(&path).expect(200).json())
    }

    /// Sends a request, also as an operation of a bulk request: both times it is refused with that word, and nothing is
    /// another afterwards.
    #[track_caller]
    pub fn refuses(&self, method: &str, path: &str, body: &Value, word: &str) {
        let before = self.state();
        self.client.send(method, path, body.clone()).refused(400).because(word);
        let bulk = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
            "Operations": [{ "method": method, "path": path, "data": body }] });
        let outcome = self.client.post("/Bulk", bulk).expect(200).says("/Operations/0/status", "400");
        outcome.says("/Operations/0/response/scimType", word);
        assert_eq!(self.state(), before, "{method} {path} {body}");
    }

    /// A PATCH of the user that is taken.
    #[track_caller]
    pub fn patch(&self, operations: Value) -> Value {
        self.client.patch(&self.user(), ops(operations)).expect(200).json()
    }
}

/// Plays with a connection of each preset.
#[track_caller]
pub fn on_both_presets(play: impl Fn(&Stage)) {
    for connect in [Appliance::keeper, Appliance::rfc] {
        let house = Appliance::start();
        play(&Stage::set(&connect(&house)));
    }
}
