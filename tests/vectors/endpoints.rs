//! An appliance with two nodes that an identity provider is connected to as RFC 7644 says.

use crate::appliance::Appliance;
use crate::connected::Connected;
use crate::idp_clients::Client;
use crate::reply::Reply;
use serde_json::Value;

/// The appliance and its connections.
pub struct Endpoints {
    _appliance: Appliance,
    /// The connection that everything is asked through.
    pub one: Connected,
    /// That of another node.
    pub other: Connected,
}

impl Endpoints {
    /// Starts them.
    #[track_caller]
    pub fn start() -> Endpoints {
        let appliance = Appliance::start();
        let [one, other] = ["One", "Other"].map(|name| appliance.connect(name, &["--preset", "rfc"]));
        Endpoints { _appliance: appliance, one, other }
    }

    /// Sends a request below the base URL; `path` may also be a whole URL.
    #[track_caller]
    pub fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Reply {
        self.send_as(&self.one, method, path, &[("Authorization", &format!("Bearer {}", self.one.token))], body)
    }

    /// Sends a request to a connection with just these headers. A body that is text goes out as it is.
    #[track_caller]
    pub fn send_as(
        &self,
        to: &Connected,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Reply {
        let base = if path.starts_with("http://") { "" } else { &to.url };
        let client = headers.iter().fold(Client::plain(base), |client, (name, value)| client.with(name, value));
        let text = match body {
            Some(Value::String(text)) => Some(text.clone()),
            body => body.map(Value::to_string),
        };
        let send = || match &text {
            Some(text) => client.try_send(method, path, text.as_str()),
            None => client.try_send(method, path, ()),
        };
        // A body that is too large is refused while it is still being sent, and the connection may end before the answer
        // is seen.
        (0..10).find_map(|_| send()).unwrap_or_else(|| panic!("{method} {path}: no answer"))
    }
}

/// Status and body for a report.
pub fn told(reply: &Reply) -> String {
    crate::report::short(&format!("{} {}", reply.status, reply.body()))
}
