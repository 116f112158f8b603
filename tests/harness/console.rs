//! An administrator at the console: signed in, with the token that changes need.

use crate::appliance::{ADMIN, Appliance, PASSWORD};
use crate::connected::Connected;
use crate::idp_clients::{Client, Payload};
use crate::openapi;
use crate::reply::Reply;
use serde_json::{Value, json};

/// A signed-in browser.
#[derive(Clone)]
pub struct Console {
    client: Client,
    pub cookie: String,
    pub csrf: String,
}

/// A browser that is not signed in.
pub fn visitor(appliance: &Appliance) -> Client {
    Client::plain(&appliance.url("/api/v1")).with("Content-Type", "application/json")
}

/// The `name=value` of the cookie that an answer sets.
#[track_caller]
pub fn cookie(reply: &Reply) -> String {
    reply.header("set-cookie").split(';').next().filter(|pair| pair.contains('=')).expect("a cookie").to_owned()
}

impl Appliance {
    /// An administrator, made by the command line and signed in.
    #[track_caller]
    pub fn console(&self) -> Console {
        self.run_with(&["admin", "create", ADMIN, "--password-file", "-"], PASSWORD).ok();
        Console::sign_in(self, ADMIN, PASSWORD)
    }
}

impl Console {
    #[track_caller]
    pub fn sign_in(appliance: &Appliance, email: &str, password: &str) -> Console {
        let reply = visitor(appliance).post("/session", json!({ "email": email, "password": password })).expect(200);
        Console::opened(appliance, &reply)
    }

    /// The session that an answer has opened.
    #[track_caller]
    pub fn opened(appliance: &Appliance, reply: &Reply) -> Console {
        let (cookie, csrf) = (cookie(reply), reply.at("/csrf").as_str().expect("csrf").to_owned());
        Console { client: visitor(appliance).with("Cookie", &cookie).with("X-CSRF-Token", &csrf), cookie, csrf }
    }

    /// The browser itself, to leave its habits.
    pub fn client(&self) -> Client {
        self.client.clone()
    }

    #[track_caller]
    pub fn get(&self, path: &str) -> Reply {
        self.exchange("GET", path, ())
    }

    #[track_caller]
    pub fn post(&self, path: &str, payload: impl Payload) -> Reply {
        self.exchange("POST", path, payload)
    }

    #[track_caller]
    pub fn patch(&self, path: &str, payload: impl Payload) -> Reply {
        self.exchange("PATCH", path, payload)
    }

    #[track_caller]
    pub fn delete(&self, path: &str) -> Reply {
        self.exchange("DELETE", path, ())
    }

    /// A call that must be as the document of the API says.
    #[track_caller]
    fn exchange(&self, method: &str, path: &str, payload: impl Payload) -> Reply {
        let sent = payload.bytes();
        let reply = match sent.clone() {
            Some(bytes) => self.client.send(method, path, bytes),
            None => self.client.send(method, path, ()),
        };
        openapi::fits(&self.client, &sent.unwrap_or_default(), &reply);
        reply
    }

    /// Makes a node and returns its id.
    #[track_caller]
    pub fn node(&self, name: &str) -> String {
        self.post("/nodes", json!({ "name": name })).expect(201).at("/node_id").to_string()
    }

    /// The id of the root.
    #[track_caller]
    pub fn root(&self) -> String {
        let nodes = self.get("/nodes").expect(200).json();
        let root = nodes.as_array().unwrap().iter().find(|node| node["parent_id"].is_null());
        root.expect("a root")["node_id"].to_string()
    }

    /// Generate, without Save.
    #[track_caller]
    pub fn generate(&self, node: &str, wish: Value) -> Connected {
        let made = self.post(&format!("/nodes/{node}/connection"), wish).expect(201).json();
        read(&made)
    }

    /// Generate and Save.
    #[track_caller]
    pub fn connect(&self, node: &str, wish: Value) -> Connected {
        let connected = self.generate(node, wish);
        self.save(&connected).expect(200);
        connected
    }

    #[track_caller]
    pub fn save(&self, connected: &Connected) -> Reply {
        self.act(connected, "save", json!({}))
    }

    /// An act on a connection: `save`, `pause`, `resume`, `tokens`.
    #[track_caller]
    pub fn act(&self, connected: &Connected, act: &str, wish: Value) -> Reply {
        self.post(&format!("/connections/{}/{act}", connected.scim_id), wish)
    }

    /// Rotate: the same connection with its new token.
    #[track_caller]
    pub fn rotate(&self, connected: &Connected, overlap: &str) -> Connected {
        read(&self.act(connected, "tokens", json!({ "overlap": overlap })).expect(201).json())
    }

    #[track_caller]
    pub fn edit(&self, connected: &Connected, change: Value) -> Reply {
        self.patch(&format!("/connections/{}", connected.scim_id), change)
    }

    /// The connection as the console shows it.
    #[track_caller]
    pub fn view(&self, connected: &Connected) -> Reply {
        self.get(&format!("/connections/{}", connected.scim_id)).expect(200)
    }

    #[track_caller]
    pub fn state(&self, connected: &Connected) -> String {
        self.view(connected).at("/state").as_str().unwrap().to_owned()
    }

    /// The users of a node as the console lists them.
    #[track_caller]
    pub fn users(&self, connected: &Connected) -> Vec<Value> {
        let list = self.get(&format!("/users?node_id={}", connected.node_id)).expect(200);
        list.at("/users").as_array().unwrap().clone()
    }

    /// The teams of a node as the console lists them.
    #[track_caller]
    pub fn teams(&self, connected: &Connected) -> Vec<Value> {
        let list = self.get(&format!("/teams?node_id={}", connected.node_id)).expect(200);
        list.at("/teams").as_array().unwrap().clone()
    }
}

#[track_caller]
fn read(made: &Value) -> Connected {
    let mut flat = made["connection"].clone();
    flat["provisioning_token"] = made["provisioning_token"].clone();
    Connected::read(&flat)
}
