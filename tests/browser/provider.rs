//! An identity provider that talks to the appliance while the page is watched.

use crate::appliance::PATIENCE;
use serde_json::{Value, json};

/// Okta, as far as these tests need it.
pub struct Okta {
    agent: ureq::Agent,
    url: String,
    token: String,
}

impl Okta {
    pub fn new(url: &str, token: &str) -> Okta {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .user_agent("Okta SCIM Client 1.0.0")
            .timeout_global(Some(PATIENCE))
            .build();
        Okta { agent: config.into(), url: url.to_owned(), token: token.to_owned() }
    }

    /// The same with another token.
    pub fn with(&self, token: &str) -> Okta {
        Okta { agent: self.agent.clone(), url: self.url.clone(), token: token.to_owned() }
    }

    /// The status of a GET.
    pub fn get(&self, path: &str) -> u16 {
        let request = self.agent.get(format!("{}{path}", self.url));
        request.header("Authorization", format!("Bearer {}", self.token)).call().unwrap().status().as_u16()
    }

    /// The status of a POST.
    pub fn try_post(&self, path: &str, resource: &Value) -> u16 {
        self.send(path, resource).0
    }

    fn send(&self, path: &str, resource: &Value) -> (u16, String) {
        let request = self.agent.post(format!("{}{path}", self.url));
        let request = request.header("Authorization", format!("Bearer {}", self.token));
        let mut answer = request.content_type("application/scim+json").send(resource.to_string()).unwrap();
        (answer.status().as_u16(), answer.body_mut().read_to_string().unwrap())
    }

    /// Creates something; its id.
    #[track_caller]
    pub fn post(&self, path: &str, resource: &Value) -> String {
        let (status, text) = self.send(path, resource);
        assert_eq!(status, 201, "{text}");
        let made: Value = serde_json::from_str(&text).unwrap();
        made["id"].as_str().unwrap().to_owned()
    }

    /// Three people and a group of them.
    pub fn syncs(&self) {
        let people = [("ada", "Ada Lovelace"), ("grace", "Grace Hopper"), ("hanako", "山田 花子")];
        let members = people.map(|(name, full)| {
            let user = json!({ "userName": format!("{name}@acme.test"), "displayName": full, "externalId": name });
            json!({ "value": self.post("/Users", &user) })
        });
        self.post("/Groups", &json!({ "displayName": "Finance", "members": members }));
    }
}
